//! Pages of a site with wages of years whose calendar nobody has: every page answers for every day, and says what is not
//! known.

use std::collections::{BTreeSet, VecDeque};
use tests::{Book, Http, Node, Page, data, server};

const PROJECT: &str = "3301112602010166";

fn served(book: &Book) -> Node {
    for folder in ["00-base", "23-new-year", "far-years"] {
        let taken = book.import(&[data(&format!("reports/{folder}"))]);
        assert!(matches!(taken.code, Some(0 | 1)), "{folder}: {}{}", taken.out, taken.err);
    }
    Node::start(book)
}

fn on_sqlite() -> (Book, Node) {
    let book = Book::new();
    let node = served(&book);
    (book, node)
}

fn on_postgres(folder: &std::path::Path) -> (Book, Node) {
    let name = folder.to_string_lossy();
    let unique: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
    let schema = format!("years_{}", &unique[unique.len().saturating_sub(6)..].to_lowercase());
    let config = folder.join("node.toml");
    let text = format!(
        "[ledger]\norigin = \"wageledger.example.org/{schema}\"\ndir = \"node\"\n\n\
         [postgres]\nurl = \"{}\"\nschema = \"{schema}\"\n",
        server("WAGELEDGER_TEST_POSTGRES")
    );
    std::fs::write(&config, text).expect("a configuration");
    let book = Book::configured(folder.join("node"), config);
    book.ask("init", &[]).exits(0);
    let node = served(&book);
    (book, node)
}

/// Every page that links lead to from the landing page of a day, each kind of page a few times.
fn every_page(node: &Node, as_of: &str) -> BTreeSet<String> {
    let (mut seen, mut next) = (BTreeSet::new(), VecDeque::from([format!("/?as_of={as_of}")]));
    while let Some(path) = next.pop_front() {
        if seen.len() > 120 || !seen.insert(path.clone()) {
            continue;
        }
        let http = Http::get(&node.address, &path).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        assert!(!http.body.contains(".toml"), "{path}");
        let of_day = |link: &&String| {
            link.contains(&format!("as_of={as_of}")) && link.starts_with('/') && !link.contains("format=")
        };
        next.extend(Page::read(&http.body).links.iter().filter(of_day).cloned());
    }
    seen
}

fn pages_of(node: &Node) {
    for as_of in ["2015-01-01", "2024-04-16", "2026-12-31", "2027-01-05", "2031-07-01", "2100-12-31"] {
        let seen = every_page(node, as_of);
        assert!(seen.len() > 10, "{as_of}: {seen:?}");
    }
    for as_of in ["1800-01-01", "2014-12-31", "2200-01-01", "9999-12-31"] {
        for page in ["/", "/arrears", "/undated", "/missing", "/warnings", "/employers"] {
            let http = Http::get(&node.address, &format!("{page}?as_of={as_of}")).expect("an answer");
            assert_eq!(http.status, 422, "{page} {as_of}");
            assert!(http.body.contains("2026-06-30"), "{page} {as_of}: {}", http.body);
        }
    }
}

fn says_what_is_not_known(node: &Node) {
    let page = |path: &str| {
        let http = Http::get(&node.address, path).expect("an answer");
        assert_eq!(http.status, 200, "{path}");
        http.body
    };
    let day = "as_of=2027-01-05";
    for path in ["/", &format!("/projects/{PROJECT}")] {
        let read = Page::read(&page(&format!("{path}?{day}")));
        let figure = |label: &str| {
            let found = read.figures.iter().find(|(known, ..)| known.contains(label));
            found.unwrap_or_else(|| panic!("{path}: no {label} in {:?}", read.figures))
        };
        // November is overdue; March of 2024 and December stand beside.
        assert_eq!(figure("拖欠工资").1.text, "22,000.00", "{path}");
        let beside = figure("应支付日期不明");
        assert_eq!(beside.1.text, "44,000.00", "{path}");
        assert!(beside.2.contains("8 笔，4 人") && beside.2.contains("缺 2024、2027 年日历"), "{}", beside.2);
        let list = Page::read(&page(beside.1.href.as_deref().expect("a list")));
        let rows = &list.tables.first().expect("a table").rows;
        assert_eq!(rows.len(), 8, "{path}");
        assert!(
            rows.iter().all(|row| row.iter().any(|cell| cell.text.starts_with("不明（缺 20"))),
            "{rows:?}"
        );
    }
    let months = page(&format!("/projects/{PROJECT}/months/2026-12?{day}"));
    assert!(months.contains("不明（缺 2027 年日历）") && months.contains("应支付日期不明"), "{months}");
    for format in ["csv", "xlsx"] {
        let http = Http::get(&node.address, &format!("/undated?{day}&format={format}")).expect("an answer");
        assert_eq!(http.status, 200, "{format}");
    }
    let csv = page(&format!("/undated?{day}&format=csv"));
    assert_eq!(csv.matches("缺 2027 年日历").count(), 4, "{csv}");
}

#[test]
fn every_page_answers_every_day() {
    let (_book, node) = on_sqlite();
    pages_of(&node);
    says_what_is_not_known(&node);
}

#[test]
fn every_page_answers_every_day_on_postgres() {
    let folder = tempfile::TempDir::new().expect("a folder");
    let (_book, node) = on_postgres(folder.path());
    pages_of(&node);
    says_what_is_not_known(&node);
}
