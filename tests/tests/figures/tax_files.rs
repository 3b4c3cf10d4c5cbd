//! The files that an agent takes to the tax office, read again by another reader and held against the sample's lines.

use crate::raw_workbook::{self, Raw};
use calamine::{Data, Reader, Xlsx, open_workbook};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tests::{Book, data, fen, fen_text, read_json, run, shared_site, text, wageledger};

type Table = Vec<BTreeMap<String, String>>;

/// Cells by header; amounts with two decimals.
fn workbook(file: &Path, sheet: &str) -> Table {
    let mut workbook: Xlsx<_> = open_workbook(file).expect("a workbook");
    assert_eq!(workbook.sheet_names(), [sheet]);
    let range = workbook.worksheet_range(sheet).expect("a sheet");
    let mut rows = range.rows();
    let header: Vec<String> = rows.next().expect("headers").iter().map(ToString::to_string).collect();
    let cell = |cell: &Data| match cell {
        Data::Float(number) => format!("{number:.2}"),
        other => other.to_string(),
    };
    rows.map(|row| header.iter().cloned().zip(row.iter().map(cell)).collect()).collect()
}

fn csv_rows(file: &Path) -> Table {
    let text = std::fs::read_to_string(file).expect("a text file");
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header: Vec<&str> = lines.next().expect("headers").split(',').collect();
    assert_eq!(header.len(), 41);
    let row = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        assert_eq!(cells.len(), header.len(), "{line}");
        header.iter().map(|name| (*name).to_owned()).zip(cells.into_iter().map(str::to_owned)).collect()
    };
    lines.map(row).collect()
}

struct Files {
    folder: tempfile::TempDir,
    of: String,
}

impl Files {
    fn of(book: &Book, employer: &str, month: &str) -> Files {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("out").display().to_string();
        let args =
            ["--month", month, "--employer", employer, "--export", &path, "--reveal", "--purpose", "return"];
        book.ask("tax", &args).exits(0);
        Files { folder, of: format!("{employer}-{}", month.replace('-', "")) }
    }

    fn path(&self, title: &str, ending: &str) -> PathBuf {
        self.folder.path().join("out").join(format!("{title}-{}.{ending}", self.of))
    }

    fn wages(&self) -> Table {
        workbook(&self.path("正常工资薪金所得", "xlsx"), "正常工资薪金收入")
    }

    fn services(&self) -> Table {
        workbook(&self.path("劳务报酬所得", "xlsx"), "劳务报酬所得")
    }

    fn people(&self) -> Table {
        workbook(&self.path("人员信息采集", "xlsx"), "人员信息采集")
    }

    fn returned(&self) -> Table {
        csv_rows(&self.path("个人所得税扣缴申报表", "csv"))
    }
}

fn column(table: &Table, header: &str) -> Vec<String> {
    table.iter().map(|row| row.get(header).unwrap_or_else(|| panic!("no {header}")).clone()).collect()
}

fn sum(cells: &[String]) -> i64 {
    cells.iter().map(|cell| fen(&Value::from(cell.as_str()))).sum()
}

/// Gross, insurance, housing fund by ID number, as the sample's lines say.
fn lines_of(expected: &Value, employer: &str, month: &str) -> BTreeMap<String, [i64; 3]> {
    let mut by_worker: BTreeMap<String, [i64; 3]> = BTreeMap::new();
    for line in expected["lines"].as_array().expect("lines") {
        if text(&line["employer"]) == employer && text(&line["month"]) == month {
            let sums = by_worker.entry(text(&line["worker"])).or_default();
            sums[0] += fen(&line["gross"]);
            sums[1] += fen(&line["deductions"]["social_insurance"]);
            sums[2] += fen(&line["deductions"]["housing_fund"]);
        }
    }
    by_worker
}

