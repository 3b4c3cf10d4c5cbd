//! Early warning on the three sites: every colour and figure of eight days, and who answers for the wages.

use crate::more::shared_more;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use tests::{Book, read_json, text};

fn warnings(book: &Book, as_of: &str, more: &[&str]) -> Value {
    let args = [&["--as-of", as_of, "--format", "json"], more].concat();
    book.ask("warnings", &args).exits(0).json()
}

/// Rows by rule and object.
fn rows(answer: &Value) -> BTreeMap<(String, Option<String>, Option<String>), Value> {
    let name = |value: &Value| value.as_str().map(str::to_owned);
    let rows = answer["rows"].as_array().expect("rows").iter();
    rows.map(|row| {
        ((text(&row["rule"]), name(&row["project_code"]), name(&row["employer_code"])), row.clone())
    })
    .collect()
}

fn sorted(objects: &Value) -> BTreeSet<String> {
    objects.as_array().into_iter().flatten().map(ToString::to_string).collect()
}

/// Colour, figures and objects are those expected.
fn check(found: &Value, expected: &Value, what: &str) {
    let expected = expected.as_object().expect("an indicator");
    assert_eq!(found["colour"], expected["colour"], "{what}: {found}");
    let figures: Map<String, Value> = expected
        .iter()
        .filter(|(name, _)| !["colour", "objects", "employer"].contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_eq!(found["figures"], Value::Object(figures), "{what}");
    if let Some(objects) = expected.get("objects") {
        assert_eq!(sorted(&found["objects"]), sorted(objects), "{what}");
    }
}

#[test]
fn every_colour_and_figure() {
    let expected = read_json("more/expected-warnings.json");
    let book = shared_more().0.copy();
    let mut colours: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for day in expected["warnings"].as_array().expect("days") {
        let as_of = text(&day["as_of"]);
        let answer =
            warnings(&book, &as_of, &["--all", "--reveal", "--purpose", "test", "--region", "330100"]);
        assert_eq!(text(&answer["as_of"]), as_of);
        let mut found = rows(&answer);
        let mut take = |rule: &str, project: Option<&str>, employer: Option<&str>| {
            let key = (rule.to_owned(), project.map(str::to_owned), employer.map(str::to_owned));
            found.remove(&key).unwrap_or_else(|| panic!("{as_of}: no row {key:?}"))
        };
        for project in day["projects"].as_array().expect("projects") {
            let code = text(&project["project"]);
            for (rule, indicator) in project["indicators"].as_object().expect("indicators") {
                let row = take(rule, Some(&code), None);
                check(&row, indicator, &format!("{rule} of {code} as of {as_of}"));
                let colour = text(&indicator["colour"]);
                *colours.entry(rule.clone()).or_default().entry(colour).or_default() += 1;
            }
        }
        check(&take("I06", None, None), &day["all_projects"]["I06"], &format!("I06 as of {as_of}"));
        for employer in day["employers"]["I15"].as_array().expect("employers") {
            let code = text(&employer["employer"]);
            let row = take("I15", None, Some(&code));
            check(&row, employer, &format!("I15 of {code} as of {as_of}"));
        }
        assert!(found.is_empty(), "{as_of}: rows that nobody expects: {:?}", found.keys());
    }
    assert_eq!(json!(colours), expected["colours_found"]);
    book.verifies();
}
