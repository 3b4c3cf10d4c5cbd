//! Every question, asked of the same entries on both engines: the same answers in the same order.

use crate::by_hand::*;
use crate::differences::everything;
use crate::followers::crowd;
use crate::orders::site;
use crate::place::{Place, url};
use readmodel::{About, By, Projected, ReadModel};
use std::fmt::Debug;
use uuid::Uuid;

/// Names that a locale would sort otherwise than their bytes.
fn foreign_names() -> Facts {
    let mut facts = Facts::default();
    for (n, code) in (1u128..).zip(["b-01", "B-01", "a-01", "0a01", "A-02", "a-02"]) {
        facts.add(id(n), project_registered(code, 15));
        facts.add(id(100 + n), crew_registered(code, EMPLOYER, "crew"));
        for worker in [1_000 + n, 2_000 + n] {
            facts.add(id(worker), worker_registered("Wang"));
            facts.add(id(worker), entered(code, EMPLOYER, id(100 + n), "2026-03-01"));
            facts.add(id(worker), worked(code, &[("2026-03-02", "1.0"), ("2026-04-02", "1.0")]));
            facts.add(id(worker), accrued(line_key(code, EMPLOYER, id(100 + n), "2026-03"), 0, "500.00"));
            facts.add(id(worker), paid(payment(code, EMPLOYER, "2026-02", code, "7.00"), "2026-03-09"));
        }
    }
    facts
}

fn told(out: &mut Vec<String>, question: &str, answer: impl Debug) {
    out.push(format!("{question}: {answer:?}"));
}

async fn answers(model: &ReadModel, workers: &[Uuid], projects: &[&str]) -> Vec<String> {
    let out = &mut Vec::new();
    let all = [
        By::Project,
        By::Employer,
        By::Contractor,
        By::Owner,
        By::Crew,
        By::Worker,
        By::Region,
        By::Bucket,
        By::Line,
    ];
    for as_of in ["2026-03-10", "2026-04-16", "2026-04-30", "2026-05-20", "2026-12-01"].map(day) {
        for by in all {
            told(out, "arrears", model.arrears(as_of, by).await.unwrap());
        }
        told(out, "unknown", model.unknown(as_of).await.unwrap());
        told(out, "unallocated", model.unallocated(as_of).await.unwrap());
        let warnings = model.warnings(as_of, rules::Region::CHINA).await.unwrap();
        out.extend(warnings.rows.iter().map(|row| format!("warning: {row:?}")));
    }
    for pay_month in ["2026-03", "2026-04", "2026-05"].map(month) {
        for which in [readmodel::WithheldLines::All, readmodel::WithheldLines::Variances] {
            told(out, "withholding", model.withholding(pay_month, None, which).await.unwrap());
        }
    }
    for worker in workers {
        told(out, "deductions", model.deductions_of(*worker).await.unwrap());
    }
    told(out, "projects", model.projects().await.unwrap());
    for project in projects.iter().map(|code| project_code(code)) {
        told(out, "project", model.project(&project).await.unwrap());
        told(out, "account", model.account(&project).await.unwrap());
        told(out, "batches", model.batches(&project).await.unwrap());
        told(out, "audit", model.audit(&About::Project(project), 3, 500).await.unwrap());
    }
    for project in projects {
        for (of, as_of) in [("2026-03", "2026-04-30"), ("2026-02", "2026-12-01")] {
            let status = model.month_status(project, month(of), day(as_of)).await.unwrap();
            assert_eq!(status.head, model.cursor().await.unwrap());
            for own in status.lines.iter().take(20) {
                let line = model.line(own.line).await.unwrap().unwrap();
                let beside = model.lines_beside(&line, day(as_of)).await.unwrap();
                assert!(beside.contains(own), "{own:?} of the month is not among {beside:?}");
                told(out, "beside", beside);
                told(out, "money beside", model.money_beside(&line).await.unwrap());
                told(out, "versions", model.versions_of(line.line).await.unwrap());
                told(out, "spoken", model.spoken(line.line).await.unwrap());
                told(out, "next", model.entry_after(line.worker, line.line).await.unwrap());
            }
            let payments = status.lines.iter().filter_map(|line| Some(line.last?.seq));
            told(out, "bank places", model.bank_places(payments).await.unwrap());
            let lines = status.lines.iter().map(|line| line.line);
            told(out, "line days", model.line_days(lines).await.unwrap());
            told(out, "status", status);
        }
    }
    told(out, "crews", model.crews(0, 5).await.unwrap());
    told(out, "files", model.files_before(u64::MAX, 5).await.unwrap());
    told(out, "files after", model.files_after(0, 5).await.unwrap());
    told(out, "lateness", model.lateness(None).await.unwrap());
    let employer = credit_code(EMPLOYER);
    told(out, "organisation", model.organisation(&employer).await.unwrap());
    told(out, "audit", model.audit(&About::Employer(employer), 0, 500).await.unwrap());
    for number in ["C1", "C1000", "none"].map(|number| number.parse().unwrap()) {
        told(out, "contract_holders", model.contract_holders(&number).await.unwrap());
        told(out, "subcontract_holders", model.subcontract_holders(&number).await.unwrap());
        told(out, "complaint_holders", model.complaint_holders(&number).await.unwrap());
    }
    for batch in ["B1", "B2", "a-01", "none"].map(|batch| batch.parse().unwrap()) {
        told(out, "batch_lines", model.batch_lines(&batch).await.unwrap());
    }
    told(out, "file_known", model.file_known(&"ab".repeat(32)).await.unwrap());
    for worker in workers {
        told(out, "contracts", model.contracts_of(*worker).await.unwrap());
        told(out, "tax", model.tax_of(*worker).await.unwrap());
        told(out, "worker", model.worker(*worker).await.unwrap());
        told(out, "stays", model.stays(*worker).await.unwrap());
        told(out, "work", model.work(*worker).await.unwrap());
        told(out, "wage_versions", model.wage_versions(*worker).await.unwrap());
        told(out, "payments", model.payments(*worker).await.unwrap());
        told(out, "audit", model.audit(&About::Subject(*worker), 0, 500).await.unwrap());
    }
    std::mem::take(out)
}

