//! Personal data: sealed in every file, shown to nobody who gives no reason, and never without a trace.

use calamine::{Reader, Xlsx, open_workbook};
use std::collections::BTreeSet;
use std::fs;
use tests::{Answer, Book, data, shared_site, text};

const REVEAL: [&str; 3] = ["--reveal", "--purpose", "complaint of 3 August"];

/// Names, ID numbers, phones and cards of all workers of the sample.
fn personal_data() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in fs::read_dir(data("site")).expect("the sample").flatten() {
        if !file.file_name().to_string_lossy().starts_with("roster-") {
            continue;
        }
        let mut workbook: Xlsx<_> = open_workbook(file.path()).expect("a workbook");
        let sheet = workbook.worksheet_range("花名册").expect("the sheet");
        let headers: Vec<String> = sheet
            .rows()
            .nth(1)
            .expect("a header line")
            .iter()
            .map(|cell| cell.to_string().split_whitespace().collect())
            .collect();
        for (column, header) in headers.iter().enumerate() {
            if ["姓名", "证件号码", "手机号", "工资卡号"].contains(&header.as_str()) {
                let cells = sheet.rows().skip(2).map(|row| row[column].to_string());
                found.extend(cells.map(|cell| cell.split_whitespace().collect::<String>().replace('x', "X")));
            }
        }
    }
    found.remove("");
    assert!(found.len() > 450, "{} pieces of personal data", found.len());
    found
}

/// Which of the pieces occur in the bytes.
fn occurring<'a>(pieces: &'a BTreeSet<String>, bytes: &[u8]) -> Vec<&'a str> {
    // By their first two bytes, so that a file is gone through once.
    let mut begins: Vec<Vec<&str>> = vec![Vec::new(); 1 << 16];
    for piece in pieces {
        begins[usize::from(u16::from_be_bytes([piece.as_bytes()[0], piece.as_bytes()[1]]))].push(piece);
    }
    let mut found = BTreeSet::new();
    for (at, pair) in bytes.windows(2).enumerate() {
        for piece in &begins[usize::from(u16::from_be_bytes([pair[0], pair[1]]))] {
            if bytes[at..].starts_with(piece.as_bytes()) {
                found.insert(*piece);
            }
        }
    }
    found.into_iter().collect()
}

#[track_caller]
fn tells_nothing(pieces: &BTreeSet<String>, answer: &Answer) {
    let told = occurring(pieces, format!("{}\n{}", answer.out, answer.err).as_bytes());
    assert!(told.is_empty(), "{} shows {told:?}", answer.asked);
}

#[test]
fn no_file_holds_it_in_plain() {
    let (pieces, book) = (personal_data(), shared_site().0.copy());
    book.arrears("2026-06-30", "line", &[]);
    book.ask("rebuild", &[]).exits(0);
    let piece = pieces.first().expect("some").clone();
    assert_eq!(occurring(&pieces, format!("xx{piece}yy").as_bytes()), [piece.as_str()], "the search finds");
    let mut bytes = 0;
    for file in fs::read_dir(book.dir()).expect("a ledger's folder").flatten() {
        let content = fs::read(file.path()).expect("a file");
        bytes += content.len();
        let found = occurring(&pieces, &content);
        assert!(found.is_empty(), "{}: {found:?}", file.path().display());
    }
    assert!(bytes > 5_000_000, "{bytes} bytes looked through");
}

#[test]
fn no_answer_shows_it_unasked() {
    let (pieces, book) = (personal_data(), shared_site().0.copy());
    let lines = book.arrears("2026-06-30", "line", &[]);
    for row in lines["rows"].as_array().expect("rows") {
        assert!(row["id_number"].is_null(), "{row}");
    }
    let workers = book.arrears("2026-06-30", "worker", &[]);
    let worker = text(&workers["rows"][0]["key"]);
    assert!(workers["rows"].as_array().expect("rows").iter().all(|row| row["name"].is_null()), "{workers}");
    for format in ["table", "csv", "json"] {
        for by in ["project", "employer", "crew", "worker", "region", "bucket", "line"] {
            let answer =
                book.ask("arrears", &["--as-of", "2026-06-30", "--by", by, "--format", format]).exits(0);
            tells_nothing(&pieces, &answer);
        }
        for about in [["--worker", worker.as_str()], ["--project", "3301102601010101"], ["--entry", "9"]] {
            let answer = book.ask("audit", &[about[0], about[1], "--format", format]).exits(0);
            tells_nothing(&pieces, &answer);
        }
    }
    tells_nothing(&pieces, &book.verify().exits(0));
    let head = book.head();
    assert_eq!(head, shared_site().0.head(), "questions without a reveal leave no entry");
}

