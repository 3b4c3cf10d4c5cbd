//! The labels of all crews, opened: whoever sees a crew may see its label, and pages name crews everywhere.

use super::shown::Shown;
use crate::failure::Failure;
use readmodel::{Crew, Lateness, ReadModel};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};
use uuid::Uuid;
use vault::Vault;

/// Crews read and opened at a time.
const AT_ONCE: u32 = 2_000;
/// After so long all are opened anew: a key that was destroyed meanwhile opens nothing any more.
const OPEN_AGAIN: Duration = Duration::from_secs(600);

/// All crews up to an entry.
#[derive(Clone)]
pub(crate) struct CrewNames {
    crews: HashMap<Uuid, CrewName>,
    of_project: BTreeMap<String, Vec<Uuid>>,
    /// Entries that registered them, and the last of them.
    registered: u64,
    last: u64,
    opened_at: Instant,
}

/// A crew.
#[derive(Clone)]
pub(crate) struct CrewName {
    pub(crate) project: String,
    pub(crate) employer: String,
    /// `None` where its key was destroyed.
    pub(crate) label: Option<String>,
}

impl CrewNames {
    /// All crews that the read model knows; what was opened before is not opened again at once.
    pub(super) async fn after(
        before: Option<&Shown>,
        model: &ReadModel,
        lateness: &Lateness,
        vault: &Vault,
    ) -> Result<Arc<CrewNames>, Failure> {
        let registered = lateness.kinds().get("crew.registered").copied().unwrap_or_default();
        let before =
            before.map(|before| &before.crews).filter(|crews| crews.opened_at.elapsed() < OPEN_AGAIN);
        if let Some(before) = before.filter(|before| before.registered == registered) {
            return Ok(Arc::clone(before));
        }
        let mut crews = before.map_or_else(CrewNames::none, |before| CrewNames::clone(before));
        crews.registered = registered;
        loop {
            let next = model.crews(crews.last, AT_ONCE).await?;
            let Some(last) = next.last() else { return Ok(Arc::new(crews)) };
            crews.last = last.seq;
            let labels = opened(&next, vault).await?;
            for (crew, label) in next.into_iter().zip(labels) {
                let Crew { crew, project, employer, .. } = crew;
                crews.of_project.entry(project.clone()).or_default().push(crew);
                crews.crews.insert(crew, CrewName { project, employer, label });
            }
        }
    }

    fn none() -> CrewNames {
        let (crews, of_project) = (HashMap::new(), BTreeMap::new());
        CrewNames { crews, of_project, registered: 0, last: 0, opened_at: Instant::now() }
    }

    /// A crew's label, as far as it can be opened.
    pub(crate) fn label(&self, crew: Uuid) -> Option<&str> {
        self.crews.get(&crew)?.label.as_deref()
    }

    /// Every crew, in no order.
    pub(crate) fn all(&self) -> impl Iterator<Item = (Uuid, &CrewName)> {
        self.crews.iter().map(|(crew, name)| (*crew, name))
    }

    /// The crews of a project, in ledger order.
    pub(crate) fn of_project(&self, project: &str) -> impl Iterator<Item = (Uuid, &CrewName)> {
        let crews = self.of_project.get(project).into_iter().flatten();
        crews.filter_map(|crew| Some((*crew, self.crews.get(crew)?)))
    }
}

async fn opened(crews: &[Crew], vault: &Vault) -> Result<Vec<Option<String>>, Failure> {
    let subjects: Vec<Uuid> = crews.iter().map(|crew| crew.crew).collect();
    let keys = vault.existing_keys(&subjects).await?;
    Ok(crews.iter().map(|crew| keys.open(crew.crew, "label", &crew.label).ok()).collect())
}
