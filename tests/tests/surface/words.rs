//! What the program says of itself and of what it was asked wrongly: an example of a right one beside each.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use tests::{Answer, Book, data, run, wageledger};

fn ask(args: &[&str]) -> Answer {
    let mut command = wageledger();
    command.args(args);
    run(command)
}

/// Names of all commands, as the help of each lists them.
fn commands(of: &[&str]) -> Vec<Vec<String>> {
    let help = ask(&[of, &["--help"]].concat()).exits(0).out;
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return Vec::new() };
    let names = list.lines().take_while(|line| line.starts_with("  "));
    let names = names.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let mut found = Vec::new();
    for name in names.filter(|name| !name.is_empty() && *name != "help") {
        let path = [of, &[name]].concat();
        found.push(path.iter().map(|part| (*part).to_owned()).collect());
        found.extend(commands(&path));
    }
    found
}

#[test]
fn shells_and_manuals() {
    let all = commands(&[]);
    assert!(all.len() > 20, "{all:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = ask(&["completions", shell]).exits(0).out;
        for path in &all {
            assert!(script.contains(path.last().expect("a name")), "{shell}: {path:?}");
        }
        assert!(script.contains("on-behalf-of"), "{shell}");
        if shell == "bash" {
            let folder = tempfile::tempdir().expect("a folder");
            let file = folder.path().join("completions");
            fs::write(&file, &script).expect("written");
            let checked = Command::new("bash").arg("-n").arg(&file).status().expect("bash runs");
            assert!(checked.success());
        }
    }
    ask(&["completions", "cmd"]).exits(2).says(&["bash"]);
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("man");
    ask(&["man", "--out", &out.to_string_lossy()]).exits(0);
    let pages: BTreeSet<String> = fs::read_dir(&out)
        .expect("the pages")
        .map(|page| page.expect("a page").file_name().to_string_lossy().into_owned())
        .collect();
    for path in all {
        let page = format!("wageledger-{}.1", path.join("-"));
        assert!(pages.contains(&page), "{page} is not among {pages:?}");
    }
    let import = fs::read_to_string(out.join("wageledger-import.1")).expect("a page");
    assert!(import.contains(".TH") && import.contains("dry\\-run"), "{import}");
}

/// With the commit that it was built of, where there is one to be known.
#[test]
fn version() {
    let said = ask(&["--version"]).exits(0).out;
    let said =
        said.trim_end().strip_prefix(concat!("wageledger ", env!("CARGO_PKG_VERSION"))).expect("its version");
    if Path::new(env!("CARGO_MANIFEST_DIR")).join("../.git").exists() {
        let commit = said.strip_prefix(" (").and_then(|rest| rest.strip_suffix(')')).expect("a commit");
        assert!(commit.len() == 12 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()), "{commit}");
    } else {
        assert_eq!(said, "");
    }
}

/// What goes to a file or a pipe has no colours in it.
#[test]
fn colours_are_for_terminals() {
    let book = Book::new();
    let mut command = book.command("import", &["--dry-run"]);
    command.arg(data("site/projects.csv")).env("WAGELEDGER_LOG", "trace").env("TERM", "xterm-256color");
    let talk = run(command).exits(0);
    assert!(talk.err.lines().count() > 5, "{}", talk.shown());
    let mut wrong = book.command("arrears", &["--as-of", "never"]);
    wrong.env("TERM", "xterm-256color");
    for answer in [talk, run(wrong).exits(2), book.ask("verify", &[]).exits(5), ask(&["--help"])] {
        assert!(!answer.out.contains('\u{1b}') && !answer.err.contains('\u{1b}'), "{}", answer.shown());
    }
}

#[test]
fn what_is_asked_wrongly() {
    let book = Book::new();
    for (command, args, right) in [
        ("arrears", &["--as-of", "2026-02-30"][..], "2026-06-30"),
        ("arrears", &["--as-of", "30.6.2026"], "2026-06-30"),
        ("arrears", &["--as-of", "2014-12-31"], "2015-01-01 to 2100-12-31"),
        ("warnings", &["--as-of", "9999-12-31"], "2015-01-01 to 2100-12-31"),
        ("warnings", &["--as-of", "2026-06-30", "--region", "33"], "330110"),
        ("chains", &["--as-of", "2026-06-30", "--project", "1"], "3301102601010101"),
        ("tax", &["--month", "2026-13"], "2026-03"),
        ("tax", &["--month", "2026-04", "--employer", "9133"], "91330106XN4XFD1Y3A"),
        ("serve", &["--listen", "localhost:8470"], "127.0.0.1:8470"),
        ("serve", &["--ops-listen", "8471"], "127.0.0.1:8470"),
    ] {
        book.ask(command, args).exits(2).says(&[right]);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("node.toml");
    for wrong in [
        "",
        "[ledger]\ndir = \"x\"\n",
        "[ledger]\norigin = 1\n",
        "[kafka]\n",
        "ledger",
        "[ledger]\nfolder = \"x\"\n",
    ] {
        fs::write(&file, wrong).expect("written");
        let mut command = wageledger();
        command.args(["verify", "--ledger"]).arg(&file);
        let answer = run(command).exits(2);
        let example = answer.err.split_once("is right:\n").expect("an example of a right one").1;
        let right = example.split("\n\nthe other").next().expect("its text");
        fs::write(&file, right).expect("written");
        let mut command = wageledger();
        command.args(["init", "--ledger"]).arg(&file);
        let made = run(command);
        assert!(made.code == Some(0) || made.err.contains("exists already"), "{}", made.shown());
    }
}

/// A node says what it serves; of an address that is taken, by which option it gets another.
#[test]
fn what_a_node_serves() {
    let book = Book::new();
    let head = book.head();
    let mut command = book.command("serve", &["--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0"]);
    let mut node = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the program starts");
    let lines = BufReader::new(node.stdout.take().expect("its output")).lines();
    let said: Vec<String> = lines.take(3).map(|line| line.expect("a line")).collect();
    node.kill().expect("killed");
    node.wait().expect("it ends");
    assert!(said[0].starts_with("http://127.0.0.1:"), "{said:?}");
    assert_eq!(said[2], format!("ledger wageledger.example.org/test, entry {} {}", head.seq, head.hash));

    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("its address").to_string();
    for (options, named) in [
        (["--listen", &taken, "--ops-listen", "127.0.0.1:0"], "with --listen, as in --listen 127.0.0.1:0"),
        (
            ["--listen", "127.0.0.1:0", "--ops-listen", &taken],
            "with --ops-listen, as in --ops-listen 127.0.0.1:0",
        ),
        (["--listen", "192.0.2.1:0", "--ops-listen", "127.0.0.1:0"], "no address of this machine: --listen"),
    ] {
        let mut command = book.command("serve", &options);
        command.env("WAGELEDGER_NODE_TOKEN", "0123456789abcdef");
        run(command).exits(3).says(&[named]);
    }
}
