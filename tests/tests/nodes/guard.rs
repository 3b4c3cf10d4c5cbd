//! Who may ask a node, on loopback too: attacks of another site's page, of a rebound name, of another account of the same
//! machine.

use crate::organisation;
use std::os::unix::fs::PermissionsExt;
use tests::{Book, Http, Node, Place};

const JSON: &str = "content-type: application/json";
const TEXT: &str = "content-type: text/plain";
const FORM: &str = "content-type: application/x-www-form-urlencoded";
const FOREIGN: &str = "origin: http://evil.example";

/// What is tried.
struct Attack {
    name: &'static str,
    method: &'static str,
    path: &'static str,
    lines: &'static [&'static str],
    /// Whether it sends the ledger's token, as a browser with an extension or a careless program would.
    with_token: bool,
    status: u16,
}

const fn attack(
    name: &'static str,
    (method, path): (&'static str, &'static str),
    lines: &'static [&'static str],
    with_token: bool,
    status: u16,
) -> Attack {
    Attack { name, method, path, lines, with_token, status }
}

const RECORD: (&str, &str) = ("POST", "/v1/commands");
const READ: (&str, &str) = ("GET", "/v1/entries/1");
const LOOK: (&str, &str) = ("GET", "/ledger");
const SEARCH: (&str, &str) = ("POST", "/search");

const ATTACKS: &[Attack] = &[
    attack("a page records by a form of text", RECORD, &[TEXT, FOREIGN], false, 403),
    attack("it was given the token", RECORD, &[TEXT, FOREIGN], true, 403),
    attack("a page that hides its name", RECORD, &[TEXT, "origin: null"], true, 403),
    attack("a page that sends JSON", RECORD, &[JSON, FOREIGN], true, 403),
    attack("a page of another port", RECORD, &[JSON, "origin: http://127.0.0.1:1"], true, 403),
    attack("a page asks whether it may", ("OPTIONS", "/v1/commands"), &[FOREIGN], false, 403),
    attack("a page without origin", RECORD, &[JSON, "sec-fetch-site: cross-site"], true, 403),
    attack(
        "a page embeds an entry",
        READ,
        &["sec-fetch-site: cross-site", "sec-fetch-mode: no-cors"],
        true,
        403,
    ),
    attack("a rebound name records", RECORD, &[JSON, "host: evil.example"], true, 403),
    attack("a rebound name reads an entry", READ, &["host: evil.example:80"], true, 403),
    attack("a rebound name reads a page", LOOK, &["host: evil.example"], true, 403),
    attack("a rebound name signs in", ("GET", "/sign-in"), &["host: evil.example"], true, 403),
    attack("a rebound name, said twice", READ, &["host: 127.0.0.1", "host: evil.example"], true, 403),
    attack("another account records", RECORD, &[JSON], false, 401),
    attack("another account reads an entry", READ, &[], false, 401),
    attack("another account looks for a route", ("GET", "/v1/nothing"), &[], false, 401),
    attack("another account reads a page", LOOK, &[], false, 401),
    attack("another account exports", ("GET", "/projects?format=csv"), &[], false, 401),
    attack("another account searches", SEARCH, &[FORM], false, 401),
    attack("a token that is none", READ, &["authorization: Bearer 0123456789abcdef"], false, 401),
    attack("a cookie that is none", LOOK, &["cookie: wageledger=1"], false, 401),
    attack("commands that are said to be text", RECORD, &[TEXT], true, 415),
    attack("commands that are said to be nothing", RECORD, &["accept: */*"], true, 415),
    attack("commands as a form", RECORD, &[FORM], true, 415),
    attack("a search that is no form", SEARCH, &[TEXT], true, 403),
];

#[test]
fn attacks() {
    let book = Book::new();
    let node = Node::start(&book);
    let stranger = Place::open(&node.address.at);
    let body = organisation(1).to_string();
    for attack in ATTACKS {
        let address = if attack.with_token { &node.address } else { &stranger };
        let http = Http::send(address, attack.method, attack.path, attack.lines, &body).expect(attack.name);
        assert_eq!(http.status, attack.status, "{}: {http:?}", attack.name);
        let head = http.head.to_lowercase();
        for line in ["content-security-policy: default-src 'none'", "x-content-type-options: nosniff"] {
            assert!(head.contains(line), "{}: {line} is missing in\n{head}", attack.name);
        }
        assert!(!head.contains("access-control-") && !head.contains("set-cookie"), "{}: {head}", attack.name);
        for given in ["evil.example", "390309", "某某", "wageledger.example.org/test"] {
            assert!(!http.body.contains(given), "{}: {}", attack.name, http.body);
        }
    }
    assert_eq!(book.head().seq, 1, "nothing was recorded");
    assert_eq!(node.post(&organisation(1)).expect("an answer").status, 201, "who knows the token records");
    let log = std::fs::read_to_string(book.named().with_extension("log")).expect("its log");
    assert!(log.is_empty(), "{log}");
}

