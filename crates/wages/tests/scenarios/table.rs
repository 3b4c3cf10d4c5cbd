//! The table language of the scenarios, one statement a line:
//!
//! ```text
//! # A title begins a scenario: one subject, nothing known of it.    // the rest of a line is a remark
//! given RegisterWorker                                  a command that is recorded
//! given RecordPayment serial=S-1 = pay                  the same, called `pay` from here on
//! when  ReturnPayment returns=@pay  then payment.returned returns=2     the fact, and fields it must have
//! when  ReturnPayment returns=@pay serial=R-2  then already_returned    or the rejection's code,
//! when  AccrueWages net=-1.00  then malformed net                       and words that it must say
//! ```
//!
//! `@pay` refers by the command's id, a bare number by the entry, from 1. `id=pay` sends with the id of `pay`.

use std::path::Path;

/// One subject's story.
pub(crate) struct Scenario {
    pub(crate) title: String,
    pub(crate) steps: Vec<Step>,
}

pub(crate) struct Step {
    /// File and line, for messages.
    pub(crate) at: String,
    pub(crate) command: String,
    pub(crate) fields: Vec<(String, String)>,
    /// What others call this command.
    pub(crate) label: Option<String>,
    /// The command whose id it is sent with.
    pub(crate) same_id_as: Option<String>,
    /// `None`: it is recorded, as whatever fact it asks for.
    pub(crate) expected: Option<Expected>,
}

pub(crate) struct Expected {
    /// Type of the fact, code of the rejection, or `recorded_before`.
    pub(crate) what: String,
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) words: Vec<String>,
}

/// All scenarios of a folder's `.txt` files, in order of name.
pub(crate) fn read(folder: &Path) -> Vec<Scenario> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder of scenarios")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let mut scenarios: Vec<Scenario> = Vec::new();
    for path in &files {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let text = std::fs::read_to_string(path).expect("a file of scenarios");
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.split("//").next().unwrap_or_default().trim();
            let at = format!("{name}:{number}");
            if let Some(title) = line.strip_prefix('#') {
                scenarios.push(Scenario { title: title.trim().to_owned(), steps: Vec::new() });
            } else if !line.is_empty() {
                let scenario = scenarios.last_mut().unwrap_or_else(|| panic!("{at}: no title before it"));
                scenario.steps.push(step(at, &words(line)));
            }
        }
    }
    scenarios
}

fn step(at: String, words: &[String]) -> Step {
    let mut words = words.iter().map(String::as_str).peekable();
    let kind = words.next().unwrap_or_default();
    let command = words.next().unwrap_or_else(|| panic!("{at}: a command is missing")).to_owned();
    let mut step = Step { at, command, fields: Vec::new(), label: None, same_id_as: None, expected: None };
    while let Some(word) = words.next() {
        match (word, word.split_once('=')) {
            ("=", _) => step.label = words.next().map(str::to_owned),
            ("then", _) => {
                let what = words.next().unwrap_or_else(|| panic!("{}: then what?", step.at)).to_owned();
                let mut expected = Expected { what, fields: Vec::new(), words: Vec::new() };
                for word in words.by_ref() {
                    match word.split_once('=') {
                        Some((field, value)) => expected.fields.push((field.to_owned(), value.to_owned())),
                        None => expected.words.push(word.to_owned()),
                    }
                }
                step.expected = Some(expected);
            }
            (_, Some(("id", label))) => step.same_id_as = Some(label.to_owned()),
            (_, Some((field, value))) => step.fields.push((field.to_owned(), value.to_owned())),
            (_, None) => panic!("{}: {word} is no field", step.at),
        }
    }
    match (kind, step.expected.is_some()) {
        ("given", false) | ("when", true) => step,
        _ => panic!("{}: `given …` without `then`, or `when … then …`", step.at),
    }
}

/// Words of a line; `"…"` keeps spaces together.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}
