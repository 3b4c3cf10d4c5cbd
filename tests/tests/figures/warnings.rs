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

const DETECTIONS: [&str; 8] = ["A01", "A02", "A03", "A04", "A05", "A06", "A07", "A08"];

/// Nothing in the sample is made up, borrowed or cut; only a few worker-months are missing from the sheets.
fn check_detection(row: &Value, sample: &Value) {
    let colour = text(&row["colour"]);
    if row["rule"] != "A07" {
        assert!(["none", "unknown"].contains(&colour.as_str()), "{row}");
        assert_eq!(row["objects"], json!([]), "{row}");
        return;
    }
    let Some(last) = row["figures"]["months"][1].as_str() else {
        assert_eq!(colour, "unknown", "{row}");
        return;
    };
    let missing = sample["attendance_without_wage_line"].as_array().expect("worker-months").iter();
    let missing = missing
        .filter(|of| of["project"] == row["project_code"] && text(&of["month"]).as_str() <= last)
        .map(|of| json!({ "month": of["month"], "worker": of["worker"] }).to_string());
    let missing: BTreeSet<String> = missing.collect();
    assert_eq!(sorted(&row["objects"]), missing, "{row}");
    assert_eq!(colour, if missing.is_empty() { "none" } else { "yellow" }, "{row}");
}

