//! What somebody asks.

use crate::event::{
    AccountMoved, BatchSealed, ClockOverridden, ComplaintFiled, ContractAmended, ContractEnded,
    ContractSigned, CrewRegistered, DataRevealed, DeductionDeclared, DepositLodged, Event, FileImported,
    LedgerCreated, OrganisationRegistered, PaymentFailed, PaymentRecorded, PaymentReturned, ProjectChanged,
    ProjectRegistered, SheetSealed, SiteEntered, SiteInspected, SiteLeft, SubcontractSigned, TaxWithheld,
    WagesAccrued, WagesConfirmed, WagesCorrected, WagesDisputed, WarningAcknowledged, WarningAssigned,
    WarningExplained, WarningOrdered, WarningResolved, WorkCorrected, WorkRecorded, WorkerChanged,
    WorkerRegistered,
};

use crate::Refers;
use crate::event::Fact;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

macro_rules! commands {
    ($($(#[$doc:meta])* $name:ident => $event:ident;)*) => {
        /// What somebody asks to be recorded: complete, typed, with personal data still plain. What is asked
        /// has the shape of the fact that it would become; [`crate::decide`] turns one into the other.
        ///
        /// As JSON: the fact's fields beside `"type":"RecordPayment"`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
        #[serde(tag = "type")]
        pub enum Command { $($(#[$doc])* $name($event)),* }

        impl Command {
            /// The fact that this would become.
            pub fn into_event(self) -> Event {
                match self { $(Command::$name(asked) => Event::$event(asked)),* }
            }

            /// The fact that this would become, looked at in place.
            fn as_fact(&self) -> &dyn Fact {
                match self { $(Command::$name(asked) => asked),* }
            }

            /// The command's name, as in `RecordPayment`.
            pub fn name(&self) -> &'static str {
                match self { $(Command::$name(_) => stringify!($name)),* }
            }
        }
    };
}

commands! {
    /// Open the ledger.
    CreateLedger => LedgerCreated;
    /// Note that a file was taken in.
    ImportFile => FileImported;
    /// Note that personal data was shown.
    RevealData => DataRevealed;
    /// Go on after an entry that a wrong clock stamped.
    OverrideClock => ClockOverridden;
    /// Make a worker known.
    RegisterWorker => WorkerRegistered;
    /// Change what is said of a worker.
    ChangeWorker => WorkerChanged;
    /// A worker comes onto a site.
    EnterSite => SiteEntered;
    /// A worker leaves a site.
    LeaveSite => SiteLeft;
    /// A contract is signed.
    SignContract => ContractSigned;
    /// A contract's terms change.
    AmendContract => ContractAmended;
    /// A contract ends.
    EndContract => ContractEnded;
    /// Days worked.
    RecordWork => WorkRecorded;
    /// Days worked, put right.
    CorrectWork => WorkCorrected;
    /// Wages become owed.
    AccrueWages => WagesAccrued;
    /// Wages owed, put right.
    CorrectWages => WagesCorrected;
    /// Tax withheld and declared.
    WithholdTax => TaxWithheld;
    /// The worker tells what to deduct a month.
    DeclareDeduction => DeductionDeclared;
    /// Money reached the worker.
    RecordPayment => PaymentRecorded;
    /// A payment did not go through.
    FailPayment => PaymentFailed;
    /// A payment came back.
    ReturnPayment => PaymentReturned;
    /// The worker says yes.
    ConfirmWages => WagesConfirmed;
    /// The worker says no.
    DisputeWages => WagesDisputed;
    /// Make a crew known.
    RegisterCrew => CrewRegistered;
    /// Make a project known.
    RegisterProject => ProjectRegistered;
    /// Change what is said of a project.
    ChangeProject => ProjectChanged;
    /// All lines of a sheet are in.
    SealSheet => SheetSealed;
    /// All lines of a batch are in.
    SealBatch => BatchSealed;
    /// Money moves on the dedicated account.
    MoveAccount => AccountMoved;
    /// Make an organisation known.
    RegisterOrganisation => OrganisationRegistered;
    /// A subcontract is signed.
    SignSubcontract => SubcontractSigned;
    /// A wage deposit is lodged.
    LodgeDeposit => DepositLodged;
    /// A site is inspected.
    InspectSite => SiteInspected;
    /// Somebody complains.
    FileComplaint => ComplaintFiled;
    /// A warning is seen.
    AcknowledgeWarning => WarningAcknowledged;
    /// Somebody is to take care of a warning.
    AssignWarning => WarningAssigned;
    /// A time limit is ordered.
    OrderWarning => WarningOrdered;
    /// A warning is explained.
    ExplainWarning => WarningExplained;
    /// A warning is said to be settled.
    ResolveWarning => WarningResolved;
}

impl Command {
    /// The earlier entry that the command names.
    pub fn refers(&self) -> Option<&Refers> {
        self.as_fact().refers()
    }

    /// Whether it carries personal data, which is sealed with the subject's key.
    pub fn has_private(&self) -> bool {
        let mut any = false;
        self.as_fact().each_private(&mut |_, _| any = true);
        any
    }
}
