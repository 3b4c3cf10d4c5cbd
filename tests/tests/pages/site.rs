//! Nodes that serve the sample site.

use tempfile::TempDir;
use tests::{Book, Node, data, server, shared_site};

/// A running node with the sample site, and what it stands on.
pub(crate) struct Site {
    pub(crate) node: Node,
    /// The ledger's files.
    pub(crate) book: Book,
    _folder: Option<TempDir>,
}

/// The site in a folder: all of it in SQLite.
pub(crate) fn on_sqlite() -> Site {
    let book = shared_site().0.copy();
    Site { node: Node::start(&book), book, _folder: None }
}

/// The site with its read model and its vault in PostgreSQL.
pub(crate) fn on_postgres() -> Site {
    let folder = TempDir::new().expect("a folder");
    let unique: String =
        folder.path().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
    let schema = format!("pages_{}", &unique[unique.len().saturating_sub(6)..].to_lowercase());
    let config = folder.path().join("node.toml");
    let text = format!(
        "[ledger]\norigin = \"wageledger.example.org/{schema}\"\ndir = \"node\"\n\n\
         [postgres]\nurl = \"{}\"\nschema = \"{schema}\"\n",
        server("WAGELEDGER_TEST_POSTGRES")
    );
    std::fs::write(&config, text).expect("a configuration");
    let book = Book::configured(folder.path().join("node"), config);
    book.ask("init", &[]).exits(0);
    book.import(&[data("site")]).exits(0);
    Site { node: Node::start(&book), book, _folder: Some(folder) }
}
