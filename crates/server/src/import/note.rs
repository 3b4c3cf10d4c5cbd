//! The note that a file was taken in: the last entry of an import of it, and so what its receipt is of.

use super::{ImportError, Importer, InFile};
use formats::Parsed;
use ledger::{Outcome, Preview, ReadFailed, Receipt, Submission};
use wages::event::{FileImported, RowCounts};
use wages::{Command, Private, Rejection};

impl Importer<'_> {
    /// The note that a file was taken in.
    pub(super) fn note(
        &self,
        file: &InFile,
        parsed: &Parsed,
        digest: &str,
        bytes: usize,
        rows: RowCounts,
    ) -> Submission {
        let refused = rows.refused.to_string();
        let project = file.name.project.as_ref().map_or("", |project| project.as_str());
        let event = FileImported {
            digest: digest.to_owned(),
            kind: parsed.kind.as_str().to_owned(),
            project: file.name.project.clone(),
            name: Private::from(file.base_name()),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            rows,
        };
        let mut source = self.said.clone();
        source.file = digest.into();
        Submission {
            subject: self.ledger.id(),
            command_id: self.ids.command("file.imported", &[digest, project, refused.as_str()]),
            command: Command::ImportFile(event),
            source,
        }
    }

    /// The entry of a note that was recorded before.
    pub(super) async fn known(&self, note: Submission) -> Result<Option<u64>, ImportError> {
        Ok(match self.ledger.preview(vec![note]).await?.pop() {
            Some(
                Preview::AlreadyRecorded { seq }
                | Preview::Rejected(Rejection::CommandIdReused { entry: seq }),
            ) => Some(seq),
            Some(Preview::Rejected(rejection)) => return Err(ImportError::Note(rejection)),
            Some(Preview::Recorded) | None => None,
        })
    }

    /// Records that a file was taken in.
    pub(super) async fn take_note(&self, note: Submission) -> Result<Option<Receipt>, ImportError> {
        match self.ledger.submit(vec![note]).await?.pop() {
            Some(Outcome::Recorded(receipt) | Outcome::AlreadyRecorded(receipt)) => {
                Ok(Some(receipt).filter(|_| !self.options.dry_run))
            }
            Some(Outcome::Rejected(Rejection::CommandIdReused { entry })) => self.original(Some(entry)),
            Some(Outcome::Rejected(rejection)) => Err(ImportError::Note(rejection)),
            None => Ok(None),
        }
    }

    /// The receipt of an entry recorded before. A rehearsal's entries are nobody's to show.
    pub(super) fn original(&self, entry: Option<u64>) -> Result<Option<Receipt>, ImportError> {
        let Some(seq) = entry.filter(|_| !self.options.dry_run) else { return Ok(None) };
        match self.ledger.reader().head_at(seq) {
            Ok(head) => Ok(Some(Receipt { seq, hash: head.hash, recorded_at: head.recorded_at })),
            // Recorded through another node this very moment, and not in the copy here yet.
            Err(ReadFailed::Missing { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
