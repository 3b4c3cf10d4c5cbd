//! A changed row is found and named, whichever it is.

use crate::by_hand::*;
use crate::place::{Place, on_both_engines};
use rules::Money;
use sqlx::Row as _;
use wages::event::*;
use wages::{Direction, Event, Refers};

/// One fact of every type.
pub(crate) fn everything() -> Facts {
    let mut facts = Facts::default();
    let (ledger, project, employer) = (id(9), project_code(PROJECT), credit_code(EMPLOYER));
    let root = "00".repeat(32);
    let of = line_key(PROJECT, EMPLOYER, id(11), "2026-03");
    facts.add(
        ledger,
        Event::LedgerCreated(LedgerCreated { ledger, origin: ORIGIN.to_owned(), suite: 1, keys: vec![] }),
    );
    facts.add(
        id(3),
        Event::OrganisationRegistered(OrganisationRegistered {
            code: employer.clone(),
            name: "A".to_owned(),
        }),
    );
    facts.add(id(1), project_registered(PROJECT, 15));
    facts.add(id(1), project_changed(PROJECT, 16));
    facts.add(id(11), crew_registered(PROJECT, EMPLOYER, "crew"));
    let worker = id(101);
    facts.add(worker, worker_registered("Wang"));
    facts.add(
        worker,
        Event::WorkerChanged(WorkerChanged { phone: Some(sealed("new")), ..WorkerChanged::default() }),
    );
    facts.add(worker, entered(PROJECT, EMPLOYER, id(11), "2026-03-01"));
    facts.add(worker, left(PROJECT, "2026-03-01", Some("2026-04-30")));
    let contract = facts.add(worker, signed(PROJECT, EMPLOYER, "C1", contract_terms("2026-02-01", None, 10)));
    facts.add_about(worker, contract, amended("2026-03-05", contract_terms("2026-02-01", None, 25)));
    facts.add_about(worker, contract, ended("2026-04-10"));
    let work = facts.add(worker, worked(PROJECT, &[("2026-03-02", "1.0"), ("2026-12-02", "1.0")]));
    facts.add_about(worker, work, work_corrected(PROJECT, &[("2026-03-02", "0.5")]));
    let line = facts.add(worker, accrued(of.clone(), 0, "500.00"));
    facts.add_about(worker, line, corrected(of.clone(), 1, "510.00"));
    facts.add(id(1), sheet_sealed(of, 1));
    let refers = Refers::Entry(0);
    facts.add_about(worker, line, Event::WagesConfirmed(WagesConfirmed { line: refers }));
    let (claimed_net, statement) = (Some(money("600.00")), sealed("no"));
    facts.add_about(
        worker,
        line,
        Event::WagesDisputed(WagesDisputed { line: refers, claimed_net, statement }),
    );
    facts.add(
        worker,
        Event::TaxWithheld(TaxWithheld {
            employer: employer.clone(),
            pay_month: month("2026-04"),
            income: wages::IncomeType::Wages,
            declared_income: money("500"),
            amount: money("1"),
            declaration: "D1".parse().unwrap(),
        }),
    );
    let details = || payment(PROJECT, EMPLOYER, "2026-03", "B1", "222.00");
    let transfer = facts.add(worker, paid(details(), "2026-04-12"));
    facts.add(worker, failed(details()));
    facts.add_about(worker, transfer, returned(details(), "2026-04-20"));
    facts.add(
        id(1),
        Event::BatchSealed(BatchSealed {
            project: project.clone(),
            employer,
            month: month("2026-03"),
            batch: "B1".parse().unwrap(),
            payer_account: sealed("account"),
            payer_account_index: wages::BlindIndex([3; 16]),
            payer_holder: sealed("holder"),
            lines: 3,
            amount: money("666.00"),
            root: root.clone(),
        }),
    );
    facts.add(
        id(1),
        Event::AccountMoved(AccountMoved {
            project,
            on: day("2026-04-12"),
            direction: Direction::Out,
            amount: money("222.00"),
            balance: money("10.00"),
            counterparty: Some(sealed("bank")),
            memo: None,
            labour_cost: false,
            serial: "S9".parse().unwrap(),
            statement: month("2026-04"),
            line: 1,
        }),
    );
    let rows = RowCounts { recorded: 3, already_recorded: 0, refused: 0 };
    let (digest, kind, name) = ("ab".repeat(32), "wage-sheet".to_owned(), sealed("file"));
    facts.add(
        ledger,
        Event::FileImported(FileImported { digest, kind, project: None, name, bytes: 10, rows }),
    );
    facts.add(ledger, Event::ClockOverridden(ClockOverridden { entry: 3, reason: sealed("reason") }));
    oversight(&mut facts);
    let (to, question, purpose) =
        (wages::Party::Account("inspector-3".parse().unwrap()), "arrears".to_owned(), sealed("case 1"));
    facts.add(worker, Event::DataRevealed(DataRevealed { to, purpose, question, workers: 1, root }));
    facts.add_stray(worker, declared(EMPLOYER, "赡养老人", "9999", &["2026-01", "-", "2026-01-05"]));
    facts.add(worker, declared(EMPLOYER, "赡养老人", "1500", &["2026-01", "-", "2026-01-05"]));
    facts.add(worker, declared(EMPLOYER, "赡养老人", "3000", &["2026-01", "2026-12", "2026-02-05"]));
    facts
}

