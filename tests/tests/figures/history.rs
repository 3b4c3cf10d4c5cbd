//! What `audit` says of each worker, folded by hand, beside what the sample knows of him: that nothing is in
//! the record but what was handed in, and that all of it is.

use crate::overdue::REVEAL;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tests::{Book, text};

/// Checks person, stays, days, line versions and payments of every worker of a hand-in's state.
pub(crate) fn check_workers(book: &Book, state: &Value, context: &str) {
    let crews = crews(book, &text(&state["project"]["project"]));
    let mut contracts = 0;
    for worker in state["workers"].as_array().expect("workers") {
        let id = text(&worker["worker"]);
        let context = &format!("{context}, worker {id}");
        let trail = Trail::of(book, &id);
        for name in ["name", "phone", "card", "bank"] {
            assert_eq!(trail.person[name], worker[name], "{context}: {name}");
        }
        assert_eq!(trail.periods(&crews), periods(worker), "{context}: on site");
        assert_eq!(trail.attendance(), attendance(state, &id), "{context}: days");
        assert_eq!(trail.versions(&crews), versions(state, &id), "{context}: versions of lines");
        assert_eq!(trail.payments(), payments(state, &id), "{context}: payments");
        contracts += trail.of_type("contract.signed").count() as u64;
    }
    assert_eq!(contracts, state["contracts"], "{context}: contracts");
}

/// Labels of a project's crews by their subjects.
fn crews(book: &Book, project: &str) -> BTreeMap<String, String> {
    let trail = book.ask("audit", &["--project", project, "--format", "json"]).exits(0).json();
    let rows = trail["rows"].as_array().expect("rows").iter();
    let crews = rows.filter(|row| row["type"] == "crew.registered");
    crews.map(|row| (text(&row["subject"]), text(&row["event"]["label"]))).collect()
}

/// One worker's stream, opened.
struct Trail {
    rows: Vec<Value>,
    person: Value,
}

impl Trail {
    fn of(book: &Book, id: &str) -> Trail {
        let mut args = vec!["--worker", id, "--format", "json"];
        args.extend(REVEAL);
        let trail = book.ask("audit", &args).exits(0).json();
        let rows = trail["rows"].as_array().expect("rows").clone();
        let seqs: Vec<u64> = rows.iter().map(|row| row["seq"].as_u64().expect("a sequence")).collect();
        assert!(seqs.is_sorted(), "ledger order: {seqs:?}");
        let mut person = json!({});
        for row in &rows {
            if row["type"] == "worker.registered" || row["type"] == "worker.changed" {
                for name in ["name", "id_number", "phone", "card", "bank"] {
                    if !row["event"][name].is_null() {
                        person[name] = row["event"][name].clone();
                    }
                }
            }
        }
        assert_eq!(person["id_number"], id);
        Trail { rows, person }
    }

    fn of_type<'a>(&'a self, type_name: &'a str) -> impl Iterator<Item = &'a Value> {
        self.rows.iter().filter(move |row| row["type"] == type_name)
    }

    /// First day → crew, employer, last day.
    fn periods(&self, crews: &BTreeMap<String, String>) -> BTreeMap<String, [String; 3]> {
        let mut periods: BTreeMap<String, [String; 3]> = BTreeMap::new();
        for row in &self.rows {
            let event = &row["event"];
            let first = text(&event["entered_on"]);
            match row["type"].as_str().expect("a type") {
                "site.entered" => {
                    let period = periods.entry(first).or_insert_with(|| ["", "", "null"].map(str::to_owned));
                    period[0] = crews[&text(&event["crew"])].clone();
                    period[1] = text(&event["employer"]);
                }
                "site.left" => periods.get_mut(&first).expect("he came")[2] = text(&event["left_on"]),
                _ => {}
            }
        }
        periods
    }

    /// Month → days on site, tenths of a 工日.
    fn attendance(&self) -> BTreeMap<String, (u64, u64)> {
        let mut months: BTreeMap<String, (u64, u64)> = BTreeMap::new();
        for row in self.of_type("work.recorded") {
            for day in row["event"]["days"].as_array().expect("days") {
                let (dates, tenths) = months.entry(text(&day["on"])[..7].to_owned()).or_default();
                *dates += 1;
                *tenths += tenths_of(&day["days"]);
            }
        }
        months
    }

