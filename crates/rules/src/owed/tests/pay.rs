//! Due days, hours, minimum wage, deductions.

use super::{day, lines, maybe, yuan};
use crate::owed::*;
use crate::{Calendar, Money, Month, PayDay, Region};
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

#[test]
fn due_days_of_every_pay_form() {
    let table = "
        # form        first       last        agreed  ended       nominal     adjusted    defects
        monthly       2026-01-01  2026-01-31  20      -           2026-02-20  2026-02-14  -           # Spring Festival
        monthly       2026-03-01  2026-03-31  15      -           2026-04-15  2026-04-15  -
        monthly       2026-03-01  2026-03-31  -       -           2026-04-30  2026-04-30  no-date
        monthly       2026-03-01  2026-03-31  15      2026-03-20  2026-03-20  2026-03-20  -           # everything at once
        monthly       2026-03-01  2026-03-31  15      2026-04-20  2026-04-15  2026-04-15  -           # was due before the end
        monthly       2026-01-01  2026-01-31  20      2026-02-16  2026-02-20  2026-02-14  -           # was due before the end
        monthly       2026-11-01  2026-11-30  20      2026-11-28  2026-11-28  2026-11-28  -
        monthly       2026-12-01  2026-12-31  20      2026-12-28  2026-12-28  2026-12-28  -           # no calendar is needed
        weekly        2026-03-02  2026-03-08  2       -           2026-03-10  2026-03-10  -
        weekly        2026-03-02  2026-03-08  0       -           2026-03-08  2026-03-06  -           # a Sunday
        weekly        2026-03-02  2026-03-08  9       -           2026-03-15  2026-03-13  -           # the following week at the latest
        weekly        2026-03-02  2026-03-08  -       -           2026-04-30  2026-04-30  no-date
        part-time     2026-03-02  2026-03-16  15      -           2026-03-16  2026-03-16  -
        part-time     2026-03-02  2026-03-31  30      -           2026-03-16  2026-03-16  too-long    # 15 days at most
        task          2026-03-02  2026-03-12  -       -           2026-03-12  2026-03-12  -
        task          2026-03-02  2026-04-02  -       -           2026-04-02  2026-04-02  long-task";
    for line in lines(table) {
        let [form, first, last, agreed, ended, nominal, adjusted, defects] = line[..] else {
            panic!("{line:?}")
        };
        let number = maybe(agreed, |text| text.parse::<u8>().unwrap());
        let cycle = match form {
            "monthly" => PayCycle::Monthly(number.and_then(PayDay::following)),
            "weekly" => PayCycle::Weekly(number),
            "part-time" => PayCycle::PartTime { days: number.unwrap() },
            _ => PayCycle::OnCompletion,
        };
        let due = due_date(day(first), day(last), cycle, maybe(ended, day), Calendar::china()).unwrap();
        let names = due.defects.iter().map(|defect| match defect {
            Defect::NoDateAgreed => "no-date",
            Defect::CycleTooLong => "too-long",
            Defect::TaskLongerThanMonth => "long-task",
        });
        let names = names.collect::<Vec<_>>().join(",");
        let names = if names.is_empty() { "-" } else { &names };
        assert_eq!((due.nominal, due.adjusted, names), (day(nominal), day(adjusted), defects), "{line:?}");
        assert!(!due.steps.is_empty());
    }
    let (first, last) = (date(2026, 3, 2), date(2026, 3, 1));
    assert!(due_date(first, last, PayCycle::OnCompletion, None, Calendar::china()).is_err());
}

#[test]
fn deferrals_are_limited() {
    let zhejiang = "330110".parse().unwrap();
    for (days, expected) in [(0, "2026-04-15"), (10, "2026-04-25"), (30, "2026-05-15"), (60, "2026-05-15")] {
        assert_eq!(deferred(date(2026, 4, 15), days, zhejiang).unwrap().0, day(expected), "{days}");
    }
    let elsewhere = deferred(date(2026, 4, 15), 10, "440100".parse().unwrap()).unwrap_err();
    assert!(elsewhere.to_string().contains("wage.due.deferral"), "{elsewhere}");
}

