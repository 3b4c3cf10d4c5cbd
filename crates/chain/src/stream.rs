//! The rule by which an entry belongs to its subject's stream.

use crate::Header;

/// The end of one subject's stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// Sequence of its last entry.
    pub seq: u64,
    /// Number of its entries.
    pub entries: u64,
}

impl Tail {
    /// The end of the stream with `header` at its end, where `header` continues it; frozen. `end` is where the stream
    /// ended before, `None` = the subject has no entry.
    ///
    /// A header continues its subject's stream only if its `subject_prev` is the stream's last entry and its
    /// `subject_seq` the number after that one's. A header that does not is *stray*: its entry is one of the ledger,
    /// and of no stream, for every reader alike, because that follows from the entries alone. So whoever can add
    /// entries can close no subject's stream, and fork none.
    pub fn after(end: Option<Tail>, header: &Header) -> Option<Tail> {
        let (last, entries) = end.map_or((0, 0), |end| (end.seq, end.entries));
        let number = entries.checked_add(1)?;
        let continues = header.subject_prev == last && header.subject_seq == number && header.seq > last;
        continues.then_some(Tail { seq: header.seq, entries: number })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::tests::sample;

    fn header(seq: u64, subject_seq: u64, subject_prev: u64) -> Header {
        Header { seq, subject_seq, subject_prev, ..sample() }
    }

    #[test]
    fn only_the_next_number_behind_the_last_entry_continues() {
        let end = Some(Tail { seq: 7, entries: 3 });
        assert_eq!(Tail::after(None, &header(5, 1, 0)), Some(Tail { seq: 5, entries: 1 }));
        assert_eq!(Tail::after(end, &header(9, 4, 7)), Some(Tail { seq: 9, entries: 4 }));
        for (seq, subject_seq, subject_prev) in [
            (9, 3, 7),
            (9, 5, 7),
            (9, 4, 6),
            (9, 4, 8),
            (9, 4, 9),
            (9, 4, u64::MAX),
            (9, 1, 0),
            (9, u64::MAX, 7),
            (9, 0, 0),
            (7, 4, 7),
        ] {
            assert_eq!(
                Tail::after(end, &header(seq, subject_seq, subject_prev)),
                None,
                "{seq} {subject_seq} {subject_prev}"
            );
        }
        for (subject_seq, subject_prev) in [(0, 0), (2, 0), (1, 4), (2, 5)] {
            assert_eq!(Tail::after(None, &header(5, subject_seq, subject_prev)), None);
        }
        let full = Some(Tail { seq: 7, entries: u64::MAX });
        assert_eq!(Tail::after(full, &header(9, 0, 7)), None, "numbers do not begin again");
    }

    /// Whatever strangers put between: the stream is what its own writer made of it.
    #[test]
    fn strays_change_no_stream() {
        let mut seed = 11u64;
        let mut below = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let (mut end, mut own, mut strays) = (None, 0u64, 0);
        for seq in 1..10_000u64 {
            let last: u64 = end.map_or(0, |end: Tail| end.seq);
            if below(3) == 0 {
                own += 1;
                end = Some(Tail::after(end, &header(seq, own, last)).expect("continues"));
                continue;
            }
            let (number, prev) = (below(own + 3), below(seq + 2));
            if let Some(next) = Tail::after(end, &header(seq, number, prev)) {
                // A stranger who says exactly what is next does continue the stream.
                assert_eq!((number, prev), (own + 1, last));
                (end, own) = (Some(next), own + 1);
            } else {
                strays += 1;
            }
            assert_eq!(end.map_or(0, |end| end.entries), own);
        }
        assert!(strays > 5_000, "{strays}");
    }
}
