//! The arrears of the sample sites, to the fen: lines, contracts, days and payments are taken from the sample's
//! own list of what a correct reading gives, so that this test needs no reader of files.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use jiff::civil::Date;
use readmodel::{Arrears, ArrearsRows, By, ReadModel};
use rules::{Days, Money};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn sample(name: &str) -> Value {
    let path = format!("{}/../../tests/data/{name}/expected.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("{field} in {value}"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map(Vec::as_slice).unwrap_or_default()
}

fn worker(id_number: &str) -> Uuid {
    id(id_number.replace('X', "0").parse::<u128>().unwrap() * 2 + u128::from(id_number.ends_with('X')))
}

fn crew(project: &str, employer: &str, label: &str) -> Uuid {
    let mut bytes = [0u8; 16];
    for (at, byte) in format!("{project}/{employer}/{label}").bytes().enumerate() {
        bytes[at % 16] = bytes[at % 16].wrapping_mul(31).wrapping_add(byte);
    }
    Uuid::from_bytes(bytes)
}

/// Builds facts out of one state of a sample.
#[derive(Default)]
struct Builder {
    facts: Facts,
    known: BTreeSet<String>,
    stays: BTreeMap<(Uuid, String, String), u8>,
}

impl Builder {
    /// Adds a fact unless one of that name is there.
    fn once(&mut self, name: String, subject: Uuid, event: wages::Event) {
        if self.known.insert(name) {
            self.facts.add(subject, event);
        }
    }

    fn line(&mut self, line: &Value, superseded: Option<&Value>) {
        let (project, employer, label) = (text(line, "project"), text(line, "employer"), text(line, "crew"));
        let (worker_id, month) = (text(line, "worker"), text(line, "month"));
        let (who, crew) = (worker(worker_id), crew(project, employer, label));
        self.once(format!("crew {crew}"), crew, crew_registered(project, employer, label));
        self.once(format!("worker {who}"), who, worker_registered(worker_id));
        // The pay day stands in the contract.
        let due: Date = day(text(line, "nominal_due"));
        let contract = format!("{project}-{employer}-{worker_id}");
        let terms = contract_terms("2026-01-01", None, due.day().try_into().unwrap());
        self.once(contract.clone(), who, signed(project, employer, &contract, terms));
        let of = line_key(project, employer, crew, month);
        match line["versions"].as_array() {
            Some(versions) => {
                let mut first = None;
                for version in versions {
                    let correction = version["correction"].as_u64().unwrap().try_into().unwrap();
                    let net = text(version, "net");
                    let place = match first {
                        None => self.facts.add(who, accrued(of.clone(), correction, net)),
                        Some(f) => self.facts.add_about(who, f, corrected(of.clone(), correction, net)),
                    };
                    first.get_or_insert(place);
                    let seal = format!("sheet {of:?} {correction}");
                    self.once(seal, id(1), sheet_sealed(of.clone(), correction));
                }
            }
            None => {
                let net = text(line, "net");
                let before = superseded.map_or(net, |before| text(before, "net"));
                let first = self.facts.add(who, accrued(of.clone(), 0, before));
                self.once(format!("sheet {of:?} 0"), id(1), sheet_sealed(of.clone(), 0));
                if superseded.is_some() {
                    self.facts.add_about(who, first, corrected(of.clone(), 1, net));
                    self.once(format!("sheet {of:?} 1"), id(1), sheet_sealed(of, 1));
                }
            }
        }
    }

    /// Days of a month as one day, within a stay in the crew that begins that day.
    fn days(&mut self, row: &Value, label: &str, days: &str) {
        let (project, employer, month) = (text(row, "project"), text(row, "employer"), text(row, "month"));
        let who = worker(text(row, "worker"));
        let nth = self.stays.entry((who, project.to_owned(), month.to_owned())).or_default();
        *nth += 1;
        let on = format!("{month}-{nth:02}");
        self.facts.add(who, entered(project, employer, crew(project, employer, label), &on));
        self.facts.add(who, worked(project, &[(&on, days)]));
    }

    fn payment(&mut self, to: &Value, payment_: &Value) {
        let (project, employer, month) = (text(to, "project"), text(to, "employer"), text(to, "month"));
        let who = worker(text(to, "worker"));
        let batch = payment_["batch"].as_str().unwrap_or("B1");
        let details = payment(project, employer, month, batch, text(payment_, "amount"));
        match payment_["value_date"].as_str() {
            None => drop(self.facts.add(who, failed(details))),
            Some(on) => {
                let place = self.facts.add(who, paid(details.clone(), on));
                if let Some(back) = payment_["returned_on"].as_str() {
                    self.facts.add_about(who, place, returned(details, back));
                }
            }
        }
    }
}

fn days(text: &str) -> Days {
    text.parse().unwrap()
}

/// Compares everything that the sample says of a day.
async fn compare(model: &ReadModel, expected: &Value) {
    let as_of = day(text(expected, "as_of"));
    let lines = model.arrears(as_of, By::Line).await.unwrap();
    let total = lines.total;
    assert_eq!(total.outstanding, money(text(expected, "total")), "{as_of}");
    assert_eq!(total.lines, expected["lines"].as_u64().unwrap(), "{as_of}");
    assert_eq!(total.workers, expected["workers"].as_u64().unwrap(), "{as_of}");
    assert_eq!(lines.unknown.unsealed_lines, 0);

    for (by, field) in [(By::Project, "by_project"), (By::Employer, "by_employer")] {
        let got = groups(&model.arrears(as_of, by).await.unwrap());
        let expected = expected[field].as_object().unwrap().iter();
        let expected: BTreeMap<_, _> = expected
            .map(|(k, v)| (k.clone(), money(v.as_str().unwrap())))
            .filter(|(_, m)| m.fen() != 0)
            .collect();
        assert_eq!(
            got.into_iter().map(|(k, (_, m))| (k, m)).collect::<BTreeMap<_, _>>(),
            expected,
            "{as_of}"
        );
    }
    let got = groups(&model.arrears(as_of, By::Bucket).await.unwrap());
    let expected_buckets = expected["by_bucket"].as_object().unwrap().iter();
    let expected_buckets: BTreeMap<_, _> = expected_buckets
        .map(|(k, v)| (k.clone(), (v["lines"].as_u64().unwrap(), money(text(v, "amount")))))
        .filter(|(_, (lines, _))| *lines > 0)
        .collect();
    assert_eq!(got, expected_buckets, "{as_of}");
    // However told apart, it is the same money.
    for by in [By::Crew, By::Worker, By::Region] {
        let got = groups(&model.arrears(as_of, by).await.unwrap());
        assert_eq!(Money::checked_sum(got.values().map(|(_, m)| *m)), Some(total.outstanding));
    }
    compare_lines(&lines, expected);
    crate::late::agrees(model, &model.lateness(None).await.unwrap(), as_of).await;
}

fn compare_lines(lines: &Arrears, expected: &Value) {
    let ArrearsRows::Lines(rows) = &lines.rows else { panic!("not lines") };
    let got: BTreeSet<_> = rows
        .iter()
        .map(|r| {
            let who = (r.project.clone(), r.employer.clone(), r.crew, r.person.worker, r.month.to_string());
            (who, r.outstanding, r.days_overdue, r.bucket.label().to_owned())
        })
        .collect();
    let expected: BTreeSet<_> = list(expected, "overdue")
        .iter()
        .map(|r| {
            let (project, employer) = (text(r, "project"), text(r, "employer"));
            let crew = crew(project, employer, text(r, "crew"));
            let worker = worker(text(r, "worker"));
            let who = (project.to_owned(), employer.to_owned(), crew, worker, text(r, "month").to_owned());
            let overdue = r["days_overdue"].as_i64().unwrap();
            (who, money(text(r, "outstanding")), overdue, text(r, "bucket").to_owned())
        })
        .collect();
    assert_eq!(got, expected, "{}", lines.as_of);
    for row in rows {
        assert_eq!(row.net.checked_sub(row.paid), Some(row.outstanding));
    }
}

fn groups(arrears: &Arrears) -> BTreeMap<String, (u64, Money)> {
    let ArrearsRows::Groups(rows) = &arrears.rows else { panic!("not groups") };
    rows.iter().map(|row| (row.key.clone(), (row.lines, row.outstanding))).collect()
}

async fn a_site(place: &Place) {
    let expected = sample("site");
    let mut builder = Builder::default();
    for project in list(&expected, "projects") {
        let code = text(project, "project");
        let pay_day = project["pay_day"].as_u64().unwrap().try_into().unwrap();
        builder.once(format!("project {code}"), id(code.parse().unwrap()), project_registered(code, pay_day));
    }
    let superseded: BTreeMap<_, _> = list(&expected, "superseded_lines")
        .iter()
        .map(|l| ((text(l, "worker"), text(l, "month"), text(l, "project"), text(l, "crew")), l))
        .collect();
    for line in list(&expected, "lines") {
        let key = (text(line, "worker"), text(line, "month"), text(line, "project"), text(line, "crew"));
        builder.days(line, text(line, "crew"), text(line, "attendance_days"));
        builder.line(line, superseded.get(&key).copied());
        for payment in list(line, "payments").iter().chain(list(line, "failed")) {
            builder.payment(line, payment);
        }
    }
    let without_line = list(&expected, "attendance_without_wage_line");
    for row in without_line {
        builder.days(row, text(row, "crew"), text(row, "days"));
    }
    let model = place.with("a", &builder.facts.entries(), 1000).await;
    for arrears in list(&expected, "arrears") {
        compare(&model, arrears).await;
    }
    let unknown = model.unknown(day("2026-12-31")).await.unwrap();
    let got: BTreeSet<_> =
        unknown.iter().map(|u| (u.person.worker, u.month.to_string(), u.crew.unwrap(), u.days)).collect();
    let expected: BTreeSet<_> = without_line
        .iter()
        .map(|r| {
            let crew = crew(text(r, "project"), text(r, "employer"), text(r, "crew"));
            (worker(text(r, "worker")), text(r, "month").to_owned(), crew, days(text(r, "days")))
        })
        .collect();
    assert_eq!(got, expected);
}

async fn a_site_that_hands_in_updates(place: &Place) {
    let expected = sample("updates");
    for step in list(&expected, "steps") {
        let state = &step["state"];
        let code = text(&state["project"], "project");
        let pay_day = state["project"]["pay_day"].as_u64().unwrap().try_into().unwrap();
        let mut builder = Builder::default();
        builder.facts.add(id(code.parse().unwrap()), project_registered(code, pay_day));
        for worker_ in list(state, "workers") {
            let who = worker(text(worker_, "worker"));
            builder.once(format!("worker {who}"), who, worker_registered(text(worker_, "worker")));
            for period in list(worker_, "periods") {
                let (employer, from) = (text(period, "employer"), text(period, "from"));
                let crew = crew(code, employer, text(period, "crew"));
                builder.facts.add(who, entered(code, employer, crew, from));
                builder.facts.add(who, left(code, from, period["to"].as_str()));
            }
        }
        for row in list(state, "attendance") {
            let who = worker(text(row, "worker"));
            builder
                .facts
                .add(who, worked(code, &[(&format!("{}-10", text(row, "month")), text(row, "days"))]));
        }
        for line in list(state, "lines") {
            builder.line(line, None);
        }
        for payment in list(state, "payments") {
            let mut to = payment.clone();
            to["project"] = code.into();
            builder.payment(&to, payment);
        }
        let name = text(step, "step");
        let model = place.with(name, &builder.facts.entries(), 100).await;
        for arrears in list(state, "arrears") {
            compare(&model, arrears).await;
            compare_what_is_open(&model, arrears).await;
        }
    }
}

async fn compare_what_is_open(model: &ReadModel, expected: &Value) {
    let as_of = day(text(expected, "as_of"));
    let arrears = model.arrears(as_of, By::Project).await.unwrap();
    let unknown: BTreeSet<_> = model
        .unknown(as_of)
        .await
        .unwrap()
        .iter()
        .map(|u| (u.project.clone(), u.employer.clone(), u.person.worker, u.month.to_string(), u.days))
        .collect();
    let place = |r: &Value| {
        let (project, employer) = (text(r, "project").to_owned(), text(r, "employer").to_owned());
        (project, employer, worker(text(r, "worker")), text(r, "month").to_owned())
    };
    let right: BTreeSet<_> = list(expected, "unknown")
        .iter()
        .map(|r| {
            let (project, employer, worker, month) = place(r);
            (project, employer, worker, month, days(text(r, "days")))
        })
        .collect();
    assert_eq!(unknown, right, "{as_of}");
    let total = &expected["unknown_total"];
    assert_eq!(arrears.unknown.worker_months, total["worker_months"].as_u64().unwrap());
    assert_eq!(arrears.unknown.days, days(text(total, "days")));

    let over = model.unallocated(as_of).await.unwrap();
    let over: BTreeSet<_> = over
        .iter()
        .map(|u| (u.project.clone(), u.employer.clone(), u.person.worker, u.month.to_string(), u.amount))
        .collect();
    let right: BTreeSet<_> = list(expected, "surplus")
        .iter()
        .map(|r| {
            let (project, employer, worker, month) = place(r);
            (project, employer, worker, month, money(text(r, "amount")))
        })
        .collect();
    assert_eq!(over, right, "{as_of}");
    assert_eq!(Money::checked_sum(over.iter().map(|o| o.4)), Some(arrears.unallocated));
}

on_both_engines!(a_site, a_site_that_hands_in_updates,);
