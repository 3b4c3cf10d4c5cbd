//! Files in which something was made up, borrowed or cut: the sample's own, each changed in one place.

use serde_json::Value;
use std::fs;
use std::path::Path;
use tests::{Book, data, read_json, text};

const PROJECT: &str = "3301102601010101";
const AS_OF: &str = "2026-06-30";

/// A text file of the folder, changed; it stays in its encoding, of which only the ASCII is touched.
fn change(folder: &Path, name: &str, by: impl FnOnce(Vec<Vec<u8>>) -> Vec<Vec<u8>>) {
    let file = folder.join(name);
    let bytes = fs::read(&file).expect("a file");
    let lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    fs::write(file, by(lines).join(&b'\n')).expect("a file");
}

fn holds(line: &[u8], what: &str) -> bool {
    line.windows(what.len()).any(|part| part == what.as_bytes())
}

fn replaced(line: &[u8], what: &str, with: &str) -> Vec<u8> {
    let at = line.windows(what.len()).position(|part| part == what.as_bytes());
    let at = at.unwrap_or_else(|| panic!("{what} is in the line"));
    [&line[..at], with.as_bytes(), &line[at + what.len()..]].concat()
}

/// The site's folder to be changed.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for file in fs::read_dir(data("site")).expect("the sample").map(|file| file.expect("a file")) {
        fs::copy(file.path(), folder.path().join(file.file_name())).expect("a copy");
    }
    folder
}

/// Workers with a line of this month, of one crew, each with at least five days of attendance.
fn crew_of(sample: &Value, month: &str) -> Vec<String> {
    let lines = sample["lines"].as_array().expect("lines").iter();
    let mut of: Vec<(String, String)> = lines
        .filter(|line| line["project"] == PROJECT && line["month"] == month)
        .filter(|line| text(&line["attendance_days"]).parse::<f64>().is_ok_and(|days| days >= 15.0))
        .map(|line| (text(&line["crew"]), text(&line["worker"])))
        .collect();
    of.sort();
    let crew = of[0].0.clone();
    of.into_iter().filter(|(of, _)| *of == crew).map(|(_, worker)| worker).collect()
}

