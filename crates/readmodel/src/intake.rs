//! Taking entries in: each batch folded over what is remembered of the ones before, then written in one
//! transaction with the cursor, while the next is folded.
//!
//! Exactly once, whoever dies when: a write begins by locking the cursor and looking whether it still stands
//! where the batch was folded from. A second follower finds it elsewhere and writes nothing; a commit whose
//! answer was lost is found done. What is remembered is good only for the cursor that it belongs to, and is
//! dropped with the first error.

use crate::ReadModelError;
use crate::engine::Pool;
use crate::model::{Cursor, Position, write_position};
use crate::projector::{self, Gathered, Limits, Out, Owed, Plan, Projected, State, Step, Unread};
use crate::schema::{self, Statement};
use crate::tables::{self, Again, Table};
use crate::warning::{self, Touched};
use futures_util::{TryStreamExt, stream};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle, JoinSet};
use uuid::Uuid;

/// How often a write is tried again after the connection broke, and how long it waits before the first time;
/// each later wait is twice as long. With the time that a connection is waited for, half a minute.
const TRIES_MAX: u32 = 6;
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// The way in, of one handle and its clones.
pub(crate) struct Intake {
    pool: Pool,
    /// With the cursor that it is good for; that batch may still be on its way into the database.
    remembered: Option<(Cursor, Box<State>)>,
    /// Rows of a bulk, so few of their tables that they wait for more.
    held: Option<Out>,
    /// Room for rows that was used before.
    room: Option<Out>,
    writing: Option<JoinHandle<Result<Option<Out>, ReadModelError>>>,
    indexes: Indexes,
    limits: Limits,
}

/// Which indexes are there, besides those of few rows ([`Statement::may_wait`]). Where the bulk comes first they are made after
/// it: one built at once costs less than one kept up to date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Indexes {
    /// Those of the keys of tables in which rows may take the place of others.
    SomeKeys,
    /// Those of the keys of all tables.
    Keys,
    /// Also those by which the projector reads back what it no longer remembers.
    ReadBack,
    /// All.
    All,
}

/// The indexes by which the projector reads back ([`projector::load`]). Lines and days of a worker are found by project and
/// month too; they are written in that order, so that these indexes cost little while more comes.
const READ_BACK: &[&str] = &[
    "contract_worker",
    "contract_terms_contract",
    "contract_end_contract",
    "wage_line_project",
    "work_project",
];

/// The tables to which a bulk only adds, until something is forgotten: their keys are made with their indexes.
pub(crate) fn without_keys() -> impl Iterator<Item = &'static Table> {
    let with_keys: Vec<_> = schema::statements().filter(Statement::has_key).map(|made| made.name).collect();
    let only_added = |table: &Table| matches!(table.again, Again::Never) || Owed::puts_off(table);
    tables::ALL.iter().copied().filter(move |table| only_added(table) && with_keys.contains(&table.name))
}

/// Fewer rows of a table than this wait for those of the next batches of a bulk: a COPY of a few waits longer than it works.
const FEW: usize = 10_000;

/// So many parts of what was put off are made before they can be written: while indexes are made beside, writing is slow.
const PARTS_AHEAD: usize = 2;

impl Intake {
    pub(crate) fn new(pool: Pool, indexes: Indexes) -> Intake {
        Intake {
            pool,
            remembered: None,
            held: None,
            room: None,
            writing: None,
            indexes,
            limits: Limits::default(),
        }
    }

    /// Forgets what is remembered, and remembers so much from now on.
    pub(crate) fn remember(&mut self, limits: Limits) {
        (self.remembered, self.limits) = (None, limits);
    }

    /// The last entry handed over, if what is remembered is good.
    pub(crate) fn cursor(&self) -> Option<Cursor> {
        self.remembered.as_ref().map(|(cursor, _)| *cursor)
    }

