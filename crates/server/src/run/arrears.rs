//! `wageledger arrears`

use crate::cli::{self, By, TableFormat};
use crate::clock;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::print::{self, Align, amount, say_future};
use crate::reveal::Asked;
use readmodel::{
    Arrears, ArrearsRows, Group, Name, OverdueLine, SilentTotal, UndatedGroup, UndatedRows, UndatedWage,
    Unknown,
};
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
    let lists = args.by == By::Line && args.format == TableFormat::Json;
    let months = if lists { model.unknown(args.as_of).await? } else { Vec::new() };
    let shown = shown_subjects(&arrears, &months);
    asked.record(&shown.workers, "arrears").await?;
    let workers = if asked.reveals() { shown.workers } else { Vec::new() };
    let subjects: Vec<Uuid> = shown.crews.into_iter().chain(workers).collect();
    let keys = asked.reader.vault().existing_keys(&subjects).await?;
    let said = Said { arrears: &arrears, months: &months, keys: &keys, undated: args.undated };
    said.print(args.format)
}

fn by(by: By) -> readmodel::By {
    match by {
        By::Project => readmodel::By::Project,
        By::Employer => readmodel::By::Employer,
        By::Contractor => readmodel::By::Contractor,
        By::Owner => readmodel::By::Owner,
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
fn shown_subjects(arrears: &Arrears, months: &[Unknown]) -> Shown {
    let mut shown = Shown::default();
    shown.workers.extend(months.iter().map(|month| month.person.worker));
    shown.crews.extend(months.iter().filter_map(|month| month.crew));
    match &arrears.undated {
        UndatedRows::Lines(lines) => {
            shown.workers.extend(lines.iter().map(|line| line.person.worker));
            shown.crews.extend(lines.iter().map(|line| line.crew));
        }
        UndatedRows::Groups(groups) => shown.add_groups(arrears.by, groups.iter().map(|group| &group.key)),
    }
    match &arrears.rows {
        ArrearsRows::Lines(lines) => {
            shown.workers.extend(lines.iter().map(|line| line.person.worker));
            shown.crews.extend(lines.iter().map(|line| line.crew));
        }
        ArrearsRows::Groups(groups) => shown.add_groups(arrears.by, groups.iter().map(|group| &group.key)),
    }
    shown.workers.sort_unstable();
    shown.workers.dedup();
    shown
}

impl Shown {
    fn add_groups<'a>(&mut self, by: readmodel::By, keys: impl Iterator<Item = &'a String>) {
        let keys = keys.filter_map(|key| key.parse::<Uuid>().ok());
        match by {
            readmodel::By::Worker => self.workers.extend(keys),
            readmodel::By::Crew => self.crews.extend(keys),
            _ => {}
        }
    }
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

/// Prints arrears as the format wants them, where nothing is asked of single worker-months.
pub(crate) fn print_arrears(arrears: &Arrears, keys: &Keys, format: TableFormat) -> Result<(), Failure> {
    Said { arrears, months: &[], keys, undated: false }.print(format)
}

/// An answer, with what may be opened of it.
struct Said<'a> {
    arrears: &'a Arrears,
    /// Work without a wage line, where rows are lines.
    months: &'a [Unknown],
    keys: &'a Keys,
    /// Whether the rows are those whose due day is not known.
    undated: bool,
}

/// Columns, and rows for them.
type Rows = (&'static [(&'static str, Align)], Vec<Vec<String>>);

