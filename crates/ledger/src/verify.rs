//! Reading everything, and saying what does not hold, and what could not be looked at.
//!
//! On damage it names the entry and what is wrong, goes on as well as it can, and lists everything it found.
//!
//! | check | kind | finds |
//! |---|---|---|
//! | `chain` | integrity | entries changed, missing, out of place, or not those that a witness saw |
//! | `body_digests` | integrity | bodies that are not those whose digest the header holds |
//! | `subject_numbering` | integrity | facts about the ledger under a wrong kind; behind entries that do not hold, entries that do not continue their subject's stream |
//! | `sealed_fields` | integrity | sealed fields that do not open, or not to what was committed to |
//! | `vault` | integrity | keys and bindings of ID numbers that the vault did not write |
//! | `subjects_map` | integrity | a saved map of where streams end that is not of these entries |
//! | `heads_shown` | integrity | entries that people hold a head or receipt of, and that are not there |
//! | `strays` | content | entries that continue no stream: of the ledger, and of nobody |
//! | `facts` | content | bodies that say nothing which this program understands, facts on a wrong stream |
//! | `sheet_seals`, `batch_seals` | content | seals over other lines than those recorded |
//! | `recorded_times` | content | entries dated after now |
//!
//! Content is about what somebody recorded: the bytes are the recorded ones, the writer's statement does not add up.
//! A body of an unknown type is content for that reason; its sealed fields cannot be found in it, which the note of
//! `sealed_fields` says.

mod heads;
mod map;
mod report;
mod seals;
mod times;
mod walk;

pub use heads::Shown;
pub use report::{Check, FINDINGS_MAX, Finding, Kind, Report, Verdict};
pub use seals::root_over;
pub use walk::{Walk, chain_only};

use crate::Witness;
use crate::reader::ReadFailed;
use chain::Head;
use heads::Heads;
use journal::{Journal, ReadError, ReadLimit, Records};
use map::MapCheck;
use seals::Seals;
use std::path::Path;
use std::sync::Arc;
use times::Times;
use uuid::Uuid;
use vault::{Census, Keys, Purpose, Vault, VaultError};
use wages::{Event, SubjectKind};

/// What a ledger is held against, besides itself.
#[derive(Clone, Copy, Debug)]
pub struct Against<'a> {
    /// Heads that programs saw.
    pub witnesses: &'a [Witness],
    /// Heads and receipts that people hold.
    pub shown: &'a [Shown],
    /// The saved map of subjects, where the ledger keeps one.
    pub subjects_map: Option<&'a Path>,
    /// Now, in microseconds since 1970-01-01 UTC: nothing is recorded later.
    pub now_us: i64,
}

impl Default for Against<'_> {
    /// Nothing, at the end of time.
    fn default() -> Self {
        Against { witnesses: &[], shown: &[], subjects_map: None, now_us: i64::MAX }
    }
}

/// Makes the checks that the table above names. Without a vault (`Err` says what is missing) sealed fields and the
/// vault are not judged. `progress` is called now and then with the number of entries looked at.
pub async fn verify(
    journal: &Arc<dyn Journal>,
    vault: Result<&Vault, &str>,
    against: &Against<'_>,
    progress: &dyn Fn(u64),
) -> Report {
    let mut walk = Walk::new(journal.origin());
    let mut deep = Deep::new(against, vault);
    let mut position = 0;
    let unread = loop {
        let source = Arc::clone(journal);
        let limit = ReadLimit { entries: 5_000, bytes: 16 << 20 };
        let read = tokio::task::spawn_blocking(move || source.read(position, limit)).await;
        let records = match read {
            Ok(Ok(records)) => records,
            Ok(Err(error @ ReadError::Io { .. })) => {
                break Some(format!("from entry {position} on: {}", crate::reader::chain_of(&error)));
            }
            Ok(Err(error)) => match step_over(journal, &mut walk, position, &error) {
                Some(next) => {
                    position = next;
                    continue;
                }
                None => break None,
            },
            Err(error) => break Some(format!("from entry {position} on: reading stopped: {error}")),
        };
        let Some(next) = records.next_position() else { break None };
        position = next;
        deep.chunk(vault.ok(), &mut walk, &records).await;
        progress(walk.entries);
    };
    let census = deep.finish(vault).await;
    let (entries, voids, head) = (walk.entries, walk.voids, walk.head());
    if unread.is_none() {
        for Witness { name, seq, .. } in against.witnesses.iter().filter(|w| w.seq > head.seq) {
            let what =
                format!("the journal ends here, but the {name} has seen entry {seq}: the tail was cut");
            walk.chain.find(head.seq, what);
        }
    }
    let (shown, of_facts) = deep.into_checks(&head, unread.as_deref());
    let mut of_entries: Vec<Check> = walk.into_checks().into_iter().chain(of_facts).collect();
    if entries == 0 && voids == 0 && unread.is_none() {
        keys_without_entries(&mut of_entries, census);
    }
    let missing = unread.or_else(|| (entries == 0 && voids == 0).then(|| NO_ENTRY.to_owned()));
    if let Some(missing) = missing {
        of_entries
            .iter_mut()
            .filter(|check| check.name != "vault")
            .for_each(|check| check.miss(missing.as_str()));
    }
    Report { entries, voids, head, checks: of_entries.into_iter().chain(shown).collect() }
}

/// What is missing of a ledger without an entry.
const NO_ENTRY: &str = "the journal has no entry";

