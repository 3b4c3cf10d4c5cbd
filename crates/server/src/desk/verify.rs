//! Checking the chain from an entry to the head.

use chain::Head;
use journal::ReadLimit;
use ledger::{ReadFailed, Reader};

/// Entries checked at one push of the button: half a minute at most.
const ENTRIES_MAX: u64 = 2_000_000;
/// Entries held at a time.
const AT_ONCE: ReadLimit = ReadLimit::BULK;

/// Why an entry does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It does not follow the entry before it, or its body is not the recorded one.
    Chain,
    /// It is as recorded, and says what this program does not understand.
    Unknown,
}

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Checked {
    pub(super) from: u64,
    /// The last entry that was looked at and holds.
    pub(super) to: u64,
    /// The journal's head when it began.
    pub(super) head: Head,
    /// The first entry that does not pass, and why.
    pub(super) broken: Option<(u64, Fault)>,
}

impl Checked {
    /// Whether everything up to the head holds, and ends in the head's hash.
    pub(super) fn whole(&self) -> bool {
        self.broken.is_none() && self.to == self.head.seq
    }
}

/// Reads from an entry on: each header links to the one before it from there on, each body fits its header, each fact can be read; the
/// last hash is the head's. Blocks.
pub(super) fn check(reader: &Reader, from: u64) -> Result<Checked, ReadFailed> {
    let head = reader.journal().head();
    let mut checked = Checked { from, to: from - 1, head, broken: None };
    let mut at = match (from, reader.entry(from)) {
        (1, _) => Head::genesis(reader.journal().origin()),
        // What came before is not asked about: it may be damaged, and this entry's link still say what it was.
        (_, Ok(first)) => Head { seq: from - 1, hash: first.header.prev, recorded_at: 0 },
        (_, Err(error)) => {
            checked.broken = Some(fault(error)?);
            return Ok(checked);
        }
    };
    while at.seq < head.seq && at.seq - (from - 1) < ENTRIES_MAX {
        let entries = match reader.after(&at, AT_ONCE) {
            Ok(entries) => entries,
            Err(ReadFailed::Missing { seq }) => {
                checked.broken = Some((seq, Fault::Chain));
                return Ok(checked);
            }
            Err(error) => {
                checked.broken = Some(fault(error)?);
                return Ok(checked);
            }
        };
        let Some(last) = entries.iter().take_while(|entry| entry.header.seq <= head.seq).last() else {
            break;
        };
        at = Head { seq: last.header.seq, hash: last.hash, recorded_at: last.header.recorded_at };
        checked.to = at.seq;
    }
    if checked.to == head.seq && at.hash != head.hash {
        checked.broken = Some((head.seq, Fault::Chain));
    }
    Ok(checked)
}

/// The entry that does not pass; any other error says nothing of an entry.
fn fault(error: ReadFailed) -> Result<(u64, Fault), ReadFailed> {
    match error {
        ReadFailed::NotAccepted { seq, .. } => Ok((seq, Fault::Chain)),
        ReadFailed::Body { seq, .. } => Ok((seq, Fault::Unknown)),
        error => Err(error),
    }
}
