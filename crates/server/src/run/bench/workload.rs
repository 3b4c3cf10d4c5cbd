//! What is appended: wage lines of many workers in random order, the same in every run.

use ledger::Submission;
use rules::{Days, Money, Month};
use uuid::Uuid;
use wages::event::{Advances, Deductions, GrossComponent, LineKey, WageLine, WagesAccrued, WorkerRegistered};
use wages::{Channel, Command, CreditCode, IdKind, Known, PayForm, Private, ProjectCode, Source};

use crate::failure::Failure;

/// The workers of a large city.
pub(super) const SUBJECTS: u64 = 450_000;
/// Where the generator starts.
pub(super) const SEED: u64 = 20_260_301;
/// Commands in one request, as an import makes them.
pub(super) const CHUNK: u64 = 5_000;
/// Different lines kept ready; each entry takes a copy of one.
const LINES: u64 = 1 << 12;

/// Real credit codes: their check characters fit.
pub(super) const EMPLOYERS: [&str; 3] = ["91330100799655058B", "914403001922038216", "9144030071526726XG"];

/// Makes submissions. The `n`th is the same whoever asks when.
#[derive(Clone)]
pub(super) struct Workload {
    subjects: u64,
    mask: u64,
    keys: Vec<(ProjectCode, CreditCode, Uuid)>,
    lines: Vec<WageLine>,
}

impl Workload {
    /// Over so many workers, at least one.
    pub(super) fn new(subjects: u64) -> Result<Workload, Failure> {
        let subjects = subjects.max(1);
        let mut keys = Vec::new();
        for place in 0..96u64 {
            let project: ProjectCode = format!("33010620250100{:02}", place / 3).parse()?;
            let employer: CreditCode = EMPLOYERS[(place % 3) as usize].parse()?;
            keys.push((project, employer, id(3, place)));
        }
        let lines = (0..LINES).map(wage_line).collect();
        Ok(Workload { subjects, mask: subjects.next_power_of_two() - 1, keys, lines })
    }

    pub(super) fn subjects(&self) -> u64 {
        self.subjects
    }

    /// The worker with this number, from 0.
    pub(super) fn worker(&self, number: u64) -> Uuid {
        id(1, number)
    }

    /// Makes a worker known.
    pub(super) fn registration(&self, number: u64) -> Submission {
        let worker = self.worker(number);
        let event = WorkerRegistered {
            name: Private::from("王建国"),
            id_kind: IdKind::ResidentId,
            id_number: Private::from(format!("33010619800101{:04}", number % 10_000)),
            phone: None,
            card: None,
            card_index: None,
            bank: None,
        };
        let command = Command::RegisterWorker(event);
        Submission {
            subject: worker,
            command_id: worker,
            command,
            source: Source::of("bench", Channel::System),
        }
    }

    /// One line of a wage sheet. Every worker gets one for every month, the workers of each month in another
    /// random order: no cache helps but one that holds all of them. `sealed` lines name the worker's account,
    /// which is sealed under his key.
    pub(super) fn accrual(&self, n: u64, sealed: bool) -> Submission {
        let (pass, place) = (n / self.subjects, n % self.subjects);
        let worker = self.shuffled(pass, place);
        let bits = mix(n ^ SEED);
        let (project, employer, crew) = &self.keys[(worker % self.keys.len() as u64) as usize];
        let mut line = self.lines[(bits % LINES) as usize].clone();
        if sealed {
            line.account = Some(Private::from(format!("622202{:013}", worker)));
        }
        let of =
            LineKey { project: project.clone(), employer: employer.clone(), crew: *crew, month: month(pass) };
        let mut source = Source::of("bench", Channel::File);
        source.row = Known::Known((place % CHUNK) as u32 + 2);
        Submission {
            subject: self.worker(worker),
            command_id: id(2, n),
            command: Command::AccrueWages(WagesAccrued { of, correction: 0, line }),
            source,
        }
    }

    /// A permutation of the workers, another in every pass: invertible steps on the next power of two, taken
    /// again while they lead beyond the last worker.
    fn shuffled(&self, pass: u64, place: u64) -> u64 {
        let (key, mask) = (mix(pass ^ SEED), self.mask);
        let half = (mask.count_ones() / 2).max(1);
        let mut x = place;
        loop {
            for odd in [key | 1, (key >> 32) | 1] {
                x = x.wrapping_add(key >> 7) & mask;
                x ^= x >> half;
                x = x.wrapping_mul(odd) & mask;
                x ^= x >> half;
            }
            if x < self.subjects {
                return x;
            }
        }
    }
}

/// A line of whatever amounts; they agree.
pub(super) fn wage_line(n: u64) -> WageLine {
    let bits = mix(n ^ 0x5AFE);
    let price = 260 + (bits % 30) as i64 * 10;
    let tenths = 180 + (bits >> 8) as i64 % 100;
    let gross = price * tenths * 10;
    let living = (bits >> 16) as i64 % 10 * 10_000;
    let tax = (bits >> 24) as i64 % 20_000;
    WageLine {
        days: Days::from_tenths(tenths),
        overtime_hours: None,
        pay_form: PayForm::Daily,
        unit_price: price.to_string().parse().unwrap_or_default(),
        quantity: Days::from_tenths(tenths).to_string().parse().unwrap_or_default(),
        gross: Money::from_fen(gross),
        components: vec![GrossComponent { kind: PayForm::Daily.component(), amount: Money::from_fen(gross) }],
        deductions: Deductions { income_tax: Money::from_fen(tax), ..Deductions::default() },
        advances: Advances { loan: Money::ZERO, living_cost: Money::from_fen(living) },
        net: Money::from_fen(gross - living - tax),
        account: None,
        account_index: None,
        remark: None,
    }
}

/// The wage month of a pass.
fn month(pass: u64) -> Month {
    let (year, of_year) = (2000 + pass / 12 % 150, pass % 12 + 1);
    Month::new(year as i16, of_year as i8).unwrap_or(Month::of(jiff::civil::date(2000, 1, 1)))
}

/// A name-based id of ours: no two kinds, no two numbers share one.
pub(super) fn id(kind: u64, number: u64) -> Uuid {
    Uuid::from_u64_pair(mix(number ^ (kind << 56)), mix(number.wrapping_add(SEED)))
}

/// A step of SplitMix64 (Steele, Lea and Flood, 2014): invertible, and its bits look random.
pub(super) fn mix(x: u64) -> u64 {
    let mut z = x.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    /// Every worker once in a pass, and the order differs.
    #[test]
    fn every_pass_is_a_permutation() {
        for subjects in [1, 2, 3, 100, 1000] {
            let workload = Workload::new(subjects).unwrap();
            let order = |pass| (0..subjects).map(|i| workload.shuffled(pass, i)).collect::<Vec<_>>();
            for pass in 0..3 {
                assert_eq!(order(pass).into_iter().collect::<HashSet<_>>().len() as u64, subjects);
            }
            assert!(subjects < 100 || order(0) != order(1));
        }
    }
}
