//! A quotation mark too many, at every cell of every kind of text file: the same rows come out of it, or an error or
//! warning names the line. No row is ever lost without a word.

use formats::{Code, Content, FileName, Parsed, parse};
use std::collections::BTreeSet;
use std::path::Path;

/// Right files, one of each kind of text.
const SAMPLES: &[&str] = &[
    "site/projects.csv",
    "site/contracts-3301102601010101.csv",
    "site/attendance-3301062512180102-202602.csv",
    "site/bank-result-DF012026061501.txt",
    "site/account-3301112601010103-202605.csv",
    "more/subcontracts-3301102601010101.csv",
    "more/guarantees.csv",
    "more/inspections.csv",
    "more/complaints.csv",
];

const DEDUCTIONS: &str = "证件号码,姓名,扣缴义务人信用代码,扣除项目,每月金额,起始月份,截止月份,申报日期\n\
    390101198001010012,艾力,91350100M000100Y43,子女教育,2000,2026-01,2026-12,2026-01-10\n\
    11010519491231002X,李四,91350100M000100Y43,赡养老人,1500,2026-02,,2026-02-10\n";

/// Lines of a sample: enough for rows before and after each change.
const LINES: usize = 7;

struct Sample {
    name: FileName,
    lines: Vec<String>,
    separator: char,
}

fn samples() -> Vec<Sample> {
    let file = |path: &&str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path);
        let name = FileName::of(path.file_name().unwrap().to_str().unwrap()).unwrap();
        let bytes = std::fs::read(path).unwrap();
        let text = match String::from_utf8(bytes) {
            Ok(text) => text.trim_start_matches('\u{FEFF}').to_owned(),
            Err(bytes) => encoding_rs::GB18030.decode(bytes.as_bytes()).0.into_owned(),
        };
        (name, text)
    };
    let deductions = (FileName::of("deductions.csv").unwrap(), DEDUCTIONS.to_owned());
    let all = SAMPLES.iter().map(file).chain([deductions]);
    let samples: Vec<Sample> = all
        .map(|(name, text)| {
            let lines = records(&text);
            let separator = if name.extension == "txt" { '|' } else { ',' };
            Sample { name, lines, separator }
        })
        .collect();
    for sample in &samples {
        let parsed = sample.read(&sample.lines);
        let faults: Vec<Code> = parsed.findings.iter().map(|finding| finding.code).collect();
        // The bank file announces all its lines, of which these are some.
        assert!(faults.iter().all(|code| *code == Code::AMOUNT_MISMATCH), "{:?}: {faults:?}", sample.name);
        assert!(parsed.rows_in_file >= 2);
    }
    samples
}

/// The first lines of a text. Cells over several lines become cells in one, so that rows are lines.
fn records(text: &str) -> Vec<String> {
    let mut records: Vec<String> = Vec::new();
    for line in text.lines() {
        let full = records.len() == LINES;
        match records.last_mut() {
            Some(record) if record.matches('"').count() % 2 == 1 => record.push_str(line),
            _ if full => break,
            _ => records.push(line.to_owned()),
        }
    }
    records
}

impl Sample {
    fn read(&self, lines: &[String]) -> Parsed {
        parse(&self.name, (lines.join("\n") + "\n").as_bytes())
    }

    /// Every place in a line at which a mark may stray: the beginning, the middle and the end of each cell.
    fn places(&self, line: usize) -> Vec<usize> {
        let text = &self.lines[line];
        let mut places = BTreeSet::new();
        let mut from = 0;
        for cell in text.split(self.separator) {
            let middle = cell.char_indices().nth(cell.chars().count() / 2).map_or(0, |(at, _)| at);
            places.extend([from, from + middle, from + cell.len()]);
            from += cell.len() + self.separator.len_utf8();
        }
        places.into_iter().collect()
    }

    /// The file with marks put in, each at (line, byte).
    fn with(&self, marks: &[(usize, usize)], mark: &str) -> Vec<String> {
        let mut lines = self.lines.clone();
        let mut marks = marks.to_vec();
        marks.sort_unstable();
        for (line, at) in marks.iter().rev() {
            lines[*line].insert_str(*at, mark);
        }
        lines
    }

    /// Whether nothing went without a word: an error or warning at one of the lines, or the same facts as before; and
    /// rows are never fewer unless an error says that the file is refused.
    #[track_caller]
    fn check(&self, parsed: &Parsed, right: &Parsed, marks: &[(usize, usize)]) {
        let context = || format!("{} {marks:?} {:#?}", self.name.kind.as_str(), parsed.findings);
        let named = marks.iter().any(|(line, _)| {
            let line = u32::try_from(line + 1).unwrap();
            parsed.findings.iter().any(|finding| finding.line == Some(line))
        });
        // What concerns the header may have no line of its own.
        let in_header = marks.iter().any(|(line, _)| self.is_above_rows(*line)) && parsed.has_errors();
        let same = parsed.content == right.content;
        assert!(same || named || in_header, "{}", context());
        let all_there = parsed.rows_in_file >= right.rows_in_file;
        assert!(all_there || parsed.is_bad_as_a_whole(), "rows are lost: {}", context());
    }

