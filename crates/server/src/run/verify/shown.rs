//! Heads and receipts that people hold, as they stand on the command line and in files.

use crate::failure::Failure;
use crate::node::wire::ReceiptOut;
use ledger::verify::Shown;
use serde_json::Value;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::str::FromStr;

/// Longest file of receipts, in bytes: half a million receipts.
const FILE_LEN_MAX: u64 = 128 << 20;
/// What a head looks like.
const HEAD: &str = "1301:7a8c9fb8… (the entry's number, a colon, its hash of 64 hexadecimal digits)";
/// What a receipt looks like.
const RECEIPT: &str = "{\"origin\": \"wageledger.example.org/hangzhou\", \"seq\": 1301, \"hash\": \"7a8c9fb8…\" (64 \
    hexadecimal digits), \"recorded_at\": \"2026-11-30T08:00:00.000001Z\"}, a list of such, the answer of POST /v1/commands, \
    or what `import --format json` prints";

/// `--head`: an entry that the ledger must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    seq: u64,
    hash: chain::Hash,
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Head, String> {
        let wrong = || format!("a head looks like {HEAD}");
        let (seq, hash) = text.trim().split_once(':').ok_or_else(wrong)?;
        let seq: u64 = seq.parse().map_err(|_| wrong())?;
        let hash = hash.parse().map_err(|_| wrong())?;
        if seq == 0 {
            Err(format!("entries are numbered from 1; {}", wrong()))
        } else {
            Ok(Head { seq, hash })
        }
    }
}

impl Head {
    pub(super) fn shown(self) -> Shown {
        let name = format!("the head {}:{}", self.seq, self.hash);
        Shown { name, seq: self.seq, hash: self.hash, recorded_at: None }
    }
}

/// The receipts in a file. Refusals in an answer of a node are no receipts and are passed over; a file without a
/// receipt, or with one of another ledger, is refused.
pub(super) fn receipts(path: &Path, origin: &str) -> Result<Vec<Shown>, Failure> {
    let name = path.display();
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(FILE_LEN_MAX + 1).read_to_end(&mut bytes));
    let read = read.map_err(|error| Failure::cannot(format!("reading {name}: {error}")))?;
    if u64::try_from(read).is_ok_and(|read| read > FILE_LEN_MAX) {
        let mib = FILE_LEN_MAX >> 20;
        return Err(Failure::Usage(format!("{name} is longer than {mib} MiB: show its receipts in parts")));
    }
    let value: Value = serde_json::from_slice(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes))
        .map_err(|error| {
            Failure::Usage(format!("{name} is not JSON ({error}); a receipt looks like {RECEIPT}"))
        })?;
    of(&value, origin).map_err(|wrong| Failure::Usage(format!("{name}: {wrong}"))).map(|shown| {
        let named =
            |(at, shown): (usize, Shown)| Shown { name: format!("receipt {} of {name}", at + 1), ..shown };
        shown.into_iter().enumerate().map(named).collect()
    })
}

fn of(value: &Value, origin: &str) -> Result<Vec<Shown>, String> {
    let given = match value {
        Value::Array(given) => given.as_slice(),
        Value::Object(fields) => match fields.get("receipts") {
            Some(Value::Array(given)) => given.as_slice(),
            Some(_) => return Err(format!("its receipts are no list; a receipt looks like {RECEIPT}")),
            None => std::slice::from_ref(value),
        },
        _ => return Err(format!("holds no receipt, which looks like {RECEIPT}")),
    };
    let mut out = Vec::with_capacity(given.len());
    for (at, one) in given.iter().enumerate() {
        if one.get("outcome").and_then(Value::as_str) == Some("rejected") {
            continue;
        }
        let place = at + 1;
        let receipt: ReceiptOut = serde_json::from_value(one.clone())
            .map_err(|error| format!("number {place} is no receipt ({error}); one looks like {RECEIPT}"))?;
        if receipt.origin != origin {
            let of = receipt.origin;
            return Err(format!(
                "receipt {place} is of the ledger {of}, and this is {origin}: show it there"
            ));
        }
        let wrong = |wrong: &str| format!("receipt {place}: {wrong}; one looks like {RECEIPT}");
        let hash = receipt.hash.parse().map_err(|_| wrong("its hash is not one"))?;
        if receipt.seq == 0 {
            return Err(wrong("entries are numbered from 1"));
        }
        let recorded_at = Some(receipt.recorded_at.as_microsecond());
        out.push(Shown { name: String::new(), seq: receipt.seq, hash, recorded_at });
    }
    if out.is_empty() { Err(format!("holds no receipt, which looks like {RECEIPT}")) } else { Ok(out) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HASH: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn receipt(seq: u64) -> Value {
        json!({ "origin": "o", "seq": seq, "hash": HASH, "recorded_at": "2026-11-30T08:00:00.000001Z" })
    }

    #[test]
    fn heads() {
        let head: Head = format!("12:{HASH}").parse().expect("a head");
        assert_eq!((head.seq, head.hash.to_string().as_str()), (12, HASH));
        let wrong = ["", "12", "12:", ":", "x:00", "12:0011", "-1:00"];
        let long = [format!("0:{HASH}"), format!("12:{HASH}0"), format!("12 {HASH}"), format!("1.5:{HASH}")];
        for wrong in wrong.into_iter().map(str::to_owned).chain(long) {
            let said = wrong.parse::<Head>().expect_err(&wrong);
            assert!(said.contains("1301:7a8c"), "{wrong}: {said}");
        }
    }

    #[test]
    fn receipts_in_every_shape_that_is_given_out() {
        let mut answer = receipt(7);
        answer["outcome"] = json!("recorded");
        let refused = json!({ "outcome": "rejected", "rejection": {}, "message": "no" });
        let shapes = [
            (receipt(7), vec![7]),
            (json!([receipt(7), receipt(9)]), vec![7, 9]),
            (json!([answer.clone(), refused]), vec![7]),
            (answer, vec![7]),
            (json!({ "recorded": {}, "receipts": [receipt(3)] }), vec![3]),
        ];
        for (shape, expected) in shapes {
            let shown = of(&shape, "o").unwrap_or_else(|wrong| panic!("{shape}: {wrong}"));
            assert_eq!(shown.iter().map(|shown| shown.seq).collect::<Vec<_>>(), expected, "{shape}");
            assert!(shown.iter().all(|shown| shown.recorded_at == Some(1_796_025_600_000_001)), "{shown:?}");
        }
    }

    #[test]
    fn what_is_no_receipt_is_refused_with_an_example() {
        let without = |field: &str| {
            let mut receipt = receipt(7);
            receipt.as_object_mut().expect("an object").remove(field);
            receipt
        };
        let with = |field: &str, value: Value| {
            let mut receipt = receipt(7);
            receipt[field] = value;
            receipt
        };
        let mut wrong = vec![
            json!(7),
            json!([]),
            json!({}),
            json!([1]),
            json!({ "receipts": 7 }),
            json!({ "receipts": [] }),
        ];
        wrong.extend(["origin", "seq", "hash", "recorded_at"].map(without));
        wrong.extend([
            with("seq", json!(0)),
            with("seq", json!("7")),
            with("hash", json!("00")),
            with("recorded_at", json!("x")),
        ]);
        wrong.push(json!([{ "outcome": "rejected" }]));
        for wrong in wrong {
            let said = of(&wrong, "o").expect_err(&wrong.to_string());
            assert!(said.contains("looks like {\"origin\""), "{wrong}: {said}");
        }
        let said = of(&receipt(7), "p").expect_err("another ledger's");
        assert!(said.contains("of the ledger o, and this is p"), "{said}");
    }
}
