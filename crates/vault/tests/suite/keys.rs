//! Keys are made once, last, and are found again.

use crate::place::{Place, key, on_both_engines};
use std::num::NonZeroUsize;
use uuid::Uuid;
use vault::{Census, OpenError, Purpose, SealError, Taken, Vault, VaultError, entropy};
use wages::BlindIndex;

fn subjects(count: usize) -> Vec<Uuid> {
    (0..count).map(|_| entropy::uuid()).collect()
}

async fn sealed_today_opens_after_a_restart(place: &Place) {
    let vault = place.create().await;
    let [li, wang] = [entropy::uuid(), entropy::uuid()];
    let keys = vault.keys_for(&[li, wang, li]).await.unwrap();
    assert_eq!(keys.len(), 2);
    let name = keys.seal(li, "name", "李强").unwrap();
    let id = vault.command_id("register_worker", &["1", "2"]);
    let index = vault.blind_index(Purpose::IdNumber, "110101199003070011");
    vault.close().await;

    let vault = place.open().await;
    let keys = vault.keys_for(&[li, wang]).await.unwrap();
    assert_eq!(keys.open(li, "name", &name).as_deref(), Ok("李强"));
    assert_eq!(keys.open(wang, "name", &name), Err(OpenError::Damaged));
    let stranger = entropy::uuid();
    assert_eq!(keys.open(stranger, "name", &name), Err(OpenError::NoKey(stranger)));
    assert_eq!(keys.seal(stranger, "name", "x").err(), Some(SealError::NoKey(stranger)));
    assert_eq!(vault.command_id("register_worker", &["1", "2"]), id);
    assert_eq!(vault.blind_index(Purpose::IdNumber, "110101199003070011"), index);
    assert_ne!(vault.blind_index(Purpose::Account, "110101199003070011"), index);
}

#[tokio::test]
async fn two_ledgers_share_nothing() {
    let (here, there) = (Place::new(), Place::new());
    let (here, there) = (here.create().await, there.create().await);
    assert_ne!(here.command_id("k", &["v"]), there.command_id("k", &["v"]));
    let id = entropy::uuid();
    let sealed = here.keys_for(&[id]).await.unwrap().seal(id, "name", "x").unwrap();
    assert_eq!(there.keys_for(&[id]).await.unwrap().open(id, "name", &sealed), Err(OpenError::Damaged));
}

