//! People who cannot exist: names, ID numbers, phones and cards, always the same ones.
//!
//! ID numbers begin with 39 (there is no such province), phones with 1390000, cards with 6200000; their check
//! digits are right, so that readers must accept them.

use jiff::ToSpan;
use jiff::civil::{Date, date};

/// Numbers that look drawn and are the same every time: splitmix64, written out here because the output of a
/// library's generator may change with its version.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice of their own for each thing, so that a change in one place does not move all others.
    pub(super) fn of(parts: &[u64]) -> Dice {
        let mut dice = Dice(0x5EED);
        for part in parts {
            dice.0 ^= part.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            dice.0 = dice.next();
        }
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to less than `n`.
    pub(super) fn below(&mut self, n: u64) -> u64 {
        self.next().checked_rem(n).unwrap_or_default()
    }

    /// From `least` to `most`, both possible.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        least.saturating_add_unsigned(self.below(most.abs_diff(least).saturating_add(1)))
    }

    /// True once in `n` times.
    pub(super) fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// A worker.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) id: String,
    pub(super) phone: String,
    pub(super) card: String,
    pub(super) bank: &'static str,
}

const SURNAMES: &str = "陆沈柯章诸骆俞娄裘孟施戚傅樊邱阮柴褚卢钮葛童翁凌庄柏祝边华应冯滕秦贝缪竺屠盛虞茅\
                        鲍苗喻费潘方严金魏蒋毛倪殷毕康卜顾穆萧祁";
const GIVEN: &str = "根土水木阿国庆春生法长建林福海明树松祥荣宝兴来发龙德仁义传世有文武忠孝启高新立成";
const BANKS: [&str; 4] =
    ["测试银行杭州湘湖支行", "测试银行杭州临浦支行", "测试银行杭州下涯支行", "测试银行杭州乔司支行"];
/// A name with a character that GBK does not have, for banks' files.
const RARE_NAME: &str = "陈㛃根";
const RARE_INDEX: u64 = 17;

/// The worker with a number; different numbers are different people.
pub(super) fn person(index: u64) -> Person {
    let dice = &mut Dice::of(&[1, index]);
    let bank = pick(&BANKS, dice);
    Person {
        name: name(index, dice),
        id: id_number(index, dice),
        phone: format!("1390000{:04}", index.wrapping_mul(7919).wrapping_add(1234) % 10_000),
        card: card(index, dice),
        bank,
    }
}

fn pick(from: &[&'static str], dice: &mut Dice) -> &'static str {
    let at = usize::try_from(dice.below(from.len() as u64)).unwrap_or_default();
    from.get(at).copied().unwrap_or_default()
}

/// Family names differ for the first sixty.
fn name(index: u64, dice: &mut Dice) -> String {
    if index == RARE_INDEX {
        return RARE_NAME.to_owned();
    }
    let nth = |text: &str, n: u64| {
        let n = usize::try_from(n).unwrap_or_default();
        text.chars().cycle().nth(n)
    };
    let two = !dice.one_in(4);
    let given = [Some(dice.below(40)), two.then(|| dice.below(40))];
    let given = given.into_iter().flatten().filter_map(|n| nth(GIVEN, n));
    nth(SURNAMES, index % 60).into_iter().chain(given).collect()
}

/// GB 11643: region, birth day, order; the last character by ISO 7064 MOD 11-2. Region and order together
/// are used once only.
fn id_number(index: u64, dice: &mut Dice) -> String {
    const FIRST: Date = date(1965, 1, 1);
    let born = FIRST.saturating_add(dice.between(0, 40 * 365).days());
    let order = index.wrapping_mul(37).wrapping_add(113) % 1000;
    let region = (index / 1000 + index % 1000 * 5) % 336;
    let digits =
        format!("39{:02}{:02}{}{order:03}", region / 28 + 1, region % 28 + 1, born.strftime("%Y%m%d"));
    // The check c makes Σ digit·2^(place from the right, from 0) + c ≡ 1 (mod 11); Horner from the left.
    let sum = digits.bytes().fold(0u32, |sum, b| (sum + u32::from(b - b'0')) * 2 % 11);
    match (12 - sum) % 11 {
        10 => digits + "X",
        check => format!("{digits}{check}"),
    }
}

/// 19 digits, the last by Luhn (ISO/IEC 7812-1).
fn card(index: u64, dice: &mut Dice) -> String {
    let digits = format!(
        "6200000{:05}{:06}",
        dice.below(100_000),
        index.wrapping_mul(617_039).wrapping_add(104_729) % 1_000_000
    );
    let sum = digits.bytes().rev().enumerate().fold(0u32, |sum, (place, b)| {
        let digit = u32::from(b - b'0');
        sum + if place % 2 == 0 { digit * 2 % 10 + digit / 5 } else { digit }
    });
    format!("{digits}{}", (10 - sum % 10) % 10)
}
