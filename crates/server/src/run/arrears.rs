//! `wageledger arrears`

use crate::cli::{self, By, TableFormat};
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print::{self, Align, amount, say_future};
use crate::reveal::Asked;
use readmodel::{Arrears, ArrearsRows, Group, Name, OverdueLine, SilentTotal};
use serde_json::{Value, json};
use uuid::Uuid;
use vault::Keys;
use wages::SealedField;

pub(crate) async fn run(args: cli::Arrears) -> Result<(), Failure> {
    let home = Home::at(&args.ledger.ledger)?;
    let asked = Asked::open(&home, &args.reveal).await?;
    let result = answer(&args, &home, &asked).await;
    asked.close().await;
    result
}

async fn answer(args: &cli::Arrears, home: &Home, asked: &Asked) -> Result<(), Failure> {
    let model = follow::up_to_date(home, &asked.reader).await?;
    let arrears = model.arrears(args.as_of, by(args.by)).await?;
    let shown = shown_subjects(&arrears);
    asked.record(&shown.workers, "arrears").await?;
    let workers = if asked.reveals() { shown.workers } else { Vec::new() };
    let subjects: Vec<Uuid> = shown.crews.into_iter().chain(workers).collect();
    let keys = asked.reader.vault().existing_keys(&subjects).await?;
    print_arrears(&arrears, &keys, args.format)
}

fn by(by: By) -> readmodel::By {
    match by {
        By::Project => readmodel::By::Project,
        By::Employer => readmodel::By::Employer,
        By::Crew => readmodel::By::Crew,
        By::Worker => readmodel::By::Worker,
        By::Region => readmodel::By::Region,
        By::Bucket => readmodel::By::Bucket,
        By::Line => readmodel::By::Line,
    }
}

#[derive(Default)]
struct Shown {
    workers: Vec<Uuid>,
    crews: Vec<Uuid>,
}

/// Whose sealed fields the answer holds. Crew labels are always opened; workers only for a purpose.
fn shown_subjects(arrears: &Arrears) -> Shown {
    let mut shown = Shown::default();
    match &arrears.rows {
        ArrearsRows::Lines(lines) => {
            shown.workers.extend(lines.iter().map(|line| line.person.worker));
            shown.crews.extend(lines.iter().map(|line| line.crew));
        }
        ArrearsRows::Groups(groups) => {
            let keys = groups.iter().filter_map(|group| group.key.parse::<Uuid>().ok());
            match arrears.by {
                readmodel::By::Worker => shown.workers.extend(keys),
                readmodel::By::Crew => shown.crews.extend(keys),
                _ => {}
            }
        }
    }
    shown
}

/// A sealed field, when its subject's key is at hand.
pub(crate) fn opened(
    keys: &Keys,
    subject: Uuid,
    field: &str,
    sealed: Option<&SealedField>,
) -> Option<String> {
    keys.open(subject, field, sealed?).ok()
}

/// Prints arrears as the format wants them.
pub(crate) fn print_arrears(arrears: &Arrears, keys: &Keys, format: TableFormat) -> Result<(), Failure> {
    let (columns, rows) = match &arrears.rows {
        ArrearsRows::Lines(lines) => {
            (LINE_COLUMNS, lines.iter().map(|l| line_cells(l, keys, format)).collect())
        }
        ArrearsRows::Groups(groups) => {
            (GROUP_COLUMNS, groups.iter().map(|g| group_cells(g, keys, format)).collect::<Vec<_>>())
        }
    };
    if format == TableFormat::Table {
        print::out(&format!("arrears as of {}, entry {}\n", arrears.as_of, arrears.head.seq))?;
    }
    say_future(arrears.as_of, format)?;
    print::answer(format, columns, &rows, || document(arrears, keys))?;
    if format != TableFormat::Json {
        let (total, unknown) = (&arrears.total, &arrears.unknown);
        let beside = format!(
            "total {} owed to {} workers on {} wage lines\n\
             not known: {} worker-months with {} days of work and no wage line; {} lines on sheets without a seal\n\
             not handed in: {}\n\
             paid and taken by no line: {}\n",
            amount(total.outstanding),
            total.workers,
            total.lines,
            unknown.worker_months,
            unknown.days,
            unknown.unsealed_lines,
            silent_words(&unknown.silent),
            amount(arrears.unallocated)
        );
        // Rows alone go to where a program reads CSV; what they do not say must not be lost all the same.
        match format {
            TableFormat::Table => print::out(&beside)?,
            TableFormat::Csv | TableFormat::Json => eprint!("{beside}"),
        }
    }
    Ok(())
}

/// Wage sheets that did not come, with the people whom they concern.
fn silent_words(silent: &SilentTotal) -> String {
    let SilentTotal { site_months, people, without_roster } = silent;
    let without = match without_roster {
        0 => String::new(),
        _ => format!("; {without_roster} of them without a roster, where nobody knows how many"),
    };
    format!("wage sheets of {site_months} months of projects, {people} people on the rosters{without}")
}