/// Subcontract, deposit, inspection, complaint, each said twice, and every step of a warning.
fn oversight(facts: &mut Facts) {
    let project = id(1);
    facts.add(project, subcontract(PROJECT, "F1", OTHER_EMPLOYER, EMPLOYER));
    facts.add(project, subcontract(PROJECT, "F1", EMPLOYER, OTHER_EMPLOYER));
    facts.add(project, deposit(PROJECT, "G1", EMPLOYER, "1.00", ["2026-01-01", "2026-05-01"]));
    facts.add(project, deposit(PROJECT, "G1", EMPLOYER, "2.00", ["2026-01-01", "2026-06-01"]));
    facts.add(project, inspected(PROJECT, "2026-04-01", false, None));
    facts.add(project, inspected(PROJECT, "2026-04-01", false, Some("2026-04-09")));
    facts.add(project, complaint(PROJECT, "T1", "2026-04-02", 12, None));
    facts.add(project, complaint(PROJECT, "T1", "2026-04-02", 12, Some("2026-05-02")));
    let (of, reason) = (|| warning_key("I13", PROJECT, "2026-04-30"), || sealed("reason"));
    facts.add(project, Event::WarningAcknowledged(WarningAcknowledged { of: of(), reason: reason() }));
    let (to, until) = (wages::Party::Named(sealed("inspector")), day("2026-05-09"));
    facts.add(
        project,
        Event::WarningAssigned(WarningAssigned {
            of: of(),
            to: to.clone(),
            until: Some(until),
            reason: reason(),
        }),
    );
    facts.add(project, Event::WarningOrdered(WarningOrdered { of: of(), to, until, reason: reason() }));
    facts.add(project, Event::WarningExplained(WarningExplained { of: of(), reason: reason() }));
    facts.add(project, Event::WarningResolved(WarningResolved { of: of(), reason: reason() }));
}

/// What the test needs to know of a table: its columns, with whether they are of the key and whether they are
/// whole numbers; as the file describes itself.
type Columns = Vec<(String, bool, bool)>;

async fn tables() -> Vec<(String, Columns)> {
    let place = Place::file();
    place.fresh("a").await.close().await;
    let Place::File(folder) = &place else { panic!() };
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.path().join("a"));
    let pool = sqlx::SqlitePool::connect_with(options).await.unwrap();
    let names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name";
    let mut tables = Vec::new();
    for row in sqlx::raw_sql(names).fetch_all(&pool).await.unwrap() {
        let name: String = row.get(0);
        let info = sqlx::AssertSqlSafe(format!("SELECT name, pk, type FROM pragma_table_info('{name}')"));
        let columns = sqlx::raw_sql(info).fetch_all(&pool).await.unwrap();
        // Rows of days worked are taken out and put in anew: their key is an index only.
        let is_key = |column: &str, pk: i64| {
            pk > 0 || (name == "work" && ["worker", "project", "month"].contains(&column))
        };
        let columns = columns.iter().map(|c| {
            let column: String = c.get(0);
            (column.clone(), is_key(&column, c.get(1)), c.get::<String, _>(2) != "TEXT")
        });
        let columns = columns.collect();
        tables.push((name, columns));
    }
    tables
}

