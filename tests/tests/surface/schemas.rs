//! The language of the ledger: schemas as published, golden bodies that decode for ever.

use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tests::{Book, data, run, shared_site, wageledger};
use wages::{Event, EventType};

fn published() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas")
}

/// Files of a folder by name; JSON only.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for file in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())).flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        if name.ends_with(".json") && file.path().is_file() {
            files.insert(name, fs::read(file.path()).expect("a file"));
        }
    }
    files
}

#[test]
fn published_schemas_are_those_of_the_program() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = wageledger();
    command.args(["schemas", "--out"]).arg(folder.path());
    run(command).exits(0);
    let (made, kept) = (files(folder.path()), files(&published()));
    assert_eq!(made.len(), Event::TYPES.len() + 1);
    for (name, schema) in &made {
        let kept =
            kept.get(name).unwrap_or_else(|| panic!("schemas/{name} is missing: `wageledger schemas`"));
        assert!(kept == schema, "schemas/{name} is stale, or the form of a released fact was changed");
    }
    let other: Vec<_> = kept.keys().filter(|name| !made.contains_key(*name)).collect();
    assert!(other.is_empty(), "files that no type stands behind: {other:?}");
}

/// What the document says of commands is what a node reads: plain personal data, earlier facts by entry or command.
#[test]
fn commands_as_the_http_document_says() {
    let document: Value =
        serde_json::from_slice(&fs::read(published().join("openapi.json")).expect("a file")).expect("JSON");
    let mut schema = document["paths"]["/v1/commands"]["post"]["requestBody"]["content"]["application/json"]
        ["schema"]
        .clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let command = |command: Value| {
        serde_json::json!({
            "subject": "00000000-0000-0000-0000-000000000001",
            "command_id": "00000000-0000-0000-0000-000000000002",
            "source": { "actor": "clerk" },
            "command": command,
        })
    };
    let left = |reason: Value| {
        command(serde_json::json!({
            "type": "EndContract", "contract": "00000000-0000-0000-0000-000000000003",
            "ended_on": "2026-04-30", "how": "employer_fault", "ground": 38, "reason": reason,
        }))
    };
    assert!(validator.is_valid(&left("拖欠工资".into())));
    assert!(validator.is_valid(&serde_json::json!([left(Value::Null), left("x".into())])));
    assert!(!validator.is_valid(&left(serde_json::json!({ "c": "0", "x": "0" }))), "sealed is not asked");
    assert!(!validator.is_valid(&command(serde_json::json!({ "type": "EndEverything" }))));
    let mut unknown = left(Value::Null);
    unknown["comand_id"] = "x".into();
    assert!(!validator.is_valid(&unknown));
    // As many kinds of commands as there are kinds of facts.
    let kinds = document["components"]["schemas"]["Command"]["oneOf"].as_array().expect("kinds").len();
    assert_eq!(kinds, Event::TYPES.len());
}

fn validators() -> BTreeMap<&'static str, jsonschema::Validator> {
    let compile = |(EventType { name, .. }, schema): (EventType, Value)| {
        let validator =
            jsonschema::draft202012::new(&schema).unwrap_or_else(|e| panic!("schema of {name}: {e}"));
        (name, validator)
    };
    Event::schemas().into_iter().map(compile).collect()
}

