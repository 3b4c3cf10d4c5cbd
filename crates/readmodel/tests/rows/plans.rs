//! Questions about few rows use indexes; the rate at which entries are taken in.

use crate::by_hand::*;
use crate::place::{Place, url};
use sqlx::{Connection as _, Row as _};
use std::collections::BTreeSet;
use std::time::Instant;

macro_rules! questions {
    ($($name:literal),* $(,)?) => {
        [$(($name, include_str!(concat!("../../../../projections/", $name, ".sql")))),*]
    };
}

/// Every question, by the name of its file, as it is asked.
fn all_questions() -> Vec<(String, String)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../projections");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let question = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, std::fs::read_to_string(path).unwrap())
    };
    let mut all: Vec<_> = files.map(question).filter(|(name, _)| name != "schema").collect();
    all.sort();
    assert!(all.len() > 70, "{}", all.len());
    let rule = |name: &str| all.iter().find(|(known, _)| known == name).unwrap().1.clone();
    let rules = (rule("overdue"), rule("undated"));
    all.into_iter()
        .map(|(name, sql)| {
            let sql = whole(&name, &sql, &rules);
            (name, sql)
        })
        .collect()
}

/// Questions that read a table from front to end, and why they may. All others go by an index, whatever the size of the
/// ledger.
const MAY_SCAN: &[(&str, &str)] = &[
    ("arrears_by_bucket", "over all lines of the ledger: asked at the shell; pages ask memory"),
    ("arrears_by_crew", "as arrears_by_bucket"),
    ("arrears_by_contractor", "as arrears_by_bucket"),
    ("arrears_by_employer", "as arrears_by_bucket"),
    ("arrears_by_line", "as arrears_by_bucket"),
    ("arrears_by_owner", "as arrears_by_bucket"),
    ("arrears_by_project", "as arrears_by_bucket"),
    ("arrears_by_region", "as arrears_by_bucket"),
    ("arrears_by_worker", "as arrears_by_bucket"),
    ("arrears_total", "as arrears_by_bucket"),
    ("overdue", "as arrears_by_bucket: the rule that these begin with"),
    ("silent", "one row a stay, grouped by project and employer: asked at the shell; pages ask memory"),
    ("silent_list", "as silent"),
    ("silent_total", "as silent"),
    ("unallocated", "over all payments of the ledger: asked at the shell"),
    ("facts", "one row a kind of fact"),
    ("crews", "thousands in a city, read once when a node begins, and when one is registered"),
    ("complaints", "as many as there are: all projects are judged together"),
    ("deposits", "as complaints"),
    ("handed_in", "as complaints: whether there is any"),
    ("inspections", "as complaints"),
    ("people_known", "one row a project"),
    ("projects", "one row a project"),
    ("site_months", "one row a project and month, in the order of the key"),
    ("shared_cards", "one row a card that a roster calls somebody's own: cards are compared with each other"),
    ("advances", "over all payments of the ledger: asked at the shell, with the chain of who answers"),
    ("employers", "one row a stay: the chain of who answers is followed on all projects, at the shell"),
    ("subcontracts", "as complaints: the chain of who answers is followed through all of them"),
    ("warning_steps", "as many as people have handled"),
    ("organisations", "one row an organisation, read once when pages begin to be served"),
    ("tax_years", "a city's year of withholding is one pass in the order of the key"),
    ("tax_missing", "one month of work without a line, by the shell"),
    ("tax_wages_paid", "one month of lines over all projects, by the shell"),
    ("unsealed_total", "sheets without a seal, which an index lists"),
];

/// Tables whose rows grow with the ledger: nobody reads them whole who is not named above.
const TABLES: &[&str] = &[
    "account_movement",
    "batch",
    "complaint",
    "contract",
    "contract_end",
    "contract_terms",
    "crew",
    "deduction",
    "deposit",
    "employment",
    "fact",
    "file",
    "inspection",
    "organisation",
    "payment",
    "payment_return",
    "project",
    "reveal",
    "sheet",
    "site_month",
    "statement",
    "stay",
    "subcontract",
    "tax",
    "tax_year",
    "wage_line",
    "wage_version",
    "warning_step",
    "work",
    "no_line",
    "trail",
    "worker",
    "worker_card",
];

