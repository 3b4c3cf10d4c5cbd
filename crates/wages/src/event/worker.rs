//! Facts about one worker.

use super::clock;
use super::fact;
use crate::{
    BlindIndex, Component, CreditCode, DocumentKind, Ending, IdKind, IncomeType, Known, PayCycle, PayForm,
    Payer, Private, ProjectCode, Reference, Refers, TermKind, Unit,
};
use jiff::civil::{Date, DateTime, Time};
use rules::tax::Deduction;
use rules::{Days, Money, Month, PayDay};
use rust_decimal::Decimal;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

/// A worker became known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerRegistered {
    /// Name.
    pub name: Private,
    /// Kind of the identity document.
    pub id_kind: IdKind,
    /// Its number.
    pub id_number: Private,
    /// Mobile phone.
    pub phone: Option<Private>,
    /// Card that wages go to.
    pub card: Option<Private>,
    /// Fingerprint of the card.
    pub card_index: Option<BlindIndex>,
    /// Bank of the card.
    pub bank: Option<Private>,
}
fact!(WorkerRegistered {
    "name" => name, "id_number" => id_number, "phone" => phone, "card" => card, "bank" => bank
}, plain: name, id_kind, id_number, phone, card, card_index, bank);

/// What is said of a worker changed; only what changed is given.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkerChanged {
    /// New name.
    pub name: Option<Private>,
    /// New phone.
    pub phone: Option<Private>,
    /// New card.
    pub card: Option<Private>,
    /// Fingerprint of the new card.
    pub card_index: Option<BlindIndex>,
    /// New bank.
    pub bank: Option<Private>,
}
fact!(WorkerChanged { "name" => name, "phone" => phone, "card" => card, "bank" => bank });

/// A worker came onto a site. Said again of the same project and day, it replaces what was said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteEntered {
    /// The project.
    pub project: ProjectCode,
    /// The employer.
    pub employer: CreditCode,
    /// The crew.
    pub crew: Uuid,
    /// First day on site.
    pub entered_on: Date,
    /// Trade, as a code of the national platform's dictionary.
    pub trade_code: String,
    /// Trade in words.
    pub trade: String,
    /// Whether he leads the crew.
    pub crew_leader: bool,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(
    SiteEntered {},
    plain: project, employer, crew, entered_on, trade_code, trade, crew_leader, changed
);

/// A worker left a site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteLeft {
    /// The project.
    pub project: ProjectCode,
    /// The first day of the stay that ended.
    pub entered_on: Date,
    /// The last day on site; `null` takes an earlier statement back: he is still there.
    pub left_on: Option<Date>,
    /// How it came; `unknown` where an earlier statement is taken back.
    pub how: Ending,
}
fact!(SiteLeft {});

/// A contract was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractSigned {
    /// Number that the employer gave it.
    pub contract: Reference,
    /// The project.
    pub project: ProjectCode,
    /// The employer.
    pub employer: CreditCode,
    /// Kind of paper.
    pub document: DocumentKind,
    /// Day of signing.
    pub signed_on: Date,
    /// What was agreed.
    pub terms: ContractTerms,
}
fact!(ContractSigned {}, plain: contract, project, employer, document, signed_on, terms);

/// What a contract says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractTerms {
    /// How its end is fixed.
    pub term: TermKind,
    /// First day.
    pub starts_on: Date,
    /// Last day; always there for a fixed term.
    pub ends_on: Option<Date>,
    /// How pay is counted.
    pub pay_form: PayForm,
    /// Yuan per unit.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "String")]
    pub unit_price: Decimal,
    /// The unit.
    pub unit: Unit,
    /// How often wages are paid.
    pub pay_cycle: PayCycle,
    /// Day on which wages of a month are due; `null` = the paper names none.
    pub pay_day: Option<PayDay>,
    /// Kind of income.
    pub income: IncomeType,
}

/// A contract's terms changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractAmended {
    /// The entry of its signing.
    pub contract: Refers,
    /// From this day.
    pub from: Date,
    /// All terms from then on.
    pub terms: ContractTerms,
    /// Why.
    pub reason: Private,
}
fact!(ContractAmended { "reason" => reason }, refers: contract);

/// A contract ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContractEnded {
    /// The entry of its signing.
    pub contract: Refers,
    /// Last day.
    pub ended_on: Date,
    /// How it ended.
    pub how: Ending,
    /// Article of the Labour Contract Law (36 to 44) that is the ground.
    pub ground: Known<u8>,
    /// Details in words.
    pub reason: Option<Private>,
}
fact!(ContractEnded { "reason" => reason }, refers: contract);

