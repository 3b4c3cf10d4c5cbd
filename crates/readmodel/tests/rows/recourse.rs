//! Who may claim what from whom, after somebody paid wages that another owed.

use crate::by_hand::*;
use crate::place::Place;
use wages::event::*;
use wages::{BlindIndex, Event, Payer, Refers};

const SUB: &str = OTHER_EMPLOYER;
const GC: &str = EMPLOYER;
const OWNER: &str = "91330106XN4XFD1Y3A";

/// Payer, from the dedicated account or from another, day, amount.
type Paid = (Payer, bool, &'static str, &'static str);
/// Creditor, debtor, amount, worker-months.
type Claim = (&'static str, &'static str, &'static str, u64);

/// A site on which the subcontractor's worker 1 is owed 5,000.00 for March, due on 2026-04-15, and so is worker 2; these
/// payments go to worker 1.
fn story(payments: &[Paid]) -> Facts {
    let mut facts = Facts::default();
    let mut terms = terms("site", 15);
    terms.owner = credit_code(OWNER);
    let code = project_code(PROJECT);
    facts.add(id(1), Event::ProjectRegistered(ProjectRegistered { code, terms }));
    for worker in [1_001, 1_002] {
        facts.add(id(worker), worker_registered("Wang"));
        facts.add(id(worker), entered(PROJECT, SUB, id(11), "2026-03-01"));
        let line = wage_line(money("5000.00"), money("5000.00"));
        let of = line_key(PROJECT, SUB, id(11), "2026-03");
        facts.add(id(worker), Event::WagesAccrued(WagesAccrued { of, correction: 0, line }));
    }
    for (serial, (payer, dedicated, on, amount)) in payments.iter().enumerate() {
        facts.add(id(1_001), of_payer(*payer, *dedicated, on, amount, serial));
    }
    facts
}

fn of_payer(payer: Payer, dedicated: bool, on: &str, amount: &str, serial: usize) -> Event {
    let mut details = payment(PROJECT, SUB, "2026-03", "B1", amount);
    details.payer = payer;
    details.serial = Some(format!("S{serial}").parse().unwrap());
    details.payer_account_index = Some(BlindIndex([if dedicated { 7 } else { 8 }; 16]));
    paid(details, on)
}

async fn claims(place: &Place, name: &str, facts: &Facts, as_of: &str) -> Vec<(String, String, String, u64)> {
    let model = place.with(name, &facts.entries(), 1_000).await;
    let chains = model.liability_chains(day(as_of)).await.unwrap();
    model.close().await;
    let chain = chains.into_iter().find(|chain| chain.employer == SUB).unwrap();
    let entries: Vec<usize> = chain.recourse.iter().flatten().map(|of| of.entries.len()).collect();
    assert!(entries.iter().all(|entries| *entries > 0));
    let claim = |of: readmodel::RecourseClaim| {
        (of.claim.creditor, of.claim.debtor, of.claim.amount.to_string(), of.worker_months)
    };
    chain.recourse.into_iter().flatten().map(claim).collect()
}

#[tokio::test]
async fn who_pays_for_another_may_claim_it() {
    use Payer::{Court, Deposit, Employer, Fund, GeneralContractor, Guarantee, Owner, Unknown};
    let table: &[(&str, &[Paid], &[Claim])] = &[
        ("2026-06-30", &[], &[]),
        // The debt itself: the dedicated account, the employer, a court that takes it from him, whoever pays in time.
        ("2026-06-30", &[(GeneralContractor, true, "2026-05-20", "3000.00")], &[]),
        ("2026-06-30", &[(GeneralContractor, false, "2026-04-15", "3000.00")], &[]),
        ("2026-06-30", &[(Employer, false, "2026-05-20", "3000.00")], &[]),
        (
            "2026-06-30",
            &[(Court, false, "2026-05-20", "3000.00"), (Unknown, false, "2026-05-20", "1.00")],
            &[],
        ),
        // The general contractor clears what is overdue.
        ("2026-06-30", &[(GeneralContractor, false, "2026-04-16", "3000.00")], &[(GC, SUB, "3000.00", 1)]),
        ("2026-04-15", &[(GeneralContractor, false, "2026-04-16", "3000.00")], &[]),
        // The owner sets off against the price; deposit and guarantee are the general contractor's money.
        ("2026-06-30", &[(Owner, false, "2026-04-20", "2000.00")], &[(OWNER, GC, "2000.00", 1)]),
        (
            "2026-06-30",
            &[(Deposit, false, "2026-05-20", "1000.00"), (Guarantee, false, "2026-05-21", "500.00")],
            &[(GC, SUB, "1500.00", 1)],
        ),
        ("2026-06-30", &[(Fund, false, "2026-05-20", "500.00")], &[("emergency_fund", SUB, "500.00", 1)]),
        // Only what was still open is another's debt.
        (
            "2026-06-30",
            &[(Employer, false, "2026-05-01", "4000.00"), (Owner, false, "2026-05-02", "2000.00")],
            &[(OWNER, GC, "1000.00", 1)],
        ),
        (
            "2026-06-30",
            &[
                (Fund, false, "2026-05-01", "4999.99"),
                (Employer, false, "2026-05-02", "5000.00"),
                (Owner, false, "2026-05-03", "5000.00"),
            ],
            &[("emergency_fund", SUB, "4999.99", 1)],
        ),
    ];
    let place = Place::file();
    for (number, (as_of, payments, expected)) in table.iter().enumerate() {
        let found = claims(&place, &format!("a{number}"), &story(payments), as_of).await;
        let expected: Vec<_> = expected
            .iter()
            .map(|(creditor, debtor, amount, months)| {
                ((*creditor).to_owned(), (*debtor).to_owned(), (*amount).to_owned(), *months)
            })
            .collect();
        assert_eq!(found, expected, "{as_of} {payments:?}");
    }
}

/// Over workers claims add up; a payment that came back opens none.
#[tokio::test]
async fn claims_add_up_until_money_comes_back() {
    let place = Place::file();
    let mut facts = story(&[(Payer::Owner, false, "2026-04-20", "2000.00")]);
    let second = facts.add(id(1_002), of_payer(Payer::Owner, false, "2026-04-21", "700.00", 9));
    let owner = |amount: &str, months| vec![(OWNER.to_owned(), GC.to_owned(), amount.to_owned(), months)];
    assert_eq!(claims(&place, "a", &facts, "2026-06-30").await, owner("2700.00", 2));
    let mut details = payment(PROJECT, SUB, "2026-03", "B2", "700.00");
    (details.payer, details.serial) = (Payer::Owner, Some("S10".parse().unwrap()));
    let returned = PaymentReturned {
        returns: Refers::Entry(0),
        payment: details,
        returned_at: day("2026-05-02").at(9, 0, 0, 0),
        reason: None,
    };
    facts.add_about(id(1_002), second, Event::PaymentReturned(returned));
    assert_eq!(claims(&place, "b", &facts, "2026-05-01").await, owner("2700.00", 2));
    assert_eq!(claims(&place, "c", &facts, "2026-05-02").await, owner("2000.00", 1));
}
