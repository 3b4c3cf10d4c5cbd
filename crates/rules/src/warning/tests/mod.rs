use super::condition::Way;
use super::pack::Warnings;
use super::*;
use crate::{Confidence, Money, Month, Pack};
use jiff::civil::date;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

fn hangzhou() -> Region {
    "330100".parse().unwrap()
}

fn yuan(text: &str) -> Money {
    text.parse().unwrap()
}

fn label(id: &str) -> IndicatorId {
    *IndicatorId::ALL.iter().find(|known| known.label() == id).unwrap()
}

fn colour(id: IndicatorId, figures: &Figures, as_of: Date) -> Colour {
    judge(id, figures, hangzhou(), as_of).unwrap().colour
}

#[test]
fn the_embedded_thresholds_are_readable() {
    let warnings = Warnings::parse(Indicator::THRESHOLDS_TEXT).unwrap();
    assert_eq!(warnings.indicators.keys().copied().collect::<Vec<_>>(), IndicatorId::ALL);
    assert_eq!(warnings.ladders.len(), 3);
    for indicator in Indicator::all() {
        let thresholds = indicator.thresholds(hangzhou(), date(2026, 3, 1)).unwrap();
        assert_eq!(thresholds.provision.confidence, Confidence::Convention, "no national table is public");
    }
    let error = Indicator::of(IndicatorId::I09).unwrap().thresholds(hangzhou(), date(2021, 10, 31));
    assert!(error.unwrap_err().to_string().contains("2021-10-31"));
}

/// The table of examples, at and beside every threshold.
#[test]
fn colours_at_every_threshold() {
    let names = [
        "rate",
        "rate_then",
        "days_left",
        "days_since",
        "missing",
        "age_days",
        "months",
        "days_overdue",
        "heads",
        "collective_claims",
        "ratio",
        "cards",
        "crew_months",
        "breaks",
    ];
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in include_str!("thresholds.txt").lines().filter(|line| !line.starts_with('#')) {
        let [id, given, expected] = line.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let mut figures = Figures::new();
        for part in given.split(", ") {
            let (name, value) = part.split_once('=').unwrap();
            let name = names.into_iter().find(|known| *known == name).unwrap();
            let (numerator, denominator) = value.split_once('/').unwrap_or((value, "1"));
            let ratio = Ratio::new(numerator.parse().unwrap(), denominator.parse().unwrap());
            figures = figures.with(name, ratio.map_or(Figure::NoRate, Figure::Known));
        }
        let judgement = judge(label(id), &figures, hangzhou(), date(2026, 3, 1)).unwrap();
        assert_eq!(judgement.colour.label(), expected, "{line}");
        assert_eq!(judgement.reasons.is_empty(), expected == "none", "{line}");
        *seen.entry(id).or_default() += 1;
    }
    assert_eq!(seen.len(), IndicatorId::ALL.len());
}

/// What is missing is unknown, whatever the other figures say.
#[test]
fn missing_figures_are_unknown() {
    let figures =
        Figures::new().with("rate", Figure::rate(0, 10)).with("days_left", Figure::Missing("no calendar"));
    let judgement = judge(IndicatorId::I01, &figures, hangzhou(), date(2026, 3, 1)).unwrap();
    assert_eq!(judgement.colour, Colour::Unknown);
    assert_eq!(judgement.reasons[0].condition, "days_left: no calendar");
    // A figure that nobody gave at all is a mistake of the caller.
    let error = judge(IndicatorId::I02, &Figures::new(), hangzhou(), date(2026, 3, 1)).unwrap_err();
    assert!(error.to_string().contains("needs the figure `days_since`"), "{error}");
}

