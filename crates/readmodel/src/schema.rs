//! The statements of `projections/schema.sql`, each by itself: what makes the tables, and what a database must
//! say of itself.

/// The tables and their indexes.
pub(crate) const SCHEMA: &str = include_str!("../../../projections/schema.sql");

/// A statement that makes a table or an index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) is_index: bool,
    /// What it makes.
    pub(crate) name: &'static str,
    /// The table that it is or belongs to.
    pub(crate) table: &'static str,
    /// From CREATE to before the semicolon.
    pub(crate) sql: &'static str,
}

impl Statement {
    /// Whether it makes a table with a key that the database knows of.
    pub(crate) fn has_key(&self) -> bool {
        !self.is_index && self.sql.contains("PRIMARY KEY")
    }

    /// Whether it makes an index that may be left out until a bulk is over: made at once, such a one costs less than kept up
    /// to date. One of some rows only, which here are always few, is the other way round.
    pub(crate) fn may_wait(&self) -> bool {
        self.is_index && !self.sql.split_whitespace().any(|word| word == "WHERE")
    }
}

/// All of them, in the file's order. A test holds what is found here against what SQLite makes of the file.
pub(crate) fn statements() -> impl Iterator<Item = Statement> {
    SCHEMA.split(";\n").filter_map(|part| {
        let begin = if part.starts_with("CREATE ") { 0 } else { part.find("\nCREATE ")? + 1 };
        let sql = part.get(begin..)?.trim_end();
        let mut words = sql.split_whitespace().skip(1).skip_while(|word| *word == "UNIQUE");
        let is_index = words.next()? == "INDEX";
        let name = words.next()?;
        let table = if is_index { words.nth(1)? } else { name };
        Some(Statement { is_index, name, table, sql })
    })
}

/// Some of them, to be run at once.
pub(crate) fn script(which: impl Fn(&Statement) -> bool) -> String {
    let some: Vec<_> = statements().filter(which).map(|statement| statement.sql).collect();
    some.join(";\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_is_found() {
        let all: Vec<_> = statements().collect();
        assert_eq!(all.len(), SCHEMA.matches("\nCREATE ").count());
        assert_eq!(all.iter().filter(|s| !s.is_index).count(), crate::tables::ALL.len());
        let index = all.iter().find(|s| s.name == "wage_line_key").unwrap();
        assert!(index.is_index && index.table == "wage_line" && index.sql.starts_with("CREATE UNIQUE INDEX"));
        let kept = all.iter().filter(|s| s.is_index && !s.may_wait()).map(|s| s.name);
        let kept: Vec<_> = kept.collect();
        assert_eq!(kept, ["trail_last", "wage_line_no_calendar", "wage_version_again", "sheet_unsealed"]);
        assert!(all[0].sql.starts_with("CREATE TABLE position (\n") && all[0].sql.ends_with(')'));
    }
}
