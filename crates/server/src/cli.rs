//! The command line: what may be asked, and how answers are printed.

use crate::asked_day;
use crate::config;
use crate::failure::Failure;
use crate::given;
use crate::input::Slot;
use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;
use std::net::SocketAddr;
use std::path::PathBuf;
use wages::{Channel, Source};

/// A ledger of labour contracts, work done, wages owed, wages paid and tax withheld, that anyone can verify.
///
/// Exit codes: 0 verified, fine; 1 integrity broken, or the data say no (bad rows); 2 asked wrongly; 3 cannot (files,
/// locks, disks, brokers, databases); 4 verify: whole, but with findings about content; 5 verify: not judged, something is
/// missing.
#[derive(Debug, Parser)]
#[command(name = "wageledger", version = env!("WAGELEDGER_VERSION"), max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Build a ledger from an invented building site, print its arrears, verify it and serve its pages
    Demo(Demo),
    /// Make an empty ledger in a folder
    Init(Init),
    /// Take files in: rosters, contracts, attendance, wage sheets, bank results, account statements
    Import(Import),
    /// Who is in arrears on a day, by how much, since when, and what is not known
    Arrears(Arrears),
    /// Early warning: the indicators of every project on a day, their colours, and the figures behind them
    Warnings(Warnings),
    /// Record what was done with a warning
    #[command(subcommand)]
    Warning(WarningCommand),
    /// Who answers for wages: the firms from the general contractor down to each employer
    Chains(Chains),
    /// What should have been withheld from wages in a month of payment, beside what the sheets show
    Tax(crate::run::tax::Tax),
    /// What a worker can claim, until when and from whom: estimates from what the ledger knows
    Owed(crate::run::owed::Owed),
    /// Everything recorded about a worker, a project, an employer, or one entry
    Audit(Audit),
    /// Check chain, body digests, numbering, seals, sealed fields, vault and read model
    Verify(Verify),
    /// Print the receipt of an entry, or of the last: what `verify --receipt` takes later
    Receipt(Receipt),
    /// Say whether entries can be stamped by this machine's clock; go on after an entry that a wrong clock stamped
    Clock(Clock),
    /// Throw away what is derived and build it again
    Rebuild(Rebuild),
    /// Run a node: take commands over HTTP, show pages on loopback, keep the read model up to date
    Serve(Serve),
    /// Copy a ledger, journal and vault, to another place: every hash unchanged
    Copy(Copy),
    /// Make a copy of what cannot be built again, also while a node runs; never holds the epoch key
    Backup(Backup),
    /// Check a backup, and put the ledger that it holds into a new folder
    Restore(Restore),
    /// Measure, beside the raw limit in the same run
    Bench(Bench),
    /// Write the JSON Schemas of all facts
    Schemas(Schemas),
    /// Print what a shell completes
    Completions(Completions),
    /// Write a manual page for every command
    Man(Man),
    /// The law that figures come from: its parameters, worked examples, and computations step by step
    Rules(crate::run::rules::Rules),
}

impl Command {
    /// Texts that may be left to standard input, in the order in which they are read there.
    pub(crate) fn texts(&mut self) -> Vec<Slot<'_>> {
        let (worker, reveal) = match self {
            Command::Audit(args) => (args.about.worker.as_mut(), &mut args.reveal),
            Command::Owed(args) => (Some(&mut args.worker), &mut args.reveal),
            Command::Rules(args) => match args.of_worker() {
                Some(texts) => texts,
                None => return Vec::new(),
            },
            Command::Arrears(args) => (None, &mut args.reveal),
            Command::Warnings(args) => (None, &mut args.reveal),
            Command::Tax(args) => (None, &mut args.reveal),
            Command::Demo(_)
            | Command::Init(_)
            | Command::Import(_)
            | Command::Warning(_)
            | Command::Chains(_)
            | Command::Verify(_)
            | Command::Receipt(_)
            | Command::Clock(_)
            | Command::Rebuild(_)
            | Command::Serve(_)
            | Command::Copy(_)
            | Command::Backup(_)
            | Command::Restore(_)
            | Command::Bench(_)
            | Command::Schemas(_)
            | Command::Completions(_)
            | Command::Man(_) => return Vec::new(),
        };
        let worker = worker.map(|text| Slot { option: "--worker", text });
        let purpose = reveal.purpose.as_mut().map(|text| Slot { option: "--purpose", text });
        worker.into_iter().chain(purpose).collect()
    }
}

