//! Where rows of a long list stand. A page begins after a row and not at a number: rows that come or go before it move
//! nothing, a link goes on leading to the same rows, and no row is shown twice or left out on the way through.

use jiff::civil::Date;
use rules::Month;
use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use uuid::Uuid;

/// Parts of a place at most: what the list is sorted by, and what tells the row from all others.
pub(super) const PARTS: usize = 5;
/// Longest place that is read, in bytes.
const MARK_LEN_MAX: usize = 200;

/// A part of a row's place. It stands in addresses: numbers, days, codes and pseudonyms; never a name or a label.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key<'a> {
    #[default]
    Nothing,
    Number(i64),
    Code(Cow<'a, str>),
    Id(Uuid),
}

/// A row's place: rows are in the order of their first parts, or against it, then of the others.
pub(super) type Spot<'a> = [Key<'a>; PARTS];

/// A place as it stands in an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark(Spot<'static>);

/// Where a page begins, or ends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum At {
    #[default]
    Beginning,
    After(Mark),
    Before(Mark),
}

/// A page of a list.
pub(super) struct Leaf<T> {
    pub(super) rows: Vec<T>,
    /// Rows before it, and in all.
    pub(super) skipped: usize,
    pub(super) all: usize,
    /// Its first row, where there is a page before; its last, where there is one after.
    pub(super) previous: Option<Mark>,
    pub(super) next: Option<Mark>,
}

/// A place of so many parts.
pub(super) fn spot<'a, const N: usize>(parts: [Key<'a>; N]) -> Spot<'a> {
    let mut spot = Spot::default();
    spot.iter_mut().zip(parts).for_each(|(place, part)| *place = part);
    spot
}

/// Which of two rows comes first; `down` = the largest first parts do.
pub(super) fn compare(a: &Spot<'_>, b: &Spot<'_>, down: bool) -> Ordering {
    let first = a[0].cmp(&b[0]);
    let first = if down { first.reverse() } else { first };
    first.then_with(|| a[1..].cmp(&b[1..]))
}

/// One page of at most `size` rows. Only what may stand on it is kept and sorted: of a city's list a small part.
pub(super) fn leaf<'a, T>(
    rows: impl Iterator<Item = T>,
    place: impl Fn(&T) -> Spot<'a>,
    down: bool,
    at: &At,
    size: usize,
) -> Leaf<T> {
    // The rows nearest to where the page begins: after it in their order, before it against their order.
    let (mark, back) = match at {
        At::Beginning => (None, false),
        At::After(Mark(mark)) => (Some(mark), false),
        At::Before(Mark(mark)) => (Some(mark), true),
    };
    let order = |a: &Spot<'_>, b: &Spot<'_>| if back { compare(b, a, down) } else { compare(a, b, down) };
    let mut near: Vec<(Spot<'a>, T)> = Vec::new();
    let (mut all, mut beyond) = (0usize, 0usize);
    // No row beyond this one can stand on the page.
    let mut furthest: Option<Spot<'a>> = None;
    for row in rows {
        all += 1;
        let here = place(&row);
        if mark.is_some_and(|mark| order(&here, mark) != Ordering::Greater) {
            continue;
        }
        beyond += 1;
        if furthest.as_ref().is_some_and(|furthest| order(&here, furthest) == Ordering::Greater) {
            continue;
        }
        near.push((here, row));
        if near.len() > size.saturating_mul(4) {
            near.select_nth_unstable_by(size, |(a, _), (b, _)| order(a, b));
            near.truncate(size + 1);
            furthest = near.last().map(|(spot, _)| spot.clone());
        }
    }
    near.sort_unstable_by(|(a, _), (b, _)| order(a, b));
    near.truncate(size);
    let (more, passed) = (beyond > near.len(), all - beyond);
    if back {
        near.reverse();
    }
    let skipped = if back { beyond - near.len() } else { passed };
    let (is_before, is_after) = if back { (more, passed > 0) } else { (passed > 0, more) };
    let mark = |row: Option<&(Spot<'a>, T)>| row.map(|(spot, _)| Mark::of(spot));
    let previous = mark(near.first()).filter(|_| is_before);
    let next = mark(near.last()).filter(|_| is_after);
    let rows = near.into_iter().map(|(_, row)| row).collect();
    Leaf { rows, skipped, all, previous, next }
}

impl Mark {
    fn of(spot: &Spot<'_>) -> Mark {
        Mark(spot.clone().map(Key::into_owned))
    }

    /// The place of an entry in ledger order.
    pub(super) fn of_entry(seq: u64) -> Mark {
        Mark(spot([seq.into()]))
    }

    /// The entry, where the place is one.
    pub(super) fn entry(&self) -> Option<u64> {
        match &self.0 {
            [Key::Number(seq), rest @ ..] if rest.iter().all(|part| *part == Key::Nothing) => {
                u64::try_from(*seq).ok().filter(|seq| *seq > 0)
            }
            _ => None,
        }
    }

    /// Reads a place as it is written.
    pub(super) fn parse(text: &str) -> Option<Mark> {
        if text.len() > MARK_LEN_MAX {
            return None;
        }
        let mut parts = Spot::default();
        let mut written = text.split('.');
        for (part, text) in parts.iter_mut().zip(written.by_ref()) {
            *part = Key::parse(text)?;
        }
        let mark = Mark(parts);
        // One form a place; one part alone is an entry.
        let is_row = text.contains('.') || mark.entry().is_some();
        (is_row && mark.to_string() == text).then_some(mark)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written = self.0.iter().rposition(|part| *part != Key::Nothing).map_or(1, |last| last + 1);
        for (at, part) in self.0.iter().take(written).enumerate() {
            if at > 0 {
                f.write_str(".")?;
            }
            match part {
                Key::Nothing => f.write_str("-")?,
                Key::Number(number) => write!(f, "{number}")?,
                Key::Code(code) => write!(f, "c{code}")?,
                Key::Id(id) => write!(f, "i{id}")?,
            }
        }
        Ok(())
    }
}

impl Key<'_> {
    fn into_owned(self) -> Key<'static> {
        match self {
            Key::Nothing => Key::Nothing,
            Key::Number(number) => Key::Number(number),
            Key::Code(code) => Key::Code(Cow::Owned(code.into_owned())),
            Key::Id(id) => Key::Id(id),
        }
    }

    fn parse(text: &str) -> Option<Key<'static>> {
        let is_code = |code: &str| code.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        match (text, text.split_at_checked(1)?) {
            ("-", _) => Some(Key::Nothing),
            (_, ("c", code)) if is_code(code) => Some(Key::Code(code.to_owned().into())),
            (_, ("i", id)) => id.parse().ok().map(Key::Id),
            _ => text.parse().ok().map(Key::Number),
        }
    }
}

