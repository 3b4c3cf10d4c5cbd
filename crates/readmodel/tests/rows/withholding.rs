//! Withholding as tables: what was said, what should have been withheld.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use readmodel::{ReadModel, WithheldLines, Withholding};
use rules::Money;
use wages::{Event, IncomeType};

const WORKER: u128 = 101;
const OTHER_PROJECT: &str = "3301";

/// Reads a story, one fact a line, all of worker 101:
/// `wages PROJECT EMPLOYER CREW MONTH GROSS INSURANCE TAX [CORRECTION]`,
/// `contract PROJECT EMPLOYER FROM [services]`, `amended FROM [services]` (the last contract),
/// `worked PROJECT DAY`, `declared EMPLOYER KIND MONTHLY FROM UNTIL DAY` (until `-` = open), `paid PROJECT EMPLOYER MONTH AMOUNT`; projects A and B, employers X and Y.
fn facts(story: &str) -> Facts {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    facts.add(id(2), project_registered(OTHER_PROJECT, 15));
    facts.add(id(WORKER), worker_registered("Wang"));
    let mut firsts = std::collections::BTreeMap::new();
    let mut contract = None;
    for (number, line) in story.split(';').map(str::trim).enumerate() {
        let words: Vec<_> = line.split_whitespace().collect();
        let project = || if words[1] == "A" { PROJECT } else { OTHER_PROJECT };
        let employer = || if words[2] == "X" { EMPLOYER } else { OTHER_EMPLOYER };
        let terms = |from, word: Option<&&str>| wages::event::ContractTerms {
            income: if word.is_some() { IncomeType::Services } else { IncomeType::Wages },
            ..contract_terms(from, None, 15)
        };
        match words[0] {
            "wages" => {
                let crew = id(words[3].parse().unwrap());
                let of = line_key(project(), employer(), crew, words[4]);
                let correction = words.get(8).map_or(0, |number| number.parse().unwrap());
                let key = (words[1], words[2], words[3], words[4]);
                let event = |event: Event| with_figures(event, &words[5..8]);
                match firsts.get(&key) {
                    Some(first) => {
                        let corrected = event(corrected(of, correction, "0.00"));
                        facts.add_about(id(WORKER), *first, corrected);
                    }
                    None => {
                        firsts.insert(key, facts.add(id(WORKER), event(accrued(of, correction, "0.00"))));
                    }
                }
            }
            "contract" => {
                let event =
                    signed(project(), employer(), &format!("C{number}"), terms(words[3], words.get(4)));
                contract = Some(facts.add(id(WORKER), event));
            }
            "amended" => {
                let event = amended(words[1], terms(words[1], words.get(2)));
                facts.add_about(id(WORKER), contract.unwrap(), event);
            }
            "worked" => drop(facts.add(id(WORKER), worked(project(), &[(words[2], "1.0")]))),
            "declared" => {
                let by = if words[1] == "X" { EMPLOYER } else { OTHER_EMPLOYER };
                facts.add(id(WORKER), declared(by, words[2], words[3], &words[4..7]));
            }
            "paid" => {
                let details = payment(project(), employer(), words[3], "B1", words[4]);
                facts.add(id(WORKER), paid(details, "2026-06-01"));
            }
            other => panic!("{other}"),
        }
    }
    facts
}

/// Gross, insurance and tax of a line; the rest is paid out.
fn with_figures(event: Event, figures: &[&str]) -> Event {
    let [gross, insurance, tax] = [0, 1, 2].map(|at| money(figures[at]));
    let line = |line: &mut wages::event::WageLine| {
        line.gross = gross;
        line.deductions.social_insurance = insurance;
        line.deductions.income_tax = tax;
        line.net = Money::from_fen(gross.fen() - insurance.fen() - tax.fen());
    };
    match event {
        Event::WagesAccrued(mut e) => {
            line(&mut e.line);
            Event::WagesAccrued(e)
        }
        Event::WagesCorrected(mut e) => {
            line(&mut e.line);
            Event::WagesCorrected(e)
        }
        other => panic!("{other:?}"),
    }
}

