//! Names of regions, GB/T 2260.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(Deserialize)]
struct File {
    region: Vec<Region>,
}

#[derive(Deserialize)]
struct Region {
    code: String,
    name: String,
}

/// Read once; that it can be read is a test's business. Were it not, regions would be shown as codes.
static NAMES: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
    let file: Result<File, _> = toml::from_str(include_str!("../data/regions-cn.toml"));
    file.map(|file| file.region.into_iter().map(|r| (r.code, r.name)).collect()).unwrap_or_default()
});

/// The name of a region by its six-digit code; `None` for a code that is not in our list.
pub fn region_name(code: &str) -> Option<&'static str> {
    NAMES.get(code).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_by_code() {
        assert_eq!(region_name("330110"), Some("余杭区"));
        assert_eq!(region_name("390000"), None);
    }
}