/// What a question is asked over where it is but a part of one: keys that the caller hands over, the rule of arrears.
fn whole(name: &str, sql: &str, (overdue, undated): &(String, String)) -> String {
    if name.starts_with("arrears_") {
        return format!("{overdue} {sql}");
    }
    if name.starts_with("silent_") {
        return format!("{} {sql}", include_str!("../../../../projections/silent.sql"));
    }
    if ["undated_by_line", "undated_years"].contains(&name) {
        return format!("{undated} {sql}");
    }
    if name == "silent" {
        return format!("{sql} SELECT * FROM silent");
    }
    if ["overdue", "undated"].contains(&name) {
        return format!("{sql} SELECT * FROM open_line");
    }
    let keys = "WITH k(k1, k2, k3, k4, k5) AS (VALUES ('1', '2', '3', '4', '5'))";
    if sql.contains("FROM k CROSS JOIN") { format!("{keys} {sql}") } else { sql.to_owned() }
}

async fn plan(pool: &sqlx::SqlitePool, sql: &str) -> String {
    let explain = sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
    let rows = sqlx::raw_sql(explain).fetch_all(pool).await.unwrap();
    rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>().join("\n")
}

async fn opened(place: &Place) -> sqlx::SqlitePool {
    place.fresh("a").await.close().await;
    let Place::File(folder) = place else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("a"));
    sqlx::SqlitePool::connect_with(options).await.unwrap()
}

/// The name that a table has in a question, from the name after it: `FROM payment p`.
fn alias(sql: &str, of: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().collect();
    let at = words.windows(3).find(|words| {
        matches!(words[0], "FROM" | "JOIN" | "(SELECT") && words[2].trim_end_matches([',', ')']) == of
    });
    at.map_or(of, |words| words[1]).to_owned()
}

/// What SQLite does for each question.
async fn plans_of_sqlite() -> Vec<(String, String)> {
    let place = Place::file();
    let pool = opened(&place).await;
    let mut plans = Vec::new();
    for (name, sql) in all_questions() {
        let plan = plan(&pool, &sql).await;
        plans.push((name, plan));
    }
    plans
}

#[tokio::test]
async fn every_question_uses_an_index() {
    let (all, plans) = (all_questions(), plans_of_sqlite().await);
    let mut scanning = Vec::new();
    for ((name, sql), (_, plan)) in all.iter().zip(&plans) {
        for line in plan.lines().filter(|line| line.starts_with("SCAN")) {
            let table = alias(sql, line.split_whitespace().nth(1).unwrap());
            if TABLES.contains(&table.as_str()) {
                let may = MAY_SCAN.iter().any(|(known, _)| known == name);
                assert!(may, "{name} reads the whole table {table}:\n{plan}");
                scanning.push(name.as_str());
            }
        }
    }
    for (name, why) in MAY_SCAN {
        assert!(all.iter().any(|(known, _)| known == name), "{name} ({why}) is no question");
    }
    assert!(scanning.contains(&"overdue"), "the test sees no scan: {scanning:?}");
    // Over all lines there is no way round reading them; but lines and payments are read in the order of an
    // index, they meet by one, and a payment's return is looked up.
    let (_, plan) = plans.iter().find(|(name, _)| name == "overdue").unwrap();
    for step in [
        "SCAN p USING INDEX payment_group",
        "SCAN l USING INDEX wage_line_key",
        "USING INDEX payment_return_payment",
    ] {
        assert!(plan.contains(step), "{plan}");
    }
    assert!(!plan.lines().any(|line| line.starts_with("SCAN paid")), "{plan}");
}

/// The questions by keys (`k`) that stand in the program and not in `projections/`, found in its source; where a month may
/// follow, with it too.
fn questions_by_keys() -> Vec<(String, String)> {
    fn sources(folder: &std::path::Path, found: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { sources(&path, found) } else { found.push(path) }
        }
    }
    let mut files = Vec::new();
    sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    let mut questions = Vec::new();
    for file in files {
        let source = std::fs::read_to_string(&file).unwrap();
        let texts: Vec<(&str, String)> = source
            .split("\nconst ")
            .filter_map(|part| {
                let (name, rest) = part.split_once(": &str =")?;
                let text = rest.split('"').nth(1)?;
                let lines: Vec<_> = text.split("\\\n").map(str::trim_start).collect();
                Some((name, lines.concat()))
            })
            .collect();
        let months: Vec<&String> =
            texts.iter().map(|(_, text)| text).filter(|t| t.starts_with(" AND ")).collect();
        for (name, text) in texts.iter().filter(|(_, text)| text.contains("FROM k")) {
            let name = format!("{}:{name}", file.file_stem().unwrap().display());
            if text.contains("SELECT t.* FROM k CROSS JOIN w") && text.contains("t.project") {
                questions
                    .extend(months.iter().map(|month| (format!("{name}{month}"), format!("{text}{month}"))));
            }
            questions.push((name, text.clone()));
        }
    }
    questions
}

