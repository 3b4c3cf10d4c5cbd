//! Random commands about few subjects, so that they meet, contradict and refer to each other.

use crate::rig::{id_number, send};
use ledger::Submission;

/// SplitMix64: equal seeds throw alike everywhere.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is more than 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// So many kinds of command are told of.
pub(crate) const KINDS: u64 = 16;

/// Command `id` about worker `about`: of kind `kind`, with a day or month `n` from 1 to 9, referring to the
/// command `to` where it refers.
pub(crate) fn submission(about: u128, id: u128, kind: u64, n: u64, to: u128) -> Submission {
    let text = match kind {
        0 => format!("RegisterWorker id_number={}", id_number(about)),
        1 => format!("ChangeWorker phone=1380000000{n}"),
        2 => format!("EnterSite entered_on=2026-03-0{n}"),
        3 => format!("LeaveSite entered_on=2026-03-0{n}"),
        4 => format!("SignContract contract=HT-{n}"),
        5 => format!("EndContract contract=@{to}"),
        6 => format!("RecordWork days=2026-03-0{n}:1.0"),
        7 => format!("CorrectWork corrects=@{to} days=2026-03-0{n}:0.5"),
        8 => format!("AccrueWages month=2026-0{n}"),
        9 => format!("CorrectWages corrects=@{to} month=2026-0{n} correction={}", 1 + n % 3),
        10 => format!("CorrectWages corrects={} month=2026-0{n}", 1 + to % 20),
        11 => format!("RecordPayment serial=S-{n}"),
        12 => format!("ReturnPayment returns=@{to} serial=R-{n}"),
        13 => format!("DisputeWages line=@{to}"),
        14 => format!("RecordPayment serial=S-{n} amount=0.00"),
        _ => "SealSheet".to_owned(),
    };
    send(about, id, &text)
}
