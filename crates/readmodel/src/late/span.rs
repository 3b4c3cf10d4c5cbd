//! When a late line can be overdue at all.

use jiff::civil::Date;

/// The days on which a late line may be overdue: after `due_on`, and before it was settled for good. Small, and kept
/// beside the line, because most of a year's lines are overdue on no one day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Span {
    due_on: Date,
    settled_on: Date,
}

impl Span {
    /// Of a line with what is outstanding of it from each day on.
    pub(crate) fn of<A: Default + PartialEq>(due_on: Date, outstanding: &[(Date, A)]) -> Span {
        let settled = outstanding.last().filter(|(_, amount)| *amount == A::default());
        Span { due_on, settled_on: settled.map_or(Date::MAX, |(from, _)| *from) }
    }

    /// The due date.
    pub(crate) fn due_on(self) -> Date {
        self.due_on
    }

    pub(crate) fn holds(self, as_of: Date) -> bool {
        self.due_on < as_of && as_of < self.settled_on
    }
}
