//! Opening: the topic's settings, the copy against the topic, and only then the threads that append.

use super::client::{Ends, Producer};
use super::engine::{Engine, answer, read_to_end};
use super::error::{OpenError, TopicFault, Unread};
use super::reader::Reader;
use super::settings::KafkaSettings;
use super::state::{Counts, Place, Shared};
use super::{KafkaJournal, copier, topic};
use crate::sqlite::Note;
use crate::{Journal, ReadError, ReadLimit, SqliteJournal};
use chain::{Head, Header, entry_hash};
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// For how long reading may stand still at open.
const STILL: Duration = Duration::from_secs(30);

/// Looks at a topic's settings.
pub(super) type Check = fn(&KafkaSettings) -> Result<(), OpenError>;

/// What tests set otherwise.
#[derive(Clone, Copy)]
pub(super) struct Options {
    pub(super) check: Check,
    /// Between two looks at the topic's settings.
    pub(super) check_every: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options { check: topic::check, check_every: Duration::from_secs(60) }
    }
}

const BEGINNING: Place = Place { next: 0, last: 0, counts: Counts { repeats: 0, strangers: 0 } };

pub(super) fn open(
    settings: &KafkaSettings,
    origin: &str,
    copy: SqliteJournal,
    options: &Options,
) -> Result<KafkaJournal, OpenError> {
    settings.check()?;
    if copy.origin() != origin {
        return Err(OpenError::Origin { found: copy.origin().to_owned(), expected: origin.to_owned() });
    }
    (options.check)(settings)?;
    let copied = copy.head();
    let hint = copy.note()?.and_then(|note| usable(&copy, &settings.topic, &note));
    let hinted = hint.is_some();
    let (head, place) = hint.unwrap_or((Head::genesis(origin), BEGINNING));
    let ends = Arc::new(Ends::new(settings).map_err(ReadError::io)?);
    let shared = Arc::new(Shared::new(&settings.topic, copy, head, place));
    let mut journal = KafkaJournal { shared: Arc::clone(&shared), threads: Vec::new() };
    // Made before the topic is read, so that it has its id from the brokers when the first entry comes.
    let producer = Producer::new(settings, &shared).map_err(ReadError::io)?;
    let reader = Reader::new(settings, &shared).map_err(ReadError::io)?;
    journal.threads.push(spawn("kafka-read", move || reader.run())?);
    let copying = Arc::clone(&shared);
    journal.threads.push(spawn("kafka-copy", move || copier::run(&copying))?);
    let mut read = read_to_end(&shared, &ends, STILL);
    // In both cases nothing was judged yet: the head's record comes first.
    if hinted && matches!(read, Err(Unread::Moved { .. } | Unread::Cut { .. })) {
        tracing::info!("the topic is not as the copy remembers it; reading it from its beginning");
        begin_anew(&shared, Head::genesis(origin));
        read = read_to_end(&shared, &ends, STILL);
    }
    let topic = settings.topic.clone();
    match read {
        Err(Unread::Different { seq }) => return Err(OpenError::Different { topic, seq }),
        Err(error) => return Err(error.into_read(copied.seq).into()),
        Ok(()) => {}
    }
    let end = shared.lock().head.seq;
    if end < copied.seq {
        return Err(OpenError::Shorter { topic, end, copy: copied.seq });
    }
    let engine = Engine {
        shared: Arc::clone(&shared),
        settings: settings.clone(),
        ends: Arc::clone(&ends),
        producer: Some(producer),
    };
    shared.lock().sending = true;
    match spawn("kafka-append", move || engine.run()) {
        Ok(thread) => journal.threads.push(thread),
        Err(error) => {
            shared.lock().sending = false;
            return Err(error);
        }
    }
    let asking = Arc::clone(&shared);
    journal.threads.push(spawn("kafka-ask", move || answer(&asking, &ends))?);
    let guarding = (Arc::clone(&shared), settings.clone(), *options);
    journal.threads.push(spawn("kafka-guard", move || guard(&guarding.0, &guarding.1, &guarding.2))?);
    Ok(journal)
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, OpenError> {
    std::thread::Builder::new().name(name.into()).spawn(run).map_err(|error| ReadError::io(error).into())
}

/// Where the copy says that it ends in the topic, if it says so of this topic and of an entry that it has.
/// Whether the topic agrees is seen when the record there is read.
fn usable(copy: &SqliteJournal, topic: &str, note: &Note) -> Option<(Head, Place)> {
    if *note.topic != *topic || note.seq == 0 || note.offset < 0 {
        return None;
    }
    let records = copy.read(note.seq, ReadLimit::ONE).ok()?;
    let (position, record) = records.get(0)?;
    let header = Header::decode(record.header).ok()?;
    let hash = entry_hash(record.header.try_into().ok()?);
    if (position, header.seq, hash) != (note.seq, note.seq, note.hash) {
        return None;
    }
    let counts = Counts { repeats: note.repeats, strangers: note.strangers };
    let place = Place { next: note.offset.checked_add(1)?, last: note.offset, counts };
    Some((Head { seq: header.seq, hash, recorded_at: header.recorded_at }, place))
}

/// Reads the topic from offset 0, everything in it judged anew and compared with the copy.
fn begin_anew(shared: &Shared, genesis: Head) {
    let mut state = shared.lock();
    (state.head, state.assigned, state.place) = (genesis, genesis, BEGINNING);
    (state.lost, state.confirm, state.restart) = (None, false, true);
    drop(state);
    shared.reading.notify_one();
}

/// Looks at the topic's settings now and then. Brokers that cannot be reached are no fault of the topic.
fn guard(shared: &Shared, settings: &KafkaSettings, options: &Options) {
    let mut state = shared.lock();
    loop {
        let slept = shared.ending.wait_timeout_while(state, options.check_every, |state| !state.closing);
        state = slept.unwrap_or_else(PoisonError::into_inner).0;
        if state.closing {
            return;
        }
        drop(state);
        let found = (options.check)(settings);
        state = shared.lock();
        match found {
            Ok(()) => state.fault = None,
            Err(OpenError::Topic(fault)) => put(&mut state.fault, fault),
            Err(error @ OpenError::NoTopic { .. }) => {
                let topic = settings.topic.clone();
                let required = "there: restore it with `wageledger copy`".to_owned();
                tracing::error!(error = &error as &dyn std::error::Error, "the topic is gone");
                put(
                    &mut state.fault,
                    TopicFault { topic, setting: "existence", found: "none".into(), required },
                );
            }
            Err(error) => {
                tracing::debug!(error = &error as &dyn std::error::Error, "the topic could not be checked");
            }
        }
        // The head's record is looked at too, when nothing else is going on.
        state.confirm = state.head.seq > 0;
    }
}

fn put(slot: &mut Option<TopicFault>, fault: TopicFault) {
    if slot.as_ref() != Some(&fault) {
        tracing::error!(error = &fault as &dyn std::error::Error, "nothing is appended");
        *slot = Some(fault);
    }
}
