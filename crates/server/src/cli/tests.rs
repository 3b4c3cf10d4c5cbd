//! The definition of the command line holds together.

use super::*;
use clap::CommandFactory;
use std::collections::BTreeSet;

/// Commands, each with its options that a text may be left to standard input for.
fn with_texts(of: &clap::Command, path: &[String], found: &mut BTreeSet<Vec<String>>) {
    let path = [path, &[of.get_name().to_owned()]].concat();
    if of.get_arguments().any(|arg| ["worker", "purpose"].contains(&arg.get_id().as_str())) {
        found.insert(path.clone());
    }
    of.get_subcommands().for_each(|sub| with_texts(sub, &path, found));
}

#[test]
fn every_worker_and_purpose_may_come_from_standard_input() {
    let both = "--worker - --reveal --purpose -";
    let lines = [
        "arrears --ledger x --as-of 2026-06-30 --reveal --purpose -".to_owned(),
        "warnings --ledger x --as-of 2026-06-30 --reveal --purpose -".to_owned(),
        "tax --ledger x --month 2026-04 --reveal --purpose -".to_owned(),
        format!("owed --ledger x --as-of 2026-06-30 {both}"),
        format!("audit --ledger x {both}"),
        format!("rules explain worker-month --ledger x --month 2026-04 {both}"),
    ];
    let mut covered = BTreeSet::new();
    for line in lines {
        let args: Vec<&str> = std::iter::once("wageledger").chain(line.split(' ')).collect();
        let mut command = Cli::try_parse_from(&args).expect("a right command").command;
        let slots: Vec<&str> = command.texts().into_iter().map(|slot| slot.option).collect();
        let left: Vec<&str> = line.match_indices(" -").map(|(at, _)| &line[at + 1..]).collect();
        let expected =
            left.iter().filter(|rest| rest.starts_with("--worker -") || rest.starts_with("--purpose -"));
        assert_eq!(slots.len(), expected.count(), "{line}: {slots:?}");
        assert!(slots.iter().is_sorted_by(|a, b| a > b), "the worker comes first");
        let words = args.iter().take_while(|arg| !arg.starts_with('-'));
        covered.insert(words.map(|word| (*word).to_owned()).collect::<Vec<_>>());
    }
    let mut found = BTreeSet::new();
    with_texts(&Cli::command(), &[], &mut found);
    assert_eq!(found, covered);
}

#[test]
fn the_definition_is_sound() {
    Cli::command().debug_assert();
}