#[test]
fn the_files_say_what_the_sheets_say() {
    let (expected, book) = (read_json("site/expected.json"), shared_site().0.copy());
    for employer in expected["tax_by_employer_month"].as_object().expect("employers").keys() {
        let lines = lines_of(&expected, employer, "2026-04");
        let files = Files::of(&book, employer, "2026-05");
        let (wages, returned, people) = (files.wages(), files.returned(), files.people());
        assert!(files.services().is_empty());
        let ids: Vec<&String> = lines.keys().collect();
        for table in [&wages, &people] {
            assert_eq!(column(table, "*证件号码").iter().collect::<Vec<_>>(), ids);
        }
        assert_eq!(column(&returned, "身份证件号码").iter().collect::<Vec<_>>(), ids);
        assert_eq!(column(&wages, "*姓名"), column(&people, "*姓名"));
        for row in wages.iter().chain(&returned) {
            let cell =
                |names: [&str; 2]| names.iter().find_map(|name| row.get(*name)).expect("a cell").clone();
            let id = cell(["*证件号码", "身份证件号码"]);
            let [gross, insurance, fund] = lines[&id];
            assert_eq!(cell(["本期收入", "收入"]), fen_text(gross), "{id}");
            assert_eq!(row["住房公积金"], fen_text(fund), "{id}");
            let parts = ["基本养老保险费", "基本医疗保险费", "失业保险费"].map(|name| row[name].clone());
            assert_eq!(sum(&parts), insurance, "{id}");
            assert_eq!(row["备注"].is_empty(), insurance == 0, "a sum told apart is remarked: {row:?}");
        }
        check_tax(&expected, employer, &returned);
        for row in &people {
            assert_eq!(row["*出生日期"].replace('-', ""), row["*证件号码"][6..14]);
            assert_eq!(row["*任职受雇从业类型"], "雇员");
            assert!(["男", "女"].contains(&row["*性别"].as_str()));
        }
    }
    book.verifies();
}

/// Read from their XML, with no library, the workbooks say the same: text as text, amounts as numbers of at most two
/// decimals, the headers of their version.
#[test]
fn another_reader_finds_the_same() {
    let book = shared_site().0.copy();
    let employer = "91330102XN2TH3BJ0N";
    let files = Files::of(&book, employer, "2026-05");
    for (title, table) in [("正常工资薪金所得", files.wages()), ("人员信息采集", files.people())]
    {
        let raw = raw_workbook::rows(&files.path(title, "xlsx"));
        let headers: Vec<String> = raw[0].iter().map(|cell| cell_text(cell, "header")).collect();
        assert_eq!(raw.len(), table.len() + 1);
        assert!(raw.len() > 5);
        for (raw, row) in raw[1..].iter().zip(&table) {
            assert_eq!(raw.len(), headers.len());
            for (cell, header) in raw.iter().zip(&headers) {
                assert_eq!(cell_text(cell, header), row[header], "{header}");
            }
        }
    }
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().display().to_string();
    let export = |version: &str| {
        let args = ["--month", "2026-05", "--employer", employer, "--export", &out, "--personnel", version];
        book.ask("tax", &[&args[..], &["--reveal", "--purpose", "return"]].concat())
    };
    export("50列").exits(2).says(&["52列", "51列"]);
    export("51列").exits(0);
    let path = folder.path().join(format!("人员信息采集-{employer}-202605.xlsx"));
    let (older, usual) = (workbook(&path, "人员信息采集"), files.people());
    assert_eq!(raw_workbook::rows(&path)[0].len(), 51);
    for (older, mut usual) in older.into_iter().zip(usual) {
        assert_eq!(usual.remove("人员状态").as_deref(), Some("正常"));
        assert_eq!(older, usual);
    }
}

/// What a cell shows. ID numbers, cards, phones, days and names are text; only amounts are numbers.
fn cell_text(cell: &Option<Raw>, header: &str) -> String {
    match cell {
        None => String::new(),
        Some(Raw::Text(text)) => text.clone(),
        Some(Raw::Number(digits)) => {
            assert!(header.ends_with('费') || header.contains("收入") || header == "住房公积金", "{header}");
            let (yuan, fen) = digits.split_once('.').unwrap_or((digits, ""));
            assert!(fen.len() <= 2, "{header} {digits}");
            format!("{yuan}.{fen:0<2}")
        }
    }
}

/// What the return says is due is what the sheet shows, but for the sheets that are wrong.
fn check_tax(expected: &Value, employer: &str, returned: &Table) {
    let mut due: BTreeMap<String, i64> = BTreeMap::new();
    for line in expected["lines"].as_array().expect("lines") {
        if text(&line["employer"]) == employer && text(&line["month"]) == "2026-04" {
            *due.entry(text(&line["worker"])).or_default() += fen(&line["deductions"]["income_tax"]);
        }
    }
    for wrong in expected["tax_variances"].as_array().expect("variances") {
        if text(&wrong["employer"]) == employer && text(&wrong["month"]) == "2026-04" {
            due.insert(text(&wrong["worker"]), fen(&wrong["right"]));
        }
    }
    for row in returned {
        let id = &row["身份证件号码"];
        let amount = |name: &str| fen(&Value::from(row[name].as_str()));
        assert_eq!(amount("应补/退税额"), due[id], "{id}");
        assert_eq!((amount("应纳税额") - amount("已缴税额")).max(0), due[id], "{id}");
        let base = amount("累计收入额") - amount("累计减除费用") - amount("累计专项扣除");
        assert_eq!(amount("应纳税所得额"), base.max(0), "{id}");
        assert_eq!(row["累计子女教育"], "", "what nobody handed in stays empty");
    }
}

