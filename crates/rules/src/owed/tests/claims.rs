//! Severance, double wage, limits, who pays.

use super::{day, lines, maybe, yuan};
use crate::owed::*;
use crate::{Money, Month};
use jiff::civil::date;
use proptest::prelude::*;

#[test]
fn years_of_service() {
    let table = "
        # first     last        years of service, in halves
        2025-01-01  2025-12-31  2    # a full year
        2025-01-01  2025-06-30  2    # six months are a year
        2025-01-01  2025-06-29  1    # a day less is half a year
        2025-01-01  2025-01-01  1
        2025-01-01  2026-01-01  3    # a year and a day
        2023-03-15  2026-03-14  6
        2023-03-15  2026-09-14  8
        2024-02-29  2025-02-28  2    # a leap day
        2024-08-31  2025-02-28  2    # six months to the end of February";
    for line in lines(table) {
        let service = Service { first: day(line[0]), last: day(line[1]) };
        assert_eq!(service.half_years().unwrap().to_string(), line[2], "{line:?}");
    }
    assert!(Service { first: date(2026, 1, 2), last: date(2026, 1, 1) }.half_years().is_err());
}

/// Two and a half years at 8,000 a month, the local average 9,000, the minimum 2,490.
#[test]
fn severance_by_ground() {
    let table: [(End, Entitlement, &str); 14] = [
        (End::Mutual { proposed_by_employer: true }, Entitlement::N, "20000"),
        (End::Mutual { proposed_by_employer: false }, Entitlement::None, "0"),
        (End::WorkerNotice, Entitlement::None, "0"),
        (End::EmployerFault, Entitlement::N, "20000"),
        (End::DismissalForCause, Entitlement::None, "0"),
        (End::NoFault { notice_given: true }, Entitlement::N, "20000"),
        (End::NoFault { notice_given: false }, Entitlement::NPlusOne, "28000"),
        (End::MassLayOff, Entitlement::N, "20000"),
        (End::Expiry { worker_refused_renewal: false }, Entitlement::N, "20000"),
        (End::Expiry { worker_refused_renewal: true }, Entitlement::None, "0"),
        (End::TaskDone, Entitlement::N, "20000"),
        (End::Closure, Entitlement::N, "20000"),
        (End::RetirementOrDeath, Entitlement::None, "0"),
        (End::Unlawful, Entitlement::TwiceN, "40000"),
    ];
    let service = Service { first: date(2023, 10, 1), last: date(2026, 3, 15) };
    for (end, entitlement, amount) in table {
        let found =
            severance(service, end, &[yuan("8000"); 12], Some(yuan("2490")), Some(yuan("9000"))).unwrap();
        assert_eq!((found.entitlement, found.amount), (entitlement, yuan(amount)), "{end:?}");
        assert!(found.unknown.is_empty());
    }
}

#[test]
fn the_month_wage_of_severance() {
    let table = "
        # first     last        wages        minimum  average  month wage  amount      unknown
        2024-04-01  2026-03-31  2000         2490     -        2490.00     4980.00     1   # not below the minimum
        2024-04-01  2026-03-31  5000,7000    2490     9000     6000.00     12000.00    0   # two months only
        2024-04-01  2026-03-31  30000        2490     9000     27000.00    54000.00    0   # capped at three averages
        2024-04-01  2026-03-31  27000        2490     9000     27000.00    54000.00    0   # not above them
        2010-04-01  2026-03-31  30000        2490     9000     27000.00    324000.00   0   # 12 years at most
        2010-04-01  2026-03-31  27000        2490     9000     27000.00    432000.00   0   # uncapped: all 16
        2010-04-01  2026-03-31  30000        -        -        30000.00    480000.00   2   # cap not known
        2006-04-01  2026-03-31  5000         2490     9000     5000.00     100000.00   1   # before the Labour Contract Law";
    for line in lines(table) {
        let service = Service { first: day(line[0]), last: day(line[1]) };
        let wages: Vec<Money> = line[2].split(',').map(yuan).collect();
        let (minimum, average) = (maybe(line[3], yuan), maybe(line[4], yuan));
        let found = severance(service, End::EmployerFault, &wages, minimum, average).unwrap();
        let got = [found.month_wage.to_string(), found.amount.to_string(), found.unknown.len().to_string()];
        assert_eq!(got, line[5..8], "{line:?}");
    }
    let service = Service { first: date(2025, 1, 1), last: date(2025, 12, 31) };
    assert!(severance(service, End::EmployerFault, &[], None, None).is_err());
    // Only the last twelve months count.
    let mut wages = vec![yuan("99999"); 3];
    wages.extend([yuan("6000"); 12]);
    let found = severance(service, End::EmployerFault, &wages, None, None).unwrap();
    assert_eq!(found.month_wage, yuan("6000"));
}

