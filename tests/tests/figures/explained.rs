//! Explanations on the ledger: from entries to tax and to arrears, and what a worker can claim.

use crate::more::shared_more;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tests::{Book, fen, fen_text, read_json, shared_site, text};

fn explain(book: &Book, worker: &str, month: &str, as_of: &str) -> Value {
    let ledger = book.named().display().to_string();
    let mut command = tests::wageledger();
    command.args(["rules", "explain", "--format", "json", "worker-month", "--ledger", &ledger]);
    command.args(["--worker", worker, "--month", month, "--as-of", as_of]);
    tests::run(command).exits(0).json()
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value[name].as_array().unwrap_or_else(|| panic!("no {name} in {value}"))
}

/// The steps of a chapter whose English title begins so.
fn chapter<'a>(document: &'a Value, begins: &str) -> Option<&'a Value> {
    list(document, "chapters").iter().find(|chapter| text(&chapter["en"]).starts_with(begins))
}

fn result(chapter: &Value, what: &str) -> String {
    let step = list(chapter, "steps").iter().find(|step| text(&step["en"]).starts_with(what));
    text(&step.unwrap_or_else(|| panic!("no step {what} in {chapter}"))["result"])
}

/// Every wage line of these workers: those with a story, and those whose tax is wrong.
#[test]
fn from_the_entries_to_tax_and_to_arrears() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let stories = expected["stories"]["workers"].as_object().expect("workers");
    let mut workers: BTreeSet<String> =
        stories.values().filter_map(|who| who.as_array()?.first()).map(text).collect();
    let variances = list(&expected, "tax_variances");
    workers.extend(variances.iter().step_by(6).map(|row| text(&row["worker"])));
    let as_of = list(&expected, "arrears").last().expect("a day");
    let day = text(&as_of["as_of"]);
    let mut explained = 0;
    for line in list(&expected, "lines").iter().step_by(2).filter(|l| workers.contains(&text(&l["worker"]))) {
        let (worker, month) = (text(&line["worker"]), text(&line["month"]));
        let told = explain(&book, &worker, &month, &day);
        check_entries(&told);
        let employer = text(&line["employer"]);
        let right = variances
            .iter()
            .find(|row| ["worker", "month", "project"].iter().all(|name| row[*name] == line[*name]))
            .map_or(text(&line["deductions"]["income_tax"]), |row| text(&row["right"]));
        let tax = list(&told, "chapters")
            .iter()
            .find(|c| text(&c["en"]).starts_with("income tax") && text(&c["en"]).ends_with(&employer))
            .unwrap_or_else(|| panic!("{employer} in {told}"));
        let single = list(&expected, "lines")
            .iter()
            .filter(|other| ["worker", "month", "employer"].iter().all(|name| other[*name] == line[*name]));
        if single.count() == 1 {
            assert_eq!(result(tax, "to be withheld"), right, "{worker} {month}");
        }
        let arrears = format!("arrears: project {}, employer {employer}", text(&line["project"]));
        let arrears = chapter(&told, &arrears).unwrap_or_else(|| panic!("{arrears} in {told}"));
        let overdue = list(as_of, "overdue")
            .iter()
            .find(|row| {
                ["worker", "month", "project", "employer", "crew"]
                    .iter()
                    .all(|name| row[*name] == line[*name])
            })
            .map_or(0, |row| fen(&row["outstanding"]));
        assert_eq!(result(arrears, "outstanding"), fen_text(overdue), "{worker} {month}");
        explained += 1;
    }
    assert!(explained > 20, "{explained}");
    book.verifies();
}

/// Entries come in ledger order with number, type and day, in both languages; every step has its article.
fn check_entries(told: &Value) {
    for chapter in list(told, "chapters") {
        assert!(!text(&chapter["zh"]).is_empty());
        for entry in list(chapter, "entries") {
            assert!(entry["seq"].as_u64().is_some_and(|seq| seq > 0), "{entry}");
            for name in ["type", "recorded_on", "zh", "en"] {
                assert!(entry[name].as_str().is_some_and(|text| !text.is_empty()), "{name} in {entry}");
            }
            assert_ne!(entry["zh"], entry["en"]);
        }
        for step in list(chapter, "steps") {
            assert!(!text(&step["citation"]).is_empty(), "{step}");
            let ours = text(&step["citation"]).contains("本账本的约定");
            assert_eq!(ours, step["confidence"] == "convention", "{step}");
        }
    }
}

/// The ID number that a heading shows for a purpose.
fn id_number(told: &Value) -> String {
    let heading = text(&list(told, "chapters")[0]["en"]);
    let words = heading.split([' ', ',']);
    let mut ids = words.filter(|word| word.len() == 18 && word.bytes().take(17).all(|b| b.is_ascii_digit()));
    ids.next().unwrap_or_else(|| panic!("no ID number in {heading}")).to_owned()
}