/// One day on site, as the gate saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkDay {
    /// The day.
    #[serde(deserialize_with = "clock::day")]
    pub on: Date,
    /// 工日.
    pub days: Days,
    /// First time in, China time.
    #[serde(rename = "in", default, deserialize_with = "clock::time")]
    #[schemars(!default)]
    pub first_in: Option<Time>,
    /// Last time out, China time.
    #[serde(rename = "out", default, deserialize_with = "clock::time")]
    #[schemars(!default)]
    pub last_out: Option<Time>,
    /// The gate's device; or `unknown`.
    #[schemars(with = "String")]
    pub device: SmolStr,
}

/// Days worked: one worker's days of one file, ascending.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkRecorded {
    /// The project.
    pub project: ProjectCode,
    /// The days; none of them was recorded before.
    #[serde(deserialize_with = "clock::days")]
    pub days: Vec<WorkDay>,
}
fact!(WorkRecorded {}, plain: project, days);

/// Days worked, corrected: what is said of these days replaces what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkCorrected {
    /// The entry that is corrected.
    pub corrects: Refers,
    /// The project.
    pub project: ProjectCode,
    /// The days as they should be, all of them days of the corrected entry.
    #[serde(deserialize_with = "clock::days")]
    pub days: Vec<WorkDay>,
    /// Why.
    pub reason: Private,
}
fact!(WorkCorrected { "reason" => reason }, refers: corrects);

/// Which wages: the sheet a line stands on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LineKey {
    /// The project.
    pub project: ProjectCode,
    /// The employer.
    pub employer: CreditCode,
    /// The crew.
    pub crew: Uuid,
    /// The wage month.
    pub month: Month,
}

/// One line of a wage sheet. Net = gross − deductions − advances, which the rule checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WageLine {
    /// 工日 as the sheet says.
    pub days: Days,
    /// Overtime hours as the sheet says; they are inside the quantity.
    #[serde(default, with = "rust_decimal::serde::str_option")]
    #[schemars(with = "Option<String>")]
    pub overtime_hours: Option<Decimal>,
    /// How pay was counted.
    pub pay_form: PayForm,
    /// Yuan per unit.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "String")]
    pub unit_price: Decimal,
    /// Units.
    #[serde(with = "rust_decimal::serde::str")]
    #[schemars(with = "String")]
    pub quantity: Decimal,
    /// Gross pay (应发工资).
    pub gross: Money,
    /// What gross pay is made of; the sum is `gross`.
    pub components: Vec<GrossComponent>,
    /// What the law lets the employer keep back.
    pub deductions: Deductions,
    /// What the worker had already received, as the employer claims: payments, not deductions.
    pub advances: Advances,
    /// Net pay (实发工资): still to be paid.
    pub net: Money,
    /// Account that the sheet names.
    pub account: Option<Private>,
    /// Fingerprint of that account.
    pub account_index: Option<BlindIndex>,
    /// Remark on the line.
    pub remark: Option<Private>,
}

/// One component of gross pay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GrossComponent {
    /// Kind.
    pub kind: Component,
    /// Amount.
    pub amount: Money,
}

/// Lawful deductions by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Deductions {
    /// Own social insurance (社保个人部分).
    pub social_insurance: Money,
    /// Own housing fund (公积金个人部分).
    pub housing_fund: Money,
    /// Individual income tax (个人所得税).
    pub income_tax: Money,
    /// Others (其他扣款).
    pub other: Money,
}

/// Advances by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Advances {
    /// Advance on wages (借支).
    pub loan: Money,
    /// Living-cost advance (生活费).
    pub living_cost: Money,
}

impl Deductions {
    /// The sum, unless it is beyond what can be recorded.
    pub fn total(&self) -> Option<Money> {
        Money::checked_sum([self.social_insurance, self.housing_fund, self.income_tax, self.other])
    }
}

impl Advances {
    /// The sum, unless it is beyond what can be recorded.
    pub fn total(&self) -> Option<Money> {
        self.loan.checked_add(self.living_cost)
    }
}

/// Wages of a month became owed: one line of a wage sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WagesAccrued {
    /// Which wages.
    pub of: LineKey,
    /// 0 = the sheet; n = the line came new with 更正n.
    pub correction: u16,
    /// The line.
    pub line: WageLine,
}
fact!(
    WagesAccrued { "line.account" => line.account, "line.remark" => line.remark },
    plain: of, correction, line
);

