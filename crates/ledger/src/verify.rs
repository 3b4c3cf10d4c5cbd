//! Reading everything, and saying what does not hold.
//!
//! On damage it names the entry and what is wrong, goes on as well as it can, and lists everything it found.

mod seals;
mod walk;

pub use seals::root_over;
pub use walk::{Walk, chain_only};

use crate::Witness;
use crate::reader::{ReadFailed, Reader};
use chain::Head;
use journal::{Journal, ReadError, ReadLimit, Records};
use seals::Seals;
use std::sync::Arc;
use uuid::Uuid;
use vault::{Keys, Purpose, Vault, VaultError};
use wages::{Event, SubjectKind};

/// Something that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The entry, where there is one.
    pub seq: Option<u64>,
    /// What is wrong.
    pub what: String,
}

/// One named check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable name, as in `body_digests`.
    pub name: &'static str,
    /// What was found; nothing = it holds. At most [`FINDINGS_MAX`], the last then says how many more.
    pub findings: Vec<Finding>,
    /// How many were found in all.
    pub found: u64,
    /// Whether it could be looked at; without a vault, nobody can say what sealed fields hold.
    pub judged: bool,
    /// What was counted on the way, in words.
    pub note: Option<String>,
}

/// A check lists so many findings; more are counted.
pub const FINDINGS_MAX: usize = 10_000;

impl Check {
    /// A check that has found nothing yet.
    pub fn new(name: &'static str) -> Check {
        Check { name, findings: Vec::new(), found: 0, judged: true, note: None }
    }

    /// A check that could not be made.
    pub fn not_judged(name: &'static str) -> Check {
        Check { judged: false, ..Check::new(name) }
    }

    /// Notes something that does not hold.
    pub fn find(&mut self, seq: impl Into<Option<u64>>, what: impl Into<String>) {
        self.found = self.found.saturating_add(1);
        if self.findings.len() < FINDINGS_MAX {
            self.findings.push(Finding { seq: seq.into(), what: what.into() });
        }
    }

    /// Whether nothing was found.
    pub fn ok(&self) -> bool {
        self.found == 0
    }
}

/// What verification came to.
#[derive(Clone, Debug)]
pub struct Report {
    /// Accepted entries.
    pub entries: u64,
    /// Stored records that do not count.
    pub voids: u64,
    /// The head that was reached.
    pub head: Head,
    /// Every check that was made.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether everything holds.
    pub fn ok(&self) -> bool {
        self.checks.iter().all(Check::ok)
    }
}

/// Checks chain, body digests, subject numbering, what bodies say, seals of sheets and batches, sealed fields
/// and the vault. `progress` is called now and then with the number of entries looked at.
pub async fn verify(reader: &Reader, witnesses: &[Witness], progress: &dyn Fn(u64)) -> Report {
    look(reader.journal(), Some(reader.vault()), witnesses, progress).await
}

/// As [`verify`], where there is no vault: sealed fields and the vault are not judged.
pub async fn verify_without_vault(
    journal: &Arc<dyn Journal>,
    witnesses: &[Witness],
    progress: &dyn Fn(u64),
) -> Report {
    look(journal, None, witnesses, progress).await
}

async fn look(
    journal: &Arc<dyn Journal>,
    vault: Option<&Vault>,
    witnesses: &[Witness],
    progress: &dyn Fn(u64),
) -> Report {
    let mut walk = Walk::new(journal.origin());
    let mut deep = Deep::new();
    let mut position = 0;
    loop {
        let source = Arc::clone(journal);
        let limit = ReadLimit { entries: 5_000, bytes: 16 << 20 };
        let read = tokio::task::spawn_blocking(move || source.read(position, limit)).await;
        let records = match read {
            Ok(Ok(records)) => records,
            Ok(Err(error)) => match step_over(journal, &mut walk, position, &error) {
                Some(next) => {
                    position = next;
                    continue;
                }
                None => break,
            },
            Err(error) => {
                walk.chain.find(None, format!("reading stopped: {error}"));
                break;
            }
        };
        let Some(next) = records.next_position() else { break };
        position = next;
        deep.chunk(vault, &mut walk, &records, witnesses).await;
        progress(walk.entries);
    }
    deep.finish(vault).await;
    let (entries, voids, head) = (walk.entries, walk.voids, walk.head());
    for Witness { name, seq, .. } in witnesses.iter().filter(|w| w.seq > head.seq) {
        let what = format!("the journal ends here, but the {name} has seen entry {seq}: the tail was cut");
        walk.chain.find(head.seq, what);
    }
    let checks = walk.into_checks().into_iter().chain(deep.into_checks()).collect();
    Report { entries, voids, head, checks }
}