async fn the_epoch_key_must_fit(place: &Place) {
    assert!(matches!(Vault::open(place.vault(), &key(1)).await, Err(VaultError::Missing(_))));
    place.create().await.close().await;
    let wrong = Vault::open(place.vault(), &key(2)).await;
    assert!(matches!(wrong, Err(VaultError::WrongEpochKey { epoch: 1 })), "{wrong:?}");
    let again = Vault::create(place.vault(), &key(1)).await;
    assert!(matches!(again, Err(VaultError::Exists(_))), "{again:?}");
    place.open().await;
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_reads_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::new();
    let vault = place.create().await;
    vault.keys_for(&[entropy::uuid()]).await.unwrap();
    for file in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let mode = std::fs::metadata(place.file(file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

#[tokio::test]
async fn a_creation_that_was_cut_off_can_be_repeated() {
    let place = Place::new();
    std::fs::write(place.path(), b"").unwrap();
    assert!(matches!(Vault::open(place.vault(), &key(1)).await, Err(VaultError::Missing(_))));
    place.create().await;
    std::fs::write(place.file("letter.txt"), b"Dear customer, this is no database at all.").unwrap();
    assert!(Vault::create(place.file("letter.txt"), &key(1)).await.is_err());
    assert!(Vault::open(place.file("letter.txt"), &key(1)).await.is_err());
}

async fn a_reader_finds_and_opens_but_makes_nothing(place: &Place) {
    let vault = place.create().await;
    let (known, stranger) = (entropy::uuid(), entropy::uuid());
    let index = vault.blind_index(Purpose::IdNumber, "1");
    let sealed = vault.bind_id_numbers(&[(index, known)]).await.unwrap().seal(known, "name", "x").unwrap();
    vault.close().await;

    let reader = Vault::open_read_only(place.vault(), &key(1)).await.unwrap();
    assert_eq!(reader.existing_keys(&[known, stranger]).await.unwrap().len(), 1);
    assert_eq!(reader.keys_for(&[known]).await.unwrap().open(known, "name", &sealed).as_deref(), Ok("x"));
    assert_eq!(reader.find_worker(index).await.unwrap(), Some(known));
    assert!(matches!(reader.keys_for(&[stranger]).await, Err(VaultError::ReadOnly)));
    let new = reader.blind_index(Purpose::IdNumber, "2");
    assert!(matches!(reader.bind_id_numbers(&[(new, known)]).await, Err(VaultError::ReadOnly)));
    assert!(matches!(reader.erase(known, &key(2)).await, Err(VaultError::ReadOnly)));
    assert!(reader.bind_id_numbers(&[(index, known)]).await.is_ok());
}

/// Many tasks, two handles as two processes have them, overlapping subjects: one key each.
async fn a_subject_never_gets_two_keys(place: &Place) {
    let handles = [place.create().await, place.open().await];
    let subjects = subjects(1_200);
    let tasks: Vec<_> = (0..12)
        .map(|task| {
            let vault = handles[task % 2].clone();
            let mine: Vec<Uuid> = subjects.iter().cycle().skip(task * 70).take(900).copied().collect();
            tokio::spawn(async move { (vault.keys_for(&mine).await.unwrap(), mine) })
        })
        .collect();
    let last = place.open().await;
    let all = last.keys_for(&subjects).await.unwrap();
    for task in tasks {
        let (keys, mine) = task.await.unwrap();
        for subject in mine {
            let sealed = keys.seal(subject, "name", "x").unwrap();
            assert_eq!(all.open(subject, "name", &sealed).as_deref(), Ok("x"));
        }
    }
    assert_eq!(last.census().await.unwrap(), Census { subjects: 1_200, id_numbers: 0 });
}

async fn the_cache_is_bounded_and_only_a_cache(place: &Place) {
    let vault = place.create().await;
    vault.set_cached_subjects(NonZeroUsize::new(10).unwrap());
    let subjects = subjects(25);
    let keys = vault.keys_for(&subjects).await.unwrap();
    let cached = |vault: &Vault| subjects.iter().filter(|id| vault.cached(**id).is_some()).count();
    assert_eq!(cached(&vault), 10);
    let again = vault.keys_for(&subjects).await.unwrap();
    for id in &subjects {
        let sealed = keys.seal(*id, "name", "x").unwrap();
        assert_eq!(again.open(*id, "name", &sealed).as_deref(), Ok("x"));
    }
    vault.close().await;
    let vault = place.open().await;
    assert_eq!(cached(&vault), 25, "opening fills the cache");
    let key = vault.cached(subjects[0]).unwrap();
    let sealed = key.seal("name", "x").unwrap();
    assert_eq!(keys.open(subjects[0], "name", &sealed).as_deref(), Ok("x"));
    vault.close().await;
    assert!(vault.keys_for(&subjects).await.is_ok(), "what is at hand needs no database");
}

async fn everything_can_be_paged_through(place: &Place) {
    let vault = place.create().await;
    let mut expect = subjects(1_234);
    expect.push(Uuid::nil());
    expect.push(Uuid::max());
    vault.keys_for(&expect).await.unwrap();
    let bindings: Vec<_> = expect
        .iter()
        .enumerate()
        .map(|(n, id)| (vault.blind_index(Purpose::IdNumber, &n.to_string()), *id))
        .collect();
    vault.bind_id_numbers(&bindings).await.unwrap();
    expect.sort_unstable();

    let mut found: Vec<Uuid> = Vec::new();
    loop {
        let page = vault.subjects_after(found.last().copied(), 100).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    assert_eq!(found, expect);
    let mut found: Vec<(BlindIndex, Uuid)> = Vec::new();
    loop {
        let page = vault.bindings_after(found.last().map(|(index, _)| *index), 100).await.unwrap();
        if page.is_empty() {
            break;
        }
        found.extend(page);
    }
    let mut expect = bindings;
    expect.sort_unstable();
    assert_eq!(found, expect);
    assert_eq!(vault.census().await.unwrap(), Census { subjects: 1_236, id_numbers: 1_236 });
}

async fn one_id_number_is_one_worker(place: &Place) {
    let vault = place.create().await;
    let [a, b, c] = [1, 2, 3].map(|n| vault.blind_index(Purpose::IdNumber, &n.to_string()));
    let [li, wang, zhao] = [entropy::uuid(), entropy::uuid(), entropy::uuid()];
    let keys = vault.bind_id_numbers(&[(a, li), (b, li), (a, li)]).await.unwrap();
    assert!(keys.has(li), "who is bound has a key");
    assert!(vault.bind_id_numbers(&[(a, li)]).await.unwrap().has(li));
    assert_eq!(vault.find_worker(a).await.unwrap(), Some(li));
    assert_eq!(vault.find_worker(c).await.unwrap(), None);

    // All that are taken are named, and nothing is bound.
    let result = vault.bind_id_numbers(&[(a, wang), (c, wang), (b, li), (c, zhao)]).await;
    let Err(VaultError::IdNumbersTaken(taken)) = result else { panic!("{result:?}") };
    let expect =
        [Taken { index: a, bound_to: li, wanted: wang }, Taken { index: c, bound_to: wang, wanted: zhao }];
    assert_eq!(taken, expect);
    assert_eq!(vault.find_worker(c).await.unwrap(), None);

    // Another process sees and respects it.
    let other = place.open().await;
    assert_eq!(other.find_workers(&[a, b, c]).await.unwrap(), [(a, li), (b, li)].into());
    assert!(matches!(other.bind_id_numbers(&[(a, wang)]).await, Err(VaultError::IdNumbersTaken(_))));
    assert!(!other.existing_keys(&[wang]).await.unwrap().has(wang));
}

/// Two handles race to bind one ID number to two workers: one of them wins.
async fn a_race_for_an_id_number_has_one_winner(place: &Place) {
    let (one, two) = (place.create().await, place.open().await);
    for round in 0..20 {
        let index = one.blind_index(Purpose::IdNumber, &round.to_string());
        let (li, wang) = ([(index, entropy::uuid())], [(index, entropy::uuid())]);
        let (first, second) = tokio::join!(one.bind_id_numbers(&li), two.bind_id_numbers(&wang));
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let winner = if first.is_ok() { li[0].1 } else { wang[0].1 };
        assert_eq!(two.find_worker(index).await.unwrap(), Some(winner));
    }
}

on_both_engines!(
    sealed_today_opens_after_a_restart,
    the_epoch_key_must_fit,
    a_reader_finds_and_opens_but_makes_nothing,
    a_subject_never_gets_two_keys,
    the_cache_is_bounded_and_only_a_cache,
    everything_can_be_paged_through,
    one_id_number_is_one_worker,
    a_race_for_an_id_number_has_one_winner,
);