/// What a person reads in one language has words of it, and none of the other's: but for what people wrote into files.
fn check_languages(told: &Value) {
    let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
    for chapter in &list(told, "chapters")[1..] {
        let said = std::iter::once(chapter).chain(list(chapter, "steps")).chain(list(chapter, "notes"));
        for said in said {
            let (zh, en) = (text(&said["zh"]), text(&said["en"]));
            assert!(han(&zh) && !en.is_empty() && !han(&en), "{zh} / {en}");
        }
        assert!(list(chapter, "entries").iter().all(|entry| han(&text(&entry["zh"]))), "{chapter}");
    }
}

/// A worker's month by project, employer and crew, as the sample has it.
type Lines<'a> = BTreeMap<(String, String), Vec<&'a Value>>;

/// Everybody's month on every site: what was recorded, the tax that was to be withheld, and the arrears.
#[test]
fn every_worker_month_of_the_sample() {
    let (expected, book) = (read_json("site/expected.json"), shared_more().0.copy());
    let ledger = book.named().display().to_string();
    let mut lines = Lines::new();
    for line in list(&expected, "lines") {
        lines.entry((text(&line["worker"]), text(&line["month"]))).or_default().push(line);
    }
    let mut missing: BTreeSet<(String, String)> = list(&expected, "attendance_without_wage_line")
        .iter()
        .map(|of| (text(&of["worker"]), text(&of["month"])))
        .collect();
    let day = list(&expected, "arrears").iter().rev().nth(1).expect("a day");
    let as_of = text(&day["as_of"]);
    let mut seen = BTreeSet::new();
    for project in list(&expected, "projects") {
        for month in list(&expected, "months") {
            let (code, month) = (text(&project["project"]), text(month));
            let mut command = tests::wageledger();
            command.args(["rules", "explain", "--format", "json", "worker-month", "--ledger", &ledger]);
            command.args(["--project", &code, "--month", &month, "--as-of", &as_of]);
            command.args(["--reveal", "--purpose", "test"]);
            let told = tests::run(command).exits(0);
            for document in told.out.lines() {
                let document: Value = serde_json::from_str(document).expect("a document a line");
                let key = (id_number(&document), month.clone());
                check_entries(&document);
                check_languages(&document);
                let lines = lines.get(&key).map_or(&[][..], Vec::as_slice);
                check_tax(&document, lines, &expected);
                check_arrears(&document, lines, day);
                let recorded = chapter(&document, "what the ledger recorded").expect("entries");
                let is_missing =
                    list(recorded, "notes").iter().any(|n| text(&n["en"]).contains("no wage line"));
                assert_eq!(is_missing, missing.contains(&key), "{key:?}");
                seen.insert(key);
            }
        }
    }
    missing.extend(lines.into_keys());
    assert_eq!(seen, missing, "every worker-month, and no other");
    let mut command = tests::wageledger();
    command.args(["rules", "explain", "worker-month", "--ledger", &ledger, "--month", "2026-01"]);
    tests::run(command).exits(2);
    let mut command = tests::wageledger();
    command.args(["rules", "explain", "worker-month", "--ledger", &ledger, "--month", "2019-01"]);
    command.args(["--project", "3301102601010101"]);
    tests::run(command).exits(1);
    book.verifies();
}

/// The tax of each employer: of all his lines of the month together.
fn check_tax(told: &Value, lines: &[&Value], expected: &Value) {
    let mut right: BTreeMap<String, i64> = BTreeMap::new();
    for line in lines {
        let names = ["worker", "month", "project", "employer", "crew"];
        let variances = list(expected, "tax_variances").iter();
        let of_line = variances.rev().find(|row| names.iter().all(|name| row[*name] == line[*name]));
        let tax = of_line.map_or(&line["deductions"]["income_tax"], |row| &row["right"]);
        *right.entry(text(&line["employer"])).or_default() += fen(tax);
    }
    for (employer, right) in right {
        let tax = list(told, "chapters")
            .iter()
            .find(|c| text(&c["en"]).starts_with("income tax") && text(&c["en"]).ends_with(&employer))
            .unwrap_or_else(|| panic!("{employer} in {told}"));
        assert_eq!(result(tax, "to be withheld"), fen_text(right), "{employer}: {tax}");
        assert!(!list(tax, "entries").is_empty(), "{tax}");
    }
}

