//! Template 1.2: rosters are statements of how things are. A row that differs from what is known becomes a
//! changing event that names what changed; a worker who is missing says nothing.

use super::{ImportError, Planner, private};
use formats::{Located, Roster, RosterRow};
use uuid::Uuid;
use wages::event::{SiteEntered, SiteLeft, WorkerChanged, WorkerRegistered};
use wages::{Command, Ending, Private, ProjectCode};

impl Planner<'_> {
    pub(super) async fn roster(&mut self, roster: &Roster) -> Result<(), ImportError> {
        let Some(project) = self.known_project(roster.project.as_ref()).await? else { return Ok(()) };
        for Located { line, row } in &roster.rows {
            self.organisation(*line, &row.employer_code, &row.employer).await?;
            let (crew, _) = self.crew(*line, &project, &row.employer_code, &row.crew).await?;
            let steps = self.plan.steps.len();
            self.person(*line, row).await?;
            self.stay(*line, &project, crew, row).await?;
            if self.plan.steps.len() == steps {
                self.plan.known.insert(*line);
            }
        }
        Ok(())
    }

    /// Registers a worker, or changes what differs.
    async fn person(&mut self, line: u32, row: &RosterRow) -> Result<(), ImportError> {
        let subject = self.ids.worker(&row.id);
        let card_index = self.account_index(&row.card);
        let known = self.books.worker(subject).await?;
        if !known.registered {
            known.registered = true;
            known.name.clone_from(&row.name);
            known.phone = Some(row.phone.clone());
            known.card = Some(row.card.clone());
            known.bank = Some(row.bank.clone());
            let event = WorkerRegistered {
                name: Private::from(row.name.as_str()),
                id_kind: row.id.kind(),
                id_number: Private::from(row.id.as_str()),
                phone: private(&row.phone),
                card: private(&row.card),
                card_index: Some(card_index),
                bank: private(&row.bank),
            };
            let index = self.vault.blind_index(vault::Purpose::IdNumber, row.id.as_str());
            self.plan.id_numbers.push((index, subject));
            self.row(line, "证件号码", subject, subject, Command::RegisterWorker(event));
            return Ok(());
        }
        let mut event = WorkerChanged::default();
        if known.name != row.name {
            event.name = Some(Private::from(row.name.as_str()));
            known.name.clone_from(&row.name);
        }
        let differs = |known: &mut Option<String>, now: &str| {
            (known.as_deref() != Some(now)).then(|| {
                *known = Some(now.to_owned());
                Private::from(now)
            })
        };
        event.phone = differs(&mut known.phone, &row.phone);
        event.card = differs(&mut known.card, &row.card);
        event.card_index = event.card.as_ref().map(|_| card_index);
        event.bank = differs(&mut known.bank, &row.bank);
        if event != WorkerChanged::default() {
            let id = self.change_id("worker.changed", &[row.id.as_str()], line);
            self.row(line, "证件号码", subject, id, Command::ChangeWorker(event));
        }
        Ok(())
    }

    /// Records coming and going, as far as it is not known.
    async fn stay(
        &mut self,
        line: u32,
        project: &ProjectCode,
        crew: Uuid,
        row: &RosterRow,
    ) -> Result<(), ImportError> {
        let subject = self.ids.worker(&row.id);
        let entered_on = row.entered_on;
        let mut entered = SiteEntered {
            project: project.clone(),
            employer: row.employer_code.clone(),
            crew,
            entered_on,
            trade_code: row.work_type_code.clone(),
            trade: row.work_type.clone(),
            crew_leader: row.crew_leader,
            changed: Vec::new(),
        };
        let known = self.books.worker(subject).await?;
        let before = known.stays.get(&(project.clone(), entered_on)).cloned();
        let day = entered_on.to_string();
        let key = [project.as_str(), row.id.as_str(), day.as_str()];
        match &before {
            None => {
                known.enter(entered.clone());
                let id = self.ids.command("site.entered", &key);
                self.row(line, "进场日期", subject, id, Command::EnterSite(entered));
            }
            Some(stay) => {
                entered.changed = changed(&stay.entered, &entered);
                if !entered.changed.is_empty() {
                    known.enter(entered.clone());
                    let id = self.change_id("site.entered", &key, line);
                    self.row(line, "班组", subject, id, Command::EnterSite(entered));
                }
            }
        }
        if before.and_then(|stay| stay.left_on) != row.left_on {
            self.books.worker(subject).await?.leave(project, entered_on, row.left_on);
            let how = Ending::Unknown;
            let event = SiteLeft { project: project.clone(), entered_on, left_on: row.left_on, how };
            let id = self.change_id("site.left", &key, line);
            self.row(line, "退场日期", subject, id, Command::LeaveSite(event));
        }
        Ok(())
    }
}

/// Names of the fields that differ.
fn changed(before: &SiteEntered, now: &SiteEntered) -> Vec<String> {
    let differs = [
        ("employer", before.employer != now.employer),
        ("crew", before.crew != now.crew),
        ("trade_code", before.trade_code != now.trade_code),
        ("trade", before.trade != now.trade),
        ("crew_leader", before.crew_leader != now.crew_leader),
    ];
    differs.iter().filter(|(_, differs)| *differs).map(|(name, _)| (*name).to_owned()).collect()
}
