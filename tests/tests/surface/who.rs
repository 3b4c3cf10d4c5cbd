//! Who says so: an account that the system knows, for whom, and never by accident.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tests::{Answer, Book, data, end_of, run, shared_site, text};

const FIRM: &str = "91330106XN4XFD1Y3A";
const PROJECT: &str = "3301102601010101";
const NUMBER: &str = "390309197712206190";

fn site_files(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| data("site").join(name)).collect()
}

/// The number of the system's account that the tests run under: its name may be a person's.
fn account() -> String {
    let output = Command::new("id").args(["-r", "-u"]).output().expect("id runs");
    assert!(output.status.success(), "{output:?}");
    format!("uid-{}", String::from_utf8_lossy(&output.stdout).trim())
}

fn created_by(book: &Book) -> String {
    text(&book.entries()[0].fact()["source"]["actor"])
}

/// What anybody can set says nothing; where the variable says nothing, either, the system does.
#[test]
fn the_account_of_the_system() {
    for actor in [None, Some(""), Some("  ")] {
        let book = Book::bare();
        let mut command = book.command("init", &[]);
        command.env_remove("WAGELEDGER_ACTOR").env("USER", "mallory").env("LOGNAME", "mallory");
        if let Some(actor) = actor {
            command.env("WAGELEDGER_ACTOR", actor);
        }
        run(command).exits(0);
        assert_eq!(created_by(&book), account());
    }
    let book = Book::bare();
    let mut command = book.command("init", &[]);
    command.env("WAGELEDGER_ACTOR", " clerk-7 ");
    run(command).exits(0);
    assert_eq!(created_by(&book), "clerk-7");
}

/// Nothing is recorded that nobody said, and nothing is made on the way.
#[test]
fn nobody_records_nothing() {
    let book = shared_site().0.copy();
    let head = book.head();
    let recording: [&[&str]; 4] = [
        &["import"],
        &["arrears", "--as-of", "2026-06-30", "--by", "line", "--reveal", "--purpose", "court"],
        &["audit", "--worker", NUMBER, "--reveal", "--purpose", "court"],
        &["warning"],
    ];
    for nobody in ["unknown", "a\u{7}b", "张伟", "zhang wei", &"a".repeat(65)] {
        let bare = Book::bare();
        let mut command = bare.command("init", &[]);
        command.env("WAGELEDGER_ACTOR", nobody);
        run(command).exits(2).says(&["WAGELEDGER_ACTOR"]);
        assert!(!bare.dir().exists(), "a folder was made for nobody");
        for args in recording {
            let mut command = match args[0] {
                "warning" => warning(&book, &["acknowledge", "--rule", "I13", "--as-of", "2026-06-30"]),
                name => book.command(name, &args[1..]),
            };
            if args[0] == "import" {
                command.args(site_files(&["projects.csv"]));
            }
            command.env("WAGELEDGER_ACTOR", nobody);
            run(command).exits(2).says(&["WAGELEDGER_ACTOR"]);
        }
        // Who only reads needs no name.
        let mut command = book.command("arrears", &["--as-of", "2026-06-30"]);
        command.env("WAGELEDGER_ACTOR", nobody);
        run(command).exits(0);
    }
    assert_eq!(book.head(), head);
}

fn warning(book: &Book, args: &[&str]) -> Command {
    let mut command = tests::wageledger();
    command.args(["warning", args[0], "--ledger"]).arg(book.named()).args(&args[1..]);
    command.args(["--project", PROJECT, "--reason", "seen"]);
    command
}

