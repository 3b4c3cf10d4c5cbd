//! What is remembered of subjects, within limits.

use lru::LruCache;
use std::num::NonZeroUsize;
use uuid::Uuid;
use wages::State;

/// The memory of the subjects asked for last: of so many, and of so many entries.
pub(crate) struct States {
    kept: LruCache<Uuid, State>,
    /// Entries on the streams of those that are kept.
    entries: usize,
    entries_max: usize,
}

impl States {
    pub(crate) fn new(subjects_max: NonZeroUsize, entries_max: usize) -> States {
        States { kept: LruCache::new(subjects_max), entries: 0, entries_max }
    }

    /// Whether a subject is remembered; if so, it was asked for last.
    pub(crate) fn touch(&mut self, subject: &Uuid) -> bool {
        // As long as there is room nothing is put out, and who was asked for last is of no interest; noting it would touch
        // three more places in memory.
        if self.kept.len() < self.kept.cap().get() && self.entries < self.entries_max {
            self.kept.contains(subject)
        } else {
            self.kept.get(subject).is_some()
        }
    }

    pub(crate) fn peek(&self, subject: &Uuid) -> Option<&State> {
        self.kept.peek(subject)
    }

    /// Remembers a subject; those that were not asked for longest make room.
    pub(crate) fn put(&mut self, subject: Uuid, state: State) {
        self.entries = self.entries.saturating_add(state.entries());
        let mut out = self.kept.push(subject, state);
        loop {
            self.entries = self.entries.saturating_sub(out.map_or(0, |(_, state)| state.entries()));
            if self.entries <= self.entries_max || self.kept.len() <= 1 {
                return;
            }
            out = self.kept.pop_lru();
        }
    }

    /// Takes the memory of a subject out to be worked on; its place is kept until [`States::give_back`].
    pub(crate) fn take(&mut self, subject: &Uuid) -> Option<State> {
        let state = std::mem::take(self.kept.peek_mut(subject)?);
        self.entries = self.entries.saturating_sub(state.entries());
        Some(state)
    }

    pub(crate) fn give_back(&mut self, subject: &Uuid, state: State) {
        if let Some(kept) = self.kept.peek_mut(subject) {
            self.entries = self.entries.saturating_add(state.entries());
            *kept = state;
        }
    }

    pub(crate) fn forget(&mut self, subject: &Uuid) {
        let gone = self.kept.pop(subject).map_or(0, |state| state.entries());
        self.entries = self.entries.saturating_sub(gone);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wages::Event;
    use wages::event::OrganisationRegistered;

    fn one_more(state: &mut State) {
        let code = "91330100799655058B".parse().expect("a code");
        let event = Event::OrganisationRegistered(OrganisationRegistered { code, name: "A".to_owned() });
        state.evolve(&Uuid::from_u128(state.entries() as u128), &event);
    }

    /// Whatever is done, no more is kept than may be, and it is counted right.
    #[test]
    fn limits_hold() {
        let mut states = States::new(NonZeroUsize::new(5).expect("more than 0"), 40);
        let mut seed = 7u64;
        let mut below = |n: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % n
        };
        let mut put_out = 0;
        for _ in 0..10_000 {
            let subject = Uuid::from_u128(u128::from(below(9)));
            match below(4) {
                0 => states.forget(&subject),
                1 => {
                    if let Some(mut taken) = states.take(&subject) {
                        one_more(&mut taken);
                        states.give_back(&subject, taken);
                    }
                }
                _ if states.touch(&subject) => {}
                _ => {
                    let before = states.kept.len();
                    let mut state = State::default();
                    (0..below(25)).for_each(|_| one_more(&mut state));
                    states.put(subject, state);
                    put_out += usize::from(states.kept.len() <= before);
                    assert!(states.peek(&subject).is_some(), "what was asked for is there");
                    assert!(states.entries <= 40 || states.kept.len() == 1);
                }
            }
            assert_eq!(states.entries, states.kept.iter().map(|(_, s)| s.entries()).sum::<usize>());
            assert!(states.kept.len() <= 5);
        }
        assert!(put_out > 100, "{put_out}");
    }
}
