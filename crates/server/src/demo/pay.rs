//! Wages paid: which batches went out when, and what the bank made of them.

use super::cast::{Firm, PROJECTS, Project, Seat, Stay, YUAN};
use super::invent::Dice;
use super::wage::{Line, Lines};
use jiff::civil::{Date, date};
use rules::Month;
use std::collections::HashMap;

/// A payroll batch as the bank returns it.
pub(super) struct Batch {
    pub(super) number: String,
    pub(super) project: &'static Project,
    pub(super) employer: Firm,
    pub(super) month: Month,
    pub(super) on: Date,
    pub(super) orders: Vec<Order>,
}

/// One payment order.
pub(super) struct Order {
    /// Which of the stays.
    pub(super) stay: usize,
    /// In fen.
    pub(super) amount: i64,
    pub(super) outcome: Outcome,
    pub(super) serial: String,
    /// Time of day, `HH:MM:SS`.
    pub(super) at: String,
}

/// What became of an order.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    Succeeded,
    Failed(&'static str),
    /// The payment with this serial came back.
    Returned(String, &'static str),
}

impl Batch {
    /// Sum of the orders with this kind of outcome, in fen.
    pub(super) fn sum(&self, of: impl Fn(&Outcome) -> bool) -> i64 {
        self.orders.iter().filter(|order| of(&order.outcome)).map(|order| order.amount).sum()
    }
}

/// A day on which wages of a month of this year are paid.
struct PayRun {
    project: u64,
    on: Date,
    month: i8,
    who: Who,
    what: What,
}

enum Who {
    /// These crews' workers with this pay day.
    Crews(&'static [usize], i8),
    Seats(&'static [Seat]),
}

enum What {
    /// Of what is still owed, in whole 10 yuan.
    Percent(i64),
    /// All that is still owed.
    Rest,
    /// Nothing: payments of this day came back on the day of the run.
    CameBack(Date, &'static str),
}

use What::{CameBack, Percent, Rest};
use Who::{Crews, Seats};

const ALL: &[usize] = &[0, 1, 2];

const fn run(project: u64, on: Date, month: i8, who: Who, what: What) -> PayRun {
    PayRun { project, on, month, who, what }
}

const PAY_RUNS: &[PayRun] = &[
    // 51 pays on time. The two whose contract says the 28th have not had their May wages by the end of June.
    run(51, date(2026, 2, 13), 1, Crews(ALL, 15), Rest),
    run(51, date(2026, 2, 27), 1, Crews(ALL, 28), Rest),
    run(51, date(2026, 3, 13), 2, Crews(ALL, 15), Rest),
    run(51, date(2026, 3, 27), 2, Crews(ALL, 28), Rest),
    run(51, date(2026, 4, 15), 3, Crews(ALL, 15), Rest),
    run(51, date(2026, 4, 21), 3, Seats(&[(51, 0, 4)]), Rest), // had failed
    run(51, date(2026, 4, 28), 3, Crews(ALL, 28), Rest),
    run(51, date(2026, 4, 29), 3, Seats(&[(51, 1, 1), (51, 1, 3)]), Rest), // what the correction added
    run(51, date(2026, 5, 15), 4, Crews(ALL, 15), Rest),
    run(51, date(2026, 5, 20), 4, Seats(&[(51, 2, 3)]), CameBack(date(2026, 5, 15), "超出账户日限额")),
    run(51, date(2026, 5, 28), 4, Crews(ALL, 28), Rest),
    run(51, date(2026, 6, 15), 5, Crews(ALL, 15), Rest),
    // 52 pays twice, and then nothing.
    run(52, date(2026, 2, 14), 1, Crews(ALL, 20), Rest),
    run(52, date(2026, 3, 20), 2, Crews(ALL, 20), Rest),
    // 53 pays late and in parts; crew 2 never gets the second half of February, crew 1 has no sheet for April.
    run(53, date(2026, 2, 10), 1, Crews(ALL, 10), Percent(60)),
    run(53, date(2026, 3, 5), 1, Crews(ALL, 10), Rest),
    run(53, date(2026, 3, 20), 2, Crews(ALL, 10), Percent(50)),
    run(53, date(2026, 4, 17), 3, Crews(ALL, 10), Percent(50)),
    run(53, date(2026, 4, 24), 2, Crews(&[0, 1], 10), Rest),
    run(53, date(2026, 5, 15), 4, Crews(ALL, 10), Percent(40)),
    run(53, date(2026, 5, 22), 3, Crews(&[0], 10), Rest),
    run(53, date(2026, 6, 18), 5, Crews(&[0, 1], 10), Percent(30)),
];

/// Which orders fail, and why.
const FAILURES: [(Seat, Date, &str); 3] = [
    ((51, 0, 4), date(2026, 4, 15), "收款账户状态异常"),
    ((51, 1, 5), date(2026, 6, 15), "收款账户已销户"),
    ((53, 2, 1), date(2026, 3, 5), "户名与账号不符"),
];
/// Who is paid too much, when, and by how many fen.
const OVERPAID: (Seat, Date, i64) = ((51, 0, 1), date(2026, 4, 15), 1_000 * YUAN);
/// Parts are paid in whole multiples.
const TEN_YUAN: i64 = 10 * YUAN;
/// From when on the correction counts.
const CORRECTED_ON: Date = date(2026, 4, 24);

/// All batches, those of a project in the order of time.
pub(super) fn batches(stays: &[Stay], lines: &Lines) -> Vec<Batch> {
    let mut desk = PayDesk { stays, lines, paid: HashMap::new(), batches: Vec::new(), serials: 0 };
    for run in PAY_RUNS {
        if let Some(project) = PROJECTS.iter().find(|project| project.number == run.project) {
            desk.pay(project, run);
        }
    }
    desk.batches
}

struct PayDesk<'a> {
    stays: &'a [Stay],
    lines: &'a Lines,
    /// By stay and month, in fen.
    paid: HashMap<(usize, Month), i64>,
    batches: Vec<Batch>,
    serials: u64,
}

impl PayDesk<'_> {
    /// One batch per employer.
    fn pay(&mut self, project: &'static Project, run: &PayRun) {
        let mut employers: Vec<Firm> = Vec::new();
        for crew in project.crews {
            if !employers.contains(&crew.employer) {
                employers.push(crew.employer);
            }
        }
        let mut in_day = 0;
        for employer in employers {
            let of_month = |line: &&Line| line.month.month() == run.month;
            let lines: Vec<Line> =
                self.lines.first.iter().filter(of_month).map(|line| self.in_force(line, run.on)).collect();
            let mut orders = Vec::new();
            for line in &lines {
                let Some(stay) = self.stays.get(line.stay) else { continue };
                if stay.project.number == run.project && stay.crew.employer == employer && run.who.has(stay) {
                    orders.extend(self.order(line, stay, run));
                }
            }
            let Some(first) = lines.first().filter(|_| !orders.is_empty()) else { continue };
            in_day += 1;
            let number = format!("DF{}{}{in_day:02}", project.number, run.on.strftime("%Y%m%d"));
            let mut batch = Batch { number, project, employer, month: first.month, on: run.on, orders };
            self.book(&mut batch, in_day);
            self.batches.push(batch);
        }
    }

    fn in_force(&self, line: &Line, on: Date) -> Line {
        let same = |other: &&Line| other.stay == line.stay && other.month == line.month;
        let corrected = self.lines.corrected.iter().find(same).filter(|_| on >= CORRECTED_ON);
        corrected.unwrap_or(line).clone()
    }

    fn order(&self, line: &Line, stay: &Stay, run: &PayRun) -> Option<Order> {
        let paid = self.paid.get(&(line.stay, line.month)).copied().unwrap_or_default();
        let open = line.net() - paid;
        let failure = FAILURES.iter().find(|(seat, on, _)| (*seat, *on) == (stay.seat, run.on));
        let succeeded = failure.map_or(Outcome::Succeeded, |(_, _, reason)| Outcome::Failed(reason));
        let (seat, day, surplus) = OVERPAID;
        let surplus = if (seat, day) == (stay.seat, run.on) { surplus } else { 0 };
        let (amount, outcome) = match run.what {
            Percent(percent) => (open * percent / 100 / TEN_YUAN * TEN_YUAN, succeeded),
            Rest => (open + surplus, succeeded),
            CameBack(day, reason) => {
                let then = self.batches.iter().filter(|b| b.on == day && b.month == line.month);
                let order = then.flat_map(|b| &b.orders).find(|order| order.stay == line.stay)?;
                (order.amount, Outcome::Returned(order.serial.clone(), reason))
            }
        };
        let order = Order { stay: line.stay, amount, outcome, serial: String::new(), at: String::new() };
        (amount > 0).then_some(order)
    }

    /// Gives the orders their serials and times, and keeps what was paid.
    fn book(&mut self, batch: &mut Batch, in_day: u64) {
        let dice = &mut Dice::of(&[5, batch.project.number, self.serials]);
        let mut second = 9 * 3600 + in_day * 2400 + dice.below(600);
        for order in &mut batch.orders {
            second += 3 + dice.below(20);
            let paid = self.paid.entry((order.stay, batch.month)).or_default();
            match order.outcome {
                Outcome::Failed(_) => continue,
                Outcome::Succeeded => *paid += order.amount,
                Outcome::Returned(..) => *paid -= order.amount,
            }
            self.serials += 1;
            let (day, number) = (batch.on.strftime("%y%m%d"), batch.project.number);
            order.serial = format!("TS{day}{number}{:06}", self.serials);
            order.at = format!("{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60);
        }
    }
}

impl Who {
    fn has(&self, stay: &Stay) -> bool {
        match self {
            Crews(crews, pay_day) => crews.contains(&stay.seat.1) && stay.pay_day == *pay_day,
            Seats(seats) => seats.contains(&stay.seat),
        }
    }
}
