//! `wageledger demo`: an invented site's files in, its arrears and a verification out.

use crate::cli::{self, TableFormat};
use crate::config;
use crate::demo;
use crate::failure::Failure;
use crate::follow;
use crate::home::Home;
use crate::import::{Ids, Importer, Options, files_in};
use crate::node;
use crate::print;
use crate::run::{arrears, verify};
use readmodel::{By, ReadModel};
use std::cell::RefCell;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use wages::{Channel, Source};

pub(crate) async fn run(args: cli::Demo) -> Result<(), Failure> {
    // Without one nothing could be recorded, and the folder would be left half made.
    config::actor()?;
    let dir = match args.dir {
        Some(dir) => dir,
        None => {
            config::temporary_folder().join(format!("wageledger-demo-{}", vault::entropy::uuid().simple()))
        }
    };
    let files = write_files(&dir)?;
    let home = Home::new(dir.join("ledger"));
    take_in(&home, &files).await?;
    show(&home, args.as_of).await?;
    let report = verify::report(&home).await?;
    print::out(&verify::text(&report))?;
    if !report.ok() {
        return Err(Failure::DataSayNo);
    }
    let path = home.dir().display();
    let serves = !args.tamper && !args.no_serve;
    if args.tamper {
        let (seq, before, after) = tamper(&home)?;
        print::out(&format!(
            "\nNow one fen is changed in the stored ledger: entry {seq} says {after} where it said {before}.\n\n"
        ))?;
        let report = verify::report(&home).await?;
        print::out(&verify::text(&report))?;
        if report.ok() {
            return Err(Failure::cannot("the change was not found"));
        }
    } else {
        print::out(&format!("\nThe files are in {}; ask more with --ledger {path}\n", files.display()))?;
    }
    if serves { pages(&home, args.as_of).await } else { Ok(()) }
}

/// Serves the pages until it is told to stop.
async fn pages(home: &Home, as_of: jiff::civil::Date) -> Result<(), Failure> {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    let ledger = cli::InLedger { ledger: home.dir().to_owned() };
    print::out("It is served until you press Ctrl-C; pages are in English with &lang=en:\n")?;
    let args = cli::Serve { ledger, listen: any, ops_listen: any };
    node::serve(home, &args, &format!("/?as_of={as_of}")).await
}

fn write_files(dir: &Path) -> Result<PathBuf, Failure> {
    if dir.exists() && std::fs::read_dir(dir)?.next().is_some() {
        return Err(Failure::cannot(format!(
            "{} is not empty: the demo builds in a folder of its own",
            dir.display()
        )));
    }
    let folder = dir.join("files");
    std::fs::create_dir_all(&folder)?;
    for file in demo::site()? {
        std::fs::write(folder.join(&file.name), &file.bytes)?;
    }
    Ok(folder)
}

async fn take_in(home: &Home, folder: &Path) -> Result<(), Failure> {
    let writing = home.create("demo.wageledger.invalid").await?;
    let files = files_in(&[folder.to_owned()])?.files;
    let importer = Importer {
        home,
        ledger: &writing.ledger,
        ids: Ids::new(writing.ledger.reader().vault().clone()),
        said: &Source::of("demo", Channel::File),
        options: Options::default(),
        workbooks: RefCell::default(),
    };
    let number = files.len();
    let report = importer.import(files, &|_, _| {}).await?;
    writing.ledger.close().await;
    for finding in &report.errors {
        print::out(&format!("error: {}\n", finding.line()))?;
    }
    let rows: u64 = report.recorded.values().sum();
    print::out(&format!("{number} files of an invented building site taken in: {rows} rows recorded\n\n"))?;
    if report.errors.is_empty() { Ok(()) } else { Err(Failure::DataSayNo) }
}

async fn show(home: &Home, as_of: jiff::civil::Date) -> Result<(), Failure> {
    let reader = home.read().await?;
    let model: ReadModel = follow::up_to_date(home, &reader).await?;
    for by in [By::Project, By::Bucket] {
        let arrears = model.arrears(as_of, by).await?;
        // Projects and buckets have no personal data: no keys.
        arrears::print_arrears(&arrears, &vault::Keys::default(), TableFormat::Table)?;
        print::out("\n")?;
    }
    model.close().await;
    Ok(())
}

/// Makes the first wage line that is stored say one fen more of net pay, as somebody with the disk in his
/// hands could. Its sequence, and both amounts.
fn tamper(home: &Home) -> Result<(i64, String, String), Failure> {
    let database = rusqlite::Connection::open(home.path("ledger.sqlite"))?;
    let mut query = database.prepare("SELECT seq, body FROM entry ORDER BY seq")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (seq, body): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let text = String::from_utf8_lossy(&body).into_owned();
        let wage_line = text.starts_with("{\"type\":\"wages.accrued\"");
        let Some((head, rest)) = text.split_once("\"net\":\"").filter(|_| wage_line) else { continue };
        let Some((before, tail)) = rest.split_once('"') else { continue };
        let fen = before.parse::<rules::Money>()?.fen().saturating_add(1);
        let after = rules::Money::from_fen(fen).to_string();
        let body = format!("{head}\"net\":\"{after}\"{tail}");
        database.execute("UPDATE entry SET body = ?1 WHERE seq = ?2", (body.as_bytes(), seq))?;
        return Ok((seq, before.to_owned(), after));
    }
    Err(Failure::cannot("the demo's ledger has no wage line to change"))
}
