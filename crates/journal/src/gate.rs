//! Who may wait before a writer. The same for every journal.

use crate::error::Stopped;

/// So much may wait. One batch is always taken, however large.
const BYTES_MAX: usize = 64 << 20;
const BATCHES_MAX: usize = 4096;

/// Lets appends into a bounded queue.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    /// Stored bytes of the batches that wait.
    bytes: usize,
    /// An append was turned away: what comes behind it is too, up to the next catch-up.
    shut: bool,
}

impl Gate {
    /// Lets a batch of `bytes` in where `waiting` others wait, or says why not.
    pub(crate) fn admit(&mut self, closing: bool, waiting: usize, bytes: usize) -> Result<(), Stopped> {
        if closing {
            return Err(Stopped::Ended);
        }
        if self.shut {
            return Err(Stopped::Behind);
        }
        if waiting >= BATCHES_MAX || (self.bytes > 0 && self.bytes.saturating_add(bytes) > BYTES_MAX) {
            self.shut = true;
            return Err(Stopped::Full);
        }
        self.bytes = self.bytes.saturating_add(bytes);
        Ok(())
    }

    /// Batches of so many bytes wait no longer.
    pub(crate) fn left(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }

    /// Turns away what comes behind something that failed.
    pub(crate) fn shut(&mut self) {
        self.shut = true;
    }

    /// From here on the writer knows: it takes what follows only if the catch-up succeeds.
    pub(crate) fn open(&mut self) {
        self.shut = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds() {
        let mut gate = Gate::default();
        assert!(gate.admit(false, 0, 2 * BYTES_MAX).is_ok(), "one is always taken");
        assert!(matches!(gate.admit(false, 1, 1), Err(Stopped::Full)));
        gate.left(2 * BYTES_MAX);
        assert!(matches!(gate.admit(false, 0, 1), Err(Stopped::Behind)), "behind one that was turned away");
        gate.open();
        assert!(gate.admit(false, BATCHES_MAX - 1, 1).is_ok());
        assert!(matches!(gate.admit(false, BATCHES_MAX, 1), Err(Stopped::Full)));
        assert!(matches!(gate.admit(true, 0, 1), Err(Stopped::Ended)));
    }
}