async fn every_changed_value_is_found_and_named(place: &Place) {
    let facts = everything();
    let types: std::collections::BTreeSet<_> = facts.0.iter().map(|fact| fact.event.type_name()).collect();
    assert_eq!(types.len(), Event::TYPES.len(), "a fact of every type");
    let entries = facts.entries();
    // What is right lies on the other engine than what is changed, or on the same.
    let files = Place::file();
    let right_place = files.database("right");
    let right = files.with("right", &entries, 1000).await;
    let model = place.with("mine", &entries, 4).await;
    assert_eq!(model.difference(&right_place, 100).await.unwrap(), []);
    right.close().await;

    if matches!(place, Place::Postgres { .. }) {
        place.meddle("mine", "ALTER TABLE position DROP CONSTRAINT position_one_check").await;
    }
    let tables = tables().await;
    assert_eq!(tables.len(), 36);
    let run = async |sql: String| place.meddle("mine", &sql).await;
    let difference = async || model.difference(&right_place, 100).await.unwrap();
    for (table, columns) in &tables {
        run(format!("CREATE TABLE kept AS SELECT * FROM {table}")).await;
        let key: Vec<&str> =
            columns.iter().filter(|(_, is_key, _)| *is_key).map(|(name, ..)| &**name).collect();
        let key = key.join(", ");
        let one_row = format!("({key}) IN (SELECT {key} FROM {table} LIMIT 1)");
        for (column, is_key, is_int) in columns {
            let (more, other) = if *is_int { (" + 1000000", "7") } else { (" || 'x'", "'7'") };
            let changed = run(format!(
                "UPDATE {table} SET {column} = COALESCE({column}{more}, {other}) \
                 WHERE {one_row}"
            ))
            .await;
            assert_eq!(changed, 1, "{table} has no row");
            let found = difference().await;
            if *is_key {
                assert_eq!(found.len(), 2, "{table}.{column}: {found:?}");
            } else {
                let [one] = found.as_slice() else { panic!("{table}.{column}: {found:?}") };
                assert!(one.table == table && one.what.starts_with(&format!("{column} is ")), "{one:?}");
            }
            run(format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept")).await;
        }
        run(format!("DELETE FROM {table} WHERE {one_row}")).await;
        let found = difference().await;
        assert!(found.len() == 1 && found[0].what == "the row is missing", "{table}: {found:?}");
        run(format!("DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")).await;
    }
    assert_eq!(difference().await, []);
    run("INSERT INTO organisation VALUES ('X', 'Y', 'Z', 1)".to_owned()).await;
    let found = difference().await;
    assert_eq!((found[0].key.as_str(), found[0].what.as_str()), ("X", "the row should not be there"));
}

/// The money trail's questions, on the same facts.
async fn accounts_batches_and_look_ups(place: &Place) {
    let model = place.with("a", &everything().entries(), 5).await;
    let code = project_code(PROJECT);
    let account = model.account(&code).await.unwrap();
    assert_eq!((account[0].out, account[0].closing_balance), (money("222.00"), money("10.00")));
    assert_eq!((account[0].labour_cost_in, account[0].other_in), (Money::ZERO, Money::ZERO));
    let [batch] = &model.batches(&code).await.unwrap()[..] else { panic!() };
    assert_eq!((batch.lines, batch.succeeded, batch.sealed), (3, 1, Some((3, money("666.00")))));
    assert_eq!(batch.amount, money("666.00"));
    let project = model.project(&code).await.unwrap().unwrap();
    assert_eq!((project.terms.pay_day, project.subject), (rules::PayDay::following(16).unwrap(), id(1)));
    assert_eq!(model.projects().await.unwrap(), [project]);
    assert_eq!(model.project(&project_code("0000")).await.unwrap(), None);
    assert_eq!(model.organisation(&credit_code(EMPLOYER)).await.unwrap().unwrap().name, "A");
    assert_eq!(model.contract_holders(&"C1".parse().unwrap()).await.unwrap()[0].worker, id(101));
    assert_eq!(model.file_known(&"ab".repeat(32)).await.unwrap(), Some(26));
    assert_eq!(model.subcontract_holders(&"F1".parse().unwrap()).await.unwrap(), [(PROJECT.to_owned(), 29)]);
    assert_eq!(model.complaint_holders(&"T1".parse().unwrap()).await.unwrap(), [(PROJECT.to_owned(), 35)]);
    assert_eq!(model.complaint_holders(&"T2".parse().unwrap()).await.unwrap(), []);
    assert_eq!(model.file_known("").await.unwrap(), None);
    let worker = model.worker(id(101)).await.unwrap().unwrap();
    assert_eq!(worker.phone.unwrap().commitment(), "c of new");
    assert_eq!(worker.name.commitment(), "c of Wang");
    let versions = model.wage_versions(id(101)).await.unwrap();
    assert_eq!(
        versions.iter().map(|v| (v.correction, v.in_force)).collect::<Vec<_>>(),
        [(0, false), (1, true)]
    );
    let payments = model.payments(id(101)).await.unwrap();
    let told: Vec<_> = payments.iter().map(|p| (p.value_on.is_some(), p.returned_on)).collect();
    assert_eq!(told, [(true, Some(day("2026-04-20"))), (false, None)]);
}

on_both_engines!(every_changed_value_is_found_and_named, accounts_batches_and_look_ups);
