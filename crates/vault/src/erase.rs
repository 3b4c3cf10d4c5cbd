//! Erasure: one subject's key is destroyed, and with it the old epoch.

use crate::engine::Conn;
use crate::epoch::{Epoch, EpochKey};
use crate::error::VaultError;
use crate::store::{self, CHUNK, State};
use crate::vault::Vault;
use std::time::Duration;
use uuid::Uuid;

/// So long readers are waited for until the log is emptied.
const LOG_PATIENCE: Duration = Duration::from_secs(60);

impl Vault {
    /// Destroys a subject's key: whatever was sealed with it can never be opened again, in any copy of any
    /// entry. Its ID numbers are free afterwards.
    ///
    /// A deleted row may live on in free pages, logs and backups. So all other keys are wrapped anew under
    /// `new_key`, in one transaction, and once the caller has destroyed the old epoch key nothing is left
    /// that opens the old copies. The order:
    ///
    /// 1. Make `new_key` durable ([`EpochKey::create_file`]). *A crash here leaves a key file too many.*
    /// 2. Call this. *A crash within: the vault opens with the old key, and nothing was erased.*
    /// 3. *A crash here: the vault opens with the new key, and calling this again answers
    ///    [`VaultError::UnknownSubject`].*
    /// 4. Destroy the old epoch key, and every backup of it. Only now is the subject erased.
    ///
    /// After an error other than those the present epoch is unknown (the commit may have been lost or its
    /// answer): keep both keys and open the vault anew; [`VaultError::WrongEpochKey`] tells which is good.
    ///
    /// [`crate::Keys`] handed out before, and the memory of other processes ([`Vault::forget`]), still hold the
    /// erased key. Two subjects are two erasures; each takes some five seconds for 500,000 subjects.
    pub async fn erase(&self, subject: Uuid, new_key: &EpochKey) -> Result<(), VaultError> {
        self.writable()?;
        let mut epoch = self.0.epoch.write().await;
        let next = Epoch::new(new_key, epoch.number.saturating_add(1));
        if next.check == epoch.check {
            return Err(VaultError::SameEpochKey);
        }
        let mut tx = self.0.pool.begin().await?;
        let conn = &mut tx.conn();
        store::lock_epoch(conn, epoch.number).await?;
        if !store::delete_subject(conn, subject).await? {
            return Err(VaultError::UnknownSubject(subject));
        }
        rewrap(conn, &epoch, &next).await?;
        store::write_state(conn, &State::of(&next, &self.0.ledger_key)?).await?;
        // Before the commit: should its answer be lost, the key is at least not served from memory.
        self.forget(subject);
        tx.commit().await?;
        *epoch = next;
        // What stays in the log is wrapped under the old epoch key, so a reader that holds it up is no harm.
        let _ = self.0.pool.empty_log(LOG_PATIENCE).await;
        Ok(())
    }
}

/// Wraps all keys under the next epoch, a chunk at a time, so that memory does not grow with the vault.
async fn rewrap(conn: &mut Conn<'_>, from: &Epoch, to: &Epoch) -> Result<(), VaultError> {
    let mut after = None;
    loop {
        let page = store::read_key_page(conn, from, after, u32::try_from(CHUNK).unwrap_or(u32::MAX)).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = Some(last.subject());
        store::replace_keys(conn, to, &page).await?;
    }
}
