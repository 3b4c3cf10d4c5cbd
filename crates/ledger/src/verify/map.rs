//! The saved map of subjects against the entries that it is good for.

use super::Check;
use super::walk::{Seen, Walk};
use crate::deciding::authenticate_map;
use crate::subjects::{Saved, Subjects, Unsaved};
use std::path::Path;
use vault::Vault;

/// The check, where a map is saved. A wrong map is never believed by who reads it, but who made it meant harm.
pub(super) struct MapCheck {
    check: Check,
    saved: Option<Saved>,
}

impl MapCheck {
    /// Of the map at `path`; `None` where none is saved.
    pub(super) fn of(path: Option<&Path>, vault: Result<&Vault, &str>) -> Option<MapCheck> {
        let path = path.filter(|path| path.exists())?;
        let mut check = Check::integrity("subjects_map");
        let saved = match vault {
            Ok(vault) => match Subjects::load(path, &|digest| authenticate_map(vault, digest)) {
                Ok(saved) => Some(saved),
                Err(Unsaved::NotOurs) => {
                    check.find(None, NOT_OURS);
                    None
                }
                Err(Unsaved::Missing) => return None,
            },
            Err(missing) => {
                check.miss(missing);
                None
            }
        };
        Some(MapCheck { check, saved })
    }

    /// An entry that holds was just walked over.
    pub(super) fn take(&mut self, seen: &Seen, walk: &Walk) {
        if self.saved.as_ref().is_none_or(|saved| saved.seq != seen.header.seq) {
            return;
        }
        let Some(saved) = self.saved.take() else { return };
        if saved.hash != seen.hash {
            self.check.find(saved.seq, "the map of subjects was saved at another entry with this number");
        } else if let Some(subject) = saved.subjects.difference(&walk.tails) {
            let what =
                format!("the map of subjects says something else of {subject} than the entries up to here");
            self.check.find(saved.seq, what);
        }
        self.check.note = Some(format!("saved at entry {}", saved.seq));
    }

    pub(super) fn into_check(mut self) -> Check {
        if let Some(saved) = self.saved {
            self.check.find(
                saved.seq,
                "the map of subjects is good for this entry, and the ledger does not have it",
            );
        }
        self.check
    }
}

const NOT_OURS: &str = "the map of subjects (subjects.map) is torn, or this ledger did not write it; it is never believed and \
    can be deleted";
