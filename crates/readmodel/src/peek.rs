//! Where a read model stands, whoever made it.

use crate::engine::Pool;
use crate::value::Read;
use crate::{Cursor, Database, ReadModel, ReadModelError};

impl ReadModel {
    /// The cursor of the read model in `database`, even of one that another version of the program made: before
    /// it is thrown away, it is the witness of what the journal once had. `None` where there is no read model or
    /// it never took anything in.
    pub async fn peek_cursor(database: &Database) -> Result<Option<Cursor>, ReadModelError> {
        if let Database::File(path) = database
            && !path.is_file()
        {
            return Ok(None);
        }
        let pool = Pool::open(database, false, true).await?;
        let read = async {
            let mut connection = pool.begin_plain().await?;
            // Tables and cursor are made together: without tables it never became a read model.
            if connection.is_empty().await? {
                return Ok(Vec::new());
            }
            // Through expressions: a damaged description of the table must not stop the driver.
            let sql = "SELECT CAST(seq AS BIGINT) AS seq, CAST(hash AS TEXT) AS hash FROM position";
            connection.fetch(sql, Vec::new()).await
        };
        let rows = read.await;
        pool.close().await;
        let rows = rows?;
        let Some(row) = rows.first() else { return Ok(None) };
        Ok(Some(Cursor { seq: row.number("seq")?, hash: row.parsed("hash")? }))
    }
}
