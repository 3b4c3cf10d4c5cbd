//! Where a read model stands, whoever made it.

use crate::engine;
use crate::value::Read;
use crate::{Cursor, ReadModel, ReadModelError};
use std::path::Path;

impl ReadModel {
    /// The cursor of the read model at `path`, even of one that another version of the program made: before it
    /// is thrown away, it is the witness of what the journal once had. `None` where there is no read model or
    /// it never took anything in.
    pub async fn peek_cursor(path: &Path) -> Result<Option<Cursor>, ReadModelError> {
        if !path.is_file() {
            return Ok(None);
        }
        let pool = engine::open(path, false, true).await?;
        let read = async {
            let connection = &mut *engine::begin_read(&pool).await?;
            // Tables and cursor are made together: without tables it never became a read model.
            if engine::is_empty(connection).await? {
                return Ok(Vec::new());
            }
            // Through expressions: a damaged description of the table must not stop the driver.
            let sql = "SELECT CAST(seq AS BIGINT) AS seq, CAST(hash AS TEXT) AS hash FROM position";
            engine::fetch(connection, sql, Vec::new()).await
        };
        let rows = read.await?;
        pool.close().await;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Cursor { seq: row.number("seq")?, hash: row.parsed("hash")? }))
    }
}