#[test]
fn what_was_made_up_is_found() {
    let (sample, folder) = (read_json("site/expected.json"), folder());
    let crew = crew_of(&sample, "2026-05");
    let [first, second, third, ghost, ..] = &crew[..] else { panic!("a crew of four") };
    // Of the last worker there is no attendance in May, and two others' days are copies of the first one's. Some of a
    // month's days come in the file of the month after.
    let in_may = |line: &[u8]| ["2026-05-", "2026/5/", "2026.5.", "2026年5月"].iter().any(|m| holds(line, m));
    let mut copied: Vec<Vec<u8>> = Vec::new();
    for file in [6, 5].map(|month| format!("attendance-{PROJECT}-20260{month}.csv")) {
        change(folder.path(), &file, |lines| {
            let mut kept: Vec<Vec<u8>> = lines
                .iter()
                .filter(|line| {
                    let gone = [second, third, ghost].iter().any(|id| holds(line, id.as_str()));
                    !(gone && in_may(line))
                })
                .cloned()
                .collect();
            for line in lines.iter().filter(|line| holds(line, first) && in_may(line)) {
                copied.push(replaced(line, first, second));
                copied.push(replaced(line, first, third));
            }
            // Ends with a line break, or with nothing.
            let end = kept.pop_if(|line| line.is_empty());
            kept.append(&mut copied);
            kept.extend(end);
            kept
        });
    }
    // The bank paid two workers' wages of May to one card.
    let batches = fs::read_dir(folder.path()).expect("the folder").map(|file| file.expect("a file").path());
    let of_may = |path: &Path| {
        let bytes = fs::read(path).expect("a file");
        holds(&bytes, "2026-05") && holds(&bytes, PROJECT) && holds(&bytes, second)
    };
    let batch = batches.filter(|path| path.to_string_lossy().contains("bank-result"));
    let batch = batch.into_iter().find(|path| of_may(path)).expect("a batch of May");
    let name = batch.file_name().expect("a name").to_string_lossy().into_owned();
    let card = |line: &[u8]| {
        let cell = line.split(|byte| *byte == b'|').nth(1).expect("a card");
        String::from_utf8(cell.to_vec()).expect("digits")
    };
    change(folder.path(), &name, |mut lines| {
        let of = |id: &str| lines.iter().position(|line| holds(line, id)).expect("a payment");
        let (one, other) = (of(first), of(second));
        let (his, new) = (card(&lines[other]), card(&lines[one]));
        lines[other] = replaced(&lines[other], &his, &new);
        lines
    });
    // The last line of a statement is gone.
    change(folder.path(), &format!("account-{PROJECT}-202603.csv"), |mut lines| {
        lines.pop_if(|line| line.is_empty());
        lines.pop();
        lines.push(Vec::new());
        lines
    });

    let book = Book::new();
    book.import(&[folder.path().to_path_buf()]).exits(0);
    let args = ["--as-of", AS_OF, "--all", "--reveal", "--purpose", "test", "--format", "json"];
    let answer = book.ask("warnings", &args).exits(0).json();
    let rows = answer["rows"].as_array().expect("rows");
    let found = |rule: &str| {
        let row = rows.iter().find(|row| row["rule"] == rule && row["project_code"] == PROJECT);
        row.unwrap_or_else(|| panic!("no {rule}"))
    };
    let workers = |row: &Value| {
        let objects = row["objects"].as_array().expect("objects").iter();
        let mut workers: Vec<String> = objects.map(|object| text(&object["worker"])).collect();
        workers.sort();
        workers
    };
    let of = |ids: &[&String]| {
        let mut ids: Vec<String> = ids.iter().map(|id| (*id).clone()).collect();
        ids.sort();
        ids
    };
    let types: Vec<String> = book.entries().iter().map(|entry| entry.type_name()).collect();
    let behind = |row: &Value, kind: &str| {
        let entries = row["entries"].as_array().expect("entries").iter();
        let mut entries = entries.map(|seq| &types[seq.as_u64().expect("a sequence") as usize - 1]);
        entries.any(|name| name == kind)
    };
    for (rule, colour, ids, kind) in [
        ("A02", "yellow", of(&[first, second]), "payment.recorded"),
        ("A03", "yellow", of(&[second]), "payment.recorded"),
        ("A05", "yellow", of(&[first, second, third]), "work.recorded"),
        ("A06", "yellow", of(&[ghost]), "wages.accrued"),
    ] {
        let row = found(rule);
        assert_eq!((text(&row["colour"]).as_str(), workers(row)), (colour, ids), "{row}");
        assert!(behind(row, kind), "{row}");
    }
    let cut = found("A08");
    assert_eq!(
        (text(&cut["colour"]).as_str(), &cut["figures"]["breaks"]),
        ("yellow", &Value::from(1)),
        "{cut}"
    );
    assert!(behind(cut, "account.moved"));
    assert!(text(&cut["objects"][0]["after"]).starts_with("2026-03-"), "{cut}");
    assert_eq!(cut["objects"][0]["before"].as_str().map(|day| &day[..7]), Some("2026-04"), "{cut}");
    for rule in ["A01", "A04"] {
        assert_eq!(found(rule)["colour"], "none");
    }
    // The other sites are as they were.
    for row in rows.iter().filter(|row| text(&row["rule"]).starts_with('A') && row["rule"] != "A07") {
        assert!(row["project_code"] == PROJECT || row["colour"] == "none", "{row}");
    }
    // A look without a purpose names nobody, and rules say what they are.
    let closed = book.ask("warnings", &["--as-of", AS_OF, "--format", "json"]).exits(0);
    assert!(!crew.iter().any(|worker| closed.out.contains(worker.as_str())));
    book.verifies();
}

/// Every detection is told in both languages, by convention of ours.
#[test]
fn detections_are_explained() {
    for (rule, figure, colour, zh) in [
        ("A01", "rate=1/20", "yellow", "花名册虚增"),
        ("A02", "cards=2", "red", "一卡多人"),
        ("A03", "rate=1/10", "orange", "非本人工资卡"),
        ("A04", "crew_months=1", "yellow", "同班组同金额"),
        ("A05", "crew_months=0", "none", "考勤疑似批量生成"),
        ("A06", "rate=2/10", "red", "有工资无考勤"),
        ("A07", "rate=unknown", "unknown", "有考勤无工资"),
        ("A08", "breaks=1", "yellow", "专户流水缺失"),
    ] {
        let mut command = tests::wageledger();
        command.args(["rules", "explain", "warning", rule, figure, "--as-of", AS_OF]);
        let told = tests::run(command).exits(0);
        assert!(
            [zh, "本账本的约定", "our convention"].iter().all(|word| told.out.contains(word)),
            "{}",
            told.out
        );
        assert!(told.out.lines().next().is_some_and(|line| line.ends_with(colour)), "{}", told.out);
    }
}
