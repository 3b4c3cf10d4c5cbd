//! What one caller can cost all others: lists without end, bodies without a token, connections that say nothing or
//! nearly nothing.

use crate::organisation;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tests::{Book, Http, Node, Place};

/// Bytes of a request, at most: what the node's description says.
const REQUEST_BYTES_MAX: usize = 32 << 20;
/// What a node's memory may grow by, at its peak, whatever a single request holds.
const GROWTH_MIB_MAX: u64 = 192;

/// The most memory that a process has had, in MiB (proc(5): `VmHWM`).
fn peak_mib(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("a process");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("its peak");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// `one` again and again between brackets, to nearly as many bytes as a request may have.
fn list(open: &str, one: &str, close: &str) -> String {
    let room = REQUEST_BYTES_MAX - open.len() - close.len() - 64;
    let times = room / (one.len() + 1);
    format!("{open}{}{one}{close}", format!("{one},").repeat(times - 1))
}

/// A command of some 200 KiB whose list has as many items as fit.
fn command_with(list: &str, item: &Value) -> String {
    let mut command = organisation(1);
    let one = item.to_string();
    let times = 200_000 / (one.len() + 1);
    command["command"][list] = json!(vec![item.clone(); times]);
    command.to_string()
}

/// Shape of the list, the body, and what the node answers.
fn shapes() -> Vec<(&'static str, String, u16)> {
    vec![
        ("empty names", list("[", r#"{"":0}"#, "]"), 400),
        ("numbers", list("[", "0", "]"), 400),
        ("nothing", list("[", "null", "]"), 400),
        ("texts", list("[", r#""""#, "]"), 400),
        ("lists", list("[", "[]", "]"), 400),
        ("lists in lists", "[".repeat(REQUEST_BYTES_MAX - 64), 400),
        ("objects in objects", r#"{"":"#.repeat(REQUEST_BYTES_MAX / 5), 400),
        ("one object of names", list("{", r#""":0"#, "}"), 413),
        ("one text", format!("\"{}\"", "x".repeat(REQUEST_BYTES_MAX - 64)), 413),
        ("one text of escapes", format!("[\"{}\"]", r"\u0041".repeat(REQUEST_BYTES_MAX / 6 - 64)), 413),
        ("one command with a list of texts", list(r#"{"command":{"changed":["#, r#""""#, "]}}"), 413),
        ("one command with a list of objects", list(r#"[{"command":{"days":["#, "{}", "]}}]"), 413),
        ("commands with long lists", list("[", &command_with("changed", &json!("")), "]"), 400),
        ("spaces", format!("[{}]", " ".repeat(REQUEST_BYTES_MAX - 64)), 200),
        (
            "good commands, and one too many",
            json!((0..=5_000).map(organisation).collect::<Vec<_>>()).to_string(),
            413,
        ),
        ("a byte too many", "x".repeat(REQUEST_BYTES_MAX + 1), 413),
    ]
}

#[test]
fn lists_of_each_shape() {
    let book = Book::new();
    let node = Node::start(&book);
    node.ready();
    let before = peak_mib(node.process());
    for (shape, body, status) in shapes() {
        let http = Http::ask(&node.address, "POST", "/v1/commands", &body);
        // Who sends what is refused by its length alone may not come to reading the answer.
        let too_long = body.len() > REQUEST_BYTES_MAX;
        assert!(http.is_some() || too_long, "{shape}: no answer");
        if let Some(http) = http {
            assert_eq!(http.status, status, "{shape}: {}", http.body);
            assert!(http.body.len() < 2_000, "{shape}: {} bytes", http.body.len());
        }
        let growth = peak_mib(node.process()).saturating_sub(before);
        assert!(growth <= GROWTH_MIB_MAX, "{shape}: {growth} MiB more than the {before} before");
    }
    println!("peak: {} MiB, {before} before", peak_mib(node.process()));
    assert_eq!(book.head().seq, 1, "nothing was recorded");
    assert_eq!(node.post(&organisation(1)).expect("an answer").status, 201);
}

/// Who asks is known from the head: the answer comes before a byte of the body was sent.
#[test]
fn no_body_is_read_for_strangers() {
    let book = Book::new();
    let node = Node::start(&book);
    let mut waiting = Vec::new();
    for (path, kind) in
        [("/v1/commands", "application/json"), ("/search", "application/x-www-form-urlencoded")]
    {
        for length in [10, 8_000, REQUEST_BYTES_MAX] {
            let mut stream = TcpStream::connect(&node.address.at).expect("a connection");
            stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a limit");
            let head = format!(
                "POST {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n",
                node.address
            );
            stream.write_all(head.as_bytes()).expect("sent");
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).expect("an answer");
            assert_eq!(&answer, b"HTTP/1.1 401", "{path} {length}");
            waiting.push(stream);
        }
    }
}

/// A node on a machine that gives it so many descriptors and no more.
fn with_descriptors(book: &Book, descriptors: u32) -> Node {
    let mut command = tests::clean(Command::new("sh"));
    let run = format!("ulimit -n {descriptors}; exec \"$0\" \"$@\"");
    command.args(["-c", &run]).arg(tests::program());
    command.args(["serve", "--listen", "127.0.0.1:0", "--ops-listen", "127.0.0.1:0", "--ledger"]);
    Node::run(book, command)
}

/// This process holds all ends of the crowd.
fn may_hold(descriptors: u64) {
    let limit = getrlimit(Resource::Nofile);
    assert!(limit.maximum.is_none_or(|most| most >= descriptors), "{limit:?}");
    let wanted = Rlimit { current: Some(descriptors), maximum: limit.maximum };
    setrlimit(Resource::Nofile, wanted).expect("descriptors");
}

/// Opens a connection and begins to say something.
fn begun(address: &Place, text: &str) -> Option<TcpStream> {
    let mut stream = TcpStream::connect(&address.at).ok()?;
    stream.set_nonblocking(true).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    Some(stream)
}

/// Keeps 2,000 connections that say nothing and 200 that say a byte now and then, half of them in a head, half in a body
/// that may be read. One that is closed comes again.
fn crowd(address: &Place, ops: &Place, stop: &AtomicBool, there: &AtomicUsize) {
    let head = format!("POST /v1/commands HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n");
    let token = address.token.as_deref().expect("a token");
    let body = format!("{head}authorization: Bearer {token}\r\ncontent-length: 1000000\r\n\r\n[");
    let mut silent: Vec<Option<TcpStream>> =
        (0..2_000).map(|n| begun(if n % 20 == 0 { ops } else { address }, "")).collect();
    let mut slow: Vec<(Option<TcpStream>, &str)> = (0..200)
        .map(|n| if n % 2 == 0 { head.as_str() } else { &body })
        .map(|text| (begun(address, text), text))
        .collect();
    while !stop.load(Ordering::SeqCst) {
        for stream in &mut silent {
            let is_open = |stream: &mut TcpStream| {
                let read = stream.read(&mut [0; 64]);
                read.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
            };
            if !stream.as_mut().is_some_and(is_open) {
                *stream = begun(address, "");
            }
        }
        for (stream, text) in &mut slow {
            if stream.as_mut().is_none_or(|stream| stream.write_all(b" ").is_err()) {
                *stream = begun(address, text);
            }
        }
        let open =
            silent.iter().flatten().count() + slow.iter().filter(|(stream, _)| stream.is_some()).count();
        there.fetch_max(open, Ordering::SeqCst);
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Honest callers beside them are all answered, and so is whoever asks whether the node lives.
#[test]
fn honest_callers_beside_a_crowd() {
    const CALLERS: u64 = 64;
    const EACH: u64 = 20;
    may_hold(4_096);
    let book = Book::new();
    let node = with_descriptors(&book, 1_024);
    node.ready();
    let (stop, there) = (AtomicBool::new(false), AtomicUsize::new(0));
    let (mut times, lives) = std::thread::scope(|scope| {
        scope.spawn(|| crowd(&node.address, &node.ops, &stop, &there));
        tests::until("the crowd is there", || there.load(Ordering::SeqCst) >= 2_000);
        let address = &node.address;
        let honest: Vec<_> = (0..CALLERS)
            .map(|caller| {
                scope.spawn(move || {
                    let mut times = Vec::new();
                    for n in 0..EACH {
                        let begun = Instant::now();
                        let body = organisation(caller * EACH + n).to_string();
                        let http = Http::ask(address, "POST", "/v1/commands", &body).expect("an answer");
                        assert_eq!(http.status, 201, "{http:?}");
                        times.push(begun.elapsed());
                        let http = Http::get(address, "/v1/entries/1").expect("an answer");
                        assert_eq!(http.status, 200, "{http:?}");
                    }
                    times
                })
            })
            .collect();
        let mut lives = 0;
        while !honest.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            assert_eq!(Http::get(&node.ops, "/livez").map(|http| http.status), Some(200));
            lives += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
        let times: Vec<Duration> =
            honest.into_iter().flat_map(|caller| caller.join().expect("answered")).collect();
        stop.store(true, Ordering::SeqCst);
        (times, lives)
    });
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    println!(
        "{} receipts, p99 {p99:?}; alive {lives} times; {} in the crowd",
        times.len(),
        there.into_inner()
    );
    assert_eq!(times.len() as u64, CALLERS * EACH);
    assert!(lives > 0);
    assert_eq!(book.entries().len() as u64, 1 + CALLERS * EACH, "each is recorded once");
    let log = std::fs::read_to_string(book.named().with_extension("log")).expect("its log");
    assert!(log.is_empty(), "{log}");
}