/// A project whose contracts are about services: labour remuneration, by the month.
#[test]
fn services_have_a_sheet_of_their_own() {
    let (expected, folder) = (read_json("site/expected.json"), tempfile::tempdir().expect("a folder"));
    const PROJECT: &str = "3301062512180102";
    for file in std::fs::read_dir(data("site")).expect("the site").map(|file| file.expect("a file").path()) {
        let name = file.file_name().expect("a name").to_string_lossy().into_owned();
        let to = folder.path().join(&name);
        if name == format!("contracts-{PROJECT}.csv") {
            let contracts = std::fs::read_to_string(&file).expect("contracts");
            assert!(contracts.contains("工资薪金"));
            std::fs::write(to, contracts.replace("工资薪金", "劳务报酬")).expect("contracts");
        } else if name == "projects.csv" || name.contains(PROJECT) && !name.starts_with("attendance") {
            std::fs::copy(&file, to).expect("a copy");
        }
    }
    let book = Book::new();
    book.import(&[folder.path().to_owned()]).exits(0);
    let employer = "91330108XNLLJY1JX9";
    let files = Files::of(&book, employer, "2026-05");
    let (services, returned) = (files.services(), files.returned());
    let contracted: Vec<String> = column(&services, "*证件号码");
    assert!(contracted.len() > 5 && column(&files.wages(), "*证件号码").len() < 5);
    assert!(column(&services, "*所得项目").iter().all(|item| item == "其他连续劳务报酬"));
    let of_project = |line: &&Value| {
        text(&line["employer"]) == employer
            && text(&line["month"]) == "2026-04"
            && text(&line["project"]) == PROJECT
    };
    for line in expected["lines"].as_array().expect("lines").iter().filter(of_project) {
        let (id, gross) = (text(&line["worker"]), fen(&line["gross"]));
        let Some(row) = services.iter().find(|row| row["*证件号码"] == id) else { continue };
        assert_eq!(row["*收入"], fen_text(gross));
        let expense = if gross <= 400_000 { 80_000 } else { (gross * 20 + 50) / 100 };
        let taxable = (gross - expense).max(0);
        assert!(taxable <= 2_000_000, "the first row of the table");
        let row = returned.iter().find(|row| row["身份证件号码"] == id).expect("in the return");
        assert_eq!(row["费用"], fen_text(expense), "{id}");
        assert_eq!(row["应补/退税额"], fen_text((taxable * 20 + 50) / 100), "{id}");
    }
    let people = files.people();
    assert!(people.iter().filter(|row| row["*任职受雇从业类型"] == "其他").count() == contracted.len());
    // The same rule on the ledger: what the sheets show of wages is wrong for services.
    let answer =
        book.ask("tax", &["--month", "2026-05", "--employer", employer, "--format", "json"]).exits(0);
    assert!(answer.json()["total"]["wrong"].as_u64().is_some_and(|wrong| wrong > 0));
}

#[test]
fn an_export_is_one_agents_and_for_a_purpose() {
    let book = shared_site().0.copy();
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("out").display().to_string();
    let employer = "91330102XN2TH3BJ0N";
    for args in [
        vec!["--export", &out, "--reveal", "--purpose", "return"],
        vec!["--export", &out, "--employer", employer],
        vec!["--export", &out, "--employer", employer, "--reveal"],
    ] {
        let args: Vec<&str> = ["--month", "2026-05"].into_iter().chain(args).collect();
        book.ask("tax", &args).exits(2);
    }
    assert!(!folder.path().join("out").exists());
    let head = book.head().seq;
    let files = Files::of(&book, employer, "2026-05");
    let revealed = book.head().seq - head;
    assert_eq!(
        usize::try_from(revealed).expect("a count"),
        files.people().len(),
        "each worker's stream says so"
    );
    let none = Files::of(&book, employer, "2026-01");
    assert!(none.wages().is_empty() && none.returned().is_empty());
}

