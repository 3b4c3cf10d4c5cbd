//! The sample files, and the ledger that many tests begin with.

use crate::{Book, text};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// A file or folder of the sample data.
pub fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name)
}

/// A JSON file of the sample data.
pub fn read_json(name: &str) -> Value {
    let path = data(name);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    serde_json::from_slice(&bytes).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Rows by kind, as an import counts them; kinds without a row are left out.
pub fn kind_counts(report: &Value, what: &str) -> BTreeMap<String, u64> {
    let kinds = report[what].as_object().unwrap_or_else(|| panic!("no {what} in {report}"));
    let counts = kinds.iter().map(|(kind, count)| (kind.clone(), count.as_u64().expect("a count")));
    counts.filter(|(_, count)| *count > 0).collect()
}

/// A ledger with the folder `site` in it, made once per test binary, and what its import printed. Copy it
/// before anything is done to it.
pub fn shared_site() -> (&'static Book, &'static Value) {
    static SITE: OnceLock<(Book, Value)> = OnceLock::new();
    let (book, report) = SITE.get_or_init(|| {
        let book = Book::at(kept_folder().join("ledger"));
        book.ask("init", &["--origin", "wageledger.example.org/site"]).exits(0);
        let report = book.import(&[data("site")]).exits(0).json();
        (book, report)
    });
    (book, report)
}

/// A folder that outlives the test, since nothing drops a static; what earlier runs left is removed.
fn kept_folder() -> PathBuf {
    let all = std::env::temp_dir().join("wageledger-tests");
    for left in std::fs::read_dir(&all).into_iter().flatten().flatten() {
        let process = text(&left.file_name().to_string_lossy().into_owned().into());
        if !Path::new("/proc").join(process).exists() {
            // Another run may be at it as well.
            let _ = std::fs::remove_dir_all(left.path());
        }
    }
    let own = all.join(std::process::id().to_string());
    std::fs::create_dir_all(&own).expect("a folder");
    own
}