#[test]
fn a_reason_reads_as_a_sentence() {
    let figures =
        Figures::new().with("rate", Figure::rate(99, 100)).with_daily("days_left", Figure::whole(4), -1);
    let judgement = judge(IndicatorId::I01, &figures, hangzhou(), date(2026, 3, 1)).unwrap();
    let reason = &judgement.reasons[0];
    assert_eq!(
        (reason.condition.as_str(), reason.figures.as_str()),
        ("rate < 1", "rate = 99/100, days_left = 4")
    );
    // In a day only three are left: red.
    assert_eq!((judgement.colour, judgement.days_to_worse), (Colour::Orange, Some(1)));
}

#[test]
fn account_cover() {
    let as_of = date(2026, 3, 10);
    let cover = |balance: Option<(&str, Date)>, overdue: &str, coming: Option<&str>| AccountCover {
        balance: balance.map(|(amount, of)| (yuan(amount), of)),
        overdue: yuan(overdue),
        coming: coming.map(yuan),
        next_pay_date: Some(date(2026, 3, 20)),
    };
    let today = |amount| Some((amount, as_of));
    for (input, expected) in [
        (cover(None, "0", Some("100")), Colour::Unknown),
        (cover(Some(("1000", date(2026, 1, 7))), "0", Some("100")), Colour::None), // 62 days old
        (cover(Some(("1000", date(2026, 1, 6))), "0", Some("100")), Colour::Unknown), // 63 days old
        (cover(today("1000"), "0", None), Colour::Unknown),                        // no sheet yet
        (cover(today("99"), "100", None), Colour::Red), // the arrears alone are more than there is
        (cover(today("120"), "0", Some("100")), Colour::None),
        (cover(today("119.99"), "20", Some("80")), Colour::Yellow),
        (cover(today("99.99"), "20", Some("80")), Colour::Orange), // ten days are left
        (cover(today("0"), "0", Some("0")), Colour::None),         // nothing to pay
    ] {
        let figures = input.figures(hangzhou(), as_of).unwrap();
        assert_eq!(colour(IndicatorId::I01, &figures, as_of), expected, "{input:?}");
    }
}

#[test]
fn labour_cost_transfer() {
    let as_of = date(2026, 3, 31);
    let transfer = |received: Option<&str>, last: Option<Date>| LabourCostTransfer {
        received: received.map(yuan),
        agreed: Some(yuan("1000")),
        last_transfer: last,
        started_on: Some(date(2026, 1, 1)),
    };
    for (input, expected) in [
        (transfer(Some("1000"), Some(date(2026, 3, 1))), Colour::None),
        (transfer(Some("999.99"), Some(date(2026, 3, 1))), Colour::Yellow),
        (transfer(Some("0"), Some(date(2026, 2, 27))), Colour::Orange), // 32 days
        (transfer(Some("0"), None), Colour::Red),                       // never, since the start of work
        (transfer(None, None), Colour::Unknown),
        (LabourCostTransfer { agreed: None, ..transfer(Some("5"), None) }, Colour::Unknown),
    ] {
        assert_eq!(colour(IndicatorId::I02, &input.figures(as_of), as_of), expected, "{input:?}");
    }
}

/// indicator, some, of, whether there are lines → colour
#[test]
fn rates_of_people() {
    let table = [
        (IndicatorId::I03, 0, 0, true, Colour::Unknown),
        (IndicatorId::I03, 4, 40, true, Colour::Orange),
        (IndicatorId::I04, 0, 0, true, Colour::Unknown),
        (IndicatorId::I05, 49, 50, true, Colour::Yellow),
        (IndicatorId::I06, 0, 0, true, Colour::Unknown),
        (IndicatorId::I06, 0, 1, true, Colour::Red),
        (IndicatorId::I08, 30, 33, true, Colour::Orange),
        (IndicatorId::I11, 0, 0, true, Colour::None), // Spring Festival: lines, and nobody a full month
        (IndicatorId::I11, 0, 0, false, Colour::Unknown),
    ];
    for (id, some, of, lines, expected) in table {
        assert_eq!(
            colour(id, &people_rate(id, some, of, lines), date(2026, 3, 1)),
            expected,
            "{id:?} {some}/{of}"
        );
    }
    assert_eq!(
        colour(IndicatorId::I07, &paid_rate(yuan("80"), yuan("100")), date(2026, 3, 1)),
        Colour::Orange
    );
    assert_eq!(colour(IndicatorId::I07, &paid_rate(yuan("0"), yuan("0")), date(2026, 3, 1)), Colour::Unknown);
}

