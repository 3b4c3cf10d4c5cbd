//! `wageledger schemas`: one JSON Schema a fact and version. A released file never changes.

use crate::cli;
use crate::failure::Failure;
use wages::Event;

pub(crate) fn run(args: &cli::Schemas) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.out)?;
    let schemas = Event::schemas();
    for (type_name, version, schema) in &schemas {
        let path = args.out.join(format!("{type_name}.v{version}.json"));
        std::fs::write(&path, serde_json::to_string_pretty(schema)? + "\n")?;
    }
    println!("{} schemas in {}", schemas.len(), args.out.display());
    Ok(())
}
