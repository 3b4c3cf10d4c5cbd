//! What it costs. Not part of the suite: `cargo test --release -p vault --test suite cost -- --ignored --nocapture`.

use crate::place::{Place, key};
use std::time::Instant;
use uuid::Uuid;
use vault::{Purpose, Vault, entropy};

#[tokio::test]
#[ignore = "measures; run alone and in release"]
async fn cost() {
    const WORKERS: usize = 450_000;
    const FIELDS: u32 = 200_000;
    let place = Place::new();
    let vault = place.create().await;
    let ids: Vec<Uuid> = (0..WORKERS).map(|_| entropy::uuid()).collect();
    let took = |what: &str, since: Instant| println!("{what}: {:?}", since.elapsed());

    let start = Instant::now();
    let keys = vault.keys_for(&ids).await.unwrap();
    took("450,000 new keys", start);
    let start = Instant::now();
    for batch in ids.chunks(1_000) {
        assert_eq!(vault.keys_for(batch).await.unwrap().len(), batch.len());
    }
    took("450,000 cached keys by the thousand", start);

    let key_of_one = vault.cached(ids[0]).unwrap();
    let start = Instant::now();
    let sealed: Vec<_> = (0..FIELDS).map(|_| key_of_one.seal("name", "张伟张伟").unwrap()).collect();
    println!("seal: {:?} a field", start.elapsed() / FIELDS);
    let start = Instant::now();
    for field in &sealed {
        key_of_one.open("name", field).unwrap();
    }
    println!("open: {:?} a field", start.elapsed() / FIELDS);
    let start = Instant::now();
    for id in &ids {
        let key = vault.cached(*id).unwrap();
        assert!(key.seal("name", "张伟").is_ok() && key.seal("account", "6222020200112233445").is_ok());
    }
    println!("cached key and two fields: {:?}", start.elapsed() / 450_000);
    let start = Instant::now();
    for _ in 0..FIELDS {
        std::hint::black_box(vault.command_id("record_payment", &["P-7", "2026-01", "110101199003070011"]));
    }
    println!("command id: {:?}", start.elapsed() / FIELDS);
    let start = Instant::now();
    for _ in 0..FIELDS {
        std::hint::black_box(entropy::salt16());
    }
    println!("salt16: {:?}", start.elapsed() / FIELDS);

    let bindings: Vec<_> =
        ids.iter().map(|id| (vault.blind_index(Purpose::IdNumber, &id.to_string()), *id)).collect();
    let start = Instant::now();
    vault.bind_id_numbers(&bindings).await.unwrap();
    took("450,000 bindings", start);
    drop(keys);
    vault.close().await;
    let start = Instant::now();
    let vault = Vault::open(place.vault(), &key(1)).await.unwrap();
    took("open with 450,000 subjects and bindings", start);
    let start = Instant::now();
    vault.erase(ids[0], &key(2)).await.unwrap();
    took("erase one of 450,000", start);
}
