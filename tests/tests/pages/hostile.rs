//! Hostile input in every field, every path and every form gets a clear page that says no; what is private stays so.

use crate::site::on_sqlite;
use tests::{Http, Page};

/// What must not stand in any field: injections, wrong types, foreign encodings, too much.
const POISON: &[&str] = &[
    "%27%20OR%20%271%27%3D%271",
    "1;DROP%20TABLE%20entry;--",
    "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
    "%00",
    "%FF%FE",
    "%E2%80%AE",
    "%C0%AF..%C0%AF",
    "..%2F..%2Fetc%2Fpasswd",
    "-1",
    "99999999999999999999999999",
    "1e309",
    "NaN",
    "%E5%88%98",
    "%",
    "%zz",
    "$%7Bjndi:ldap://x%7D",
    "%0d%0aset-cookie:%20a=b",
];

/// Fields that pages have.
const FIELDS: &[&str] = &[
    "as_of",
    "lang",
    "sort",
    "before",
    "format",
    "region",
    "project",
    "employer",
    "contractor",
    "owner",
    "crew",
    "worker",
    "bucket",
    "kind",
    "from",
    "to",
    "after",
];

/// Paths with a hole in them.
const PATHS: &[&str] = &[
    "/{}",
    "/regions/{}",
    "/projects/{}",
    "/projects/{}/trail",
    "/projects/3301102601010101/months/{}",
    "/projects/3301102601010101/employers/{}",
    "/projects/3301102601010101/{}",
    "/employers/{}",
    "/employers/{}/trail",
    "/crews/{}",
    "/workers/{}",
    "/workers/{}/trail",
    "/lines/{}",
    "/entries/{}",
    "/assets/{}",
];

fn refused(http: &Http, what: &str) {
    assert!((400..500).contains(&http.status), "{what}: {} {}", http.status, http.head);
    let page = Page::read(&http.body);
    assert!(!page.title.is_empty() && http.body.len() < 4_000, "{what}: {}", http.body);
    guarded(http, what);
    assert!(!http.head.contains("set-cookie"), "{what}: {}", http.head);
    for poison in ["alert(1)", "DROP", "jndi", "passwd"] {
        assert!(!http.body.contains(poison), "{what}: what was sent is repeated\n{}", http.body);
    }
}

/// What every answer says to the browser.
fn guarded(http: &Http, what: &str) {
    let head = http.head.to_lowercase();
    for line in [
        "content-security-policy: default-src 'none'; style-src 'self'",
        "frame-ancestors 'none'",
        "x-content-type-options: nosniff",
        "referrer-policy: same-origin",
        "cache-control: no-store",
    ] {
        assert!(head.contains(line), "{what}: {line} is missing in\n{head}");
    }
    assert!(
        !http.body.contains("<script") && !http.body.contains("style=\"") && !http.body.contains("://"),
        "{what}"
    );
}

#[test]
fn every_field_path_and_form() {
    let site = on_sqlite();
    let node = &site.node;
    let get = |path: &str| Http::get(&node.address, path).unwrap_or_else(|| panic!("no answer to {path}"));
    for poison in POISON {
        for field in FIELDS {
            for page in ["/", "/arrears", "/projects/3301102601010101/trail"] {
                let path = format!("{page}?{field}={poison}");
                // Letters and digits are a project's code, though no project has it.
                let is_code = poison.len() >= 4 && poison.bytes().all(|b| b.is_ascii_alphanumeric());
                match field == &"project" && is_code {
                    true => assert_eq!(get(&path).status, 200, "{path}"),
                    false => refused(&get(&path), &path),
                }
            }
        }
        for path in PATHS {
            let path = path.replace("{}", poison);
            refused(&get(&path), &path);
        }
        for (path, field) in [("/search", "q"), ("/search", "x")] {
            let form = format!("{field}={poison}");
            let http = Http::form(&node.address, path, &form).expect("an answer");
            // Words that name nothing are looked for, and not found; what is no text is refused.
            match http.status {
                200 => guarded(&http, &form),
                _ => refused(&http, &form),
            }
            assert!(!http.body.contains("<script") && !http.body.contains("alert(1)</"), "{form}");
        }
    }
    for path in [
        "/?as_of=2026-06-30&as_of=2026-06-30".to_owned(),
        "/?nothing=1".to_owned(),
        "/?as_of=2300-01-01".to_owned(),
        format!("/?{}", "a".repeat(3_000)),
        format!("/projects/{}", "1".repeat(3_000)),
        "/projects/9999".to_owned(),
        "/workers/00000000-0000-4000-8000-000000000000".to_owned(),
        "/workers/00000000-0000-4000-8000-000000000000/trail".to_owned(),
        "/crews/00000000-0000-4000-8000-000000000000".to_owned(),
        "/entries/9223372036854775807".to_owned(),
        "/lines/1".to_owned(),
        "/regions/999999".to_owned(),
    ] {
        refused(&get(&path), &path[..path.len().min(80)]);
    }
    let beyond = get("/?as_of=2199-12-31");
    assert_eq!(beyond.status, 422);
    refused(&beyond, "a day that nobody can ask about");
    for (method, path) in
        [("PUT", "/"), ("DELETE", "/entries/1"), ("POST", "/"), ("POST", "/projects/3301102601010101")]
    {
        let form = ["content-type: application/x-www-form-urlencoded"];
        refused(&Http::send(&node.address, method, path, &form, "q=a").expect("an answer"), path);
    }
    let long = format!("q={}", "a".repeat(20_000));
    refused(&Http::form(&node.address, "/search", &long).expect("an answer"), "a long form");
    // The node is none the worse for it, and nothing of it was recorded or logged.
    assert_eq!(get("/").status, 200);
    let log = std::fs::read_to_string(site.book.named().with_extension("log")).expect("its log");
    assert!(log.is_empty(), "{log}");
}