/// Who is asked for by worker is found by worker, whichever other index there is: SQLite, which counts no rows, takes another
/// where it has as many columns, and would read everybody on a project.
#[tokio::test]
async fn workers_are_found_by_worker() {
    let place = Place::file();
    let pool = opened(&place).await;
    let mut by_worker = 0;
    for (name, sql) in questions_by_keys() {
        let plan =
            plan(&pool, &format!("WITH k(k1, k2, k3, k4, k5) AS (VALUES (?, ?, ?, ?, ?)) {sql}")).await;
        for line in plan.lines().filter(|line| line.starts_with("SCAN")) {
            let scanned = line.split_whitespace().nth(1).unwrap();
            assert!(!TABLES.contains(&alias(&sql, scanned).as_str()), "{name} reads a whole table:\n{plan}");
        }
        let asked = sql
            .match_indices(".worker = k.k")
            .map(|(at, _)| sql[..at].split_whitespace().next_back().unwrap());
        for table in asked {
            let found = plan.lines().find(|line| line.starts_with(&format!("SEARCH {table} ")));
            assert!(found.is_some_and(|line| line.contains("worker=?")), "{name}, {table}:\n{plan}");
            by_worker += 1;
        }
    }
    assert!(by_worker >= 12, "only {by_worker} questions are found");
}

/// What PostgreSQL does for each question. It may read a small table whole however it is asked: it is told that this is
/// dear, and where it still does so no index answers the question.
async fn plans_of_postgres() -> Vec<(String, String)> {
    let place = Place::postgres();
    place.fresh("a").await.close().await;
    let mut connection = sqlx::PgConnection::connect(&url()).await.unwrap();
    let set = format!(
        "SET search_path = {}; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan",
        place.schema("a")
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(set)).execute(&mut connection).await.unwrap();
    let mut plans = Vec::new();
    for (name, sql) in all_questions() {
        let parameters = (1..=9).filter(|number| sql.contains(&format!("${number}"))).count();
        let parameters = vec!["NULL"; parameters].join(", ");
        let parameters = if parameters.is_empty() { parameters } else { format!("({parameters})") };
        let prepare = format!("PREPARE {name} AS {sql}");
        let prepared = sqlx::raw_sql(sqlx::AssertSqlSafe(prepare)).execute(&mut connection).await;
        prepared.unwrap_or_else(|error| panic!("{name}: {error}"));
        let explain = format!("EXPLAIN EXECUTE {name}{parameters}");
        let plan = sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).fetch_all(&mut connection).await.unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.get(0)).collect();
        plans.push((name, plan.join("\n")));
    }
    plans
}

#[tokio::test]
async fn every_question_uses_an_index_of_postgres() {
    for (name, plan) in plans_of_postgres().await {
        let may = MAY_SCAN.iter().any(|(known, _)| *known == name);
        assert!(may || !plan.contains("Seq Scan on"), "{name}: {plan}");
    }
}

/// An index costs time with every entry: somebody asks by it, on one of the engines.
#[tokio::test]
async fn every_index_serves_a_question() {
    let plans = [plans_of_sqlite().await, plans_of_postgres().await].concat();
    let words = plans.iter().flat_map(|(_, plan)| plan.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let used: BTreeSet<&str> = words.collect();
    let place = Place::file();
    let pool = opened(&place).await;
    let made = sqlx::raw_sql("SELECT name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL");
    for row in made.fetch_all(&pool).await.unwrap() {
        let name: String = row.get("name");
        assert!(used.contains(name.as_str()), "no file of projections/ asks by {name}: does the program?");
    }
}

/// A year of withholding is read once, in the order of the key, and nothing is sorted.
#[tokio::test]
async fn a_tax_year_is_one_pass() {
    let place = Place::file();
    let pool = opened(&place).await;
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