/// Not even the most talkative log says whom an import is about.
#[test]
fn no_log_shows_it() {
    let pieces = personal_data();
    let book = Book::new();
    let mut command = book.command("import", &[]);
    for name in ["projects.csv", "roster-3301102601010101.xlsx", "contracts-3301102601010101.csv"] {
        command.arg(data("site").join(name));
    }
    command.arg(data("site/attendance-3301102601010101-202602.csv"));
    command.env("WAGELEDGER_LOG", "trace");
    let answer = tests::run(command).exits(0);
    tells_nothing(&pieces, &answer);
}

#[test]
fn a_reveal_needs_a_reason() {
    let book = shared_site().0.copy();
    let head = book.head();
    let asked = ["--as-of", "2026-06-30", "--by", "line"];
    let with = |more: &[&'static str]| [&asked[..], more].concat();
    book.ask("arrears", &with(&["--reveal"])).exits(2);
    book.ask("arrears", &with(&["--reveal", "--purpose", ""])).exits(2);
    book.ask("arrears", &with(&["--reveal", "--purpose", "  "])).exits(2);
    book.ask("arrears", &with(&["--purpose", "x"])).exits(2);
    book.ask("audit", &["--project", "3301102601010101", "--reveal"]).exits(2);
    assert_eq!(book.head(), head);
}

/// Up to a hundred workers: an entry on the stream of each who was shown.
#[test]
fn each_worker_can_see_who_looked() {
    let book = shared_site().0.copy();
    let before = book.entries().len();
    let lines = book.arrears("2026-06-30", "line", &REVEAL);
    let people = |rows: &str| -> BTreeSet<String> {
        lines[rows].as_array().expect("rows").iter().map(|row| text(&row["id_number"])).collect()
    };
    let (overdue, without_line) = (people("rows"), people("worker_months"));
    assert_eq!(overdue.len() as u64, lines["total"]["workers"].as_u64().expect("workers"));
    // Who worked and stands on no sheet is shown too.
    let shown: BTreeSet<String> = overdue.union(&without_line).cloned().collect();
    let workers = shown.len() as u64;
    let entries = book.entries();
    let reveals = &entries[before..];
    assert_eq!(reveals.len() as u64, workers, "one entry a worker");
    let subjects: BTreeSet<[u8; 16]> = reveals.iter().map(|entry| entry.place().subject).collect();
    assert_eq!(subjects.len() as u64, workers, "each on a stream of its own");
    for entry in reveals {
        let fact = entry.fact();
        assert_eq!(fact["type"], "data.revealed");
        assert_eq!(fact["to"]["account"], "tester");
        assert_eq!(fact["workers"], workers);
        assert_eq!(fact["question"], "arrears");
        assert!(fact["purpose"]["x"].is_string(), "the purpose is sealed: {fact}");
    }
    // A question about nobody in particular shows nobody.
    let head = book.head();
    book.arrears("2026-06-30", "project", &REVEAL);
    assert_eq!(book.head(), head);
    let id = shown.first().expect("somebody");
    let trail = book.ask("audit", &["--worker", id, "--format", "json"]).exits(0).json();
    let last = trail["rows"].as_array().expect("rows").last().expect("entries").clone();
    assert_eq!(last["type"], "data.revealed", "his own trail says who looked: {last}");
    book.verifies();
}

/// Beyond that: one entry on the ledger's stream, with a root over all who were shown.
#[test]
fn a_look_at_many_leaves_one_entry() {
    let book = Book::new();
    let wages = fs::read_dir(data("site")).expect("the sample").flatten().map(|file| file.path());
    let needed = wages.filter(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        name.starts_with("projects")
            || name.starts_with("roster-")
            || name.starts_with("wage-sheet-") && name.ends_with("-202601.xlsx")
    });
    book.import(&needed.collect::<Vec<_>>()).exits(0);
    let before = book.entries().len();
    let lines = book.arrears("2026-08-31", "line", &REVEAL);
    let workers = lines["total"]["workers"].as_u64().expect("workers");
    assert!(workers > 100, "{workers} workers");
    let entries = book.entries();
    let [reveal] = &entries[before..] else { panic!("one entry, not {}", entries.len() - before) };
    assert_eq!(reveal.place().subject, entries[0].place().subject, "on the ledger's own stream");
    let fact = reveal.fact();
    assert_eq!((&fact["type"], fact["workers"].as_u64()), (&"data.revealed".into(), Some(workers)));
    assert_eq!(text(&fact["root"]).len(), 64);
    let by_worker = book.arrears("2026-08-31", "worker", &[]);
    let mut leaves: Vec<[u8; 16]> = by_worker["rows"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| {
            hex::decode(text(&row["key"]).replace('-', "")).expect("a UUID").try_into().expect("16 bytes")
        })
        .collect();
    leaves.sort_unstable();
    let leaves: Vec<chain::Hash> = leaves.iter().map(|id| chain::merkle::leaf(id)).collect();
    assert_eq!(text(&fact["root"]), chain::merkle::root(&leaves).to_string(), "the root is over those shown");
    book.verifies();
}
