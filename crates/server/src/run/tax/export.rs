//! `wageledger tax --export`: the files that a withholding agent takes to the tax office.

use super::Tax;
use crate::failure::Failure;
use crate::run::arrears::opened;
use formats::{TaxField as Field, TaxForm, TaxRecord, TaxTemplate};
use jiff::civil::Date;
use readmodel::{Payee, ReadModel};
use rules::tax::{
    Deduction, DeductionGroup, InsuranceShares, LabourWithholding, Paid, RightTax, WageWithholding,
};
use rules::{Decimal, Money, Month};
use std::path::{Path, PathBuf};
use uuid::Uuid;
use vault::Keys;
use wages::{CreditCode, IdKind, IdNumber, SealedField};

/// A file that was made, and how many people or incomes it names.
pub(super) struct Made {
    pub(super) path: PathBuf,
    pub(super) rows: usize,
}

/// Whom an agent paid in the month asked about.
pub(super) struct Return {
    employer: CreditCode,
    pay_month: Month,
    payees: Vec<Payee>,
    /// Deductions that none of them declared.
    not_declared: Vec<DeductionGroup>,
}

impl Return {
    pub(super) async fn read(args: &Tax, model: &ReadModel) -> Result<Return, Failure> {
        let Some(employer) = args.employer.clone() else {
            return Err(Failure::Usage("--export needs --employer: a return is one agent's".to_owned()));
        };
        let (payees, not_declared) = model.payees(args.month, &employer).await?;
        Ok(Return { employer, pay_month: args.month, payees, not_declared })
    }

    /// Deductions that nobody declared: their columns are empty.
    pub(super) fn not_declared(&self) -> &[DeductionGroup] {
        &self.not_declared
    }

    /// Whose data are in the files.
    pub(super) fn workers(&self) -> Vec<Uuid> {
        self.payees.iter().map(|payee| payee.worker).collect()
    }

    /// Writes the files into a folder, over what is there of the same agent and month.
    pub(super) fn write(
        &self,
        folder: &Path,
        personnel: &TaxTemplate,
        keys: &Keys,
    ) -> Result<Vec<Made>, Failure> {
        let shares = InsuranceShares::on(self.pay_month.first_day())?;
        let mut people =
            self.payees.iter().map(|payee| Person::open(payee, keys)).collect::<Result<Vec<_>, _>>()?;
        people.sort_by(|one, other| one.id_number.cmp(&other.id_number));
        std::fs::create_dir_all(folder)?;
        let of = |paid| people.iter().filter(move |person| person.payee.paid == paid);
        let incomes =
            |paid| of(paid).map(|person| person.income(&shares)).collect::<Result<Vec<_>, Failure>>();
        let mut known: Vec<TaxRecord> = people.iter().map(Person::personnel).collect();
        // Who has wages and remuneration of one agent is one person.
        known.dedup_by(|one, other| one.get(Field::IdNumber) == other.get(Field::IdNumber));
        let returned = (1..).zip(&people).map(|(number, person)| person.returned(number, &shares));
        let returned = returned.collect::<Result<Vec<_>, _>>()?;
        Ok(vec![
            self.workbook(folder, personnel, &known)?,
            self.workbook(folder, &TaxTemplate::of(TaxForm::NormalWages)?, &incomes(Paid::Wages)?)?,
            self.workbook(folder, &TaxTemplate::of(TaxForm::LabourRemuneration)?, &incomes(Paid::Services)?)?,
            self.columns(folder, &TaxTemplate::of(TaxForm::WithholdingReturn)?, &returned)?,
        ])
    }

    fn workbook(&self, folder: &Path, of: &TaxTemplate, records: &[TaxRecord]) -> Result<Made, Failure> {
        self.file(folder, &of.title, "xlsx", &of.workbook(records)?, records.len())
    }

    fn columns(&self, folder: &Path, of: &TaxTemplate, records: &[TaxRecord]) -> Result<Made, Failure> {
        self.file(folder, &of.title, "csv", &of.csv(records)?, records.len())
    }