/// Another site's page in the same browser can send it here; it gets nothing and does nothing.
#[test]
fn strangers() {
    let site = on_sqlite();
    let (node, form) = (&site.node, "content-type: application/x-www-form-urlencoded");
    let head = |lines: &[&str], method: &str, path: &str| {
        Http::send(&node.address, method, path, lines, "q=390309197712206190").expect("an answer").status
    };
    let own = format!("origin: http://{}", node.address);
    assert_eq!(head(&[form], "POST", "/search"), 200);
    assert_eq!(head(&[form, &own, "sec-fetch-site: same-origin"], "POST", "/search"), 200);
    for lines in [
        vec![form, "origin: http://evil.example"],
        vec![form, "origin: null"],
        vec![form, "sec-fetch-site: cross-site"],
        vec![form, "sec-fetch-site: same-site"],
        vec![form, "host: evil.example"],
        vec![form, "host: 127.0.0.1.evil.example:8470"],
        vec!["content-type: text/plain"],
    ] {
        assert_eq!(head(&lines, "POST", "/search"), 403, "{lines:?}");
    }
    assert_eq!(head(&["host: evil.example"], "GET", "/"), 403);
}

/// Personal data is on no page, in no log, before somebody says why; then an entry says who and why.
#[test]
fn reveals() {
    const NUMBER: &str = "390309197712206190";
    let site = on_sqlite();
    let node = &site.node;
    let found = Page::post(node, "/search", "q", NUMBER);
    let worker = found.captioned("工人").cells("工人（代号）")[0].leads_to().to_owned();
    let path = format!("/workers/{worker}");
    let before = Http::get(&node.address, &path).expect("an answer");
    assert!(!before.body.contains(NUMBER) && before.body.contains("已加密"), "{}", before.body);
    let head = site.book.entries().len();
    for bad in ["purpose=", "purpose=%20%20", "purpose", "why=court", "purpose=a%00b"] {
        refused(&Http::form(&node.address, &path, bad).expect("an answer"), bad);
    }
    assert_eq!(site.book.entries().len(), head, "nothing was shown, nothing is recorded");
    let opened =
        Http::form(&node.address, &path, "purpose=%E6%B3%95%E9%99%A2%E8%B0%83%E6%9F%A5").expect("an answer");
    assert_eq!(opened.status, 200);
    assert!(opened.body.contains(NUMBER), "{}", opened.body);
    guarded(&opened, "a reveal");
    let entries = site.book.entries();
    assert_eq!(entries.len(), head + 1);
    let last = entries.last().expect("an entry");
    assert_eq!(last.type_name(), "data.revealed");
    assert_eq!(last.fact()["source"]["channel"], "web");
    tests::until("the reveal stands on the worker's own trail", || {
        let trail = Http::get(&node.address, &format!("{path}/trail")).expect("an answer");
        trail.body.contains("查看个人信息")
    });
    let log = std::fs::read_to_string(site.book.named().with_extension("log")).expect("its log");
    assert!(!log.contains(NUMBER), "{log}");
}

