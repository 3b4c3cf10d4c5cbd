//! A ledger's folder, and the program run on it.

use crate::Answer;
use chain::{HEADER_LEN, Hash, Header, entry_hash};
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;
use tempfile::TempDir;

/// The program: it lies beside the folder that the test's own executable lies in.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test has an executable");
    let profile = test.parent().and_then(Path::parent).expect("target/PROFILE/deps");
    let program = profile.join("wageledger");
    assert!(
        program.is_file(),
        "{} is not there: build the workspace first (tests/run.sh does)",
        program.display()
    );
    program
}

/// The program, in an environment of its own.
pub fn wageledger() -> Command {
    clean(Command::new(program()))
}

/// Takes away what the caller's environment would change.
pub fn clean(mut command: Command) -> Command {
    for name in ["WAGELEDGER_VAULT_KEY", "WAGELEDGER_NODE_TOKEN", "WAGELEDGER_LOG"] {
        command.env_remove(name);
    }
    command.env("WAGELEDGER_ACTOR", "tester").env("RUST_BACKTRACE", "1").stdin(Stdio::null());
    command
}

/// No command of a test takes so long, in seconds; one that does hangs.
const PATIENCE_S: u64 = 300;

/// Runs a command to its end.
pub fn run(mut command: Command) -> Answer {
    let asked = format!("{:?}", command.get_args().collect::<Vec<_>>());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    end_of(child, asked)
}

/// Waits for a process; one that hangs is killed and fails the test.
pub fn end_of(child: Child, asked: String) -> Answer {
    let process = child.id().to_string();
    let (done, hangs) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let late = hangs.recv_timeout(Duration::from_secs(PATIENCE_S)) == Err(RecvTimeoutError::Timeout);
        if late {
            // The standard library kills only through the handle that is being waited on.
            let _ = Command::new("kill").args(["-KILL", &process]).status();
        }
        late
    });
    let output = child.wait_with_output().expect("it ends");
    drop(done);
    let late = watch.join().expect("watching");
    let answer = Answer::of(asked, &output);
    assert!(!late, "hung for {PATIENCE_S} s\n{}", answer.shown());
    answer
}

/// Where a ledger stands, read from its file without asking the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Sequence of the last entry.
    pub seq: u64,
    /// Its hash in hexadecimal.
    pub hash: String,
}

/// A stored entry, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place.
    pub seq: i64,
    /// 136 bytes.
    pub header: Vec<u8>,
    /// 16 bytes.
    pub salt: Vec<u8>,
    /// The sealed fact.
    pub body: Vec<u8>,
}

impl Entry {
    /// The header, decoded.
    pub fn place(&self) -> Header {
        Header::decode(&self.header).expect("a header")
    }

    /// The link that the next entry holds.
    pub fn hash(&self) -> Hash {
        let header: &[u8; HEADER_LEN] = self.header.as_slice().try_into().expect("136 bytes");
        entry_hash(header)
    }

    /// What the body says.
    pub fn fact(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a body is JSON")
    }

    /// The type that the body says, as in `wages.accrued`.
    pub fn type_name(&self) -> String {
        crate::text(&self.fact()["type"])
    }
}

/// A ledger's folder. It goes when the value goes.
#[derive(Debug)]
pub struct Book {
    dir: PathBuf,
    /// What `--ledger` gets, where it is not the folder.
    config: Option<PathBuf>,
    _folder: Option<TempDir>,
}

impl Book {
    /// A folder without a ledger.
    pub fn bare() -> Book {
        let folder = TempDir::new().expect("a folder");
        Book { dir: folder.path().join("ledger"), config: None, _folder: Some(folder) }
    }

    /// A new ledger.
    pub fn new() -> Book {
        let book = Book::bare();
        book.ask("init", &["--origin", "wageledger.example.org/test"]).exits(0);
        book
    }

    /// A ledger in a folder that somebody else looks after.
    pub fn at(dir: impl Into<PathBuf>) -> Book {
        Book { dir: dir.into(), config: None, _folder: None }
    }

    /// A ledger with a configuration; the node's own files are in `dir`.
    pub fn configured(dir: impl Into<PathBuf>, config: impl Into<PathBuf>) -> Book {
        Book { dir: dir.into(), config: Some(config.into()), _folder: None }
    }

    /// What `--ledger` gets.
    pub fn named(&self) -> &Path {
        self.config.as_deref().unwrap_or(&self.dir)
    }

    /// The same ledger again, in a folder of its own.
    pub fn copy(&self) -> Book {
        let copy = Book::bare();
        self.copy_to(&copy.dir);
        copy
    }