/// Health is asked for by machines that know no token; no page of another site reads it.
#[test]
fn health() {
    let book = Book::new();
    let node = Node::start(&book);
    node.ready();
    for path in ["/livez", "/readyz", "/metrics"] {
        let get = |lines: &[&str]| Http::send(&node.ops, "GET", path, lines, "").expect("an answer").status;
        assert_eq!(get(&["accept: */*"]), 200, "{path}");
        for lines in [&["host: evil.example"], &[FOREIGN], &["sec-fetch-site: cross-site"]] {
            assert_eq!(get(lines), 403, "{path} {lines:?}");
        }
    }
}

/// The link that a node prints opens one session: its cookie is neither link nor token, and stays when the address does
/// not. A session reads and uses pages, and records nothing over `/v1`.
#[test]
fn signing_in() {
    let book = Book::new();
    let node = Node::start(&book);
    node.ready();
    let (stranger, token) = (Place::open(&node.address.at), book.token());
    let mode = std::fs::metadata(book.file("node.token")).expect("the token's file").permissions().mode();
    assert_eq!((token.len(), mode & 0o777), (64, 0o600));
    let path = node.link.split_once(&node.address.at).expect("a link to the node").1;
    assert!(path.starts_with("/sign-in?link=") && !path.contains(&token), "{path}");
    let get = |path: &str, lines: &[&str]| Http::send(&stranger, "GET", path, lines, "").expect("an answer");

    // Nothing that only looks uses the link up.
    assert_eq!(Http::send(&stranger, "HEAD", path, &["accept: */*"], "").expect("an answer").status, 204);
    assert_eq!(get(path, &["sec-purpose: prefetch"]).status, 204);
    assert_eq!(get(&path[..path.len() - 1], &[]).status, 401);
    let signed_in =
        get(path, &["sec-fetch-site: none", "sec-fetch-mode: navigate", "sec-fetch-dest: document"]);
    assert_eq!(signed_in.status, 303, "{signed_in:?}");
    let line = |http: &Http, name: &str| {
        let lines = http.head.lines().filter_map(|line| line.split_once(": "));
        let found =
            lines.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.to_owned());
        found.collect::<Vec<_>>().join("\n")
    };
    assert_eq!(line(&signed_in, "location"), "/");
    let set = line(&signed_in, "set-cookie");
    assert!(set.ends_with("; Path=/; HttpOnly; SameSite=Strict") && !set.contains(&token), "{set}");
    let cookie = format!("cookie: other=1; {}", set.split(';').next().expect("a cookie"));
    let again = get(path, &[]);
    assert!(again.status == 401 && again.body.contains("已使用过"), "{again:?}");

    for (method, path, lines, status) in [
        ("GET", "/ledger", &[][..], 200),
        ("GET", "/v1/entries/1", &[], 200),
        ("POST", "/search", &[FORM], 200),
        ("POST", "/v1/commands", &[JSON], 401),
        ("POST", "/search", &[FORM, FOREIGN], 403),
        ("GET", "/ledger", &["sec-fetch-site: cross-site", "sec-fetch-mode: cors"], 403),
    ] {
        let mut all = vec![cookie.as_str()];
        all.extend_from_slice(lines);
        let body = if method == "POST" { "q=x" } else { "" };
        let http = Http::send(&stranger, method, path, &all, body).expect("an answer");
        assert_eq!(http.status, status, "{method} {path} {lines:?}: {http:?}");
    }
    assert_eq!(book.head().seq, 1);

    // Who has the token needs no link; who was led here by a link elsewhere goes on from the page that he gets.
    for (form, status) in
        [(format!("token={token}"), 303), ("token=x".to_owned(), 401), ("token=".to_owned(), 400)]
    {
        let http = Http::form(&stranger, "/sign-in", &form).expect("an answer");
        assert_eq!((http.status, line(&http, "set-cookie").is_empty()), (status, status != 303), "{http:?}");
    }
    let led = ["sec-fetch-site: cross-site", "sec-fetch-mode: navigate", "sec-fetch-dest: document"];
    let asked = get("/ledger?lang=en", &led);
    assert!(asked.status == 401 && asked.body.contains("href=\"/ledger?lang=en\""), "{asked:?}");
    let poison = get("/%3Cscript%3E?x=%22", &led);
    assert!(poison.status == 401 && !poison.body.contains("script"), "{poison:?}");
    let log = std::fs::read_to_string(book.named().with_extension("log")).expect("its log");
    assert!(log.is_empty(), "{log}");
}

/// A command at the shell finds the token where it lies; another account's, that cannot read it, records nothing.
#[test]
fn commands_beside_a_node() {
    let book = Book::new();
    let node = Node::start(&book);
    node.ready();
    let projects = tests::data("site").join("projects.csv");
    book.import(std::slice::from_ref(&projects)).exits(0);
    let head = book.head();
    let mut other = book.command("import", &[]);
    other.arg(tests::data("site")).env("WAGELEDGER_NODE_TOKEN", "ffffffffffffffffffffffffffffffff");
    tests::run(other).exits(3).says(&["token"]);
    assert_eq!(book.head(), head);
}