    /// Folds a batch and begins to write it. At most one batch is being written.
    pub(crate) async fn hand_over(
        &mut self,
        entries: &[Projected],
        unread: &[Unread],
    ) -> Result<(), ReadModelError> {
        let links = projector::links(entries, unread);
        let Some(first) = links.first().copied() else { return Ok(()) };
        let bulk = self.indexes != Indexes::All;
        let (from, mut state) = match self.remembered.take() {
            Some((cursor, state)) if cursor.next(first).is_ok() => (cursor, state),
            Some((cursor, _)) if bulk => return Err(cursor.next(first).err().unwrap_or_else(broken_off)),
            _ => {
                self.settle().await?;
                let cursor = Position::read(&mut self.pool.begin_read().await?).await?.cursor;
                // What was not written yet of a bulk went with what was remembered.
                if bulk && cursor.seq > 0 {
                    return Err(broken_off());
                }
                (cursor, Box::new(State::new(cursor.seq == 0, bulk, self.limits)))
            }
        };
        let mut to = from;
        for link in &links {
            to = to.next(*link)?;
        }
        let unknown = state.streams.unknown(&links);
        if !unknown.is_empty() {
            self.settle().await?;
            let mut connection = self.pool.begin_read().await?;
            stands_at(Position::read(&mut connection).await?.cursor, from)?;
            state.streams.load(unknown, &mut connection).await?;
        }
        let (facts, strays) = state.streams.sort(entries, unread, &links)?;
        let entries = &*facts;
        let mut plan = Plan::of(entries, &state)?;
        plan.add_from(&state);
        if !plan.is_known(&state) {
            self.write_held(from).await?;
            self.settle().await?;
            // Also of pairs that are known months may have been forgotten; without an index each would be looked for in
            // the whole table.
            if !state.knows_pairs() || plan.reads_back(&state) {
                self.make_indexes(Indexes::ReadBack).await?;
            }
            let mut connection = self.pool.begin_read().await?;
            stands_at(Position::read(&mut connection).await?.cursor, from)?;
            projector::load(&mut plan, &mut state, &mut connection).await?;
        }
        let held = self.held.take().unwrap_or_else(Out::new);
        let mut out = projector::project(entries, &plan, &mut state, bulk, held)?;
        for stray in &strays {
            let seq = i64::try_from(stray.seq).map_err(|_| broken_off())?;
            out.strays.push([seq.into(), Uuid::from_bytes(stray.subject).into()]);
        }
        let room = &mut self.room;
        self.held = bulk.then(|| out.hold_back(FEW, room.get_or_insert_with(Out::new)));
        self.begin_to_write(Batch { out: Box::new(out), from, to, bulk }).await?;
        if let Some(forget) = state.too_much() {
            if bulk {
                // What is forgotten and comes again takes the place of what was written.
                self.settle().await?;
                self.make_indexes(Indexes::Keys).await?;
                let owed = Owed::before(forget, &state);
                Box::pin(self.write_owed(owed, &mut state, to, watch::Sender::new(None))).await?;
            }
            state.forget(forget);
        }
        self.remembered = Some((to, state));
        Ok(())
    }

    /// Waits for the batch before, and begins to write this one.
    async fn begin_to_write(&mut self, batch: Batch) -> Result<(), ReadModelError> {
        self.settle().await?;
        let (pool, bulk) = (self.pool.clone(), batch.bulk);
        self.writing =
            Some(tokio::spawn(async move { write(pool, batch).await.map(|room| bulk.then_some(room)) }));
        Ok(())
    }

    /// Writes what waited for more rows.
    async fn write_held(&mut self, at: Cursor) -> Result<(), ReadModelError> {
        let Some(held) = self.held.take() else { return Ok(()) };
        self.begin_to_write(Batch { out: Box::new(held), from: at, to: at, bulk: true }).await
    }

    /// Writes what waited for more rows and what was put off, while the next parts of it are made. `written` says how far
    /// that has come.
    async fn write_owed(
        &mut self,
        mut owed: Owed,
        state: &mut State,
        at: Cursor,
        written: watch::Sender<Option<Step>>,
    ) -> Result<(), ReadModelError> {
        self.settle().await?;
        let (parts, mut made) = mpsc::channel::<(Box<Out>, Step)>(PARTS_AHEAD);
        let (give_back, mut rooms) = mpsc::unbounded_channel();
        let pool = self.pool.clone();
        self.writing = Some(tokio::spawn(async move {
            while let Some((out, step)) = made.recv().await {
                let room = write(pool.clone(), Batch { out, from: at, to: at, bulk: true }).await?;
                written.send_replace(Some(step));
                // Maybe all parts are made.
                let _ = give_back.send(room);
            }
            Ok(None)
        }));
        let mut next = Some(self.held.take().unwrap_or_else(Out::new));
        while let Some(out) = next {
            // Nobody takes it: the writing failed, and says so when it is waited for.
            if parts.send((Box::new(out), owed.step())).await.is_err() {
                break;
            }
            let room = rooms.try_recv().ok().or_else(|| self.room.take());
            next = owed.next(state, room.unwrap_or_else(Out::new));
        }
        Ok(())
    }

