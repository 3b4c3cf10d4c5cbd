//! Many stored records in one buffer.

use chain::Record;

/// How much one read may bring.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReadLimit {
    /// At most so many records.
    pub entries: usize,
    /// At most so many bytes of header, salt and body together.
    pub bytes: usize,
}

impl ReadLimit {
    /// For reading on and on: large enough to be quick, small enough to stay in the processor's cache.
    pub const BULK: ReadLimit = ReadLimit { entries: 4096, bytes: 4 << 20 };
    /// A single record.
    pub const ONE: ReadLimit = ReadLimit { entries: 1, bytes: 0 };
}

/// Stored records in store order, in one contiguous buffer: reading a million costs no million allocations.
#[derive(Clone, Default, Debug)]
pub struct Records {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

/// Where one record lies in the buffer: header, salt, body, one after the other.
#[derive(Clone, Copy, Debug)]
struct Span {
    position: u64,
    start: usize,
    salt: usize,
    body: usize,
    end: usize,
}

impl Records {
    /// An empty list with room for so much.
    pub fn with_capacity(entries: usize, bytes: usize) -> Records {
        Records { bytes: Vec::with_capacity(bytes), spans: Vec::with_capacity(entries) }
    }

    /// Adds a copy of a record. For back-ends; whoever has no body at all adds the record without its header,
    /// so that it is void for every reader.
    #[inline]
    pub fn push(&mut self, position: u64, record: &Record<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(record.header);
        let salt = self.bytes.len();
        self.bytes.extend_from_slice(record.salt);
        let body = self.bytes.len();
        self.bytes.extend_from_slice(record.body);
        self.spans.push(Span { position, start, salt, body, end: self.bytes.len() });
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// Bytes of all headers, salts and bodies together.
    pub fn stored_len(&self) -> usize {
        self.bytes.len()
    }

    /// The `i`th record, from 0, with its position in the store.
    #[inline]
    pub fn get(&self, i: usize) -> Option<(u64, Record<'_>)> {
        self.spans.get(i).map(|span| self.at(span))
    }

    /// All records with their positions in the store, in store order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (u64, Record<'_>)> + Clone {
        self.spans.iter().map(|span| self.at(span))
    }

    /// Where to read on: the position after the last record's; `None` when there are none.
    pub fn next_position(&self) -> Option<u64> {
        self.spans.last().map(|span| span.position.saturating_add(1))
    }

    #[inline]
    fn at(&self, span: &Span) -> (u64, Record<'_>) {
        let record = Record {
            header: &self.bytes[span.start..span.salt],
            salt: &self.bytes[span.salt..span.body],
            body: &self.bytes[span.body..span.end],
        };
        (span.position, record)
    }
}

impl ReadLimit {
    /// Whether a record of `len` bytes still fits beside `records`; the first always does.
    #[inline]
    pub(crate) fn admits(&self, records: &Records, len: usize) -> bool {
        records.is_empty()
            || (records.len() < self.entries && records.stored_len().saturating_add(len) <= self.bytes)
    }
}
