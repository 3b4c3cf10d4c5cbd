//! Template 1.4: attendance. The days of one worker in one file make one entry; days that are known already
//! are left out of it.

use super::{ImportError, Planner, Role, UNKNOWN_WORKER};
use formats::{Attendance, AttendanceRow, Code, Located};
use std::collections::BTreeMap;
use wages::event::{WorkDay, WorkRecorded};
use wages::{Command, ProjectCode, UNKNOWN};

/// Days in one entry; the domain takes no more.
const DAYS_IN_ENTRY: usize = 200;

impl Planner<'_> {
    pub(super) async fn attendance(&mut self, attendance: &Attendance) -> Result<(), ImportError> {
        let Some(project) = self.known_project(attendance.project.as_ref()).await? else { return Ok(()) };
        let mut workers: BTreeMap<&str, Vec<&Located<AttendanceRow>>> = BTreeMap::new();
        for row in &attendance.rows {
            workers.entry(row.row.id.as_str()).or_default().push(row);
        }
        for (_, mut rows) in workers {
            rows.sort_by_key(|row| row.row.day);
            self.worker_days(&project, &rows).await?;
        }
        Ok(())
    }

    async fn worker_days(
        &mut self,
        project: &ProjectCode,
        rows: &[&Located<AttendanceRow>],
    ) -> Result<(), ImportError> {
        let Some(first) = rows.first() else { return Ok(()) };
        let id_number = first.row.id.clone();
        let subject = self.ids.worker(&id_number);
        let known = self.books.worker(subject).await?.clone();
        let mut new: Vec<(u32, WorkDay)> = Vec::new();
        for Located { line, row } in rows {
            if !known.registered {
                let message = "no worker with this ID number is known: hand in his roster first";
                self.error(*line, "证件号码", row.id.as_str(), UNKNOWN_WORKER, message);
                continue;
            }
            let day = work_day(row);
            match known.days.get(&(project.clone(), row.day)) {
                None => new.push((*line, day)),
                Some(before) if *before == day => {
                    self.plan.known.insert(*line);
                }
                Some(before) => self.conflict(*line, before, &day),
            }
        }
        for part in new.chunks(DAYS_IN_ENTRY) {
            let lines: Vec<u32> = part.iter().map(|(line, _)| *line).collect();
            let dates: Vec<String> = part.iter().map(|(_, day)| day.on.to_string()).collect();
            let key: Vec<&str> = [project.as_str(), id_number.as_str()]
                .into_iter()
                .chain(dates.iter().map(String::as_str))
                .collect();
            let id = self.ids.command("work.recorded", &key);
            let days = part.iter().map(|(_, day)| day.clone()).collect();
            let command = Command::RecordWork(WorkRecorded { project: project.clone(), days });
            self.step(Role::Row, &lines, "日期", subject, id, command);
        }
        Ok(())
    }

    fn conflict(&mut self, line: u32, before: &WorkDay, now: &WorkDay) {
        let time =
            |t: Option<jiff::civil::Time>| t.map_or_else(String::new, |t| t.strftime("%H:%M").to_string());
        let columns = [
            ("首次进场", time(before.first_in), time(now.first_in)),
            ("末次出场", time(before.last_out), time(now.last_out)),
            ("工日", before.days.to_string(), now.days.to_string()),
            ("设备编号", before.device.to_string(), now.device.to_string()),
        ];
        for (column, before, now) in columns.into_iter().filter(|(_, before, now)| before != now) {
            let message = format!(
                "this worker's day is recorded already with {before}; a record of what happened is not \
                 changed by a second file"
            );
            self.error(line, column, &now, Code::CONFLICT, message);
        }
    }
}

fn work_day(row: &AttendanceRow) -> WorkDay {
    WorkDay {
        on: row.day,
        days: row.days,
        first_in: row.first_in,
        last_out: row.last_out,
        device: if row.device.is_empty() { UNKNOWN } else { &row.device }.into(),
    }
}
