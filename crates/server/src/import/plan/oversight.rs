//! Templates 1.8 to 1.11: subcontracts, deposits, inspections and complaints are statements of how things are. A row
//! that differs from what is known becomes a fact that names what changed.

use super::{ImportError, Planner, UNKNOWN_PROJECT, private};
use formats::{Code, ComplaintRow, GuaranteeRow, InspectionRow, Located, Subcontracts};
use uuid::Uuid;
use wages::event::{ComplaintFiled, DepositLodged, SiteInspected, SubcontractSigned};
use wages::{Command, ProjectCode, Reference};

impl Planner<'_> {
    pub(super) async fn subcontracts(&mut self, file: &Subcontracts) -> Result<(), ImportError> {
        let Some(project) = self.known_project(file.project.as_ref()).await? else { return Ok(()) };
        let subject = self.ids.project(&project);
        for Located { line, row } in &file.rows {
            self.organisation(*line, &row.giver_code, &row.giver).await?;
            self.organisation(*line, &row.taker_code, &row.taker).await?;
            if let Some(model) = &self.model {
                let holders = model.subcontract_holders(&row.number).await?;
                if self.held_elsewhere(*line, "分包合同编号", &row.number, &project, holders) {
                    continue;
                }
            }
            let mut now = SubcontractSigned {
                project: project.clone(),
                number: row.number.clone(),
                giver_name: row.giver.clone(),
                giver: row.giver_code.clone(),
                taker_name: row.taker.clone(),
                taker: row.taker_code.clone(),
                kind: row.kind,
                signed_on: row.signed_on,
                starts_on: row.starts_on,
                ends_on: row.ends_on,
                price: row.price,
                changed: Vec::new(),
            };
            let known = self.books.project(subject).await?;
            let before = known.subcontracts.insert(row.number.clone(), now.clone());
            now.changed = before.as_ref().map_or_else(Vec::new, |before| {
                differing(&[
                    ("giver_name", before.giver_name != now.giver_name),
                    ("giver", before.giver != now.giver),
                    ("taker_name", before.taker_name != now.taker_name),
                    ("taker", before.taker != now.taker),
                    ("kind", before.kind != now.kind),
                    ("signed_on", before.signed_on != now.signed_on),
                    ("starts_on", before.starts_on != now.starts_on),
                    ("ends_on", before.ends_on != now.ends_on),
                    ("price", before.price != now.price),
                ])
            });
            let said =
                Said { kind: "subcontract.signed", column: "分包合同编号", line: *line, subject };
            let key = [project.as_str(), row.number.as_str()];
            let changed = before.is_some().then(|| now.changed.clone());
            self.said(said, &key, changed, Command::SignSubcontract(now));
        }
        Ok(())
    }

    pub(super) async fn guarantees(&mut self, rows: &[Located<GuaranteeRow>]) -> Result<(), ImportError> {
        for Located { line, row } in rows {
            let Some(subject) = self.project_of_row(*line, &row.project).await? else { continue };
            let mut now = DepositLodged {
                project: row.project.clone(),
                number: row.number.clone(),
                liable: row.liable_code.clone(),
                form: row.form,
                amount: row.amount,
                issuer: row.issuer.clone(),
                valid_from: row.valid_from,
                valid_to: row.valid_to,
                changed: Vec::new(),
            };
            let known = self.books.project(subject).await?;
            let before = known.deposits.insert(row.number.clone(), now.clone());
            now.changed = before.as_ref().map_or_else(Vec::new, |before| {
                differing(&[
                    ("liable", before.liable != now.liable),
                    ("form", before.form != now.form),
                    ("amount", before.amount != now.amount),
                    ("issuer", before.issuer != now.issuer),
                    ("valid_from", before.valid_from != now.valid_from),
                    ("valid_to", before.valid_to != now.valid_to),
                ])
            });
            let said = Said { kind: "deposit.lodged", column: "编号", line: *line, subject };
            let key = [row.project.as_str(), row.number.as_str()];
            let changed = before.is_some().then(|| now.changed.clone());
            self.said(said, &key, changed, Command::LodgeDeposit(now));
        }
        Ok(())
    }

    pub(super) async fn inspections(&mut self, rows: &[Located<InspectionRow>]) -> Result<(), ImportError> {
        for Located { line, row } in rows {
            let Some(subject) = self.project_of_row(*line, &row.project).await? else { continue };
            let mut now = SiteInspected {
                project: row.project.clone(),
                on: row.on,
                by: row.by.clone(),
                board: row.board,
                officer: row.officer,
                real_name: row.real_name,
                problem: private(&row.problem),
                decision: row.decision,
                correct_by: row.correct_by,
                closed_on: row.closed_on,
                changed: Vec::new(),
            };
            let known = self.books.project(subject).await?;
            let before = known.inspections.insert((row.on, row.by.clone()), now.clone());
            now.changed = before.as_ref().map_or_else(Vec::new, |before| {
                differing(&[
                    ("board", before.board != now.board),
                    ("officer", before.officer != now.officer),
                    ("real_name", before.real_name != now.real_name),
                    ("problem", before.problem != now.problem),
                    ("decision", before.decision != now.decision),
                    ("correct_by", before.correct_by != now.correct_by),
                    ("closed_on", before.closed_on != now.closed_on),
                ])
            });
            let said = Said { kind: "site.inspected", column: "检查日期", line: *line, subject };
            let day = row.on.to_string();
            let key = [row.project.as_str(), day.as_str(), row.by.as_str()];
            let changed = before.is_some().then(|| now.changed.clone());
            self.said(said, &key, changed, Command::InspectSite(now));
        }
        Ok(())
    }

    pub(super) async fn complaints(&mut self, rows: &[Located<ComplaintRow>]) -> Result<(), ImportError> {
        for Located { line, row } in rows {
            let Some(subject) = self.project_of_row(*line, &row.project).await? else { continue };
            if let Some(model) = &self.model {
                let holders = model.complaint_holders(&row.number).await?;
                if self.held_elsewhere(*line, "登记号", &row.number, &row.project, holders) {
                    continue;
                }
            }
            let mut now = ComplaintFiled {
                project: row.project.clone(),
                number: row.number.clone(),
                on: row.on,
                channel: row.channel,
                people: row.people,
                amount: row.amount,
                state: row.state,
                closed_on: row.closed_on,
                changed: Vec::new(),
            };
            let known = self.books.project(subject).await?;
            let before = known.complaints.insert(row.number.clone(), now.clone());
            now.changed = before.as_ref().map_or_else(Vec::new, |before| {
                differing(&[
                    ("on", before.on != now.on),
                    ("channel", before.channel != now.channel),
                    ("people", before.people != now.people),
                    ("amount", before.amount != now.amount),
                    ("state", before.state != now.state),
                    ("closed_on", before.closed_on != now.closed_on),
                ])
            });
            let said = Said { kind: "complaint.filed", column: "登记号", line: *line, subject };
            let changed = before.is_some().then(|| now.changed.clone());
            let key = [row.project.as_str(), row.number.as_str()];
            self.said(said, &key, changed, Command::FileComplaint(now));
        }
        Ok(())
    }

    /// The project that a row names, when it is known.
    async fn project_of_row(
        &mut self,
        line: u32,
        project: &ProjectCode,
    ) -> Result<Option<Uuid>, ImportError> {
        let subject = self.ids.project(project);
        if self.books.project(subject).await?.terms.is_some() {
            return Ok(Some(subject));
        }
        let message = "this project is not known: hand in projects.csv with it first";
        self.error(line, "项目编码", project.as_str(), UNKNOWN_PROJECT, message);
        Ok(None)
    }

    /// Whether another project has this number, which is then a conflict.
    fn held_elsewhere(
        &mut self,
        line: u32,
        column: &'static str,
        number: &Reference,
        project: &ProjectCode,
        holders: Vec<(String, u64)>,
    ) -> bool {
        let other = holders.into_iter().find(|(holder, _)| holder != project.as_str());
        if let Some((holder, entry)) = &other {
            let message = format!("recorded already on project {holder} (entry {entry}), not on {project}");
            self.error(line, column, number.as_str(), Code::CONFLICT, message);
        }
        other.is_some()
    }

    /// A row as a fact: new, changed (with names of what changed), or known.
    pub(super) fn said(&mut self, said: Said, key: &[&str], changed: Option<Vec<String>>, command: Command) {
        let Said { kind, column, line, subject } = said;
        match changed {
            Some(changed) if changed.is_empty() => drop(self.plan.known.insert(line)),
            Some(_) => {
                let id = self.change_id(kind, key, line);
                self.row(line, column, subject, id, command);
            }
            None => {
                let id = self.ids.command(kind, key);
                self.row(line, column, subject, id, command);
            }
        }
    }
}

/// What a row is about, and where it stands.
pub(super) struct Said {
    pub(super) kind: &'static str,
    pub(super) column: &'static str,
    pub(super) line: u32,
    pub(super) subject: Uuid,
}

pub(super) fn differing(fields: &[(&str, bool)]) -> Vec<String> {
    fields.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect()
}
