//! Entries read back.

use chain::{Hash, Head, Header, Record, Refusal, Tail, accept};
use journal::{Journal, ReadError, ReadLimit, Records};
use std::sync::Arc;
use uuid::Uuid;
use vault::{Keys, Vault, VaultError};
use wages::{BodyError, Event, Private, Source};

/// An entry as people read it.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its place.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// What it says; personal data sealed, unless it was opened.
    pub event: Event,
    /// Who says so.
    pub source: Source,
}

impl Recorded {
    /// Whose stream it stands on.
    pub fn subject(&self) -> Uuid {
        Uuid::from_bytes(self.header.subject)
    }

    /// Decodes a record that was accepted as `header`.
    pub fn decode(header: Header, hash: Hash, body: &[u8]) -> Result<Recorded, ReadFailed> {
        let (event, source) =
            Event::from_body(body).map_err(|source| ReadFailed::Body { seq: header.seq, source })?;
        Ok(Recorded { header, hash, event, source })
    }
}

/// Why entries could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadFailed {
    /// The journal could not be read.
    #[error("reading the journal")]
    Journal(#[from] ReadError),
    /// A stored record does not count: the journal was changed. `verify` says more.
    #[error("entry {seq} does not hold; run verify")]
    NotAccepted {
        /// Where.
        seq: u64,
        /// Why.
        #[source]
        source: Refusal,
    },
    /// No such entry.
    #[error("there is no entry {seq}")]
    Missing {
        /// Where.
        seq: u64,
    },
    /// The walk along a subject's stream came upon an entry that is none of it: entries were changed or are missing.
    #[error("entry {seq} is not the entry that the subject's stream goes on with; run verify")]
    OffStream {
        /// Where.
        seq: u64,
    },
    /// A body that this program does not understand. It stops; it never skips.
    #[error("entry {seq} cannot be understood")]
    Body {
        /// Where.
        seq: u64,
        /// Why.
        #[source]
        source: BodyError,
    },
    /// The vault could not be read.
    #[error("reading keys")]
    Vault(#[from] VaultError),
}

/// So many records stay in the processor's cache together until they are decoded.
const SLICE: ReadLimit = ReadLimit { entries: Slice::ENTRIES_MAX, bytes: 256 << 10 };

/// Records that follow each other, accepted and not decoded.
pub struct Slice {
    records: Records,
    /// Of the records that hold, from the first on.
    accepted: Vec<(Header, Hash)>,
    /// Why the one after them does not.
    refused: Option<ReadFailed>,
    head: Head,
    is_end: bool,
}

impl Slice {
    /// No slice has more.
    pub const ENTRIES_MAX: usize = 512;

    /// The last entry that holds; where there is none, what they were to follow.
    pub fn head(&self) -> Head {
        self.head
    }

    /// No more were stored when they were read.
    pub fn is_end(&self) -> bool {
        self.is_end
    }

    /// Whether there is nothing to decode, and nothing wrong.
    pub fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.refused.is_none()
    }

    /// Bytes of all headers, salts and bodies together.
    pub fn stored_len(&self) -> usize {
        self.records.stored_len()
    }

    /// Hands each entry on, decoded or with the reason why it cannot be. After an error, what was handed on holds.
    pub fn each(
        self,
        mut then: impl FnMut(Header, Hash, Result<Recorded, ReadFailed>),
    ) -> Result<(), ReadFailed> {
        for ((header, hash), (_, record)) in self.accepted.into_iter().zip(self.records.iter()) {
            then(header, hash, Recorded::decode(header, hash, record.body));
        }
        self.refused.map_or(Ok(()), Err)
    }

    /// Hands each entry on as soon as it is decoded. After an error, what was handed on holds.
    pub fn decode(self, mut then: impl FnMut(Recorded)) -> Result<(), ReadFailed> {
        for ((header, hash), (_, record)) in self.accepted.into_iter().zip(self.records.iter()) {
            then(Recorded::decode(header, hash, record.body)?);
        }
        self.refused.map_or(Ok(()), Err)
    }
}

/// Reads entries as recorded: sealed fields stay sealed, and no key is needed. Cheap to clone.
#[derive(Clone)]
pub struct Entries(Arc<dyn Journal>);

