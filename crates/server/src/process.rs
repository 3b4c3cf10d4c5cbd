//! What the program asks of the system for itself: files for their owner alone, no copy of its memory on a disk, as many
//! descriptors as it may have.

use crate::failure::Failure;
use rustix::fs::Mode;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit, umask,
};

/// More descriptors than this are of no use.
const DESCRIPTORS_MAX: u64 = 8_192;

/// What the files of a caller's choice would have had as their mode.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Umask(Mode);

/// Every file that the program makes is its owner's alone (0600, folders 0700), whoever makes it: SQLite, a library that
/// writes workbooks, we. And no dump of its memory is written, which may hold keys and personal data.
///
/// # Errors
///
/// The system refuses: nothing personal may be opened then.
pub(crate) fn harden() -> Result<Umask, Failure> {
    let before = umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    let refused = |error| Failure::cannot(format!("switching core dumps off: {error}"));
    setrlimit(Resource::Core, none).map_err(refused)?;
    // Where dumps are handed to a program, the limit does not hold them back; this does.
    set_dumpable_behavior(DumpableBehavior::NotDumpable).map_err(refused)?;
    Ok(Umask(before))
}

impl Umask {
    /// From here on files get the modes that the caller's own umask leaves them: for documents that are everybody's.
    pub(crate) fn restore(self) {
        umask(self.0);
    }
}

/// Raises the number of descriptors as far as it may be raised, within reason: how many there may be.
pub(crate) fn descriptors() -> usize {
    let limit = getrlimit(Resource::Nofile);
    let most = limit.maximum.unwrap_or(DESCRIPTORS_MAX).min(DESCRIPTORS_MAX);
    let now = limit.current.unwrap_or(DESCRIPTORS_MAX);
    if now < most
        && setrlimit(Resource::Nofile, Rlimit { current: Some(most), maximum: limit.maximum }).is_ok()
    {
        return usize::try_from(most).unwrap_or(usize::MAX);
    }
    usize::try_from(now).unwrap_or(usize::MAX)
}
