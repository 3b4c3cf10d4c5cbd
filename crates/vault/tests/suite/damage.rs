//! No stored value can be changed unseen: every byte of every column of every table is flipped in turn.

use crate::place::{Place, key};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{AssertSqlSafe, Row};
use vault::{Damage, Purpose, Vault, VaultError, entropy};

/// A connection that checks nothing, as an attacker's would.
async fn meddle(place: &Place) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(place.path())
        .foreign_keys(false)
        .pragma("ignore_check_constraints", "ON");
    SqlitePool::connect_with(options).await.unwrap()
}

#[tokio::test]
async fn every_flipped_byte_of_every_column_is_found() {
    let place = Place::new();
    let vault = place.create().await;
    let ids = [entropy::uuid(), entropy::uuid()];
    let bindings: Vec<_> =
        ids.iter().map(|id| (vault.blind_index(Purpose::IdNumber, &id.to_string()), *id)).collect();
    vault.bind_id_numbers(&bindings).await.unwrap();
    vault.close().await;

    let db = meddle(&place).await;
    let columns = sqlx::query(
        "SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' ORDER BY 1, 2",
    )
    .fetch_all(&db)
    .await
    .unwrap();
    let mut changed = 0;
    for column in &columns {
        let [table, name, kind]: [&str; 3] = [column.get(0), column.get(1), column.get(2)];
        let read = format!("SELECT rowid, {name} FROM {table} ORDER BY rowid LIMIT 1");
        let row = sqlx::query(AssertSqlSafe(read)).fetch_one(&db).await.unwrap();
        let (good, bad) = if kind == "BYTEA" {
            let good: Vec<u8> = row.get(1);
            (literal(&good), other_bytes(&good))
        } else {
            let good: i64 = row.get(1);
            (good.to_string(), (0..63).map(|bit| (good ^ (1 << bit)).to_string()).collect())
        };
        let mut at: String = row.get::<i64, _>(0).to_string();
        for value in bad {
            let put =
                |value: &str, at: &str| format!("UPDATE {table} SET {name} = {value} WHERE rowid = {at}");
            sqlx::query(AssertSqlSafe(put(&value, &at))).execute(&db).await.unwrap();
            assert_found(&place, table, name).await;
            // `id` is the row's own name, so the changed row is found where it was moved to.
            at = if name == "id" { value } else { at };
            sqlx::query(AssertSqlSafe(put(&good, &at))).execute(&db).await.unwrap();
            at = if name == "id" { good.clone() } else { at };
            changed += 1;
        }
        place.open().await.close().await;
    }
    assert_eq!(columns.len(), 10, "a new column needs to be found damaged too");
    assert!(changed > 300, "{changed}");
}

/// As SQL: every byte flipped in turn, other lengths, and other types.
fn other_bytes(good: &[u8]) -> Vec<String> {
    let flipped = (0..good.len()).map(|at| {
        let bytes: Vec<u8> = good.iter().enumerate().map(|(i, byte)| byte ^ u8::from(i == at)).collect();
        literal(&bytes)
    });
    let others =
        [literal(&[]), literal(&good[1..]), literal(&[good, &[0]].concat()), "'text'".into(), "7".into()];
    flipped.chain(others).collect()
}

fn literal(bytes: &[u8]) -> String {
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("x'{digits}'")
}

async fn assert_found(place: &Place, table: &str, column: &str) {
    let result = Vault::open(place.vault(), &key(1)).await;
    match result {
        Err(VaultError::Damaged(_)) => {}
        Err(VaultError::UnknownFormat(_)) if column == "format" => {}
        _ => panic!("{table}.{column} was changed unseen: {result:?}"),
    }
}

/// Values that are whole, but in another's place.
#[tokio::test]
async fn swapped_rows_are_found() {
    let place = Place::new();
    let vault = place.create().await;
    let ids = [entropy::uuid(), entropy::uuid()];
    let bindings: Vec<_> =
        ids.iter().map(|id| (vault.blind_index(Purpose::IdNumber, &id.to_string()), *id)).collect();
    vault.bind_id_numbers(&bindings).await.unwrap();
    vault.close().await;
    let db = meddle(&place).await;
    for (table, place_of, value) in
        [("subject_key", "subject", "wrapped"), ("id_number", "blind_index", "subject")]
    {
        let read = format!("SELECT {place_of}, {value} FROM {table}");
        let rows: Vec<(Vec<u8>, Vec<u8>)> = sqlx::query_as(AssertSqlSafe(read)).fetch_all(&db).await.unwrap();
        let write = format!("UPDATE {table} SET {value} = $1 WHERE {place_of} = $2");
        let put = async |at: &Vec<u8>, value: &Vec<u8>| {
            sqlx::query(AssertSqlSafe(write.clone())).bind(value).bind(at).execute(&db).await.unwrap();
        };
        let [one, other] = &rows[..] else { panic!("{rows:?}") };
        put(&one.0, &other.1).await;
        put(&other.0, &one.1).await;
        assert_found(&place, table, value).await;
        put(&one.0, &one.1).await;
        put(&other.0, &other.1).await;
        place.open().await.close().await;
    }
}

