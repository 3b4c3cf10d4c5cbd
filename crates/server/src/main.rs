//! The binary `wageledger`: command line, configuration, clock, and the wiring of everything else.

mod aside;
mod asked_day;
mod chapter;
mod cli;
mod clock;
mod config;
mod demo;
mod desk;
mod failure;
mod follow;
mod gauge;
mod given;
mod home;
mod http;
mod import;
mod input;
mod keys;
mod node;
mod print;
mod process;
mod reach;
mod reveal;
mod run;
mod settings;
mod words;
mod writing;

use clap::Parser;
use std::io::IsTerminal;
use std::num::NonZero;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Facts and rows are many short texts, made on one thread and dropped on another: with the system's allocator a
/// third of a rebuild's time went there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Twice as many threads answer as there are cores, so many at least: some pages take ten milliseconds of processor, and
/// whatever is queued behind one would wait for it, not only share the processor with it.
const WORKERS_MIN: usize = 4;

fn main() -> ExitCode {
    // Usage errors end with 2, help and version with 0: clap's own codes are ours.
    let cli = cli::Cli::parse();
    let hardened = process::harden();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(config::log_filter()))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && config::may_colour())
        .init();
    let umask = match hardened {
        Ok(umask) => umask,
        Err(failure) => {
            eprintln!("wageledger: {failure}");
            return ExitCode::from(failure.exit_code());
        }
    };
    let workers = WORKERS_MIN.max(2 * std::thread::available_parallelism().map_or(1, NonZero::get));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(workers).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("wageledger: starting: {error}");
            return ExitCode::from(3);
        }
    };
    let result = runtime.block_on(run::run(cli.command, umask));
    // What was to be durable is; nothing else is worth waiting for.
    runtime.shutdown_background();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let message = failure.to_string();
            if !message.is_empty() {
                eprintln!("wageledger: {message}");
            }
            ExitCode::from(failure.exit_code())
        }
    }
}
