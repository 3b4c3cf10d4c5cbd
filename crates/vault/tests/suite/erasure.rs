//! An erased subject is erased for everybody, and nobody else is.

use crate::place::{Place, key, on_both_engines};
use uuid::Uuid;
use vault::{EpochKey, OpenError, Purpose, Vault, VaultError, entropy};

async fn the_erased_are_gone_and_the_others_stay(place: &Place) {
    let vault = place.create().await;
    let everybody: Vec<Uuid> = (0..1_101).map(|_| entropy::uuid()).collect();
    let keys = vault.keys_for(&everybody).await.unwrap();
    let sealed: Vec<_> = everybody.iter().map(|id| (*id, keys.seal(*id, "name", "x").unwrap())).collect();
    let [index, other] = ["1", "2"].map(|value| vault.blind_index(Purpose::IdNumber, value));
    vault.bind_id_numbers(&[(index, everybody[0]), (other, everybody[1])]).await.unwrap();
    let command_id = vault.command_id("k", &["v"]);

    vault.erase(everybody[0], &key(2)).await.unwrap();

    let check = async |vault: &Vault| {
        let keys = vault.existing_keys(&everybody).await.unwrap();
        for (id, sealed) in &sealed {
            let opened = keys.open(*id, "name", sealed);
            if *id == everybody[0] {
                assert_eq!(opened, Err(OpenError::NoKey(*id)));
            } else {
                assert_eq!(opened.as_deref(), Ok("x"));
            }
        }
        assert_eq!(vault.find_worker(index).await.unwrap(), None);
        assert_eq!(vault.find_worker(other).await.unwrap(), Some(everybody[1]));
        assert_eq!(vault.command_id("k", &["v"]), command_id);
        assert_eq!(vault.census().await.unwrap().subjects, 1_100);
    };
    check(&vault).await;
    assert!(vault.cached(everybody[0]).is_none());
    // The vault goes on at the new epoch: new keys, and another erasure.
    vault.close().await;
    let old = Vault::open(place.vault(), &key(1)).await;
    assert!(matches!(old, Err(VaultError::WrongEpochKey { epoch: 2 })), "{old:?}");
    let vault = Vault::open(place.vault(), &key(2)).await.unwrap();
    check(&vault).await;
    let again = vault.erase(everybody[0], &key(3)).await;
    assert!(matches!(again, Err(VaultError::UnknownSubject(id)) if id == everybody[0]), "{again:?}");
    assert!(matches!(vault.erase(everybody[1], &key(2)).await, Err(VaultError::SameEpochKey)));
    check(&vault).await;

    // A new key for the same subject opens nothing old.
    let keys = vault.keys_for(&everybody[..1]).await.unwrap();
    assert_eq!(keys.open(everybody[0], "name", &sealed[0].1), Err(OpenError::Damaged));
    vault.bind_id_numbers(&[(index, everybody[0])]).await.unwrap();
    vault.erase(everybody[0], &key(3)).await.unwrap();
    check(&vault).await;
}

/// A copy of the file made before is what a backup or a free page may hold: it opens with the old key only.
#[tokio::test]
async fn a_backup_opens_with_nothing_but_the_old_key() {
    let place = Place::new();
    let vault = place.create().await;
    let id = entropy::uuid();
    vault.keys_for(&[id]).await.unwrap();
    vault.close().await;
    std::fs::copy(place.path(), place.file("backup.db")).unwrap();
    let vault = place.open().await;
    let new = EpochKey::create_file(place.file("epoch-2.key")).unwrap();
    vault.erase(id, &new).await.unwrap();
    vault.close().await;
    let backup = Vault::open(place.file("backup.db"), &new).await;
    assert!(matches!(backup, Err(VaultError::WrongEpochKey { epoch: 1 })), "{backup:?}");
}

/// Neither the file nor its log holds the erased wrapped key, or any that the old epoch key would unwrap.
#[tokio::test]
async fn no_old_bytes_are_left_in_the_files() {
    let place = Place::new();
    let vault = place.create().await;
    let everybody: Vec<Uuid> = (0..600).map(|_| entropy::uuid()).collect();
    vault.keys_for(&everybody).await.unwrap();
    vault.close().await;
    let old = stored_keys(&place).await;
    assert!(found_in(&place, "vault.db", &old[..1]) && found_in(&place, "vault.db", &old[599..]));
    let vault = place.open().await;
    vault.erase(everybody[0], &key(2)).await.unwrap();
    for file in ["vault.db", "vault.db-wal"] {
        assert!(!found_in(&place, file, &old), "{file}");
    }
}

