//! Files for the tax office: the import sheets of the natural-person tax client and the columns of the withholding
//! return. Which columns a file has, in which order, is data (`data/tax/*.toml`); what a column says is a field.

use crate::CsvText;
use rules::Money;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Rows of one file; the client takes no more at once.
const ROWS_MAX: usize = 50_000;

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TaxFileError {
    /// A template of the program is not readable.
    #[error("a template of tax files cannot be read")]
    Template(#[from] toml::de::Error),
    /// More rows than a file may have: export by smaller parts.
    #[error("{rows} rows: more than the {ROWS_MAX} that one file may have")]
    TooLarge {
        /// How many there are.
        rows: usize,
    },
    /// The client requires what is not known of somebody.
    #[error("row {row} of {title} has no {header}: the client requires it")]
    Required {
        /// Title of the file.
        title: String,
        /// Number of the record, from 1.
        row: usize,
        /// Header of the column.
        header: String,
    },
    /// The workbook could not be put together.
    #[error("writing a workbook")]
    Workbook(#[from] XlsxError),
    /// The text could not be put together.
    #[error("writing a text file")]
    Text(#[from] csv::Error),
}

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TaxForm {
    /// 正常工资薪金所得, import sheet.
    NormalWages,
    /// 劳务报酬所得, import sheet.
    LabourRemuneration,
    /// 人员信息采集, import sheet.
    Personnel,
    /// 个人所得税扣缴申报表, the return's columns.
    WithholdingReturn,
}

macro_rules! fields {
    ($($name:ident),* $(,)?) => {
        /// What a column may say; the templates name them in snake case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[expect(missing_docs, reason = "the templates say beside which header each stands")]
        pub enum TaxField { $($name),* }
    };
}

fields!(
    Number,
    Name,
    IdKind,
    IdNumber,
    Taxpayer,
    NonResident,
    Nationality,
    Sex,
    BornOn,
    Status,
    Employment,
    Phone,
    HiredOn,
    LeftOn,
    Bank,
    Card,
    IncomeItem,
    Income,
    Expense,
    Exempt,
    Basic,
    Pension,
    Medical,
    Unemployment,
    HousingFund,
    ChildEducation,
    ContinuingEducation,
    HomeLoan,
    Rent,
    ElderlyCare,
    InfantCare,
    PersonalPension,
    Annuity,
    HealthInsurance,
    DeferredPension,
    Relief,
    CumulativeIncome,
    CumulativeBasic,
    CumulativeSpecial,
    CumulativeOther,
    Taxable,
    Rate,
    Quick,
    Tax,
    Withheld,
    Due,
    Remark,
);

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TaxCell {
    /// Text, ID and card numbers included: Excel keeps fifteen digits of a number.
    Text(String),
    /// Yuan with two decimals.
    Amount(Money),
}

/// A row of a file: what is known; all else stays empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaxRecord(BTreeMap<TaxField, TaxCell>);

impl TaxRecord {
    /// Puts text in; empty text is none.
    pub fn text(&mut self, field: TaxField, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.0.insert(field, TaxCell::Text(text));
        }
    }

    /// Puts an amount in.
    pub fn amount(&mut self, field: TaxField, amount: Money) {
        self.0.insert(field, TaxCell::Amount(amount));
    }

    /// What it says.
    pub fn get(&self, field: TaxField) -> Option<&TaxCell> {
        self.0.get(&field)
    }
}

/// A version of a file: its columns in order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxTemplate {
    /// What the client calls it.
    pub title: String,
    /// Name of the worksheet.
    pub sheet: String,
    /// Which of its versions, by the number of columns.
    pub version: String,
    /// From left to right.
    pub columns: Vec<TaxColumn>,
    /// Other versions that clients ask for.
    #[serde(default)]
    pub other: Vec<OtherVersion>,
}

/// A version with fewer columns.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OtherVersion {
    /// Its name.
    pub version: String,
    /// Headers that it lacks.
    pub without: Vec<String>,
}

/// A column of a template.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TaxColumn {
    /// Its header, to the character; with an asterisk in front the client requires it.
    pub header: String,
    /// What stands in it; `None` = nothing that a ledger knows.
    pub value: Option<TaxField>,
}

