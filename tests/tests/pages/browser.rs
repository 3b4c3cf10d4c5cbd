//! The pages in a real browser: from the overview to one entry by clicking, in both languages, on a desk and on a
//! phone; whether people who see or move otherwise can use them; and that nothing leaves the machine.

use crate::site::on_sqlite;
use calamine::{Reader, Xlsx, open_workbook};
use serde_json::Value;
use std::path::{Path, PathBuf};
use tests::{Browser, fen, read_json, server, shown_fen, until};

/// Width and height of a desk's screen, of a phone's, and of the narrowest that a page must fit on (WCAG 2.2, 1.4.10).
const SCREENS: [(u32, u32); 3] = [(1366, 900), (390, 844), (320, 640)];

/// Cells and figures that a narrow screen shows only after scrolling sideways, or not whole.
const BEYOND: &str = "return [...document.querySelectorAll('main th, main td, main dt, main dd, main p, main input')] \
    .filter(e => { const r = e.getBoundingClientRect(); return innerWidth <= 640 && r.width > 0 && r.height > 0 \
        && (r.left < -0.5 || r.right > innerWidth + 0.5 || e.scrollWidth > e.clientWidth + 1) }) \
    .slice(0, 5).map(e => e.outerHTML.slice(0, 200))";

/// WCAG 2.2 AA and below, and what axe-core holds to be good practice.
const AXE: &str = "const done = arguments[arguments.length - 1]; \
    axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}) \
    .then(found => done(found.violations.map(v => ({id: v.id, impact: v.impact, \
    nodes: v.nodes.slice(0, 3).map(n => n.html)})))).catch(error => done([{id: String(error), impact: 'critical'}]));";

/// An invented worker's ID number.
const NUMBER: &str = "390309197712206190";

/// What must hold of every page.
#[track_caller]
fn sound(browser: &Browser) {
    let at = browser.at();
    let asked =
        browser.run("return performance.getEntries().map(e => e.name).filter(name => name.includes('://'))");
    let asked: Vec<&str> = asked.as_array().expect("names").iter().filter_map(Value::as_str).collect();
    let host = browser.run("return location.origin");
    let host = host.as_str().expect("its own origin");
    assert!(asked.iter().all(|url| url.starts_with(host)), "{at} asks elsewhere: {asked:?}");
    assert!(asked.iter().any(|url| url.ends_with(".css")), "{at}: no style sheet in {asked:?}");
    let widths = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]");
    assert!(widths[0].as_u64() <= widths[1].as_u64(), "{at} is wider than its screen: {widths}");
    let beyond = browser.run(BEYOND);
    assert_eq!(beyond, Value::Array(Vec::new()), "{at}: beyond the screen: {beyond:#}");
    browser.run(&std::fs::read_to_string(server("WAGELEDGER_TEST_AXE")).expect("axe-core"));
    let found = browser.run_to_the_end(AXE);
    let serious = |fault: &&Value| matches!(fault["impact"].as_str(), Some("serious" | "critical"));
    let faults: Vec<&Value> = found.as_array().expect("faults").iter().filter(serious).collect();
    assert!(faults.is_empty(), "{at}: {faults:#?}");
}

/// Four clicks from the overview to an entry; day and language come along.
#[test]
fn drill_down() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    let expected = read_json("site/expected.json");
    let arrears = expected["arrears"].as_array().expect("arrears");
    let right = arrears.iter().find(|a| a["as_of"] == "2026-06-30").expect("the day");
    for (width, height) in SCREENS {
        browser.resize(width, height);
        for (language, title, tag) in [("zh", "欠薪总览", "zh-CN"), ("en", "Arrears", "en")] {
            browser.goto(&format!("/?as_of=2026-06-30&lang={language}"));
            assert_eq!(browser.one("h1").text(), title);
            assert_eq!(shown_fen(&browser.one("dd.figure").text()), fen(&right["total"]));
            sound(&browser);
            for to in ["/projects/", "/crews/", "/lines/", "/entries/"] {
                browser.follow(&format!("tbody a[href^='{to}']"));
                sound(&browser);
                let at = browser.at();
                assert!(at.starts_with(to) && at.contains("as_of=2026-06-30"), "{at}");
                assert_eq!(at.contains("lang=en"), language == "en", "{at}");
                assert_eq!(browser.one("html").attribute("lang").as_deref(), Some(tag));
            }
            assert!(browser.one("pre.body").text().contains("\"v\":1"));
        }
    }
}

