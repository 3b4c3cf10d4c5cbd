//! The thread that reads the topic.

use super::client::{Consume, Plain};
use super::record::{Fetched, PARTITION};
use super::settings::KafkaSettings;
use super::state::{Compare, Shared, State};
use rdkafka::config::FromClientConfigAndContext;
use rdkafka::consumer::Consumer;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use std::sync::{Arc, MutexGuard};
use std::time::Duration;

/// For how long a record is waited for before the thread looks whether something else is wanted of it.
const IDLE: Duration = Duration::from_millis(25);
/// So much is examined together.
const TOGETHER: usize = 2000;
const TOGETHER_BYTES: usize = 2 << 20;
/// How often the head's record is looked for where it was.
const ATTEMPTS: u32 = 5;
/// Before an offset that the brokers do not know is tried again.
const AGAIN: Duration = Duration::from_millis(200);

/// Reads on from where the journal stands, in order, and drops nothing that was not examined. While our own
/// entries are at the broker it holds what it has; afterwards it goes on behind them.
pub(super) struct Reader {
    shared: Arc<Shared>,
    consumer: Consume,
    /// The record that it was told to read again.
    confirming: Option<i64>,
    /// How often something else was fetched instead.
    left_over: u32,
    compare: Compare,
}

impl Reader {
    pub(super) fn new(settings: &KafkaSettings, shared: &Arc<Shared>) -> KafkaResult<Reader> {
        let consumer = Consume::from_config_and_context(&settings.consumer(), Plain)?;
        let mut reader = Reader {
            shared: Arc::clone(shared),
            consumer,
            confirming: None,
            left_over: 0,
            compare: Compare::default(),
        };
        reader.go(&shared.lock())?;
        Ok(reader)
    }

    pub(super) fn run(mut self) {
        loop {
            let (fetched, error) = self.fetch();
            if let Some(error) = error {
                self.look_at(error);
            }
            // Asked for before the lock: it takes a moment, and it can only lie behind what is examined.
            let position = if fetched.is_empty() { self.position() } else { None };
            let shared = Arc::clone(&self.shared);
            let mut state = self.wait_for_turn(&shared);
            if state.closing {
                return;
            }
            if state.restart {
                state.restart = false;
                self.go_or_say(&state);
                continue;
            }
            self.take(&mut state, fetched, position);
        }
    }

    /// Until this thread may move the head, or has something else to do.
    fn wait_for_turn<'a>(&self, shared: &'a Shared) -> MutexGuard<'a, State> {
        let mut state = shared.lock();
        while !(state.may_examine() || state.closing || state.restart) {
            state = shared.wait(&shared.reading, state);
        }
        state
    }

    fn take(&mut self, state: &mut State, fetched: Vec<Fetched>, position: Option<i64>) {
        if state.confirm && (self.confirming != Some(state.place.last) || self.is_left_over(&fetched, state))
        {
            // Nothing is judged before the head's record was seen again: what was fetched will be once more.
            self.go_or_say(state);
            return;
        }
        let end = fetched.last().map(|last| last.offset + 1);
        let stale = end.is_some_and(|end| end < state.place.next);
        if !fetched.is_empty() {
            let shared = Arc::clone(&self.shared);
            shared.examine(state, fetched, &mut self.compare);
        }
        if state.confirm {
            return;
        }
        (self.confirming, self.left_over) = (None, 0);
        // A transaction's marker takes an offset and is never fetched.
        if let Some(position) = position.filter(|position| *position > state.place.next) {
            state.place.next = position;
            self.shared.progress.notify_all();
        }
        if stale {
            self.go_or_say(state);
        }
    }

    /// Whether these were fetched before the reader was sent back to the head's record, as far as that can be
    /// told: if the record is not among them after several attempts, it is not there.
    fn is_left_over(&mut self, fetched: &[Fetched], state: &State) -> bool {
        let left_over = fetched.first().is_some_and(|first| first.offset > state.place.last);
        self.left_over += u32::from(left_over);
        left_over && self.left_over < ATTEMPTS
    }

    /// What lies ready, or the first record that comes.
    fn fetch(&self) -> (Vec<Fetched>, Option<KafkaError>) {
        let (mut fetched, mut bytes, mut wait) = (Vec::new(), 0, IDLE);
        while fetched.len() < TOGETHER && bytes < TOGETHER_BYTES {
            match self.consumer.poll(wait) {
                Some(Ok(message)) => {
                    let record = Fetched::of(&message);
                    bytes += record.entry.as_ref().map_or(0, crate::Entry::stored_len);
                    fetched.push(record);
                }
                Some(Err(KafkaError::PartitionEOF(_))) | None => break,
                Some(Err(error)) => return (fetched, Some(error)),
            }
            wait = Duration::ZERO;
        }
        (fetched, None)
    }

    /// After any error the head's record is looked at again: brokers that come back may bring another topic.
    fn look_at(&mut self, error: KafkaError) {
        let shared = Arc::clone(&self.shared);
        match error.rdkafka_error_code() {
            // The offset is not there: the topic was cut, which whoever asks for the end will see, or a new
            // leader does not know yet how far it is.
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                tracing::warn!(%error, "the topic cannot be read on from where it was read to");
                std::thread::sleep(AGAIN);
                let mut state = shared.lock();
                state.confirm = state.head.seq > 0;
                self.go_or_say(&state);
            }
            _ => {
                tracing::debug!(%error, "reading the topic");
                let mut state = shared.lock();
                state.confirm = state.head.seq > 0;
            }
        }
    }

    fn position(&self) -> Option<i64> {
        let list = self.consumer.position().ok()?;
        match list.find_partition(&self.shared.topic, PARTITION)?.offset() {
            Offset::Offset(position) => Some(position),
            _ => None,
        }
    }

    /// Reads from where the journal stands, or from the head's record if that is to be read again.
    fn go(&mut self, state: &State) -> KafkaResult<()> {
        let from = if state.confirm { state.place.last } else { state.place.next };
        self.confirming = state.confirm.then_some(from);
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.shared.topic, PARTITION, Offset::Offset(from))?;
        self.consumer.assign(&list)
    }

    fn go_or_say(&mut self, state: &State) {
        if let Err(error) = self.go(state) {
            tracing::error!(%error, "the topic's partition cannot be read");
        }
    }
}