#[test]
fn deposits() {
    let as_of = date(2026, 3, 1);
    // 1.5 % of 145 million is 2.175 million; of 400 million it is capped at 5 million.
    assert_eq!(Deposit::required(yuan("145000000"), hangzhou(), as_of).unwrap(), yuan("2175000"));
    assert_eq!(Deposit::required(yuan("400000000"), hangzhou(), as_of).unwrap(), yuan("5000000"));
    let deposit = |amount: &str, to| Deposit { amount: yuan(amount), from: date(2026, 1, 1), to: Some(to) };
    let figures = |deposits: Option<&[Deposit]>| {
        Deposit::figures(Some(yuan("100000000")), deposits, hangzhou(), as_of).unwrap()
    };
    for (deposits, expected) in [
        (None, Colour::Unknown),
        (Some(vec![]), Colour::Red),
        (Some(vec![deposit("1500000", date(2026, 3, 31))]), Colour::None), // 30 days
        (Some(vec![deposit("1500000", date(2026, 3, 30))]), Colour::Yellow),
        (Some(vec![deposit("1499999.99", date(2027, 3, 30))]), Colour::Orange),
        (
            Some(vec![deposit("1000000", date(2027, 3, 30)), deposit("500000", date(2027, 3, 30))]),
            Colour::None,
        ),
        (Some(vec![deposit("1500000", date(2026, 2, 28))]), Colour::Red), // it has run out
    ] {
        assert_eq!(colour(IndicatorId::I09, &figures(deposits.as_deref()), as_of), expected, "{deposits:?}");
    }
    let two =
        [deposit("1", date(2026, 5, 1)), deposit("1", date(2026, 4, 1)), deposit("1", date(2026, 2, 1))];
    assert_eq!(Deposit::next_expiry(&two, as_of), Some(date(2026, 4, 1)));
    // Another province's rate is not known.
    let elsewhere = Deposit::required(yuan("1"), "440100".parse().unwrap(), as_of);
    assert!(elsewhere.unwrap_err().to_string().contains("warning.deposit_rate"));
}

#[test]
fn inspections() {
    let as_of = date(2026, 3, 31);
    let seen = |missing, day| Some(Inspection { missing, seen_on: day });
    for (latest, expected, worse) in [
        (None, Colour::Unknown, None),
        (seen(0, date(2025, 12, 31)), Colour::None, Some(1)), // 90 days ago
        (seen(0, date(2025, 12, 30)), Colour::Yellow, None),
        (seen(1, date(2026, 3, 30)), Colour::Red, None),
    ] {
        let judgement =
            judge(IndicatorId::I10, &Inspection::figures(latest, as_of), hangzhou(), as_of).unwrap();
        assert_eq!((judgement.colour, judgement.days_to_worse), (expected, worse), "{latest:?}");
    }
}

#[test]
fn arrears() {
    let as_of = date(2026, 3, 1);
    for (days, expected, worse) in [
        (None, Colour::Unknown, None),
        (Some(0), Colour::None, None),
        (Some(1), Colour::Yellow, Some(15)),
        (Some(16), Colour::Orange, Some(15)),
        (Some(31), Colour::Red, None),
    ] {
        let figures = arrears_age(days);
        let judgement = judge(IndicatorId::I13, &figures, hangzhou(), as_of).unwrap();
        assert_eq!((judgement.colour, judgement.days_to_worse), (expected, worse), "{days:?}");
    }
    let complaints: [(Option<u64>, &[u64], Colour); 6] = [
        (None, &[], Colour::Unknown),
        (None, &[9], Colour::Unknown),
        (None, &[10], Colour::Red),
        (Some(0), &[9], Colour::None),
        (Some(29), &[], Colour::Orange),
        (Some(1), &[3, 12], Colour::Red),
    ];
    for (heads, complaints, expected) in complaints {
        let figures = arrears_heads(heads, complaints, hangzhou(), as_of).unwrap();
        assert_eq!(colour(IndicatorId::I14, &figures, as_of), expected, "{heads:?} {complaints:?}");
    }
}