#[test]
fn extra_compensation_is_half_to_all() {
    let (from, to, steps) = extra_compensation(yuan("10000.01"), date(2026, 3, 1)).unwrap();
    assert_eq!((from, to, steps.len()), (yuan("5000.01"), yuan("10000.01"), 2));
}

/// 6,200 a month; parts of months count by calendar days.
#[test]
fn second_wages() {
    let table = "
        # first     signed      until       from        last        amount     open-ended
        2026-01-01  -           2026-01-31  -           -           0.00       no   # the first month is free
        2026-01-01  2026-01-31  2026-06-30  -           -           0.00       no
        2026-01-01  -           2026-02-28  2026-02-01  2026-02-28  6200.00    no
        2026-01-01  2026-03-11  2026-06-30  2026-02-01  2026-03-10  8200.00    no   # 10 of 31 days
        2026-01-15  -           2026-02-28  2026-02-15  2026-02-28  3100.00    no   # 14 of 28 days
        2025-01-01  -           2026-03-31  2025-02-01  2025-12-31  68200.00   yes  # 11 months, no more
        2025-01-01  2026-01-01  2026-03-31  2025-02-01  2025-12-31  68200.00   no";
    for line in lines(table) {
        let first = day(line[0]);
        let mut wages = vec![MonthWage { month: Month::of(first), gross: yuan("6200") }];
        while wages.len() < 24 {
            wages.push(MonthWage { month: wages[wages.len() - 1].month.next(), gross: yuan("6200") });
        }
        let found = double_wage(first, maybe(line[1], day), day(line[2]), &wages).unwrap();
        let days = maybe(line[3], day).map(|from| (from, day(line[4])));
        let open_ended = line[6] == "yes";
        assert_eq!(
            (found.days, found.amount, found.deemed_open_ended),
            (days, yuan(line[5]), open_ended),
            "{line:?}"
        );
        assert!(found.unknown.is_empty());
    }
    // A month whose wage nobody handed in is named, not guessed.
    let found = double_wage(date(2026, 1, 1), None, date(2026, 3, 31), &[]).unwrap();
    assert_eq!(found.unknown.iter().map(ToString::to_string).collect::<Vec<_>>(), ["2026-02", "2026-03"]);
}

#[test]
fn time_limits() {
    // ended, as of, interruptions → last day
    let table = "
        -           2026-03-01  -                       -            # employed: no limit
        2026-06-30  2026-03-01  -                       -            # still employed then
        2025-03-31  2026-03-01  -                       2026-03-31
        2025-03-31  2026-03-01  2025-12-01              2026-12-01   # claimed in time
        2025-03-31  2026-03-01  2025-12-01,2026-11-30   2027-11-30
        2025-03-31  2028-03-01  2026-04-01              2026-03-31   # a day too late: it has run out
        2024-02-29  2025-03-01  -                       2025-02-28";
    for line in lines(table) {
        let interrupted: Vec<_> = maybe(line[2], |days| days.split(',').map(day).collect::<Vec<_>>())
            .unwrap_or_default()
            .into_iter()
            .map(Interruption::Promised)
            .collect();
        let found = arbitration_of_wages(maybe(line[0], day), day(line[1]), &interrupted).unwrap();
        assert_eq!(found.last_day, maybe(line[3], day), "{line:?}");
        assert!(!found.steps.is_empty());
    }
    let found = arbitration(date(2025, 5, 6), &[]).unwrap();
    assert_eq!((found.last_day, found.days_left(date(2026, 5, 7))), (Some(date(2026, 5, 6)), Some(-1)));
    for (goes_on, ended, last) in [
        (false, None, Some(date(2027, 3, 16))),
        (true, None, None),
        (true, Some(date(2026, 1, 1)), Some(date(2028, 1, 1))),
    ] {
        assert_eq!(inspection(date(2025, 3, 16), goes_on, ended).unwrap().last_day, last);
    }
}

