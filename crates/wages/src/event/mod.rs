//! Facts: what an entry's body says.
//!
//! A body is compact JSON, written once and hashed as written:
//! `{"type":"payment.recorded","v":1, …the fact's fields in fixed order…, "source":{…}}`.
//! Amounts, days and dates are text; there are no floats.

mod body;
mod clock;
mod ledger;
mod oversight;
mod plain;
mod project;
mod warning;
mod worker;

pub use ledger::{ClockOverridden, DataRevealed, FileImported, LedgerCreated, LedgerKey, RowCounts};
pub use oversight::{ComplaintFiled, DepositLodged, SiteInspected, SubcontractSigned};
pub use project::{
    AccountMoved, BatchSealed, CrewRegistered, OrganisationRegistered, ProjectChanged, ProjectRegistered,
    ProjectTerms, SheetSealed,
};
pub use warning::{
    WarningAcknowledged, WarningAssigned, WarningExplained, WarningKey, WarningOrdered, WarningResolved,
};
pub use worker::{
    Advances, ContractAmended, ContractEnded, ContractSigned, ContractTerms, DeductionDeclared, Deductions,
    GrossComponent, LineKey, PaymentDetails, PaymentFailed, PaymentRecorded, PaymentReturned, SiteEntered,
    SiteLeft, TaxWithheld, WageLine, WagesAccrued, WagesConfirmed, WagesCorrected, WagesDisputed,
    WorkCorrected, WorkDay, WorkRecorded, WorkerChanged, WorkerRegistered,
};

use crate::{Private, Refers, Source};
use plain::Plain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A field that holds personal data, or may.
pub(crate) trait PrivateSlot {
    fn slot(&self) -> Option<&Private>;
    fn slot_mut(&mut self) -> Option<&mut Private>;
}

impl PrivateSlot for Private {
    fn slot(&self) -> Option<&Private> {
        Some(self)
    }
    fn slot_mut(&mut self) -> Option<&mut Private> {
        Some(self)
    }
}

impl PrivateSlot for Option<Private> {
    fn slot(&self) -> Option<&Private> {
        self.as_ref()
    }
    fn slot_mut(&mut self) -> Option<&mut Private> {
        self.as_mut()
    }
}