/// Whether a file holds the nonce of any of these wrapped keys: enough to recognise one by.
fn found_in(place: &Place, file: &str, wrapped: &[Vec<u8>]) -> bool {
    let nonces: std::collections::HashSet<&[u8]> = wrapped.iter().map(|wrapped| &wrapped[..12]).collect();
    let bytes = std::fs::read(place.file(file)).unwrap();
    bytes.windows(12).any(|window| nonces.contains(window))
}

async fn stored_keys(place: &Place) -> Vec<Vec<u8>> {
    let url = format!("sqlite://{}", place.path().display());
    let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
    let rows = sqlx::query_scalar("SELECT wrapped FROM subject_key").fetch_all(&pool).await.unwrap();
    pool.close().await;
    rows
}

async fn another_process_is_told_to_open_anew(place: &Place) {
    let (one, two) = (place.create().await, place.open().await);
    let [erased, kept, new] = [entropy::uuid(), entropy::uuid(), entropy::uuid()];
    one.keys_for(&[erased, kept]).await.unwrap();
    one.erase(erased, &key(2)).await.unwrap();
    let changed = |result: Result<vault::Keys, VaultError>| {
        assert!(matches!(result, Err(VaultError::EpochChanged { held: 1 })), "{result:?}");
    };
    changed(two.keys_for(&[kept]).await);
    changed(two.existing_keys(&[kept]).await);
    changed(two.keys_for(&[new]).await);
    changed(two.bind_id_numbers(&[(two.blind_index(Purpose::IdNumber, "1"), new)]).await);
    assert!(matches!(two.erase(kept, &key(3)).await, Err(VaultError::EpochChanged { held: 1 })));
    assert!(matches!(two.census().await, Err(VaultError::EpochChanged { held: 1 })));
    // What was at hand stays at hand until it is forgotten.
    let three = Vault::open(place.vault(), &key(2)).await.unwrap();
    one.erase(kept, &key(3)).await.unwrap();
    assert!(three.existing_keys(&[kept]).await.unwrap().has(kept));
    three.forget(kept);
    assert!(!three.existing_keys(&[kept]).await.unwrap().has(kept));
    assert_eq!(one.census().await.unwrap().subjects, 0);
}

/// Keys are asked for while subjects are erased: nobody gets a key back from the dead into the cache.
async fn erasure_among_readers(place: &Place) {
    let vault = place.create().await;
    vault.set_cached_subjects(std::num::NonZeroUsize::new(20).unwrap());
    let everybody: Vec<Uuid> = (0..100).map(|_| entropy::uuid()).collect();
    vault.keys_for(&everybody).await.unwrap();
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (vault, everybody) = (vault.clone(), everybody.clone());
            tokio::spawn(async move {
                for _ in 0..60 {
                    vault.existing_keys(&everybody).await.unwrap();
                }
            })
        })
        .collect();
    for (id, n) in everybody.iter().zip(2..12) {
        vault.erase(*id, &key(n)).await.unwrap();
        assert!(!vault.existing_keys(&[*id]).await.unwrap().has(*id));
        assert!(vault.cached(*id).is_none());
    }
    for reader in readers {
        reader.await.unwrap();
    }
    assert_eq!(vault.existing_keys(&everybody).await.unwrap().len(), 90);
}

/// Who has the vault open learns of an erasure by another, and has no key at hand any more.
async fn the_epoch_tells_of_erasures(place: &Place) {
    let vault = place.create().await;
    let [one, other] = [entropy::uuid(), entropy::uuid()];
    vault.keys_for(&[one, other]).await.unwrap();
    let elsewhere = Vault::open(place.vault(), &key(1)).await.unwrap();
    assert_eq!((vault.epoch().await.unwrap(), elsewhere.epoch().await.unwrap()), (1, 1));
    assert!(elsewhere.cached(one).is_some());
    vault.erase(one, &key(2)).await.unwrap();
    assert_eq!(vault.epoch().await.unwrap(), 2);
    assert!(vault.cached(other).is_some());
    let told = elsewhere.epoch().await;
    assert!(matches!(told, Err(VaultError::EpochChanged { held: 1 })), "{told:?}");
    assert!(elsewhere.cached(one).is_none() && elsewhere.cached(other).is_none());
}

on_both_engines!(
    the_epoch_tells_of_erasures,
    the_erased_are_gone_and_the_others_stay,
    another_process_is_told_to_open_anew,
    erasure_among_readers,
);
