//! Individual income tax (个人所得税): what a payer has to withhold.
//!
//! Income counts in the month in which it is *paid* (IIT Regulation art. 24), per person, withholding agent and
//! calendar year. Each kind has a struct with the law of a day (`WageTax::on(day)`), whose methods take plain
//! figures and give a result that holds every intermediate figure and explains itself in `steps()`.

mod additional;
mod agent;
mod basic;
mod bonus;
mod declared;
mod insurance;
mod labour;
mod labour_year;
mod months;
mod non_resident;
mod severance;
mod table;
mod wages;
mod wages_year;

pub use additional::{Additional, Allowance, MajorIllness, Parents, Rent, Share, allowance, major_illness};
pub use agent::{
    AgentTaxYear, Paid, RightTax, SheetMonth, assumptions, first_month_employed, months_employed,
};
pub use basic::{Basic, BasicDeduction, LastYear, qualifies_for_whole_year};
pub use bonus::{Bonus, BonusTax, BonusWithholding};
pub use declared::{Declared, Deducted, Deduction, DeductionGroup, deducted};
pub use insurance::{InsuranceShares, OwnInsurance};
pub use labour::{LabourTax, LabourWithholding, Occurrence};
pub use labour_year::{
    CumulativeLabour, CumulativeLabourTax, CumulativeLabourWithholding, GapPolicy, LabourReceipt,
    LabourTotals,
};
pub use months::MonthsOfYear;
pub use non_resident::{NonResidentIncome, NonResidentTax, NonResidentWithholding};
pub use severance::{SeveranceTax, SeveranceWithholding};
pub use table::{Table, TableRow};
pub use wages::{WageTax, WageTotals, WageWithholding};
pub use wages_year::{WagePayment, WageTaxYear};

#[cfg(test)]
mod tests;
