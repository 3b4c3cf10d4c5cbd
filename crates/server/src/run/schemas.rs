//! `wageledger schemas`: one JSON Schema a fact and version, and what a node answers over HTTP. A released fact's file
//! never changes.

use crate::cli;
use crate::failure::Failure;
use crate::node::openapi;
use serde_json::Value;
use std::path::Path;
use wages::{Event, EventType};

pub(crate) fn run(args: &cli::Schemas) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.out)?;
    let schemas = Event::schemas();
    for (EventType { name, version, .. }, schema) in &schemas {
        write(&args.out.join(format!("{name}.v{version}.json")), schema)?;
    }
    write(&args.out.join("openapi.json"), &openapi::document())?;
    println!("{} schemas and openapi.json in {}", schemas.len(), args.out.display());
    Ok(())
}

fn write(path: &Path, document: &Value) -> Result<(), Failure> {
    Ok(std::fs::write(path, serde_json::to_string_pretty(document)? + "\n")?)
}