/// On a file and in PostgreSQL, with batches cut otherwise.
async fn same_answers(name: &str, entries: &[Projected], postgres: &Place) {
    let files = Place::file();
    let file = files.with(name, entries, 1_000).await;
    let other = postgres.with(name, entries, 333).await;
    let workers = [101, 102, 103, 1_000, 1_001, 1_003, 2_002, 7].map(id);
    let projects = [PROJECT, "3301", "b-01", "B-01", "a-01", "0a01", "none"];
    let right = answers(&file, &workers, &projects).await;
    let found = answers(&other, &workers, &projects).await;
    let said = right.iter().filter(|answer| !answer.ends_with(": []") && !answer.ends_with(": None")).count();
    assert!(said > 40, "{name}: only {said} questions have an answer");
    assert_eq!(right.len(), found.len());
    for (right, found) in right.iter().zip(&found) {
        assert_eq!(right, found, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_question_has_the_same_answer() {
    let postgres = Place::postgres();
    same_answers("everything", &everything().entries(), &postgres).await;
    same_answers("site", &site().entries(), &postgres).await;
    same_answers("crowd", &crowd(), &postgres).await;
    same_answers("names", &foreign_names().entries(), &postgres).await;
}

/// Also in a database whose own order is that of a language.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_locale_changes_an_order() {
    let pool = sqlx::PgPool::connect(&url()).await.unwrap();
    let name = format!("locale_{}", std::process::id());
    let run = async |sql: String| sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool).await.unwrap();
    run(format!(
        "CREATE DATABASE {name} TEMPLATE template0 ENCODING UTF8 LOCALE_PROVIDER icu ICU_LOCALE 'zh' LOCALE 'C'"
    ))
    .await;
    let server = url();
    let (server, _) = server.rsplit_once('/').unwrap();
    let place = Place::postgres_at(format!("{server}/{name}"));
    same_answers("names", &foreign_names().entries(), &place).await;
    drop(place);
    run(format!("DROP DATABASE {name} WITH (FORCE)")).await;
}