impl Said<'_> {
    fn print(&self, format: TableFormat) -> Result<(), Failure> {
        let arrears = self.arrears;
        if format == TableFormat::Table {
            print::out(&format!("arrears as of {}, entry {}\n", arrears.as_of, arrears.head.seq))?;
        }
        say_future(arrears.as_of, format)?;
        let (columns, rows) = if self.undated { self.not_known(format) } else { self.overdue(format) };
        print::answer(format, columns, &rows, || self.document())?;
        if format == TableFormat::Json {
            return Ok(());
        }
        let (columns, not_known) = self.not_known(format);
        if format == TableFormat::Table && !self.undated && !not_known.is_empty() {
            print::out("\nwhen these are due is not known, and they are not counted:\n")?;
            print::answer(format, columns, &not_known, || ())?;
        }
        // Rows alone go to where a program reads CSV; what they do not say must not be lost all the same.
        match format {
            TableFormat::Table => print::out(&self.beside())?,
            TableFormat::Csv | TableFormat::Json => eprint!("{}", self.beside()),
        }
        Ok(())
    }

    fn overdue(&self, format: TableFormat) -> Rows {
        match &self.arrears.rows {
            ArrearsRows::Lines(lines) => {
                (LINE_COLUMNS, lines.iter().map(|l| line_cells(l, self.keys, format)).collect())
            }
            ArrearsRows::Groups(groups) => {
                (GROUP_COLUMNS, groups.iter().map(|g| group_cells(g, self.keys, format)).collect())
            }
        }
    }

    /// Rows of which nobody knows whether they are overdue.
    fn not_known(&self, format: TableFormat) -> Rows {
        match &self.arrears.undated {
            UndatedRows::Lines(lines) => {
                (UNDATED_LINE_COLUMNS, lines.iter().map(|l| undated_cells(l, self.keys, format)).collect())
            }
            UndatedRows::Groups(groups) => {
                let cells = |group| undated_group_cells(group, self.keys, format);
                (UNDATED_GROUP_COLUMNS, groups.iter().map(cells).collect())
            }
        }
    }

    /// What stands below the rows.
    fn beside(&self) -> String {
        let Arrears { total, unknown, unallocated, .. } = self.arrears;
        let mut beside = format!(
            "total {} owed to {} workers on {} wage lines\n\
             not known: {} worker-months with {} days of work and no wage line; {} lines on sheets without a seal\n\
             not handed in: {}\n",
            amount(total.outstanding),
            total.workers,
            total.lines,
            unknown.worker_months,
            unknown.days,
            unknown.unsealed_lines,
            silent_words(&unknown.silent),
        );
        let undated = &unknown.undated;
        if !undated.is_empty() {
            let years: Vec<String> = undated.years.iter().map(i16::to_string).collect();
            let lines = format!(
                "whether {} on {} wage lines of {} workers are overdue",
                amount(undated.outstanding),
                undated.lines,
                undated.workers
            );
            let months = format!(
                "whether {} worker-months with {} days of work and no wage line are",
                undated.worker_months, undated.days
            );
            let parts = [(undated.lines, lines), (undated.worker_months, months)];
            let parts = parts.into_iter().filter(|(count, _)| *count > 0).map(|(_, said)| said);
            beside.push_str(&format!(
                "not known for want of the calendar of {}: {}\n",
                years.join(", "),
                parts.collect::<Vec<_>>().join("; ")
            ));
        }
        beside.push_str(&format!("paid and taken by no line: {}\n", amount(*unallocated)));
        beside
    }
}

/// Wage sheets that did not come, with the people whom they concern.
fn silent_words(silent: &SilentTotal) -> String {
    let SilentTotal { site_months, people, without_roster } = silent;
    let without = match without_roster {
        0 => String::new(),
        _ => format!("; {without_roster} of them without a roster, where nobody knows how many"),
    };
    let months = if *site_months == 1 {
        "1 month of a project".to_owned()
    } else {
        format!("{site_months} months of projects")
    };
    let people = if *people == 1 { "1 person".to_owned() } else { format!("{people} people") };
    format!("wage sheets of {months}, {people} on the rosters{without}")
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
    ("since", Align::Left),
];

const UNDATED_LINE_COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("crew", Align::Left),
    ("id_number", Align::Left),
    ("month", Align::Left),
    ("gross", Align::Right),
    ("net", Align::Right),
    ("paid", Align::Right),
    ("outstanding", Align::Right),
    ("agreed_day", Align::Left),
    ("no_calendar", Align::Right),
];

const UNDATED_GROUP_COLUMNS: &[(&str, Align)] = &[
    ("key", Align::Left),
    ("name", Align::Left),
    ("workers", Align::Right),
    ("lines", Align::Right),
    ("outstanding", Align::Right),
    ("agreed_day", Align::Left),
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

fn undated_cells(line: &UndatedWage, keys: &Keys, format: TableFormat) -> Vec<String> {
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
        line.nominal_due.to_string(),
        line.no_calendar.to_string(),
    ]
}

fn undated_group_cells(group: &UndatedGroup, keys: &Keys, format: TableFormat) -> Vec<String> {
    vec![
        group.key.clone(),
        group_name(&group.key, &group.name, keys).unwrap_or_else(|| unnamed(&group.name, format)),
        group.workers.to_string(),
        group.lines.to_string(),
        money(group.outstanding, format),
        group.nominal_due.to_string(),
    ]
}

