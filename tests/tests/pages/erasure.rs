//! Somebody was erased by another process: a running node shows no label any more, and goes on answering.

use crate::site::on_sqlite;
use std::time::{Duration, Instant};
use tests::{Book, Http, Node, Page};
use uuid::Uuid;
use vault::{EpochKey, Vault};

const PROJECT: &str = "/projects/3301102601010101?as_of=2026-06-30";
/// It is looked for erasures every second; the rest is for a busy machine.
const AT_MOST: Duration = Duration::from_secs(10);

/// Erases a subject as the vault says: a new key that is durable, the erasure, and the old key is no more. No command
/// does this yet.
fn erase(book: &Book, subject: Uuid) {
    let (key, next) = (book.file("vault.key"), book.file("vault.key.next"));
    let old = EpochKey::from_file(&key).expect("the epoch key");
    let new = EpochKey::create_file(&next).expect("a new key");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let vault = Vault::open(book.file("vault.sqlite"), &old).await.expect("the vault");
        vault.erase(subject, &new).await.expect("erased");
        vault.close().await;
    });
    std::fs::rename(next, key).expect("the new key in the place of the old");
}

/// Crews of a project: label, and address of its page.
fn crews(node: &Node) -> Vec<(String, String)> {
    let page = Page::of(node, PROJECT);
    let cells = page.captioned("按班组").cells("班组");
    cells.iter().map(|cell| (cell.text.clone(), cell.href.clone().expect("a crew's page"))).collect()
}

/// How a crew is named whose label cannot be opened.
fn pseudonym(path: &str) -> String {
    let id = path.trim_start_matches("/crews/");
    format!("班组 {}", &id[..8])
}

fn log(book: &Book) -> String {
    std::fs::read_to_string(book.named().with_extension("log")).expect("its log")
}

#[test]
fn labels_go_within_seconds() {
    let site = on_sqlite();
    let node = &site.node;
    let crews = crews(node);
    let [(label, path), (other, other_path), ..] = crews.as_slice() else { panic!("two crews: {crews:?}") };
    assert_eq!(&Page::of(node, path).title, label);
    let page = |path: &str| Http::get(&node.address, path).expect("an answer");
    let line = Page::of(node, path).links.iter().find(|link| link.starts_with("/lines/")).cloned();
    // Pages that name crews; some of them are kept once they were made.
    let mut paths: Vec<String> = vec![PROJECT.to_owned(), path.clone(), other_path.clone()];
    paths.extend(["/arrears?as_of=2026-06-30", "/missing?as_of=2026-12-31"].map(str::to_owned));
    paths.extend(line);
    let named = |label: &str| paths.iter().filter(|path| page(path).body.contains(label)).count();
    assert!(named(label) >= 4 && named(other) >= 3, "{label} and {other} on {paths:?}");
    let search = |text: &str| Page::post(node, "/search", "q", text).captioned("班组").rows.len();
    assert!(search(label) > 0);

    let (_, id) = path.split('?').next().unwrap_or_default().rsplit_once('/').expect("an address");
    erase(&site.book, id.parse().expect("a pseudonym"));
    let begun = Instant::now();
    while Page::of(node, path).title == *label {
        assert!(begun.elapsed() < AT_MOST, "{label} is still shown after {:?}", begun.elapsed());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(Page::of(node, path).title, pseudonym(path));
    // This node cannot tell whose key is gone before it has the new one: it shows no label at all.
    assert_eq!((named(label), named(other)), (0, 0));
    assert_eq!((search(label), search(other)), (0, 0));
    assert!(
        page(PROJECT).body.contains(&pseudonym(path)) && page(PROJECT).body.contains(&pseudonym(other_path))
    );
    let rest = ["/", "/projects", "/employers", "/warnings", "/ledger", "/search", "/entries/1"];
    for path in paths.iter().map(String::as_str).chain(rest) {
        assert_eq!(page(path).status, 200, "{path}");
    }
    assert!(log(&site.book).contains("another process has erased a subject"), "{}", log(&site.book));
}

/// With the new key the others have their labels back.
#[test]
fn a_node_that_is_started_again_names_the_others() {
    let mut site = on_sqlite();
    let crews = crews(&site.node);
    let [(_, path), others @ ..] = crews.as_slice() else { panic!("no crew") };
    let (_, id) = path.split('?').next().unwrap_or_default().rsplit_once('/').expect("an address");
    erase(&site.book, id.parse().expect("a pseudonym"));
    site.node.signal("TERM");
    site.node.end();
    site.node = Node::start(&site.book);
    let after = self::crews(&site.node);
    assert_eq!(after[0], (pseudonym(path), path.clone()));
    assert_eq!(&after[1..], others);
}
