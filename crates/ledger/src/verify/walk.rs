//! Chain, body digests and subject numbering, record by record.

use super::Check;
use chain::{Accepted, Hash, Head, Header, Kind, Record, Refusal, Tail, accept, body_digest, entry_hash};
use foldhash::HashMap;
use journal::{Journal, ReadError, ReadLimit};

/// Walks stored records in store order. What `accept` refuses is named and counted as void; the walk then
/// goes on from what the record says of itself, so that one fault is not reported for all that follow.
pub struct Walk {
    /// Accepted entries.
    pub entries: u64,
    /// Records that do not count.
    pub voids: u64,
    pub(super) chain: Check,
    bodies: Check,
    numbering: Check,
    head: Head,
    /// The head is taken from a record that did not hold: its successor's link cannot be judged by it.
    torn: bool,
    ledger: Option<[u8; 16]>,
    /// Whoever can add entries may choose subjects: a keyed hash, so that no choice makes look-ups slow.
    pub(super) tails: HashMap<[u8; 16], Tail>,
    strays: Check,
}

/// A record that holds.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Its header.
    pub header: Header,
    /// Its hash.
    pub hash: Hash,
    /// Whether it is of no stream.
    pub stray: bool,
}

impl Walk {
    /// At the beginning of a ledger.
    pub fn new(origin: &str) -> Walk {
        Walk {
            entries: 0,
            voids: 0,
            chain: Check::integrity("chain"),
            bodies: Check::integrity("body_digests"),
            numbering: Check::integrity("subject_numbering"),
            head: Head::genesis(origin),
            torn: false,
            ledger: None,
            tails: HashMap::default(),
            strays: Check::content("strays"),
        }
    }

    /// The head reached so far.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The next stored record; what it says, when its header can be believed.
    pub fn step(&mut self, position: u64, record: &Record<'_>) -> Option<Seen> {
        match accept(&self.head, record) {
            Ok(Accepted { header, head }) => {
                self.head = head;
                self.torn = false;
                self.entries = self.entries.saturating_add(1);
                // Where nothing void stands between, an entry's place in the store is its sequence: whoever looks
                // it up there must find it.
                if self.voids == 0 && position != header.seq {
                    let what = format!("stands in the place of entry {position}");
                    self.chain.find(header.seq, what);
                }
                let stray = self.number(position, &header);
                Some(Seen { header, hash: head.hash, stray })
            }
            Err(refusal) => self.refused(position, record, &refusal),
        }
    }

    /// Names what is wrong. An entry in its place whose body is the one that its header names is looked into all
    /// the same: what it says is not missing.
    fn refused(&mut self, position: u64, record: &Record<'_>, refusal: &Refusal) -> Option<Seen> {
        let (header, bytes) = match (Header::decode(record.header), record.header.try_into()) {
            (Ok(header), Ok(bytes)) => (header, bytes),
            _ => {
                self.voids = self.voids.saturating_add(1);
                self.chain.find(position, refusal.to_string());
                self.torn = true;
                // It stands there, if unreadable: it is not missing.
                self.head.seq = self.head.seq.max(position);
                return None;
            }
        };
        let hash = entry_hash(bytes);
        let lost = position.max(header.seq).saturating_sub(self.head.seq.saturating_add(1));
        match refusal {
            // The header chains, so its place is sure; only its body was touched.
            Refusal::Body => self.bodies.find(position, refusal.to_string()),
            _ if header.seq != position => {
                let what = format!("entry {} stands in the place of entry {position}", header.seq);
                self.chain.find(position, what);
            }
            Refusal::Sequence { .. } if lost > 0 => {
                let first = self.head.seq.saturating_add(1);
                let last = position.saturating_sub(1);
                self.chain.find(first, format!("entries {first} to {last} are missing"));
            }
            // After a record whose header could not be read, the link says nothing new.
            Refusal::Link { .. } if self.torn => {}
            Refusal::Link { .. } => {
                let what =
                    format!("{refusal}: the header of entry {} was changed, or this one was", self.head.seq);
                self.chain.find(position, what);
            }
            _ => self.chain.find(position, refusal.to_string()),
        }
        let in_place = header.seq == position;
        let body_fits = body_fits(record, &header);
        if in_place && !body_fits && !matches!(refusal, Refusal::Body) {
            self.bodies.find(position, Refusal::Body.to_string());
        }
        self.voids = self.voids.saturating_add(1);
        self.torn = header.seq != position;
        if header.seq == position {
            self.number(position, &header);
            self.head = Head { seq: header.seq, hash, recorded_at: header.recorded_at };
        } else {
            // Go on as if the right entry stood here.
            self.head.seq = position;
        }
        (in_place && body_fits).then_some(Seen { header, hash, stray: false })
    }

