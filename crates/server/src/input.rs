//! What the arguments leave to standard input: a worker's ID number or a purpose given as `-`. A process's arguments can
//! be read by everybody on its machine.

use crate::failure::Failure;
use std::io::{BufRead, IsTerminal, Read};

/// What stands in the place of a text that comes from standard input.
const LEFT: &str = "-";
/// Bytes of one line, at most.
const LINE_MAX: u64 = 4_096;

/// An option whose text may be left to standard input.
pub(crate) struct Slot<'a> {
    /// As it is written, such as `--worker`.
    pub(crate) option: &'static str,
    pub(crate) text: &'a mut String,
}

/// Fills what was left from standard input, a line each, in this order.
pub(crate) fn fill(slots: Vec<Slot<'_>>) -> Result<(), Failure> {
    let stdin = std::io::stdin();
    let asks = stdin.is_terminal();
    fill_from(slots, stdin.lock(), asks)
}

fn fill_from(slots: Vec<Slot<'_>>, mut input: impl BufRead, asks: bool) -> Result<(), Failure> {
    for Slot { option, text } in slots.into_iter().filter(|slot| slot.text == LEFT) {
        if asks {
            eprint!("{}: ", option.trim_start_matches('-'));
        }
        let mut line = Vec::new();
        input.by_ref().take(LINE_MAX).read_until(b'\n', &mut line)?;
        if line.len() as u64 == LINE_MAX {
            return Err(Failure::Usage(format!(
                "{option} -: a line of standard input has more than {LINE_MAX} bytes"
            )));
        }
        let line = String::from_utf8(line)
            .map_err(|_| Failure::Usage(format!("{option} -: standard input is not UTF-8")))?;
        let line = line.trim_start_matches('\u{feff}').trim();
        if line.is_empty() {
            return Err(Failure::Usage(format!(
                "{option} - reads a line from standard input, and there is none; as in \
                 printf '%s\\n' \"$ID_NUMBER\" \"$PURPOSE\" | wageledger … --worker - --reveal --purpose -"
            )));
        }
        line.clone_into(text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(worker: &str, purpose: &str, input: &[u8]) -> Result<(String, String), Failure> {
        let (mut worker, mut purpose) = (worker.to_owned(), purpose.to_owned());
        let slots = vec![
            Slot { option: "--worker", text: &mut worker },
            Slot { option: "--purpose", text: &mut purpose },
        ];
        fill_from(slots, input, false).map(|()| (worker, purpose))
    }

    #[test]
    fn worker_first_then_purpose() {
        let of = |worker: &str, purpose: &str| (worker.to_owned(), purpose.to_owned());
        for (worker, purpose, input, expected) in [
            ("-", "-", "a\nb\n", of("a", "b")),
            ("-", "-", "\u{feff}a\r\n b ", of("a", "b")),
            ("-", "why", "a\nb\n", of("a", "why")),
            ("id", "-", "b c\n", of("id", "b c")),
            ("id", "why", "x\n", of("id", "why")),
        ] {
            assert_eq!(
                filled(worker, purpose, input.as_bytes()).unwrap(),
                expected,
                "{worker} {purpose} {input:?}"
            );
        }
    }

    #[test]
    fn what_is_missing_is_said() {
        let long = [b'a'; 5_000];
        for (input, option) in [
            (&b""[..], "--worker"),
            (b"\n", "--worker"),
            (b"a\n", "--purpose"),
            (b"a\n \n", "--purpose"),
            (b"\xff\n", "--worker"),
            (&long, "--worker"),
        ] {
            let failure = filled("-", "-", input).unwrap_err();
            assert!(
                matches!(&failure, Failure::Usage(message) if message.starts_with(option)),
                "{failure:?}"
            );
        }
    }
}