/// A page that was opened and is loaded again sends its form again: it is the same look, shown again, recorded once. Whoever
/// opens the page anew looks anew.
#[test]
fn a_look_is_recorded_once() {
    const NUMBER: &str = "390309197712206190";
    let site = on_sqlite();
    let node = &site.node;
    let found = Page::post(node, "/search", "q", NUMBER);
    let path = format!("/workers/{}", found.captioned("工人").cells("工人（代号）")[0].leads_to());
    let looks = || site.book.entries().iter().filter(|entry| entry.type_name() == "data.revealed").count();
    let look = || {
        let page = Http::get(&node.address, &path).expect("an answer").body;
        let (_, rest) = page.split_once("name=\"look\" value=\"").expect("the form names its look");
        rest.split_once('"').expect("a name").0.to_owned()
    };
    let send = |form: &str| Http::form(&node.address, &path, form).expect("an answer");
    let shows = |http: &Http| http.status == 200 && http.body.contains(NUMBER);
    let before = looks();
    let form = format!("look={}&purpose=court", look());
    for _ in 0..3 {
        let http = send(&form);
        assert!(shows(&http), "{}", http.body);
        assert_eq!(looks(), before + 1, "one look");
    }
    // The same look has one purpose.
    refused(&send(&form.replace("court", "gossip")), "another purpose");
    for bad in [
        "look=x&purpose=court",
        "look=&purpose=court",
        &format!("{form}&look=1"),
        &form.replace("&purpose=court", ""),
    ] {
        refused(&send(bad), bad);
    }
    assert_eq!(looks(), before + 1);
    let again = look();
    assert!(!form.contains(&again), "each page names a look of its own");
    assert!(shows(&send(&format!("look={again}&purpose=court"))));
    assert_eq!(looks(), before + 2, "another look");
    // A program that names none: the same purpose sent again at once is the same look, give or take the turn of a
    // ten minutes' span.
    assert!(shows(&send("purpose=inspection")) && shows(&send("purpose=inspection")));
    assert!((before + 3..=before + 4).contains(&looks()), "{}", looks());
}

/// An export is what is on the screen, and says of which day and entry.
#[test]
fn exports() {
    let site = on_sqlite();
    let node = &site.node;
    let page = Page::of(node, "/projects?as_of=2026-06-30");
    let csv = Http::get(&node.address, "/projects?as_of=2026-06-30&format=csv").expect("an answer");
    assert_eq!(csv.status, 200);
    assert!(csv.head.contains("attachment"), "{}", csv.head);
    let entries = site.book.entries();
    let last = entries.last().expect("an entry");
    // Named by what it is, of which day and which entry.
    let name = format!("wageledger-projects-2026-06-30-{}.csv", last.seq);
    assert!(csv.head.contains(&format!("filename=\"{name}\"")), "{}", csv.head);
    assert!(csv.head.contains("filename*=UTF-8''%E5%85%A8%E9%83%A8%2D%E9%A1%B9%E7%9B%AE%2D2026%2D06%2D30"));
    for line in [
        "截至日期,2026-06-30".to_owned(),
        format!("截至记录,{}", last.seq),
        format!("记录校验值,{}", last.hash()),
    ] {
        assert!(csv.body.contains(&line), "{line} is not in\n{}", csv.body);
    }
    for row in &page.captioned("按项目").rows {
        let plain: Vec<String> = row.iter().map(|cell| cell.text.replace(',', "")).collect();
        let line = [0, 1, 3, 4, 5, 6].map(|at| plain[at].as_str()).join(",");
        assert!(csv.body.contains(&line), "{line} is not in\n{}", csv.body);
    }
    let xlsx = Http::get(&node.address, "/projects?as_of=2026-06-30&format=xlsx").expect("an answer");
    assert_eq!(xlsx.status, 200);
    assert!(xlsx.bytes.starts_with(b"PK"), "no workbook");
}

/// The button of an entry's page says what was checked, and finds what was changed.
#[test]
fn verification() {
    let site = on_sqlite();
    let node = &site.node;
    let ask = |seq: u64| Http::form(&node.address, &format!("/entries/{seq}"), "").expect("an answer");
    let whole = ask(1);
    assert!(whole.status == 200 && whole.body.contains("verdict good"), "{}", whole.body);
    let number = site.book.entries().len();
    assert!(
        whole.body.contains(&format!("校验通过（范围：第 1 条至最新的第 {number} 条，共 {number} 条记录")),
        "{}",
        whole.body
    );
    let entries = site.book.entries();
    let wages = entries.iter().find(|entry| entry.type_name() == "wages.accrued").expect("a wage line");
    let changed = String::from_utf8_lossy(&wages.body).replacen("\"net\":\"", "\"net\":\"1", 1);
    let ledger = site.book.open("ledger.sqlite");
    let update = "UPDATE entry SET body = ?1 WHERE seq = ?2";
    ledger.execute(update, (changed.as_bytes(), wages.seq)).expect("damage");
    let seq = u64::try_from(wages.seq).expect("a sequence");
    let broken = ask(seq - 1);
    assert!(
        broken.body.contains("verdict bad") && broken.body.contains(&format!("未通过：第 {seq} 条记录")),
        "{}",
        broken.body
    );
    let after = ask(seq + 1);
    assert!(after.body.contains("verdict good"), "{}", after.body);
}
