//! Accepted entries on their way into the copy.

use super::state::Place;
use crate::batch::Batch;
use crate::{Entry, ReadLimit, Records};
use std::collections::VecDeque;
use std::sync::Arc;

/// So much may be accepted and not in the copy yet; then nothing more is sent or examined until the copy has
/// caught up.
const TAIL_BYTES: usize = 64 << 20;

/// Entries that were accepted together, and where the journal stood in the topic behind them.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) batch: Arc<Batch>,
    pub(super) place: Place,
}

impl Piece {
    fn first_seq(&self) -> u64 {
        let last = self.batch.last().map_or(0, |head| head.seq);
        (last + 1).saturating_sub(self.batch.entries().len() as u64)
    }

    pub(super) fn last_seq(&self) -> u64 {
        self.batch.last().map_or(0, |head| head.seq)
    }
}

/// Pieces in order, without gaps.
#[derive(Default)]
pub(super) struct Tail {
    pieces: VecDeque<Piece>,
    bytes: usize,
}

impl Tail {
    pub(super) fn push(&mut self, piece: Piece) {
        self.bytes += piece.batch.stored_len();
        self.pieces.push_back(piece);
    }

    /// Forgets pieces that the copy has.
    pub(super) fn forget(&mut self, up_to: u64) {
        while self.pieces.front().is_some_and(|piece| piece.last_seq() <= up_to) {
            let bytes = self.pieces.pop_front().map_or(0, |piece| piece.batch.stored_len());
            self.bytes = self.bytes.saturating_sub(bytes);
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.bytes >= TAIL_BYTES
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The first pieces, of at most so many bytes together; at least one if there is one.
    pub(super) fn front(&self, bytes: usize) -> Vec<Piece> {
        let mut sum = 0;
        let fits = |piece: &&Piece| {
            let fits = sum < bytes;
            sum += piece.batch.stored_len();
            fits
        };
        self.pieces.iter().take_while(fits).cloned().collect()
    }

    pub(super) fn get(&self, seq: u64) -> Option<&Entry> {
        let piece = self.pieces.get(self.piece_of(seq)?)?;
        piece.batch.entries().get(usize::try_from(seq.checked_sub(piece.first_seq())?).ok()?)
    }

    /// Entries from `seq` on; `None` when the first of them is not here any more.
    pub(super) fn read(&self, seq: u64, limit: ReadLimit) -> Option<Records> {
        let mut records = Records::default();
        let first = self.piece_of(seq)?;
        let mut at = seq;
        for piece in self.pieces.range(first..) {
            let skip = usize::try_from(at - piece.first_seq()).unwrap_or(usize::MAX);
            for entry in piece.batch.entries().iter().skip(skip) {
                if !limit.admits(&records, entry.stored_len()) {
                    return Some(records);
                }
                records.push(at, &entry.record());
                at += 1;
            }
        }
        Some(records)
    }

    /// The piece that holds `seq`.
    fn piece_of(&self, seq: u64) -> Option<usize> {
        let at = self.pieces.partition_point(|piece| piece.last_seq() < seq);
        self.pieces.get(at).filter(|piece| piece.first_seq() <= seq).map(|_| at)
    }
}