#[test]
fn every_colour_and_figure() {
    let expected = read_json("more/expected-warnings.json");
    let sample = read_json("site/expected.json");
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
        for project in day["projects"].as_array().expect("projects") {
            for detection in DETECTIONS {
                let row = take(detection, Some(&text(&project["project"])), None);
                check_detection(&row, &sample);
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

/// Who answers for the wages of whose workers, and whether the subcontract was signed when they came.
#[test]
fn every_chain() {
    let expected = read_json("more/expected-warnings.json");
    let args = ["--as-of", "2026-06-30", "--format", "json"];
    let answer = shared_more().0.copy().ask("chains", &args).exits(0).json();
    let found: BTreeMap<(String, String), &Value> = answer["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| ((text(&row["project_code"]), text(&row["employer_code"])), row))
        .collect();
    let chains = expected["chains"].as_array().expect("chains");
    for chain in chains {
        let key = (text(&chain["project"]), text(&chain["employer"]));
        let row = found[&key];
        for name in ["chain", "signed", "first_worker_in"] {
            assert_eq!(row[name], chain[name], "{name} of {key:?}");
        }
        // Without a subcontract nothing was signed in time, and the sample leaves it open.
        if !chain["chain"].is_null() {
            assert_eq!(row["signed_in_time"], chain["signed_in_time"], "{key:?}");
        }
        let liable: Vec<&Value> = row["liable"].as_array().expect("links").iter().collect();
        assert_eq!(
            (text(&liable[0]["who"]), &liable[0]["code"]),
            ("employer".to_owned(), &row["employer_code"])
        );
        assert!(liable.iter().any(|link| link["who"] == "general_contractor"), "{row}");
    }
    assert_eq!(found.len(), chains.len());
}

/// The owner pays what the general contractor left unpaid: the worker's claim goes down, and the owner has one.
#[test]
fn who_pays_for_another_has_a_claim() {
    let (expected, book) = (read_json("site/expected.json"), shared_more().0.copy());
    let day = expected["arrears"].as_array().expect("days").last().expect("a day");
    let late = day["overdue"].as_array().expect("lines").iter();
    let line = late.clone().find(|line| line["project"] == "3301062512180102").expect("a line that is late");
    let project = expected["projects"].as_array().expect("projects").iter();
    let project = project.clone().find(|of| of["project"] == line["project"]).expect("its project");
    let (worker, month, amount) = (text(&line["worker"]), text(&line["month"]), text(&line["outstanding"]));
    let folder = tempfile::tempdir().expect("a folder");
    let batch = "DF022026090101";
    let rows = [
        format!(
            "#批次号={batch}|项目编码={}|信用代码={}|工资月份={month}|付款账号=3301000000000000001|\
             付款户名=杭州测试西湖置业发展有限公司|总笔数=1|总金额={amount}",
            text(&line["project"]),
            text(&line["employer"]),
        ),
        "序号|收款账号|收款户名|证件号码|金额|状态|失败原因|入账时间|流水号".to_owned(),
        format!("1|6200000617992405325|测试|{worker}|{amount}|成功||2026-09-01 10:00:00|TS260901020000001"),
    ];
    let path = folder.path().join(format!("bank-result-{batch}.txt"));
    std::fs::write(&path, rows.join("\n")).expect("a file");
    book.import(&[path]).exits(0);
    let recourse = |as_of: &str| {
        let answer = book.ask("chains", &["--as-of", as_of, "--format", "json"]).exits(0).json();
        let rows = answer["rows"].as_array().expect("rows").iter();
        let of =
            |row: &&Value| row["project_code"] == line["project"] && row["employer_code"] == line["employer"];
        rows.clone().find(of).expect("its chain")["recourse"].clone()
    };
    assert_eq!(recourse("2026-08-31"), json!([]));
    let claim = recourse("2026-09-01");
    let [claim] = &claim.as_array().expect("claims")[..] else { panic!("{claim}") };
    assert_eq!(
        (&claim["creditor"], &claim["debtor"], text(&claim["amount"])),
        (&project["owner"], &project["general_contractor"], amount.clone())
    );
    assert_eq!(claim["worker_months"], 1);
    let paid = claim["entries"][0].as_i64().expect("an entry");
    let entry = book.entries().into_iter().find(|entry| entry.seq == paid).expect("the payment");
    assert_eq!(
        (entry.type_name().as_str(), &entry.fact()["payment"]["amount"]),
        ("payment.recorded", &json!(amount))
    );
    let table = book.ask("chains", &["--as-of", "2026-09-01"]).exits(0);
    assert!(table.out.contains(&format!("{} {amount} from", text(&project["owner"]))), "{}", table.out);
    book.verifies();
}

const PROJECT: &str = "3301102601010101";

/// The row of one indicator of the project.
fn row(book: &Book, as_of: &str, rule: &str, more: &[&str]) -> Option<Value> {
    let answer = warnings(book, as_of, more);
    rows(&answer).remove(&(rule.to_owned(), Some(PROJECT.to_owned()), None))
}

/// Without a purpose no worker is named; a warning names its entries, says since when it has its colour, and what comes
/// next.
#[test]
fn what_a_warning_carries() {
    let book = shared_more().0.copy();
    let before = book.head().seq;
    let warning = row(&book, "2026-06-30", "I09", &[]).expect("a deposit that runs out");
    assert_eq!(
        (text(&warning["colour"]).as_str(), text(&warning["since"]).as_str()),
        ("yellow", "2026-06-21")
    );
    assert_eq!(warning["days_to_next"], 1, "ten days after it took its colour");
    let types: BTreeMap<i64, String> = book.entries().iter().map(|e| (e.seq, e.type_name())).collect();
    let of = |warning: &Value| -> BTreeSet<String> {
        let entries = warning["entries"].as_array().expect("entries").iter();
        entries.map(|seq| types[&seq.as_i64().expect("a sequence")].clone()).collect()
    };
    assert_eq!(of(&warning), BTreeSet::from(["deposit.lodged".to_owned(), "project.registered".to_owned()]));
    let unpaid = row(&book, "2026-06-30", "I03", &[]).expect("unpaid work");
    assert!(of(&unpaid).contains("wages.accrued"), "{unpaid}");
    assert!(unpaid["objects"].as_array().expect("objects").iter().all(|o| o.get("worker").is_none()));
    let bare = row(&book, "2026-06-30", "I04", &[]).expect("work without a contract");
    assert_eq!(of(&bare), BTreeSet::from(["work.recorded".to_owned()]));
    assert_eq!(book.head().seq, before, "looking at no worker leaves no entry");
    assert!(row(&book, "2026-06-30", "I12", &[]).is_none(), "what gives no warning is left out");
    let args = ["--all", "--reveal", "--purpose", "案件审查"];
    let shown = row(&book, "2026-06-30", "I04", &args).expect("the same");
    assert_eq!(text(&shown["objects"][0]["worker"]).len(), 18);
    assert!(book.head().seq > before, "who looked is recorded");
}

/// A warning is seen, assigned, ordered, explained; a payment takes it away, and it says by which entry.
#[test]
fn a_warning_is_handled() {
    let book = shared_more().0.copy();
    let of = |rule: &'static str, as_of: &'static str| {
        vec!["--rule", rule, "--project", PROJECT, "--as-of", as_of, "--reason", "已核实"]
    };
    let act = |step: &str, more: &[&str], of: &[&str]| {
        let args: Vec<&str> =
            std::iter::once(step).chain(of.iter().copied()).chain(more.iter().copied()).collect();
        let mut command = tests::wageledger();
        command.args(["warning", args[0], "--ledger"]).arg(book.named()).args(&args[1..]);
        tests::run(command)
    };
    act("acknowledge", &[], &of("I10", "2026-06-30")).exits(0);
    act("assign", &["--to", "inspector", "--until", "2026-07-05"], &of("I10", "2026-06-30")).exits(0);
    act("order", &["--to", "91330106XN4XFD1Y3A", "--until", "2026-07-08"], &of("I10", "2026-06-30")).exits(0);
    act("explain", &[], &of("I10", "2026-06-30")).exits(0);
    act("resolve", &[], &of("I10", "2026-06-30")).exits(0);
    // Asked wrongly: no such rule, no such project, nothing said.
    act("acknowledge", &[], &of("I1", "2026-06-30")).exits(2);
    act("acknowledge", &["--employer", "91330106XN4XFD1Y3A"], &of("I10", "2026-06-30")).exits(2);
    let mut nobody = of("I10", "2026-06-30");
    nobody[3] = "9999102601010101";
    act("acknowledge", &[], &nobody).exits(2).says(&["no such project"]);

    let still = row(&book, "2026-06-30", "I10", &[]).expect("the board is still missing");
    let kinds: Vec<String> =
        still["steps"].as_array().expect("steps").iter().map(|s| text(&s["step"])).collect();
    assert_eq!(kinds, ["acknowledged", "assigned", "ordered", "explained", "resolved"]);
    assert_eq!((text(&still["colour"]).as_str(), &still["resolved_by"]), ("red", &Value::Null));
    assert!(still["steps"][0].get("reason").is_none());
    let told = row(&book, "2026-06-30", "I10", &["--reveal", "--purpose", "test"]).expect("the same");
    assert_eq!(text(&told["steps"][0]["reason"]), "已核实");
    // Who was named in words is personal data, an organisation is not.
    let to = |row: &Value| [&row["steps"][1]["to"], &row["steps"][2]["to"]].map(Clone::clone);
    assert_eq!(to(&still), [Value::Null, Value::from("91330106XN4XFD1Y3A")]);
    assert_eq!(to(&told), [Value::from("inspector"), "91330106XN4XFD1Y3A".into()]);
    // Before it was seen nobody had done anything with it.
    let earlier = row(&book, "2026-06-20", "I10", &[]).expect("missing already");
    assert!(earlier.get("steps").is_none());

    // The inspection's case was closed on 2026-07-08: by that entry the warning went.
    let gone = row(&book, "2026-07-10", "I10", &[]).expect("shown, since somebody waits for it");
    assert_eq!((text(&gone["colour"]).as_str(), text(&gone["since"]).as_str()), ("none", "2026-07-08"));
    let by = gone["resolved_by"].as_i64();
    let mut inspected = book.entries().into_iter().filter(|entry| entry.type_name() == "site.inspected");
    let of_project = inspected.find(|entry| entry.fact()["on"] == "2026-06-15").map(|entry| entry.seq);
    assert_eq!(by, of_project, "{gone}");
    book.verifies();
}
