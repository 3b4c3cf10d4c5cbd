//! Withholding as a table, as CSV and as JSON.

use super::export::Made;
use crate::cli::TableFormat;
use crate::failure::Failure;
use crate::print::{self, Align, amount};
use crate::run::arrears::opened;
use readmodel::{LinePlace, MissingWages, Person, SplitIncome, TaxedUnpaid, WithheldLine, Withholding};
use rules::tax::DeductionGroup;
use rules::{Money, Month};
use serde_json::{Value, json};
use vault::Keys;

/// Prints the month as the format wants it. Findings stand below the table and in the JSON document.
pub(super) fn print(withholding: &Withholding, keys: &Keys, format: TableFormat) -> Result<(), Failure> {
    let show = Show { pay_month: withholding.pay_month, keys, format };
    if format == TableFormat::Table {
        let head = withholding.head.seq;
        print::out(&format!("tax of wages paid in {}, entry {head}\n", withholding.pay_month))?;
    }
    let rows: Vec<_> = withholding.lines.iter().map(|line| show.line_cells(line)).collect();
    print::answer(format, LINE_COLUMNS, &rows, || show.document(withholding))?;
    match format {
        TableFormat::Table => print::out(&show.beside(withholding)),
        TableFormat::Csv => {
            eprint!("{}", show.beside(withholding));
            Ok(())
        }
        TableFormat::Json => Ok(()),
    }
}

/// Which files were made.
pub(super) fn made(
    files: &[Made],
    not_declared: &[DeductionGroup],
    format: TableFormat,
) -> Result<(), Failure> {
    let columns = &[("file", Align::Left), ("rows", Align::Right)];
    let rows: Vec<_> =
        files.iter().map(|file| vec![file.path.display().to_string(), file.rows.to_string()]).collect();
    let document = || {
        let files = files.iter().map(|file| json!({ "file": file.path, "rows": file.rows }));
        json!({ "files": files.collect::<Vec<_>>(), "not_known": not_declared })
    };
    print::answer(format, columns, &rows, document)
}

const LINE_COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("crew", Align::Left),
    ("id_number", Align::Left),
    ("month", Align::Left),
    ("pay_month", Align::Left),
    ("on_sheet", Align::Right),
    ("right", Align::Right),
    ("difference", Align::Right),
];

const SPLIT_COLUMNS: &[(&str, Align)] = &[
    ("employer_code", Align::Left),
    ("id_number", Align::Left),
    ("agents", Align::Right),
    ("income", Align::Right),
    ("on_sheet", Align::Right),
];

const UNPAID_COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("crew", Align::Left),
    ("id_number", Align::Left),
    ("month", Align::Left),
    ("on_sheet", Align::Right),
    ("net", Align::Right),
    ("paid", Align::Right),
];

const MISSING_COLUMNS: &[(&str, Align)] = &[
    ("project_code", Align::Left),
    ("employer_code", Align::Left),
    ("crew", Align::Left),
    ("id_number", Align::Left),
    ("month", Align::Left),
    ("days", Align::Right),
];

struct Show<'a> {
    pay_month: Month,
    keys: &'a Keys,
    format: TableFormat,
}

/// On the sheet less right: what was withheld too much.
fn difference(line: &WithheldLine) -> Money {
    line.on_sheet.checked_sub(line.right).unwrap_or_default()
}