    /// Waits until what was handed over is written.
    pub(crate) async fn settle(&mut self) -> Result<(), ReadModelError> {
        let Some(writing) = &mut self.writing else { return Ok(()) };
        let written = writing.await;
        self.writing = None;
        match written.unwrap_or_else(|panic| Err(broken(&panic))) {
            Ok(room) => {
                self.room = match (room, self.room.take()) {
                    (Some(room), Some(other)) => Some(room.or_larger(other)),
                    (room, other) => room.or(other),
                };
                Ok(())
            }
            Err(error) => {
                self.remembered = None;
                Err(error)
            }
        }
    }

    /// Makes the indexes that were left out, up to `wanted`; what was being written is written before.
    pub(crate) async fn make_indexes(&mut self, wanted: Indexes) -> Result<(), ReadModelError> {
        if self.indexes >= wanted {
            return Ok(());
        }
        let read_back = |index: &Statement| READ_BACK.contains(&index.name);
        let (keys, has_read_back) = (self.indexes == Indexes::SomeKeys, self.indexes == Indexes::ReadBack);
        let rows_are_there = || watch::channel(Some(Step::End)).1;
        match wanted {
            Indexes::SomeKeys | Indexes::Keys => {
                make_each(&self.pool, rows_are_there(), |table| Making::of(table, keys, |_| false)).await?;
            }
            Indexes::ReadBack => {
                make_each(&self.pool, rows_are_there(), |table| Making::of(table, keys, read_back)).await?;
            }
            Indexes::All => {
                let missing = |index: &Statement| !has_read_back || !read_back(index);
                Box::pin(self.end_bulk(|table| Making::of(table, keys, missing))).await?;
            }
        }
        self.indexes = wanted;
        Ok(())
    }

    /// Writes what was put off, makes the indexes that are missing, and the months of early warning. Steps that
    /// do not need each other wait much: they go together where the engine has more than one writer.
    async fn end_bulk(&mut self, missing: impl Fn(&'static Table) -> Making) -> Result<(), ReadModelError> {
        let (written, so_far) = watch::channel(None);
        let pool = self.pool.clone();
        let beside = make_each(&pool, so_far, missing);
        let mut touched = Touched::default();
        if pool.has_many_writers() {
            // A task of its own, because what is put off is worked out without a pause.
            let beside = tokio::spawn(beside);
            let owed = self.write_all_owed(written, &mut touched).await;
            let made = beside.await.unwrap_or_else(|panic| Err(broken(&panic)));
            owed.and(made)?;
        } else {
            self.write_all_owed(written, &mut touched).await?;
            beside.await?;
        }
        if touched.has_months() {
            months(&pool, touched).await?;
        }
        let mut connection = self.pool.begin_write().await?;
        connection.end_bulk().await?;
        connection.commit("ending the bulk").await
    }

    /// Writes all that was put off. What was folded would only take room afterwards. `touched` = months of early warning
    /// that have to be read back, because something of them was forgotten.
    async fn write_all_owed(
        &mut self,
        written: watch::Sender<Option<Step>>,
        touched: &mut Touched,
    ) -> Result<(), ReadModelError> {
        if let Some((cursor, mut state)) = self.remembered.take() {
            *touched = std::mem::take(&mut state.touched);
            let from = state.gathered.as_ref().map(Gathered::from);
            let sites = from.map(|from| touched.take_from(from)).unwrap_or_default();
            self.write_owed(Owed::everything(&state, sites), &mut state, cursor, written).await?;
        } else {
            written.send_replace(Some(Step::End));
        }
        self.settle().await?;
        self.room = None;
        Ok(())
    }
}

/// Indexes of one table, to be made in one go. Afterwards its rows are counted.
struct Making {
    table: &'static Table,
    /// Its key was left out too.
    key: bool,
    script: String,
}

impl Making {
    /// Those that are wanted and, where keys were left out, that of its key.
    fn of(table: &'static Table, keys: bool, wanted: impl Fn(&Statement) -> bool) -> Making {
        let is_meant = |index: &Statement| index.may_wait() && index.table == table.name && wanted(index);
        let key = keys && without_keys().any(|without| without.name == table.name);
        Making { table, key, script: schema::script(is_meant) }
    }

