//! What a file is called: by what is in it, of which day and of which entry.

use crate::desk::address::Address;
use crate::desk::ctx::Ctx;
use crate::desk::table::Content;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// Longest part of a name that says what is in the file, in characters.
const WHAT_MAX: usize = 60;

/// The name of a file, without its ending.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct FileName {
    /// In letters that every system takes.
    plain: String,
    /// In the language of the page.
    told: String,
}

impl FileName {
    /// By the page's kind and title, its day where it is of one, and the entry that it is as of.
    pub(super) fn of(ctx: &Ctx, content: &Content<'_>) -> FileName {
        let seq = content.head.unwrap_or_else(|| ctx.shown.lateness.head()).seq;
        let day = if ctx.address.is_of_a_day() { format!("-{}", ctx.as_of) } else { String::new() };
        let path = ctx.address.to_string();
        let what = match path.trim_matches('/') {
            "" => "overview".to_owned(),
            path => path.replace('/', "-"),
        };
        // A crew's label may hold a name, and a file goes further than a page.
        let what_told = match (&ctx.address, content.title == content.kind) {
            (Address::Crew(_), _) | (_, true) => content.kind.to_owned(),
            _ => format!("{}-{}", content.kind, content.title),
        };
        let what_told = fitting(&what_told);
        FileName {
            plain: format!("wageledger-{what}{day}-{seq}"),
            told: ctx.lang.of(format!("{what_told}{day}-第{seq}条"), format!("{what_told}{day}-entry-{seq}")),
        }
    }

    /// The header `content-disposition`: both names (RFC 6266, RFC 5987).
    pub(super) fn header(&self, ending: &str) -> String {
        let told = format!("{}.{ending}", self.told);
        let told = utf8_percent_encode(&told, NON_ALPHANUMERIC);
        format!("attachment; filename=\"{}.{ending}\"; filename*=UTF-8''{told}", self.plain)
    }
}

/// Without what file systems do not take.
fn fitting(what: &str) -> String {
    let fits = |c: char| match c {
        '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '·' => '-',
        c if c.is_whitespace() || c.is_control() => '-',
        c => c,
    };
    what.chars().map(fits).take(WHAT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_stand_in_the_header() {
        let name = FileName {
            plain: "wageledger-projects-2026-06-30-1301".to_owned(),
            told: format!("{}-2026-06-30-第1301条", fitting("全部-项目/甲: \"乙\"")),
        };
        assert_eq!(
            name.header("csv"),
            "attachment; filename=\"wageledger-projects-2026-06-30-1301.csv\"; filename*=UTF-8''\
             %E5%85%A8%E9%83%A8%2D%E9%A1%B9%E7%9B%AE%2D%E7%94%B2%2D%2D%2D%E4%B9%99%2D%2D2026%2D06%2D30%2D\
             %E7%AC%AC1301%E6%9D%A1%2Ecsv"
        );
    }
}
