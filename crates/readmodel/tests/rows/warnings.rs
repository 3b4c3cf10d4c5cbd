//! Each indicator on given entries: the tables of `warnings.txt`.

use crate::by_hand::*;
use crate::place::Place;
use jiff::ToSpan;
use readmodel::Warning;
use rules::warning::{Indicator, IndicatorId};
use rules::{Confidence, Region};
use std::collections::BTreeMap;
use uuid::Uuid;
use wages::event::*;
use wages::{BlindIndex, Direction, Event};

const SITE: &str = "3301062512180102";
/// The first two digits of the serial numbers of further sites.
const SITES: &str = "33010625121801";
const GC: &str = EMPLOYER;
const SUB: &str = OTHER_EMPLOYER;

/// The entries of one table so far.
struct Story {
    facts: Facts,
    serial: u32,
    registered: BTreeMap<u32, bool>,
    handed_in: bool,
}

fn fields<'a>(words: &[&'a str]) -> BTreeMap<&'a str, &'a str> {
    words.iter().filter_map(|word| word.split_once('=')).collect()
}

/// `w1-20` or `w7`.
fn workers(text: &str) -> std::ops::RangeInclusive<u32> {
    let (from, to) = text[1..].split_once('-').unwrap_or((&text[1..], &text[1..]));
    from.parse().unwrap()..=to.parse().unwrap()
}

/// `3` is a card of nobody, `w3` the card of worker 3.
fn card(text: &str) -> BlindIndex {
    let number = match text.strip_prefix('w') {
        Some(worker) => worker.parse().unwrap(),
        None => 10_000 + text.parse::<u32>().unwrap(),
    };
    let [a, b, c, d] = number.to_be_bytes();
    BlindIndex([a, b, c, d, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9])
}

/// `p2` is the second site.
fn site(text: &str) -> String {
    format!("{SITES}{:02}", text[1..].parse::<u32>().unwrap() + 1)
}

fn days(text: &str) -> (&str, Option<&str>) {
    let (from, to) = text.split_once("..").unwrap();
    (from, Some(to).filter(|to| !to.is_empty()))
}

impl Story {
    fn new() -> Story {
        let mut facts = Facts::default();
        let mut terms = terms("site", 15);
        terms.contract_price = money("100000000.00");
        let code = project_code(SITE);
        facts.add(id(1), Event::ProjectRegistered(ProjectRegistered { code, terms }));
        Story { facts, serial: 0, registered: BTreeMap::new(), handed_in: true }
    }

    fn worker(&mut self, worker: u32) -> Uuid {
        let subject = id(1_000 + u128::from(worker));
        if self.registered.insert(worker, true).is_none() {
            let mut event = worker_registered("Wang");
            if let Event::WorkerRegistered(e) = &mut event {
                e.card_index = Some(card(&format!("w{worker}")));
            }
            self.facts.add(subject, event);
        }
        subject
    }

