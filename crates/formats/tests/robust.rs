//! Whatever the bytes, reading returns: random bytes, truncated and bit-flipped samples, text that is almost
//! right.

use formats::{FileKind, FileName, error_workbook, parse};
use proptest::prelude::*;
use std::path::Path;

const SAMPLES: &[&str] = &[
    "site/projects.csv",
    "site/roster-3301102601010101.xlsx",
    "site/contracts-3301102601010101.csv",
    "site/attendance-3301062512180102-202602.csv",
    "site/wage-sheet-3301102601010101-防水二班-202603更正.xlsx",
    "site/bank-result-DF012026061501.txt",
    "site/account-3301112601010103-202605.csv",
    "updates/07/bank-result-DF22012026050604.txt",
    "more/subcontracts-3301102601010101.csv",
    "more/guarantees.csv",
    "more/inspections.csv",
    "more/complaints.csv",
];

fn sample(path: &str) -> (FileName, Vec<u8>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data").join(path);
    let name = FileName::of(path.file_name().unwrap().to_str().unwrap()).unwrap();
    (name, std::fs::read(path).unwrap())
}

fn name(kind: FileKind) -> FileName {
    let name = match kind {
        FileKind::Projects => "projects.csv",
        FileKind::Roster => "roster-33011026.xlsx",
        FileKind::Contracts => "contracts-33011026.csv",
        FileKind::Attendance => "attendance-33011026-202603.csv",
        FileKind::WageSheet => "wage-sheet-33011026-甲-202603.xlsx",
        FileKind::BankResult => "bank-result-B1.txt",
        FileKind::Account => "account-33011026-202603.csv",
        FileKind::Subcontracts => "subcontracts-33011026.csv",
        FileKind::Guarantees => "guarantees.csv",
        FileKind::Inspections => "inspections.csv",
        FileKind::Complaints => "complaints.csv",
        FileKind::Deductions => "deductions.csv",
    };
    FileName::of(name).unwrap()
}

/// Reads, and makes the workbook that a clerk would get; a file is either good or says what is wrong.
fn survives(name: &FileName, bytes: &[u8]) {
    let parsed = parse(name, bytes);
    let _ = error_workbook(bytes, &parsed.findings);
    let rows = parsed.rows_in_file as usize;
    assert!(parsed.content.len() + parsed.repeats.len() <= rows);
    assert!(parsed.content.len() + parsed.repeats.len() == rows || parsed.has_errors());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_bytes(bytes in proptest::collection::vec(any::<u8>(), 0..2_000), zip in any::<bool>()) {
        let bytes = if zip { [b"PK\x03\x04".as_slice(), &bytes].concat() } else { bytes };
        for kind in FileKind::ALL {
            survives(&name(*kind), &bytes);
        }
    }

    #[test]
    fn truncated(sample_at in 0..SAMPLES.len(), cut in 0.0..1.0f64) {
        let (name, bytes) = sample(SAMPLES[sample_at]);
        survives(&name, &bytes[..(bytes.len() as f64 * cut) as usize]);
    }

    #[test]
    fn flipped_bits(
        sample_at in 0..SAMPLES.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), 0..8u8), 1..8),
    ) {
        let (name, mut bytes) = sample(SAMPLES[sample_at]);
        for (at, bit) in flips {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        survives(&name, &bytes);
    }

    /// Damage below the zip's checksums, where the readers of XML meet it.
    #[test]
    fn damaged_parts(
        sample_at in prop::sample::select(vec![1usize, 4]),
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..6usize), 1..6),
    ) {
        let (name, bytes) = sample(SAMPLES[sample_at]);
        let bytes = repacked(&bytes, |part, content| {
            if part.ends_with("sheet1.xml") || part.ends_with("workbook.xml") || part.ends_with("styles.xml") {
                for (at, byte, removed) in &damage {
                    let at = at.index(content.len().saturating_sub(8).max(1));
                    content.splice(at..at + removed, [b"0987<\"> /"[usize::from(*byte) % 9]]);
                }
            }
        }, None);
        survives(&name, &bytes);
    }

    /// Cells moved, doubled and dropped in text that is otherwise right.
    #[test]
    fn shuffled_cells(
        sample_at in prop::sample::select(vec![0usize, 2, 3, 5, 6, 7, 8, 9, 10, 11]),
        swaps in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let (name, bytes) = sample(SAMPLES[sample_at]);
        let mut pieces: Vec<&[u8]> = bytes.split_inclusive(|b| matches!(b, b',' | b'|' | b'\n')).collect();
        for (a, b) in swaps {
            let (a, b) = (a.index(pieces.len()), b.index(pieces.len()));
            pieces[a] = pieces[b];
        }
        survives(&name, &pieces.concat());
    }
}

/// The same workbook, its parts changed, and perhaps one more.
fn repacked(bytes: &[u8], change: impl Fn(&str, &mut Vec<u8>), more: Option<(&str, &[u8])>) -> Vec<u8> {
    use std::io::{Cursor, Read, Write};
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).unwrap();
        let name = part.name().unwrap().to_string();
        let mut content = Vec::new();
        part.read_to_end(&mut content).unwrap();
        change(&name, &mut content);
        out.start_file(name, options).unwrap();
        out.write_all(&content).unwrap();
    }
    if let Some((name, content)) = more {
        out.start_file(name, options).unwrap();
        out.write_all(content).unwrap();
    }
    out.finish().unwrap().into_inner()
}

/// A part that says of itself it holds very many strings, for which a reader would make room.
#[test]
fn announced_strings() {
    let (name, bytes) = sample("bad/03-roster-numeric/roster-3301102601010101.xlsx");
    let strings = b"<sst uniqueCount = '99999999999999'><si><t>a</t></si></sst>";
    let bytes = repacked(&bytes, |_, _| {}, Some(("xl/sharedStrings.xml", strings)));
    assert_eq!(parse(&name, &bytes).findings[0].code.as_str(), "too_large");
}

/// A file as large as may be, of nothing but separators: no room is made for its cells.
#[test]
fn nothing_but_separators() {
    for (kind, separator) in [(FileKind::Attendance, b','), (FileKind::BankResult, b'|')] {
        let bytes = vec![separator; formats::limits::FILE_BYTES_MAX];
        let parsed = parse(&name(kind), &bytes);
        assert_eq!(parsed.findings[0].code.as_str(), "too_large");
        assert!(parsed.findings[0].message.contains("columns"));
    }
}

/// Marks that open cells over and over, each time up to the end of the text.
#[test]
fn nothing_but_quotes() {
    for piece in ["\"", "\"\n", "\",\"\n", "\"a\"\"\n", ",\"\"\"\n", "\"a,b,c,d,e,f\n"] {
        let text = piece.repeat(300_000 / piece.len());
        let parsed = parse(&name(FileKind::Inspections), text.as_bytes());
        assert!(parsed.is_bad_as_a_whole(), "{piece:?}");
        assert!(parsed.findings.len() <= formats::limits::FINDINGS_MAX + 1);
    }
}

/// 200 MiB of nothing pack into 200 KiB.
#[test]
fn zip_bomb() {
    use std::io::{Cursor, Write};
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    out.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let nothing = vec![b' '; 1 << 20];
    for _ in 0..200 {
        out.write_all(&nothing).unwrap();
    }
    let bytes = out.finish().unwrap().into_inner();
    assert!(bytes.len() < 1 << 20);
    let parsed = parse(&name(FileKind::Roster), &bytes);
    assert_eq!(parsed.findings[0].code.as_str(), "too_large");
    assert!(error_workbook(&bytes, &parsed.findings).is_ok());
}
