//! A site of thousands: no page is heavy, every list is walked through to its end and back without missing a row, and an
//! export holds the same rows.

use crate::walker::Walker;
use std::collections::BTreeSet;
use tests::{Book, Http, Node, Page, run, wageledger};

/// Workers of the city, and of its large site.
const WORKERS: &str = "1500";
const LARGE: &str = "1400";
/// A day on which much is overdue.
const AS_OF: &str = "2026-11-20";

/// An invented city with one large site, recorded through the ledger.
fn city() -> (Book, Node) {
    let book = Book::bare();
    let mut bench = wageledger();
    bench.args(["bench", "city", "--workers", WORKERS, "--large", LARGE, "--seconds", "1", "--dir"]);
    bench.arg(book.dir());
    run(bench).exits(0);
    let node = Node::start(&book);
    (book, node)
}

/// The first address that a page leads to and that begins so.
#[track_caller]
fn link(page: &Page, begin: &str) -> String {
    let found = page.links.iter().find(|link| link.starts_with(begin));
    found.unwrap_or_else(|| panic!("no {begin} among {:?}", page.links)).clone()
}

/// Of many hits the first are shown, and how many there are.
fn search_says_what_it_leaves_out(book: &Book, node: &Node) {
    let count = "SELECT COUNT(*) FROM crew";
    let all: i64 = book.open("readmodel.sqlite").query_row(count, [], |row| row.get(0)).expect("a count");
    assert!(all > 50, "{all} crews");
    let found = |path: &str, text: &str| {
        let http = Http::form(&node.address, path, &format!("q={text}")).expect("an answer");
        assert_eq!(http.status, 200, "{path}: {}", http.body);
        http.body
    };
    // The label of every crew of the city has this in it.
    let (zh, en) = (found("/search", "班"), found("/search?lang=en", "班"));
    assert_eq!(Page::read(&zh).captioned("班组").rows.len(), 50);
    assert!(zh.contains(&format!("共 {all} 个，这里只有前 50 个")), "{zh}");
    assert!(en.contains(&format!("These are the first 50 of {all}; a longer text narrows it.")), "{en}");
    // Once: neither projects nor employers were cut. Of fewer hits nothing is said.
    assert_eq!(en.matches("These are the first").count(), 1, "{en}");
    let few = found("/search", "钢筋");
    let shown = Page::read(&few).captioned("班组").rows.len();
    assert!((1..50).contains(&shown) && !few.contains("这里只有前"), "{shown} rows: {few}");
}

#[test]
fn every_page_is_light_and_every_list_whole() {
    let (book, node) = city();
    search_says_what_it_leaves_out(&book, &node);
    let walker = Walker::of(&node);
    let of_day = |path: &str| format!("{path}?as_of={AS_OF}");
    let bare = |path: &str| path.split('?').next().unwrap_or_default().to_owned();
    let projects = walker.page(&of_day("/projects"));
    let (overview, warnings) = (walker.page(&of_day("/")), of_day("/warnings"));
    // The large one of the two sites has more crews than stand on a page.
    let sites = projects.links.iter().filter(|link| link.starts_with("/projects/33"));
    let sites = sites.map(|site| (site.clone(), walker.page(site)));
    let (project, on_project) =
        sites.into_iter().find(|(_, page)| page.next.is_some()).expect("a large site");
    // The months after the last sheet have a row too, and nothing in them.
    let months = on_project.captioned("各月资料报送情况");
    let mut of_months = months.cells("月份").into_iter().zip(months.cells("工资表人数"));
    let with_sheet = of_months.find(|(_, cell)| cell.text.replace(',', "").parse::<u64>().is_ok());
    let month = with_sheet.and_then(|(month, _)| month.href.clone()).expect("a month with a sheet");
    let (crew, share) =
        (link(&on_project, "/crews/"), link(&on_project, &format!("{}/employers/", bare(&project))));
    let lines = walker.page(&of_day("/arrears"));
    let (worker, line) = (link(&lines, "/workers/"), link(&lines, "/lines/"));
    let (employer, region) = (link(&lines, "/employers/9"), link(&overview, "/regions/3"));
    let entry = link(&walker.page(&line), "/entries/");
    let sheets = of_day(&format!("{}/sheets", bare(&month)));
    let trail = |of: &str| format!("{}/trail?lang=zh", bare(of));

    // All kinds, in both languages.
    let others =
        ["/missing", "/regions", "/employers", "/firms", "/contractors", "/owners", "/ledger", "/search"]
            .map(of_day);
    for path in
        [&project, &month, &crew, &share, &worker, &line, &employer, &region, &entry, &sheets, &warnings]
            .into_iter()
            .chain(&others)
            .chain(&[trail(&project), trail(&employer), trail(&worker)])
    {
        walker.page(path);
        walker.page(&format!("{}&lang=en", path.replace("?lang=zh", "?as_of=2026-06-30")));
    }

    // Every list that is longer than a page, in its own order and in others.
    let mut export = Vec::new();
    for (path, caption, orders) in [
        (of_day("/arrears"), "拖欠工资明细", vec!["outstanding", "-days", "worker", "crew"]),
        (project.clone(), "按班组", vec!["-outstanding", "employer"]),
        (month.clone(), "逐笔支付状态", vec!["-net", "on", "bank"]),
        (sheets.clone(), "工资表定稿核对", vec!["recorded_net"]),
    ] {
        let rows = walker.walk(&path, caption);
        for order in orders {
            let sorted = walker.walk(&format!("{path}&sort={order}"), caption);
            let same = |rows: &[Vec<String>]| rows.iter().cloned().collect::<BTreeSet<_>>();
            assert_eq!(same(&sorted), same(&rows), "{path} by {order}");
        }
        export.push((path, caption, rows));
    }
    let seals = format!("{}&kind=sheet", trail(&project));
    export.push((seals.clone(), "全部记录，按先后顺序", walker.walk(&seals, "全部记录，按先后顺序")));
    for (path, caption, rows) in export {
        let mut exported = walker.exported(&path, caption);
        exported.truncate(rows.len());
        assert_eq!(exported, rows, "{path}");
    }

    // All that is recorded of the project, in one file.
    let http = Http::get(&node.address, &format!("{}&format=csv", trail(&project))).expect("an answer");
    assert!(http.head.to_lowercase().contains("transfer-encoding: chunked"), "{}", http.head);
    let own: Vec<u64> = http.body.lines().filter_map(|line| line.split(',').next()?.parse().ok()).collect();
    let code = bare(&project).trim_start_matches("/projects/").to_owned();
    // Fifteen characters an entry.
    let count = "SELECT SUM(LENGTH(entries)) / 15 FROM trail WHERE about = 'project' AND whom = ?1";
    let recorded: i64 =
        book.open("readmodel.sqlite").query_row(count, [&code], |row| row.get(0)).expect("a count");
    assert!(recorded > 30_000 && own.is_sorted_by(|a, b| a < b));
    assert_eq!(i64::try_from(own.len()), Ok(recorded));
}