/// Where to read on behind a place that cannot be read; `None` when nothing more can be.
fn step_over(journal: &Arc<dyn Journal>, walk: &mut Walk, position: u64, error: &ReadError) -> Option<u64> {
    match error {
        ReadError::Damaged { near, .. } => {
            let from = position.max(*near);
            walk.chain.find(from, format!("cannot be read: {error}"));
            let one = ReadLimit { entries: 1, bytes: chain::MAX_ENTRY_LEN };
            let mut step = 1u64;
            let mut at = from.saturating_add(1);
            // Steps grow, so that a long damaged stretch is crossed quickly; at most 40 tries.
            for _ in 0..40 {
                match journal.read(at, one) {
                    Ok(records) => return (!records.is_empty()).then_some(at),
                    Err(_) => {
                        at = at.saturating_add(step);
                        step = step.saturating_mul(2);
                    }
                }
            }
            None
        }
        ReadError::Io { .. } => {
            walk.chain.find(position, format!("cannot be read: {error}"));
            None
        }
    }
}

/// The checks that look into bodies.
struct Deep {
    facts: Check,
    sealed: Check,
    vault: Check,
    seals: Seals,
    vault_readable: bool,
}

impl Deep {
    fn new() -> Deep {
        Deep {
            facts: Check::new("facts"),
            sealed: Check::new("sealed_fields"),
            vault: Check::new("vault"),
            seals: Seals::default(),
            vault_readable: true,
        }
    }

    async fn chunk(
        &mut self,
        vault: Option<&Vault>,
        walk: &mut Walk,
        records: &Records,
        witnesses: &[Witness],
    ) {
        let mut opened = Vec::new();
        for (position, record) in records.iter() {
            let Some(seen) = walk.step(position, &record) else { continue };
            for witness in witnesses.iter().filter(|w| w.seq == seen.header.seq && w.hash != seen.hash) {
                let what = format!("is not the entry that the {} has seen: it was replaced", witness.name);
                walk.chain.find(position, what);
            }
            match crate::Recorded::decode(seen.header, seen.hash, record.body) {
                Ok(entry) => {
                    self.placed(&entry);
                    self.seals.take(&entry);
                    opened.push(entry);
                }
                Err(ReadFailed::Body { source, .. }) => {
                    self.facts.find(position, crate::reader::chain_of(&source));
                }
                Err(error) => self.facts.find(position, error.to_string()),
            }
        }
        if let Some(vault) = vault {
            self.open(vault, &opened).await;
        }
    }

    /// A fact stands on a stream of its own kind, and only the ledger's own facts on the ledger's.
    fn placed(&mut self, entry: &crate::Recorded) {
        let is_ledger = entry.header.kind == chain::Kind::Ledger;
        let fits = match entry.event.subject_kind() {
            SubjectKind::Ledger => is_ledger,
            SubjectKind::LedgerOrWorker => true,
            SubjectKind::Worker
            | SubjectKind::Crew
            | SubjectKind::Project
            | SubjectKind::Organisation
            | SubjectKind::ProjectOrOrganisation => !is_ledger,
        };
        if !fits {
            self.facts.find(entry.header.seq, format!("{} on the wrong stream", entry.event.type_name()));
        }
    }

    async fn open(&mut self, vault: &Vault, entries: &[crate::Recorded]) {
        let mut subjects: Vec<Uuid> = entries.iter().map(crate::Recorded::subject).collect();
        subjects.sort_unstable();
        subjects.dedup();
        let keys = match vault.existing_keys(&subjects).await {
            Ok(keys) => keys,
            Err(error) => {
                self.vault_failed(&error);
                return;
            }
        };
        let mut registered = Vec::new();
        for entry in entries {
            check_fields(&mut self.sealed, entry, &keys);
            if let Event::WorkerRegistered(worker) = &entry.event
                && let Some(sealed) = worker.id_number.sealed()
                && let Ok(id) = keys.open(entry.subject(), "id_number", sealed)
            {
                registered.push((vault.blind_index(Purpose::IdNumber, &id), entry));
            }
        }
        let indexes: Vec<_> = registered.iter().map(|(index, _)| *index).collect();
        match vault.find_workers(&indexes).await {
            Ok(found) => {
                for (index, entry) in registered {
                    if found.get(&index) != Some(&entry.subject()) {
                        let what = "the ID number of this worker is not bound to him in the vault";
                        self.vault.find(entry.header.seq, what);
                    }
                }
            }
            Err(error) => self.vault_failed(&error),
        }
    }

    fn vault_failed(&mut self, error: &VaultError) {
        if self.vault_readable {
            self.vault.find(None, crate::reader::chain_of(error));
        }
        self.vault_readable = false;
    }

    async fn finish(&mut self, vault: Option<&Vault>) {
        match vault {
            Some(vault) => {
                if let Err(error) = vault.census().await {
                    self.vault_failed(&error);
                }
            }
            None => (self.sealed.judged, self.vault.judged) = (false, false),
        }
    }

    fn into_checks(self) -> Vec<Check> {
        let Seals { sheets, batches, .. } = self.seals;
        vec![self.facts, sheets, batches, self.sealed, self.vault]
    }
}

/// Every sealed field opens, and to exactly what was committed to.
fn check_fields(check: &mut Check, entry: &crate::Recorded, keys: &Keys) {
    let subject = entry.subject();
    entry.event.each_private(&mut |field, private| match private.sealed() {
        None => check.find(entry.header.seq, format!("field {field} is not sealed")),
        Some(sealed) => match keys.open(subject, field, sealed) {
            Ok(_) => {}
            Err(error) => check.find(entry.header.seq, format!("field {field}: {error}")),
        },
    });
}
