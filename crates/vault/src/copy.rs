//! A ledger's keys in another vault, wrapped under that vault's own epoch key: what moving a ledger to another
//! database needs.

use crate::database::Database;
use crate::epoch::EpochKey;
use crate::error::{Damage, VaultError};
use crate::store;
use crate::vault::{PAGE, Vault};

/// What [`Vault::copy_into`] found to be in both vaults.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Copied {
    /// Subjects with a key.
    pub subjects: u64,
    /// ID numbers bound to a worker.
    pub id_numbers: u64,
}

impl Vault {
    /// Copies everything into another vault: every subject's key, every binding, and the ledger key, so that
    /// command ids and blind indexes are the same there. The target is made where there is none.
    ///
    /// It goes page by page and may break off: the same call goes on where it ended, and finds what is there.
    /// Nothing that is there is ever changed. [`VaultError::OtherLedger`] when the target is another ledger's;
    /// [`VaultError::MoreThanCopied`] when it holds what this vault does not (somebody was erased here since an
    /// earlier copy): erase it there too.
    pub async fn copy_into(
        &self,
        target: impl Into<Database>,
        key: &EpochKey,
    ) -> Result<(Vault, Copied), VaultError> {
        let place = target.into();
        let target = match Vault::create_with(&place, key, self.0.ledger_key.clone()).await {
            Err(VaultError::Exists(_)) => Vault::open(&place, key).await?,
            made => made?,
        };
        if target.0.ledger_key != self.0.ledger_key {
            return Err(VaultError::OtherLedger(place.to_string()));
        }
        let mut copied = Copied::default();
        let mut after = None;
        while let Some(last) = self.copy_keys(&target, after, &mut copied).await? {
            after = Some(last);
        }
        let mut after = None;
        loop {
            let page = self.bindings_after(after, PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            target.bind_id_numbers(&page).await?;
            copied.id_numbers += u64::try_from(page.len()).unwrap_or(u64::MAX);
        }
        target.holds_no_more_than(self).await?;
        target.settle().await;
        Ok((target, copied))
    }

    /// Copies a page of keys; the last subject of it.
    async fn copy_keys(
        &self,
        target: &Vault,
        after: Option<uuid::Uuid>,
        copied: &mut Copied,
    ) -> Result<Option<uuid::Uuid>, VaultError> {
        let page = self.key_page(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(None) };
        let epoch = target.0.epoch.read().await;
        let mut tx = target.0.pool.begin().await?;
        let conn = &mut tx.conn();
        store::lock_epoch(conn, epoch.number).await?;
        for chunk in page.chunks(store::CHUNK) {
            store::insert_keys(conn, &epoch, chunk).await?;
        }
        let subjects: Vec<_> = page.iter().map(|key| key.subject()).collect();
        for found in store::read_keys(conn, &epoch, &subjects).await? {
            let at = page.binary_search_by_key(&found.subject(), |key| key.subject());
            if at.is_ok_and(|at| page[at].key() != found.key()) {
                return Err(VaultError::Damaged(Damage::SubjectKey(found.subject())));
            }
        }
        tx.commit().await?;
        copied.subjects += u64::try_from(page.len()).unwrap_or(u64::MAX);
        Ok(Some(last.subject()))
    }

    async fn holds_no_more_than(&self, original: &Vault) -> Result<(), VaultError> {
        let mut after = None;
        loop {
            let page = self.subjects_after(after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(*last);
            let there = original.existing_keys(&page).await?;
            if let Some(more) = page.iter().find(|subject| !there.has(**subject)) {
                return Err(VaultError::MoreThanCopied(*more));
            }
        }
    }
}
