//! `wageledger completions` and `wageledger man`: made from the definition of the command line, so that they say what it
//! takes.

use crate::cli::{self, Cli};
use crate::failure::Failure;
use crate::print;
use clap::CommandFactory;

/// Writes a shell's completions to standard output.
pub(super) fn completions(args: &cli::Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "wageledger", &mut script);
    print::out(&String::from_utf8_lossy(&script))
}

/// Writes a manual page for every command.
pub(super) fn man(args: &cli::Man) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.out)?;
    clap_mangen::generate_to(Cli::command(), &args.out)?;
    print::out(&format!(
        "manual pages in {}; as in man -l {}\n",
        args.out.display(),
        args.out.join("wageledger.1").display()
    ))
}