/// Reads entries, opened as far as the vault's keys reach. Cheap to clone.
#[derive(Clone)]
pub struct Reader {
    entries: Entries,
    vault: Vault,
}

impl Reader {
    /// Over a journal and its vault.
    pub fn new(journal: Arc<dyn Journal>, vault: Vault) -> Reader {
        Reader { entries: Entries::of(journal), vault }
    }

    /// The vault, for those who need keys themselves.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// The same entries, for those who need no key.
    pub fn entries(&self) -> &Entries {
        &self.entries
    }

    /// The journal that is read.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        self.entries.journal()
    }

    /// As [`Entries::after`].
    pub fn after(&self, head: &Head, limit: ReadLimit) -> Result<Vec<Recorded>, ReadFailed> {
        self.entries.after(head, limit)
    }

    /// As [`Entries::entry`].
    pub fn entry(&self, seq: u64) -> Result<Recorded, ReadFailed> {
        self.entries.entry(seq)
    }

    /// As [`Entries::head_at`].
    pub fn head_at(&self, seq: u64) -> Result<Head, ReadFailed> {
        self.entries.head_at(seq)
    }

    /// As [`Entries::stream`].
    pub fn stream(&self, last: u64) -> Result<Vec<Recorded>, ReadFailed> {
        self.entries.stream(last)
    }

    /// Opens the personal data of entries in place, all of one subject or of many. What has no key any more
    /// stays sealed.
    pub async fn open(&self, entries: &mut [Recorded]) -> Result<(), ReadFailed> {
        let mut subjects: Vec<Uuid> = entries.iter().map(Recorded::subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let keys = self.vault.existing_keys(&subjects).await?;
        for entry in entries {
            let subject = entry.subject();
            open_event(&mut entry.event, subject, &keys);
        }
        Ok(())
    }
}

impl Entries {
    /// Of a journal.
    pub fn of(journal: Arc<dyn Journal>) -> Entries {
        Entries(journal)
    }

    /// The journal that is read.
    pub fn journal(&self) -> &Arc<dyn Journal> {
        &self.0
    }

    /// The accepted entries that follow `head`, in order: at most `limit.entries`, no further one once they take `limit.bytes`;
    /// none when `head` is the end.
    /// The head handed in must be known to be good; each record is accepted on it.
    pub fn after(&self, head: &Head, limit: ReadLimit) -> Result<Vec<Recorded>, ReadFailed> {
        let mut entries = Vec::with_capacity(limit.entries.min(SLICE.entries));
        let (mut head, mut bytes, mut is_end) = (*head, 0, false);
        while !is_end && entries.len() < limit.entries && (entries.is_empty() || bytes < limit.bytes) {
            let left = ReadLimit { entries: limit.entries - entries.len(), bytes: limit.bytes - bytes };
            let slice = self.slice_after(&head, left)?;
            (head, is_end) = (slice.head, slice.is_end);
            bytes += slice.stored_len();
            slice.decode(|entry| entries.push(entry))?;
        }
        Ok(entries)
    }

    /// As [`Entries::after`], but only so many as stay in the processor's cache together, and not yet decoded: one thread may
    /// read on while another decodes.
    pub fn slice_after(&self, head: &Head, limit: ReadLimit) -> Result<Slice, ReadFailed> {
        let (entries, bytes) = (limit.entries.min(SLICE.entries), limit.bytes.min(SLICE.bytes));
        let records = self.0.read(head.seq.saturating_add(1), ReadLimit { entries, bytes })?;
        let room = records.stored_len().saturating_add(chain::MAX_ENTRY_LEN) <= bytes;
        let is_end = records.is_empty() || (records.len() < entries && room);
        let (mut accepted, mut head, mut refused) = (Vec::with_capacity(records.len()), *head, None);
        for (position, record) in records.iter() {
            match accept(&head, &record) {
                Ok(next) => {
                    head = next.head;
                    accepted.push((next.header, head.hash));
                }
                Err(source) => {
                    refused = Some(ReadFailed::NotAccepted { seq: position, source });
                    break;
                }
            }
        }
        Ok(Slice { records, accepted, refused, head, is_end })
    }

    /// The entry at `seq`, its body checked against its header.
    pub fn entry(&self, seq: u64) -> Result<Recorded, ReadFailed> {
        with_stored(&*self.0, seq, Recorded::decode)
    }

