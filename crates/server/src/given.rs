//! Codes, amounts and addresses on the command line: what is none is refused with an example of a right one.

use rules::warning::IndicatorId;
use rules::{Money, PayDay, Region};
use std::fmt::Display;
use std::net::SocketAddr;
use std::str::FromStr;
use wages::{CreditCode, Party, Private, ProjectCode, Reference};

/// An amount of money.
pub(crate) fn yuan(text: &str) -> Result<Money, String> {
    as_in(text, "5600.00")
}

/// The code of a project.
pub(crate) fn project(text: &str) -> Result<ProjectCode, String> {
    as_in(text, "3301102601010101, 4 to 32 letters, digits and hyphens")
}

/// The credit code of an organisation.
pub(crate) fn credit_code(text: &str) -> Result<CreditCode, String> {
    as_in(text, "91330106XN4XFD1Y3A, 18 characters of which the last is a check")
}

/// A region.
pub(crate) fn region(text: &str) -> Result<Region, String> {
    as_in(text, "330110, or CN for all of China")
}

/// A pay day.
pub(crate) fn pay_day(text: &str) -> Result<PayDay, String> {
    let right =
        "a day from 1 to 31 of the month after, as in 15, or 月末; 当月 before it = of the wage month itself";
    PayDay::from_word(text.trim()).ok_or_else(|| right.to_owned())
}

/// Whom something is given to: an account, an organisation, or somebody in words.
pub(crate) fn party(text: &str) -> Result<Party, String> {
    let text = text.trim();
    if let Some(account) = text.strip_prefix("account:") {
        return as_in(account, "account:inspector-3").map(Party::Account);
    }
    // What looks like a code and is none was mistyped.
    if text.len() == 18 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return credit_code(text).map(Party::Organisation);
    }
    match text.is_empty() {
        true => Err("an account as in account:inspector-3, a credit code, or words".to_owned()),
        false => Ok(Party::Named(Private::from(text))),
    }
}

fn as_in<T: FromStr<Err: Display>>(text: &str, right: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| format!("{error}; as in {right}"))
}

/// Where to listen.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        "must be an address of this machine in figures, and a port, as in 127.0.0.1:8470 or [::1]:8470"
            .to_owned()
    })
}

/// A rule of early warning.
pub(crate) fn rule(text: &str) -> Result<Reference, String> {
    let known = IndicatorId::ALL.iter().find(|rule| rule.label() == text);
    let known = known.and_then(|rule| rule.label().parse().ok());
    known.ok_or_else(|| {
        let labels: Vec<&str> = IndicatorId::ALL.iter().map(|rule| rule.label()).collect();
        format!("there is no such rule, as in I13; there are {}", labels.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_one_is_shown() {
        assert!(yuan("5600.00").is_ok() && yuan("5,600").unwrap_err().contains("5600.00"));
        assert!(
            project("3301102601010101").is_ok() && project("1").unwrap_err().contains("3301102601010101")
        );
        assert!(credit_code("91330106XN4XFD1Y3A").is_ok());
        assert!(credit_code("91330106XN4XFD1Y3B").unwrap_err().contains("check"));
        assert!(region("CN").is_ok() && region("33").unwrap_err().contains("330110"));
        assert!(
            address("127.0.0.1:0").is_ok() && address("localhost").unwrap_err().contains("127.0.0.1:8470")
        );
        assert!(rule("A08").is_ok());
        assert!(matches!(party("account:a-7"), Ok(Party::Account(_))));
        assert!(matches!(party(" 91330106XN4XFD1Y3A"), Ok(Party::Organisation(_))));
        assert!(matches!(party("余杭区人社局 李科"), Ok(Party::Named(_))));
        for wrong in ["account:李", "account:", "91330106XN4XFD1Y3B", " "] {
            assert!(party(wrong).unwrap_err().contains("as in"), "{wrong}");
        }
        assert!(pay_day("月末").is_ok() && pay_day("32").unwrap_err().contains("月末"));
        for wrong in ["I00", "I16", "A09", "I1", "i13", "B01", ""] {
            assert!(rule(wrong).unwrap_err().contains("A08"), "{wrong}");
        }
    }
}
