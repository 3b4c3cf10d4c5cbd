//! What is recorded before the first wage month: firms, the site, its crews, and who works in them.

use super::super::following;
use super::facts::{Facts, account, index};
use super::pay::agreed_labour_cost;
use super::plan::{City, Crew, Of, Site, TRADES, Temper, firm_code, id_number, wage_month};
use crate::failure::Failure;
use jiff::civil::{Date, date};
use rules::Money;
use wages::event::{
    ComplaintFiled, ContractSigned, ContractTerms, CrewRegistered, DepositLodged, OrganisationRegistered,
    ProjectRegistered, ProjectTerms, SiteEntered, SiteInspected, SubcontractSigned, WorkerRegistered,
};
use wages::{
    Command, ComplaintChannel, ComplaintState, DepositForm, DocumentKind, IdKind, IncomeType,
    InspectionDecision, PayCycle, PayForm, Private, SubcontractKind, TermKind, Unit,
};

const BEGAN: Date = date(2025, 9, 1);
const ENDS: Date = date(2027, 6, 30);

/// Every firm.
pub(super) fn firms(city: &City, out: &mut Facts) -> Result<(), Failure> {
    for number in 0..city.firms {
        let organisation = OrganisationRegistered { code: firm_code(number)?, name: firm_name(number) };
        out.say(Of::Firm.id(number), Of::Firm.id(number), Command::RegisterOrganisation(organisation));
    }
    Ok(())
}

fn firm_name(number: u64) -> String {
    format!("杭州测试第{number}建筑有限公司")
}

impl Facts {
    /// The site with its crews and workers, and what its general contractor hands in once.
    pub(super) fn open(&mut self, site: &Site) -> Result<(), Failure> {
        let registered = ProjectRegistered { code: site.code()?, terms: terms(site)? };
        self.say(site.subject(), site.subject(), Command::RegisterProject(registered));
        for crew in &site.crews {
            let event = CrewRegistered {
                project: site.code()?,
                employer: firm_code(crew.firm)?,
                label: Private::from(label(crew)),
            };
            self.say(Of::Crew.id(crew.number), Of::Crew.id(crew.number), Command::RegisterCrew(event));
            for worker in crew.first..crew.first + crew.workers {
                self.worker(site, crew, worker)?;
            }
        }
        self.subcontracts(site)?;
        self.deposit(site)
    }

    fn worker(&mut self, site: &Site, crew: &Crew, worker: u64) -> Result<(), Failure> {
        let subject = Of::Worker.id(worker);
        let registered = WorkerRegistered {
            name: Private::from("王建国"),
            id_kind: IdKind::ResidentId,
            id_number: Private::from(id_number(worker)),
            phone: Some(Private::from(format!("1390000{:04}", worker % 10_000))),
            card: Some(Private::from(account(worker))),
            card_index: Some(index(Of::Card, worker)),
            bank: Some(Private::from("测试银行")),
        };
        self.say(subject, subject, Command::RegisterWorker(registered));
        // One in four hundred stands on no roster, one in forty has no contract.
        let (trade_code, trade) = trade(crew);
        let entered = SiteEntered {
            project: site.code()?,
            employer: firm_code(crew.firm)?,
            crew: Of::Crew.id(crew.number),
            entered_on: wage_month(0).first_day(),
            trade_code: trade_code.to_owned(),
            trade: trade.to_owned(),
            crew_leader: worker == crew.first,
            changed: Vec::new(),
        };
        if !worker.is_multiple_of(400) {
            self.say(subject, Of::Stay.id(worker), Command::EnterSite(entered));
        }
        if !worker.is_multiple_of(40) {
            let signed = contract(site, crew, worker)?;
            self.say(subject, Of::Contract.id(worker), Command::SignContract(signed));
        }
        Ok(())
    }

    /// One a subcontractor.
    fn subcontracts(&mut self, site: &Site) -> Result<(), Failure> {
        let subs = site.employers().into_iter().filter(|firm| *firm != site.contractor);
        for (place, firm) in (0..).zip(subs) {
            let signed = SubcontractSigned {
                project: site.code()?,
                number: format!("FB-{}-{place}", site.number).parse()?,
                giver_name: firm_name(site.contractor),
                giver: firm_code(site.contractor)?,
                taker_name: firm_name(firm),
                taker: firm_code(firm)?,
                kind: SubcontractKind::Labour,
                signed_on: BEGAN,
                starts_on: BEGAN,
                ends_on: ENDS,
                price: Money::from_fen(500_000_000),
                changed: Vec::new(),
            };
            let command = Command::SignSubcontract(signed);
            self.say(site.subject(), Of::Oversight.id(site.number << 8 | place), command);
        }
        Ok(())
    }