/// The organisation stands in every entry that a command records for it.
#[test]
fn on_behalf_of() {
    let book = Book::new();
    let files = site_files(&["projects.csv", "roster-3301062512180102.xlsx"]);
    book.import_with(&["--on-behalf-of", FIRM], &files).exits(0);
    let said = |from: usize| -> Vec<String> {
        let entries = book.entries();
        entries[from..].iter().map(|entry| text(&entry.fact()["source"]["on_behalf_of"])).collect()
    };
    let imported = said(1);
    assert!(imported.len() > 30 && imported.iter().all(|of| of == FIRM), "{imported:?}");
    let before = book.entries().len();
    book.import(&site_files(&["contracts-3301062512180102.csv"])).exits(0);
    assert!(said(before).iter().all(|of| of == "unknown"), "nobody is named where nobody was");
    let before = book.entries().len();
    let wanted = ["--worker", NUMBER, "--reveal", "--purpose", "court", "--on-behalf-of", FIRM];
    book.ask("audit", &wanted).exits(0);
    assert_eq!(said(before), [FIRM]);

    let head = book.head();
    for wrong in ["91330106XN4XFD1Y3B", "9133", "", "某某建筑"] {
        let files = site_files(&["projects.csv"]);
        book.import_with(&["--on-behalf-of", wrong], &files).exits(2).says(&["as in 9133"]);
        let wanted = ["--worker", NUMBER, "--reveal", "--purpose", "x", "--on-behalf-of", wrong];
        book.ask("audit", &wanted).exits(2);
    }
    book.ask("audit", &["--worker", NUMBER, "--on-behalf-of", FIRM]).exits(2);
    assert_eq!(book.head(), head);
    book.verifies();
}

fn with_input(mut command: Command, input: &str) -> Answer {
    let asked = format!("{:?}", command.get_args().collect::<Vec<_>>());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stdin = child.stdin.take().expect("its input");
    // A command that refuses its arguments reads nothing.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    end_of(child, asked)
}

/// What was read from standard input is what an argument would have said.
#[test]
fn worker_and_purpose_from_standard_input() {
    let book = shared_site().0.copy();
    let month: &[&str] = &["explain", "worker-month"];
    let questions: [(&str, &[&str], &[&str]); 3] = [
        ("audit", &[], &["--format", "csv"]),
        ("owed", &[], &["--as-of", "2026-06-30"]),
        ("rules", month, &["--month", "2026-04", "--as-of", "2026-06-30"]),
    ];
    for (name, sub, more) in questions {
        let asked = |args: &[&str], input: &str| {
            let mut command = tests::wageledger();
            command.arg(name).args(sub).arg("--ledger").arg(book.named()).args(args).args(more);
            with_input(command, input)
        };
        let plain = asked(&["--worker", NUMBER], "").exits(0);
        assert_eq!(asked(&["--worker", "-"], &format!("{NUMBER}\n")).exits(0).out, plain.out);
        let before = book.entries().len();
        let both = ["--worker", "-", "--reveal", "--purpose", "-"];
        asked(&both, &format!("{NUMBER}\r\n complaint of 3 August \r\n")).exits(0);
        assert_eq!(book.entries().len(), before + 1, "{name}: the look is recorded");
        asked(&["--worker", NUMBER, "--reveal", "--purpose", "-"], "why\n").exits(0);
        assert_eq!(book.entries().len(), before + 2, "{name}: the look is recorded");
        for (args, input, option) in [
            (&["--worker", "-"][..], "", "--worker -"),
            (&["--worker", "-"], "\n", "--worker -"),
            (&both, &format!("{NUMBER}\n"), "--purpose -"),
        ] {
            asked(args, input).exits(2).says(&[option]);
        }
        assert_eq!(book.entries().len(), before + 2, "{name}: what was refused is not recorded");
    }
    for name in ["arrears", "warnings", "tax"] {
        let when: &[&str] = if name == "tax" { &["--month", "2026-04"] } else { &["--as-of", "2026-06-30"] };
        let command = |args: &[&str]| book.command(name, &[when, args].concat());
        with_input(command(&["--reveal", "--purpose", "-"]), "").exits(2).says(&["--purpose -"]);
        with_input(command(&["--reveal", "--purpose", "-"]), "why\n").exits(0);
    }
}

