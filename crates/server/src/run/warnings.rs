//! `wageledger warnings`

use crate::cli::{self, TableFormat};
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::gauge;
use crate::home::Home;
use crate::print::{self, Align};
use crate::reveal::Asked;
use crate::run::arrears::opened;
use readmodel::{HandledStep, Object, SealedNames, Warning, Warnings};
use rules::warning::{Colour, IndicatorId};
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;
use vault::Keys;
use wages::Party;

pub(crate) async fn run(args: cli::Warnings) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = answer(&args, &home, &asked).await;
    asked.close().await;
    result
}

async fn answer(args: &cli::Warnings, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let model = follow::up_to_date(home, &asked.reader).await?;
    let mut warnings = model.warnings(args.as_of, args.region).await?;
    if !args.all {
        // What was handled and has gone is shown too: somebody waits for it.
        let shown = |row: &Warning| match row.colour {
            Colour::Yellow | Colour::Orange | Colour::Red => true,
            Colour::None | Colour::Unknown => !row.steps.is_empty(),
        };
        warnings.rows.retain(shown);
    }
    let Shown { workers, crews, accounts } = Shown::of(&warnings, asked.reveals());
    asked.record(&workers.iter().copied().collect::<Vec<_>>(), "warnings").await?;
    let names = model.sealed_names(&workers, &crews, &accounts).await?;
    let projects = names.accounts.values().map(|(subject, _)| *subject);
    let steps = warnings.rows.iter().flat_map(|row| &row.steps).map(|step| step.subject);
    let steps = steps.filter(|_| asked.reveals());
    let subjects: Vec<Uuid> = workers.iter().chain(&crews).copied().chain(projects).chain(steps).collect();
    let keys = asked.reader.vault().existing_keys(&subjects).await?;
    let page = Page { names, keys, reveals: asked.reveals() };
    page.print(&warnings, args.format)
}

/// Whose sealed fields the answer holds: those of crews, and where they are revealed those of workers and accounts.
#[derive(Default)]
struct Shown {
    workers: BTreeSet<Uuid>,
    crews: BTreeSet<Uuid>,
    accounts: BTreeSet<(String, String)>,
}

impl Shown {
    fn of(warnings: &Warnings, reveals: bool) -> Shown {
        let mut shown = Shown::default();
        for row in &warnings.rows {
            for object in &row.objects {
                shown.crews.extend(object.crew);
                if !reveals {
                    continue;
                }
                shown.workers.extend(object.worker);
                let account = row.project.clone().zip(object.payer_account.clone());
                shown.accounts.extend(account);
            }
        }
        shown
    }
}

/// The answer, with what may be opened of it.
struct Page {
    names: SealedNames,
    keys: Keys,
    reveals: bool,
}

/// The answer as JSON.
#[derive(Serialize)]
struct Answer<'a> {
    as_of: String,
    assumes_no_further_payment: bool,
    rows: Documents<'a>,
}

/// Of a city some ten thousand: each is made when it is written.
struct Documents<'a>(&'a Page, &'a [Warning]);

impl Serialize for Documents<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|row| self.0.document(row)))
    }
}

const COLUMNS: &[(&str, Align)] = &[
    ("rule", Align::Left),
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("colour", Align::Left),
    ("since", Align::Left),
    ("days_to_next", Align::Right),
    ("due_on", Align::Left),
    ("must_act", Align::Left),
    ("step", Align::Left),
    ("figures", Align::Left),
    ("objects", Align::Right),
    ("entries", Align::Right),
    ("handled", Align::Left),
];

impl Page {
    fn print(&self, warnings: &Warnings, format: TableFormat) -> Result<(), Failure> {
        if format == TableFormat::Table {
            print::out(&format!("warnings as of {}, entry {}\n", warnings.as_of, warnings.head.seq))?;
        }
        print::say_future(warnings.as_of, format)?;
        let rows: Vec<Vec<String>> = match format {
            TableFormat::Json => Vec::new(),
            TableFormat::Table | TableFormat::Csv => {
                warnings.rows.iter().map(|row| self.cells(row, format)).collect()
            }
        };
        let documents = Documents(self, &warnings.rows);
        let answer = Answer {
            as_of: warnings.as_of.to_string(),
            assumes_no_further_payment: clock::is_future(warnings.as_of),
            rows: documents,
        };
        print::answer(format, COLUMNS, &rows, || answer)
    }

    fn document(&self, row: &Warning) -> Value {
        let mut out = json!({
            "rule": row.rule.label(),
            "project_code": row.project,
            "employer_code": row.employer,
            "colour": row.colour.label(),
            "since": row.since.map(|day| day.to_string()),
            "days_to_next": row.due.map(|due| due.days),
            "due_on": row.due.map(|due| due.on.to_string()),
            "must_act": row.due.map(|due| &due.step.who),
            "step": row.due.map(|due| &due.step.en),
            "figures": self.figures(row),
            "objects": self.objects(row),
            "entries": row.entries,
        });
        // Only of warnings that somebody did something with.
        if let (Value::Object(out), false) = (&mut out, row.steps.is_empty()) {
            out.insert("steps".to_owned(), row.steps.iter().map(|step| self.step(step)).collect());
            out.insert("resolved_by".to_owned(), json!(row.resolved_by));
        }
        out
    }