const LINE_COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("crew", Align::Left),
    ("id_number", Align::Left),
    ("month", Align::Left),
    ("gross", Align::Right),
    ("net", Align::Right),
    ("paid", Align::Right),
    ("outstanding", Align::Right),
    ("due_on", Align::Left),
    ("days_overdue", Align::Right),
    ("bucket", Align::Left),
];

const GROUP_COLUMNS: &[(&str, Align)] = &[
    ("key", Align::Left),
    ("name", Align::Left),
    ("workers", Align::Right),
    ("lines", Align::Right),
    ("outstanding", Align::Right),
    ("oldest_days", Align::Right),
];

/// Amounts for people have separators, for programs they have none.
fn money(money: rules::Money, format: TableFormat) -> String {
    match format {
        TableFormat::Table => amount(money),
        TableFormat::Csv | TableFormat::Json => money.to_string(),
    }
}

fn line_cells(line: &OverdueLine, keys: &Keys, format: TableFormat) -> Vec<String> {
    let id = opened(keys, line.person.worker, "id_number", line.person.id_number.as_ref());
    vec![
        line.project.clone(),
        line.employer.clone(),
        opened(keys, line.crew, "label", line.crew_label.as_ref()).unwrap_or_default(),
        id.unwrap_or_else(|| if format == TableFormat::Table { "sealed".to_owned() } else { String::new() }),
        line.month.to_string(),
        money(line.gross, format),
        money(line.net, format),
        money(line.paid, format),
        money(line.outstanding, format),
        line.due_on.to_string(),
        line.days_overdue.to_string(),
        line.bucket.label().to_owned(),
    ]
}

fn group_name(group: &Group, keys: &Keys) -> Option<String> {
    match &group.name {
        // A region is recorded by its code; the list of names is data of its own.
        Name::Plain(name) => Some(rules::region_name(name).map_or_else(|| name.clone(), str::to_owned)),
        Name::Unknown => None,
        Name::Sealed(sealed) => {
            let subject = group.key.parse().ok()?;
            // A group's sealed name is a crew's label or a worker's name; the other does not open.
            opened(keys, subject, "label", Some(sealed))
                .or_else(|| opened(keys, subject, "name", Some(sealed)))
        }
    }
}

fn group_cells(group: &Group, keys: &Keys, format: TableFormat) -> Vec<String> {
    let missing = || match (&group.name, format) {
        (Name::Sealed(_), TableFormat::Table) => "sealed".to_owned(),
        _ => String::new(),
    };
    vec![
        group.key.clone(),
        group_name(group, keys).unwrap_or_else(missing),
        group.workers.to_string(),
        group.lines.to_string(),
        money(group.outstanding, format),
        group.oldest_days.to_string(),
    ]
}

fn document(arrears: &Arrears, keys: &Keys) -> Value {
    let by = match arrears.by {
        readmodel::By::Project => "project",
        readmodel::By::Employer => "employer",
        readmodel::By::Crew => "crew",
        readmodel::By::Worker => "worker",
        readmodel::By::Region => "region",
        readmodel::By::Bucket => "bucket",
        readmodel::By::Line => "line",
    };
    let rows: Vec<Value> = match &arrears.rows {
        ArrearsRows::Lines(lines) => lines.iter().map(|line| line_document(line, keys)).collect(),
        ArrearsRows::Groups(groups) => groups.iter().map(|group| group_document(group, keys)).collect(),
    };
    json!({
        "as_of": arrears.as_of.to_string(),
        "assumes_no_further_payment": clock::is_future(arrears.as_of),
        "by": by,
        "head": { "seq": arrears.head.seq, "hash": arrears.head.hash.to_string() },
        "rows": rows,
        "total": {
            "lines": arrears.total.lines,
            "workers": arrears.total.workers,
            "outstanding": arrears.total.outstanding.to_string(),
        },
        "unknown": {
            "worker_months": arrears.unknown.worker_months,
            "days": arrears.unknown.days.to_string(),
            "unsealed_lines": arrears.unknown.unsealed_lines,
            "silent_site_months": arrears.unknown.silent.site_months,
            "silent_people": arrears.unknown.silent.people,
            "silent_without_roster": arrears.unknown.silent.without_roster,
        },
        "unallocated": arrears.unallocated.to_string(),
    })
}

fn line_document(line: &OverdueLine, keys: &Keys) -> Value {
    json!({
        "project_code": line.project,
        "employer_code": line.employer,
        "crew": opened(keys, line.crew, "label", line.crew_label.as_ref()),
        "id_number": opened(keys, line.person.worker, "id_number", line.person.id_number.as_ref()),
        "month": line.month.to_string(),
        "gross": line.gross.to_string(),
        "net": line.net.to_string(),
        "paid": line.paid.to_string(),
        "outstanding": line.outstanding.to_string(),
        "due_on": line.due_on.to_string(),
        "days_overdue": line.days_overdue,
        "bucket": line.bucket.label(),
    })
}

fn group_document(group: &Group, keys: &Keys) -> Value {
    json!({
        "key": group.key,
        "name": group_name(group, keys),
        "workers": group.workers,
        "lines": group.lines,
        "outstanding": group.outstanding.to_string(),
        "oldest_days": group.oldest_days,
    })
}
