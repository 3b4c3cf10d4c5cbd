//! Questions about few rows use indexes; the rate at which entries are taken in.

use crate::by_hand::*;
use crate::place::Place;
use sqlx::Row as _;
use std::time::Instant;

macro_rules! questions {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../projections/", $name, ".sql")))),*]
    };
}

async fn plan(pool: &sqlx::SqlitePool, sql: &str) -> String {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::raw_sql(explain).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn questions_use_indexes() {
    let place = Place::file();
    place.fresh("a").await.close().await;
    let Place::File(folder) = &place else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("a"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let few_rows = questions!(
        "accounts",
        "audit_by_employer",
        "audit_by_project",
        "audit_by_subject",
        "batch_lines",
        "batches",
        "complaint_holders",
        "contract_holders",
        "contracts_of_project",
        "contracts_of_worker",
        "crew",
        "crews",
        "crews_of_project",
        "entry_after",
        "entries_of_month",
        "file_known",
        "files",
        "kinds_since",
        "line",
        "line_of_version",
        "lines_beside",
        "lines_of_month",
        "lines_of_project",
        "missing_of_project",
        "money_beside",
        "money_by_month",
        "money_of_month",
        "money_of_project",
        "no_calendar",
        "organisation",
        "pay_of_project",
        "payments_of_worker",
        "project",
        "projects_named",
        "projects_since",
        "sheets_of_project",
        "statements_of_line",
        "stays",
        "subcontract_holders",
        "subcontracts_on",
        "tax_payees",
        "tax_years_of_employer",
        "tax_years_of_worker",
        "workers_of_month",
        "stays_of_project",
        "tax_of_worker",
        "unknown",
        "unknown_total",
        "unsealed_of_project",
        "versions_of_line",
        "versions_of_worker",
        "work_by_month",
        "work_of_worker",
        "worker"
    );
    for (name, sql) in few_rows {
        let plan = plan(&pool, sql).await;
        for line in plan.lines().filter(|line| line.starts_with("SCAN")) {
            let derived = ["l", "last", "missing", "named", "(subquery", "CONSTANT"];
            let scanned = line.split_whitespace().nth(1).unwrap();
            assert!(
                derived.contains(&scanned) && !line.contains("payment"),
                "{name} reads a whole table:\n{plan}"
            );
        }
    }
    // Over all lines there is no way round reading them; but lines and payments are read in the order of an
    // index, they meet by one, and a payment's return is looked up.
    let (_, overdue) = questions!("overdue")[0];
    let plan = plan(&pool, &format!("{overdue} SELECT * FROM overdue")).await;
    for step in [
        "SCAN p USING INDEX payment_group",
        "SCAN l USING INDEX wage_line_key",
        "USING INDEX payment_return_payment",
    ] {
        assert!(plan.contains(step), "{plan}");
    }
    assert!(!plan.lines().any(|line| line.starts_with("SCAN paid")), "{plan}");
}

/// A year of withholding is read once, in the order of the key, and nothing is sorted.
#[tokio::test]
async fn a_tax_year_is_one_pass() {
    let place = Place::file();
    place.fresh("a").await.close().await;
    let Place::File(folder) = &place else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("a"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    for (name, sql) in questions!("tax_years", "tax_years_of_employer") {
        let plan = plan(&pool, sql).await;
        assert!(!plan.contains("TEMP B-TREE"), "{name} sorts:\n{plan}");
        assert!(plan.contains("SEARCH e USING PRIMARY KEY"), "{name}:\n{plan}");
    }
}

/// Not a promise, a number to look at: `cargo test -p readmodel -- --ignored --nocapture rate`.
#[tokio::test]
#[ignore = "measures"]
async fn rate() {
    let mut facts = Facts::default();
    facts.add(id(1), project_registered(PROJECT, 15));
    let workers = 1000u128..3000;
    for worker in workers.clone() {
        facts.add(id(worker), worker_registered("Wang"));
        facts.add(id(worker), entered(PROJECT, EMPLOYER, id(11), "2026-01-01"));
        let number = format!("C{worker}");
        facts.add(id(worker), signed(PROJECT, EMPLOYER, &number, contract_terms("2026-01-01", None, 10)));
    }
    for month in ["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"] {
        let days: Vec<_> = (1..=24).map(|day| format!("{month}-{day:02}")).collect();
        let days: Vec<_> = days.iter().map(|day| (day.as_str(), "1.0")).collect();
        for worker in workers.clone() {
            facts.add(id(worker), worked(PROJECT, &days));
        }
        for worker in workers.clone() {
            facts.add(id(worker), accrued(line_key(PROJECT, EMPLOYER, id(11), month), 0, "500.00"));
        }
        for worker in workers.clone() {
            facts.add(id(worker), paid(payment(PROJECT, EMPLOYER, month, "B1", "499.00"), "2026-08-01"));
        }
    }
    let entries = facts.entries();
    let place = Place::file();
    let started = Instant::now();
    let model = place.with("a", &entries, 5000).await;
    let taken = started.elapsed();
    println!("{} entries in {taken:?}: {:.0}/s", entries.len(), entries.len() as f64 / taken.as_secs_f64());
    for by in [readmodel::By::Project, readmodel::By::Line] {
        let started = Instant::now();
        let arrears = model.arrears(day("2026-08-31"), by).await.unwrap();
        println!("arrears {by:?} of {} lines: {:?}", arrears.total.lines, started.elapsed());
    }
}
