//! Files in: read whole, checked whole, recorded row by row, sealed last.
//!
//! For each file: parse → plan (rows to commands) → preview (the domain's answer to every one) → nothing at
//! all if anything is wrong → rows → seals → `file.imported`. A crash anywhere leaves a file that the same
//! import completes: every row is known by its natural key, and the seal comes last.

mod conflict;
mod ids;
mod known;
mod note;
mod plan;
mod report;
mod walk;

pub(crate) use ids::Ids;
pub(crate) use report::{FileOutcome, ImportReport};
pub(crate) use walk::{Given, InFile, files_in};

use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use formats::{Code, FileKind, Finding, Parsed, Severity};
use known::Books;
use ledger::{Ledger, Outcome, Preview, ReadFailed, Submission, SubmitError};
use plan::{Plan, Planner, Role, Step, UNKNOWN_WORKER};
use readmodel::{ReadModel, ReadModelError};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use vault::VaultError;
use wages::event::RowCounts;
use wages::{Rejection, Source};

/// Why an import stopped. What was recorded until then stays, and the same import completes it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ImportError {
    #[error("recording")]
    Submit(#[from] SubmitError),
    #[error("reading what is recorded")]
    Read(#[from] ReadFailed),
    #[error("using the vault")]
    Vault(#[from] VaultError),
    #[error("reading {}", path.display())]
    File { path: PathBuf, source: std::io::Error },
    #[error("writing the error workbook {}", path.display())]
    ErrorWorkbook { path: PathBuf, source: std::io::Error },
    #[error("making an error workbook: {0}")]
    Workbook(#[from] formats::ErrorWorkbookError),
    #[error("asking the read model")]
    ReadModel(#[from] ReadModelError),
    #[error("bringing the read model forward: {0}")]
    Follow(String),
    #[error("the ledger refused its own note of the file: {0}")]
    Note(Rejection),
    #[error("more than {0} files: import the folders one after the other")]
    TooMany(usize),
}

/// How to import.
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    /// The ledger is a rehearsal: everything is recorded in it and it is forgotten.
    pub(crate) dry_run: bool,
    /// Leave wrong rows out instead of refusing the file.
    pub(crate) skip_bad_rows: bool,
    /// Where to put a marked copy of each file with faults.
    pub(crate) error_workbooks: Option<PathBuf>,
}

/// Commands in one submission: bounded memory, and many to one durable append.
const CHUNK: usize = 5_000;
/// Findings from checking one file against the ledger; more are counted in the last.
const FINDINGS_MAX: usize = 1_000;

/// Imports into one ledger.
pub(crate) struct Importer<'a> {
    pub(crate) home: &'a Home,
    pub(crate) ledger: &'a Ledger,
    pub(crate) ids: Ids,
    /// Who hands the files in.
    pub(crate) said: &'a Source,
    pub(crate) options: Options,
    /// Error workbooks written so far.
    pub(crate) workbooks: RefCell<HashSet<PathBuf>>,
}

impl Importer<'_> {
    /// Takes all files in, what others need first; what still waits for another file is tried again as long
    /// as something moves.
    pub(crate) async fn import(
        &self,
        files: Vec<InFile>,
        progress: &dyn Fn(&InFile, &FileOutcome),
    ) -> Result<ImportReport, ImportError> {
        let origin = self.ledger.reader().journal().origin();
        let mut report = ImportReport::default();
        let mut waiting = files;
        loop {
            let before = waiting.len();
            let mut again = Vec::new();
            let mut held = Vec::new();
            for file in waiting {
                let outcome = self.file(&file).await?;
                if outcome.waits() {
                    held.push((file, outcome));
                    continue;
                }
                self.error_workbook(&file, &outcome)?;
                progress(&file, &outcome);
                report.add(&file, outcome, origin);
            }
            let stuck = held.len() == before || held.is_empty();
            for (file, outcome) in held {
                if stuck {
                    self.error_workbook(&file, &outcome)?;
                    progress(&file, &outcome);
                    report.add(&file, outcome, origin);
                } else {
                    again.push(file);
                }
            }
            if again.is_empty() {
                return Ok(report);
            }
            waiting = again;
        }
    }

    async fn file(&self, file: &InFile) -> Result<FileOutcome, ImportError> {
        let name = file.name.clone();
        let bytes = match file.read() {
            Ok(bytes) => bytes,
            Err(fault) => return Ok(FileOutcome::unreadable(name.kind, &fault)),
        };
        // Reading a large workbook is work of a second: not on a thread that others wait for.
        let (parsed, bytes) = tokio::task::block_in_place(|| (formats::parse(&name, &bytes), bytes));
        let digest = hex::encode(parsed.digest);
        let whole = RowCounts { recorded: 0, already_recorded: parsed.rows_in_file, refused: 0 };
        let known = self.known(self.note(file, &parsed, &digest, bytes.len(), whole)).await?;
        let taken_before = known.is_some();
        // A statement of how things are, once taken in whole, turns nothing back when it comes again.
        if taken_before && parsed.kind.is_statement_of_how_things_are() {
            let findings = parsed.findings.into_iter().filter(|f| !f.is_error()).collect();
            let receipt = self.original(known)?;
            return Ok(FileOutcome { kind: parsed.kind, rows: whole, skipped: true, findings, receipt });
        }
        // Contract numbers, bank lines and numbers of complaints are no part of one subject's own history: who else
        // holds them is a question. (A rehearsal's own entries are in no read model.)
        let model = match parsed.kind {
            FileKind::Contracts | FileKind::BankResult | FileKind::Subcontracts | FileKind::Complaints => {
                let model = self.recorded().await;
                Some(model.map_err(|failure| ImportError::Follow(failure.to_string()))?)
            }
            _ => None,
        };
        let planner = Planner {
            parsed: &parsed,
            model,
            ids: &self.ids,
            vault: self.ledger.reader().vault(),
            books: Books::new(self.ledger),
            said: self.said,
            digest: digest.clone(),
            plan: Plan::default(),
        };
        let mut plan = if parsed.is_bad_as_a_whole() { Plan::default() } else { planner.plan().await? };
        let mut findings = parsed.findings.clone();
        findings.append(&mut plan.findings);
        let mut bad: BTreeSet<u32> = bad_lines(&findings);
        let mut whole_bad = findings.iter().any(|f| f.is_error() && f.whole_file);
        if !whole_bad {
            whole_bad = self.against_ledger(&parsed, &mut plan, &mut bad, &mut findings).await?;
        }
        let any_bad = findings.iter().any(Finding::is_error);
        if whole_bad || (any_bad && !self.options.skip_bad_rows) {
            let rows = RowCounts { recorded: 0, already_recorded: 0, refused: parsed.rows_in_file };
            return Ok(FileOutcome { kind: parsed.kind, rows, skipped: false, findings, receipt: None });
        }
        let rows = count(&parsed, &plan, &bad);
        self.record(&plan, any_bad, &mut findings).await?;
        let receipt = match known {
            Some(_) => self.original(known)?,
            None => {
                let note = self.note(file, &parsed, &digest, bytes.len(), rows);
                self.take_note(note).await?
            }
        };
        Ok(FileOutcome { kind: parsed.kind, rows, skipped: false, findings, receipt })
    }

    /// Asks the domain about every step. Wrong rows are taken out and the rest asked again, since others may
    /// have counted on them; `true` when the file as a whole is bad.
    async fn against_ledger(
        &self,
        parsed: &Parsed,
        plan: &mut Plan,
        bad: &mut BTreeSet<u32>,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, ImportError> {
        let mut found = 0usize;
        let sealed = self.sealed_before(plan).await?;
        loop {
            plan.steps.retain(|step| step.role != Role::Row || !step.lines.iter().any(|l| bad.contains(l)));
            if !bad.is_empty() {
                // A sheet or batch with lines left out is not complete: no seal.
                plan.steps.retain(|step| step.role != Role::Seal);
            }
            let submissions: Vec<Submission> = plan.steps.iter().map(|s| s.submission.clone()).collect();
            let previews = self.ledger.preview(submissions).await?;
            let mut anew = false;
            for (step, preview) in plan.steps.iter().zip(&previews) {
                let Preview::Rejected(rejection) = preview else { continue };
                if step.role == Role::Support && matches!(rejection, Rejection::CommandIdReused { .. }) {
                    // An organisation known under another name: the row does not depend on it.
                    continue;
                }
                let follows = anew || (sealed && plan_adds(plan, &previews));
                if step.role == Role::Seal && follows {
                    // The rows that do not fit are named; that their sheet is another follows from it.
                    continue;
                }
                found = found.saturating_add(1);
                if found <= FINDINGS_MAX {
                    let more = self.rejected(parsed, step, rejection, findings).await?;
                    findings.extend(more);
                }
                if step.role == Role::Seal {
                    return Ok(true);
                }
                bad.extend(&step.lines);
                anew = true;
            }
            if !anew {
                plan.note_known(&previews);
            }
            if !anew && sealed && self.added_to_sealed(parsed, plan, &previews, findings) {
                return Ok(true);
            }
            if !anew || !self.options.skip_bad_rows {
                return Ok(false);
            }
        }
    }

    /// Whether the sheet or batch has its seal already, with these lines or others.
    async fn sealed_before(&self, plan: &Plan) -> Result<bool, ImportError> {
        let seals = plan.steps.iter().filter(|step| step.role == Role::Seal);
        let seals: Vec<Submission> = seals.map(|step| step.submission.clone()).collect();
        let previews = self.ledger.preview(seals).await?;
        Ok(previews.iter().any(|preview| match preview {
            Preview::Recorded => false,
            Preview::AlreadyRecorded { .. } => true,
            Preview::Rejected(rejection) => {
                matches!(rejection, Rejection::CommandIdReused { .. } | Rejection::AlreadyRecorded { .. })
            }
        }))
    }

    /// What is sealed is complete: a new line in it is named, and the file is refused.
    fn added_to_sealed(
        &self,
        parsed: &Parsed,
        plan: &Plan,
        previews: &[Preview],
        findings: &mut Vec<Finding>,
    ) -> bool {
        let before = findings.len();
        for (step, preview) in plan.steps.iter().zip(previews) {
            if step.role == Role::Row && *preview == Preview::Recorded {
                let line = step.lines.first().copied().unwrap_or(1);
                let message = "this line is new, but the sheet or batch is sealed without it: what is sealed is \
                               changed only by a marked correction (更正) or another batch";
                let value = step.value.clone();
                let finding = parsed.finding(line, step.column, value, Code::CONFLICT, message);
                findings.push(finding.of_whole_file());
            }
        }
        findings.len() > before
    }

    /// The read model of what is really recorded. A rehearsal's own entries never reach it.
    async fn recorded(&self) -> Result<ReadModel, Failure> {
        match self.options.dry_run {
            true => follow::up_to_date(self.home, &self.home.read().await?).await,
            false => follow::up_to_date(self.home, self.ledger.reader()).await,
        }
    }

    /// A rejection as a finding at the cell that it is about.
    async fn rejected(
        &self,
        parsed: &Parsed,
        step: &Step,
        rejection: &Rejection,
        findings: &[Finding],
    ) -> Result<Vec<Finding>, ImportError> {
        let line = step.lines.first().copied().unwrap_or(1);
        let whole = step.role == Role::Seal;
        let finish = |finding: Finding| if whole { finding.of_whole_file() } else { finding };
        if let Rejection::CommandIdReused { entry } = rejection
            && let Ok(known) = self.ledger.reader().entry(*entry)
        {
            let mut known = [known];
            self.ledger.reader().open(&mut known).await?;
            let asked = step.submission.command.clone().into_event();
            let [known] = known;
            let differences = conflict::differences(&known.event, &asked);
            let known_elsewhere = !differences.is_empty();
            let mut out = Vec::new();
            for difference in differences {
                let message = format!(
                    "recorded already with {} (entry {entry}); a record of what happened is replaced only by a \
                     marked correction",
                    difference.known
                );
                let value = (!difference.asked.is_empty()).then_some(difference.asked);
                // What the first line of a bank file says concerns all its lines, and is shown once.
                let line = if conflict::IN_FIRST_LINE.contains(&difference.column) { 1 } else { line };
                let finding = finish(parsed.finding(line, difference.column, value, Code::CONFLICT, message));
                if !findings.contains(&finding) {
                    out.push(finding);
                }
            }
            if !out.is_empty() || known_elsewhere {
                return Ok(out);
            }
        }
        let code = match rejection {
            Rejection::UnknownSubject => UNKNOWN_WORKER,
            Rejection::CommandIdReused { .. }
            | Rejection::AlreadyRecorded { .. }
            | Rejection::DayAlreadyRecorded { .. } => Code::CONFLICT,
            other => Code::other(other.code()),
        };
        let message = match rejection {
            Rejection::UnknownSubject => {
                "no worker with this ID number is known: hand in his roster first".to_owned()
            }
            other => other.to_string(),
        };
        let value = step.value.clone();
        Ok(vec![finish(parsed.finding(line, step.column, value, code, message))])
    }

    /// Records: ID numbers are bound, then what rows need, rows, and last of all seals.
    async fn record(
        &self,
        plan: &Plan,
        incomplete: bool,
        findings: &mut Vec<Finding>,
    ) -> Result<(), ImportError> {
        for part in plan.id_numbers.chunks(CHUNK) {
            self.ledger.reader().vault().bind_id_numbers(part).await?;
        }
        let (seals, rows): (Vec<&Step>, Vec<&Step>) =
            plan.steps.iter().partition(|step| step.role == Role::Seal);
        for steps in [rows, seals] {
            for part in steps.chunks(CHUNK) {
                if incomplete && part.iter().any(|step| step.role == Role::Seal) {
                    continue;
                }
                let submissions = part.iter().map(|step| step.submission.clone()).collect();
                for (step, outcome) in part.iter().zip(self.ledger.submit(submissions).await?) {
                    if let Outcome::Rejected(rejection) = outcome
                        && step.role != Role::Support
                    {
                        // Checked before: only somebody else's entries in between can have changed the answer.
                        let place = formats::Place::default();
                        let code = Code::other(rejection.code());
                        findings.push(Finding::error(place, None, code, rejection.to_string()));
                    }
                }
            }
        }
        Ok(())
    }

    fn error_workbook(&self, file: &InFile, outcome: &FileOutcome) -> Result<(), ImportError> {
        let Some(folder) = &self.options.error_workbooks else { return Ok(()) };
        if !outcome.findings.iter().any(Finding::is_error) {
            return Ok(());
        }
        let Ok(bytes) = file.read() else { return Ok(()) };
        let path = self.unused(folder, &file.base_name());
        let workbook = formats::error_workbook(&bytes, &outcome.findings)?;
        let failed = |source| ImportError::ErrorWorkbook { path: path.clone(), source };
        std::fs::create_dir_all(folder).map_err(failed)?;
        std::fs::write(&path, workbook).map_err(failed)
    }
}

impl Importer<'_> {
    /// A place for an error workbook that none of this import has taken: files of one name may lie in several
    /// folders.
    fn unused(&self, folder: &Path, base: &str) -> PathBuf {
        let mut taken = self.workbooks.borrow_mut();
        let names = (1u32..).map(|n| match n {
            1 => format!("{base}.errors.xlsx"),
            n => format!("{base}.errors-{n}.xlsx"),
        });
        let mut paths = names.map(|name| folder.join(name)).filter(|path| !taken.contains(path));
        let path = paths.next().unwrap_or_else(|| folder.join(base));
        taken.insert(path.clone());
        path
    }
}

/// Whether a row of the file would be new.
fn plan_adds(plan: &Plan, previews: &[Preview]) -> bool {
    let rows = plan.steps.iter().zip(previews).filter(|(step, _)| step.role == Role::Row);
    rows.into_iter().any(|(_, preview)| *preview == Preview::Recorded)
}

fn bad_lines(findings: &[Finding]) -> BTreeSet<u32> {
    let errors = findings.iter().filter(|f| f.severity == Severity::Error && !f.whole_file);
    errors.filter_map(|f| f.line).collect()
}

impl Plan {
    /// Rows all of whose steps are recorded already.
    fn note_known(&mut self, previews: &[Preview]) {
        let mut rows: BTreeMap<u32, bool> = BTreeMap::new();
        for (step, preview) in self.steps.iter().zip(previews).filter(|(s, _)| s.role == Role::Row) {
            let known = matches!(preview, Preview::AlreadyRecorded { .. });
            for line in &step.lines {
                let all = rows.entry(*line).or_insert(true);
                *all = *all && known;
            }
        }
        self.known.extend(rows.into_iter().filter(|(_, known)| *known).map(|(line, _)| line));
    }
}

fn count(parsed: &Parsed, plan: &Plan, bad: &BTreeSet<u32>) -> RowCounts {
    let rows = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let mut recorded: BTreeSet<u32> = BTreeSet::new();
    for step in plan.steps.iter().filter(|step| step.role == Role::Row) {
        recorded.extend(step.lines.iter().filter(|line| !plan.known.contains(line)));
    }
    let refused = rows(bad.len());
    let recorded = rows(recorded.len());
    RowCounts {
        recorded,
        already_recorded: parsed.rows_in_file.saturating_sub(recorded).saturating_sub(refused),
        refused,
    }
}
