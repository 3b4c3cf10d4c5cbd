//! A ledger in Kafka and PostgreSQL, backed up into a folder while its nodes record.

use std::fs;
use tests::{Book, Callers, Cluster, run, wageledger};

/// At either node, the one that leads and the one that follows, the backup holds what any node had acknowledged before;
/// the keys in it are wrapped under the same epoch key; and what was restored goes back to servers.
#[test]
fn a_backup_at_each_node_while_both_record() {
    let cluster = Cluster::new("backup");
    let (one, mut two) = (cluster.serve(1), cluster.serve(2));
    one.ready();
    two.ready();
    let callers = [Callers::of(&one.address, 8, 0), Callers::of(&two.address, 8, 1_000_000)];
    tests::until("entries", || callers.iter().all(|callers| callers.acknowledged().len() > 100));
    for n in [1, 2] {
        let mut acknowledged = callers[0].acknowledged();
        acknowledged.extend(callers[1].acknowledged());
        let (to, back) =
            (cluster.folder().join(format!("backup-{n}")), cluster.folder().join(format!("back-{n}")));
        let mut backup = cluster.book(n).command("backup", &[]);
        backup.arg("--to").arg(&to);
        run(backup).exits(0);
        if n == 1 {
            two.signal("KILL");
            two.end();
        }
        let mut restore = wageledger();
        restore.arg("restore").arg("--from").arg(&to).arg("--to").arg(&back);
        restore.arg("--key-file").arg(cluster.folder().join("epoch.key"));
        run(restore).exits(0);
        fs::copy(cluster.folder().join("epoch.key"), back.join("vault.key")).expect("a key");
        let restored = Book::at(&back);
        restored.verifies();
        let entries = restored.entries();
        for (seq, hash) in &acknowledged {
            let entry = &entries[usize::try_from(*seq).expect("fits") - 1];
            assert_eq!(&entry.hash().to_string(), hash, "node {n}: entry {seq}");
        }
    }
    drop(callers);
}
