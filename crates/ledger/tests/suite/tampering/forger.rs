//! The hand of somebody who has the journal's file.

use chain::{Head, Header, body_digest, entry_hash};
use rusqlite::Connection;
use std::collections::HashMap;
use std::path::Path;

/// Where the salt begins in a row's bytes.
pub(crate) const HEADER: usize = chain::HEADER_LEN;

/// A row of the journal's file.
#[derive(Clone)]
pub(crate) struct Row {
    pub(crate) position: i64,
    pub(crate) header: Vec<u8>,
    pub(crate) salt: Vec<u8>,
    pub(crate) body: Vec<u8>,
}

impl Row {
    /// Changes bits of one byte of header ‖ salt ‖ body.
    pub(crate) fn flip(&mut self, at: usize, bits: u8) {
        let byte = match (at.checked_sub(HEADER), at.checked_sub(HEADER + self.salt.len())) {
            (None, _) => &mut self.header[at],
            (Some(at), None) => &mut self.salt[at],
            (_, Some(at)) => &mut self.body[at],
        };
        *byte ^= bits;
    }

    fn decoded(&self) -> Header {
        Header::decode(&self.header).expect("a header")
    }
}

pub(crate) fn read(path: &Path) -> Vec<Row> {
    let conn = Connection::open(path).expect("the file");
    let mut statement = conn.prepare("SELECT seq, header, salt, body FROM entry ORDER BY seq").expect("rows");
    let rows = statement.query_map([], |row| {
        Ok(Row { position: row.get(0)?, header: row.get(1)?, salt: row.get(2)?, body: row.get(3)? })
    });
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

pub(crate) fn write(path: &Path, rows: &[Row]) {
    let mut conn = Connection::open(path).expect("the file");
    conn.pragma_update(None, "synchronous", "OFF").expect("a setting");
    let edit = conn.transaction().expect("a transaction");
    edit.execute("DELETE FROM entry", []).expect("deleted");
    for Row { position, header, salt, body } in rows {
        edit.execute("INSERT INTO entry VALUES (?, ?, ?, ?)", (position, header, salt, body)).expect("a row");
    }
    edit.commit().expect("committed");
}

/// Rows on their way to be something else. Entries are named by their place in `rows`, from 0.
pub(crate) struct Forger {
    pub(crate) rows: Vec<Row>,
    pub(crate) origin: &'static str,
}

impl Forger {
    /// Two rows change places.
    pub(crate) fn swap(&mut self, a: usize, b: usize) {
        self.rows.swap(a, b);
        let (first, second) = (self.rows[a].position, self.rows[b].position);
        (self.rows[a].position, self.rows[b].position) = (second, first);
    }

    /// Row `from` stands also in the place of row `over`.
    pub(crate) fn double(&mut self, from: usize, over: usize) {
        self.rows[over] = Row { position: self.rows[over].position, ..self.rows[from].clone() };
    }

    /// Row `from` stands also at the end.
    pub(crate) fn append_copy(&mut self, from: usize) {
        let position = self.rows.len() as i64 + 1;
        self.rows.push(Row { position, ..self.rows[from].clone() });
    }

    /// A row like `from`, but for its body and its command, stands at the end.
    pub(crate) fn add(&mut self, from: usize, body: fn(&str) -> String) {
        self.append_copy(from);
        let last = self.rows.len() - 1;
        self.edit(last, body);
        self.header(last, |header| header.command_id = [0xAD; 16]);
    }

    /// Changes a body.
    pub(crate) fn edit(&mut self, at: usize, body: impl Fn(&str) -> String) {
        let before = String::from_utf8(self.rows[at].body.clone()).expect("text");
        let after = body(&before);
        assert_ne!(before, after, "an edit that changes something");
        self.rows[at].body = after.into_bytes();
    }

    /// Changes a header.
    pub(crate) fn header(&mut self, at: usize, change: impl Fn(&mut Header)) {
        let mut header = self.rows[at].decoded();
        change(&mut header);
        self.rows[at].header = header.encode().to_vec();
    }

    /// Writes personal data plain.
    pub(crate) fn plain(&mut self, at: usize, field: &str, value: &str) {
        let mut body = self.json(at);
        body[field] = value.into();
        self.rows[at].body = body.to_string().into_bytes();
    }

    /// Exchanges two values, each named by row and path.
    pub(crate) fn exchange(&mut self, a: (usize, &str), b: (usize, &str)) {
        let pointer = |field: &str| format!("/{}", field.replace('.', "/"));
        let value = |at: usize, field| self.json(at).pointer(&pointer(field)).expect(field).clone();
        let values = [value(a.0, a.1), value(b.0, b.1)];
        assert!(!values[0].is_null() && values[0] != values[1]);
        for ((at, field), value) in [a, b].into_iter().zip(values.into_iter().rev()) {
            let mut body = self.json(at);
            *body.pointer_mut(&pointer(field)).expect(field) = value;
            self.rows[at].body = body.to_string().into_bytes();
        }
    }

    fn json(&self, at: usize) -> serde_json::Value {
        serde_json::from_slice(&self.rows[at].body).expect("JSON")
    }

    /// Puts a fact of a worker on the ledger's own stream, everything else made to fit.
    pub(crate) fn onto_ledgers_stream(&mut self, at: usize) {
        let ledger = self.rows[0].decoded().subject;
        self.header(at, |header| (header.subject, header.kind) = (ledger, chain::Kind::Ledger));
        self.remake();
    }

    /// Makes positions, numbering, digests and chain anew, as whoever wrote it all himself would.
    pub(crate) fn remake(&mut self) {
        let mut tails: HashMap<[u8; 16], (u64, u64)> = HashMap::new();
        for at in 0..self.rows.len() {
            let seq = at as u64 + 1;
            self.rows[at].position = seq as i64;
            let tail = tails.entry(self.rows[at].decoded().subject).or_default();
            let (entries, last) = std::mem::replace(tail, (tail.0 + 1, seq));
            self.header(at, |header| {
                (header.seq, header.subject_seq, header.subject_prev) = (seq, entries + 1, last);
            });
        }
        self.rechain();
    }

    /// Makes digests, times and chain anew.
    pub(crate) fn rechain(&mut self) {
        let mut head = Head::genesis(self.origin);
        for row in &mut self.rows {
            let mut header = row.decoded();
            let salt: [u8; 16] = row.salt.as_slice().try_into().expect("a salt");
            header.prev = head.hash;
            header.body_digest = body_digest(&salt, &row.body);
            header.recorded_at = header.recorded_at.max(head.recorded_at + 1);
            let bytes = header.encode();
            row.header = bytes.to_vec();
            head = Head { seq: header.seq, hash: entry_hash(&bytes), recorded_at: header.recorded_at };
        }
    }
}
