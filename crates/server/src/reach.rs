//! Whether servers can be reached at all. Who waits for an answer is told within two seconds, not after the patience
//! that a node has with brokers and databases that start again.

use crate::failure::Failure;
use journal::KafkaSettings;
use readmodel::Database;
use std::net::{TcpStream, ToSocketAddrs};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// So long a server may take to accept a connection.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two attempts at a server that refuses: it may be starting.
const AGAIN: Duration = Duration::from_millis(100);
/// The port of Kafka where none is named, as librdkafka has it.
const KAFKA_PORT: u16 = 9092;

/// Says within two seconds when none of the brokers can be reached. Blocks, as all here does.
pub(crate) fn kafka(settings: &KafkaSettings) -> Result<(), Failure> {
    let what = format!("the Kafka broker {}", settings.bootstrap);
    let remedy = "start it, or correct `bootstrap` in the configuration's [kafka]";
    reach(&what, brokers(&settings.bootstrap), remedy)
}

/// Says within two seconds when a PostgreSQL server cannot be reached; of a file there is nothing to say.
pub(crate) fn database(database: &Database) -> Result<(), Failure> {
    let Database::Postgres(schema) = database else { return Ok(()) };
    let place = match (schema.socket(), schema.address()) {
        (Some(socket), _) => Place::Unix(socket),
        (None, (host, port)) => Place::Tcp(host.to_owned(), port),
    };
    let remedy = "start it, or correct `url` in the configuration's [postgres]";
    reach(&format!("the {database}"), vec![place], remedy)
}

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Tcp(String, u16),
    Unix(PathBuf),
}

/// The brokers of a bootstrap list, as in `kafka-1:9092,[::1]:9092,SSL://kafka-3`.
fn brokers(bootstrap: &str) -> Vec<Place> {
    let place = |broker: &str| {
        let broker = broker.split_once("://").map_or(broker, |(_, rest)| rest);
        let bare = |host: &str| host.trim_matches(['[', ']']).to_owned();
        match broker.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
            Some((host, Ok(port))) if !host.ends_with(':') => Place::Tcp(bare(host), port),
            _ => Place::Tcp(bare(broker), KAFKA_PORT),
        }
    };
    bootstrap.split(',').map(str::trim).filter(|broker| !broker.is_empty()).map(place).collect()
}

/// Returns as soon as one of the places accepts a connection. Waits for two seconds at most, and then says that `what`
/// cannot be reached, and `remedy`.
fn reach(what: &str, places: Vec<Place>, remedy: &str) -> Result<(), Failure> {
    tokio::task::block_in_place(|| wait(what, places, remedy))
}

fn wait(what: &str, places: Vec<Place>, remedy: &str) -> Result<(), Failure> {
    let (send, answers) = mpsc::channel();
    let end = Instant::now() + PATIENCE;
    for place in places {
        let send = send.clone();
        // Asking for a name's address may take longer than there is patience: the thread is then left to itself.
        std::thread::Builder::new().name("reach".into()).spawn(move || {
            // Maybe nobody waits any more.
            let _ = send.send(knock(&place, end));
        })?;
    }
    drop(send);
    let mut why = format!("no answer within {} s", PATIENCE.as_secs());
    loop {
        match answers.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => why = error.to_string(),
            Err(_) => return Err(Failure::cannot(format!("{what} cannot be reached: {why}; {remedy}"))),
        }
    }
}

/// Tries until a connection is accepted or the time is over; the last error then.
fn knock(place: &Place, end: Instant) -> std::io::Result<()> {
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let tried = match place {
            Place::Tcp(host, port) => connect(host, *port, left),
            #[cfg(unix)]
            Place::Unix(path) => UnixStream::connect(path).map(drop),
            #[cfg(not(unix))]
            Place::Unix(_) => Err(std::io::ErrorKind::Unsupported.into()),
        };
        match tried {
            Err(_) if left > AGAIN => std::thread::sleep(AGAIN),
            tried => return tried,
        }
    }
}

fn connect(host: &str, port: u16, left: Duration) -> std::io::Result<()> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, format!("{host} has no address"));
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, left.max(AGAIN)) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[test]
    fn bootstrap_lists() {
        let tcp = |host: &str, port| Place::Tcp(host.to_owned(), port);
        for (list, expected) in [
            ("localhost:9092", vec![tcp("localhost", 9092)]),
            ("kafka-1:1, SSL://kafka-2:2 ,", vec![tcp("kafka-1", 1), tcp("kafka-2", 2)]),
            ("kafka-1", vec![tcp("kafka-1", 9092)]),
            ("[::1]:29092,[fe80::1]", vec![tcp("::1", 29092), tcp("fe80::1", 9092)]),
            ("", vec![]),
        ] {
            assert_eq!(brokers(list), expected, "{list}");
        }
    }

    #[test]
    fn one_that_listens_is_enough_and_none_is_said_in_time() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let open = Place::Tcp("127.0.0.1".into(), listener.local_addr().expect("its address").port());
        // Port 1 is nobody's; 192.0.2.0/24 leads nowhere (RFC 5737); names under .invalid have no address (RFC 6761).
        let closed = ["127.0.0.1", "192.0.2.1", "nowhere.invalid"].map(|host| Place::Tcp(host.into(), 1));
        let begun = Instant::now();
        reach("the broker", closed.iter().cloned().chain([open]).collect(), "").expect("one listens");
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
        let begun = Instant::now();
        let failure = reach("the broker", closed.to_vec(), "start it").expect_err("none listens");
        assert!(begun.elapsed() < 2 * PATIENCE, "{:?}", begun.elapsed());
        let said = failure.to_string();
        assert!(said.starts_with("the broker cannot be reached: ") && said.ends_with("; start it"), "{said}");
        assert_eq!(failure.exit_code(), 3);
    }
}