    fn step(&self, step: &HandledStep) -> Value {
        let mut out = json!({
            "entry": step.seq,
            "step": step.kind,
            "as_of": step.as_of.to_string(),
            "to": step.addressee.as_ref().and_then(|to| self.named(step, to)),
            "until": step.until.map(|day| day.to_string()),
            "actor": step.actor,
        });
        if let (Value::Object(out), true) = (&mut out, self.reveals) {
            let reason = opened(&self.keys, step.subject, "reason", Some(&step.reason));
            out.insert("reason".to_owned(), json!(reason));
        }
        out
    }

    /// Who is to act; somebody who was named in words is shown where personal data is.
    fn named(&self, step: &HandledStep, to: &Party) -> Option<String> {
        match to {
            Party::Account(account) => Some(account.to_string()),
            Party::Organisation(code) => Some(code.to_string()),
            Party::Named(words) => {
                let sealed = words.sealed().filter(|_| self.reveals);
                sealed.and_then(|sealed| opened(&self.keys, step.subject, "to", Some(sealed)))
            }
        }
    }

    /// Of an employer near the figures of the crime the worst worker stands among the figures.
    fn figures(&self, row: &Warning) -> Map<String, Value> {
        let mut figures = row.figures.clone();
        if row.rule == IndicatorId::I15 && row.employer.is_some() {
            let ids = row.objects.iter().filter_map(|object| self.id_number(object));
            figures.insert("worst_worker".to_owned(), json!(ids.max()));
        }
        figures
    }

    fn objects(&self, row: &Warning) -> Vec<Value> {
        if row.rule == IndicatorId::I15 && row.employer.is_some() {
            return Vec::new();
        }
        row.objects.iter().map(|object| self.object(row, object)).collect()
    }

    fn object(&self, row: &Warning, object: &Object) -> Value {
        let mut out = object.more.clone();
        if let Some(crew) = object.crew {
            let label = opened(&self.keys, crew, "label", self.names.labels.get(&crew));
            out.insert("crew".to_owned(), json!(label));
        }
        if self.reveals && object.worker.is_some() {
            out.insert("worker".to_owned(), json!(self.id_number(object)));
        }
        if let Some(index) = object.payer_account.as_ref().filter(|_| self.reveals) {
            let key = (row.project.clone().unwrap_or_default(), index.clone());
            let account = self.names.accounts.get(&key);
            let account = account
                .and_then(|(subject, sealed)| opened(&self.keys, *subject, "payer_account", Some(sealed)));
            out.insert("payer_account".to_owned(), json!(account));
        }
        Value::Object(out)
    }

    fn id_number(&self, object: &Object) -> Option<String> {
        let worker = object.worker?;
        opened(&self.keys, worker, "id_number", self.names.id_numbers.get(&worker))
    }

    fn cells(&self, row: &Warning, format: TableFormat) -> Vec<String> {
        let figures = self.figures(row);
        let (figures, objects, entries) = match format {
            TableFormat::Csv => {
                let entries: Vec<String> = row.entries.iter().map(ToString::to_string).collect();
                (json!(figures).to_string(), json!(self.objects(row)).to_string(), entries.join(" "))
            }
            TableFormat::Table | TableFormat::Json => (
                gauge::told(row.rule, &row.figures).en,
                self.objects(row).len().to_string(),
                row.entries.len().to_string(),
            ),
        };
        // Below 0 where the day of the last step has passed: it stays due.
        let due = row
            .due
            .map(|due| [due.days.to_string(), due.on.to_string(), due.step.who.clone(), due.step.en.clone()]);
        let [days_to_next, due_on, must_act, step] = due.unwrap_or_default();
        vec![
            row.rule.label().to_owned(),
            row.project.clone().unwrap_or_default(),
            row.employer.clone().unwrap_or_default(),
            row.colour.label().to_owned(),
            row.since.map_or_else(String::new, |day| day.to_string()),
            days_to_next,
            due_on,
            must_act,
            step,
            figures,
            objects,
            entries,
            handled(row),
        ]
    }
}

/// The last thing that was done with it, or by which entry it went.
fn handled(row: &Warning) -> String {
    match (row.steps.last(), row.resolved_by) {
        (None, _) => String::new(),
        (Some(_), Some(seq)) => format!("gone by entry {seq}"),
        (Some(step), None) => format!("{} by {} (entry {})", step.kind, step.actor, step.seq),
    }
}
