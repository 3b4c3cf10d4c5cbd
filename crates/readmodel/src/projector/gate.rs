//! What the gate said of a day, as a number: months that look alike to the minute have the same sum of them.
//!
//! The sum is over all that was ever said of the month's days, in whatever order. A day that was said again with other
//! times makes a month of its own, which at worst hides that two were alike.

use jiff::civil::Time;
use wages::event::WorkDay;

/// 0 when the gate said nothing of times.
pub(crate) fn print(day: &WorkDay) -> i64 {
    if day.first_in.is_none() && day.last_out.is_none() {
        return 0;
    }
    // Day, minute of the first time and of the last, each at least 1 where there is one: 32 bits.
    let minute = |time: Option<Time>| {
        time.map_or(0, |time| i64::from(time.hour()) * 60 + i64::from(time.minute()) + 1)
    };
    let packed = (i64::from(day.on.day()) << 22) | (minute(day.first_in) << 11) | minute(day.last_out);
    mix(packed.cast_unsigned()).cast_signed()
}

/// The finaliser of splitmix64 (Vigna 2015): sums of its values are as good as random.
fn mix(seed: u64) -> u64 {
    let z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::{date, time};
    use rules::Days;
    use std::collections::BTreeSet;

    #[test]
    fn times_of_days() {
        let of = |on, first_in, last_out| {
            let (days, device) = (Days::from_tenths(10), "Z1".into());
            print(&WorkDay { on: date(2026, 3, on), days, first_in, last_out, device })
        };
        let (seven, eight) = (Some(time(7, 0, 0, 0)), Some(time(8, 0, 0, 0)));
        assert_eq!(of(2, None, None), 0);
        let all = [
            of(2, seven, None),
            of(2, None, seven),
            of(2, seven, eight),
            of(2, eight, seven),
            of(3, seven, eight),
        ];
        assert_eq!(all.into_iter().collect::<BTreeSet<i64>>().len(), all.len());
        // The first value of the published generator for seed 0.
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }
}
