//! The rows that a batch makes, by table.

use super::lists::TrailRow;
use super::state::State;
use crate::ReadModelError;
use crate::engine::{Connection, CopyRows};
use crate::rows::Rows;
use crate::tables;
use crate::value::Value;
use crate::warning::Touched;
use rules::Month;
use rules::tax::Deduction;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;
use wages::BlindIndex;
use wages::event::LineKey;

macro_rules! out {
    ($($field:ident: $table:ident),* $(,)?) => {
        /// Rows by table; of tables whose rows are replaced the last of a key.
        pub(crate) struct Out {
            $(pub(crate) $field: Rows,)*
            pub(crate) organisations: BTreeMap<String, [Value; 4]>,
            pub(crate) projects: BTreeMap<String, [Value; 13]>,
            pub(crate) crews: BTreeMap<String, [Value; 5]>,
            /// And whether the key may be there.
            pub(crate) worker_cards: BTreeMap<(Uuid, BlindIndex), ([Value; 3], bool)>,
            pub(crate) deductions: BTreeMap<(Uuid, String, Deduction, Month), [Value; 8]>,
            pub(crate) sheets: BTreeMap<SheetKey, Sheet>,
            pub(crate) subcontracts: BTreeMap<[String; 2], [Value; 12]>,
            pub(crate) deposits: BTreeMap<[String; 2], [Value; 9]>,
            pub(crate) inspections: BTreeMap<[String; 3], [Value; 11]>,
            pub(crate) complaints: BTreeMap<[String; 2], [Value; 9]>,
            /// Keys (worker, project, month) whose rows of work and no_line are made anew.
            pub(crate) work_gone: CopyRows,
            pub(crate) touched: Touched,
        }

        impl Out {
            pub(crate) fn new() -> Out {
                Out {
                    $($field: Rows::of(&tables::$table),)*
                    organisations: BTreeMap::new(),
                    projects: BTreeMap::new(),
                    crews: BTreeMap::new(),
                    worker_cards: BTreeMap::new(),
                    deductions: BTreeMap::new(),
                    sheets: BTreeMap::new(),
                    subcontracts: BTreeMap::new(),
                    deposits: BTreeMap::new(),
                    inspections: BTreeMap::new(),
                    complaints: BTreeMap::new(),
                    work_gone: CopyRows::of(&tables::WORK.columns[..tables::WORK.key]),
                    touched: Touched::default(),
                }
            }

            /// As [`Rows::hold_back`], of all tables.
            pub(crate) fn hold_back(&mut self, few: usize, room: &mut Out) -> Out {
                Out { $($field: self.$field.hold_back(few, &mut room.$field),)* ..Out::new() }
            }

            /// Leaves nothing but room for rows, which is some megabytes: used again, it need not be cleared by the system
            /// each time.
            pub(crate) fn emptied(self) -> Out {
                let Out { $(mut $field,)* .. } = self;
                $($field.clear();)*
                Out { $($field,)* ..Out::new() }
            }

            /// Of each table the larger room: where rows waited for more, none came back with the others.
            pub(crate) fn or_larger(self, other: Out) -> Out {
                Out { $($field: self.$field.or_larger(other.$field),)* ..Out::new() }
            }

            /// Writes everything.
            pub(crate) async fn write(&self, connection: &mut Connection) -> Result<(), ReadModelError> {
                connection.delete(&tables::NO_LINE, &self.work_gone).await?;
                connection.delete(&tables::WORK, &self.work_gone).await?;
                self.write_replaced(connection).await?;
                $(self.$field.write(connection).await?;)*
                Ok(())
            }
        }
    };
}

out!(
    ledgers: LEDGER,
    facts: FACT,
    trails: TRAIL,
    strays: STRAY,
    files: FILE,
    reveals: REVEAL,
    workers: WORKER,
    worker_card_rows: WORKER_CARD,
    stays: STAY,
    contracts: CONTRACT,
    contract_terms: CONTRACT_TERMS,
    contract_ends: CONTRACT_END,
    work: WORK,
    no_lines: NO_LINE,
    wage_lines: WAGE_LINE,
    tax_years: TAX_YEAR,
    employments: EMPLOYMENT,
    wage_versions: WAGE_VERSION,
    statements: STATEMENT,
    taxes: TAX,
    payments: PAYMENT,
    payment_returns: PAYMENT_RETURN,
    batches: BATCH,
    account_movements: ACCOUNT_MOVEMENT,
    site_months: SITE_MONTH,
    warning_steps: WARNING_STEP,
);

/// Which sheet. What tells most apart stands first: a key is looked up for every line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SheetKey {
    crew: Uuid,
    month: Month,
    correction: u16,
    project: Arc<str>,
    pub(crate) employer: Arc<str>,
}

impl SheetKey {
    /// The sheet of a line or seal.
    pub(crate) fn of(of: &LineKey, correction: u16, state: &mut State) -> SheetKey {
        let (project, employer) = (state.name(of.project.as_str()), state.name(of.employer.as_str()));
        SheetKey { crew: of.crew, month: of.month, correction, project, employer }
    }
}

/// What a batch of entries adds to a sheet.
#[derive(Default)]
pub(crate) struct Sheet {
    pub(crate) recorded_lines: i64,
    /// In fen.
    pub(crate) recorded_net: i64,
    /// Entry of the seal, lines, gross, deductions, advances, net, root.
    pub(crate) seal: Option<[Value; 7]>,
}

/// Writes the last row of each key.
async fn replace<K, const N: usize>(
    table: &'static tables::Table,
    last: &BTreeMap<K, [Value; N]>,
    connection: &mut Connection,
) -> Result<(), ReadModelError> {
    let mut rows = Rows::of(table);
    last.values().for_each(|row| rows.push(row.clone()));
    rows.write(connection).await
}

impl Out {
    /// Parts of audit trails: `new` = of none of them is there a row.
    pub(crate) fn add_trails(&mut self, rows: Vec<TrailRow>, new: bool) {
        rows.into_iter().for_each(|row| self.trails.put(row, !new));
    }

    /// Makes rows of a batch's cards.
    pub(crate) fn add_worker_cards(&mut self) {
        for (row, stored) in std::mem::take(&mut self.worker_cards).into_values() {
            self.worker_card_rows.put(row, stored);
        }
    }

    async fn write_replaced(&self, connection: &mut Connection) -> Result<(), ReadModelError> {
        replace(&tables::ORGANISATION, &self.organisations, connection).await?;
        replace(&tables::PROJECT, &self.projects, connection).await?;
        replace(&tables::CREW, &self.crews, connection).await?;
        replace(&tables::DEDUCTION, &self.deductions, connection).await?;
        replace(&tables::SUBCONTRACT, &self.subcontracts, connection).await?;
        replace(&tables::DEPOSIT, &self.deposits, connection).await?;
        replace(&tables::INSPECTION, &self.inspections, connection).await?;
        replace(&tables::COMPLAINT, &self.complaints, connection).await?;
        let mut sheets = Rows::of(&tables::SHEET);
        for (key, sheet) in &self.sheets {
            let none = [const { Value::Null }; 7];
            let [seal, lines, gross, deductions, advances, net, root] = sheet.seal.clone().unwrap_or(none);
            sheets.push([
                (&key.project).into(),
                (&key.employer).into(),
                key.crew.into(),
                key.month.into(),
                key.correction.into(),
                sheet.recorded_lines.into(),
                sheet.recorded_net.into(),
                seal,
                lines,
                gross,
                deductions,
                advances,
                net,
                root,
            ]);
        }
        sheets.write(connection).await
    }
}
