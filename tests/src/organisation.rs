//! Commands that a test can make as many of as it likes, and callers who send them.

use crate::{Http, Place};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Registers organisation number `n`; the same number is the same command.
pub fn organisation(n: u64) -> Value {
    json!({
        "subject": format!("00000000-0000-4000-8000-{n:012x}"),
        "command_id": format!("00000000-0000-4000-9000-{n:012x}"),
        "source": { "actor": "tester" },
        "command": { "type": "RegisterOrganisation", "code": credit_code(n), "name": format!("测试公司{n}") },
    })
}

/// A credit code in the non-existent region 39, with its check character (GB 32100-2015).
fn credit_code(n: u64) -> String {
    const DIGITS: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let body = format!("91390000{n:09}");
    let value = |c: u8| DIGITS.iter().position(|d| *d == c).expect("a digit of these codes");
    let sum: usize = body.bytes().zip(WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    let check = DIGITS[(31 - sum % 31) % 31];
    format!("{body}{}", char::from(check))
}

/// Entries that were acknowledged: sequence and hash.
pub type Acknowledged = BTreeMap<u64, String>;

/// Callers who send one command after the other to a node, and note every receipt.
pub struct Callers {
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    address: Mutex<Place>,
    next: AtomicU64,
    paused: AtomicBool,
    stop: AtomicBool,
    acknowledged: Mutex<Acknowledged>,
}

impl Callers {
    /// So many callers of the node at this address, who register organisations from number `first` on.
    pub fn of(address: &Place, callers: usize, first: u64) -> Callers {
        let (address, next) = (Mutex::new(address.clone()), AtomicU64::new(first));
        let shared = Arc::new(Shared { address, next, ..Shared::default() });
        let caller = || {
            let shared = Arc::clone(&shared);
            std::thread::spawn(move || shared.call())
        };
        let threads = (0..callers).map(|_| caller()).collect();
        Callers { shared, threads }
    }

    /// What was acknowledged so far.
    pub fn acknowledged(&self) -> Acknowledged {
        self.shared.acknowledged.lock().expect("no panic").clone()
    }

    /// The node is at another address now.
    pub fn move_to(&self, address: &Place) {
        self.shared.address.lock().expect("no panic").clone_from(address);
    }

    /// Sends nothing for a while, or goes on.
    pub fn pause(&self, paused: bool) {
        self.shared.paused.store(paused, Ordering::SeqCst);
    }
}

impl Shared {
    fn call(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            if self.paused.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let command = organisation(self.next.fetch_add(1, Ordering::SeqCst)).to_string();
            let address = self.address.lock().expect("no panic").clone();
            let answer = Http::ask(&address, "POST", "/v1/commands", &command);
            match answer.filter(|answer| (200..300).contains(&answer.status)) {
                Some(answer) => {
                    let receipt = answer.json();
                    let seq = receipt["seq"].as_u64().expect("a place");
                    let hash = receipt["hash"].as_str().expect("a hash").to_owned();
                    self.acknowledged.lock().expect("no panic").insert(seq, hash);
                }
                // The node is gone, or full: what was not acknowledged is nobody's business here.
                None => std::thread::sleep(Duration::from_millis(20)),
            }
        }
    }
}

impl Drop for Callers {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            // A panic of a caller fails the test, unless it is failing already.
            assert!(thread.join().is_ok() || std::thread::panicking(), "a caller panicked");
        }
    }
}
