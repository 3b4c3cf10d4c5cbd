//! Nodes of one ledger in a real Kafka and a real PostgreSQL.

use crate::servers::Servers;
use crate::{Book, wageledger};
use serde_json::Value;
use std::fmt;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Where the servers are; `tests/run.sh` starts them and says so.
#[expect(clippy::disallowed_methods, reason = "addresses of a test run's servers")]
pub fn server(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run the tests by tests/run.sh"))
}

/// One ledger of its own among the servers, and the folders of its nodes.
pub struct Cluster {
    folder: TempDir,
    name: String,
    bootstrap: String,
    postgres: String,
    replication: u16,
}

impl Cluster {
    /// A ledger on the one broker, created.
    pub fn new(test: &str) -> Cluster {
        let cluster = Cluster::bare(test, &server("WAGELEDGER_TEST_KAFKA"), 1);
        cluster.book(1).ask("init", &[]).exits(0);
        cluster
    }

    /// A ledger on servers of the test's own, created.
    pub fn on(test: &str, servers: &Servers) -> Cluster {
        let replication = servers.brokers_count();
        let bare = Cluster::bare(test, servers.bootstrap(), replication);
        let cluster = Cluster { postgres: servers.postgres().to_owned(), ..bare };
        cluster.book(1).ask("init", &[]).exits(0);
        cluster
    }

    /// A ledger on these brokers and the one database, with nothing created.
    pub fn bare(test: &str, bootstrap: &str, replication: u16) -> Cluster {
        let folder = TempDir::new().expect("a folder");
        let unique: String =
            folder.path().to_string_lossy().chars().filter(char::is_ascii_alphanumeric).collect();
        let unique = &unique[unique.len().saturating_sub(6)..];
        let name = format!("{test}_{}", unique.to_lowercase());
        let postgres = server("WAGELEDGER_TEST_POSTGRES");
        Cluster { folder, name, bootstrap: bootstrap.to_owned(), postgres, replication }
    }

    /// The ledger's topic.
    pub fn topic(&self) -> &str {
        &self.name
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The `n`th node's view of the ledger: a folder and a configuration of its own; topic, database and key are
    /// everybody's.
    pub fn book(&self, n: usize) -> Book {
        let dir = self.folder().join(format!("node-{n}"));
        let config = self.folder().join(format!("node-{n}.toml"));
        let text = format!(
            "[ledger]\norigin = \"wageledger.example.org/{name}\"\ndir = \"node-{n}\"\n\n\
             [kafka]\nbootstrap = \"{bootstrap}\"\ntopic = \"{name}\"\nreplication = {replication}\n\n\
             [postgres]\nurl = \"{postgres}\"\nschema = \"{name}\"\n\n\
             [vault]\nkey_file = \"epoch.key\"\n\n\
             [node]\ntoken_file = \"node.token\"\n",
            name = self.name,
            bootstrap = self.bootstrap,
            replication = self.replication,
            postgres = self.postgres,
        );
        fs::write(&config, text).expect("a configuration");
        Book::configured(dir, config)
    }

    /// Starts the `n`th node.
    pub fn serve(&self, n: usize) -> Node {
        Node::start(&self.book(n))
    }
}

/// A running node; killed when the value goes.
pub struct Node {
    child: Child,
    /// Where it takes commands, as in `127.0.0.1:8470`, with the token that it wants.
    pub address: Place,
    /// Where it tells how it is doing.
    pub ops: Place,
    /// The address that signs a browser in, once.
    pub link: String,
}

/// Where somebody listens, and what he wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// As in `127.0.0.1:8470`.
    pub at: String,
    /// Sent with every request, where there is one.
    pub token: Option<String>,
}

impl Place {
    /// Somebody who wants no token, or is not told it.
    pub fn open(at: &str) -> Place {
        Place { at: at.to_owned(), token: None }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.at)
    }
}

impl Node {
    /// Starts a node on free ports, and waits until it listens.
    pub fn start(book: &Book) -> Node {
        Node::listening(book, "127.0.0.1:0")
    }

    /// Starts a node that listens there.
    pub fn listening(book: &Book, listen: &str) -> Node {
        let mut command = wageledger();
        command.args(["serve", "--listen", listen, "--ops-listen", "127.0.0.1:0", "--ledger"]);
        Node::run(book, command)
    }

    /// Runs `wageledger serve … --ledger`, and waits until it listens.
    pub fn run(book: &Book, mut command: Command) -> Node {
        let log = fs::File::create(book.named().with_extension("log")).expect("a log");
        command.arg(book.named()).stdout(Stdio::piped()).stderr(log);
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let mut next = || {
            let line = lines.next().and_then(Result::ok);
            line.unwrap_or_else(|| {
                panic!("the node ended: {:?}", fs::read_to_string(book.named().with_extension("log")))
            })
        };
        let at = next().replace("http://", "");
        let ops = next();
        let ops = Place::open(ops.rsplit('/').next().expect("an address"));
        let _ledger = next();
        let link = next().rsplit_once(": ").map(|(_, link)| link.to_owned()).unwrap_or_default();
        Node { child, address: Place { at, token: Some(book.token()) }, ops, link }
    }

    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end.
    pub fn end(&mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }

