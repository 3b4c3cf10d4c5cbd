//! The sealed fields by which objects of warnings are named, looked up together.

use crate::value::{Read, Value};
use crate::{ReadModel, ReadModelError};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;
use wages::SealedField;

/// Sealed fields by what they name.
#[derive(Debug, Default)]
pub struct SealedNames {
    /// ID numbers (field `id_number`) by worker.
    pub id_numbers: HashMap<Uuid, SealedField>,
    /// Labels (field `label`) by crew.
    pub labels: HashMap<Uuid, SealedField>,
    /// Numbers of accounts that paid (field `payer_account`) by project and fingerprint, with the subject whose key
    /// opens them.
    pub accounts: HashMap<(String, String), (Uuid, SealedField)>,
}

const ID_NUMBERS: &str = "SELECT t.worker, t.id_number FROM k CROSS JOIN worker t WHERE t.worker = k.k1";
const LABELS: &str = "SELECT t.crew, t.label FROM k CROSS JOIN crew t WHERE t.crew = k.k1";
const ACCOUNTS: &str = "SELECT b.project, b.payer_account_index, b.payer_account, p.subject FROM k \
    CROSS JOIN batch b CROSS JOIN project p \
    WHERE b.project = k.k1 AND b.payer_account_index = k.k2 AND p.code = b.project ORDER BY b.seal";

impl ReadModel {
    /// The sealed fields that name these workers, crews, and accounts (project and fingerprint).
    pub async fn sealed_names(
        &self,
        workers: &BTreeSet<Uuid>,
        crews: &BTreeSet<Uuid>,
        accounts: &BTreeSet<(String, String)>,
    ) -> Result<SealedNames, ReadModelError> {
        let tx = &mut self.read().await?;
        let mut names = SealedNames::default();
        let one = |id: &Uuid| [Value::Id(*id)];
        for row in tx.fetch_by_keys(ID_NUMBERS, workers.iter().map(one)).await? {
            names.id_numbers.insert(row.parsed("worker")?, row.sealed("id_number")?);
        }
        for row in tx.fetch_by_keys(LABELS, crews.iter().map(one)).await? {
            names.labels.insert(row.parsed("crew")?, row.sealed("label")?);
        }
        let keys = accounts.iter().map(|(project, index)| [Value::from(project), index.into()]);
        for row in tx.fetch_by_keys(ACCOUNTS, keys).await? {
            let key = (row.text("project")?, row.text("payer_account_index")?);
            names.accounts.insert(key, (row.parsed("subject")?, row.sealed("payer_account")?));
        }
        Ok(names)
    }
}