    /// A subject's entries are numbered from 1 and each names the one before ([`Tail::after`]); only the ledger's own
    /// subject has kind 0.
    /// Whether it is stray.
    fn number(&mut self, position: u64, header: &Header) -> bool {
        // The ledger's own subject is that of entry 1; when that cannot be read, nobody else's is.
        if position == 1 {
            self.ledger = Some(header.subject);
        }
        if self.ledger.is_some_and(|ledger| (header.kind == Kind::Ledger) != (header.subject == ledger)) {
            self.numbering.find(position, "kind 0 goes with the ledger's own subject and nothing else");
        }
        let end = self.tails.get(&header.subject).copied();
        if let Some(tail) = Tail::after(end, header) {
            self.tails.insert(header.subject, tail);
            return false;
        }
        let Tail { seq, entries } = end.unwrap_or(Tail { seq: 0, entries: 0 });
        let what = format!(
            "says it is entry {} of its subject after entry {}; it is number {} after {seq}",
            header.subject_seq,
            header.subject_prev,
            entries.saturating_add(1),
        );
        if self.voids == 0 {
            let stray = "of no stream, and nothing is made of it: whoever wrote it is no node of this ledger";
            self.strays.find(position, format!("{what}: {stray}"));
            true
        } else {
            // Where entries do not hold, nobody can tell a stray from one whose forerunner is lost. The stream goes on
            // with what is there, so that one fault is not reported for all that follow.
            self.numbering.find(position, what);
            self.tails.insert(header.subject, Tail { seq: header.seq, entries: header.subject_seq });
            false
        }
    }

    /// The checks made.
    pub fn into_checks(self) -> Vec<Check> {
        vec![self.chain, self.bodies, self.numbering, self.strays]
    }
}

/// Whether salt and body are those that the header names, whatever else is wrong.
fn body_fits(record: &Record<'_>, header: &Header) -> bool {
    record.salt.try_into().is_ok_and(|salt| body_digest(salt, record.body) == header.body_digest)
}

/// Chain, body digests and numbering alone, as fast as they go: reading on one thread, checking on this one.
pub fn chain_only(journal: &std::sync::Arc<dyn Journal>) -> Result<Walk, ReadError> {
    let mut walk = Walk::new(journal.origin());
    let (send, receive) = std::sync::mpsc::sync_channel(4);
    let source = std::sync::Arc::clone(journal);
    let reading = std::thread::spawn(move || {
        let limit = ReadLimit { entries: 4_000, bytes: 4 << 20 };
        let mut position = 0;
        loop {
            let records = source.read(position, limit);
            let next = records.as_ref().ok().and_then(journal::Records::next_position);
            if send.send(records).is_err() {
                return;
            }
            match next {
                Some(next) => position = next,
                None => return,
            }
        }
    });
    let mut failed = None;
    for records in &receive {
        match records {
            Ok(records) => {
                for (position, record) in records.iter() {
                    walk.step(position, &record);
                }
            }
            Err(error) => failed = Some(error),
        }
    }
    // The thread has sent its last; nothing in it can panic that is not a bug of the journal.
    drop(reading);
    match failed {
        Some(error) => Err(error),
        None => Ok(walk),
    }
}
