//! Exit codes mean one thing: a table of commands and what each ends with, and what is printed with it.

use crate::codes::Says::{Error, Output};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use tests::{Book, data, end_of, run, shared_site, wageledger};

/// A server that nobody runs: port 1 is reserved (RFC 6335), and on loopback refuses at once.
const NOWHERE: &str = "127.0.0.1:1";
/// Two seconds, and the time that a busy machine takes to start a program.
const SAID_WITHIN: Duration = Duration::from_secs(8);

/// Where something is said.
#[derive(Clone, Copy, Debug)]
enum Says {
    Output(&'static str),
    Error(&'static str),
}

/// Arguments after `--ledger`, the exit code, and what is said.
type Row = (&'static str, &'static [&'static str], i32, Says);

/// Of a site with arrears, unknowns and warnings: all answers.
const ON_A_SITE: [Row; 24] = [
    ("verify", &[], 0, Output("verified: ")),
    ("arrears", &["--as-of", "2026-06-30"], 0, Output("not known: ")),
    ("warnings", &["--as-of", "2026-06-30"], 0, Output("red")),
    ("chains", &["--as-of", "2026-06-30"], 0, Output("3301102601010101")),
    ("tax", &["--month", "2026-04"], 0, Output("2026-04")),
    ("audit", &["--entry", "1"], 0, Output("ledger.created")),
    ("receipt", &[], 0, Output("\"hash\"")),
    ("clock", &[], 0, Output("the clock is believed")),
    ("clock", &["--go-on"], 2, Error("--reason")),
    ("rebuild", &[], 0, Output("made anew")),
    ("arrears", &[], 2, Error("--as-of")),
    ("arrears", &["--as-of", "2026-02-30"], 2, Error("2026-02-30")),
    ("arrears", &["--as-of", "2026-06-30", "--by", "moon"], 2, Error("moon")),
    ("audit", &[], 2, Error("--worker")),
    ("verify", &["--head", "7"], 2, Error("1301:7a8c9fb8")),
    ("verify", &["--receipt", "/nowhere.json"], 3, Error("/nowhere.json")),
    ("audit", &["--entry", "99999999"], 2, Error("no entry 99999999")),
    ("receipt", &["--entry", "99999999"], 2, Error("no entry 99999999")),
    ("import", &["/nowhere/projects.csv"], 3, Error("/nowhere/projects.csv")),
    ("import", &[], 2, Error("PATH")),
    ("serve", &["--listen", "nowhere"], 2, Error("--listen")),
    ("init", &["--origin", "a b"], 2, Error("--origin")),
    ("init", &[], 3, Error("exists already")),
    ("tax", &["--month", "2026-13"], 2, Error("2026-13")),
];

#[track_caller]
fn expect(book: &Book, (command, args, code, says): &Row) {
    let answer = book.ask(command, args).exits(*code);
    let (words, text) = match says {
        Output(words) => (words, &answer.out),
        Error(words) => (words, &answer.err),
    };
    assert!(text.contains(words), "“{words}” is not said\n{}", answer.shown());
}

#[test]
fn of_a_site() {
    let book = shared_site().0.copy();
    ON_A_SITE.iter().for_each(|row| expect(&book, row));
}

/// Bad rows are 1, and warnings of an import are none.
#[test]
fn of_imports() {
    let book = Book::new();
    book.import(&[data("site")]).exits(0);
    book.import(&[data("bad/01-projects")]).exits(1);
    let warned = book.import(&[data("more")]);
    assert!(warned.code == Some(0) && !warned.json()["receipts"].as_array().expect("receipts").is_empty());
}

/// Where nothing is that was asked for: 3, and 2 where the name itself is wrong.
#[test]
fn of_no_ledger() {
    let book = Book::bare();
    for (command, args, ..) in
        ON_A_SITE.iter().filter(|(command, _, code, _)| *code == 0 && *command != "init")
    {
        expect(&book, &(command, args, 3, Error("there is no ledger")));
    }
    let absent = Book::configured(book.dir(), book.dir().with_extension("toml"));
    for (command, args, ..) in ON_A_SITE.iter().filter(|(.., code, _)| *code == 0) {
        expect(&absent, &(command, args, 2, Error("there is no configuration")));
    }
}

/// The codes are told where people look for them.
#[test]
fn are_told() {
    let mut command: Command = wageledger();
    command.arg("--help");
    let help = run(command).exits(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = "Exit codes: 0 verified, fine; 1 integrity broken, or the data say no (bad rows); 2 asked wrongly; 3 cannot \
        (files, locks, disks, brokers, databases); 4 verify: whole, but with findings about content; 5 verify: not judged";
    assert!(help.contains(told), "{help}");
    let read = |name: &str| {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name))
            .expect("a document")
    };
    let (readme, docs) = (read("README.md"), read("docs/verify.md"));
    for code in 0..=5 {
        let row = readme
            .lines()
            .find(|line| line.starts_with(&format!("| {code} |")))
            .expect("a row of the README");
        assert!(docs.lines().any(|line| line == row), "docs/verify.md says something else than {row}");
    }
}

/// Commands that need the ledger; `{files}` is something to hand in, `{to}` a place to copy to.
const ON_SERVERS: [&str; 18] = [
    "init",
    "import {files}",
    "import --dry-run {files}",
    "arrears --as-of 2026-06-30",
    "arrears --as-of 2026-06-30 --by line --reveal --purpose test",
    "warnings --as-of 2026-06-30",
    "warning acknowledge --rule I13 --project 3301102601010101 --as-of 2026-06-30 --reason seen",
    "chains --as-of 2026-06-30",
    "tax --month 2026-04",
    "owed --worker 00000000-0000-4000-8000-000000000001 --as-of 2026-06-30",
    "audit --entry 1",
    "verify",
    "receipt",
    "clock",
    "rebuild",
    "backup --to {to}",
    "serve --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0",
    "bench kafka --entries 10",
];

/// A broker or a database that cannot be reached is said to be so by every command, within seconds, with 3.
#[test]
fn of_servers_that_cannot_be_reached() {
    let folder = tempfile::tempdir().expect("a folder");
    let ledger = "[ledger]\norigin = \"wageledger.example.org/test\"\ndir = \"node\"\n\n";
    let kafka = format!("[kafka]\nbootstrap = \"{NOWHERE}\"\ntopic = \"t\"\nreplication = 1\n\n");
    let postgres = format!("[postgres]\nurl = \"postgres://me:secret@{NOWHERE}/wages\"\nschema = \"s\"\n\n");
    for (name, config, what) in [
        ("broker", format!("{ledger}{kafka}"), "the Kafka broker 127.0.0.1:1 cannot be reached: "),
        (
            "database",
            format!("{ledger}{postgres}"),
            "PostgreSQL database wages at 127.0.0.1:1 cannot be reached: ",
        ),
    ] {
        let path = folder.path().join(format!("{name}.toml"));
        std::fs::write(&path, config).expect("a configuration");
        if name == "database" {
            // The journal is in the folder, and only the database is away.
            Book::at(folder.path().join("node"))
                .ask("init", &["--origin", "wageledger.example.org/test"])
                .exits(0);
        }
        let (files, to, path) = (data("site/projects.csv"), folder.path().join("to"), path.to_string_lossy());
        let with = |text: &str| {
            text.replace("{files}", &files.to_string_lossy())
                .replace("{to}", &to.join("backup").to_string_lossy())
        };
        let mut commands: Vec<Vec<String>> = ON_SERVERS
            .iter()
            .filter(|command| name == "broker" || !command.starts_with("bench kafka"))
            .map(|command| {
                with(command)
                    .split(' ')
                    .map(str::to_owned)
                    .chain(["--ledger".to_owned(), path.to_string()])
                    .collect()
            })
            .collect();
        let to = to.to_string_lossy();
        commands.push(["copy", "--from", &path, "--to", &to].map(str::to_owned).to_vec());
        let from = shared_site().0.dir().to_string_lossy();
        let site = folder.path().join("site.toml");
        std::fs::write(&site, std::fs::read_to_string(&*path).expect("a file").replace("/test\"", "/site\""))
            .expect("written");
        commands.push(["copy", "--from", &from, "--to", &site.to_string_lossy()].map(str::to_owned).to_vec());
        for args in commands {
            let begun = Instant::now();
            let mut command = wageledger();
            command.args(&args).stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            let answer = end_of(command.spawn().expect("it starts"), args.join(" ")).exits(3);
            assert!(begun.elapsed() < SAID_WITHIN, "{:?}\n{}", begun.elapsed(), answer.shown());
            assert!(answer.err.contains(what) && answer.err.contains("start it"), "{}", answer.shown());
            assert!(!answer.err.contains("secret"), "{}", answer.shown());
        }
    }
}
