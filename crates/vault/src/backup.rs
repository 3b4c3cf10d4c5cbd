//! A vault's rows as they stand, in a file of their own: what a backup holds.
//!
//! Nothing is opened on the way, so that no epoch key is needed, and none can come into the backup: the keys stay
//! wrapped under the same epoch key.

use crate::database::Database;
use crate::engine::{Ask, Cell, Conn, Pool, Row};
use crate::epoch::{self, WRAPPED_LEN};
use crate::error::{Damage, VaultError};
use crate::store::{self, CHUNK};
use crate::vault::PAGE;
use std::path::Path;

/// What a backup of a vault holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held {
    /// Subjects with a key.
    pub subjects: u64,
    /// ID numbers bound to a worker.
    pub id_numbers: u64,
    /// The epoch whose key opens it.
    pub epoch: u64,
}

/// A table of the vault: its name, its columns (the first is the key), and how many bytes each holds.
type Table = (&'static str, &'static [&'static str], &'static [usize]);

const SUBJECT_KEY: Table = ("subject_key", &["subject", "wrapped"], &[16, WRAPPED_LEN]);
const ID_NUMBER: Table = ("id_number", &["blind_index", "subject", "binding"], &[16, 16, 16]);

/// Copies a vault as it is at one moment into a new file, also while others write to it. A file that is there already
/// is left alone ([`VaultError::Exists`]); a crash on the way leaves a file that is no vault, or one without its end:
/// the caller makes it aside.
pub async fn back_up(from: impl Into<Database>, to: &Path) -> Result<Held, VaultError> {
    let (from, target) = (from.into(), Database::from(to));
    if let Database::File(path) = &from
        && !path.is_file()
    {
        return Err(VaultError::Missing(from.to_string()));
    }
    let source = Pool::open(&from, true).await?;
    let mut reading = source.begin().await?;
    reading.one_state().await?;
    if reading.conn().is_empty().await? {
        return Err(VaultError::Missing(from.to_string()));
    }
    epoch::create_private_file(to).map_err(|source| match source.kind() {
        std::io::ErrorKind::AlreadyExists => VaultError::Exists(target.to_string()),
        _ => VaultError::Create { place: target.to_string(), source },
    })?;
    let made = Pool::open(&target, false).await?;
    let state = store::read_state(&mut reading.conn()).await?;
    let mut writing = made.begin().await?;
    store::create_tables(&mut writing.conn()).await?;
    store::write_state(&mut writing.conn(), &state).await?;
    let subjects = copy_rows(&mut reading.conn(), &mut writing.conn(), SUBJECT_KEY).await?;
    let id_numbers = copy_rows(&mut reading.conn(), &mut writing.conn(), ID_NUMBER).await?;
    writing.commit().await?;
    drop(reading);
    source.close().await;
    // The last connection that closes takes the write-ahead log away.
    made.close().await;
    Ok(Held { subjects, id_numbers, epoch: state.epoch })
}

/// Copies a table page by page, in the order of its key; how many rows there were.
async fn copy_rows(from: &mut Conn<'_>, to: &mut Conn<'_>, table: Table) -> Result<u64, VaultError> {
    let (name, columns, lengths) = table;
    let (key, all) = (columns[0], columns.join(", "));
    let (mut copied, mut after) = (0u64, None);
    loop {
        let limit = Cell::Int(i64::from(PAGE));
        let ask = match after.take() {
            None => Ask::new(format!("SELECT {all} FROM {name} ORDER BY {key} LIMIT $1"), vec![limit]),
            Some(after) => Ask::new(
                format!("SELECT {all} FROM {name} WHERE {key} > $1 ORDER BY {key} LIMIT $2"),
                vec![Cell::Bytes(after), limit],
            ),
        };
        let rows = from.fetch(ask).await?;
        for row in &rows {
            if !well_formed(row, lengths) {
                return Err(VaultError::Damaged(Damage::Malformed { table: name }));
            }
        }
        let Some(last) = rows.last() else { return Ok(copied) };
        after = last.bytes(0).map(<[u8]>::to_vec);
        for chunk in rows.chunks(CHUNK) {
            let values = store::rows_of(columns.len(), chunk.len());
            let sql = format!("INSERT INTO {name} ({all}) VALUES {values}");
            let cells = chunk.iter().flat_map(|row| (0..columns.len()).filter_map(|at| row.bytes(at)));
            let ask = Ask::new(sql, cells.map(Cell::from).collect()).kept(store::is_common(chunk.len()));
            to.execute(ask).await?;
        }
        copied = copied.saturating_add(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    }
}

fn well_formed(row: &Row, lengths: &[usize]) -> bool {
    lengths.iter().enumerate().all(|(at, length)| row.bytes(at).is_some_and(|bytes| bytes.len() == *length))
}