fn unnamed(name: &Name, format: TableFormat) -> String {
    match (name, format) {
        (Name::Sealed(_), TableFormat::Table) => "sealed".to_owned(),
        _ => String::new(),
    }
}

fn group_name(key: &str, name: &Name, keys: &Keys) -> Option<String> {
    match name {
        // A region is recorded by its code; the list of names is data of its own.
        Name::Plain(name) => Some(rules::region_name(name).map_or_else(|| name.clone(), str::to_owned)),
        Name::Unknown => None,
        Name::Sealed(sealed) => {
            let subject = key.parse().ok()?;
            // A group's sealed name is a crew's label or a worker's name; the other does not open.
            opened(keys, subject, "label", Some(sealed))
                .or_else(|| opened(keys, subject, "name", Some(sealed)))
        }
    }
}

fn group_cells(group: &Group, keys: &Keys, format: TableFormat) -> Vec<String> {
    vec![
        group.key.clone(),
        group_name(&group.key, &group.name, keys).unwrap_or_else(|| unnamed(&group.name, format)),
        group.workers.to_string(),
        group.lines.to_string(),
        money(group.outstanding, format),
        group.oldest_days.to_string(),
        group.since.to_string(),
    ]
}

impl Said<'_> {
    fn document(&self) -> Value {
        let Said { arrears, keys, .. } = self;
        let by = match arrears.by {
            readmodel::By::Project => "project",
            readmodel::By::Employer => "employer",
            readmodel::By::Contractor => "contractor",
            readmodel::By::Owner => "owner",
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
        let not_known: Vec<Value> = match &arrears.undated {
            UndatedRows::Lines(lines) => lines.iter().map(|line| undated_document(line, keys)).collect(),
            UndatedRows::Groups(groups) => {
                groups.iter().map(|group| undated_group_document(group, keys)).collect()
            }
        };
        let undated = &arrears.unknown.undated;
        let mut document = json!({
            "as_of": arrears.as_of.to_string(),
            "assumes_no_further_payment": clock::is_future(arrears.as_of),
            "by": by,
            "head": { "seq": arrears.head.seq, "hash": arrears.head.hash.to_string() },
            "rows": if self.undated { &not_known } else { &rows },
            "not_known": not_known,
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
                "due_day": {
                    "lines": undated.lines,
                    "workers": undated.workers,
                    "outstanding": undated.outstanding.to_string(),
                    "worker_months": undated.worker_months,
                    "days": undated.days.to_string(),
                    "no_calendar": undated.years,
                },
            },
            "unallocated": arrears.unallocated.to_string(),
        });
        if let (Value::Object(document), readmodel::By::Line) = (&mut document, arrears.by) {
            let months = self.months.iter().map(|month| month_document(month, keys));
            document.insert("worker_months".to_owned(), months.collect());
        }
        document
    }
}

fn month_document(month: &Unknown, keys: &Keys) -> Value {
    let crew = month.crew.and_then(|crew| opened(keys, crew, "label", month.crew_label.as_ref()));
    json!({
        "project_code": month.project,
        "employer_code": month.employer,
        "crew": crew,
        "id_number": opened(keys, month.person.worker, "id_number", month.person.id_number.as_ref()),
        "month": month.month.to_string(),
        "days": month.days.to_string(),
        "agreed_day": month.nominal_due.to_string(),
        "due_on": month.due_on.map(|day| day.to_string()),
        "no_calendar": month.no_calendar,
    })
}

fn undated_document(line: &UndatedWage, keys: &Keys) -> Value {
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
        "agreed_day": line.nominal_due.to_string(),
        "due_on": Value::Null,
        "no_calendar": line.no_calendar,
    })
}

fn undated_group_document(group: &UndatedGroup, keys: &Keys) -> Value {
    json!({
        "key": group.key,
        "name": group_name(&group.key, &group.name, keys),
        "workers": group.workers,
        "lines": group.lines,
        "outstanding": group.outstanding.to_string(),
        "agreed_day": group.nominal_due.to_string(),
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
        "name": group_name(&group.key, &group.name, keys),
        "workers": group.workers,
        "lines": group.lines,
        "outstanding": group.outstanding.to_string(),
        "oldest_days": group.oldest_days,
        "since": group.since.to_string(),
    })
}