/// Every other kind of page, on every screen.
#[test]
fn every_page_is_sound() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    for (width, height) in SCREENS {
        browser.resize(width, height);
        for page in [
            "/arrears",
            "/missing",
            "/projects",
            "/firms",
            "/employers",
            "/regions",
            "/warnings",
            "/contractors",
            "/owners",
            "/employers/91330106XN4XFD1Y3A",
            "/ledger",
            "/search",
            "/regions/330106",
            "/employers/91330102XN2TH3BJ0N",
            "/employers/91330102XN2TH3BJ0N/trail",
            "/projects/3301102601010101/employers/91330102XN2TH3BJ0N",
            "/projects/3301062512180102/months/2026-02",
            "/projects/3301062512180102/months/2026-02/sheets",
            "/nothing",
        ] {
            browser.goto(&format!("{page}?as_of=2026-06-30"));
            sound(&browser);
        }
        for kind in ["/workers/", "/warnings/"] {
            let list = if kind == "/workers/" { "/arrears" } else { "/warnings" };
            browser.goto(&format!("{list}?as_of=2026-06-30"));
            browser.follow(&format!("tbody a[href^='{kind}']"));
            sound(&browser);
        }
    }
}

/// The trail of a worker, and its filter.
#[test]
fn trail() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    browser.goto("/arrears?as_of=2026-06-30&lang=en");
    browser.follow("tbody a[href^='/workers/']");
    sound(&browser);
    browser.follow("main a[href*='/trail']");
    sound(&browser);
    let rows = browser.all("tbody tr").len();
    assert!(rows > 5, "{rows} entries");
    browser.click("select[name=kind] option[value=work]");
    browser.follow("form.filter button");
    let kinds: Vec<String> = browser.all("tbody tr td:nth-child(4)").iter().map(|kind| kind.text()).collect();
    assert!(!kinds.is_empty() && kinds.len() < rows, "{kinds:?} of {rows}");
    assert!(kinds.iter().all(|kind| kind == "days worked"), "{kinds:?}");
    sound(&browser);
}

/// The workbook of the overview.
#[test]
fn export() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    browser.goto("/?as_of=2026-06-30&lang=en");
    let shown = shown_fen(&browser.one("dd.figure").text());
    browser.click("a[href*='format=xlsx']");
    let is_whole = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "xlsx");
    let files = || {
        std::fs::read_dir(browser.downloads()).expect("downloads").map(|file| file.expect("a file").path())
    };
    until("the workbook is there", || files().any(|path| is_whole(&path)));
    let file = files().find(is_whole).expect("the workbook");
    let (name, last) = (file.file_name().expect("a name").to_string_lossy(), site.book.entries().len());
    assert_eq!(name, format!("Overview-Arrears-2026-06-30-entry-{last}.xlsx"));
    assert_eq!(overdue_in(&file), shown);
}

fn overdue_in(file: &Path) -> i64 {
    let mut book: Xlsx<_> = open_workbook(file).expect("a workbook");
    let about = book.worksheet_range("About").expect("its first sheet");
    let texts: Vec<String> = about.cells().map(|(.., cell)| cell.to_string()).collect();
    assert!(texts.iter().any(|text| text == "2026-06-30"), "{texts:?}");
    let figures = book.worksheet_range("Figures").expect("its figures");
    let text = figures.get_value((0, 1)).expect("the first figure").to_string();
    let (yuan, fen) = text.split_once('.').unwrap_or((&text, "0"));
    format!("{yuan}{fen:0<2}").parse().expect("an amount")
}

/// The button that verifies, the search that tells no address, and the form that opens.
#[test]
fn forms() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    browser.goto("/entries/7?lang=en");
    browser.follow(".verify button");
    let verdict = browser.one(".verdict").text();
    assert!(verdict.starts_with("Holds (chain and bodies, from entry 7 to the head"), "{verdict}");
    sound(&browser);
    browser.goto("/search?lang=en");
    browser.one("#q").press(NUMBER);
    browser.follow("form.search button");
    assert_eq!(browser.at(), "/search?lang=en");
    sound(&browser);
    browser.follow("tbody a[href^='/workers/']");
    browser.one("#purpose").press("for a test");
    assert!(!browser.source().contains(NUMBER));
    browser.follow("form.reveal button");
    assert!(browser.source().contains(NUMBER));
    assert!(!browser.at().contains("purpose") && !browser.at().contains(NUMBER), "{}", browser.at());
    sound(&browser);
    // Loaded again, the page is there again, and nobody looked twice.
    let entries = site.book.entries().len();
    browser.reload();
    assert!(browser.source().contains(NUMBER));
    assert_eq!(site.book.entries().len(), entries);
}

