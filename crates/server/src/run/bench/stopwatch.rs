//! Times, medians, and what the process has used.

use super::round;
use serde::Serialize;
use std::time::{Duration, Instant};

/// So many things a second.
pub(super) fn per_second(count: u64, elapsed: Duration) -> f64 {
    count as f64 / elapsed.as_secs_f64().max(1e-9)
}

/// The middle value; of an even number the mean of the two in the middle; 0 of none.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    let half = values.len() / 2;
    match (values.get(half.wrapping_sub(1)), values.get(half)) {
        (Some(below), Some(above)) if values.len().is_multiple_of(2) => (below + above) / 2.0,
        (_, Some(middle)) => *middle,
        _ => 0.0,
    }
}

/// How long single calls took, in milliseconds.
#[derive(Debug, Serialize)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
    pub(super) calls: usize,
}

impl Latency {
    pub(super) fn of(mut times: Vec<Duration>) -> Latency {
        times.sort_unstable();
        let at = |per_mille: usize| {
            let place = (times.len() * per_mille / 1000).min(times.len().saturating_sub(1));
            round(times.get(place).map_or(0.0, Duration::as_secs_f64) * 1000.0, 3)
        };
        Latency { p50: at(500), p99: at(990), p999: at(999), calls: times.len() }
    }
}

/// Time on the wall and on the processor, from a moment on.
pub(super) struct Stopwatch {
    wall: Instant,
    cpu: Option<f64>,
}

/// What passed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elapsed {
    pub(super) wall: Duration,
    /// User and system time of all threads, in seconds; `None` where the system does not say.
    pub(super) cpu_s: Option<f64>,
}

impl Stopwatch {
    pub(super) fn start() -> Stopwatch {
        Stopwatch { wall: Instant::now(), cpu: cpu_seconds() }
    }

    pub(super) fn stop(&self) -> Elapsed {
        let wall = self.wall.elapsed();
        Elapsed { wall, cpu_s: cpu_seconds().zip(self.cpu).map(|(now, then)| now - then) }
    }
}

/// User and system time of this process so far, as Linux counts it: in hundredths of a second.
fn cpu_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The program's name stands in brackets and may hold anything; behind it the state is field 3.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11).map(str::parse::<f64>);
    let (user, system) = (times.next()?.ok()?, times.next()?.ok()?);
    Some((user + system) / 100.0)
}

/// The most memory that this process has held at once, in MiB, as Linux counts it.
pub(super) fn peak_memory_mib() -> Option<f64> {
    status_mib("VmHWM:")
}

/// The memory that this process holds now, in MiB.
pub(super) fn memory_mib() -> Option<f64> {
    status_mib("VmRSS:")
}

fn status_mib(field: &str) -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(round(kib / 1024.0, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_percentiles() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0]), 2.5);
        assert_eq!(median([]), 0.0);
        let latency = Latency::of((1..=1000).map(Duration::from_millis).collect());
        assert_eq!((latency.p50, latency.p99, latency.p999), (501.0, 991.0, 1000.0));
    }
}
