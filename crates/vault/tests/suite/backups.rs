//! A vault's rows in a file of their own, and a vault's file copied by itself.

use crate::place::{Place, key, on_both_engines};
use std::sync::atomic::{AtomicBool, Ordering};
use uuid::Uuid;
use vault::{Held, Purpose, Vault, VaultError, back_up, entropy};

on_both_engines!(a_backup_is_of_one_moment_and_opens_with_the_same_key);

/// While keys are made and bound, a backup has every key that there was before it began, every binding with its key, and
/// opens with the same epoch key; the file that is there already is left alone.
async fn a_backup_is_of_one_moment_and_opens_with_the_same_key(place: &Place) {
    let vault = place.create().await;
    let first: Vec<Uuid> = (0..6_000).map(|_| entropy::uuid()).collect();
    let keys = vault.keys_for(&first).await.unwrap();
    let sealed = keys.seal(first[7], "name", "x").unwrap();
    let stop = AtomicBool::new(false);
    let folder = tempfile::tempdir().unwrap();
    let more = async {
        let mut made = 0_u64;
        while !stop.load(Ordering::SeqCst) {
            let index = vault.blind_index(Purpose::IdNumber, &made.to_string());
            vault.bind_id_numbers(&[(index, entropy::uuid())]).await.unwrap();
            made += 1;
        }
        made
    };
    let backups = async {
        for round in 0..4 {
            let file = folder.path().join(format!("vault-{round}.sqlite"));
            let held = back_up(place.vault(), &file).await.unwrap();
            assert_eq!(
                held,
                Held { subjects: 6_000 + held.id_numbers, id_numbers: held.id_numbers, epoch: 1 }
            );
            assert!(matches!(back_up(place.vault(), &file).await, Err(VaultError::Exists(_))));
            let opened = Vault::open(&file, &key(1)).await.unwrap();
            let census = opened.census().await.unwrap();
            assert_eq!((census.subjects, census.id_numbers), (held.subjects, held.id_numbers));
            let there = opened.existing_keys(&first).await.unwrap();
            assert!(first.iter().all(|id| there.has(*id)));
            assert_eq!(there.open(first[7], "name", &sealed).as_deref(), Ok("x"));
            opened.close().await;
            assert!(matches!(Vault::open(&file, &key(2)).await, Err(VaultError::WrongEpochKey { epoch: 1 })));
        }
        stop.store(true, Ordering::SeqCst);
    };
    let (made, ()) = tokio::join!(more, backups);
    assert!(made > 0, "something was made meanwhile");
}

#[tokio::test]
async fn there_must_be_a_vault() {
    let place = Place::new();
    let to = place.path().with_file_name("backup.sqlite");
    assert!(matches!(back_up(place.vault(), &to).await, Err(VaultError::Missing(_))));
    std::fs::write(place.path(), "").unwrap();
    assert!(matches!(back_up(place.vault(), &to).await, Err(VaultError::Missing(_))));
    assert!(!to.exists(), "and nothing is left");
}

/// A key that was handed out is in the file itself: a copy of that alone has it, whatever is in the log.
#[tokio::test]
async fn the_file_alone_has_every_key_that_was_handed_out() {
    let place = Place::new();
    let vault = place.create().await;
    let reader = Vault::open_read_only(place.vault(), &key(1)).await.unwrap();
    let mut everybody = Vec::new();
    for round in 0..20 {
        let id = entropy::uuid();
        vault
            .bind_id_numbers(&[(vault.blind_index(Purpose::IdNumber, &round.to_string()), id)])
            .await
            .unwrap();
        everybody.push(id);
        reader.census().await.unwrap();
        let copy = place.path().with_file_name(format!("copy-{round}.sqlite"));
        std::fs::copy(place.path(), &copy).unwrap();
        let copy = Vault::open(&copy, &key(1)).await.unwrap();
        let there = copy.existing_keys(&everybody).await.unwrap();
        assert!(everybody.iter().all(|id| there.has(*id)), "round {round}");
        assert_eq!(copy.census().await.unwrap().id_numbers, round + 1);
        copy.close().await;
    }
    assert!(vault.settle().await);
}