    async fn make(self, pool: Pool) -> Result<(), ReadModelError> {
        let mut connection = pool.begin_write().await?;
        connection.prepare_for_indexes(INDEX_MAKERS).await?;
        if self.key {
            connection.make_key(self.table).await?;
        }
        if !self.script.is_empty() {
            connection.run(&self.script).await?;
        }
        // Much will be asked of it next.
        connection.count_rows(self.table).await?;
        connection.commit("making the indexes").await
    }
}

/// Makes indexes of every table, those of some at the same time. One of which an index is being made takes no rows: each waits
/// until `so_far` says that its rows are there.
fn make_each(
    pool: &Pool,
    so_far: watch::Receiver<Option<Step>>,
    making: impl Fn(&'static Table) -> Making,
) -> impl Future<Output = Result<(), ReadModelError>> + Send + 'static {
    let each = tables::ALL.iter().map(|table| (Owed::complete_at(table.name), making(table)));
    let mut each: Vec<(Step, Making)> = each.collect();
    each.sort_by_key(|(step, _)| *step);
    let makers = if pool.has_many_writers() { INDEX_MAKERS } else { 1 };
    let pool = pool.clone();
    stream::iter(each.into_iter().map(Ok)).try_for_each_concurrent(makers, move |(step, making)| {
        let (pool, mut so_far) = (pool.clone(), so_far.clone());
        async move {
            // Never told: the writing failed, and says so itself.
            if so_far.wait_for(|so_far| so_far.is_some_and(|so_far| so_far >= step)).await.is_ok() {
                making.make(pool).await?;
            }
            Ok(())
        }
    })
}

/// Makes what early warning needs of every month. While the bulk is on its way it is left out too: made once, it
/// costs less than kept up to date.
async fn months(pool: &Pool, touched: Touched) -> Result<(), ReadModelError> {
    // Each asks, and works out what it is told: while one does the one thing, another does the other.
    let makers = if pool.has_many_writers() { MONTH_MAKERS } else { 1 };
    let mut making = JoinSet::new();
    for part in touched.shared_out(makers) {
        let pool = pool.clone();
        making.spawn(async move {
            let mut connection = pool.begin_write().await?;
            warning::refresh_all(&part, &mut connection).await?;
            connection.commit("making the months of early warning").await
        });
    }
    while let Some(made) = making.join_next().await {
        made.unwrap_or_else(|panic| Err(broken(&panic)))?;
    }
    Ok(())
}

/// So many tables get their indexes at the same time.
const INDEX_MAKERS: usize = 3;

/// So many make months at the same time.
const MONTH_MAKERS: usize = 3;

fn broken(panic: &JoinError) -> ReadModelError {
    ReadModelError::Storage { doing: "taking entries in", source: sqlx::Error::Protocol(panic.to_string()) }
}

/// Rows of the entries from one cursor to another.
struct Batch {
    out: Box<Out>,
    from: Cursor,
    to: Cursor,
    /// More is to come before anybody asks: what early warning needs is made at the end.
    bulk: bool,
}

/// Writes a batch, again after a connection broke: whether it is in, the cursor says. Its room is left over.
async fn write(pool: Pool, batch: Batch) -> Result<Out, ReadModelError> {
    let mut wait = FIRST_WAIT;
    for _ in 1..TRIES_MAX {
        match try_to_write(&pool, &batch).await {
            Err(error) if error.is_passing() => tokio::time::sleep(wait).await,
            done => return done.map(|()| batch.out.emptied()),
        }
        wait *= 2;
    }
    try_to_write(&pool, &batch).await.map(|()| batch.out.emptied())
}

async fn try_to_write(pool: &Pool, batch: &Batch) -> Result<(), ReadModelError> {
    let Batch { out, from, to, bulk } = batch;
    let mut connection = pool.begin_write().await?;
    let position = Position::hold(&mut connection).await?;
    // What was put off moves no cursor; tried again after a lost answer, its keys would be there already.
    if position.cursor == *to && from != to {
        return Ok(());
    }
    stands_at(position.cursor, *from)?;
    out.write(&mut connection).await?;
    if !*bulk {
        warning::refresh(&out.touched, &mut connection).await?;
    }
    write_position(&mut connection, &position.origin, to.seq, to.hash).await?;
    connection.commit("taking entries in").await
}

/// A bulk of which a part is missing.
fn broken_off() -> ReadModelError {
    let what = "a read model that was being made anew was broken off: it is to be begun again".to_owned();
    ReadModelError::OutOfStep { seq: 1, what }
}

fn stands_at(found: Cursor, expected: Cursor) -> Result<(), ReadModelError> {
    if found == expected {
        return Ok(());
    }
    let what = format!("the cursor was moved to {} meanwhile: another follower is at work", found.seq);
    Err(ReadModelError::OutOfStep { seq: expected.seq + 1, what })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_to_read_back_by_is_there() {
        let all: Vec<_> = schema::statements().filter(|s| s.is_index).map(|s| s.name).collect();
        assert!(READ_BACK.iter().all(|name| all.contains(name)), "{all:?}");
    }
}