fn parties() -> Parties {
    Parties {
        employer: "SUB".to_owned(),
        general_contractor: Some("GC".to_owned()),
        owner: Some("OWNER".to_owned()),
        owner_paid_late: Some(false),
        owner_at_fault: Some(false),
        employer_qualified: Some(true),
        deposit: Some(yuan("100000")),
        ..Parties::default()
    }
}

fn chain(parties: &Parties) -> Vec<String> {
    let links = liability_chain(parties, date(2026, 3, 1)).unwrap();
    let text = links.iter().map(|link| {
        let known = if link.certainty == Certainty::Certain { "" } else { "?" };
        let limit = match link.limit {
            Limit::Whole => String::new(),
            Limit::UpTo(amount) => format!(" ≤ {amount}"),
            Limit::Unknown => " ≤ ?".to_owned(),
            Limit::AsDecided => " as decided".to_owned(),
        };
        format!("{:?}{known} {}{limit}", link.who, link.code.as_deref().unwrap_or("-"))
    });
    text.collect()
}

#[test]
fn who_pays() {
    let deposit = "Deposit GC ≤ 100000.00";
    let fund = "EmergencyFund - as decided";
    assert_eq!(chain(&parties()), ["Employer SUB", "GeneralContractor GC", deposit, fund]);
    // The owner's late transfer: up to the unpaid price.
    let late = Parties { owner_paid_late: Some(true), unpaid_price: Some(yuan("5000000")), ..parties() };
    assert_eq!(
        chain(&late),
        ["Employer SUB", "GeneralContractor GC", "Owner OWNER ≤ 5000000.00", deposit, fund]
    );
    // What is not known stays in the chain and says so.
    let unknown = Parties {
        owner_paid_late: None,
        owner_at_fault: None,
        employer_qualified: None,
        deposit: None,
        between: vec!["MIDDLE".to_owned()],
        ..parties()
    };
    assert_eq!(
        chain(&unknown),
        [
            "Employer SUB",
            "Giver? MIDDLE",
            "GeneralContractor GC",
            "Owner? OWNER",
            "Owner? OWNER ≤ ?",
            "Deposit? GC ≤ ?",
            fund
        ]
    );
    // The general contractor's own workers; an owner at fault pays without limit.
    let own = Parties { employer: "GC".to_owned(), owner_at_fault: Some(true), ..parties() };
    assert_eq!(chain(&own), ["Employer GC", "Owner OWNER", deposit, fund]);
    let lent = Parties {
        lender_of_name: Some("LENDER".to_owned()),
        investors: vec!["INVESTOR".to_owned()],
        deposit: Some(Money::ZERO),
        ..parties()
    };
    assert_eq!(
        chain(&lent),
        ["Employer SUB", "GeneralContractor GC", "LenderOfName LENDER", "Investor INVESTOR", fund]
    );
    // Before the regulation was in force there is no chain to tell.
    assert!(liability_chain(&parties(), date(2020, 4, 30)).unwrap_err().to_string().contains("2020-04-30"));
}

