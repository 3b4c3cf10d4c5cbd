//! Explanations in chapters, in Chinese, in English, or both: entries of the ledger, steps with their articles, notes.

use crate::cli::TextOrJson;
use crate::failure::Failure;
use crate::print;
use crate::words::{describe, describe_zh};
use clap::ValueEnum;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};
use ledger::Recorded;
use rules::Step;
use serde_json::{Value, json};

/// In which language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Lang {
    Both,
    Zh,
    En,
}

/// The same said twice.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) zh: String,
    pub(crate) en: String,
}

impl Said {
    pub(crate) fn new(zh: impl Into<String>, en: impl Into<String>) -> Said {
        Said { zh: zh.into(), en: en.into() }
    }

    /// In one language, or both with a line break between.
    fn lines(&self, lang: Lang) -> Vec<&str> {
        match lang {
            Lang::Zh => vec![&self.zh],
            Lang::En => vec![&self.en],
            Lang::Both if self.zh == self.en => vec![&self.zh],
            Lang::Both => vec![&self.zh, &self.en],
        }
    }
}

/// An entry that an explanation begins with.
#[derive(Clone, Debug)]
pub(crate) struct Fact {
    seq: u64,
    type_name: String,
    recorded_on: Option<Date>,
    says: Said,
}

impl Fact {
    /// An entry and what it says.
    pub(crate) fn of(entry: &Recorded) -> Fact {
        Fact::saying(entry, Said::new(describe_zh(&entry.event), describe(&entry.event)))
    }

    /// An entry with words of the explanation's own.
    pub(crate) fn saying(entry: &Recorded, says: Said) -> Fact {
        let at = Timestamp::from_microsecond(entry.header.recorded_at).ok();
        Fact {
            seq: entry.header.seq,
            type_name: entry.event.type_name().to_owned(),
            recorded_on: at.map(|at| at.to_zoned(TimeZone::fixed(Offset::constant(8))).date()),
            says,
        }
    }

    fn document(&self) -> Value {
        json!({
            "seq": self.seq,
            "type": self.type_name,
            "recorded_on": self.recorded_on.map(|day| day.to_string()),
            "zh": self.says.zh,
            "en": self.says.en,
        })
    }
}

/// A part of an explanation.
#[derive(Clone, Debug)]
pub(crate) struct Chapter {
    pub(crate) title: Said,
    pub(crate) entries: Vec<Fact>,
    pub(crate) steps: Vec<Step>,
    /// What comes out, and what is not known.
    pub(crate) notes: Vec<Said>,
}

impl Chapter {
    pub(crate) fn new(title: Said) -> Chapter {
        Chapter { title, entries: Vec::new(), steps: Vec::new(), notes: Vec::new() }
    }

    fn text(&self, lang: Lang) -> String {
        let mut text = String::new();
        for line in self.title.lines(lang) {
            text.push_str(&format!("{line}\n"));
        }
        for fact in &self.entries {
            let day = fact.recorded_on.map(|day| day.to_string()).unwrap_or_default();
            text.push_str(&format!("{:>9}  {day}  {}\n", fact.seq, fact.type_name));
            for line in fact.says.lines(lang) {
                text.push_str(&format!("{:>9}  {line}\n", ""));
            }
        }
        for (step, number) in self.steps.iter().zip(1..) {
            text.push_str(&step_text(step, number, lang));
        }
        for note in &self.notes {
            for line in note.lines(lang) {
                text.push_str(&format!("  → {line}\n"));
            }
        }
        text
    }

    fn document(&self) -> Value {
        json!({
            "zh": self.title.zh,
            "en": self.title.en,
            "entries": self.entries.iter().map(Fact::document).collect::<Vec<_>>(),
            "steps": steps_document(&self.steps),
            "notes": self.notes.iter().map(|note| json!({ "zh": note.zh, "en": note.en })).collect::<Vec<_>>(),
        })
    }
}

/// Prints chapters; `about` is what the JSON document says first.
pub(crate) fn print(
    chapters: &[Chapter],
    about: Value,
    format: TextOrJson,
    lang: Lang,
) -> Result<(), Failure> {
    match format {
        TextOrJson::Json => {
            let mut document = about;
            document["chapters"] = chapters.iter().map(Chapter::document).collect();
            print::out(&format!("{document}\n"))
        }
        TextOrJson::Text => {
            let texts: Vec<_> = chapters.iter().map(|chapter| chapter.text(lang)).collect();
            print::out(&texts.join("\n"))
        }
    }
}

/// Steps as people read them, in both languages.
pub(crate) fn print_steps(steps: &[Step]) -> String {
    steps.iter().zip(1..).map(|(step, number)| step_text(step, number, Lang::Both)).collect()
}

/// A step as people read it: number, what, formula = result, article.
fn step_text(step: &Step, number: usize, lang: Lang) -> String {
    let what = Said::new(step.zh, step.en);
    let mut lines = what.lines(lang).into_iter();
    let mut text = format!("{number:>3}. {}\n", lines.next().unwrap_or_default());
    for line in lines {
        text.push_str(&format!("     {line}\n"));
    }
    let formula = if step.formula.is_empty() || step.formula == step.result {
        step.result.clone()
    } else {
        format!("{} = {}", step.formula, step.result)
    };
    let source = if lang == Lang::Zh { "" } else { &step.by.source.en };
    text.push_str(&format!("       {formula}\n       〔{}〕 {source}", step.by.citation()));
    format!("{}\n", text.trim_end())
}

pub(crate) fn steps_document(steps: &[Step]) -> Value {
    let steps = steps.iter().map(|step| {
        json!({
            "zh": step.zh,
            "en": step.en,
            "formula": step.formula,
            "result": step.result,
            "parameter": step.by.parameter,
            "citation": step.by.citation(),
            "source": step.by.source.en,
            "confidence": step.by.confidence.label(),
        })
    });
    steps.collect()
}