    fn file(
        &self,
        folder: &Path,
        title: &str,
        ending: &str,
        bytes: &[u8],
        rows: usize,
    ) -> Result<Made, Failure> {
        let month = self.pay_month.to_string().replace('-', "");
        let path = folder.join(format!("{title}-{}-{month}.{ending}", self.employer));
        std::fs::write(&path, bytes)?;
        Ok(Made { path, rows })
    }
}

/// A payee with what was sealed of him.
struct Person<'a> {
    payee: &'a Payee,
    name: String,
    id_number: String,
    /// The number of a document that says birth, sex and origin.
    citizen: Option<IdNumber>,
    id_kind: IdKind,
    phone: Option<String>,
    card: Option<String>,
    bank: Option<String>,
}

impl Person<'_> {
    fn open<'a>(payee: &'a Payee, keys: &Keys) -> Result<Person<'a>, Failure> {
        let worker = payee.worker;
        let unreadable = |what: &str| Failure::cannot(format!("worker {worker} is paid, but {what}"));
        let known = payee.known.as_ref().ok_or_else(|| unreadable("was never registered"))?;
        let open = |field: &str, sealed: Option<&SealedField>| opened(keys, worker, field, sealed);
        let erased = || unreadable("his data were erased: a return that lacks him would be wrong");
        let id_number = open("id_number", Some(&known.id_number)).ok_or_else(erased)?;
        Ok(Person {
            payee,
            name: open("name", Some(&known.name)).ok_or_else(erased)?,
            citizen: id_number.parse().ok(),
            id_number,
            id_kind: known.id_kind,
            phone: open("phone", known.phone.as_ref()),
            card: open("card", known.card.as_ref()),
            bank: open("bank", known.bank.as_ref()),
        })
    }

    /// What every file says of him.
    fn record(&self) -> TaxRecord {
        let mut record = TaxRecord::default();
        record.text(Field::Name, &self.name);
        record.text(Field::IdKind, self.id_kind.word());
        record.text(Field::IdNumber, &self.id_number);
        record
    }

    fn personnel(&self) -> TaxRecord {
        let mut record = self.record();
        let Payee { paid, since, entered_on, left_on, .. } = self.payee;
        // Of other documents the number does not say it: the column stays empty, to be filled in in the client.
        if let Some(id) = &self.citizen {
            record.text(Field::Nationality, id.nationality().unwrap_or_default());
            record.text(Field::Sex, if id.is_female() { "女" } else { "男" });
            record.text(Field::BornOn, day(id.born_on()));
        }
        // Who is paid in the month has to be in the month's return, also after he left.
        record.text(Field::Status, "正常");
        record.text(Field::Employment, if *paid == Paid::Wages { "雇员" } else { "其他" });
        record.text(Field::Phone, self.phone.clone().unwrap_or_default());
        record.text(Field::HiredOn, day(since.or(*entered_on)));
        record.text(Field::LeftOn, day(*left_on));
        record.text(Field::Bank, self.bank.clone().unwrap_or_default());
        record.text(Field::Card, self.card.clone().unwrap_or_default());
        record
    }

    /// A line of an income sheet: the month's amounts.
    fn income(&self, shares: &InsuranceShares) -> Result<TaxRecord, Failure> {
        let mut record = self.record();
        record.amount(Field::Income, self.payee.income);
        match self.payee.paid {
            Paid::Services => record.text(Field::IncomeItem, SERVICES),
            Paid::Wages => {
                self.insurance(&mut record, shares)?;
                self.deducted(&mut record);
            }
        }
        Ok(record)
    }

    /// The three insurances are one sum on a wage sheet; a remark says that they were told apart.
    fn insurance(&self, record: &mut TaxRecord, shares: &InsuranceShares) -> Result<(), Failure> {
        let sum = self.payee.social_insurance;
        let own = shares.split(sum)?;
        record.amount(Field::Pension, own.pension);
        record.amount(Field::Medical, own.medical);
        record.amount(Field::Unemployment, own.unemployment);
        record.amount(Field::HousingFund, self.payee.housing_fund);
        if sum != Money::ZERO {
            record.text(Field::Remark, format!("社保个人部分合计{sum}元，按个人缴费比例拆分"));
        }
        Ok(())
    }

    /// What he declared: special additional deductions and the personal pension as they add up over the year, the rest
    /// as the month's.
    fn deducted(&self, record: &mut TaxRecord) {
        for of_kind in &self.payee.deducted {
            let (field, amount) = match of_kind.kind {
                Deduction::InfantCare => (Field::InfantCare, of_kind.total),
                Deduction::ChildEducation => (Field::ChildEducation, of_kind.total),
                Deduction::ContinuingEducation => (Field::ContinuingEducation, of_kind.total),
                Deduction::HomeLoan => (Field::HomeLoan, of_kind.total),
                Deduction::Rent => (Field::Rent, of_kind.total),
                Deduction::ElderlyCare => (Field::ElderlyCare, of_kind.total),
                Deduction::PersonalPension => (Field::PersonalPension, of_kind.total),
                Deduction::Annuity => (Field::Annuity, of_kind.new),
                Deduction::HealthInsurance => (Field::HealthInsurance, of_kind.new),
                Deduction::DeferredPension => (Field::DeferredPension, of_kind.new),
                Deduction::Relief => (Field::Relief, of_kind.new),
            };
            record.amount(field, amount);
        }
    }

    /// A line of the withholding return.
    fn returned(&self, number: usize, shares: &InsuranceShares) -> Result<TaxRecord, Failure> {
        let mut record = self.record();
        record.text(Field::Number, number.to_string());
        record.text(Field::Taxpayer, &self.id_number);
        record.text(Field::NonResident, "否");
        record.amount(Field::Income, self.payee.income);
        match &self.payee.right {
            RightTax::Wages(right) => {
                record.text(Field::IncomeItem, "正常工资薪金");
                self.insurance(&mut record, shares)?;
                self.deducted(&mut record);
                wages(&mut record, right);
            }
            RightTax::Services(right) => {
                record.text(Field::IncomeItem, SERVICES);
                services(&mut record, right);
            }
        }
        Ok(record)
    }
}