async fn asked(model: &ReadModel, pay_month: &str, which: WithheldLines) -> Withholding {
    model.withholding(month(pay_month), None, which).await.unwrap()
}

/// `on sheet>right` by line, `; split …`, `; unpaid …`, `; missing …` where there are any.
fn shown(of: &Withholding) -> String {
    let employer = |code: &str| if code == EMPLOYER { "X" } else { "Y" };
    let lines = of.lines.iter().map(|line| format!("{}>{}", line.on_sheet, line.right));
    let mut text = lines.collect::<Vec<_>>().join(" ");
    for split in &of.split {
        let (by, agents) = (employer(&split.employer), split.agents);
        text.push_str(&format!("; split {by} {} of {agents}", split.income));
    }
    for line in &of.unpaid {
        text.push_str(&format!("; unpaid {} of {}", line.paid, line.net));
    }
    for work in &of.missing {
        text.push_str(&format!("; missing {}", work.days));
    }
    text
}

async fn what_should_have_been_withheld(place: &Place) {
    let table = [
        // wages of February are paid in March; employed since the first month of wages
        ("wages A X 11 2026-02 11000 0 0; paid A X 2026-02 11000", "2026-03", "0.00>30.00"),
        ("wages A X 11 2026-02 11000 0 30; paid A X 2026-02 10970", "2026-03", "30.00>30.00"),
        ("wages A X 11 2026-02 11000 0 0", "2026-02", ""),
        // wages of December are the next year's, and January's month counts alone
        ("wages A X 11 2025-12 6000 0 0", "2026-01", "0.00>30.00"),
        ("wages A X 11 2025-12 6000 0 0; wages A X 11 2025-11 90000 0 0", "2026-01", "0.00>30.00"),
        // a contract says since when, on whatever project it was signed
        ("contract B X 2026-01-07; wages A X 11 2026-02 11000 0 0", "2026-03", "0.00>0.00"),
        ("contract B Y 2026-01-07; wages A X 11 2026-02 11000 0 0", "2026-03", "0.00>30.00"),
        ("contract A X 2025-11-07; wages A X 11 2026-01 11000 0 0", "2026-02", "0.00>30.00"),
        ("wages A X 11 2026-03 16000 0 0; contract A X 2026-01-07", "2026-04", "0.00>0.00"),
        // totals go on over projects, and over what was withheld too little before
        ("wages A X 11 2026-02 10000 0 0; wages B X 12 2026-03 10000 500 0", "2026-04", "0.00>135.00"),
        ("wages A X 11 2026-02 12000 0 0; wages A X 11 2026-03 5000 0 0", "2026-04", "0.00>60.00"),
        // what was withheld too much is not given back
        (
            "wages A X 11 2026-02 12000 0 99; wages A X 11 2026-03 5000 0 0; paid A X 2026-02 11901",
            "2026-04",
            "0.00>0.00",
        ),
        // what was declared to the agent is deducted, from the month in which he knew; to another it is not
        (
            "wages A X 11 2026-02 12000 0 0; wages A X 11 2026-03 12000 0 60; declared X 住房租金 1000 2026-02 - 2026-01-02; paid A X 2026-03 11940",
            "2026-04",
            "60.00>180.00",
        ),
        (
            "wages A X 11 2026-02 11000 0 0; declared X 住房租金 1000 2026-02 - 2026-03-31",
            "2026-03",
            "0.00>0.00",
        ),
        (
            "wages A X 11 2026-02 12000 0 0; declared X 住房租金 1000 2026-03 - 2026-03-31",
            "2026-03",
            "0.00>30.00",
        ),
        (
            "wages A X 11 2026-02 12000 0 0; declared X 住房租金 1000 2026-03 - 2026-04-01",
            "2026-03",
            "0.00>60.00",
        ),
        (
            "wages A X 11 2026-02 12000 0 0; declared Y 住房租金 1000 2026-03 - 2026-03-31",
            "2026-03",
            "0.00>60.00",
        ),
        // said again it takes the place of what was said; relief is taken from the tax
        (
            "wages A X 11 2026-02 12000 0 0; declared X 住房租金 1000 2026-03 - 2026-03-31; declared X 减免税额 15.5 2026-03 2026-03 2026-03-01; declared X 住房租金 0 2026-03 - 2026-03-31",
            "2026-03",
            "0.00>44.50",
        ),
        // two lines of a month deduct once
        (
            "wages A X 11 2026-02 8000 0 0; wages A X 12 2026-02 4000 0 0; declared X 住房租金 1000 2026-03 - 2026-03-31",
            "2026-03",
            "0.00>0.00 0.00>30.00",
        ),
        // the version in force counts
        (
            "wages A X 11 2026-02 12000 0 0; wages A X 11 2026-02 13000 0 0 2; wages A X 11 2026-02 99000 0 0 1",
            "2026-03",
            "0.00>90.00",
        ),
        // two lines of a month: on the month's total; how a right sum is split does not matter
        (
            "wages A X 11 2026-02 7000 0 0; wages A X 12 2026-02 5000 0 60; paid A X 2026-02 11940",
            "2026-03",
            "0.00>0.00 60.00>60.00",
        ),
        (
            "wages A X 11 2026-02 7000 0 60; wages A X 12 2026-02 5000 0 0; paid A X 2026-02 11940",
            "2026-03",
            "60.00>60.00 0.00>0.00",
        ),
        ("wages A X 11 2026-02 11000 0 0; wages B X 12 2026-02 2000 0 0", "2026-03", "0.00>0.00 0.00>90.00"),
        // two agents (Y sorts first): each for himself, and said so
        (
            "wages A X 11 2026-02 11000 0 0; wages A Y 12 2026-02 6000 0 0",
            "2026-03",
            "0.00>0.00 0.00>30.00; split Y 6000.00 of 2; split X 11000.00 of 2",
        ),
        ("wages A X 11 2026-02 11000 0 30; wages A Y 12 2026-03 6000 0 0", "2026-04", "0.00>0.00"),
        // services are taxed by the month, and are no wages of a second agent
        ("contract A X 2026-01-01 services; wages A X 11 2026-02 5000 0 0", "2026-03", "0.00>800.00"),
        (
            "contract A X 2026-01-01; amended 2026-02-01 services; wages A X 11 2026-01 5000 0 0; wages A X 11 2026-02 5000 0 0",
            "2026-03",
            "0.00>800.00",
        ),
        (
            "contract A Y 2026-01-01 services; wages A Y 11 2026-02 3000 0 440; paid A Y 2026-02 2560; \
             wages A X 11 2026-02 9000 0 0",
            "2026-03",
            "440.00>440.00 0.00>0.00",
        ),
        // tax on wages that were not paid, not all, or came twice
        ("wages A X 11 2026-02 11000 0 30", "2026-03", "30.00>30.00; unpaid 0.00 of 10970.00"),
        (
            "wages A X 11 2026-02 11000 0 30; paid A X 2026-02 970; paid A X 2026-01 10970",
            "2026-03",
            "30.00>30.00; unpaid 970.00 of 10970.00",
        ),
        // worked, and on no sheet
        ("worked A 2026-02-03", "2026-03", "; missing 1.0"),
        ("worked A 2026-02-03; wages A X 11 2026-03 100 0 0", "2026-04", "0.00>0.00"),
    ];
    for (number, (story, pay_month, expected)) in table.into_iter().enumerate() {
        let entries = facts(story).entries();
        for cut in [1, 3, 100] {
            let model = place.with(&format!("{number}-{cut}"), &entries, cut).await;
            let answer = asked(&model, pay_month, WithheldLines::All).await;
            assert_eq!(shown(&answer), expected, "{story} in {pay_month}, batches of {cut}");
            let variances = asked(&model, pay_month, WithheldLines::Variances).await;
            let wrong: Vec<_> = answer.lines.into_iter().filter(|l| l.on_sheet != l.right).collect();
            assert_eq!(variances.lines, wrong, "{story} in {pay_month}");
            assert_eq!(variances.total, answer.total);
            model.close().await;
        }
    }
}

