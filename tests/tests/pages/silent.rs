//! A site that stops handing in: its months stay on the page, its wage sheets are counted beside every sum, in a list that
//! can be opened and exported, and what is known stays as it was. A day that has not come yet says so.

use std::fs;
use std::path::{Path, PathBuf};
use tests::{Book, Http, Node, Page, run, wageledger};

/// Hands in nothing any more from April on.
const STOPS: &str = "3301142510150152";
/// Hands in everything until May.
const COMPLETE: &str = "3301092511030151";
/// Registered, and nothing else.
const NEVER_STARTED: &str = "3301142510150159";
/// The wage sheets of May were due by then, those of June were not.
const AS_OF: &str = "2026-06-30";

/// The demo's files.
fn files(of: &Path) -> Vec<PathBuf> {
    let mut demo = wageledger();
    demo.args(["demo", "--no-serve", "--dir"]).arg(of.join("demo"));
    run(demo).exits(0);
    let files = fs::read_dir(of.join("demo").join("files")).expect("the demo's files");
    files.map(|file| file.expect("a file").path()).collect()
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Whether a file is of a month in which the site was silent already.
fn is_silenced(name: &str) -> bool {
    ["202604", "202605"].iter().any(|month| name.contains(STOPS) && name.contains(month))
}

/// Adds a project to the list of them.
fn with_one_more(projects: &Path) {
    let text = fs::read_to_string(projects).expect("the projects");
    let line = text.lines().find(|line| line.contains(STOPS)).expect("its line");
    let more = line.replace(STOPS, NEVER_STARTED).replace("3305100620260152", "3305100620260159");
    fs::write(projects, format!("{text}{more}\r\n")).expect("the projects");
}

fn months(page: &Page, head: &str) -> Vec<(String, String)> {
    let table = page.captioned("各月资料报送情况");
    let cells = table.cells("月份").into_iter().zip(table.cells(head));
    cells.map(|(month, cell)| (month.text.clone(), cell.text.clone())).collect()
}

#[test]
fn a_site_that_stops_handing_in() {
    let folder = tempfile::tempdir().expect("a folder");
    let all = files(folder.path());
    let silenced: Vec<PathBuf> = all.iter().filter(|path| !is_silenced(&name(path))).cloned().collect();
    assert!(all.len() >= silenced.len() + 6, "files of silent months: {} of {}", silenced.len(), all.len());
    // The same sheets with all else that was handed in, to compare what is known.
    let before = Book::new();
    let known: Vec<PathBuf> =
        silenced.iter().filter(|path| !name(path).contains("bank-result")).cloned().collect();
    before.import(&known).exits(0);
    let sums = before.arrears(AS_OF, "project", &[]);
    with_one_more(&folder.path().join("demo").join("files").join("projects.csv"));
    let book = Book::new();
    book.import(&known).exits(0);
    let arrears = book.arrears(AS_OF, "project", &[]);
    assert_eq!(
        (&arrears["rows"], &arrears["total"]),
        (&sums["rows"], &sums["total"]),
        "what is known changed"
    );
    the_command_says_it(&book, &sums["unknown"], &arrears["unknown"]);
    let node = Node::start(&book);
    the_pages_say_it(&node, arrears["unknown"]["silent_site_months"].as_u64().expect("a count"));
    a_day_to_come(&book, &node);
}

/// April and May of one site; the project that never started from October 2025 to May.
fn the_command_says_it(book: &Book, before: &serde_json::Value, unknown: &serde_json::Value) {
    let months = |unknown: &serde_json::Value| unknown["silent_site_months"].as_u64().expect("a count");
    assert_eq!(unknown["silent_without_roster"], 8, "{unknown}");
    assert_eq!(months(unknown), months(before) + 8, "{unknown}");
    assert!(unknown["silent_people"].as_u64() > Some(10), "{unknown}");
    let text = book.ask("arrears", &["--as-of", AS_OF]).exits(0);
    assert!(text.out.contains("not handed in: wage sheets of"), "{}", text.shown());
    assert!(text.out.contains("8 of them without a roster"), "{}", text.shown());
}

fn the_pages_say_it(node: &Node, site_months: u64) {
    let landing = Page::of(node, &format!("/?as_of={AS_OF}"));
    assert_eq!(landing.figure("未报送工资表"), site_months.to_string());
    for region in ["/regions/330114", "/projects/3301142510150152"] {
        let page = Page::of(node, &format!("{region}?as_of={AS_OF}"));
        assert!(
            page.figures.iter().any(|(label, ..)| label == "未报送工资表"),
            "{region}: {:?}",
            page.figures
        );
    }
    let complete = Page::of(node, &format!("/projects/{COMPLETE}?as_of={AS_OF}"));
    assert!(complete.figures.iter().all(|(label, ..)| label != "未报送工资表"), "{:?}", complete.figures);
    let project = Page::of(node, &format!("/projects/{STOPS}?as_of={AS_OF}"));
    assert_eq!(project.figure("本月应付"), "未报送");
    let sheets = months(&project, "工资表人数");
    let of = |month: &str| sheets.iter().find(|(of, _)| of == month).map(|(_, cell)| cell.as_str());
    assert_eq!(
        [of("2026-06"), of("2026-05"), of("2026-04")],
        [Some("未到期"), Some("未报送"), Some("未报送")]
    );
    assert!(of("2026-03").is_some_and(|cell| cell.parse::<u64>().is_ok()), "{sheets:?}");
    assert_eq!(months(&project, "考勤人数")[1].1, "未报送", "{project:?}");
    // The first row is the month in which work began.
    assert_eq!(sheets.last().map(|(month, _)| month.as_str()), Some("2025-10"));
    let may = Page::of(node, &format!("/projects/{STOPS}/months/2026-05?as_of={AS_OF}"));
    assert_eq!(
        [may.figure("应实发"), may.figure("未付"), may.figure("未报送工资表")],
        ["未报送", "未报送", "2"]
    );
    let never = Page::of(node, &format!("/projects/{NEVER_STARTED}?as_of={AS_OF}"));
    assert_eq!(never.figure("未报送工资表"), "8");
    assert_eq!(months(&never, "花名册人数").iter().filter(|(_, cell)| cell == "未报送").count(), 8);
    // The figure leads to the list, and the list to a file.
    let list = Page::of(node, &format!("/silent?project={STOPS}&as_of={AS_OF}"));
    let rows = list.captioned("未报送工资表的月份").cells("工资月份");
    assert!(rows.iter().any(|cell| cell.text == "2026-04") && rows.iter().any(|cell| cell.text == "2026-05"));
    let csv = Http::get(&node.address, &format!("/silent?as_of={AS_OF}&format=csv")).expect("an answer");
    assert_eq!(csv.status, 200);
    assert!(csv.body.contains("2026-05") && csv.body.contains("不明"), "{}", csv.body);
    // What is unknown to early warning can be opened, and says what is missing.
    let warnings = Page::of(node, &format!("/warnings?kind=unknown&as_of={AS_OF}"));
    let missing = warnings.tables[0].cells("缺少的数据");
    assert!(!missing.is_empty());
    let latin = |text: &str| text.bytes().any(|byte| byte.is_ascii_lowercase());
    assert!(missing.iter().all(|cell| !cell.text.is_empty() && !latin(&cell.text)), "{missing:?}");
}

/// Of a day to come every answer says what it takes for granted, and of a day gone by none does.
fn a_day_to_come(book: &Book, node: &Node) {
    const WORDS: &str = "截至日在将来：假定此后不再付款";
    const DAY: &str = "2099-06-30";
    for page in ["/arrears", "/missing", "/silent", "/projects", "/employers", "/warnings"] {
        let of =
            |day: &str| Http::get(&node.address, &format!("{page}?as_of={day}")).expect("an answer").body;
        assert!(!of(AS_OF).contains(WORDS), "{page}");
        assert!(of(DAY).contains(WORDS), "{page}");
    }
    let chains = |day: &str| book.ask("chains", &["--as-of", day, "--format", "json"]).exits(0).json();
    assert_eq!(chains(DAY)["assumes_no_further_payment"], true);
    assert_eq!(chains(AS_OF)["assumes_no_further_payment"], false);
    let said = book.ask("chains", &["--as-of", DAY]).exits(0);
    assert!(said.out.contains("no further payment is assumed"), "{}", said.shown());
}
