//! Who is there in an invented city: firms, sites, crews and workers, each known by its number.
//!
//! All of it follows from the number of workers and one seed, so that whoever knows a number knows codes and ids
//! without looking them up. Credit codes have right check characters, and XN at the ninth place, which was never
//! issued; ID numbers begin with 39, which is no province.

use super::super::workload::{SEED, id, mix};
use crate::failure::Failure;
use jiff::ToSpan;
use jiff::civil::{Date, date};
use rules::Month;
use uuid::Uuid;
use wages::{CreditCode, ProjectCode};

/// Wage months of a year: October 2025 to September 2026, so that every due date's calendar is known.
pub(super) const MONTHS: u64 = 12;
/// Workers on a site on average, as in a city of 450,000 on 2,600 sites.
const SITE: u64 = 173;
/// One worker in so many is on the first site: the large one that every city has.
const LARGE: u64 = 90;
/// Workers of a crew, but for the last of a firm.
const CREW: u64 = 25;
/// Sites that one subcontractor, and one general contractor, works on about.
const SITES_A_SUB: u64 = 6;
const SITES_A_CONTRACTOR: u64 = 20;

const REGIONS: [&str; 13] = [
    "330102", "330105", "330106", "330108", "330109", "330110", "330111", "330112", "330113", "330114",
    "330122", "330127", "330182",
];
/// Crews by what they do: trade code, trade.
pub(super) const TRADES: [(&str, &str); 8] = [
    ("010", "砌筑工"),
    ("020", "钢筋工"),
    ("030", "架子工"),
    ("040", "混凝土工"),
    ("050", "模板工"),
    ("060", "机械设备安装工"),
    ("070", "通风工"),
    ("090", "普工"),
];

/// What a number stands for, as the first part of an id.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Firm = 40,
    Project,
    Crew,
    Worker,
    Stay,
    Contract,
    Work,
    Line,
    Correction,
    Sheet,
    Payment,
    Return,
    Batch,
    Movement,
    Oversight,
    Step,
    Account,
    Card,
    File,
    Tax,
}

impl Of {
    pub(super) fn id(self, number: u64) -> Uuid {
        id(self as u64, number)
    }
}

/// How a site pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Temper {
    /// On the day or up to three days before.
    Prompt,
    /// So many days after the day.
    Late(u16),
    /// Half of it, and the rest after six weeks, to two workers in three.
    Parts,
    /// As it should until a wage month, and nothing from it on.
    Stops(u64),
}

/// A site.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) number: u64,
    pub(super) region: &'static str,
    pub(super) contractor: u64,
    pub(super) owner: u64,
    pub(super) pay_day: u8,
    pub(super) temper: Temper,
    pub(super) crews: Vec<Crew>,
}

/// A crew of one employer on a site; its workers have the numbers from `first` on.
#[derive(Clone, Debug)]
pub(super) struct Crew {
    pub(super) number: u64,
    pub(super) firm: u64,
    pub(super) first: u64,
    pub(super) workers: u64,
}

/// The city.
pub(super) struct City {
    pub(super) workers: u64,
    pub(super) sites: Vec<Site>,
    /// Firms by number: first those who build, then those who own.
    pub(super) firms: u64,
}

impl City {
    /// A city of so many workers, at least one; with so many of them on its large site, or as many as every city has.
    pub(super) fn of(workers: u64, large: Option<u64>) -> City {
        let workers = workers.max(1);
        let large = large.unwrap_or(workers / LARGE);
        let about = workers.div_ceil(SITE);
        let (subs, contractors) = (about.div_ceil(SITES_A_SUB), about.div_ceil(SITES_A_CONTRACTOR));
        let owners = about.div_ceil(2);
        let (mut sites, mut next, mut crews) = (Vec::new(), 0, 0);
        while next < workers {
            let number = sites.len() as u64;
            let bits = mix(number ^ SEED);
            let size = if number == 0 { large } else { SITE / 3 + bits % (SITE * 4 / 3) };
            let size = size.clamp(1, workers - next);
            let contractor = subs + (bits >> 8) % contractors;
            let mut site = Site {
                number,
                region: REGIONS[((bits >> 16) % REGIONS.len() as u64) as usize],
                contractor,
                owner: subs + contractors + (bits >> 24) % owners,
                pay_day: [10, 15, 20, 25][((bits >> 32) % 4) as usize],
                temper: temper(mix(bits)),
                crews: Vec::new(),
            };
            let end = next + size;
            while next < end {
                // A firm has a few crews, one after the other; one firm in five is the contractor himself.
                let firm = mix(number << 16 | (crews / 3));
                let firm = if firm.is_multiple_of(5) { contractor } else { (firm >> 8) % subs };
                let workers = CREW.min(end - next);
                site.crews.push(Crew { number: crews, firm, first: next, workers });
                (next, crews) = (next + workers, crews + 1);
            }
            sites.push(site);
        }
        City { workers, sites, firms: subs + contractors + owners }
    }

