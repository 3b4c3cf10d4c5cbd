//! Seals over wage sheets and bank batches: no line missing, none added.

use super::Check;
use crate::Recorded;
use chain::{Hash, merkle};
use rules::Money;
use std::collections::{HashMap, HashSet};
use wages::Event;
use wages::event::{LineKey, PaymentDetails, WageLine};

/// The root over lines' command ids, ascending: the order of lines in a file is no part of what is sealed.
pub fn root_over(command_ids: &mut [[u8; 16]]) -> Hash {
    command_ids.sort_unstable();
    let leaves: Vec<Hash> = command_ids.iter().map(|id| merkle::leaf(id)).collect();
    merkle::root(&leaves)
}

type SheetKey = (LineKey, u16);
type BatchKey = (String, String);

#[derive(Default)]
struct Lines {
    commands: Vec<[u8; 16]>,
    gross: i128,
    deductions: i128,
    advances: i128,
    net: i128,
}

/// Lines by the sheet or batch they stand on, until its seal comes. Lines whose seal never comes count and are
/// shown as incomplete by the questions: no fault of the record.
pub(super) struct Seals {
    sheets: Check,
    batches: Check,
    open_sheets: HashMap<SheetKey, Lines>,
    open_batches: HashMap<BatchKey, Lines>,
    sealed_sheets: HashSet<SheetKey>,
    sealed_batches: HashSet<BatchKey>,
}

impl Default for Seals {
    fn default() -> Seals {
        Seals {
            sheets: Check::content("sheet_seals"),
            batches: Check::content("batch_seals"),
            open_sheets: HashMap::new(),
            open_batches: HashMap::new(),
            sealed_sheets: HashSet::new(),
            sealed_batches: HashSet::new(),
        }
    }
}

fn fen(amount: Option<Money>) -> i128 {
    i128::from(amount.map_or(i64::MAX, Money::fen))
}

impl Seals {
    /// The checks, with how many seals were looked at.
    pub(super) fn into_checks(mut self) -> (Check, Check) {
        self.sheets.note = Some(format!("{} seals", self.sealed_sheets.len()));
        self.batches.note = Some(format!("{} seals", self.sealed_batches.len()));
        (self.sheets, self.batches)
    }

    pub(super) fn take(&mut self, entry: &Recorded) {
        match &entry.event {
            Event::WagesAccrued(e) => self.line(entry, &e.of, e.correction, &e.line),
            Event::WagesCorrected(e) => self.line(entry, &e.of, e.correction, &e.line),
            Event::PaymentRecorded(e) => self.bank_line(entry, &e.payment),
            Event::PaymentFailed(e) => self.bank_line(entry, &e.payment),
            Event::PaymentReturned(e) => self.bank_line(entry, &e.payment),
            Event::SheetSealed(e) => {
                let key = (e.of.clone(), e.correction);
                let mut lines = self.open_sheets.remove(&key).unwrap_or_default();
                let sums = [lines.gross, lines.deductions, lines.advances, lines.net];
                let sealed = [e.gross, e.deductions, e.advances, e.net].map(|m| i128::from(m.fen()));
                if lines.commands.len() as u64 != u64::from(e.lines) {
                    let what = format!("seals {} lines, {} are recorded", e.lines, lines.commands.len());
                    self.sheets.find(entry.header.seq, what);
                } else if root_over(&mut lines.commands).to_string() != e.root {
                    self.sheets.find(entry.header.seq, "seals other lines than those recorded");
                } else if sums != sealed {
                    self.sheets.find(entry.header.seq, "its sums are not those of the lines recorded");
                }
                self.sealed_sheets.insert(key);
            }
            Event::BatchSealed(e) => {
                let key = (e.project.to_string(), e.batch.to_string());
                let mut lines = self.open_batches.remove(&key).unwrap_or_default();
                if lines.commands.len() as u64 != u64::from(e.lines) {
                    let what = format!("seals {} lines, {} are recorded", e.lines, lines.commands.len());
                    self.batches.find(entry.header.seq, what);
                } else if root_over(&mut lines.commands).to_string() != e.root {
                    self.batches.find(entry.header.seq, "seals other lines than those recorded");
                } else if lines.gross != i128::from(e.amount.fen()) {
                    self.batches.find(entry.header.seq, "its amount is not that of the lines recorded");
                }
                self.sealed_batches.insert(key);
            }
            _ => {}
        }
    }

    fn line(&mut self, entry: &Recorded, of: &LineKey, correction: u16, line: &WageLine) {
        let key = (of.clone(), correction);
        if self.sealed_sheets.contains(&key) {
            self.sheets.find(entry.header.seq, "a line was added to a sheet after its seal");
            return;
        }
        let lines = self.open_sheets.entry(key).or_default();
        lines.commands.push(entry.header.command_id);
        lines.gross += fen(Some(line.gross));
        lines.deductions += fen(line.deductions.total());
        lines.advances += fen(line.advances.total());
        lines.net += fen(Some(line.net));
    }

    fn bank_line(&mut self, entry: &Recorded, payment: &PaymentDetails) {
        let key = (payment.project.to_string(), payment.batch.to_string());
        if self.sealed_batches.contains(&key) {
            self.batches.find(entry.header.seq, "a line was added to a batch after its seal");
            return;
        }
        let lines = self.open_batches.entry(key).or_default();
        lines.commands.push(entry.header.command_id);
        lines.gross += fen(Some(payment.amount));
    }
}