    /// Copies the ledger's files; SQLite makes the shared-memory file again.
    pub fn copy_to(&self, dir: &Path) {
        fs::create_dir_all(dir).expect("a folder");
        for file in fs::read_dir(&self.dir).expect("a ledger's folder") {
            let name = file.expect("a file").file_name().to_string_lossy().into_owned();
            if !name.ends_with("-shm") {
                fs::copy(self.file(&name), dir.join(&name)).expect("a copy");
            }
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// A file of the folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// The token that its node wants: beside the configuration, where several nodes have it in common, or in the folder.
    pub fn token(&self) -> String {
        let beside = self.config.as_deref().map(|config| config.with_file_name("node.token"));
        let file = beside.filter(|file| file.exists()).unwrap_or_else(|| self.file("node.token"));
        let token = fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        token.trim().to_owned()
    }

    /// `wageledger COMMAND --ledger DIR …`, not run yet.
    pub fn command(&self, command: &str, args: &[&str]) -> Command {
        let mut process = wageledger();
        process.arg(command).arg("--ledger").arg(self.named()).args(args);
        process
    }

    /// `wageledger COMMAND --ledger DIR …`
    pub fn ask(&self, command: &str, args: &[&str]) -> Answer {
        run(self.command(command, args))
    }

    /// Takes files or folders in and answers as JSON.
    pub fn import(&self, paths: &[PathBuf]) -> Answer {
        self.import_with(&[], paths)
    }

    /// As [`Book::import`], with options.
    pub fn import_with(&self, options: &[&str], paths: &[PathBuf]) -> Answer {
        let mut command = self.command("import", &["--format", "json"]);
        command.args(options).args(paths);
        run(command)
    }

    /// `arrears … --format json`
    #[track_caller]
    pub fn arrears(&self, as_of: &str, by: &str, more: &[&str]) -> Value {
        let mut args = vec!["--as-of", as_of, "--by", by, "--format", "json"];
        args.extend(more);
        self.ask("arrears", &args).exits(0).json()
    }

    /// `verify … --format json`, whatever it says.
    pub fn verify(&self) -> Answer {
        self.ask("verify", &["--format", "json"])
    }

    /// Asserts that everything holds and was looked at; a read model that no question has made yet is made first.
    #[track_caller]
    pub fn verifies(&self) -> Value {
        let mut answer = self.verify();
        let missing = |answer: &Answer| answer.json()["missing"].as_array().expect("a list").clone();
        if answer.code == Some(5) && missing(&answer).iter().all(|missing| missing["check"] == "read_model") {
            self.ask("rebuild", &[]).exits(0);
            answer = self.verify();
        }
        let report = answer.exits(0).json();
        assert_eq!(report["ok"], true, "{report:#}");
        assert_eq!(report["verdict"], "verified", "{report:#}");
        assert_eq!(report["voids"], 0, "{report:#}");
        report
    }

    /// Opens one of the ledger's databases.
    pub fn open(&self, name: &str) -> Connection {
        let file = self.file(name);
        assert!(file.is_file(), "{} is not there", file.display());
        Connection::open(file).expect("a database")
    }

    /// Every stored entry in store order.
    pub fn entries(&self) -> Vec<Entry> {
        let ledger = self.open("ledger.sqlite");
        let mut rows =
            ledger.prepare("SELECT seq, header, salt, body FROM entry ORDER BY seq").expect("entries");
        let entry = |row: &rusqlite::Row<'_>| {
            Ok(Entry { seq: row.get(0)?, header: row.get(1)?, salt: row.get(2)?, body: row.get(3)? })
        };
        let entries = rows.query_map([], entry).expect("entries").collect::<Result<Vec<_>, _>>();
        entries.expect("entries")
    }

    /// How many entries there are of each type.
    pub fn types(&self) -> std::collections::BTreeMap<String, usize> {
        let mut types = std::collections::BTreeMap::new();
        for entry in self.entries() {
            *types.entry(entry.type_name()).or_default() += 1;
        }
        types
    }

    /// Where the ledger stands.
    pub fn head(&self) -> Head {
        let last = self.open("ledger.sqlite").query_row(
            "SELECT seq, header, salt, body FROM entry ORDER BY seq DESC LIMIT 1",
            [],
            |row| Ok(Entry { seq: row.get(0)?, header: row.get(1)?, salt: row.get(2)?, body: row.get(3)? }),
        );
        let last = last.expect("a ledger has entries");
        Head { seq: last.place().seq, hash: last.hash().to_string() }
    }

    /// Moves everything that is in write-ahead logs into the databases, so that what is done to the files is
    /// done to the data.
    pub fn settle(&self) {
        for name in ["ledger.sqlite", "vault.sqlite", "readmodel.sqlite"] {
            if self.file(name).is_file() {
                let busy: i64 = self
                    .open(name)
                    .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
                    .expect("a checkpoint");
                assert_eq!(busy, 0, "somebody has {name} open");
            }
        }
    }

    /// Throws away what can be built again.
    pub fn forget_derived(&self) {
        for file in fs::read_dir(&self.dir).expect("a ledger's folder") {
            let name = file.expect("a file").file_name().to_string_lossy().into_owned();
            if name.starts_with("readmodel.sqlite") || name == "subjects.map" {
                fs::remove_file(self.file(&name)).expect("removed");
            }
        }
    }
}

impl Default for Book {
    fn default() -> Book {
        Book::new()
    }
}