    fn next(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    fn moved(&mut self, direction: Direction, on: &str, [amount, balance]: [&str; 2], labour_cost: bool) {
        let line = self.next();
        let moved = AccountMoved {
            project: project_code(SITE),
            on: day(on),
            direction,
            amount: money(amount),
            balance: money(balance),
            counterparty: None,
            memo: None,
            labour_cost,
            serial: format!("Z{line}").parse().unwrap(),
            statement: rules::Month::of(day(on)),
            line,
        };
        self.facts.add(id(1), Event::AccountMoved(moved));
    }

    fn given(&mut self, words: &[&str]) {
        let more = fields(words);
        match words {
            ["nothing", ..] => self.handed_in = false,
            ["balance", on, balance] => self.moved(Direction::In, on, ["0.01", balance], false),
            ["transfer", on, amount] => self.moved(Direction::In, on, [amount, "1000000.00"], true),
            ["region", region] => {
                let mut terms = terms("site", 15);
                terms.region = region.parse().unwrap();
                let (code, changed) = (project_code(SITE), vec!["region".to_owned()]);
                self.facts.add(id(1), Event::ProjectChanged(ProjectChanged { code, changed, terms }));
            }
            ["in", on, amount, balance] => self.moved(Direction::In, on, [amount, balance], false),
            ["out", on, amount, balance] => self.moved(Direction::Out, on, [amount, balance], false),
            ["site", of, ..] => {
                let mut terms = terms("site", 15);
                if let Some(day) = more.get("end") {
                    terms.planned_end = day.parse().unwrap();
                }
                let code = project_code(&site(of));
                let subject = id(100 + u128::from(self.serial));
                self.serial += 1;
                self.facts.add(subject, Event::ProjectRegistered(ProjectRegistered { code, terms }));
            }
            ["deposit", amount, valid, ..] => {
                let (from, to) = days(valid);
                let of = if more.get("of") == Some(&"sub") { SUB } else { GC };
                let number = format!("G{}", self.next());
                self.facts.add(id(1), deposit(SITE, &number, of, amount, [from, to.unwrap()]));
            }
            ["inspection", on, ..] => {
                let board = more.get("board") != Some(&"no");
                self.facts.add(id(1), inspected(SITE, on, board, more.get("closed").copied()));
            }
            ["complaint", on, ..] => {
                let number = format!("T{}", self.next());
                let people = more["people"].parse().unwrap();
                self.facts.add(id(1), complaint(SITE, &number, on, people, more.get("closed").copied()));
            }
            [what, who, rest @ ..] => {
                for worker in workers(who) {
                    self.of_worker(what, worker, rest, &more);
                }
            }
            _ => panic!("{words:?}"),
        }
    }

    fn of_worker(&mut self, what: &str, worker: u32, rest: &[&str], more: &BTreeMap<&str, &str>) {
        let subject = self.worker(worker);
        let employer = if more.get("employer") == Some(&"gc") { GC } else { SUB };
        // Workers have crews of their own, unless their wages are to look alike.
        let crew = more.get("crew").map_or(0, |crew| 10 * crew.parse::<u128>().unwrap());
        let crew = id(11 + crew + u128::from(employer == GC));
        let at = more.get("at").map_or(SITE.to_owned(), |text| site(text));
        let (at, own) = (at.as_str(), format!("w{worker}"));
        let event = match (what, rest) {
            ("work", [span, ..]) => {
                let (from, to) = days(span);
                let to = day(to.unwrap());
                let all: Vec<String> =
                    day(from).series(1.day()).take_while(|d| *d <= to).map(|d| d.to_string()).collect();
                let all: Vec<(&str, &str)> = all.iter().map(|on| (on.as_str(), "1.0")).collect();
                let mut event = worked(at, &all);
                if let (Event::WorkRecorded(e), Some(gate)) = (&mut event, more.get("gate")) {
                    let (first_in, last_out) = gate.split_once('-').unwrap();
                    let time = |text: &str| Some(format!("{text}:00").parse().unwrap());
                    for day in &mut e.days {
                        (day.first_in, day.last_out) = (time(first_in), time(last_out));
                    }
                }
                event
            }
            ("roster", [span, ..]) => {
                let (from, to) = days(span);
                self.facts.add(subject, entered(at, employer, crew, from));
                match to {
                    Some(to) => left(at, from, Some(to)),
                    None => return,
                }
            }
            ("card", [number]) => {
                let card_index = Some(card(number));
                Event::WorkerChanged(WorkerChanged {
                    name: None,
                    phone: None,
                    card: None,
                    card_index,
                    bank: None,
                })
            }
            ("contract", [span, ..]) => {
                let (from, to) = days(span);
                let number = format!("C{worker}-{}", self.next());
                let mut contract = signed(SITE, employer, &number, contract_terms(from, to, 15));
                if let (Event::ContractSigned(e), Some(on)) = (&mut contract, more.get("signed")) {
                    e.signed_on = day(on);
                }
                contract
            }
            ("line", [month, ..]) => {
                let of = line_key(SITE, employer, crew, month);
                let net = money(more["net"]);
                let mut line = wage_line(net, net);
                line.account_index = Some(card(more.get("card").unwrap_or(&own.as_str())));
                Event::WagesAccrued(WagesAccrued { of, correction: 0, line })
            }
            ("paid", [month, amount, on, ..]) => {
                let mut details = payment(SITE, employer, month, "B1", amount);
                details.serial = Some(format!("S{}", self.next()).parse().unwrap());
                let is_own = more.get("from") != Some(&"other");
                details.payee_account_index = card(more.get("card").unwrap_or(&own.as_str()));
                details.payer_account_index = Some(BlindIndex([if is_own { 7 } else { 8 }; 16]));
                paid(details, on)
            }
            _ => panic!("{what} {rest:?}"),
        };
        self.facts.add(subject, event);
    }

    /// All entries so far, with what was handed in.
    fn entries(&self) -> Vec<readmodel::Projected> {
        let mut facts = self.facts.clone();
        if self.handed_in {
            for (n, kind) in ["guarantees", "complaints"].into_iter().enumerate() {
                let rows = RowCounts::default();
                let digest = format!("{n:064}");
                let (kind, name) = (kind.to_owned(), sealed("file"));
                let file = FileImported { digest, kind, project: None, name, bytes: 1, rows };
                facts.add(id(9), Event::FileImported(file));
            }
        }
        facts.entries()
    }
}

fn shown(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(shown).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

fn wrong(row: &Warning, words: &[&str]) -> Option<String> {
    if row.colour.label() != words[0] {
        return Some(format!("{} {:?}", row.colour.label(), row.figures));
    }
    fields(words).into_iter().find_map(|(name, value)| {
        let found = row.figures.get(name).map(shown);
        (found.as_deref() != Some(value)).then(|| format!("{name}={found:?} in {:?}", row.figures))
    })
}

#[tokio::test]
async fn every_table_holds() {
    let place = Place::file();
    let mut story = Story::new();
    let (mut rule, mut of_one, mut asked, mut wrongs) = (String::new(), true, 0, Vec::new());
    for (number, line) in (1..).zip(include_str!("warnings.txt").lines()) {
        let line = line.trim();
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[..] {
            [] => {}
            ["==", id, ..] => {
                (story, rule, of_one) = (Story::new(), id.to_owned(), !line.contains("all sites"));
            }
            ["given", ref given @ ..] => story.given(given),
            ["as", "of", on, "then", ref expected @ ..] => {
                asked += 1;
                let model = place.with(&format!("a{number}"), &story.entries(), 1_000).await;
                let warnings = model.warnings(day(on), Region::CHINA).await.unwrap();
                model.close().await;
                let object = Some(SITE).filter(|_| of_one);
                let of_rule = |row: &&Warning| row.rule.label() == rule && row.project.as_deref() == object;
                let row = warnings.rows.iter().find(of_rule);
                let row = row.unwrap_or_else(|| panic!("line {number}: no row {rule}"));
                wrongs.extend(wrong(row, expected).map(|what| format!("line {number}: {line}\n    {what}")));
            }
            _ => assert!(line.starts_with('#'), "line {number}: {line}"),
        }
    }
    assert!(wrongs.is_empty(), "{} of {asked} wrong:\n{}", wrongs.len(), wrongs.join("\n"));
    assert!(asked > 200);
}

/// No indicator without a table; and what no source stands behind is called our convention in its heading.
#[test]
fn every_indicator_has_a_table() {
    let headings: Vec<&str> =
        include_str!("warnings.txt").lines().filter(|line| line.starts_with("==")).collect();
    for id in IndicatorId::ALL {
        let of_id: Vec<&&str> = headings.iter().filter(|line| line.contains(id.label())).collect();
        assert!(!of_id.is_empty(), "{id:?}");
        let thresholds = &Indicator::of(id).unwrap().all_thresholds;
        let ours = thresholds.iter().any(|t| t.provision.confidence == Confidence::Convention);
        assert!(of_id.iter().all(|line| line.contains("our convention") == ours), "{id:?}");
    }
}