/// A line of a wage sheet was replaced. Of several the highest number counts, whatever order they came in;
/// all stay in the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WagesCorrected {
    /// The entry by which the wages first became owed.
    pub corrects: Refers,
    /// Which wages.
    pub of: LineKey,
    /// Number of the correction, from 1.
    pub correction: u16,
    /// The line as it should be.
    pub line: WageLine,
    /// Why; as a rule the remark on the corrected sheet.
    pub reason: Private,
}
fact!(WagesCorrected {
    "line.account" => line.account, "line.remark" => line.remark, "reason" => reason
}, refers: corrects);

/// Income tax was withheld and declared, as a withholding return says. (What wage sheets show as withheld
/// stands among their deductions.)
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaxWithheld {
    /// The withholding agent.
    pub employer: CreditCode,
    /// Month of payment: the month that the tax belongs to (IIT Regulation art. 24).
    pub pay_month: Month,
    /// Kind of income.
    pub income: IncomeType,
    /// Income of the month as declared.
    pub declared_income: Money,
    /// Tax withheld.
    pub amount: Money,
    /// Number of the return.
    pub declaration: Reference,
}
fact!(TaxWithheld {});

/// A worker told his withholding agent what to deduct a month (专项附加扣除 and others; IIT Law art. 11). Said again for the
/// same employer, kind and first month it takes the place of what was said before; an amount of 0 takes it back. A
/// later first month ends the earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeductionDeclared {
    /// The withholding agent.
    pub employer: CreditCode,
    /// What is deducted.
    pub kind: Deduction,
    /// So much a month.
    pub monthly: Money,
    /// First month.
    pub from: Month,
    /// Last month; `null` = until something else is said.
    pub until: Option<Month>,
    /// Day on which the worker told his agent.
    pub declared_on: Date,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(DeductionDeclared {});

/// What every payment says: to whom for what, by whom, how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentDetails {
    /// The project.
    pub project: ProjectCode,
    /// The employer whose wages are paid.
    pub employer: CreditCode,
    /// The wage month.
    pub month: Month,
    /// Who paid.
    pub payer: Payer,
    /// Fingerprint of the account that paid.
    pub payer_account_index: Option<BlindIndex>,
    /// Number of the bank batch.
    pub batch: Reference,
    /// Place in the batch, from 1.
    pub number: u32,
    /// Serial of the bank; a failed payment may have none.
    pub serial: Option<Reference>,
    /// How much.
    pub amount: Money,
    /// Account that was to receive it.
    pub payee_account: Private,
    /// Fingerprint of that account.
    pub payee_account_index: BlindIndex,
    /// Holder of that account as the bank states.
    pub payee_holder: Private,
}

/// Money reached the worker's account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentRecorded {
    /// To whom for what.
    pub payment: PaymentDetails,
    /// When the bank booked it, China time; its date is the value date.
    pub value_at: DateTime,
}
fact!(PaymentRecorded {
    "payment.payee_account" => payment.payee_account, "payment.payee_holder" => payment.payee_holder
}, plain: payment, value_at);

/// A payment was ordered and did not go through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentFailed {
    /// To whom for what.
    pub payment: PaymentDetails,
    /// Why, as the bank says.
    pub reason: Option<Private>,
}
fact!(PaymentFailed {
    "payment.payee_account" => payment.payee_account, "payment.payee_holder" => payment.payee_holder,
    "reason" => reason
});

/// A payment that had gone through came back: from its day on the money is owed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaymentReturned {
    /// The entry of the payment.
    pub returns: Refers,
    /// The line of the bank that says so.
    pub payment: PaymentDetails,
    /// When it came back, China time.
    pub returned_at: DateTime,
    /// Why, as the bank says.
    pub reason: Option<Private>,
}
fact!(PaymentReturned {
    "payment.payee_account" => payment.payee_account, "payment.payee_holder" => payment.payee_holder,
    "reason" => reason
}, refers: returns);

/// The worker says that a line is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WagesConfirmed {
    /// The entry of the line.
    pub line: Refers,
}
fact!(WagesConfirmed {}, refers: line);

/// The worker says that a line is not true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WagesDisputed {
    /// The entry of the line.
    pub line: Refers,
    /// Net pay that he claims, when he names an amount.
    pub claimed_net: Option<Money>,
    /// In his own words.
    pub statement: Private,
}
fact!(WagesDisputed { "statement" => statement }, refers: line);