/// What every kind of fact can be asked: its personal data by field name, and the entry it refers to.
pub(crate) trait Fact {
    fn each_private(&self, _f: &mut dyn FnMut(&'static str, &Private)) {}
    fn each_private_mut(&mut self, _f: &mut dyn FnMut(&'static str, &mut Private)) {}
    fn refers(&self) -> Option<&Refers> {
        None
    }
    fn refers_mut(&mut self) -> Option<&mut Refers> {
        None
    }
    /// Reads the fact's own fields as this program writes them; nothing where they are written otherwise, or where the
    /// type is too rare.
    fn read_plain(_text: &mut Plain<'_>) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// Implements [`Fact`]: `fact!(Type { "field.name" => field.path, … })`, with `, refers: field` at the end for
/// a fact that names an earlier entry, and `, plain: field, …`, all fields in their order, for one that fills ledgers.
macro_rules! fact {
    ($name:ident { $($field:literal => $($path:ident).+),* } $(, refers: $refers:ident)? $(, plain: $($plain:ident),+)?) => {
        impl $crate::event::Fact for $name {
            fn each_private(&self, _f: &mut dyn FnMut(&'static str, &$crate::Private)) {
                $(if let Some(slot) = $crate::event::PrivateSlot::slot(&self.$($path).+) { _f($field, slot) })*
            }
            fn each_private_mut(&mut self, _f: &mut dyn FnMut(&'static str, &mut $crate::Private)) {
                $(if let Some(slot) = $crate::event::PrivateSlot::slot_mut(&mut self.$($path).+) { _f($field, slot) })*
            }
            $(
                fn refers(&self) -> Option<&$crate::Refers> {
                    Some(&self.$refers)
                }
                fn refers_mut(&mut self) -> Option<&mut $crate::Refers> {
                    Some(&mut self.$refers)
                }
            )?
            $(
                fn read_plain(text: &mut $crate::event::plain::Plain<'_>) -> Option<$name> {
                    $crate::event::plain::fields!(text, $name { $($plain),+ })
                }
            )?
        }
    };
}
pub(crate) use fact;

/// Why a body is no fact that this program can read or write.
#[derive(Debug, thiserror::Error)]
pub enum BodyError {
    /// Not JSON, or not of the form that its type and version have.
    #[error("reading a body of type {type_name}")]
    Malformed {
        /// What the body says its type is, or `?`.
        type_name: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A later program's fact. A reader stops here; it never skips.
    #[error("type {type_name} version {version} is not known to this program: a newer one wrote it")]
    UnknownType {
        /// The type.
        type_name: String,
        /// The version.
        version: u16,
    },
    /// Personal data still plain, or a reference still by command: a programming error, refused before
    /// anything is written.
    #[error("field {0} is not ready to be recorded")]
    NotReady(&'static str),
}

#[derive(Serialize)]
struct BodyOut<'a, T> {
    #[serde(rename = "type")]
    type_name: &'a str,
    v: u16,
    #[serde(flatten)]
    event: &'a T,
    source: &'a Source,
}

/// Room for most bodies, so that writing one does not move it as it grows.
const USUAL_BODY_LEN: usize = 1024;

macro_rules! events {
    ($($(#[$doc:meta])* $number:literal $name:ident = $type_name:literal, $version:literal, $subject:ident;)*) => {
        /// A fact, of one of the types of the ledger's language.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Event { $($(#[$doc])* $name($name)),* }

        impl Event {
            /// Every type of fact, in the order of this list.
            pub const TYPES: &'static [EventType] = &[$(EventType {
                number: $number, name: $type_name, version: $version,
            }),*];

            /// The type's number.
            pub fn number(&self) -> u16 {
                match self { $(Event::$name(_) => $number),* }
            }

            /// The type's name, as in `payment.recorded`.
            pub fn type_name(&self) -> &'static str {
                match self { $(Event::$name(_) => $type_name),* }
            }

            /// The version in which this program writes the type.
            pub fn version(&self) -> u16 {
                match self { $(Event::$name(_) => $version),* }
            }

            /// On what kind of subject's stream such a fact stands.
            pub fn subject_kind(&self) -> SubjectKind {
                match self { $(Event::$name(_) => SubjectKind::$subject),* }
            }

            fn as_fact(&self) -> &dyn Fact {
                match self { $(Event::$name(event) => event),* }
            }

            fn as_fact_mut(&mut self) -> &mut dyn Fact {
                match self { $(Event::$name(event) => event),* }
            }

            fn write(&self, source: &Source) -> Result<Vec<u8>, serde_json::Error> {
                let mut body = Vec::with_capacity(USUAL_BODY_LEN);
                match self {
                    $(Event::$name(event) => serde_json::to_writer(&mut body, &BodyOut {
                        type_name: $type_name, v: $version, event, source,
                    })?),*
                }
                Ok(body)
            }

            /// The fact's own fields as JSON, whatever of it is plain: for showing, never for recording.
            pub fn to_value(&self) -> Result<serde_json::Value, serde_json::Error> {
                match self { $(Event::$name(event) => serde_json::to_value(event)),* }
            }

            fn read(
                body: &[u8],
                announced: &body::Announced<'_>,
            ) -> Option<Result<(Event, Source), serde_json::Error>> {
                match (announced.type_name.as_ref(), announced.v) {
                    $(($type_name, $version) => {
                        let read = body::read(body, announced);
                        Some(read.map(|(event, source)| (Event::$name(event), source)))
                    })*
                    _ => None,
                }
            }

            /// JSON Schema 2020-12 of every type's body.
            pub fn schemas() -> Vec<(EventType, serde_json::Value)> {
                let schemas = [$(fact_schema::<$name>()),*];
                let with_type = |(of, schema): (&EventType, schemars::Schema)| (*of, body_schema(schema, of));
                Event::TYPES.iter().zip(schemas).map(with_type).collect()
            }
        }
    };
}

/// A type of fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventType {
    /// Its number, from 1, for what keeps types short. It is given once and never again, whatever becomes of the type.
    pub number: u16,
    /// Its name, as in `payment.recorded`.
    pub name: &'static str,
    /// The version in which this program writes it.
    pub version: u16,
}

/// On what kind of subject's stream a fact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// The ledger itself.
    Ledger,
    /// A worker.
    Worker,
    /// A crew on a project.
    Crew,
    /// A project.
    Project,
    /// An organisation.
    Organisation,
    /// The ledger or a worker.
    LedgerOrWorker,
    /// A project or an organisation.
    ProjectOrOrganisation,
}

// Each line: the type's number, the fact, the type's name, its version, whose stream it stands on. A new type takes the next
// number that was never given.
events! {
    /// The first entry of every ledger.
    1 LedgerCreated = "ledger.created", 1, Ledger;
    /// A file was taken in.
    2 FileImported = "file.imported", 1, Ledger;
    /// Somebody was shown sealed personal data.
    3 DataRevealed = "data.revealed", 1, LedgerOrWorker;
    /// A worker became known.
    4 WorkerRegistered = "worker.registered", 1, Worker;
    /// A worker's name, phone, card or bank changed.
    5 WorkerChanged = "worker.changed", 1, Worker;
    /// A worker came onto a site, or what is said of his coming changed.
    6 SiteEntered = "site.entered", 1, Worker;
    /// A worker left a site.
    7 SiteLeft = "site.left", 1, Worker;
    /// A contract was signed.
    8 ContractSigned = "contract.signed", 1, Worker;
    /// A contract's terms changed.
    9 ContractAmended = "contract.amended", 1, Worker;
    /// A contract ended.
    10 ContractEnded = "contract.ended", 1, Worker;
    /// Days worked, of one worker in one file.
    11 WorkRecorded = "work.recorded", 1, Worker;
    /// Days worked, corrected.
    12 WorkCorrected = "work.corrected", 1, Worker;
    /// Wages of a month became owed: one line of a wage sheet.
    13 WagesAccrued = "wages.accrued", 1, Worker;
    /// A line of a wage sheet was replaced.
    14 WagesCorrected = "wages.corrected", 1, Worker;
    /// Income tax was withheld and declared.
    15 TaxWithheld = "tax.withheld", 1, Worker;
    /// A worker told his withholding agent what to deduct a month, or what is said of it changed.
    16 DeductionDeclared = "deduction.declared", 1, Worker;
    /// Money reached the worker's account.
    17 PaymentRecorded = "payment.recorded", 1, Worker;
    /// A payment was ordered and did not go through.
    18 PaymentFailed = "payment.failed", 1, Worker;
    /// A payment that had gone through came back.
    19 PaymentReturned = "payment.returned", 1, Worker;
    /// The worker says that a line is true.
    20 WagesConfirmed = "wages.confirmed", 1, Worker;
    /// The worker says that a line is not true.
    21 WagesDisputed = "wages.disputed", 1, Worker;
    /// A crew became known.
    22 CrewRegistered = "crew.registered", 1, Crew;
    /// A project became known.
    23 ProjectRegistered = "project.registered", 1, Project;
    /// What is said of a project changed.
    24 ProjectChanged = "project.changed", 1, Project;
    /// All lines of a wage sheet are in.
    25 SheetSealed = "sheet.sealed", 1, Project;
    /// All lines of a bank batch are in.
    26 BatchSealed = "batch.sealed", 1, Project;
    /// Money moved on the project's dedicated account.
    27 AccountMoved = "account.moved", 1, Project;
    /// An organisation became known.
    28 OrganisationRegistered = "organisation.registered", 1, Organisation;
    /// A subcontract was signed, or what is said of it changed.
    29 SubcontractSigned = "subcontract.signed", 1, Project;
    /// A wage deposit or guarantee was lodged, or what is said of it changed.
    30 DepositLodged = "deposit.lodged", 1, Project;
    /// An authority inspected the site, or what is said of the inspection changed.
    31 SiteInspected = "site.inspected", 1, Project;
    /// Somebody complained of unpaid wages, or what is said of the complaint changed.
    32 ComplaintFiled = "complaint.filed", 1, Project;
    /// A warning was seen.
    33 WarningAcknowledged = "warning.acknowledged", 1, ProjectOrOrganisation;
    /// Somebody is to take care of a warning.
    34 WarningAssigned = "warning.assigned", 1, ProjectOrOrganisation;
    /// An authority ordered a time limit.
    35 WarningOrdered = "warning.ordered", 1, ProjectOrOrganisation;
    /// Somebody says how a warning came about.
    36 WarningExplained = "warning.explained", 1, ProjectOrOrganisation;
    /// Somebody says that a warning is settled.
    37 WarningResolved = "warning.resolved", 1, ProjectOrOrganisation;
    /// A wrong time of recording was overruled.
    38 ClockOverridden = "clock.overridden", 1, Ledger;
}

/// The schema of a fact's own fields, with that of its source among the definitions.
fn fact_schema<E: JsonSchema>() -> schemars::Schema {
    let mut generator = schemars::generate::SchemaSettings::draft2020_12().into_generator();
    generator.subschema_for::<Source>();
    generator.into_root_schema_for::<E>()
}

/// The schema of a whole body: of the fact's own fields, with what stands around them.
fn body_schema(schema: schemars::Schema, of: &EventType) -> serde_json::Value {
    let EventType { number, name, version } = of;
    let mut schema = schema.to_value();
    if let Some(object) = schema.as_object_mut() {
        let file = format!("{name}.v{version}.json");
        object.insert("$id".to_owned(), serde_json::json!(format!("urn:wageledger:event:{file}")));
        object.insert("title".to_owned(), serde_json::json!(name));
        object.insert("x-event-number".to_owned(), serde_json::json!(number));
        let properties = object.entry("properties").or_insert_with(|| serde_json::json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert("type".to_owned(), serde_json::json!({ "const": name }));
            properties.insert("v".to_owned(), serde_json::json!({ "const": version }));
            properties.insert("source".to_owned(), serde_json::json!({ "$ref": "#/$defs/Source" }));
        }
        let required = object.entry("required").or_insert_with(|| serde_json::json!([]));
        if let Some(required) = required.as_array_mut() {
            required.extend(["type", "v", "source"].map(|name| serde_json::json!(name)));
        }
    }
    schema
}

impl Event {
    /// The body to be hashed and stored. Refuses what is not ready: plain personal data, or a reference that
    /// does not name an entry yet.
    pub fn to_body(&self, source: &Source) -> Result<Vec<u8>, BodyError> {
        let mut plain = None;
        self.each_private(&mut |field, private| {
            if private.plain().is_some() {
                plain = Some(field);
            }
        });
        if let Some(field) = plain {
            return Err(BodyError::NotReady(field));
        }
        if self.refers().is_some_and(|refers| refers.entry().is_none()) {
            return Err(BodyError::NotReady("the entry referred to"));
        }
        self.write(source)
            .map_err(|source| BodyError::Malformed { type_name: self.type_name().to_owned(), source })
    }

    /// Reads a body back.
    pub fn from_body(body: &[u8]) -> Result<(Event, Source), BodyError> {
        let announced = body::announced(body)
            .map_err(|source| BodyError::Malformed { type_name: "?".to_owned(), source })?;
        let type_name = || announced.type_name.to_string();
        match Event::read(body, &announced) {
            Some(Ok(read)) => Ok(read),
            Some(Err(source)) => Err(BodyError::Malformed { type_name: type_name(), source }),
            None => Err(BodyError::UnknownType { type_name: type_name(), version: announced.v }),
        }
    }

    /// Calls `f` with the name and value of every field that holds personal data. The name is part of what is
    /// sealed: a sealed value moved to another field does not open.
    pub fn each_private(&self, f: &mut dyn FnMut(&'static str, &Private)) {
        self.as_fact().each_private(f);
    }

    /// As [`Event::each_private`], to seal or open in place.
    pub fn each_private_mut(&mut self, f: &mut dyn FnMut(&'static str, &mut Private)) {
        self.as_fact_mut().each_private_mut(f);
    }

    /// The earlier entry that the fact names.
    pub fn refers(&self) -> Option<&Refers> {
        self.as_fact().refers()
    }

    /// The same fact, naming the entry `seq`; unchanged when it names none.
    #[must_use]
    pub fn with_reference(mut self, seq: u64) -> Event {
        if let Some(refers) = self.refers_mut() {
            *refers = Refers::Entry(seq);
        }
        self
    }

    fn refers_mut(&mut self) -> Option<&mut Refers> {
        self.as_fact_mut().refers_mut()
    }
}
