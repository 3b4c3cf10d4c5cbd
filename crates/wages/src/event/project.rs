//! Facts about projects, crews and organisations.

use super::{LineKey, fact};
use crate::{BlindIndex, CreditCode, Direction, Private, ProjectCode, Reference, RegionCode};
use jiff::civil::Date;
use rules::{Money, Month, PayDay};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A crew became known: one label on one project under one employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrewRegistered {
    /// The project.
    pub project: ProjectCode,
    /// The employer.
    pub employer: CreditCode,
    /// What the site calls it; often the leader's name, so personal data.
    pub label: Private,
}
fact!(CrewRegistered { "label" => label });

/// A project became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectRegistered {
    /// Its code.
    pub code: ProjectCode,
    /// What is said of it.
    pub terms: ProjectTerms,
}
fact!(ProjectRegistered {});

/// What is said of a project changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectChanged {
    /// Its code.
    pub code: ProjectCode,
    /// Names of the fields of `terms` that changed.
    pub changed: Vec<String>,
    /// All that is said of it from now on.
    pub terms: ProjectTerms,
}
fact!(ProjectChanged {});

/// What is said of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProjectTerms {
    /// Its name.
    pub name: String,
    /// Where it lies.
    pub region: RegionCode,
    /// Name of the owner (建设单位).
    pub owner_name: String,
    /// Code of the owner.
    pub owner: CreditCode,
    /// Name of the general contractor (施工总承包单位).
    pub contractor_name: String,
    /// Code of the general contractor.
    pub contractor: CreditCode,
    /// Contract price.
    pub contract_price: Money,
    /// Bank of the dedicated account (Decree 724 art. 26).
    pub account_bank: String,
    /// Number of the dedicated account: a firm's, not a person's.
    pub account: String,
    /// Fingerprint of the account, as payments carry it.
    pub account_index: BlindIndex,
    /// Cycle of labour-cost transfers in days (Decree 724 art. 24: at most a month).
    pub transfer_cycle_days: u16,
    /// Labour cost agreed per month.
    pub agreed_labour_cost: Money,
    /// Day on which wages of a month are due.
    pub pay_day: PayDay,
    /// Work begins.
    pub starts_on: Date,
    /// Work is planned to end.
    pub planned_end: Date,
}

/// All lines of a wage sheet are in. A missing or an added line shows against it, and one line's membership
/// can be proven alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SheetSealed {
    /// Which wages.
    pub of: LineKey,
    /// 0 = the sheet, n = 更正n.
    pub correction: u16,
    /// Number of lines.
    pub lines: u32,
    /// Sum of gross pay.
    pub gross: Money,
    /// Sum of lawful deductions.
    pub deductions: Money,
    /// Sum of advances.
    pub advances: Money,
    /// Sum of net pay.
    pub net: Money,
    /// RFC 6962 root over the lines' 16-byte command ids, ascending; 64 hexadecimal digits.
    pub root: String,
}
fact!(SheetSealed {});

/// All lines of a bank's payroll batch are in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BatchSealed {
    /// The project.
    pub project: ProjectCode,
    /// Whose workers were paid.
    pub employer: CreditCode,
    /// The wage month.
    pub month: Month,
    /// Number of the batch.
    pub batch: Reference,
    /// Account that paid.
    pub payer_account: Private,
    /// Fingerprint of that account.
    pub payer_account_index: BlindIndex,
    /// Holder of that account.
    pub payer_holder: Private,
    /// Number of lines, whatever became of them.
    pub lines: u32,
    /// Sum of all lines.
    pub amount: Money,
    /// RFC 6962 root over the lines' 16-byte command ids, ascending; 64 hexadecimal digits.
    pub root: String,
}
fact!(BatchSealed { "payer_account" => payer_account, "payer_holder" => payer_holder });

/// Money moved on the project's dedicated account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountMoved {
    /// The project.
    pub project: ProjectCode,
    /// Day of the movement.
    pub on: Date,
    /// In or out.
    pub direction: Direction,
    /// How much.
    pub amount: Money,
    /// Balance after it, as the bank states.
    pub balance: Money,
    /// The other party.
    pub counterparty: Option<Private>,
    /// Text of the bank.
    pub memo: Option<Private>,
    /// Whether the text says that this is a transfer of labour cost (人工费) by the owner.
    pub labour_cost: bool,
    /// Serial of the bank.
    pub serial: Reference,
    /// Month of the statement, and place in it from 1: the order that balances follow.
    pub statement: Month,
    /// Place in the statement, from 1.
    pub line: u32,
}
fact!(AccountMoved { "counterparty" => counterparty, "memo" => memo });

/// An organisation became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationRegistered {
    /// Its credit code.
    pub code: CreditCode,
    /// Its name.
    pub name: String,
}
fact!(OrganisationRegistered {});
