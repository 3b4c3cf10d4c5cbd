//! stub
use super::places::Folder;
use super::{Rates, Report};
use crate::failure::Failure;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub(super) struct Import {
    #[serde(flatten)]
    rates: Rates,
}

pub(super) async fn measure(_folder: &Folder, _entries: u64) -> Result<Import, Failure> {
    Err(Failure::cannot("not yet"))
}

impl Report for Import {
    fn lines(&self) -> Vec<String> {
        vec![self.rates.line("entries")]
    }
}
