//! The token of a ledger's nodes: who knows it may ask and record.

use crate::failure::Failure;
use serde::Deserialize;
use std::fmt;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use subtle::ConstantTimeEq;

/// Fewest characters of a token that people choose.
const LEN_MIN: usize = 16;
/// Random bytes of a token that the program makes.
const RANDOM_BYTES: usize = 32;

/// A token. It is compared in constant time, and printed nowhere.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct Token(String);

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

impl Token {
    /// A token as somebody wrote it down; `from` says where.
    pub(crate) fn of(text: &str, from: &str) -> Result<Token, Failure> {
        let token = Token(text.trim().to_owned());
        token.checked(from)
    }

    /// The same token, where it is one that can stand in the head of a request.
    pub(crate) fn checked(self, from: &str) -> Result<Token, Failure> {
        match self.0.len() >= LEN_MIN && self.0.bytes().all(|byte| byte.is_ascii_graphic()) {
            true => Ok(self),
            false => Err(Failure::Usage(format!(
                "{from}: a node's token has at least {LEN_MIN} characters, letters, digits and signs of ASCII without \
                 spaces"
            ))),
        }
    }

    /// The token in a file; none where there is no such file.
    pub(crate) fn in_file(path: &Path) -> Result<Option<Token>, Failure> {
        match std::fs::read_to_string(path) {
            Ok(text) => Token::of(&text, &path.display().to_string()).map(Some),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::cannot(format!("reading the token in {}: {error}", path.display()))),
        }
    }

    /// The token in a file; where there is no such file, a new one is made in it, for its owner alone.
    pub(crate) fn in_file_or_new(path: &Path) -> Result<Token, Failure> {
        if let Some(token) = Token::in_file(path)? {
            return Ok(token);
        }
        let mut random = [0; RANDOM_BYTES];
        vault::entropy::fill(&mut random);
        let token = hex::encode(random);
        let cannot = |error| Failure::cannot(format!("making the token in {}: {error}", path.display()));
        // Written aside and renamed: whoever reads the file meanwhile reads all of it or nothing.
        let aside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file =
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&aside).map_err(cannot)?;
        file.write_all(format!("{token}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(cannot)?;
        let linked = std::fs::hard_link(&aside, path);
        std::fs::remove_file(&aside).map_err(cannot)?;
        match linked {
            Ok(()) => Ok(Token(token)),
            // Another process was first: its token is everybody's.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                Token::in_file(path)?.ok_or_else(|| cannot(error))
            }
            Err(error) => Err(cannot(error)),
        }
    }

    /// Whether this is what somebody sent.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }

    /// As it is sent.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("node.token");
        assert!(Token::in_file(&path).unwrap().is_none());
        let token = Token::in_file_or_new(&path).unwrap();
        assert_eq!(token.as_str().len(), 2 * RANDOM_BYTES);
        assert!(Token::in_file_or_new(&path).unwrap().is(token.as_str().as_bytes()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left aside");
        assert!(!format!("{token:?}").contains(token.as_str()));
    }

    #[test]
    fn what_is_none_is_said_without_it() {
        for none in ["", "short", "a b c d e f g h i j", "ключ-ключ-ключ-ключ", "0123456789abcde\u{7}f"]
        {
            let said = Token::of(none, "here").unwrap_err().to_string();
            assert!(said.starts_with("here: ") && (none.is_empty() || !said.contains(none)), "{said}");
        }
        let token = Token::of("0123456789abcdef\n", "here").unwrap();
        for (given, expected) in [
            ("0123456789abcdef", true),
            ("0123456789abcdef ", false),
            ("0123456789abcde", false),
            ("", false),
            ("0123456789ABCDEF", false),
        ] {
            assert_eq!(token.is(given.as_bytes()), expected, "{given}");
        }
    }
}