    /// All crews' numbers are below this.
    pub(super) fn crews(&self) -> u64 {
        self.sites.last().and_then(|site| site.crews.last()).map_or(0, |crew| crew.number + 1)
    }
}

/// Most sites pay as they should.
fn temper(bits: u64) -> Temper {
    match bits % 100 {
        0..82 => Temper::Prompt,
        82..91 => Temper::Late(3 + (bits >> 8) as u16 % 70),
        91..95 => Temper::Parts,
        _ => Temper::Stops(3 + (bits >> 8) % 8),
    }
}

impl Site {
    pub(super) fn subject(&self) -> Uuid {
        Of::Project.id(self.number)
    }

    pub(super) fn code(&self) -> Result<ProjectCode, Failure> {
        project_code(self.region, self.number)
    }

    pub(super) fn workers(&self) -> u64 {
        self.crews.iter().map(|crew| crew.workers).sum()
    }

    /// The firms at work, each once.
    pub(super) fn employers(&self) -> Vec<u64> {
        let mut firms: Vec<u64> = self.crews.iter().map(|crew| crew.firm).collect();
        firms.sort_unstable();
        firms.dedup();
        firms
    }
}

/// 16 digits as the national number has: region, month, and the number in it.
fn project_code(region: &str, number: u64) -> Result<ProjectCode, Failure> {
    Ok(format!("{region}2509{number:06}").parse()?)
}

/// The month with a number from 0.
pub(super) fn wage_month(number: u64) -> Month {
    (0..number).fold(Month::of(date(2025, 10, 1)), |month, _| month.next())
}

/// The code of a firm.
pub(super) fn firm_code(number: u64) -> Result<CreditCode, Failure> {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    let region = REGIONS[(number % REGIONS.len() as u64) as usize];
    let mut code = format!("91{region}XN");
    let bits = mix(number ^ SEED) % 31u64.pow(3) + (number + 1) * 31u64.pow(3);
    code.extend((0..7u32).rev().map(|place| char::from(ALPHABET[(bits / 31u64.pow(place) % 31) as usize])));
    let value = |c: u8| ALPHABET.iter().position(|known| *known == c).unwrap_or_default() as u64;
    // GB 32100: Σ value·3^place + check ≡ 0 (mod 31).
    let sum = code.bytes().zip(0u32..).fold(0, |sum, (c, place)| (sum + value(c) * 3u64.pow(place)) % 31);
    code.push(char::from(ALPHABET[((31 - sum) % 31) as usize]));
    Ok(code.parse()?)
}

/// The ID number of a worker. Region and birthday are different for each.
pub(super) fn id_number(worker: u64) -> String {
    const FIRST: Date = date(1966, 1, 1);
    let born = FIRST.saturating_add(i64::try_from(worker % 14_000).unwrap_or_default().days());
    let order = worker / 14_000;
    let digits = format!("39{:04}{}{:03}", 101 + order / 1000, born.strftime("%Y%m%d"), order % 1000);
    // ISO 7064 MOD 11-2, by Horner from the left.
    let sum = digits.bytes().fold(0u32, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => digits + "X",
        check => format!("{digits}{check}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use wages::IdNumber;

    #[test]
    fn everybody_has_one_place() {
        for workers in [1, 40, 3_000] {
            let city = City::of(workers, None);
            let crews: Vec<&Crew> = city.sites.iter().flat_map(|site| &site.crews).collect();
            assert_eq!(crews.iter().map(|crew| crew.workers).sum::<u64>(), workers);
            assert_eq!(city.crews(), crews.len() as u64);
            let mut next = 0;
            for (at, crew) in crews.iter().enumerate() {
                assert_eq!((crew.first, crew.number), (next, at as u64));
                assert!(crew.firm < city.firms);
                next += crew.workers;
            }
        }
        let sites = City::of(450_000, None).sites;
        assert!((2_300..2_900).contains(&sites.len()), "{}", sites.len());
        assert!(sites[0].workers() >= 5_000);
    }

    #[test]
    fn numbers_that_readers_take() {
        let firms: BTreeSet<String> = (0..2_000).map(|n| firm_code(n).unwrap().as_str().to_owned()).collect();
        assert_eq!(firms.len(), 2_000);
        let numbers = (0..50_000).map(|n| id_number(n * 9).parse::<IdNumber>().unwrap().as_str().to_owned());
        assert_eq!(numbers.collect::<BTreeSet<_>>().len(), 50_000);
        assert_eq!(wage_month(11).to_string(), "2026-09");
    }
}
