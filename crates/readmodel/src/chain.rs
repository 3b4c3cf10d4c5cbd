//! Who answers for a worker's wages: the firms from the general contractor down to his employer.

use crate::arrears::sql;
use crate::recourse::RecourseClaim;
use crate::value::{Read, Value};
use crate::{Project, ReadModel, ReadModelError};
use jiff::civil::Date;
use rules::Money;
use std::collections::{BTreeMap, HashMap, VecDeque};

/// The chain of one employer on one project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiabilityChain {
    /// The project.
    pub project: Project,
    /// Credit code of the employer.
    pub employer: String,
    /// Credit codes from the general contractor down to the employer; `None` where no subcontract leads there.
    pub chain: Option<Vec<String>>,
    /// When the employer's subcontract was signed.
    pub signed_on: Option<Date>,
    /// The first day of its first worker on the site.
    pub first_worker_in: Date,
    /// Deposits of the general contractor that are valid on the day; `None` where nobody handed in a list.
    pub deposit: Option<Money>,
    /// Entries of the subcontracts, from the top down.
    pub entries: Vec<u64>,
    /// Claims of those who paid the wages of this employer's workers for it, up to the day; `None` where the law of the
    /// day is not in our data.
    pub recourse: Option<Vec<RecourseClaim>>,
}

impl LiabilityChain {
    /// Whether the employer's subcontract was signed when its first worker came; not without one.
    pub fn signed_in_time(&self) -> bool {
        self.signed_on.is_some_and(|signed| signed <= self.first_worker_in)
    }
}

/// A subcontract: to whom, signed when, by which entry.
type Given = (String, Date, u64);

impl ReadModel {
    /// The chains of all employers with workers on any project; `as_of` is the day on which deposits count, and up to
    /// which payments do.
    pub async fn liability_chains(&self, as_of: Date) -> Result<Vec<LiabilityChain>, ReadModelError> {
        let projects: HashMap<String, Project> =
            self.projects().await?.into_iter().map(|project| (project.code.clone(), project)).collect();
        let tx = &mut self.read().await?;
        let mut given: BTreeMap<(String, String), Vec<Given>> = BTreeMap::new();
        for row in tx.fetch(sql!("subcontracts"), Vec::new()).await? {
            let to = (row.text("taker")?, row.parsed("signed_on")?, row.number("seq")?);
            given.entry((row.text("project")?, row.text("giver")?)).or_default().push(to);
        }
        let handed = tx.fetch(sql!("handed_in"), Vec::new()).await?;
        let known = handed.first().map(|row| row.int("deposits")).transpose()?.unwrap_or_default() > 0;
        let mut deposits: HashMap<(String, String), i64> = HashMap::new();
        for row in tx.fetch(sql!("deposits"), Vec::new()).await? {
            let (from, to): (Date, Date) = (row.parsed("valid_from")?, row.parsed("valid_to")?);
            if from <= as_of && as_of <= to {
                *deposits.entry((row.text("project")?, row.text("liable")?)).or_default() +=
                    row.int("amount")?;
            }
        }
        let mut claims = crate::recourse::claims(&projects, as_of, tx).await?;
        let mut chains = Vec::new();
        for row in tx.fetch(sql!("employers"), Vec::<Value>::new()).await? {
            let Some(project) = projects.get(&row.text("project")?) else { continue };
            let employer = row.text("employer")?;
            let contractor = project.terms.contractor.to_string();
            let way = way(&given, &project.code, &contractor, &employer);
            let deposit = deposits.get(&(project.code.clone(), contractor.clone())).copied();
            chains.push(LiabilityChain {
                signed_on: way.as_ref().and_then(|way| way.last()).map(|(_, signed, _)| *signed),
                entries: way.iter().flatten().map(|(.., seq)| *seq).collect(),
                chain: way.map(|way| {
                    std::iter::once(contractor).chain(way.into_iter().map(|(to, ..)| to)).collect()
                }),
                first_worker_in: row.parsed("first_in")?,
                recourse: claims
                    .remove(&(project.code.clone(), employer.clone()))
                    .unwrap_or_else(|| Some(Vec::new())),
                deposit: known.then(|| Money::from_fen(deposit.unwrap_or_default())),
                project: project.clone(),
                employer,
            });
        }
        Ok(chains)
    }
}

/// The shortest way of subcontracts from one firm to another; none is walked twice.
fn way(
    given: &BTreeMap<(String, String), Vec<Given>>,
    project: &str,
    from: &str,
    to: &str,
) -> Option<Vec<Given>> {
    let mut reached: HashMap<String, Vec<Given>> = HashMap::from([(from.to_owned(), Vec::new())]);
    let mut next = VecDeque::from([from.to_owned()]);
    while let Some(firm) = next.pop_front() {
        let way = reached.get(&firm).cloned().unwrap_or_default();
        if firm == to {
            return Some(way);
        }
        for given in given.get(&(project.to_owned(), firm)).into_iter().flatten() {
            if !reached.contains_key(&given.0) {
                let mut further = way.clone();
                further.push(given.clone());
                reached.insert(given.0.clone(), further);
                next.push_back(given.0.clone());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn ways_through_subcontracts() {
        let mut given: BTreeMap<(String, String), Vec<Given>> = BTreeMap::new();
        for (seq, giver, taker) in [(1, "A", "B"), (2, "B", "C"), (3, "C", "A"), (4, "X", "Y")] {
            let key = ("P".to_owned(), giver.to_owned());
            given.entry(key).or_default().push((taker.to_owned(), date(2026, 1, 1), seq));
        }
        let entries = |to: &str| {
            way(&given, "P", "A", to).map(|way| way.into_iter().map(|(.., seq)| seq).collect::<Vec<_>>())
        };
        assert_eq!(entries("A"), Some(vec![]));
        assert_eq!(entries("C"), Some(vec![1, 2]));
        assert_eq!(entries("Y"), None);
        assert_eq!(way(&given, "other", "A", "B"), None);
    }
}