    fn versions(&self, crews: &BTreeMap<String, String>) -> Versions {
        let mut lines = Versions::new();
        for row in &self.rows {
            if row["type"] == "wages.accrued" || row["type"] == "wages.corrected" {
                let (of, line) = (&row["event"]["of"], &row["event"]["line"]);
                let key =
                    format!("{} {} {}", text(&of["employer"]), crews[&text(&of["crew"])], text(&of["month"]));
                lines.entry(key).or_default().push(format!(
                    "更正{} days {} gross {} {} {} net {}",
                    row["event"]["correction"],
                    tenths_of(&line["days"]),
                    text(&line["gross"]),
                    line["deductions"],
                    line["advances"],
                    text(&line["net"])
                ));
            }
        }
        lines
    }

    fn payments(&self) -> Vec<String> {
        let mut payments: Vec<(u64, Value)> = Vec::new();
        for row in &self.rows {
            let (seq, event) = (row["seq"].as_u64().expect("a sequence"), &row["event"]);
            let state = match row["type"].as_str().expect("a type") {
                "payment.recorded" => "succeeded",
                "payment.failed" => "failed",
                "payment.returned" => {
                    let paid = payments.iter_mut().find(|(seq, _)| event["returns"] == *seq);
                    let (_, paid) = paid.expect("the payment that came back stands before");
                    paid["state"] = json!("returned");
                    paid["returned_on"] = json!(text(&event["returned_at"])[..10]);
                    continue;
                }
                _ => continue,
            };
            let payment = &event["payment"];
            payments.push((
                seq,
                json!({
                    "batch": payment["batch"], "no": payment["number"], "bank_serial": payment["serial"],
                    "month": payment["month"], "amount": payment["amount"], "card": payment["payee_account"],
                    "value_date": event["value_at"].as_str().map(|at| at[..10].to_owned()), "state": state,
                    "returned_on": null,
                }),
            ));
        }
        payments.into_iter().map(|(_, payment)| payment.to_string()).collect()
    }
}

fn tenths_of(days: &Value) -> u64 {
    let text = text(days);
    let (whole, tenth) = text.split_once('.').unwrap_or((&text, "0"));
    format!("{whole}{tenth}").parse().expect("tenths")
}

type Versions = BTreeMap<String, Vec<String>>;

fn periods(worker: &Value) -> BTreeMap<String, [String; 3]> {
    let periods = worker["periods"].as_array().expect("periods").iter();
    periods.map(|p| (text(&p["from"]), ["crew", "employer", "to"].map(|name| text(&p[name])))).collect()
}

fn attendance(state: &Value, id: &str) -> BTreeMap<String, (u64, u64)> {
    let months = of_worker(&state["attendance"], id);
    months
        .map(|m| (text(&m["month"]), (m["dates"].as_u64().expect("dates"), tenths_of(&m["days"]))))
        .collect()
}

fn versions(state: &Value, id: &str) -> Versions {
    let mut lines = Versions::new();
    for line in of_worker(&state["lines"], id) {
        let key = ["employer", "crew", "month"].map(|name| text(&line[name])).join(" ");
        let versions = line["versions"].as_array().expect("versions");
        let in_force = versions.iter().map(|v| v["correction"].as_u64()).max().flatten();
        assert_eq!(in_force, line["in_force"].as_u64(), "the highest number counts");
        let version = |v: &Value| {
            format!(
                "更正{} days {} gross {} {} {} net {}",
                v["correction"],
                tenths_of(&v["days_on_sheet"]),
                text(&v["gross"]),
                v["deductions"],
                v["advances"],
                text(&v["net"])
            )
        };
        lines.insert(key, versions.iter().map(version).collect());
    }
    lines
}

fn payments(state: &Value, id: &str) -> Vec<String> {
    let payment = |p: &Value| {
        let names =
            ["batch", "no", "bank_serial", "month", "amount", "card", "value_date", "state", "returned_on"];
        Value::Object(names.iter().map(|name| ((*name).to_owned(), p[*name].clone())).collect()).to_string()
    };
    of_worker(&state["payments"], id).map(payment).collect()
}

fn of_worker<'a>(list: &'a Value, id: &'a str) -> impl Iterator<Item = &'a Value> {
    list.as_array().expect("a list").iter().filter(move |item| item["worker"] == id)
}
