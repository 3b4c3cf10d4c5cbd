//! A ledger's keys in another vault: everything opens there, and nothing that is there is changed.

use crate::place::{Place, key, on_both_engines};
use uuid::Uuid;
use vault::{Copied, Purpose, VaultError, entropy};

async fn copied_whole_and_again(place: &Place) {
    let (from, to) = (Place::new(), place);
    let vault = from.create().await;
    let mut everybody: Vec<Uuid> = (0..700).map(|_| entropy::uuid()).collect();
    let keys = vault.keys_for(&everybody).await.unwrap();
    let sealed: Vec<_> = everybody.iter().map(|id| keys.seal(*id, "name", "x").unwrap()).collect();
    let index = |n: usize| vault.blind_index(Purpose::IdNumber, &n.to_string());
    let bindings: Vec<_> = everybody.iter().enumerate().map(|(n, id)| (index(n), *id)).collect();
    vault.bind_id_numbers(&bindings[..600]).await.unwrap();

    let (copy, copied) = vault.copy_into(&to.vault(), &key(9)).await.unwrap();
    assert_eq!(copied, Copied { subjects: 700, id_numbers: 600 });
    let there = copy.existing_keys(&everybody).await.unwrap();
    for (id, sealed) in everybody.iter().zip(&sealed) {
        assert_eq!(there.open(*id, "name", sealed).as_deref(), Ok("x"));
    }
    assert_eq!(copy.command_id("k", &["v"]), vault.command_id("k", &["v"]));
    assert_eq!(copy.blind_index(Purpose::IdNumber, "5"), index(5));
    assert_eq!(copy.find_worker(index(5)).await.unwrap(), Some(everybody[5]));
    copy.close().await;

    // More came since: the same call goes on.
    everybody.push(entropy::uuid());
    vault.keys_for(&everybody[700..]).await.unwrap();
    vault.bind_id_numbers(&bindings).await.unwrap();
    let (copy, copied) = vault.copy_into(&to.vault(), &key(9)).await.unwrap();
    assert_eq!(copied, Copied { subjects: 701, id_numbers: 700 });
    assert_eq!(copy.census().await.unwrap(), vault.census().await.unwrap());

    // Who was erased here meanwhile is to be erased there.
    vault.erase(everybody[3], &key(2)).await.unwrap();
    let more = vault.copy_into(&to.vault(), &key(9)).await;
    assert!(matches!(more, Err(VaultError::MoreThanCopied(id)) if id == everybody[3]), "{more:?}");
    copy.erase(everybody[3], &key(10)).await.unwrap();
    let (copy, _) = vault.copy_into(&to.vault(), &key(10)).await.unwrap();
    assert_eq!(copy.census().await.unwrap(), vault.census().await.unwrap());
}

async fn a_strangers_vault_is_left_alone(place: &Place) {
    let from = Place::new();
    let (here, there) = (from.create().await, place.create().await);
    let id = entropy::uuid();
    here.keys_for(&[id]).await.unwrap();
    let refused = here.copy_into(&place.vault(), &key(1)).await;
    assert!(matches!(refused, Err(VaultError::OtherLedger(_))), "{refused:?}");
    assert!(!there.existing_keys(&[id]).await.unwrap().has(id));
    let wrong = here.copy_into(&place.vault(), &key(2)).await;
    assert!(matches!(wrong, Err(VaultError::WrongEpochKey { .. })), "{wrong:?}");
}

on_both_engines!(copied_whole_and_again, a_strangers_vault_is_left_alone);
