//! Facts about who answers for wages on a project, and about who watched: subcontracts, wage deposits,
//! inspections, complaints. All are statements of how things are: said again under the same key, a statement
//! takes the place of what was said before.

use super::fact;
use crate::{
    ComplaintChannel, ComplaintState, CreditCode, DepositForm, InspectionDecision, Private, ProjectCode,
    Reference, SubcontractKind,
};
use jiff::civil::Date;
use rules::Money;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A subcontract of a project (分包合同), known by its number. The chain of who answers for a worker's wage is
/// read from these and from the project's terms (Decree 724 arts 30, 36).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SubcontractSigned {
    /// The project.
    pub project: ProjectCode,
    /// Number of the contract.
    pub number: Reference,
    /// Name of who gives the work out (发包单位).
    pub giver_name: String,
    /// Code of who gives the work out.
    pub giver: CreditCode,
    /// Name of who takes it (承包单位).
    pub taker_name: String,
    /// Code of who takes it.
    pub taker: CreditCode,
    /// Of works or of labour.
    pub kind: SubcontractKind,
    /// Day of signing.
    pub signed_on: Date,
    /// First day.
    pub starts_on: Date,
    /// Last day.
    pub ends_on: Date,
    /// Price.
    pub price: Money,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(SubcontractSigned {});

/// A wage deposit or guarantee of a project (工资保证金; Decree 724 art. 32), known by project and number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositLodged {
    /// The project.
    pub project: ProjectCode,
    /// Number of the paper.
    pub number: Reference,
    /// For whom it stands: the code of the liable firm (责任单位).
    pub liable: CreditCode,
    /// In what form.
    pub form: DepositForm,
    /// How much.
    pub amount: Money,
    /// Name of the bank, guarantee firm or insurer.
    pub issuer: String,
    /// First day on which it is valid.
    pub valid_from: Date,
    /// Last day on which it is valid.
    pub valid_to: Date,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(DepositLodged {});

/// An authority inspected a site, known by project, day and authority.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SiteInspected {
    /// The project.
    pub project: ProjectCode,
    /// Day of the inspection.
    pub on: Date,
    /// Name of the authority.
    pub by: String,
    /// The notice board on workers' rights (维权信息告示牌, Decree 724 art. 34) was there.
    pub board: bool,
    /// The labour officer (劳资专管员, Decree 724 art. 28) was there.
    pub officer: bool,
    /// Real-name management (实名制) was in order.
    pub real_name: bool,
    /// What was found.
    pub problem: Option<Private>,
    /// What was decided.
    pub decision: InspectionDecision,
    /// Day by which it is to be put right.
    pub correct_by: Option<Date>,
    /// Day on which the case was closed.
    pub closed_on: Option<Date>,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(SiteInspected { "problem" => problem });

/// A complaint about unpaid wages on a project, known by its registration number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintFiled {
    /// The project.
    pub project: ProjectCode,
    /// Registration number.
    pub number: Reference,
    /// Day of registration.
    pub on: Date,
    /// How it came in.
    pub channel: ComplaintChannel,
    /// How many workers it concerns.
    pub people: u32,
    /// How much it is about.
    pub amount: Money,
    /// How far it is.
    pub state: ComplaintState,
    /// Day on which it was closed.
    pub closed_on: Option<Date>,
    /// Names of the fields that differ from what was said before; empty at the first time.
    pub changed: Vec<String>,
}
fact!(ComplaintFiled {});