/// What is outstanding of each line, as often as the sample has it.
fn check_arrears(told: &Value, lines: &[&Value], day: &Value) {
    let names = ["worker", "month", "project", "employer", "crew"];
    let mut owed: Vec<(String, String)> = Vec::new();
    for line in lines {
        let overdue = list(day, "overdue").iter();
        let overdue = overdue.filter(|row| names.iter().all(|name| row[*name] == line[*name]));
        let sum: i64 = overdue.map(|row| fen(&row["outstanding"])).sum();
        let title =
            format!("arrears: project {}, employer {}", text(&line["project"]), text(&line["employer"]));
        owed.push((title, fen_text(sum)));
    }
    let chapters = list(told, "chapters").iter().filter(|c| text(&c["en"]).starts_with("arrears: "));
    let mut found: Vec<(String, String)> =
        chapters.map(|chapter| (text(&chapter["en"]), result(chapter, "outstanding"))).collect();
    owed.sort();
    found.sort();
    assert_eq!(found, owed);
}

#[test]
fn one_language_or_both_and_names_for_a_purpose_only() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let worker = text(&list(&expected, "tax_variances")[0]["worker"]);
    let ledger = book.named().display().to_string();
    let ask = |more: &[&str]| {
        let mut command = tests::wageledger();
        command.args(["rules", "explain", "worker-month", "--ledger", &ledger, "--worker", &worker]);
        command.args(["--month", "2026-01", "--as-of", "2026-06-30"]).args(more);
        tests::run(command)
    };
    let (both, zh, en) =
        (ask(&[]).exits(0), ask(&["--lang", "zh"]).exits(0), ask(&["--lang", "en"]).exits(0));
    assert!(
        both.out.contains("个人所得税：税款所属期 2026-02")
            && both.out.contains("income tax: paid in 2026-02")
    );
    assert!(zh.out.contains("个人所得税：税款所属期 2026-02") && !zh.out.contains("income tax: paid in"));
    assert!(
        en.out.contains("income tax: paid in 2026-02") && !en.out.contains("个人所得税：税款所属期 2026-02")
    );
    assert!(!both.out.contains(&worker), "nobody's number without a purpose");
    let head = book.head().seq;
    let open = ask(&["--reveal", "--purpose", "claim"]).exits(0);
    assert!(open.out.contains(&worker));
    assert_eq!(book.head().seq, head + 1, "the worker's stream says who looked");
}

/// What a worker can claim: each an estimate with its articles, and what is not known said.
#[test]
fn what_a_worker_can_claim() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    let day = list(&expected, "arrears").last().expect("a day");
    let as_of = text(&day["as_of"]);
    let late = list(day, "overdue").iter().find(|line| text(&line["project"]) == "3301062512180102");
    let late = late.expect("a line that is late");
    let worker = text(&late["worker"]);
    let claims =
        book.ask("owed", &["--worker", &worker, "--as-of", &as_of, "--format", "json"]).exits(0).json();
    check_entries(&claims);
    let owed: i64 = list(day, "overdue")
        .iter()
        .filter(|line| ["worker", "project", "employer"].iter().all(|name| line[*name] == late[*name]))
        .map(|line| fen(&line["outstanding"]))
        .sum();
    let title = format!("arrears on project {}: {}", text(&late["project"]), fen_text(owed));
    let arrears = chapter(&claims, &title).unwrap_or_else(|| panic!("{title} in {claims}"));
    let project = list(&expected, "projects").iter().find(|p| p["project"] == late["project"]).expect("it");
    let chain: Vec<String> = list(arrears, "steps").iter().map(|step| text(&step["formula"])).collect();
    for firm in [text(&late["employer"]), text(&project["general_contractor"]), text(&project["owner"])] {
        assert!(chain.iter().any(|step| step.contains(&firm)), "{firm} in {chain:?}");
    }
    let severance = chapter(&claims, "severance").expect("severance");
    assert!(list(severance, "notes").iter().any(|note| text(&note["en"]).starts_with("estimate: N, ")));
    // Nobody without a contract has one: the second wage runs from the second month on.
    let nobody = text(&expected["stories"]["workers"]["no contract"][0]);
    let claims =
        book.ask("owed", &["--worker", &nobody, "--as-of", &as_of, "--format", "json"]).exits(0).json();
    let second = chapter(&claims, "second wage without written contract").expect("the second wage");
    assert!(text(&second["en"]).ends_with("signed on -"));
    let amount = list(second, "notes")
        .iter()
        .find_map(|note| text(&note["en"]).strip_prefix("estimate: ").map(str::to_owned));
    assert_ne!(amount.expect("an estimate"), "0.00");
    book.ask("owed", &["--worker", &nobody, "--as-of", "2020-01-01"]).exits(1);
    book.ask("owed", &["--worker", "nobody", "--as-of", &as_of]).exits(2);
}
