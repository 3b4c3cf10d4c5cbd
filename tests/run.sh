#!/usr/bin/env bash
# Runs all tests: builds the workspace with its binary, then every unit, contract and end-to-end test.
#
#   tests/run.sh                 all of them
#   tests/run.sh --test faults   arguments go to `cargo test`
#
# WAGELEDGER_TEST_SEED repeats a run of the random tests, WAGELEDGER_TEST_KILLS sets how often the binary is
# killed. Needs a Rust toolchain and a C compiler, which is installed where that is possible.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v cargo >/dev/null; then
    echo "tests/run.sh: no cargo: install Rust first (https://rustup.rs)" >&2
    exit 3
fi
if ! command -v cc >/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "tests/run.sh: no C compiler, which SQLite needs: installing Debian's gcc and libc6-dev"
        apt-get update -qq && apt-get install -y -qq gcc libc6-dev
    else
        echo "tests/run.sh: no C compiler (cc), which SQLite needs: install one, as in 'apt-get install gcc'" >&2
        exit 3
    fi
fi

# Jobs get process groups of their own: whatever a test started and did not end goes with its group.
set -m
job=
stop() { [ -z "$job" ] || kill -KILL -- "-$job" 2>/dev/null || true; }
trap stop EXIT
trap 'exit 130' INT TERM
run() {
    "$@" </dev/null &
    job=$!
    wait "$job"
}

# One set of features and one profile for everything, so that nothing is built twice. The end-to-end tests run
# the binary that is built here.
run cargo build --workspace --all-targets --locked
run cargo test --workspace --locked "$@"