impl From<i64> for Key<'_> {
    fn from(number: i64) -> Self {
        Key::Number(number)
    }
}

impl From<u64> for Key<'_> {
    fn from(number: u64) -> Self {
        Key::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// In the order of days.
impl From<Date> for Key<'_> {
    fn from(day: Date) -> Self {
        let [year, month, day] = [day.year().into(), day.month().into(), day.day().into()];
        let (year, month, day): (i64, i64, i64) = (year, month, day);
        Key::Number(year * 10_000 + month * 100 + day)
    }
}

impl From<Month> for Key<'_> {
    fn from(month: Month) -> Self {
        month.first_day().into()
    }
}

impl<'a> From<&'a str> for Key<'a> {
    fn from(code: &'a str) -> Self {
        Key::Code(code.into())
    }
}

impl From<Uuid> for Key<'_> {
    fn from(id: Uuid) -> Self {
        Key::Id(id)
    }
}

impl<'a, T: Into<Key<'a>>> From<Option<T>> for Key<'a> {
    fn from(part: Option<T>) -> Self {
        part.map_or(Key::Nothing, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a list: what it is sorted by, and what tells them apart.
    fn rows() -> Vec<(i64, u64)> {
        (1..=97u64).map(|row| (i64::try_from(row * 7 % 11).unwrap() - 5, row)).collect()
    }

    fn of(row: &(i64, u64)) -> Spot<'static> {
        spot([row.0.into(), row.1.into()])
    }

    fn page(at: &At, down: bool, size: usize) -> Leaf<(i64, u64)> {
        leaf(rows().into_iter(), of, down, at, size)
    }

    #[test]
    fn forth_and_back_every_row_once() {
        for (size, down) in [(1, false), (7, false), (7, true), (24, true), (97, false), (200, true)] {
            let mut right = rows();
            right.sort_by(|a, b| compare(&of(a), &of(b), down));
            let (mut seen, mut at) = (Vec::new(), At::Beginning);
            let last = loop {
                let leaf = page(&at, down, size);
                assert_eq!((leaf.skipped, leaf.all), (seen.len(), right.len()));
                assert_eq!(leaf.previous.is_some(), !seen.is_empty());
                seen.extend(leaf.rows);
                match leaf.next {
                    Some(next) => at = At::After(Mark::parse(&next.to_string()).unwrap()),
                    None => break at,
                }
            };
            assert_eq!(seen, right, "{size} rows a page");
            let mut at = page(&last, down, size).previous;
            let mut left = right.len() - page(&last, down, size).rows.len();
            while let Some(mark) = at {
                let leaf = page(&At::Before(mark), down, size);
                assert_eq!(leaf.rows, right[left.saturating_sub(size)..left]);
                assert!(leaf.next.is_some());
                left -= leaf.rows.len();
                assert_eq!(leaf.skipped, left);
                at = leaf.previous;
            }
            assert_eq!(left, 0);
        }
    }

    #[test]
    fn a_row_that_went_moves_nothing() {
        let first = page(&At::Beginning, false, 10);
        let last = *first.rows.last().unwrap();
        let after = At::After(first.next.unwrap());
        let without = leaf(rows().into_iter().filter(|row| *row != last), of, false, &after, 10);
        assert_eq!(without.rows, page(&after, false, 10).rows);
    }

    #[test]
    fn written_and_read() {
        let id = Uuid::from_u128(7);
        let mark = Mark(spot([Key::Nothing, "3301".into(), id.into(), (-5i64).into()]));
        assert_eq!(mark.to_string(), format!("-.c3301.i{id}.-5"));
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        assert_eq!(Mark::of_entry(17).to_string(), "17");
        assert_eq!(Mark::parse("17").and_then(|mark| mark.entry()), Some(17));
        for bad in
            ["", "0", "-1", "01", "+1", "1e3", "-", "c1", "1.", ".1", "1.2.-", "1.2.3.4.5.6", "1.x", "1.c'"]
        {
            assert_eq!(Mark::parse(bad), None, "{bad}");
        }
    }
}
