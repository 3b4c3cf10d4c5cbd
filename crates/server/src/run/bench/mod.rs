//! `wageledger bench`: our rate, the raw limit in the same run, and the ratio.
//!
//! Every measurement builds its own ledger in a folder of its own, which is removed at the end. What it
//! appends is made by a fixed generator from a printed seed, so that two runs do the same work. The raw limit
//! is what the storage or the hash does by itself with the same bytes, measured in turn with ours: a machine
//! that is busy with something else is slow for both. Nothing here judges a number: goals are for people.

mod append;
mod city;
mod import;
mod kafka;
mod mixed;
mod places;
mod rebuild;
mod rig;
mod stopwatch;
mod tax;
mod verify;
mod workload;

use crate::cli::{self, BenchOf, TextOrJson};
use crate::failure::Failure;
use crate::home::Home;
use places::Folder;
use rules::PayDay;
use serde::Serialize;
use workload::SUBJECTS;

/// Pages of a city asked for a second.
const CITY_RATE: u32 = 100;

/// A pay day in the month after the wage month.
fn following(day: u8) -> Result<PayDay, Failure> {
    PayDay::following(day).ok_or_else(|| Failure::cannot("no such pay day"))
}

/// A measurement as people read it; as JSON it is what it serialises to.
trait Report: Serialize {
    /// A few plain lines.
    fn lines(&self) -> Vec<String>;
}

/// What every measurement says first.
#[derive(Debug, Serialize)]
struct Rates {
    /// What was measured.
    name: &'static str,
    /// Ours, in entries (or lines) a second.
    rate_per_s: f64,
    /// The limit, in the same unit.
    raw_per_s: f64,
    /// Ours over the limit.
    ratio: f64,
}

impl Rates {
    fn new(name: &'static str, rate_per_s: f64, raw_per_s: f64) -> Rates {
        let ratio = if raw_per_s > 0.0 { rate_per_s / raw_per_s } else { 0.0 };
        Rates { name, rate_per_s: rate_per_s.round(), raw_per_s: raw_per_s.round(), ratio: round(ratio, 3) }
    }

    fn line(&self, unit: &str) -> String {
        let percent = self.ratio * 100.0;
        let (rate, raw) = (thousands(self.rate_per_s), thousands(self.raw_per_s));
        format!("{}: {rate} {unit}/s; raw limit {raw} {unit}/s; ratio {percent:.0} %", self.name)
    }
}

pub(crate) async fn run(args: cli::Bench) -> Result<(), Failure> {
    let keep = args.dir.clone().filter(|_| args.what == BenchOf::City);
    if let Some(keep) = &keep {
        std::fs::create_dir_all(keep)?;
    }
    let folder = Folder::new(args.dir)?;
    let (entries, format) = (args.entries.or(args.workers), args.format);
    match args.what {
        BenchOf::Append => print(&append::measure(&folder, entries.unwrap_or(1_000_000)).await?, format),
        BenchOf::Verify => print(&verify::measure(&folder, entries.unwrap_or(1_000_000)).await?, format),
        BenchOf::Rebuild => {
            let postgres = args.database.as_deref();
            print(&rebuild::measure(&folder, entries.unwrap_or(200_000), postgres).await?, format)
        }
        BenchOf::Kafka => {
            let Some(ledger) = args.ledger else {
                return Err(Failure::Usage("bench kafka needs --ledger CONFIG".to_owned()));
            };
            let home = Home::at(&ledger)?;
            print(&kafka::measure(&folder, &home, entries.unwrap_or(1_000_000)).await?, format)
        }
        BenchOf::Tax => print(&tax::measure(&folder, entries.unwrap_or(450_000)).await?, format),
        BenchOf::City => {
            let asked = city::Asked {
                workers: entries.unwrap_or(SUBJECTS),
                large: args.large,
                seconds: args.seconds.unwrap_or(60),
                rate: CITY_RATE,
            };
            // Kept where a folder is named: it takes minutes to make.
            let folder = keep.as_deref().unwrap_or_else(|| folder.path());
            print(&city::measure(folder, &asked).await?, format)
        }
        BenchOf::Import => print(&import::measure(&folder, entries.unwrap_or(10_000)).await?, format),
    }
}

fn print(report: &impl Report, format: TextOrJson) -> Result<(), Failure> {
    match format {
        TextOrJson::Json => println!("{}", serde_json::to_string(report)?),
        TextOrJson::Text => report.lines().iter().for_each(|line| println!("{line}")),
    }
    Ok(())
}

/// `value` with so many decimals.
fn round(value: f64, decimals: i32) -> f64 {
    let unit = 10f64.powi(decimals);
    (value * unit).round() / unit
}

/// A whole number with separators, as in `1,234,567`.
fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut out = String::from(if value < 0.0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(report: &impl Report, wanted: &[&str]) -> serde_json::Value {
        let value = serde_json::to_value(report).unwrap();
        for field in ["name", "rate_per_s", "raw_per_s", "ratio"].iter().chain(wanted) {
            assert!(value.get(field).is_some_and(|v| !v.is_null()), "{field} in {value}");
        }
        assert!(!report.lines().is_empty());
        value
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn append_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let report = append::measure(&folder, 500).await.unwrap();
        let wanted = [
            "seed",
            "entries",
            "subjects",
            "mean_body_bytes",
            "mean_stored_bytes",
            "rate_at",
            "fall_percent",
            "sealed_field",
            "uncached",
            "single_ms",
            "callers_64_per_s",
        ];
        let value = fields(&report, &wanted);
        assert_eq!(value["entries"], 500);
        assert!(value["single_ms"]["p99"].is_number());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn verify_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let report = verify::measure(&folder, 300).await.unwrap();
        fields(&report, &["entries", "hash_per_s", "runs", "mean_stored_bytes"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn rebuild_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let report = rebuild::measure(&folder, 300, None).await.unwrap();
        fields(&report, &["entries", "rows", "seconds", "rows_per_s"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn import_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let report = import::measure(&folder, 20).await.unwrap();
        fields(&report, &["lines", "seconds", "parse_seconds"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn tax_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let report = tax::measure(&folder, 200).await.unwrap();
        let value = fields(&report, &["workers", "worker_months", "wrong", "seconds", "raw_seconds"]);
        assert!(value["wrong"].as_u64().is_some_and(|wrong| wrong > 0 && wrong < 50), "{value}");
    }

    /// Twice in one folder: the second time it is found.
    #[tokio::test(flavor = "multi_thread")]
    async fn city_says_what_it_measured() {
        let folder = Folder::new(None).unwrap();
        let asked = |workers| city::Asked { workers, large: None, seconds: 1, rate: 40 };
        let value = serde_json::to_value(city::measure(folder.path(), &asked(600)).await.unwrap()).unwrap();
        assert_eq!(value["worker_months"], 7_200);
        assert_eq!(value["all"]["requests"], 40);
        let pages = value["pages"].as_array().unwrap();
        assert!(pages.len() >= 19, "{pages:?}");
        for page in pages {
            let bytes = page["largest_bytes"].as_u64().unwrap() + value["style_bytes"].as_u64().unwrap();
            assert!((1_000..=100_000).contains(&bytes), "{page}");
        }
        assert!(value["warnings"][0]["open"].as_u64().unwrap() > 0, "{value}");
        let again = city::measure(folder.path(), &asked(601)).await.unwrap_err();
        assert!(again.to_string().contains("a city of 600 workers"), "{again}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(thousands(1_234_567.4), "1,234,567");
        assert_eq!(thousands(999.0), "999");
        assert_eq!(thousands(-1000.0), "-1,000");
    }
}