#[track_caller]
fn check_body(validators: &BTreeMap<&str, jsonschema::Validator>, name: &str, body: &[u8]) {
    let (event, source) =
        Event::from_body(body).unwrap_or_else(|e| panic!("{name}: {e}: {:?}", e.source_text()));
    assert_eq!(
        event.to_body(&source).expect("writes"),
        body,
        "{name}: written again it is the same, byte by byte"
    );
    let value: Value = serde_json::from_slice(body).expect("JSON");
    let errors: Vec<String> = validators[event.type_name()]
        .iter_errors(&value)
        .map(|e| format!("{}: {e}", e.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{name} against its schema: {errors:?}");
}

/// Causes of an error, for a message.
trait SourceText {
    fn source_text(&self) -> Option<String>;
}

impl<E: std::error::Error> SourceText for E {
    fn source_text(&self) -> Option<String> {
        self.source().map(ToString::to_string)
    }
}

/// Every type has a body as version 1 of it was written, and it is read and written for ever. Missing ones are
/// written by `write_missing_examples`; those that are there are never written again.
#[test]
fn golden_bodies_decode_for_ever() {
    let examples = files(&published().join("examples"));
    let validators = validators();
    for EventType { name, version, .. } in Event::TYPES {
        let file = format!("{name}.v{version}.json");
        let body = examples.get(&file).unwrap_or_else(|| panic!("schemas/examples/{file} is missing"));
        check_body(&validators, &file, body);
        let (event, _) = Event::from_body(body).expect("decodes");
        assert_eq!((event.type_name(), event.version()), (*name, *version), "{file}");
    }
}

/// A schema that says yes to everything would prove nothing: with any field taken out, wherever it stands, it
/// says what the program says.
#[test]
fn schemas_and_program_refuse_the_same() {
    let validators = validators();
    let (mut refused, mut apart) = (0, Vec::new());
    for (name, body) in files(&published().join("examples")) {
        let value: Value = serde_json::from_slice(&body).expect("JSON");
        let validator = &validators[value["type"].as_str().expect("a type")];
        for field in fields(&value) {
            let mut less = value.clone();
            let (of, last) = field.rsplit_once('/').expect("a pointer");
            let object = less.pointer_mut(of).and_then(Value::as_object_mut).expect("an object");
            object.remove(last);
            let decodes = Event::from_body(less.to_string().as_bytes()).is_ok();
            if validator.is_valid(&less) != decodes {
                apart.push(format!(
                    "{name} without {field}: the program {}",
                    if decodes { "reads it" } else { "refuses it" }
                ));
            }
            refused += usize::from(!decodes);
        }
        // Closed: a field more, wherever it stands, is another version.
        for object in objects(&value) {
            let mut more = value.clone();
            let fields = more.pointer_mut(&object).and_then(Value::as_object_mut).expect("an object");
            fields.insert("zz".to_owned(), Value::Null);
            assert!(!validator.is_valid(&more), "{name} with a field more in {object:?}");
            let read = Event::from_body(more.to_string().as_bytes());
            assert!(read.is_err(), "{name} with a field more in {object:?}");
        }
        for (field, other) in [("v", Value::from(2)), ("type", "no.such".into()), ("source", Value::Null)] {
            let mut wrong = value.clone();
            wrong[field] = other;
            assert!(!validator.is_valid(&wrong), "{name} with another {field}");
            assert!(Event::from_body(wrong.to_string().as_bytes()).is_err(), "{name} with another {field}");
        }
    }
    assert!(apart.is_empty(), "schema and program differ:\n{}", apart.join("\n"));
    assert!(refused > 200, "{refused} fields are needed");
}

/// Pointers to all objects in a body.
fn objects(value: &Value) -> Vec<String> {
    let inner = fields(value).into_iter().filter(|at| value.pointer(at).is_some_and(Value::is_object));
    let listed = fields(value).into_iter().filter_map(|at| {
        let items = value.pointer(&at)?.as_array()?;
        items.first()?.is_object().then(|| format!("{at}/0"))
    });
    std::iter::once(String::new()).chain(inner).chain(listed).collect()
}

/// Every type's schema says its number.
#[test]
fn schemas_say_the_number() {
    for (of, schema) in Event::schemas() {
        assert_eq!(schema["x-event-number"], of.number, "{}", of.name);
        assert_eq!(schema["additionalProperties"], false, "{}", of.name);
    }
}

/// Pointers to all fields of all objects in a body.
fn fields(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = vec![(String::new(), value)];
    while let Some((at, value)) = next.pop() {
        let parts: Vec<(String, &Value)> = match value {
            Value::Object(object) => {
                object.iter().map(|(name, value)| (format!("{at}/{name}"), value)).collect()
            }
            Value::Array(items) => {
                (0..).zip(items).map(|(n, value): (usize, _)| (format!("{at}/{n}"), value)).collect()
            }
            _ => Vec::new(),
        };
        if value.is_object() {
            found.extend(parts.iter().map(|(at, _)| at.clone()));
        }
        next.extend(parts);
    }
    found
}

#[test]
fn real_bodies_fit_their_schemas() {
    let validators = validators();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for entry in shared_site().0.entries() {
        let name = entry.type_name();
        let count = seen.entry(name.clone()).or_default();
        *count += 1;
        // The first few of each type, then a sample.
        if *count <= 20 || entry.seq % 17 == 0 {
            check_body(&validators, &format!("entry {} {name}", entry.seq), &entry.body);
        }
    }
    assert!(seen.len() >= 15, "{seen:?}");
}

/// Writes the first real body of each type that has no example yet; never touches one that is there.
#[test]
#[ignore = "a tool: run by hand after a new type of fact was made"]
fn write_missing_examples() {
    let folder = published().join("examples");
    fs::create_dir_all(&folder).expect("a folder");
    let book = Book::new();
    for step in 1..=12 {
        book.import(&[data("updates").join(format!("{step:02}"))]);
    }
    book.import(&[data("site/projects.csv"), data("site/account-3301102601010101-202601.csv")]).exits(0);
    book.import(&[data("more")]).exits(0);
    book.arrears("2026-07-31", "line", &["--reveal", "--purpose", "example"]);
    let entries = book.entries();
    for EventType { name, version, .. } in Event::TYPES {
        let path = folder.join(format!("{name}.v{version}.json"));
        if path.exists() {
            continue;
        }
        match entries.iter().find(|entry| entry.type_name() == *name) {
            Some(entry) => fs::write(path, &entry.body).expect("written"),
            None => println!("{} has to be written by hand", path.display()),
        }
    }
}