impl Show<'_> {
    fn id_number(&self, person: &Person) -> Option<String> {
        opened(self.keys, person.worker, "id_number", person.id_number.as_ref())
    }

    fn crew(&self, place: &LinePlace) -> Option<String> {
        opened(self.keys, place.crew?, "label", place.crew_label.as_ref())
    }

    /// Amounts for people have separators, for programs they have none.
    fn money(&self, money: Money) -> String {
        match self.format {
            TableFormat::Table => amount(money),
            TableFormat::Csv | TableFormat::Json => money.to_string(),
        }
    }

    fn id_cell(&self, person: &Person) -> String {
        let missing = if self.format == TableFormat::Table { "sealed" } else { "" };
        self.id_number(person).unwrap_or_else(|| missing.to_owned())
    }

    fn place_cells(&self, place: &LinePlace) -> Vec<String> {
        vec![
            place.project.clone(),
            place.employer.clone(),
            self.crew(place).unwrap_or_default(),
            self.id_cell(&place.person),
            place.month.to_string(),
        ]
    }

    fn line_cells(&self, line: &WithheldLine) -> Vec<String> {
        let mut cells = self.place_cells(&line.place);
        cells.push(self.pay_month.to_string());
        cells.extend([line.on_sheet, line.right, difference(line)].map(|money| self.money(money)));
        cells
    }

    /// What stands below the rows: sums, findings, and what is not known.
    fn beside(&self, of: &Withholding) -> String {
        let total = &of.total;
        let mut text = format!(
            "{} payees, income {}: on sheets {}, right {}; {} payees with another tax than the right one\n",
            total.payees,
            amount(total.income),
            amount(total.on_sheet),
            amount(total.right),
            total.wrong
        );
        let mut finding = |what: &str, columns: &[(&str, Align)], rows: Vec<Vec<String>>| {
            text.push_str(&format!("{what}: {}\n", rows.len()));
            if !rows.is_empty() && self.format == TableFormat::Table {
                text.push_str(&format!("{}\n", print::table(columns, &rows)));
            }
        };
        let split = of.split.iter().map(|income| self.split_cells(income)).collect();
        finding("wages of several agents in the month", SPLIT_COLUMNS, split);
        let unpaid = of.unpaid.iter().map(|line| self.unpaid_cells(line)).collect();
        finding("tax on wages that were not, or not all, paid", UNPAID_COLUMNS, unpaid);
        let missing = of.missing.iter().map(|work| self.missing_cells(work)).collect();
        finding("worked and on no sheet", MISSING_COLUMNS, missing);
        let named = of.not_declared.iter().map(|group| match group {
            DeductionGroup::SpecialAdditional => "special additional deductions",
            DeductionGroup::Other => "other deductions",
            DeductionGroup::Relief => "relief",
        });
        let named: Vec<&str> = named.collect();
        if !named.is_empty() {
            let named = named.join(", ");
            text.push_str(&format!("nobody declared: {named}; with any of them the right tax is less\n"));
        }
        text
    }

    fn split_cells(&self, income: &SplitIncome) -> Vec<String> {
        vec![
            income.employer.clone(),
            self.id_cell(&income.person),
            income.agents.to_string(),
            self.money(income.income),
            self.money(income.on_sheet),
        ]
    }

    fn unpaid_cells(&self, line: &TaxedUnpaid) -> Vec<String> {
        let mut cells = self.place_cells(&line.place);
        cells.extend([line.on_sheet, line.net, line.paid].map(|money| self.money(money)));
        cells
    }

    fn missing_cells(&self, work: &MissingWages) -> Vec<String> {
        let mut cells = self.place_cells(&work.place);
        cells.push(work.days.to_string());
        cells
    }

    fn document(&self, of: &Withholding) -> Value {
        let total = &of.total;
        json!({
            "pay_month": self.pay_month.to_string(),
            "head": { "seq": of.head.seq, "hash": of.head.hash.to_string() },
            "rows": of.lines.iter().map(|line| self.line_document(line)).collect::<Vec<_>>(),
            "total": {
                "payees": total.payees,
                "wrong": total.wrong,
                "income": total.income.to_string(),
                "on_sheet": total.on_sheet.to_string(),
                "right": total.right.to_string(),
            },
            "split": of.split.iter().map(|income| self.split_document(income)).collect::<Vec<_>>(),
            "unpaid": of.unpaid.iter().map(|line| self.unpaid_document(line)).collect::<Vec<_>>(),
            "missing": of.missing.iter().map(|work| self.missing_document(work)).collect::<Vec<_>>(),
            "not_known": of.not_declared,
        })
    }

    fn place_document(&self, place: &LinePlace) -> Value {
        json!({
            "project_code": place.project,
            "employer_code": place.employer,
            "crew": self.crew(place),
            "id_number": self.id_number(&place.person),
            "month": place.month.to_string(),
            "pay_month": self.pay_month.to_string(),
        })
    }

    fn line_document(&self, line: &WithheldLine) -> Value {
        let mut document = self.place_document(&line.place);
        document["on_sheet"] = line.on_sheet.to_string().into();
        document["right"] = line.right.to_string().into();
        document["difference"] = difference(line).to_string().into();
        document
    }

    fn split_document(&self, income: &SplitIncome) -> Value {
        json!({
            "employer_code": income.employer,
            "id_number": self.id_number(&income.person),
            "pay_month": self.pay_month.to_string(),
            "agents": income.agents,
            "income": income.income.to_string(),
            "on_sheet": income.on_sheet.to_string(),
        })
    }

    fn unpaid_document(&self, line: &TaxedUnpaid) -> Value {
        let mut document = self.place_document(&line.place);
        document["on_sheet"] = line.on_sheet.to_string().into();
        document["net"] = line.net.to_string().into();
        document["paid"] = line.paid.to_string().into();
        document["due_on"] = line.due_on.map(|day| day.to_string()).into();
        document
    }

    fn missing_document(&self, work: &MissingWages) -> Value {
        let mut document = self.place_document(&work.place);
        // A stay on the site tells the employer; without one he is not known.
        if work.place.employer.is_empty() {
            document["employer_code"] = Value::Null;
        }
        document["days"] = work.days.to_string().into();
        document
    }
}