/// Only with a warning that is open can something be done.
#[test]
fn warnings_that_are_none() {
    let book = shared_site().0.copy();
    let all = book.ask("warnings", &["--as-of", "2026-06-30", "--all", "--format", "json"]).exits(0).json();
    let of = |colour: &str| -> Vec<String> {
        let rows = all["rows"].as_array().expect("rows").iter();
        rows.filter(|row| row["project_code"] == PROJECT && row["colour"] == colour)
            .map(|row| text(&row["rule"]))
            .collect()
    };
    let (none, open) = (["none", "unknown"].map(of), ["yellow", "orange", "red"].map(of).concat());
    assert!(none.iter().all(|rules| !rules.is_empty()) && !open.is_empty(), "{none:?} {open:?}");
    let none = none.concat();
    let head = book.head();
    let ask =
        |step: &str, rule: &str, day: &str| run(warning(&book, &[step, "--rule", rule, "--as-of", day]));
    for step in ["acknowledge", "explain", "resolve"] {
        for rule in ["I16", "I00", "A09", "X01", "I1", "i13"] {
            ask(step, rule, "2026-06-30").exits(2).says(&["no such rule"]);
        }
        for day in ["1995-06-30", "2014-12-31", "2101-01-01", "2026-02-30", "yesterday"] {
            ask(step, &open[0], day).exits(2).says(&["as in 2026-06-30"]);
        }
        for rule in &none {
            // What is open instead is named.
            ask(step, rule, "2026-06-30").exits(2).says(&["is not open"]).says(&[&open[0]]);
        }
    }
    // Before there was a site there was no warning.
    for rule in &open {
        ask("acknowledge", rule, "2025-06-30").exits(2).says(&["is not open"]);
    }
    assert_eq!(book.head(), head);
    let firm = ["--employer", "91330102XN2TH3BJ0N", "--reason", "seen"];
    let mut command = tests::wageledger();
    command.args(["warning", "acknowledge", "--ledger"]).arg(book.named());
    run({
        command.args(["--rule", "I01", "--as-of", "2026-06-30"]).args(firm);
        command
    })
    .exits(2);
    assert_eq!(book.head(), head);
    ask("acknowledge", &open[0], "2026-06-30").exits(0);
    assert_eq!(book.head().seq, head.seq + 1);
}

/// A name that a spreadsheet would run stays a name, in every export of the command line.
#[test]
fn csv_of_the_command_line() {
    let projects = std::fs::read_to_string(data("site/projects.csv")).expect("the sample");
    for formula in ["=HYPERLINK(\"http://x\";\"y\")", "+1+1", "-2+3", "@SUM(1)", "＝1+1"] {
        let book = shared_site().0.copy();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("projects.csv");
        let cell = format!("\"{}\"", formula.replace('"', "\"\""));
        std::fs::write(&path, projects.replace("余杭测试云栖苑工程", &cell)).expect("a file");
        book.import(&[path]).exits(0);
        let csv = book.ask("arrears", &["--as-of", "2026-06-30", "--format", "csv"]).exits(0).out;
        assert!(csv.starts_with("\u{feff}key,name,"), "{csv}");
        assert!(csv.contains(&formula.replace('"', "\"\"")), "the name is there\n{csv}");
        for line in csv.lines().skip(1) {
            for cell in line.split(',') {
                let cell = cell.trim_start_matches('"');
                let is_number = cell.parse::<f64>().is_ok();
                assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '＝']), "{line}");
            }
        }
    }
    let book = shared_site().0.copy();
    let tables: [&[&str]; 4] = [
        &["audit", "--project", PROJECT],
        &["warnings", "--as-of", "2026-06-30"],
        &["chains", "--as-of", "2026-06-30"],
        &["tax", "--month", "2026-04"],
    ];
    for args in tables {
        let csv = book.ask(args[0], &[&args[1..], &["--format", "csv"]].concat()).exits(0).out;
        assert!(csv.starts_with('\u{feff}') && csv.matches('\u{feff}').count() == 1, "{args:?}");
    }
    let csv = run({
        let mut command = tests::wageledger();
        command.args(["rules", "list", "--format", "csv"]);
        command
    });
    assert!(csv.exits(0).out.starts_with('\u{feff}'));
}