/// Zhejiang: one worker, 3 months and 10,000; or 10 workers and 60,000.
#[test]
fn near_crime() {
    let worker = |months, amount: &str| OverdueWorker { months, outstanding: yuan(amount) };
    for (workers, one, many, expected) in [
        (vec![], "0", "0", Colour::None),
        (vec![worker(1, "50000")], "1/3", "1/10", Colour::None),
        (vec![worker(3, "7000")], "7/10", "1/10", Colour::Yellow),
        (vec![worker(3, "9000")], "9/10", "1/10", Colour::Orange),
        (vec![worker(3, "10000")], "1", "1/10", Colour::Red),
        (vec![worker(2, "90000")], "2/3", "1/10", Colour::None), // two months only
        (vec![worker(1, "6000"); 10], "1/3", "1", Colour::Red),
        (vec![worker(1, "6000"); 9], "1/3", "9/10", Colour::Orange),
        (vec![worker(1, "5000"); 10], "1/3", "5/6", Colour::Yellow),
        (vec![worker(1, "6000"), worker(0, "0")], "1/3", "1/10", Colour::None), // no arrears, no head
    ] {
        let near = NearCrime::of(&workers, hangzhou(), date(2026, 3, 1)).unwrap();
        assert_eq!((near.ratio_one.to_string(), near.ratio_many.to_string()), (one.into(), many.into()));
        let figures = NearCrime::figures(Some(&near));
        assert_eq!(colour(IndicatorId::I15, &figures, date(2026, 3, 1)), expected, "{workers:?}");
    }
    assert_eq!(colour(IndicatorId::I15, &NearCrime::figures(None), date(2026, 3, 1)), Colour::Unknown);
}

fn line(
    worker: &'static str,
    month: &str,
    gross: &str,
    card: &'static str,
) -> WageRow<&'static str, &'static str, &'static str> {
    let (gross, month) = (yuan(gross), month.parse().unwrap());
    WageRow { worker, crew: "crew", month, gross, net: gross, card: Some(card) }
}

#[test]
fn unusual_amounts() {
    let on = date(2026, 3, 1);
    let months = |lines: &[_]| {
        let found = unusual_wages(lines, hangzhou(), on).unwrap();
        let figures = unusual_months(Some(&found));
        (found.len(), colour(IndicatorId::I12, &figures, on))
    };
    assert_eq!(months(&[line("a", "2026-01", "50000", "1")]), (0, Colour::None));
    assert_eq!(months(&[line("a", "2026-01", "50000.01", "1")]), (1, Colour::Yellow));
    // Two lines of a month count together; a card of two workers; both in one month.
    let shared = [
        line("a", "2026-01", "30000", "1"),
        line("a", "2026-01", "30000", "1"),
        line("b", "2026-01", "9", "1"),
    ];
    assert_eq!(months(&shared), (2, Colour::Yellow));
    // The same amount for a crew of three, in two months.
    let same: Vec<_> = ["2026-01", "2026-02"]
        .into_iter()
        .flat_map(|month| {
            [line("a", month, "6000", "1"), line("b", month, "6000", "2"), line("c", month, "6000", "3")]
        })
        .collect();
    assert_eq!(months(&same), (2, Colour::Red));
    assert_eq!(months(&same[..2]), (0, Colour::None)); // a crew of two says nothing
    // A year of 25,000 a month and one fen more.
    let mut year: Vec<_> = (1..=12).map(|m| line("a", &format!("2026-{m:02}"), "25000", "1")).collect();
    assert_eq!(months(&year).0, 0);
    year.push(line("a", "2026-12", "0.01", "1"));
    assert_eq!(months(&year).0, 1);
    let none: Option<&[Finding<(), (), ()>]> = None;
    assert_eq!(colour(IndicatorId::I12, &unusual_months(none), on), Colour::Unknown);
}