const DEDUCTIONS: &str = "证件号码,姓名,扣缴义务人信用代码,扣除项目,每月金额,起始月份,截止月份,申报日期\n";

/// What a worker declared is deducted from his tax and nobody else's, is told again only when it changed, and stands
/// in the files and in the explanation.
#[test]
fn declared_deductions() {
    let book = shared_site().0.copy();
    let (employer, month) = ("91330102XN2TH3BJ0N", "2026-05");
    let asked = |more: &[&str]| {
        let args = ["--month", month, "--employer", employer, "--format", "json"];
        book.ask("tax", &[&args, more].concat()).exits(0).json()
    };
    assert_eq!(asked(&[])["not_known"], serde_json::json!(["special_additional", "other", "relief"]));
    let before = Files::of(&book, employer, month).returned();
    let amount = |row: &BTreeMap<String, String>, name: &str| fen(&Value::from(row[name].as_str()));
    let pays_most = before.iter().max_by_key(|row| amount(row, "应纳税所得额")).expect("somebody");
    let (id, name) = (pays_most["身份证件号码"].clone(), pays_most["姓名"].clone());
    let folder = tempfile::tempdir().expect("a folder");
    let hand_in = |rent: &str| {
        let row = |what: &str| format!("{id},{name},{employer},{what}\n");
        let rows = [
            row(&format!("住房租金,{rent},2025-12,,2026-05-06")),
            row("商业健康保险,200,2026-05,2026-12,2026-05-06"),
            row("减免税额,1,2026年5月,,2026-05-06"),
        ];
        let path = folder.path().join("deductions.csv");
        std::fs::write(&path, format!("{DEDUCTIONS}{}", rows.concat())).expect("a file");
        let head = book.head().seq;
        let report = book.import(&[path]).exits(0).json();
        assert_eq!(report["warnings"], serde_json::json!([]), "{report}");
        let new = book.entries().into_iter().filter(|entry| entry.seq as u64 > head);
        let facts = new.filter(|entry| entry.type_name() == "deduction.declared");
        facts.map(|entry| text(&entry.fact()["changed"])).collect::<Vec<_>>()
    };
    assert_eq!(hand_in("1500"), ["[]", "[]", "[]"]);
    assert_eq!(hand_in("1500"), [""; 0]);
    assert_eq!(hand_in("20"), ["[\"monthly\"]"]);

    assert_eq!(asked(&[])["not_known"], serde_json::json!([]));
    let files = Files::of(&book, employer, month);
    let after = files.returned();
    let own = after.iter().find(|row| row["身份证件号码"] == id).expect("his row");
    let others =
        |table: &Table| table.iter().filter(|row| row["身份证件号码"] != id).cloned().collect::<Vec<_>>();
    assert_eq!(others(&after), others(&before));
    let rent = amount(own, "累计减除费用") / 500_000 * 2_000;
    assert_eq!(own["累计住房租金"], fen_text(rent));
    assert_eq!([&own["商业健康保险"], &own["累计其他扣除"], &own["减免税额"]], ["200.00", "200.00", "1.00"]);
    let taxable = amount(pays_most, "应纳税所得额") - rent - 20_000;
    assert!(taxable > 0, "{pays_most:?}");
    assert_eq!(amount(own, "应纳税所得额"), taxable);
    let due = amount(own, "应纳税额") - 100 - amount(own, "已缴税额");
    assert_eq!(own["应补/退税额"], fen_text(due.max(0)));
    let wages = files.wages();
    let own = wages.iter().find(|row| row["*证件号码"] == id).expect("his row");
    assert_eq!(
        [&own["累计住房租金"], &own["商业健康保险"], &own["减免税额"]],
        [&fen_text(rent), "200.00", "1.00"]
    );

    let mut explain = wageledger();
    explain.args([
        "rules",
        "explain",
        "worker-month",
        "--worker",
        &id,
        "--month",
        "2026-04",
        "--lang",
        "both",
    ]);
    explain.arg("--ledger").arg(book.named());
    let told = run(explain).exits(0).out;
    let months = rent / 2_000;
    for word in
        [format!("20.00 × {months}"), "住房租金".to_owned(), "declared to".to_owned(), "- 1.00".to_owned()]
    {
        assert!(told.contains(&word), "{word}: {told}");
    }
    assert!(!told.contains("not declared"), "{told}");
    book.verifies();
}