/// A read model that was left alone for a while and goes on is the one that was never left.
async fn it_goes_on_after_a_pause(place: &Place) {
    let story = "contract A X 2026-01-07; wages A X 11 2026-01 9000 0 0; wages A X 11 2026-02 14000 0 0; \
        wages A X 12 2026-03 8000 100 5; wages B X 12 2026-04 9000 0 0; wages A X 11 2026-02 15000 0 7 1";
    let entries = facts(story).entries();
    let whole = asked(&place.with("whole", &entries, 100).await, "2026-05", WithheldLines::All).await;
    for cut in 3..entries.len() {
        let name = format!("cut-{cut}");
        place.with(&name, &entries[..cut], 100).await.close().await;
        let model = place.fresh(&name).await;
        model.apply(&entries[cut..]).await.unwrap();
        assert_eq!(asked(&model, "2026-05", WithheldLines::All).await, whole, "cut at {cut}");
        model.close().await;
    }
    assert_eq!(whole.total.wrong, 1);
}

/// However little is remembered between entries: wages of two years that come one after the other, and a
/// correction of what was forgotten.
async fn forgetting_changes_nothing(place: &Place) {
    let months = |year: i32| (1..=12).map(move |month| format!("wages A X 11 {year}-{month:02} 9000 100 5"));
    let story: Vec<String> = months(2025).chain(months(2026)).collect();
    let late =
        "wages A X 11 2025-03 12000 0 0 1; wages A X 12 2025-12 4000 0 0; wages A Y 11 2025-12 4000 0 0";
    // What a contract is about is read back with it.
    let services = "contract B X 2025-01-01 services";
    let served = "wages B X 13 2025-11 5000 0 0; wages B X 13 2026-11 5000 0 0";
    let entries = facts(&format!("{services}; {}; {late}; {served}", story.join("; "))).entries();
    let whole = place.with("whole", &entries, 100).await;
    for (months, pairs) in [(1, 100), (2, 100), (5, 1), (100, 0)] {
        let name = format!("{months}-{pairs}");
        let model = place.fresh(&name).await;
        model.remember(months, pairs).await;
        for entry in &entries {
            model.apply(std::slice::from_ref(entry)).await.unwrap();
        }
        for pay_month in ["2025-12", "2026-01", "2026-12", "2027-01"] {
            let expected = asked(&whole, pay_month, WithheldLines::All).await;
            assert!(!expected.lines.is_empty());
            assert_eq!(asked(&model, pay_month, WithheldLines::All).await, expected, "{name} {pay_month}");
        }
        let difference = model.difference(&place.database("whole"), 100).await.unwrap();
        assert!(difference.is_empty(), "{name}: {difference:?}");
        model.close().await;
    }
}