#[test]
fn attendance_and_wages_that_do_not_fit() {
    let month: Month = "2026-03".parse().unwrap();
    let wages: BTreeSet<_> = [("a", month), ("b", month)].into();
    let attendance: BTreeSet<_> = [("b", month), ("c", month)].into();
    assert_eq!(wages_without_attendance(&wages, &attendance), [("a", month)]);
    assert_eq!(attendance_without_wages(&attendance, &wages), [("c", month)]);
    // Three of a crew with the very same five days.
    let row = |worker, crew, pattern: &'static str| AttendanceMonth { worker, crew, days: 5, pattern };
    let mut rows: Vec<_> = ["a", "b", "c"].map(|worker| row(worker, "crew", "07:00-17:00")).into();
    assert_eq!(generated_attendance(&rows, 3, 5), [("crew", vec!["a", "b", "c"])]);
    assert!(generated_attendance(&rows, 3, 6).is_empty(), "too few days");
    rows.push(row("d", "another", "07:00-17:00"));
    assert_eq!(generated_attendance(&rows, 3, 5).len(), 1, "another crew is another crew");
    rows[0].pattern = "07:03-17:00";
    assert!(generated_attendance(&rows, 3, 5).is_empty());
    let uses = [(1, "a"), (1, "a"), (2, "b"), (2, "c")];
    assert_eq!(shared_cards(uses.into_iter()), BTreeMap::from([(2, BTreeSet::from(["b", "c"]))]));
}

#[test]
fn statements_with_lines_missing() {
    let line = |received: &str, paid: &str, balance: &str| StatementLine {
        received: yuan(received),
        paid: yuan(paid),
        balance: yuan(balance),
    };
    let lines = [line("100", "0", "100"), line("0", "30", "70"), line("0", "10", "40"), line("5", "0", "45")];
    let off = [(2, yuan("-20"))];
    assert_eq!(statement_breaks(Some(yuan("0")), &lines).unwrap(), off);
    assert_eq!(statement_breaks(None, &lines).unwrap(), off);
    assert_eq!(statement_breaks(Some(yuan("50")), &lines).unwrap(), [(0, yuan("-50")), off[0]]);
}

#[test]
fn the_ladder() {
    let since = date(2026, 3, 1);
    for (colour, as_of, expected) in [
        (Colour::Yellow, date(2026, 3, 1), Some((0, date(2026, 3, 1)))),
        (Colour::Yellow, date(2026, 3, 2), Some((4, date(2026, 3, 6)))),
        (Colour::Red, date(2026, 3, 4), Some((0, date(2026, 3, 4)))),
        // Past the last step that one stays due, however long.
        (Colour::Red, date(2026, 3, 11), Some((0, date(2026, 3, 11)))),
        (Colour::Red, date(2026, 3, 12), Some((-1, date(2026, 3, 11)))),
        (Colour::Orange, date(2027, 3, 11), Some((-365, date(2026, 3, 11)))),
        (Colour::None, date(2026, 3, 1), None),
        (Colour::Unknown, date(2026, 3, 1), None),
    ] {
        let due = due_step(colour, since, as_of, hangzhou()).map(|due| (due.days, due.on));
        assert_eq!(due, expected, "{colour:?} {as_of}");
    }
}