/// What happens behind the back of an open vault is found where it is used, also by a reader.
#[tokio::test]
async fn damage_is_found_on_use() {
    let place = Place::new();
    let vault = place.create().await;
    let id = entropy::uuid();
    let index = vault.blind_index(Purpose::IdNumber, "1");
    vault.bind_id_numbers(&[(index, id)]).await.unwrap();
    let reader = Vault::open_read_only(place.vault(), &key(1)).await.unwrap();
    let db = meddle(&place).await;
    sqlx::query("UPDATE subject_key SET wrapped = zeroblob(60)").execute(&db).await.unwrap();
    sqlx::query("UPDATE id_number SET binding = zeroblob(16)").execute(&db).await.unwrap();
    let found = reader.existing_keys(&[id]).await;
    assert!(matches!(found, Err(VaultError::Damaged(Damage::SubjectKey(of))) if of == id), "{found:?}");
    let found = reader.find_worker(index).await;
    assert!(matches!(found, Err(VaultError::Damaged(Damage::IdNumber(of))) if of == index), "{found:?}");
    sqlx::query("UPDATE subject_key SET wrapped = 'text'").execute(&db).await.unwrap();
    let found = reader.keys_for(&[id]).await;
    assert!(
        matches!(found, Err(VaultError::Damaged(Damage::Malformed { table: "subject_key" }))),
        "{found:?}"
    );
    assert!(vault.erase(id, &key(2)).await.is_ok(), "the damaged may be erased");
}

/// Pages of an index that lead back to rows before: whoever reads on from the last row would never come to an end.
#[tokio::test]
async fn an_index_that_leads_back_is_found() {
    let place = Place::new();
    let vault = place.create().await;
    let ids: Vec<_> = (0..9_000).map(|_| entropy::uuid()).collect();
    vault.keys_for(&ids).await.unwrap();
    vault.close().await;
    let db = meddle(&place).await;
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_subject_key_1'";
    let root: i64 = sqlx::query(root).fetch_one(&db).await.unwrap().get(0);
    let size: i64 = sqlx::query("PRAGMA page_size").fetch_one(&db).await.unwrap().get(0);
    db.close().await;
    // An interior page (sqlite.org/fileformat2.html, 1.6): kind, …, number of cells at 3, their places from 12 on; a cell
    // begins with the number of the page that holds what is before it.
    let mut bytes = std::fs::read(place.path()).unwrap();
    let (root, size) = (usize::try_from(root).unwrap(), usize::try_from(size).unwrap());
    let page = &mut bytes[(root - 1) * size..root * size];
    assert_eq!(page[0], 2, "an interior page of an index");
    let two = |page: &[u8], at: usize| usize::from(u16::from_be_bytes([page[at], page[at + 1]]));
    let cells = two(page, 3);
    assert!(cells > 4, "{cells} cells");
    let (first, last) = (two(page, 12), two(page, 12 + 2 * (cells - 1)));
    for byte in 0..4 {
        page.swap(first + byte, last + byte);
    }
    std::fs::write(place.path(), bytes).unwrap();
    let (vault, key) = (place.vault(), key(1));
    let opened = tokio::time::timeout(std::time::Duration::from_secs(60), Vault::open(vault, &key));
    let found = opened.await.expect("it comes to an end");
    assert!(matches!(found, Err(VaultError::Damaged(Damage::Order { table: "subject_key" }))), "{found:?}");
    assert!(!vault::damage(place.vault()).await.expect("it can be looked at").is_empty());
}

/// No half of a damaged vault is wrapped anew: an erasure that meets damage changes nothing.
#[tokio::test]
async fn an_erasure_that_meets_damage_changes_nothing() {
    let place = Place::new();
    let vault = place.create().await;
    let ids: Vec<_> = (0..1_300).map(|_| entropy::uuid()).collect();
    vault.keys_for(&ids).await.unwrap();
    let db = meddle(&place).await;
    let last = ids.iter().max().unwrap();
    sqlx::query("UPDATE subject_key SET wrapped = zeroblob(60) WHERE subject = $1")
        .bind(&last.as_bytes()[..])
        .execute(&db)
        .await
        .unwrap();
    let first = ids.iter().min().unwrap();
    let failed = vault.erase(*first, &key(2)).await;
    assert!(matches!(failed, Err(VaultError::Damaged(Damage::SubjectKey(id))) if id == *last), "{failed:?}");
    assert!(vault.existing_keys(&[*first]).await.unwrap().has(*first));
    vault.erase(*last, &key(2)).await.unwrap();
    vault.close().await;
    assert_eq!(Vault::open(place.vault(), &key(2)).await.unwrap().census().await.unwrap().subjects, 1_299);
}

/// In PostgreSQL as in a file: what was changed is found, values when they are used, tables when it is opened.
#[tokio::test]
async fn damage_in_postgres_is_found() {
    let place = Place::postgres();
    let vault = place.create().await;
    let id = entropy::uuid();
    let index = vault.blind_index(Purpose::IdNumber, "1");
    vault.bind_id_numbers(&[(index, id)]).await.unwrap();
    vault.close().await;
    assert_eq!(vault::damage(place.vault()).await.expect("it can be looked at"), [""; 0]);
    for (change, back) in [
        ("wrapped = set_byte(wrapped, 7, get_byte(wrapped, 7) # 1)", "subject_key"),
        ("binding = set_byte(binding, 7, get_byte(binding, 7) # 1)", "id_number"),
        ("ledger_key = set_byte(ledger_key, 7, get_byte(ledger_key, 7) # 1)", "vault_state"),
        ("key_check = set_byte(key_check, 7, get_byte(key_check, 7) # 1)", "vault_state"),
    ] {
        let sql = format!("UPDATE {back} SET {change}");
        place.meddle(&sql).await;
        let found = Vault::open(place.vault(), &key(1)).await;
        assert!(matches!(found, Err(VaultError::Damaged(_))), "{change}: {found:?}");
        place.meddle(&sql).await;
        place.open().await.close().await;
    }
    place.meddle("ALTER TABLE id_number DROP CONSTRAINT id_number_pkey").await;
    let found = Vault::open(place.vault(), &key(1)).await;
    assert!(matches!(found, Err(VaultError::Damaged(Damage::Schema))), "{found:?}");
    assert_eq!(vault::damage(place.vault()).await.expect("it can be looked at").len(), 1);
}
