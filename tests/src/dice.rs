//! Random choices that can be had again: every test that throws dice prints its seed.

use std::hash::{BuildHasher, RandomState};

/// A value for a test from the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "seeds and sizes of test runs; the program's own is `server::config`"
)]
pub fn setting(name: &str) -> Option<u64> {
    std::env::var(name).ok().and_then(|value| value.parse().ok())
}

/// A small generator (xorshift64*): good enough to choose moments and places.
#[derive(Debug)]
pub struct Dice(u64);

impl Dice {
    /// Seeded with `WAGELEDGER_TEST_SEED`, else at random; prints the seed, which cargo shows when the test
    /// fails.
    pub fn thrown(test: &str) -> Dice {
        let seed = setting("WAGELEDGER_TEST_SEED").unwrap_or_else(|| RandomState::new().hash_one(test) >> 16);
        println!("{test}: WAGELEDGER_TEST_SEED={seed}");
        Dice(seed | 1 << 63)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 8
    }

    /// A number below `end`, which is more than 0.
    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// An index into something with `len` elements.
    pub fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(len as u64)).expect("fits")
    }

    /// Any order.
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.index(at + 1));
        }
    }
}