    /// The head that the entry at `seq` makes, whatever the entry says.
    pub fn head_at(&self, seq: u64) -> Result<Head, ReadFailed> {
        with_stored(&*self.0, seq, |header, hash, _| Ok(Head { seq, hash, recorded_at: header.recorded_at }))
    }

    /// All entries of a subject from its last one back to its first, in ledger order; sealed as recorded. That `last` is
    /// on the stream is for the caller to know.
    pub fn stream(&self, last: u64) -> Result<Vec<Recorded>, ReadFailed> {
        let mut out: Vec<Recorded> = Vec::new();
        let mut walk = BackWalk::from(last);
        while let Some(seq) = walk.next() {
            let entry = self.entry(seq)?;
            walk.step(&entry.header)?;
            out.push(entry);
        }
        out.reverse();
        Ok(out)
    }
}

/// The way back along a subject's stream: subject and number are looked at with every step, so that a link which leads
/// elsewhere, or nowhere, is never followed.
pub(crate) struct BackWalk {
    at: u64,
    /// Of the entry at `at`, where they are known.
    expected: Option<([u8; 16], u64)>,
}

impl BackWalk {
    /// From an entry on.
    pub(crate) fn from(last: u64) -> BackWalk {
        BackWalk { at: last, expected: None }
    }

    /// From the end of a subject's stream on.
    pub(crate) fn of(subject: Uuid, end: Option<Tail>) -> BackWalk {
        let expected = end.map(|end| (*subject.as_bytes(), end.entries));
        BackWalk { at: end.map_or(0, |end| end.seq), expected }
    }

    /// The entry that is to be read next; `None` = the first was passed.
    pub(crate) fn next(&self) -> Option<u64> {
        (self.at != 0).then_some(self.at)
    }

    /// Passes the entry that [`next`](BackWalk::next) named.
    pub(crate) fn step(&mut self, header: &Header) -> Result<(), ReadFailed> {
        let here = (header.subject, header.subject_seq);
        let goes_back =
            header.subject_prev < header.seq && (header.subject_seq == 1) == (header.subject_prev == 0);
        let fits = header.seq == self.at && self.expected.is_none_or(|expected| expected == here);
        match header.subject_seq.checked_sub(1) {
            Some(before) if fits && goes_back => {
                (self.at, self.expected) = (header.subject_prev, Some((header.subject, before)));
                Ok(())
            }
            _ => Err(ReadFailed::OffStream { seq: self.at }),
        }
    }
}

/// Calls `f` with the stored record at `seq`, checked by itself.
pub(crate) fn with_stored<T>(
    journal: &dyn Journal,
    seq: u64,
    f: impl FnOnce(Header, Hash, &[u8]) -> Result<T, ReadFailed>,
) -> Result<T, ReadFailed> {
    let records = journal.read(seq, ReadLimit { entries: 1, bytes: chain::MAX_ENTRY_LEN })?;
    match records.iter().next() {
        Some((position, record)) if position == seq => {
            let (header, hash) = alone(&record, seq)?;
            f(header, hash, record.body)
        }
        _ => Err(ReadFailed::Missing { seq }),
    }
}

/// A record read by itself: its body fits its header. Its link is not looked at.
pub(crate) fn alone(record: &Record<'_>, seq: u64) -> Result<(Header, Hash), ReadFailed> {
    let refused = |source| ReadFailed::NotAccepted { seq, source };
    let header = Header::decode(record.header).map_err(|e| refused(e.into()))?;
    let before = Head { seq: seq.saturating_sub(1), hash: header.prev, recorded_at: 0 };
    let accepted = accept(&before, record).map_err(refused)?;
    Ok((header, accepted.head.hash))
}

/// Opens what has a key; leaves the rest sealed.
pub(crate) fn open_event(event: &mut Event, subject: Uuid, keys: &Keys) {
    event.each_private_mut(&mut |field, private| {
        if let Some(sealed) = private.sealed()
            && let Ok(value) = keys.open(subject, field, sealed)
        {
            *private = Private::Plain(value);
        }
    });
}

/// An error with its causes, for the log and for the caller.
pub(crate) fn chain_of(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}
