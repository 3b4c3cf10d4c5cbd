//! Who may depend on whom. Each boundary is there for a reader: an auditor can read `chain` alone, a payroll
//! lawyer `rules` alone.

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use tests::text;

/// Our crates by layer; a crate imports only from lower layers.
const LAYERS: [&[&str]; 5] = [
    &["chain", "wages", "rules"],
    &["journal", "vault"],
    &["ledger", "readmodel", "formats", "evidence"],
    &["server"],
    &["tests"],
];

/// Within layer 0 only `wages` imports: money and months.
const WITHIN: [(&str, &str); 1] = [("wages", "rules")];

/// Crates that must be fit for any machine, a browser included, and what they must not bring with them.
const BARE: [&str; 4] = ["chain", "wages", "rules", "evidence"];
const HEAVY: [&str; 8] =
    ["tokio", "sqlx", "sqlx-core", "rusqlite", "libsqlite3-sys", "rdkafka", "axum", "reqwest"];

/// The program's own doors to the world, which only these may open.
const ONLY: [(&str, &[&str]); 4] = [
    ("clap", &["server"]),
    ("calamine", &["formats"]),
    ("rusqlite", &["journal", "server"]),
    ("sqlx", &["vault", "readmodel"]),
];

struct Packages {
    /// Name → names that it depends on to run or to build, not to be tested.
    needs: BTreeMap<String, BTreeSet<String>>,
    /// Our crates and the folder of each.
    ours: BTreeMap<String, String>,
}

impl Packages {
    fn read() -> Packages {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let metadata: Value = serde_json::from_slice(&metadata(&root)).expect("JSON");
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        let mut ours = BTreeMap::new();
        for package in metadata["packages"].as_array().expect("packages") {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            if metadata["workspace_members"].as_array().expect("members").contains(&package["id"]) {
                let manifest = text(&package["manifest_path"]);
                let folder = Path::new(&manifest).parent().and_then(Path::file_name).expect("a folder");
                ours.insert(name.clone(), folder.to_string_lossy().into_owned());
            }
            names.insert(id, name);
        }
        let mut needs: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for node in metadata["resolve"]["nodes"].as_array().expect("nodes") {
            let of = needs.entry(names[&text(&node["id"])].clone()).or_default();
            for dependency in node["deps"].as_array().expect("dependencies") {
                let kinds = dependency["dep_kinds"].as_array().expect("kinds");
                if kinds.iter().any(|kind| kind["kind"] != "dev") {
                    of.insert(names[&text(&dependency["pkg"])].clone());
                }
            }
        }
        Packages { needs, ours }
    }

    /// Everything that a package brings with it.
    fn brings(&self, name: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        let mut next = vec![name.to_owned()];
        while let Some(name) = next.pop() {
            for needed in self.needs.get(&name).into_iter().flatten() {
                if all.insert(needed.clone()) {
                    next.push(needed.clone());
                }
            }
        }
        all
    }
}

/// What cargo knows of all packages, those that only other machines need included. Where these were never fetched and
/// cannot be now, what this machine needs must do: building has brought it.
fn metadata(root: &Path) -> Vec<u8> {
    let ask = |more: &[&str]| {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["metadata", "--format-version", "1", "--locked"]).args(more).current_dir(root);
        cargo.output().expect("cargo runs")
    };
    let whole = ask(&[]);
    if whole.status.success() {
        return whole.stdout;
    }
    let rustc = Command::new("rustc").arg("-vV").output().expect("rustc runs");
    let said = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host");
    let own = ask(&["--offline", "--filter-platform", host]);
    let errors = [&whole, &own].map(|output| String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(own.status.success(), "{}", errors.join("\n"));
    own.stdout
}

fn layer(name: &str) -> usize {
    let layer = LAYERS.iter().position(|layer| layer.contains(&name));
    layer.unwrap_or_else(|| {
        panic!("crate {name} has no layer: say here and in ARCHITECTURE.md where it belongs")
    })
}

#[test]
fn arrows_point_downwards() {
    let packages = Packages::read();
    for (name, folder) in &packages.ours {
        assert_eq!(name, folder, "a crate is called as its folder");
        for needed in packages.needs[name].iter().filter(|needed| packages.ours.contains_key(*needed)) {
            let lower = layer(needed) < layer(name);
            assert!(lower || WITHIN.contains(&(name, needed)), "{name} must not know {needed}");
        }
    }
    for needed in ["chain", "wages", "rules", "journal", "vault", "ledger", "readmodel", "formats", "server"]
    {
        assert!(packages.ours.contains_key(needed), "{needed} is gone");
    }
}

#[test]
fn the_core_needs_no_machine() {
    let packages = Packages::read();
    for name in BARE.iter().filter(|name| packages.ours.contains_key(**name)) {
        let brings = packages.brings(name);
        assert!(!brings.is_empty());
        for heavy in HEAVY {
            assert!(!brings.contains(heavy), "{name} brings {heavy}");
        }
    }
    assert!(packages.brings("server").contains("tokio"), "the test sees what is brought");
}

#[test]
fn each_door_has_one_owner() {
    let packages = Packages::read();
    for (library, owners) in ONLY {
        for name in packages.ours.keys().filter(|name| *name != "tests") {
            let direct = packages.needs[name].contains(library);
            assert!(!direct || owners.contains(&name.as_str()), "{name} uses {library}; only {owners:?} may");
        }
    }
}
