//! Nodes: commands over HTTP, a ledger in Kafka and PostgreSQL, moving house, and what happens when a node goes.

mod api;
mod campaign;
mod house;
mod takeover;

use serde_json::{Value, json};

/// Registers organisation number `n`; the same number is the same command.
fn organisation(n: u64) -> Value {
    json!({
        "subject": format!("00000000-0000-4000-8000-{n:012x}"),
        "command_id": format!("00000000-0000-4000-9000-{n:012x}"),
        "source": { "actor": "tester" },
        "command": { "type": "RegisterOrganisation", "code": credit_code(n), "name": format!("测试公司{n}") },
    })
}

/// A credit code in the non-existent region 39, with its check character (GB 32100-2015).
fn credit_code(n: u64) -> String {
    const DIGITS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let body = format!("91390000{n:09}");
    let value = |c: u8| DIGITS.iter().position(|d| *d == c).expect("a digit of these codes");
    let sum: usize = body.bytes().zip(WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    let check = DIGITS[(31 - sum % 31) % 31];
    format!("{body}{}", char::from(check))
}