async fn one_agents_view(place: &Place) {
    let story = "wages A X 11 2026-02 11000 0 0; wages A Y 12 2026-02 6000 0 0";
    let model = place.with("a", &facts(story).entries(), 100).await;
    let employer = credit_code(EMPLOYER);
    let answer = model.withholding(month("2026-03"), Some(&employer), WithheldLines::All).await.unwrap();
    assert!(answer.lines.iter().all(|line| line.place.employer == EMPLOYER));
    assert_eq!((answer.lines.len(), answer.split.len(), answer.total.payees), (1, 1, 1));
    assert_eq!(answer.split[0].agents, 2);
    assert!(answer.split[0].person.id_number.is_some());
    let none = credit_code("91330106XN4XFD1Y3A");
    let answer = model.withholding(month("2026-03"), Some(&none), WithheldLines::All).await.unwrap();
    assert!(answer.lines.is_empty() && answer.split.is_empty());
    // The law of that year is not in our data.
    let story = "wages A X 11 2017-02 11000 0 0";
    let model = place.with("b", &facts(story).entries(), 100).await;
    let answer = model.withholding(month("2017-03"), None, WithheldLines::All).await;
    assert!(matches!(answer, Err(readmodel::ReadModelError::Rule(_))), "{answer:?}");
}

on_both_engines!(
    what_should_have_been_withheld,
    it_goes_on_after_a_pause,
    forgetting_changes_nothing,
    one_agents_view
);