/// All of a month's remuneration is one occurrence: a continuing item.
const SERVICES: &str = "其他连续劳务报酬";

fn wages(record: &mut TaxRecord, right: &WageWithholding) {
    let (month, _) = right.basic.count.unwrap_or_default();
    record.amount(Field::Basic, month);
    record.amount(Field::CumulativeIncome, right.totals.income);
    record.amount(Field::CumulativeBasic, right.basic.amount);
    record.amount(Field::CumulativeSpecial, right.totals.special);
    record.amount(Field::CumulativeOther, right.totals.other);
    // Relief is taken from the tax of the year so far.
    record.amount(Field::Relief, right.totals.relief);
    record.amount(Field::Taxable, right.taxable);
    record.text(Field::Rate, percent(right.row.rate));
    record.amount(Field::Quick, right.row.quick);
    record.amount(Field::Tax, right.tax);
    record.amount(Field::Withheld, right.totals.withheld);
    record.amount(Field::Due, right.withhold());
}

fn services(record: &mut TaxRecord, right: &LabourWithholding) {
    record.amount(Field::Expense, right.expense);
    record.amount(Field::Taxable, right.taxable);
    record.text(Field::Rate, percent(right.row.rate));
    record.amount(Field::Quick, right.row.quick);
    record.amount(Field::Tax, right.tax);
    record.amount(Field::Withheld, right.occurrence.withheld);
    record.amount(Field::Due, right.withhold());
}

fn percent(rate: Decimal) -> String {
    let percent = rate.checked_mul(Decimal::ONE_HUNDRED).unwrap_or_default();
    format!("{}%", percent.normalize())
}

fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
