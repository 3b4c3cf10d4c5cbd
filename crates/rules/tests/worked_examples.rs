//! The worked examples of income tax that everybody can read: all cases, all fields.

use rules::examples::Case;
use rules::tax::GapPolicy;

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../../../tests/data/iit_examples.json")).unwrap()
}

#[test]
fn every_figure_of_every_case() {
    let cases = cases();
    assert_eq!(cases.len(), 40);
    let mut wrong = Vec::new();
    for case in &cases {
        let outcome = case.run(GapPolicy::default()).unwrap();
        for (at, row) in outcome.rows.iter().enumerate() {
            for figure in row.compared.iter().filter(|figure| !figure.agrees()) {
                wrong.push(format!("{} row {at} {figure:?}", case.id));
            }
            assert!(!row.steps.is_empty(), "{}", case.id);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Nothing in the file is read past: unknown fields would show here. What the notes do say is that platform
/// cases describe their counting in a sentence, which the kind implies.
#[test]
fn nothing_is_read_past() {
    for case in cases() {
        assert_eq!(case.run(GapPolicy::default()).unwrap().notes, Vec::<String>::new(), "{}", case.id);
    }
}

/// A figure that is wrong by a fen is found.
#[test]
fn a_wrong_fen_shows() {
    for case in cases() {
        let mut wrong = case.clone();
        let last = wrong.expected.last_mut().unwrap();
        last.tax_cumulative = rules::Money::from_fen(last.tax_cumulative.fen() + 1);
        assert!(case.run(GapPolicy::default()).unwrap().passed(), "{}", case.id);
        assert!(!wrong.run(GapPolicy::default()).unwrap().passed(), "{}", case.id);
    }
}

/// The gap of platform labour is a switch: the case that depends on it says so, and comes out otherwise.
#[test]
fn the_gap_is_a_switch() {
    let case = cases().into_iter().find(|case| case.id == "IP06").unwrap();
    assert!(case.run(GapPolicy::RestartAll).unwrap().passed());
    for (policy, taxable_in_may) in
        [(GapPolicy::RestartMonths, "27000.00"), (GapPolicy::CountAll, "12000.00")]
    {
        let outcome = case.run(policy).unwrap();
        assert!(!outcome.passed());
        let may = outcome.rows[3].compared.iter().find(|c| c.field == "taxable_cumulative").unwrap();
        assert_eq!(may.got, taxable_in_may, "{policy:?}");
    }
}