#[derive(Debug, Args)]
pub(crate) struct InLedger {
    /// Folder of the ledger, or a node's configuration file
    #[arg(long, value_name = "DIR|CONFIG")]
    pub(crate) ledger: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Folder to build it in; must be empty or not exist [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// Day to ask about
    #[arg(long, value_name = "DATE", value_parser = asked_day::parse, default_value = "2026-06-30")]
    pub(crate) as_of: Date,
    /// Then change one fen in the stored ledger and show what verification says
    #[arg(long)]
    pub(crate) tamper: bool,
    /// Serve no pages at the end
    #[arg(long)]
    pub(crate) no_serve: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Globally unique name of the ledger, as in wageledger.example.org/hangzhou [default: made of a random id]
    #[arg(long, value_name = "NAME")]
    pub(crate) origin: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Files, or folders of files
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Check everything, record nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Leave wrong rows out instead of refusing their file
    #[arg(long)]
    pub(crate) skip_bad_rows: bool,
    /// Put a marked copy of each file with faults here: bad cells red, with a note in each
    #[arg(long, value_name = "DIR")]
    pub(crate) error_workbook: Option<PathBuf>,
    /// Only warn of workbooks, CSV and text files whose names are none of ours, and of folders not looked into
    #[arg(long)]
    pub(crate) ignore_unknown: bool,
    #[command(flatten)]
    pub(crate) said: Says,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Reveal {
    /// Show personal data; each worker shown gets an entry that says who looked and why
    #[arg(long, requires = "purpose")]
    pub(crate) reveal: bool,
    /// Why it is shown; `-` reads it from standard input, after the worker where he is read from there, too
    #[arg(long, value_name = "TEXT", requires = "reveal")]
    pub(crate) purpose: Option<String>,
    /// Credit code of the organisation for which it is shown
    #[arg(long, value_name = "CODE", value_parser = given::credit_code, requires = "reveal")]
    pub(crate) on_behalf_of: Option<wages::CreditCode>,
}

/// For whom facts are recorded, beside the account that records them.
#[derive(Debug, Args)]
pub(crate) struct Says {
    /// Credit code of the organisation for which it is recorded
    #[arg(long, value_name = "CODE", value_parser = given::credit_code)]
    on_behalf_of: Option<wages::CreditCode>,
}

impl Says {
    /// Who says so.
    pub(crate) fn source(&self, channel: Channel) -> Result<Source, Failure> {
        Ok(Source::of(config::actor()?.as_str(), channel).on_behalf_of(self.on_behalf_of.as_ref()))
    }
}

#[derive(Debug, Args)]
pub(crate) struct Arrears {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// As of the end of this day
    #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
    pub(crate) as_of: Date,
    /// What a row is
    #[arg(long, value_enum, default_value_t = By::Project)]
    pub(crate) by: By,
    /// Not what is overdue, but what may be: lines whose due day is not known for want of a calendar
    #[arg(long)]
    pub(crate) undated: bool,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(crate) format: TableFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Warnings {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// As of the end of this day
    #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
    pub(crate) as_of: Date,
    /// Projects of this region, and its rules for what is not of one project: a code of six digits, or CN
    #[arg(long, value_name = "CODE", value_parser = given::region, default_value_t = rules::Region::CHINA)]
    pub(crate) region: rules::Region,
    /// Also what gives no warning, and what nobody can know
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(crate) format: TableFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum WarningCommand {
    /// Somebody has seen it
    Acknowledge(OfWarning),
    /// Somebody is to take care of it
    Assign {
        #[command(flatten)]
        of: OfWarning,
        /// Who is to act: account:ID, a credit code, or words, which are sealed
        #[arg(long, value_name = "WHO", value_parser = given::party)]
        to: wages::Party,
        /// Day by which it is to have acted
        #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
        until: Option<Date>,
    },
    /// An authority orders it to be put right within a time limit (责令限期改正)
    Order {
        #[command(flatten)]
        of: OfWarning,
        /// Who is ordered: a credit code, account:ID, or words, which are sealed
        #[arg(long, value_name = "WHO", value_parser = given::party)]
        to: wages::Party,
        /// Last day of the time limit
        #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
        until: Date,
    },
    /// Somebody says how it came about
    Explain(OfWarning),
    /// Somebody says that it is settled; the figures say whether it is
    Resolve(OfWarning),
}

/// Which warning, and why.
#[derive(Debug, Args)]
pub(crate) struct OfWarning {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// The rule, as in I13
    #[arg(long, value_name = "RULE", value_parser = given::rule)]
    pub(crate) rule: wages::Reference,
    #[command(flatten)]
    pub(crate) object: WarnedOf,
    /// The day for which the warning was seen
    #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
    pub(crate) as_of: Date,
    /// In your own words; it is sealed
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: String,
    #[command(flatten)]
    pub(crate) said: Says,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct WarnedOf {
    /// Code of the project
    #[arg(long, value_name = "CODE", value_parser = given::project)]
    pub(crate) project: Option<wages::ProjectCode>,
    /// Credit code of the employer
    #[arg(long, value_name = "CODE", value_parser = given::credit_code)]
    pub(crate) employer: Option<wages::CreditCode>,
}

#[derive(Debug, Args)]
pub(crate) struct Chains {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// The day on which deposits and the law count
    #[arg(long, value_name = "DATE", value_parser = asked_day::parse)]
    pub(crate) as_of: Date,
    /// Of this project alone
    #[arg(long, value_name = "CODE", value_parser = given::project)]
    pub(crate) project: Option<wages::ProjectCode>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(crate) format: TableFormat,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(crate) struct Audit {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    #[command(flatten)]
    pub(crate) about: About,
    #[command(flatten)]
    pub(crate) reveal: Reveal,
    /// How to print
    #[arg(long, value_enum, default_value_t = TableFormat::Table)]
    pub(crate) format: TableFormat,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct About {
    /// UUID of the worker, or his ID number; `-` reads it from standard input
    #[arg(long, value_name = "ID")]
    pub(crate) worker: Option<String>,
    /// Code of the project
    #[arg(long, value_name = "CODE")]
    pub(crate) project: Option<String>,
    /// Credit code of the employer
    #[arg(long, value_name = "CODE")]
    pub(crate) employer: Option<String>,
    /// Sequence of one entry
    #[arg(long, value_name = "SEQ")]
    pub(crate) entry: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// A head that somebody noted: the ledger must have this entry with this hash; may be given several times
    #[arg(long, value_name = "SEQ:HASH")]
    pub(crate) head: Vec<crate::run::verify::Head>,
    /// A file of receipts as JSON: the ledger must have each of their entries; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) receipt: Vec<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Receipt {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Sequence of the entry [default: the last]
    #[arg(long, value_name = "SEQ")]
    pub(crate) entry: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct Clock {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Record that the last entry's time is the wrong one, and that this machine's clock is right
    #[arg(long, requires = "reason")]
    go_on: bool,
    /// How you know which of the two is right
    #[arg(long, value_name = "TEXT", requires = "go_on")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) said: Says,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuild {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
}

#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// What is copied: a folder, or a configuration file
    #[arg(long, value_name = "DIR|CONFIG")]
    pub(crate) from: PathBuf,
    /// Where to: made if it is not there; a copy that broke off goes on
    #[arg(long, value_name = "DIR|CONFIG")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Backup {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Folder of the backup; must be empty or not exist
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// Folder of the backup
    #[arg(long, value_name = "DIR")]
    pub(crate) from: PathBuf,
    /// Folder that becomes the ledger's; must be empty or not exist
    #[arg(long, value_name = "DIR")]
    pub(crate) to: PathBuf,
    /// The epoch key, to look whether it opens the vault [default: WAGELEDGER_VAULT_KEY, when it is set]
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) ledger: InLedger,
    /// Address for commands, entries and, on loopback, pages; port 0 takes any that is free
    #[arg(long, value_name = "ADDR", value_parser = given::address, default_value = "127.0.0.1:8470")]
    pub(crate) listen: SocketAddr,
    /// Address for health and metrics
    #[arg(long, value_name = "ADDR", value_parser = given::address, default_value = "127.0.0.1:8471")]
    pub(crate) ops_listen: SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct Bench {
    /// What to measure
    #[arg(value_enum)]
    pub(crate) what: BenchOf,
    /// How many entries (append, verify, rebuild, kafka), lines (import) or workers (tax) [default: as the README says]
    #[arg(long, value_name = "N")]
    pub(crate) entries: Option<u64>,
    /// How many workers (city) [default: 450,000]
    #[arg(long, value_name = "N", conflicts_with = "entries")]
    pub(crate) workers: Option<u64>,
    /// How many of them on one site (city) [default: one in ninety]
    #[arg(long, value_name = "N")]
    pub(crate) large: Option<u64>,
    /// How long pages are asked for, in seconds (city) [default: 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: Option<u64>,
    /// Configuration that says where the brokers and the database are (kafka)
    #[arg(long, value_name = "CONFIG")]
    pub(crate) ledger: Option<PathBuf>,
    /// PostgreSQL database in which rebuild makes its read model, in a schema of its own [default: a SQLite file]
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Folder for the files, which are removed at the end; of city they stay, and are used again [default: a new
    /// temporary folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    pub(crate) format: TextOrJson,
}

#[derive(Debug, Args)]
pub(crate) struct Schemas {
    /// Folder to write them to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Of which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Folder to write them to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TextOrJson {
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TableFormat {
    Table,
    Csv,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum By {
    Project,
    Employer,
    /// The project's general contractor.
    Contractor,
    /// The project's owner.
    Owner,
    Crew,
    Worker,
    Region,
    Bucket,
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BenchOf {
    Append,
    Verify,
    Rebuild,
    Import,
    Kafka,
    Tax,
    City,
}

#[cfg(test)]
mod tests;