/// Whatever the day, an open warning asks for a step of somebody; no step that is due later is passed over.
#[test]
fn an_open_warning_always_asks_for_a_step() {
    let since = date(2026, 3, 1);
    for colour in [Colour::Yellow, Colour::Orange, Colour::Red] {
        for as_of in since.series(jiff::Span::new().days(1)).take(400) {
            let due = due_step(colour, since, as_of, hangzhou()).unwrap();
            let all = ladder(colour, since, as_of, hangzhou());
            assert!(!due.step.who.is_empty() && !due.step.who_zh.is_empty() && !due.step.zh.is_empty());
            assert!(all.iter().all(|step| step.on <= due.on || step.days >= 0), "{colour:?} {as_of}");
            assert_eq!(due.days < 0, all.iter().all(|step| step.days < 0), "{colour:?} {as_of}");
        }
    }
}

#[test]
fn conditions_are_text() {
    for text in ["rate < 19/20", "rate <= 0", "days_left > -3 and rate >= 1", "heads >= 30"] {
        assert_eq!(text.parse::<Way>().unwrap().to_string(), text);
    }
    for bad in ["", "rate", "rate < ", "rate = 1", "rate < 1/0", "rate < 0.95", "rate < 1 or x > 2"] {
        let error = bad.parse::<Way>().unwrap_err().to_string();
        assert!(error.contains("as in `rate < 19/20 and days_left <= 3`"), "{error}");
    }
}

/// The figures of early warning are in the data for the region that has them.
#[test]
fn parameters_of_the_region() {
    for (name, value) in [("warning.crime_amount_one", "10000.00"), ("warning.deposit_cap", "5000000.00")] {
        let found = Pack::china().provision(name, hangzhou(), date(2026, 3, 1)).unwrap();
        assert_eq!(
            (found.value.to_string().as_str(), found.confidence),
            (value, Confidence::Verify),
            "{name}"
        );
        assert!(Pack::china().provision(name, Region::CHINA, date(2026, 3, 1)).is_err());
    }
}

proptest! {
    /// Exact comparison of fractions is that of their cross products.
    #[test]
    fn ratios_compare(a in -1_000i64..1_000, b in 1i64..1_000, c in -1_000i64..1_000, d in 1i64..1_000) {
        let (one, other) = (Ratio::new(a, b).unwrap(), Ratio::new(c, d).unwrap());
        prop_assert_eq!(one < other, a * d < c * b);
        prop_assert_eq!(one.reduced(), one);
        prop_assert_eq!(one.reduced().parts().0 * b, a * one.reduced().parts().1);
    }

    /// A rate that gets worse never gets a better colour.
    #[test]
    fn colours_are_monotone(some in 0u64..=100, less in 0u64..=100) {
        let on = date(2026, 3, 1);
        for id in [IndicatorId::I04, IndicatorId::I05, IndicatorId::I06, IndicatorId::I08] {
            let at = |some| colour(id, &people_rate(id, some, 100, true), on);
            prop_assert!(at(some) <= at(some.saturating_sub(less)));
        }
        let unpaid = |some| colour(IndicatorId::I03, &people_rate(IndicatorId::I03, some, 100, true), on);
        prop_assert!(unpaid(some) <= unpaid(some + less));
    }

    /// Time alone makes arrears worse on the day that is foretold, and not before.
    #[test]
    fn days_to_worse_are_true(days in 1u32..40) {
        let on = date(2026, 3, 1);
        let judgement = judge(IndicatorId::I13, &arrears_age(Some(days)), hangzhou(), on).unwrap();
        let at = |later: u32| colour(IndicatorId::I13, &arrears_age(Some(days + later)), on);
        match judgement.days_to_worse {
            Some(later) => {
                prop_assert!(at(u32::from(later)) > judgement.colour);
                prop_assert_eq!(at(u32::from(later) - 1), judgement.colour);
            }
            None => prop_assert_eq!(judgement.colour, Colour::Red),
        }
    }
}