impl TaxTemplate {
    /// The template of a file as this program knows it.
    pub fn of(form: TaxForm) -> Result<TaxTemplate, TaxFileError> {
        let text = match form {
            TaxForm::NormalWages => include_str!("../data/tax/normal-wages.toml"),
            TaxForm::LabourRemuneration => include_str!("../data/tax/labour-remuneration.toml"),
            TaxForm::Personnel => include_str!("../data/tax/personnel.toml"),
            TaxForm::WithholdingReturn => include_str!("../data/tax/withholding-return.toml"),
        };
        TaxTemplate::parse(text)
    }

    /// A template in the form of `data/tax/*.toml`.
    pub fn parse(text: &str) -> Result<TaxTemplate, TaxFileError> {
        Ok(toml::from_str(text)?)
    }

    /// The template in one of its versions; `None` when it has no such version.
    pub fn in_version(self, version: &str) -> Option<TaxTemplate> {
        if self.version == version {
            return Some(self);
        }
        let other = self.other.iter().find(|other| other.version == version)?.clone();
        let columns = self.columns.into_iter().filter(|column| !other.without.contains(&column.header));
        Some(TaxTemplate { columns: columns.collect(), version: other.version, ..self })
    }

    /// The names of all versions, the usual one first.
    pub fn versions(&self) -> Vec<&str> {
        std::iter::once(&self.version)
            .chain(self.other.iter().map(|o| &o.version))
            .map(String::as_str)
            .collect()
    }

    /// The records as a workbook with one sheet: headers in the first row, text as text, amounts as numbers. The same
    /// records give the same bytes.
    pub fn workbook(&self, records: &[TaxRecord]) -> Result<Vec<u8>, TaxFileError> {
        self.check(records)?;
        let mut workbook = Workbook::new();
        let made_on = ExcelDateTime::from_ymd(2000, 1, 1)?;
        workbook.set_properties(&DocProperties::new().set_creation_datetime(&made_on));
        let (header, text) = (Format::new().set_bold(), Format::new().set_num_format("@"));
        let amount = Format::new().set_num_format("0.00");
        let sheet = workbook.add_worksheet().set_name(&self.sheet)?;
        for (column, of) in (0u16..).zip(&self.columns) {
            sheet.write_string_with_format(0, column, &of.header, &header)?;
        }
        for (row, record) in (1u32..).zip(records) {
            for (column, of) in (0u16..).zip(&self.columns) {
                match of.value.and_then(|field| record.get(field)) {
                    None => {}
                    Some(TaxCell::Text(value)) => {
                        sheet.write_string_with_format(row, column, value, &text)?;
                    }
                    Some(TaxCell::Amount(value)) => match value.yuan().to_f64() {
                        // A workbook holds binary numbers; the nearest one shows as the exact amount.
                        Some(yuan) => drop(sheet.write_number_with_format(row, column, yuan, &amount)?),
                        None => drop(sheet.write_string(row, column, value.to_string())?),
                    },
                }
            }
        }
        Ok(workbook.save_to_buffer()?)
    }

    /// The records as CSV, headers first.
    pub fn csv(&self, records: &[TaxRecord]) -> Result<Vec<u8>, TaxFileError> {
        self.check(records)?;
        let mut text = CsvText::begin();
        text.row(self.columns.iter().map(|column| &column.header))?;
        for record in records {
            let cell = |column: &TaxColumn| match column.value.and_then(|field| record.get(field)) {
                None => String::new(),
                Some(TaxCell::Text(text)) => text.clone(),
                Some(TaxCell::Amount(amount)) => amount.to_string(),
            };
            text.row(self.columns.iter().map(cell))?;
        }
        Ok(text.into_bytes()?)
    }

    fn check(&self, records: &[TaxRecord]) -> Result<(), TaxFileError> {
        if records.len() > ROWS_MAX {
            return Err(TaxFileError::TooLarge { rows: records.len() });
        }
        for (row, record) in (1..).zip(records) {
            for column in self.columns.iter().filter(|column| column.header.starts_with('*')) {
                if column.value.is_none_or(|field| record.get(field).is_none()) {
                    let (title, header) = (self.title.clone(), column.header.clone());
                    return Err(TaxFileError::Required { title, row, header });
                }
            }
        }
        Ok(())
    }
}
