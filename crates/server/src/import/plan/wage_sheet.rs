//! Template 1.5: wage sheets, their corrections and their seals.

use super::{ImportError, Planner, Role, UNKNOWN_CREW, UNKNOWN_SHEET, private};
use formats::{Code, Finding, Located, SheetHeader, WageSheet};
use ledger::verify::root_over;
use rules::Money;
use uuid::Uuid;
use wages::event::{
    Advances, Deductions, GrossComponent, LineKey, SheetSealed, WageLine, WagesAccrued, WagesCorrected,
};
use wages::{Command, Private, Refers};

impl Planner<'_> {
    pub(super) async fn wage_sheet(&mut self, sheet: &WageSheet) -> Result<(), ImportError> {
        let Some(header) = &sheet.header else { return Ok(()) };
        let Some(project) = self.known_project(Some(&header.project)).await? else { return Ok(()) };
        let first = sheet.lines.first().map_or(1, |line| line.line);
        self.organisation(first, &header.employer_code, &header.employer).await?;
        let (crew, new) = self.crew(first, &project, &header.employer_code, &header.crew).await?;
        if new {
            let message = format!(
                "crew {} of this employer is not on the project's roster: is the name right?",
                header.crew
            );
            self.warning(2, "班组", &header.crew, UNKNOWN_CREW, message);
        }
        let of = LineKey { project, employer: header.employer_code.clone(), crew, month: header.month };
        let Ok(correction) = u16::try_from(header.correction) else {
            self.error(1, "更正", &header.correction.to_string(), Code::OUT_OF_RANGE, "at most 65535");
            return Ok(());
        };
        let subject = self.ids.project(&of.project);
        if correction > 0 && !self.books.project(subject).await?.sheets.contains(&(of.clone(), 0)) {
            let message =
                "the sheet that this one corrects is not recorded, or not completely: hand it in first";
            let finding = self.parsed.finding(1, "更正", Some(of.month.to_string()), UNKNOWN_SHEET, message);
            self.plan.findings.push(finding.of_whole_file());
            return Ok(());
        }
        let mut commands = Vec::with_capacity(sheet.lines.len());
        for Located { line, row } in &sheet.lines {
            commands.push(self.line(*line, header, &of, correction, row).await?);
        }
        self.seal(sheet, of, correction, commands);
        Ok(())
    }

    /// One line; the id of its command.
    async fn line(
        &mut self,
        line: u32,
        header: &SheetHeader,
        of: &LineKey,
        correction: u16,
        row: &formats::WageLine,
    ) -> Result<Uuid, ImportError> {
        let subject = self.ids.worker(&row.id);
        let (month, number) = (of.month.to_string(), correction.to_string());
        let key = [
            of.project.as_str(),
            of.employer.as_str(),
            header.crew.as_str(),
            month.as_str(),
            row.id.as_str(),
            number.as_str(),
        ];
        let wage_line = self.wage_line(row);
        self.compare_name(line, subject, &row.name).await?;
        let base = match correction {
            0 => None,
            _ => self.books.worker(subject).await?.lines.get(of).copied(),
        };
        let id = self.ids.command("wages.accrued", &key);
        let command = match base {
            // The very line that this sheet brought, handed in again, refers to no other.
            Some(base) if base != id => Command::CorrectWages(WagesCorrected {
                corrects: Refers::Command(base),
                of: of.clone(),
                correction,
                line: wage_line,
                reason: Private::from(row.note.clone().unwrap_or_else(|| format!("更正{correction}"))),
            }),
            _ => Command::AccrueWages(WagesAccrued { of: of.clone(), correction, line: wage_line }),
        };
        self.row(line, "身份证号码", subject, id, command);
        self.with_value(row.id.as_str());
        Ok(id)
    }

    fn wage_line(&self, row: &formats::WageLine) -> WageLine {
        let components = match row.gross {
            Money::ZERO => Vec::new(),
            amount => vec![GrossComponent { kind: row.pay_form.component(), amount }],
        };
        WageLine {
            days: row.attendance,
            overtime_hours: row.overtime_hours.map(|hours| hours.normalize()),
            pay_form: row.pay_form,
            unit_price: row.unit_price.normalize(),
            quantity: row.quantity.normalize(),
            gross: row.gross,
            components,
            deductions: Deductions {
                social_insurance: row.social_insurance,
                housing_fund: row.housing_fund,
                income_tax: row.income_tax,
                other: row.other_deductions,
            },
            advances: Advances { loan: row.loan, living_cost: row.living_cost },
            net: row.net,
            account: private(&row.card),
            account_index: (!row.card.is_empty()).then(|| self.account_index(&row.card)),
            remark: row.note.as_deref().and_then(private),
        }
    }

    fn seal(&mut self, sheet: &WageSheet, of: LineKey, correction: u16, mut commands: Vec<Uuid>) {
        let sum =
            |f: fn(&formats::WageLine) -> Money| Money::checked_sum(sheet.lines.iter().map(|l| f(&l.row)));
        let sums = (
            sum(|l| l.gross),
            Money::checked_sum(sheet.lines.iter().flat_map(|l| {
                [l.row.social_insurance, l.row.housing_fund, l.row.income_tax, l.row.other_deductions]
            })),
            Money::checked_sum(sheet.lines.iter().flat_map(|l| [l.row.loan, l.row.living_cost])),
            sum(|l| l.net),
        );
        let (Some(gross), Some(deductions), Some(advances), Some(net)) = sums else {
            let message = "the sums of the sheet are beyond what can be recorded";
            let place = formats::Place::default();
            self.plan.findings.push(Finding::error(place, None, Code::OUT_OF_RANGE, message).of_whole_file());
            return;
        };
        let Ok(lines) = u32::try_from(commands.len()) else { return };
        if lines == 0 {
            return;
        }
        let mut ids: Vec<[u8; 16]> = commands.drain(..).map(Uuid::into_bytes).collect();
        let root = root_over(&mut ids).to_string();
        let subject = self.ids.project(&of.project);
        let (month, crew, number) = (of.month.to_string(), of.crew.to_string(), correction.to_string());
        let key = [of.project.as_str(), of.employer.as_str(), crew.as_str(), month.as_str(), number.as_str()];
        let id = self.ids.command("sheet.sealed", &key);
        let seal = SheetSealed { of, correction, lines, gross, deductions, advances, net, root };
        let at = sheet.totals.as_ref().map_or(1, |totals| totals.line);
        self.step(Role::Seal, &[at], "实发工资", subject, id, Command::SealSheet(seal));
    }
}