/// The example of 人社部发〔2025〕2号: 6,525 a month is 300 a day and 37.50 an hour.
#[test]
fn overtime_of_6_525_a_month() {
    let law = OvertimeLaw::on(date(2026, 3, 1)).unwrap();
    let month = PayBasis::Month(yuan("6525"));
    assert_eq!(law.day_wage(yuan("6525")).unwrap().0, yuan("300"));
    assert_eq!(law.hour_wage(month).unwrap().0, yuan("37.50"));
    let table = "
        # system         extended  rest  holiday  pay      over
        standard         2         0     0        112.50   0
        standard         0         8     0        600.00   0
        standard         0         0     8        900.00   0
        standard         2.5       8     8        1640.63  0      # 140.625 is rounded half up
        standard         36        0     0        2025.00  0
        standard         36        1     0        2100.00  1      # above 36 hours: unlawful, paid all the same
        comprehensive    2         8     8        1012.50  0      # a rest day is a day like any other
        non-fixed        2         8     8        0.00     0";
    for line in lines(table) {
        let number = |at: usize| line[at].parse::<Decimal>().unwrap();
        let hours = Overtime { extended: number(1), rest_day: number(2), holiday: number(3) };
        let time = match line[0] {
            "standard" => WorkingTime::Standard,
            "comprehensive" => WorkingTime::Comprehensive,
            _ => WorkingTime::NonFixed,
        };
        let pay = law.pay(month, &hours, time).unwrap();
        assert_eq!((pay.amount, pay.over_limit), (yuan(line[4]), number(5)), "{line:?}");
    }
    // A 工 of 10 hours at 300: an hour is 30.
    let hours = Overtime { extended: Decimal::TWO, ..Overtime::default() };
    let basis = PayBasis::Day { rate: yuan("300"), hours: Decimal::TEN };
    assert_eq!(law.pay(basis, &hours, WorkingTime::Standard).unwrap().amount, yuan("90"));
    let none = PayBasis::Day { rate: yuan("300"), hours: Decimal::ZERO };
    assert!(law.pay(none, &hours, WorkingTime::Standard).is_err());
    let negative = Overtime { extended: -Decimal::ONE, ..Overtime::default() };
    assert!(law.pay(month, &negative, WorkingTime::Standard).is_err());
}

#[test]
fn minimum_wage_of_a_place() {
    let on = date(2026, 3, 1);
    for region in ["330110", "330100"] {
        let law = MinimumWage::on(region.parse().unwrap(), on).unwrap();
        for (paid, short) in [("2490", "0.00"), ("2489.99", "0.01"), ("0", "2490.00"), ("5000", "0.00")] {
            assert_eq!(law.check(NormalPay::FullMonth(yuan(paid))).unwrap().short_by, yuan(short), "{paid}");
        }
        let part = NormalPay::PartTime { amount: yuan("230"), hours: Decimal::TEN };
        assert_eq!(law.check(part).unwrap().short_by, yuan("10"));
    }
    // Which level the rest of the province takes is not known, nor is any other province, nor 2023.
    for (region, day) in [("330200", on), ("440100", on), ("330100", date(2023, 12, 31))] {
        let error = MinimumWage::on(region.parse().unwrap(), day).unwrap_err().to_string();
        assert!(error.contains("wage.minimum.level") && error.contains(&day.to_string()), "{error}");
    }
}

