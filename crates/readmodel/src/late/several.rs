//! Workers who were late on several projects.

use super::book::LateLine;
use foldhash::{HashMap, HashSet};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use uuid::Uuid;

/// Workers who were ever late on several projects: they are counted once over these.
#[derive(Clone, Default)]
pub(super) struct Several {
    projects: HashMap<Uuid, Vec<Arc<str>>>,
    pub(super) workers: HashSet<Uuid>,
}

impl Several {
    /// A project whose late lines are others now.
    pub(super) fn change(&mut self, project: &Arc<str>, before: &[LateLine], after: &[LateLine]) {
        for worker in workers(before) {
            if let Some(projects) = self.projects.get_mut(&worker) {
                projects.retain(|known| known != project);
                if projects.len() < 2 {
                    self.workers.remove(&worker);
                }
                if projects.is_empty() {
                    self.projects.remove(&worker);
                }
            }
        }
        for worker in workers(after) {
            let projects = self.projects.entry(worker).or_default();
            if projects.is_empty() {
                projects.reserve_exact(1);
            }
            projects.push(Arc::clone(project));
            if projects.len() > 1 {
                self.workers.insert(worker);
            }
        }
    }

    /// On which projects a worker was ever late.
    pub(super) fn projects_of(&self, worker: Uuid) -> impl Iterator<Item = &str> {
        self.projects.get(&worker).into_iter().flatten().map(|code| &**code)
    }
}

/// In order, so that what is equal looks equal.
impl fmt::Debug for Several {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let workers: BTreeSet<&Uuid> = self.workers.iter().collect();
        f.debug_tuple("Several").field(&workers).finish()
    }
}

/// Each once: a worker's lines are together.
fn workers(late: &[LateLine]) -> impl Iterator<Item = Uuid> {
    late.chunk_by(|one, next| one.worker == next.worker).filter_map(|of| of.first()).map(|line| line.worker)
}