/// Payments by others reduce the worker's claim and open claims of their own.
#[test]
fn advances_open_recourse() {
    use PaidBy::*;
    let table = "
        # payments                                          open     over    recourse
        Employer:SUB:400                                    600.00   0.00    -
        Employer:SUB:400,GeneralContractor:GC:600           0.00     0.00    GC→SUB:600.00
        Owner:OWNER:300,Deposit:BANK:700                    0.00     0.00    OWNER→GC:300.00,GC→SUB:700.00
        EmergencyFund:CITY:1000,GeneralContractor:GC:500    0.00     500.00  CITY→SUB:1000.00
        CourtEnforcement:COURT:250                          750.00   0.00    -
        GeneralContractor:SUB:100                           900.00   0.00    -        # nobody owes himself
        Employer:SUB:0                                      1000.00  0.00    -";
    for line in lines(table) {
        let payments: Vec<ClaimPayment> = line[0]
            .split(',')
            .map(|payment| {
                let [by, payer, amount] = payment.split(':').collect::<Vec<_>>()[..] else {
                    panic!("{payment}")
                };
                let paid_by = match by {
                    "Employer" => Employer,
                    "GeneralContractor" => GeneralContractor,
                    "Owner" => Owner,
                    "Deposit" => Deposit,
                    "EmergencyFund" => EmergencyFund,
                    _ => CourtEnforcement,
                };
                ClaimPayment { payer: payer.to_owned(), paid_by, amount: yuan(amount) }
            })
            .collect();
        let settled = settle(yuan("1000"), "SUB", Some("GC"), &payments, date(2026, 3, 1)).unwrap();
        let recourse = settled.recourse.iter().map(|r| format!("{}→{}:{}", r.creditor, r.debtor, r.amount));
        let recourse = recourse.collect::<Vec<_>>().join(",");
        let recourse = if recourse.is_empty() { "-" } else { &recourse };
        assert_eq!(
            (settled.open, settled.over, recourse),
            (yuan(line[1]), yuan(line[2]), line[3]),
            "{line:?}"
        );
    }
}

#[test]
fn a_settlement_adds_up() {
    let month = |text: &str| text.parse::<Month>().unwrap();
    let wages = [
        OpenWage { month: month("2026-01"), net: Some(yuan("5000")), paid: yuan("5000") },
        OpenWage { month: month("2026-02"), net: Some(yuan("5000")), paid: yuan("1200") },
        OpenWage { month: month("2026-03"), net: None, paid: Money::ZERO },
    ];
    let service = Service { first: date(2025, 4, 1), last: date(2026, 3, 31) };
    let severance = severance(service, End::TaskDone, &[yuan("6000")], None, None).unwrap();
    let others = [(Item::Overtime, yuan("300")), (Item::UnlawfulDeductions, Money::ZERO)];
    let found = settlement(service.last, &wages, &others, Some(&severance)).unwrap();
    let items = [
        (Item::Wages(month("2026-02")), yuan("3800")),
        (Item::Overtime, yuan("300")),
        (Item::Severance, yuan("6000")),
    ];
    assert_eq!(
        (found.due_on, found.items.as_slice(), found.total),
        (service.last, &items[..], yuan("10100"))
    );
    assert_eq!(found.unknown, [month("2026-03")]);
}

proptest! {
    /// Nothing is lost between the worker's claim and the claims of those who paid.
    #[test]
    fn a_claim_is_conserved(
        claim in 0i64..1_000_000,
        payments in prop::collection::vec((0usize..4, 0i64..500_000), 0..6),
    ) {
        let kinds = [PaidBy::Employer, PaidBy::GeneralContractor, PaidBy::Owner, PaidBy::EmergencyFund];
        let payments: Vec<_> = payments
            .iter()
            .map(|(kind, fen)| ClaimPayment {
                payer: format!("P{kind}"),
                paid_by: kinds[*kind],
                amount: Money::from_fen(*fen),
            })
            .collect();
        let settled = settle(Money::from_fen(claim), "SUB", Some("GC"), &payments, date(2026, 3, 1)).unwrap();
        let all: i64 = payments.iter().map(|payment| payment.amount.fen()).sum();
        prop_assert_eq!(settled.open.fen() + settled.paid.fen(), claim);
        prop_assert_eq!(settled.paid.fen() + settled.over.fen(), all);
        let recourse: i64 = settled.recourse.iter().map(|recourse| recourse.amount.fen()).sum();
        prop_assert!(recourse <= settled.paid.fen());
    }

    /// Longer service never gives less, and never more than a half year for half a year.
    #[test]
    fn service_is_monotone(days in 0i64..8_000, more in 0i64..400) {
        let first = date(2005, 3, 7);
        let last = |days: i64| first.checked_add(jiff::Span::new().days(days)).unwrap();
        let halves = |days| Service { first, last: last(days) }.half_years().unwrap();
        prop_assert!(halves(days) <= halves(days + more));
        prop_assert!(halves(days) >= 1);
    }
}