    /// Nine sites in ten have a guarantee.
    fn deposit(&mut self, site: &Site) -> Result<(), Failure> {
        if site.number % 10 == 3 {
            return Ok(());
        }
        let lodged = DepositLodged {
            project: site.code()?,
            number: format!("BH-{}", site.number).parse()?,
            liable: firm_code(site.contractor)?,
            form: DepositForm::BankGuarantee,
            amount: Money::from_fen(price(site) / 50),
            issuer: "测试银行".to_owned(),
            valid_from: BEGAN,
            valid_to: if site.number % 10 == 4 { date(2026, 5, 31) } else { ENDS },
            changed: Vec::new(),
        };
        self.say(site.subject(), Of::Oversight.id(site.number << 8 | 200), Command::LodgeDeposit(lodged));
        Ok(())
    }

    /// What inspectors saw in a month, and who complained.
    pub(super) fn oversight(&mut self, site: &Site, month: u64) -> Result<(), Failure> {
        let on = wage_month(month).first_day();
        let id = |of: u64| Of::Oversight.id(site.number << 8 | (201 + of * 12 + month));
        if (site.number + month).is_multiple_of(5) {
            let board = !(site.number + month).is_multiple_of(15);
            let inspected = SiteInspected {
                project: site.code()?,
                on,
                by: "测试区人力资源和社会保障局".to_owned(),
                board,
                officer: true,
                real_name: true,
                problem: (!board).then(|| Private::from("未见维权信息告示牌")),
                decision: if board { InspectionDecision::Nothing } else { InspectionDecision::Correction },
                correct_by: None,
                closed_on: None,
                changed: Vec::new(),
            };
            self.say(site.subject(), id(0), Command::InspectSite(inspected));
        }
        let stopped = matches!(site.temper, Temper::Stops(from) if month == (from + 2).min(11));
        if stopped || (site.temper != Temper::Prompt && month == 6) {
            let complaint = ComplaintFiled {
                project: site.code()?,
                number: format!("TS-{}-{month}", site.number).parse()?,
                on,
                channel: ComplaintChannel::Hotline,
                people: if stopped { 12 } else { 3 },
                amount: Money::from_fen(20_000_000),
                state: ComplaintState::Accepted,
                closed_on: None,
                changed: Vec::new(),
            };
            self.say(site.subject(), id(1), Command::FileComplaint(complaint));
        }
        Ok(())
    }
}

pub(super) fn label(crew: &Crew) -> String {
    format!("{}{}班", trade(crew).1, crew.number + 1)
}

fn trade(crew: &Crew) -> (&'static str, &'static str) {
    TRADES[(crew.number % TRADES.len() as u64) as usize]
}

/// In fen: what so many workers build in two years.
fn price(site: &Site) -> i64 {
    site.workers() as i64 * 100_000_000
}

fn terms(site: &Site) -> Result<ProjectTerms, Failure> {
    Ok(ProjectTerms {
        name: format!("测试第{}工程", site.number),
        region: site.region.parse()?,
        owner_name: firm_name(site.owner),
        owner: firm_code(site.owner)?,
        contractor_name: firm_name(site.contractor),
        contractor: firm_code(site.contractor)?,
        contract_price: Money::from_fen(price(site)),
        account_bank: "测试银行".to_owned(),
        account: format!("33051{:011}", site.number),
        account_index: index(Of::Account, site.number),
        transfer_cycle_days: 30,
        agreed_labour_cost: Money::from_fen(agreed_labour_cost(site)),
        pay_day: following(site.pay_day)?,
        starts_on: BEGAN,
        planned_end: ENDS,
    })
}

fn contract(site: &Site, crew: &Crew, worker: u64) -> Result<ContractSigned, Failure> {
    let begins = wage_month(0).first_day();
    Ok(ContractSigned {
        contract: format!("HT-{worker}").parse()?,
        project: site.code()?,
        employer: firm_code(crew.firm)?,
        document: DocumentKind::LabourContract,
        signed_on: begins,
        terms: ContractTerms {
            term: TermKind::Task,
            starts_on: begins,
            ends_on: None,
            pay_form: PayForm::Daily,
            unit_price: "380".parse()?,
            unit: Unit::Day,
            pay_cycle: PayCycle::Monthly,
            pay_day: Some(following(site.pay_day)?),
            income: IncomeType::Wages,
        },
    })
}
