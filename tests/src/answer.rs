//! What a command answered.

use serde_json::Value;
use std::process::Output;

/// Exit code and what was printed.
#[derive(Debug)]
pub struct Answer {
    /// The arguments, for messages.
    pub asked: String,
    /// Exit code; `None` = ended by a signal.
    pub code: Option<i32>,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Answer {
    /// Takes over what a process left. No command may ever panic, whatever it is given.
    pub fn of(asked: String, output: &Output) -> Answer {
        let answer = Answer {
            asked,
            code: output.status.code(),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        };
        assert!(!answer.err.contains("panicked at"), "a panic:\n{}", answer.shown());
        answer
    }

    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Answer {
        assert_eq!(self.code, Some(code), "exit code, expected on the right\n{}", self.shown());
        self
    }

    /// Asserts that the command did what it was asked, and reads the one document that it printed.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.out) {
            Ok(value) => value,
            Err(error) => panic!("not one JSON document: {error}\n{}", self.shown()),
        }
    }

    /// Asserts that standard error says something, in one of these words.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Answer {
        assert!(words.iter().any(|word| self.err.contains(word)), "none of {words:?} in\n{}", self.shown());
        self
    }

    /// Everything, for a failing test's message.
    pub fn shown(&self) -> String {
        let cut = |text: &str| text.chars().take(4_000).collect::<String>();
        format!(
            "{}\nexit {:?}\n--- out\n{}\n--- err\n{}",
            self.asked,
            self.code,
            cut(&self.out),
            cut(&self.err)
        )
    }
}

/// A string of a document; other values as JSON writes them.
pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Money of a document, which is text with two decimals, in fen.
#[track_caller]
pub fn fen(value: &Value) -> i64 {
    let text = value.as_str().unwrap_or_else(|| panic!("money is text, not {value}"));
    let (yuan, rest) = text.split_once('.').unwrap_or_else(|| panic!("two decimals in {text}"));
    assert_eq!(rest.len(), 2, "two decimals in {text}");
    format!("{yuan}{rest}").parse().unwrap_or_else(|_| panic!("money, not {text}"))
}

/// Fen as yuan with two decimals.
pub fn fen_text(fen: i64) -> String {
    format!("{}{}.{:02}", if fen < 0 { "-" } else { "" }, fen.abs() / 100, fen.abs() % 100)
}