#[test]
fn deductions_of_a_month() {
    use DeductionKind::*;
    let table = "
        # gross  minimum  kind            amount    lawful   unlawful (-: not known)
        5000     2490     tax             90        90       0
        5000     2490     insurance       525       525      0
        5000     2490     damages-agreed  1000      1000     0      # exactly 20 %
        5000     2490     damages-agreed  1000.01   1000     0.01
        3000     2490     damages-agreed  600       510      90     # the minimum wage is left
        2000     2490     damages-agreed  100       0        100
        3000     -        damages-agreed  600       600      0      # minimum wage not known
        5000     2490     damages         100       0        100
        5000     2490     fine            200       0        200
        5000     2490     advance         2000      2000     0
        5000     2490     unexplained     300       0        -";
    for line in lines(table) {
        let kind = match line[2] {
            "tax" => IncomeTax,
            "insurance" => SocialInsurance,
            "damages-agreed" => Damages { agreed: true },
            "damages" => Damages { agreed: false },
            "fine" => Fine,
            "advance" => Advance,
            _ => Unexplained,
        };
        let given = [Deduction { kind, amount: yuan(line[3]) }];
        let found = deductions(yuan(line[0]), &given, maybe(line[1], yuan), date(2026, 3, 1)).unwrap();
        let judged = found.judged[0];
        assert_eq!((judged.lawful, judged.unlawful), (yuan(line[4]), maybe(line[5], yuan)), "{line:?}");
    }
    // Several damages share the 20 %; advances are no deductions.
    let damages = Deduction { kind: Damages { agreed: true }, amount: yuan("700") };
    let given = [damages, damages, Deduction { kind: Advance, amount: yuan("2000") }];
    let found = deductions(yuan("5000"), &given, Some(yuan("2490")), date(2026, 3, 1)).unwrap();
    assert_eq!((found.unlawful, found.advances, found.unknown), (yuan("400"), yuan("2000"), Money::ZERO));
}

proptest! {
    /// More hours never pay less, and every kind pays at least the hour's wage.
    #[test]
    fn overtime_is_monotone(month in 100_000i64..3_000_000, hours in 0u8..40, more in 0u8..10) {
        let law = OvertimeLaw::on(date(2026, 1, 1)).unwrap();
        let basis = PayBasis::Month(Money::from_fen(month));
        let pay = |hours: u8| {
            let hours = Overtime { rest_day: Decimal::from(hours), ..Overtime::default() };
            law.pay(basis, &hours, WorkingTime::Standard).unwrap().amount
        };
        prop_assert!(pay(hours) <= pay(hours + more));
        prop_assert!(pay(hours).fen() + 1 >= month * i64::from(hours) * 2 / 174);
    }

    /// Damages never take more than a fifth, nor below the minimum wage; parts add up to what was kept back.
    #[test]
    fn damages_are_limited(
        gross in 0i64..1_000_000,
        amounts in prop::collection::vec(0i64..400_000, 0..4),
        minimum in 0i64..400_000,
    ) {
        let kind = DeductionKind::Damages { agreed: true };
        let given: Vec<_> = amounts.iter().map(|fen| Deduction { kind, amount: Money::from_fen(*fen) }).collect();
        let (gross, minimum) = (Money::from_fen(gross), Money::from_fen(minimum));
        let found = deductions(gross, &given, Some(minimum), date(2026, 1, 1)).unwrap();
        let lawful: i64 = found.judged.iter().map(|judged| judged.lawful.fen()).sum();
        prop_assert!(lawful * 5 <= gross.fen() + 4);
        prop_assert!(lawful == 0 || gross.fen() - lawful >= minimum.fen());
        prop_assert_eq!(lawful + found.unlawful.fen(), amounts.iter().sum::<i64>());
    }

    /// Money is never due later than the agreed day, nor on a rest day while the worker is employed.
    #[test]
    fn due_days_are_working_days(month in 1i8..=11, pay_day in 1u8..=31) {
        let month = Month::new(2026, month).unwrap();
        let cycle = PayCycle::Monthly(PayDay::following(pay_day));
        let due = due_date(month.first_day(), month.last_day(), cycle, None, Calendar::china()).unwrap();
        prop_assert!(due.adjusted <= due.nominal);
        prop_assert_eq!(Calendar::china().is_working_day(due.adjusted), Ok(true));
    }
}

#[test]
fn regions_without_a_level_are_named() {
    assert!(MinimumWage::on(Region::CHINA, date(2026, 1, 1)).is_err());
}
