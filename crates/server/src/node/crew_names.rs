//! The labels of all crews, opened: whoever sees a crew may see its label, and pages name crews everywhere. After an
//! erasure they are opened anew within a second ([`watch_erasures`]).

use super::Node;
use super::shown::Shown;
use crate::failure::Failure;
use readmodel::{Crew, Lateness, ReadModel};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use uuid::Uuid;
use vault::{Vault, VaultError};

/// Crews read and opened at a time.
const AT_ONCE: u32 = 2_000;
/// So often it is looked whether somebody was erased. No entry says so: the vault's epoch does.
const LOOK_FOR_ERASURES: Duration = Duration::from_secs(1);

/// All crews up to an entry.
#[derive(Clone)]
pub(crate) struct CrewNames {
    crews: HashMap<Uuid, CrewName>,
    of_project: BTreeMap<String, Vec<Uuid>>,
    /// Entries that registered them, and the last of them.
    registered: u64,
    last: u64,
    /// The vault's epoch in which they were opened. `None` = another process has erased somebody, and this one does not
    /// have the new epoch's key: it opens no label until it is started again with it.
    epoch: Option<u64>,
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
        let epoch = epoch(vault).await?;
        let before = before.map(|before| &before.crews).filter(|crews| crews.epoch == epoch);
        if let Some(before) = before.filter(|before| before.registered == registered) {
            return Ok(Arc::clone(before));
        }
        let mut crews = before.map_or_else(|| CrewNames::none(epoch), |before| CrewNames::clone(before));
        crews.registered = registered;
        loop {
            let next = model.crews(crews.last, AT_ONCE).await?;
            let Some(last) = next.last() else { return Ok(Arc::new(crews)) };
            crews.last = last.seq;
            let labels = match epoch {
                Some(_) => opened(&next, vault).await?,
                None => vec![None; next.len()],
            };
            for (crew, label) in next.into_iter().zip(labels) {
                let Crew { crew, project, employer, .. } = crew;
                crews.of_project.entry(project.clone()).or_default().push(crew);
                crews.crews.insert(crew, CrewName { project, employer, label });
            }
        }
    }

    fn none(epoch: Option<u64>) -> CrewNames {
        let (crews, of_project) = (HashMap::new(), BTreeMap::new());
        CrewNames { crews, of_project, registered: 0, last: 0, epoch }
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

/// `None` where another process has erased somebody.
async fn epoch(vault: &Vault) -> Result<Option<u64>, Failure> {
    match vault.epoch().await {
        Ok(epoch) => Ok(Some(epoch)),
        Err(VaultError::EpochChanged { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Opens the labels anew as soon as somebody was erased, by this process or by another. Until then the pages made
/// before are not shown any more.
pub(super) async fn watch_erasures(node: &Node, mut stopped: watch::Receiver<bool>) {
    let vault = node.ledger.reader().vault();
    while !*stopped.borrow() {
        tokio::select! {
            _ = stopped.changed() => return,
            () = tokio::time::sleep(LOOK_FOR_ERASURES) => {}
        }
        let Some(before) = node.shown.borrow().clone() else { continue };
        match epoch(vault).await {
            Ok(epoch) if epoch == before.crews.epoch => {}
            Ok(epoch) => {
                if epoch.is_none() {
                    tracing::error!(
                        "another process has erased a subject: nothing sealed can be opened or recorded here until \
                         this node is started again with the vault's new key"
                    );
                }
                match CrewNames::after(Some(&*before), &before.model, &before.lateness, vault).await {
                    Ok(crews) => node.shown.send_modify(|shown| {
                        *shown = shown.as_ref().map(|shown| Arc::new(shown.renamed(crews)));
                    }),
                    Err(failure) => tracing::error!(error = %failure, "crews could not be named anew"),
                }
            }
            Err(failure) => tracing::error!(error = %failure, "the vault could not be asked for its epoch"),
        }
    }
}

async fn opened(crews: &[Crew], vault: &Vault) -> Result<Vec<Option<String>>, Failure> {
    let subjects: Vec<Uuid> = crews.iter().map(|crew| crew.crew).collect();
    let keys = vault.existing_keys(&subjects).await?;
    Ok(crews.iter().map(|crew| keys.open(crew.crew, "label", &crew.label).ok()).collect())
}
