//! Comparing two read models row by row: how a row that was changed by hand is found and named.

use crate::engine::Row;
use crate::tables::{ALL, Table};
use crate::value::Value;
use crate::{Database, ReadModel, ReadModelError};
use futures_util::TryStreamExt;
use std::cmp::Ordering;

/// What one row says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: &'static str,
    /// The row's key, its columns joined by ` / `.
    pub key: String,
    /// What is different: `net is 1, should be 2`, `the row is missing`, `the row should not be there`.
    pub what: String,
}

/// A row as text, whatever somebody may have put into its columns.
struct TextRow {
    key: Vec<Value>,
    columns: Vec<Option<String>>,
}

/// Values longer than this many characters are cut in a report.
const SHOWN: usize = 60;

impl ReadModel {
    /// Compares every row of every table with those of the read model in `other`, which is taken to be right
    /// (made anew from the journal, up to the same entry) and may lie on the other engine. Gives at most `limit`
    /// differences, by table and key.
    pub async fn difference(
        &self,
        other: &Database,
        limit: usize,
    ) -> Result<Vec<Difference>, ReadModelError> {
        let other = ReadModel::open_read_only(other).await?;
        let mut found = Vec::new();
        let (mut mine, mut right) = (self.read().await?, other.read().await?);
        for table in ALL {
            let sql = all_rows(table);
            let mut mine = mine.stream(sql.clone(), Vec::new());
            let mut right = right.stream(sql, Vec::new());
            let failed = ReadModelError::storage;
            let mut a = mine.try_next().await.map_err(failed("comparing rows"))?.map(|r| table.row(&r));
            let mut b = right.try_next().await.map_err(failed("comparing rows"))?.map(|r| table.row(&r));
            while found.len() < limit {
                let order = match (&a, &b) {
                    (None, None) => break,
                    (Some(_), None) => Ordering::Less,
                    (None, Some(_)) => Ordering::Greater,
                    (Some(a), Some(b)) => a.key.cmp(&b.key),
                };
                if let Some(difference) = table.compare(order, a.as_ref(), b.as_ref()) {
                    found.push(difference);
                }
                if order.is_le() {
                    a = mine.try_next().await.map_err(failed("comparing rows"))?.map(|r| table.row(&r));
                }
                if order.is_ge() {
                    b = right.try_next().await.map_err(failed("comparing rows"))?.map(|r| table.row(&r));
                }
            }
        }
        // A pool waits for its connections: they go back first.
        drop((mine, right));
        other.close().await;
        Ok(found)
    }
}

/// Every column as text, in the order of the key.
fn all_rows(table: &Table) -> String {
    let columns: Vec<_> = table.columns.iter().map(|c| format!("CAST({} AS TEXT)", c.name)).collect();
    // With the table's name: a bare one would be the text that it is cast to.
    let key = table.columns.iter().take(table.key).map(|c| format!("{}.{}", table.name, c.name));
    let key: Vec<_> = key.collect();
    format!("SELECT {} FROM {} ORDER BY {}", columns.join(", "), table.name, key.join(", "))
}

impl Table {
    fn row(&self, row: &Row) -> TextRow {
        let columns: Vec<Option<String>> = (0..self.columns.len())
            // What is not even text counts as a value of its own that no right row has.
            .map(|at| row.text_at(at).unwrap_or_else(|_| Some("(unreadable)".to_owned())))
            .collect();
        let key = self.columns.iter().zip(&columns).take(self.key).map(|(column, text)| match text {
            None => Value::Null,
            Some(text) => match text.parse() {
                Ok(number) if column.is_int => Value::Int(number),
                _ => Value::Short(text.into()),
            },
        });
        TextRow { key: key.collect(), columns }
    }

    /// What is different between the two rows that stand first.
    fn compare(
        &self,
        order: Ordering,
        mine: Option<&TextRow>,
        right: Option<&TextRow>,
    ) -> Option<Difference> {
        let (row, what) = match order {
            Ordering::Less => (mine?, "the row should not be there".to_owned()),
            Ordering::Greater => (right?, "the row is missing".to_owned()),
            Ordering::Equal => {
                let (mine, right) = (mine?, right?);
                let pairs = self.columns.iter().zip(mine.columns.iter().zip(&right.columns));
                let other = pairs.filter(|(_, (a, b))| a != b);
                let other: Vec<_> = other
                    .map(|(column, (a, b))| {
                        format!("{} is {}, should be {}", column.name, shown(a), shown(b))
                    })
                    .collect();
                if other.is_empty() {
                    return None;
                }
                (mine, other.join("; "))
            }
        };
        let key = row.columns.iter().take(self.key).map(shown).collect::<Vec<_>>().join(" / ");
        Some(Difference { table: self.name, key, what })
    }
}

fn shown(value: &Option<String>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(text) if text.chars().count() > SHOWN => {
            format!("{}…", text.chars().take(SHOWN).collect::<String>())
        }
        Some(text) => text.clone(),
    }
}