    fn is_above_rows(&self, line: usize) -> bool {
        line == 0 || (self.separator == '|' && line == 1)
    }
}

#[test]
fn one_mark_anywhere() {
    for sample in samples() {
        let right = sample.read(&sample.lines);
        for line in 0..sample.lines.len() {
            for at in sample.places(line) {
                for mark in ["\"", "\"\"", "\"\"\""] {
                    let lines = sample.with(&[(line, at)], mark);
                    sample.check(&sample.read(&lines), &right, &[(line, at)]);
                }
            }
        }
    }
}

#[test]
fn two_marks_anywhere() {
    for sample in samples() {
        let right = sample.read(&sample.lines);
        let last = sample.lines.len() - 1;
        let spots: Vec<(usize, usize)> =
            (1..=last).flat_map(|line| sample.places(line).into_iter().map(move |at| (line, at))).collect();
        // Pairs at a few distances from each other: in a line, to the next one, over several.
        for (from, first) in spots.iter().enumerate() {
            for step in [1, 2, 5, 17, 18, 29, 60] {
                let Some(second) = spots.get(from + step) else { continue };
                let lines = sample.with(&[*first, *second], "\"");
                sample.check(&sample.read(&lines), &right, &[*first, *second]);
            }
        }
    }
}

/// A column that no template knows is not read, and its marks swallow no rows all the same.
#[test]
fn marks_in_an_unknown_column() {
    for mut sample in samples().into_iter().filter(|sample| sample.separator == ',') {
        for (at, line) in sample.lines.iter_mut().enumerate() {
            line.push_str(if at == 0 { ",备用列" } else { ",补录" });
        }
        let right = sample.read(&sample.lines);
        for line in 1..sample.lines.len() {
            let at = sample.lines[line].len() - "补录".len();
            let lines = sample.with(&[(line, at)], "\"");
            let parsed = sample.read(&lines);
            sample.check(&parsed, &right, &[(line, at)]);
            assert!(parsed.is_bad_as_a_whole());
            assert_eq!(parsed.rows_in_file, right.rows_in_file, "the other faults of all rows are found too");
            let stray = parsed.findings.iter().find(|finding| finding.code == Code::STRAY_QUOTE).unwrap();
            assert_eq!(stray.line, Some(u32::try_from(line + 1).unwrap()));
        }
    }
}

/// Notes that are quoted well are read, with separators, marks and a line break in them.
#[test]
fn good_quotes_are_read() {
    let header = "项目编码,检查日期,检查单位,维权信息告示牌,劳资专管员,实名制,问题,处理决定,限期至,办结日期";
    let row = |note: &str| format!("3301102601010101,2026-03-05,区住建局,有,有,正常,{note},无,,");
    for note in
        ["\"未公示\n工资表\"", "\"缺,\"\"考勤\"\"\"", "\"a,b,c,d,e,f,g,h,i,j,k\"", "\"一\r\n二\" ", "\"\""]
    {
        let text = format!("{header}\r\n{}\r\n{}\r\n", row(note), row("").replace("03-05", "03-06"));
        let parsed = parse(&FileName::of("inspections.csv").unwrap(), text.as_bytes());
        assert!(parsed.findings.is_empty(), "{note}: {:#?}", parsed.findings);
        assert_eq!(parsed.rows_in_file, 2);
    }
    // A longer one is read, and said.
    let text = format!("{header}\n{}\n{}\n", row("\"一\n二\n三\""), row("").replace("03-05", "03-06"));
    let parsed = parse(&FileName::of("inspections.csv").unwrap(), text.as_bytes());
    let codes: Vec<(Code, bool)> = parsed.findings.iter().map(|f| (f.code, f.is_error())).collect();
    assert_eq!(codes, [(Code::LINES_IN_CELL, false)]);
    let Content::Inspections(rows) = parsed.content else { panic!() };
    // As Excel numbers rows: a cell with line breaks is one.
    assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 3]);
}

/// A row that somebody's sorting put above the header is not a title.
#[test]
fn rows_above_the_header() {
    for sample in samples().into_iter().filter(|sample| sample.separator == ',') {
        let mut lines = sample.lines.clone();
        lines.swap(0, 1);
        let parsed = sample.read(&lines);
        assert!(parsed.is_bad_as_a_whole(), "{:?}", sample.name);
        assert!(parsed.findings.iter().any(|f| f.code == Code::ROW_ABOVE_HEADER && f.line == Some(1)));
    }
}
