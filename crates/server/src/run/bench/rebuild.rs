//! stub
use super::places::Folder;
use super::{Rates, Report};
use crate::failure::Failure;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Rebuild {
    #[serde(flatten)]
    rates: Rates,
}

pub(super) async fn measure(_folder: &Folder, _entries: u64) -> Result<Rebuild, Failure> {
    Err(Failure::cannot("not yet"))
}

impl Report for Rebuild {
    fn lines(&self) -> Vec<String> {
        vec![self.rates.line("entries")]
    }
}