/// The first key leads past the head of the page; what has the focus shows it.
#[test]
fn by_keyboard() {
    const TAB: &str = "\u{e004}";
    const ENTER: &str = "\u{e007}";
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    browser.goto("/?as_of=2026-06-30");
    browser.one("body").press(TAB);
    let focus = browser.focus();
    assert_eq!(focus.attribute("class").as_deref(), Some("skip"));
    assert_eq!(focus.style("outline-style"), "solid");
    focus.press(ENTER);
    assert!(browser.at().ends_with("#main"), "{}", browser.at());
}

/// What of A4 is left between the margins of a print, in CSS pixels: upright, and across.
const PAPER: [u32; 2] = [702, 1031];

/// The smallest type of a print in CSS pixels, as it comes out where a drawing is scaled.
const SMALLEST: &str = "const sizes = [...document.querySelectorAll('body *')].filter(e => \
        e.getClientRects().length && [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim())) \
    .map(e => parseFloat(getComputedStyle(e).fontSize) * (e.getScreenCTM ? e.getScreenCTM().a : 1)); \
    return Math.min(...sizes)";

/// What numbers the pages of a print.
const NUMBERED: &str = "return [...document.styleSheets[0].cssRules].filter(rule => rule instanceof CSSPageRule) \
    .filter(rule => rule.cssText.includes('counter(page)') && rule.cssText.includes('counter(pages)')).length";

/// No table is wider than the paper, no type smaller than 9 pt; the day and the head are on it, pages are numbered, and
/// what only a screen can do is left out.
#[test]
fn printed() {
    let site = on_sqlite();
    let browser = Browser::open(&site.node.address);
    browser.print_media("print");
    browser.resize(PAPER[0], 1000);
    browser.goto("/arrears?as_of=2026-06-30");
    let worker = browser.one("tbody a[href^='/workers/']").attribute("href").expect("a worker's page");
    let line = browser.one("tbody a[href^='/lines/']").attribute("href").expect("a line's page");
    for path in [
        "/?as_of=2026-06-30",
        "/arrears?as_of=2026-06-30",
        "/warnings?as_of=2026-06-30",
        "/projects/3301062512180102?as_of=2026-06-30",
        "/projects/3301062512180102/months/2026-02?as_of=2026-06-30",
        "/projects/3301062512180102/trail",
        "/entries/62",
        &worker,
        &line,
    ] {
        for language in ["zh", "en"] {
            browser.resize(PAPER[0], 1000);
            let mark = if path.contains('?') { '&' } else { '?' };
            browser.goto(&format!("{path}{mark}lang={language}"));
            let across = browser.run("return document.body.className").as_str() == Some("across");
            browser.resize(PAPER[usize::from(across)], 700);
            let widest = browser.run(
                "return Math.max(...[...document.querySelectorAll('table, dl, svg, pre')].map(e => e.getBoundingClientRect().right))",
            );
            let width = f64::from(PAPER[usize::from(across)]);
            let widest = widest.as_f64().expect("a width");
            assert!(widest <= width + 0.5, "{path} in {language} takes {widest} of {width} pixels");
            let smallest = browser.run(SMALLEST).as_f64().expect("a size");
            assert!(smallest > 11.99, "{path} in {language} has type of {smallest} pixels: 12 are 9 pt");
            assert!(browser.run(NUMBERED).as_u64() >= Some(3), "{path}: pages of a print are numbered");
            let hidden = "return [...document.querySelectorAll('header.top, .exports, .pages, form, .crumbs')]\
                .every(e => e.getBoundingClientRect().height == 0)";
            assert_eq!(
                browser.run(hidden),
                Value::Bool(true),
                "{path}: what only a screen can do is printed"
            );
            let foot = browser.one("footer").text();
            assert!(foot.contains("wageledger.example.org") || foot.contains("wageledger.invalid"), "{foot}");
            assert_eq!(foot.contains("2026-06-30"), path.contains("as_of"), "{path}: {foot}");
        }
    }
    browser.print_media("");
}
