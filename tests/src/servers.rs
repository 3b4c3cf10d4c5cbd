//! Servers of a test's own, to be killed.

use crate::cluster::{self, server};
use std::fmt;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Brokers, and a PostgreSQL if wanted; they end when the value goes.
#[derive(Debug)]
pub struct Servers {
    script: Child,
    commands: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    bootstrap: String,
    /// Process of broker `i + 1`.
    brokers: Vec<u32>,
    postgres: Option<(u32, String)>,
    _folder: tempfile::TempDir,
}

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Server {
    /// By its number, from 1.
    Broker(usize),
    /// The database.
    Postgres,
}

impl Servers {
    /// So many brokers, 1 or 3.
    pub fn brokers(count: usize) -> Servers {
        Servers::start(count, &[])
    }

    /// So many brokers, and a database.
    pub fn with_postgres(count: usize) -> Servers {
        Servers::start(count, &["postgres"])
    }

    fn start(count: usize, more: &[&str]) -> Servers {
        let folder = tempfile::tempdir().expect("a folder");
        let mut script = Command::new(server("WAGELEDGER_TEST_SERVERS"))
            .args(["servers", &folder.path().to_string_lossy(), &count.to_string()])
            .args(more)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("servers.sh runs");
        let lines = BufReader::new(script.stdout.take().expect("its output")).lines();
        let commands = script.stdin.take();
        let mut servers = Servers {
            script,
            commands,
            lines,
            bootstrap: String::new(),
            brokers: vec![0; count],
            postgres: None,
            _folder: folder,
        };
        while servers.line() != "ready" {}
        servers
    }

    /// How many brokers there are.
    pub fn brokers_count(&self) -> u16 {
        u16::try_from(self.brokers.len()).expect("few")
    }

    /// Where the brokers are.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Where the database is.
    pub fn postgres(&self) -> &str {
        self.postgres.as_ref().map(|(_, url)| url.as_str()).expect("servers with PostgreSQL")
    }

    /// The next line, already taken note of.
    fn line(&mut self) -> String {
        let line = self.lines.next().expect("servers that start").expect("text");
        match *line.split(' ').collect::<Vec<_>>() {
            ["bootstrap", addresses] => self.bootstrap = addresses.to_owned(),
            ["broker", id, pid] => {
                let id: usize = id.parse().expect("a number");
                self.brokers[id - 1] = pid.parse().expect("a number");
            }
            ["postgres", pid, url] => {
                self.postgres = Some((pid.parse().expect("a number"), url.to_owned()));
            }
            _ => {}
        }
        line
    }

    /// Sends a signal, by its name without SIG.
    pub fn signal(&self, which: Server, name: &str) {
        let pid = match which {
            Server::Broker(id) => self.brokers[id - 1],
            Server::Postgres => self.postgres.as_ref().expect("servers with PostgreSQL").0,
        };
        cluster::signal(pid, name);
    }

    /// Deletes a topic, as an accident or an enemy would.
    pub fn lose(&mut self, topic: &str) {
        writeln!(self.commands.as_mut().expect("open"), "lose {topic}").expect("told");
        assert_eq!(self.line(), format!("lost {topic}"));
    }

    /// Starts one that was killed, and waits until it is up.
    pub fn start_again(&mut self, which: Server) {
        let id = match which {
            Server::Broker(id) => id.to_string(),
            Server::Postgres => "postgres".to_owned(),
        };
        writeln!(self.commands.as_mut().expect("open"), "start {id}").expect("told");
        self.line();
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        drop(self.commands.take());
        let _ = self.script.wait();
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Server::Broker(id) => write!(f, "broker {id}"),
            Server::Postgres => f.write_str("PostgreSQL"),
        }
    }
}
