//! What a node answers over HTTP, as an OpenAPI 3.1 document: its schemas are those of the types that are read and
//! written.

use super::wire::{Answer, Asked, COMMAND_BYTES_MAX, COMMANDS_MAX, Problem, REQUEST_BYTES_MAX};
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// The document.
pub(crate) fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12();
    settings.definitions_path = "/components/schemas".into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let asked = generator.subschema_for::<Asked>().to_value();
    let answer = generator.subschema_for::<Answer>().to_value();
    let problem = generator.subschema_for::<Problem>().to_value();
    let mut schemas = generator.take_definitions(true);
    as_asked(&mut schemas);
    let message = |description: &str, schema: &Value| json!({ "description": description, "content": { "application/json": { "schema": schema } } });
    let refused = |description: &str| message(description, &problem);
    let later = |description: &str| {
        let mut later = refused(description);
        later["headers"] =
            json!({ "Retry-After": { "schema": { "type": "integer" }, "description": "seconds" } });
        later
    };
    let text = |description: &str| json!({ "description": description, "content": { "text/plain": { "schema": { "type": "string" } } } });
    let list = json!({ "type": "array", "items": asked, "maxItems": COMMANDS_MAX });
    let answers = json!({ "type": "array", "items": answer });
    let unauthorized = refused("the ledger's token is wanted");
    let foreign = refused("it asks for another host, or another site's page sent it");
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "wageledger node",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Commands in, receipts out. A command's id makes it safe to send again: it is recorded once.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "token": [] }],
        "paths": {
            "/v1/commands": { "post": {
                "operationId": "submitCommands",
                "summary": "One command, or a list of them; a list is answered by a list, in its order",
                "requestBody": {
                    "required": true,
                    "description": format!(
                        "at most {COMMANDS_MAX} commands, {} KiB each, {} MiB in all",
                        COMMAND_BYTES_MAX >> 10,
                        REQUEST_BYTES_MAX >> 20
                    ),
                    "content": { "application/json": { "schema": { "oneOf": [asked, list] } } },
                },
                "responses": {
                    "200": message(
                        "a list's outcomes; or one command that was recorded before, with its original receipt",
                        &json!({ "oneOf": [answer, answers] }),
                    ),
                    "201": message("one command, recorded now", &answer),
                    "422": message("one command, refused by the rules", &answer),
                    "400": refused("the body is not understood; nothing is recorded"),
                    "401": unauthorized,
                    "403": foreign,
                    "408": refused("the body did not come in time; nothing is recorded"),
                    "413": refused("too many commands or bytes; nothing is recorded"),
                    "415": refused("the body is not said to be JSON"),
                    "429": later("the queue is full: send the same commands with the same ids again"),
                    "502": refused("the node that leads takes no commands from this one; nothing is recorded"),
                    "503": later("the outcome is not known, or nobody leads: send the same again"),
                },
            } },
            "/v1/entries/{seq}": { "get": {
                "operationId": "getEntry",
                "summary": "An entry as recorded: what is hashed, in hexadecimal, and the body as it stands",
                "parameters": [{
                    "name": "seq", "in": "path", "required": true,
                    "schema": { "type": "integer", "minimum": 1 },
                }],
                "responses": {
                    "200": message("the entry", &entry()),
                    "400": refused("the place is no number"),
                    "401": unauthorized,
                    "403": foreign,
                    "404": refused("there is no such entry"),
                    "500": refused("the entry is there and cannot be read"),
                },
            } },
            "/livez": { "get": ops("live", "Alive; on the address for operators", json!({ "200": text("alive") })) },
            "/readyz": { "get": ops("ready", "Ready to answer; on the address for operators", json!({
                "200": text("ready"),
                "503": text("not ready, and why"),
            })) },
            "/metrics": { "get": ops("metrics", "Measures for Prometheus; on the address for operators", json!({
                "200": text("text format 0.0.4"),
            })) },
        },
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": {
                "type": "http", "scheme": "bearer",
                "description": "the ledger's token: the file node.token in its folder, made by init, or what the configuration says",
            } },
        },
    })
}

fn ops(id: &str, summary: &str, responses: Value) -> Value {
    json!({ "operationId": id, "summary": summary, "security": [{}], "responses": responses })
}

/// In a command personal data is plain, and an earlier fact may be named by its command. (The schemas of facts say how
/// both are recorded.)
fn as_asked(schemas: &mut Map<String, Value>) {
    schemas.insert(
        "Private".to_owned(),
        json!({ "type": "string", "description": "personal data, plain; it is sealed when it is recorded" }),
    );
    schemas.insert(
        "Refers".to_owned(),
        json!({
            "description": "an earlier fact of the same subject: the sequence of its entry, or the id of its command",
            "oneOf": [{ "type": "integer", "minimum": 1 }, { "type": "string", "format": "uuid" }],
        }),
    );
    schemas.remove("SealedField");
}

fn entry() -> Value {
    let hexadecimal =
        |bytes: usize| json!({ "type": "string", "pattern": format!("^[0-9a-f]{{{}}}$", bytes * 2) });
    json!({
        "type": "object",
        "required": ["seq", "hash", "header", "salt", "body"],
        "properties": {
            "seq": { "type": "integer", "minimum": 1 },
            "hash": hexadecimal(32),
            "header": hexadecimal(chain::HEADER_LEN),
            "salt": hexadecimal(16),
            "body": { "description": "as hashed; its form is the schema of its type and version" },
        },
    })
}