/// Says of the chain what the vault knows of entries that are not there.
fn keys_without_entries(checks: &mut [Check], census: Option<Census>) {
    let Some(Census { subjects, id_numbers }) = census.filter(|c| c.subjects > 0 || c.id_numbers > 0) else {
        return;
    };
    if let Some(chain) = checks.iter_mut().find(|check| check.name == "chain") {
        chain.miss(format!(
            "{NO_ENTRY}, but the vault beside it holds keys of {subjects} subjects and {id_numbers} ID numbers: entries were \
             lost, or the two do not belong together"
        ));
    }
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
        // The rest is not judged; whoever reads says why.
        ReadError::Io { .. } => None,
    }
}

/// The checks that look into entries.
struct Deep<'a> {
    against: &'a Against<'a>,
    facts: Check,
    sealed: Check,
    /// Sealed fields looked at.
    fields: u64,
    /// Entries whose body says nothing that could be looked into.
    unknown: u64,
    vault: Check,
    seals: Seals,
    times: Times,
    heads: Heads<'a>,
    map: Option<MapCheck>,
    vault_readable: bool,
}

impl<'a> Deep<'a> {
    fn new(against: &'a Against<'a>, vault: Result<&Vault, &str>) -> Deep<'a> {
        Deep {
            against,
            facts: Check::content("facts"),
            sealed: Check::integrity("sealed_fields"),
            fields: 0,
            unknown: 0,
            vault: Check::integrity("vault"),
            seals: Seals::default(),
            times: Times::until(against.now_us),
            heads: Heads::of(against.shown),
            map: MapCheck::of(against.subjects_map, vault),
            vault_readable: true,
        }
    }

    async fn chunk(&mut self, vault: Option<&Vault>, walk: &mut Walk, records: &Records) {
        let mut opened = Vec::new();
        for (position, record) in records.iter() {
            let Some(seen) = walk.step(position, &record) else { continue };
            let witnesses = self.against.witnesses.iter();
            for witness in witnesses.filter(|w| w.seq == seen.header.seq && w.hash != seen.hash) {
                let what = format!("is not the entry that the {} has seen: it was replaced", witness.name);
                walk.chain.find(position, what);
            }
            self.heads.take(&seen);
            if let Some(map) = &mut self.map {
                map.take(&seen, walk);
            }
            self.times.take(&seen.header);
            // What it says is said of nobody.
            if seen.stray {
                continue;
            }
            match crate::Recorded::decode(seen.header, seen.hash, record.body) {
                Ok(entry) => {
                    self.placed(&entry);
                    self.seals.take(&entry);
                    opened.push(entry);
                }
                Err(error) => {
                    self.unknown = self.unknown.saturating_add(1);
                    let what = match error {
                        ReadFailed::Body { source, .. } => crate::reader::chain_of(&source),
                        error => error.to_string(),
                    };
                    self.facts.find(position, what);
                }
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
                let first = entries.first().map_or(0, |entry| entry.header.seq);
                self.sealed.miss(format!("some from entry {first} on: {}", crate::reader::chain_of(&error)));
                self.vault_failed(&error);
                return;
            }
        };
        let mut registered = Vec::new();
        for entry in entries {
            self.fields = self.fields.saturating_add(check_fields(&mut self.sealed, entry, &keys));
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

    /// A value of the vault that is not what it wrote is a finding; a vault that cannot be asked is not judged.
    fn vault_failed(&mut self, error: &VaultError) {
        let what = crate::reader::chain_of(error);
        match error.is_damage() {
            true if self.vault_readable => self.vault.find(None, what),
            true => {}
            false => self.vault.miss(what),
        }
        self.vault_readable = false;
    }

    /// What the vault holds, where there is one that can be read.
    async fn finish(&mut self, vault: Result<&Vault, &str>) -> Option<Census> {
        match vault {
            Ok(vault) => match vault.census().await {
                Ok(census) => {
                    let Census { subjects, id_numbers } = census;
                    self.vault.note = Some(format!("keys of {subjects} subjects, {id_numbers} ID numbers"));
                    Some(census)
                }
                Err(error) => {
                    self.vault_failed(&error);
                    None
                }
            },
            Err(missing) => {
                self.sealed.miss(missing);
                self.vault.miss(missing);
                None
            }
        }
    }

    fn into_checks(mut self, head: &Head, unread: Option<&str>) -> (Option<Check>, Vec<Check>) {
        let unknown = match self.unknown {
            0 => String::new(),
            unknown => format!("; {unknown} entries say nothing that could be looked into: see facts"),
        };
        self.sealed.note = Some(format!("{} fields{unknown}", self.fields));
        let (sheets, batches) = self.seals.into_checks();
        let shown = self.heads.finish(head, unread);
        let of_facts = [self.facts, sheets, batches, self.times.into_check(), self.sealed, self.vault];
        (shown, of_facts.into_iter().chain(self.map.map(MapCheck::into_check)).collect())
    }
}

/// Every sealed field opens, and to exactly what was committed to; how many there are.
fn check_fields(check: &mut Check, entry: &crate::Recorded, keys: &Keys) -> u64 {
    let subject = entry.subject();
    let mut fields = 0;
    entry.event.each_private(&mut |field, private| {
        fields += 1;
        match private.sealed() {
            None => check.find(entry.header.seq, format!("field {field} is not sealed")),
            Some(sealed) => {
                if let Err(error) = keys.open(subject, field, sealed) {
                    check.find(entry.header.seq, format!("field {field}: {error}"));
                }
            }
        }
    });
    fields
}