    /// Waits until it says that it is ready.
    #[track_caller]
    pub fn ready(&self) {
        until("the node is ready", || Http::get(&self.ops, "/readyz").is_some_and(|http| http.status == 200));
    }

    /// A figure of its metrics; labels as written, as in `wageledger_voids{kind="repeat"}`.
    pub fn metric(&self, name: &str) -> Option<f64> {
        let text = Http::get(&self.ops, "/metrics")?.body;
        let line =
            text.lines().find(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Sends commands; `None` when nobody answers.
    pub fn post(&self, commands: &Value) -> Option<Http> {
        Http::ask(&self.address, "POST", "/v1/commands", &commands.to_string())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends a process a signal, by its name without SIG. One that is to stand still does so when this returns: the kernel
/// stops its threads one after the other.
#[track_caller]
pub(crate) fn signal(process: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &process.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "process {process} is there");
    if name == "STOP" {
        until("every thread stands still", || stands_still(process).unwrap_or(false));
    }
}

/// Whether every thread of a process is stopped (proc(5), `/proc/PID/task/TID/stat`: the state after the name).
fn stands_still(process: u32) -> std::io::Result<bool> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let stat = fs::read_to_string(thread?.path().join("stat"))?;
        if !stat.rsplit(") ").next().is_some_and(|state| state.starts_with('T')) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Waits for something; a minute is more than it ever takes.
#[track_caller]
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(60), "waited for a minute: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// An answer over HTTP.
#[derive(Debug)]
pub struct Http {
    /// As in 200.
    pub status: u16,
    /// Names and values as sent.
    pub head: String,
    /// The body as text.
    pub body: String,
    /// The body as it is.
    pub bytes: Vec<u8>,
}

impl Http {
    /// Asks with GET; `None` when nobody answers.
    pub fn get(address: &Place, path: &str) -> Option<Http> {
        Http::ask(address, "GET", path, "")
    }

    /// Asks; `None` when nobody answers, or not to the end.
    pub fn ask(address: &Place, method: &str, path: &str, body: &str) -> Option<Http> {
        Http::send(address, method, path, &["content-type: application/json"], body)
    }

    /// Sends a form as a browser does.
    pub fn form(address: &Place, path: &str, body: &str) -> Option<Http> {
        Http::send(address, "POST", path, &["content-type: application/x-www-form-urlencoded"], body)
    }

    /// Asks with these lines in the head.
    pub fn send(address: &Place, method: &str, path: &str, lines: &[&str], body: &str) -> Option<Http> {
        let host = match lines.iter().any(|line| line.starts_with("host:")) {
            true => String::new(),
            false => format!("host: {address}\r\n"),
        };
        let bearer = match &address.token {
            Some(token) if !lines.iter().any(|line| line.starts_with("authorization:")) => {
                format!("authorization: Bearer {token}\r\n")
            }
            _ => String::new(),
        };
        let mut stream = TcpStream::connect(&address.at).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(90))).ok()?;
        let length = body.len();
        let head = format!(
            "{method} {path} HTTP/1.1\r\n{host}{bearer}connection: close\r\n{}\r\ncontent-length: {length}\r\n\r\n",
            lines.join("\r\n")
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let answer = read_answer(&mut stream)?;
        let begin = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&answer[..begin]).into_owned();
        let bytes = match head.to_lowercase().contains("\r\ntransfer-encoding: chunked") {
            true => unchunked(&answer[begin + 4..])?,
            false => answer[begin + 4..].to_vec(),
        };
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Http { status, head, body: String::from_utf8_lossy(&bytes).into_owned(), bytes })
    }

    /// The body, as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Reads an answer: as much as it says that it is, or to its end where it does not say.
/// A body that came in chunks (RFC 9112, 7.1); `None` when the last of them is missing.
fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = rest.windows(2).position(|two| two == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?, 16).ok()?;
        if length == 0 {
            return Some(body);
        }
        body.extend_from_slice(rest.get(line + 2..line + 2 + length)?);
        rest = rest.get(line + 2 + length + 2..)?;
    }
}

fn read_answer(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut answer, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    loop {
        let read = stream.read(&mut buffer).ok()?;
        answer.extend_from_slice(&buffer[..read]);
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
        let whole = head.is_some_and(|head| {
            let lines = String::from_utf8_lossy(&answer[..head]).to_lowercase();
            let length =
                lines.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
            length.is_some_and(|length: usize| answer.len() >= head + 4 + length)
        });
        if read == 0 || whole {
            return Some(answer);
        }
    }
}
