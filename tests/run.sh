#!/usr/bin/env bash
# Runs all tests: builds the workspace with its binary, then every unit, contract and end-to-end test, beside a real
# Kafka and a real PostgreSQL in a temporary folder.
#
#   tests/run.sh                 all of them
#   tests/run.sh --test faults   arguments go to `cargo test`
#   tests/run.sh tools           installs what building needs besides Rust, and nothing else
#   tests/run.sh up              starts one broker and PostgreSQL for hand use; the last line that it prints is the
#                                path of a configuration for `--ledger`
#   tests/run.sh down            stops and removes them
#
# WAGELEDGER_TEST_SEED repeats a run of the random tests, WAGELEDGER_TEST_KILLS sets how often the binary is
# killed. Every test binary runs, also after one that failed; what failed is named at the end. Needs a Rust toolchain, and
# for what is missing of the rest root on Debian and a network: C and C++ compilers, make, util-linux, procps, Java, Maven
# and npm (once), PostgreSQL, OpenSSL, pkg-config, Chromium and fonts are installed then, and named else.
# Tests are told where the servers are:
#
#   WAGELEDGER_TEST_KAFKA        address of the broker
#   WAGELEDGER_TEST_KAFKA_TLS    its listener with SASL_SSL (user node, password secret)
#   WAGELEDGER_TEST_KAFKA_CA     the certificate that this listener's is signed with
#   WAGELEDGER_TEST_POSTGRES     URL of a database whose user may do everything
#   WAGELEDGER_TEST_SERVERS      a script that starts brokers to kill: see there
#   WAGELEDGER_TEST_CHROMEDRIVER URL of the browser's driver
#   WAGELEDGER_TEST_AXE          axe-core, one file
set -euo pipefail
cd "$(dirname "$0")/.."
source tests/servers.sh

held=${TMPDIR:-/tmp}/wageledger-up-$(id -u)

if [ "${1:-}" = hold ]; then
    # The process behind `up`: the servers live as long as it does.
    folder=$2
    configure_brokers "$folder/kafka" 1
    start_broker "$folder/kafka" 1
    make_postgres "$folder/postgres"
    start_postgres "$folder/postgres"
    trap 'kill "$broker_pid" "$postgres_pid" 2>/dev/null || true; wait' EXIT
    trap 'exit 0' INT TERM
    await_broker "$folder/kafka" 1 "$broker_pid"
    printf '%s\n%s\n' "$bootstrap" "$postgres_url" >"$folder/addresses.new"
    mv "$folder/addresses.new" "$folder/addresses"
    wait "$broker_pid"
    exit
fi

down() {
    if [ -f "$held/pid" ]; then
        local pid
        pid=$(cat "$held/pid")
        # Only if it is still the process that `up` started.
        if grep -qz "$held" "/proc/$pid/cmdline" 2>/dev/null; then
            kill "$pid"
            while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
        fi
    fi
    rm -rf "$held"
}

up() {
    install_tools
    install_servers
    down
    mkdir -m 755 "$held"
    setsid "$PWD/tests/run.sh" hold "$held" >"$held/log" 2>&1 </dev/null &
    local pid=$!
    echo "$pid" >"$held/pid"
    until [ -f "$held/addresses" ]; do
        kill -0 "$pid" 2>/dev/null || { cat "$held/log" >&2; exit 1; }
        sleep 0.1
    done
    local address url
    { read -r address; read -r url; } <"$held/addresses"
    cat >"$held/ledger.toml" <<TOML
[ledger]
origin = "localhost/by-hand"
dir = "$held/node"

[kafka]
bootstrap = "$address"
topic = "by-hand"
replication = 1

[postgres]
url = "$url"
TOML
    cargo build --quiet --locked -p server
    "${CARGO_TARGET_DIR:-target}/debug/wageledger" init --ledger "$held/ledger.toml"
    echo "Kafka at $address, PostgreSQL at $url, logs in $held; 'tests/run.sh down' ends them"
    echo "$held/ledger.toml"
}

# librdkafka brings C++ with it, which is built and not linked.
build_tools() {
    local tool
    for tool in cc c++ make; do
        command -v "$tool" >/dev/null ||
            install_packages "no $tool, which SQLite or librdkafka needs" gcc g++ make libc6-dev
    done
}

case ${1:-} in
tools) build_tools; exit ;;
up) up; exit ;;
down) down; exit ;;
esac

if ! command -v cargo >/dev/null; then
    echo "tests/run.sh: no cargo: install Rust first (https://rustup.rs)" >&2
    exit 3
fi
build_tools
install_tools
install_servers
install_browser

# Jobs get process groups of their own: whatever a test started and did not end goes with its group. So do the servers.
set -m
job=
broker_pid= postgres_pid= driver_pid=
folder=$(mktemp -d "${TMPDIR:-/tmp}/wageledger-tests-XXXXXX")
chmod 755 "$folder"
stop() {
    [ -z "$job" ] || kill -KILL -- "-$job" 2>/dev/null || true
    [ -z "$broker_pid" ] || { kill -KILL -- "-$broker_pid" && wait "$broker_pid"; } 2>/dev/null || true
    # With every browser that a test left open.
    [ -z "$driver_pid" ] || { kill -KILL -- "-$driver_pid" && wait "$driver_pid"; } 2>/dev/null || true
    # Asked, and not killed: it has shared memory to give back.
    [ -z "$postgres_pid" ] || { kill -INT "$postgres_pid" && wait "$postgres_pid"; } 2>/dev/null || true
    rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT TERM
run() {
    local status=0
    "$@" </dev/null &
    job=$!
    wait "$job" || status=$?
    job=
    return "$status"
}

# Every test binary runs, also after one that failed; what failed is named at the end.
failed=0
log=$folder/tests.log
run_tests() { # ARGUMENTS of cargo test
    run logged cargo test --locked --no-fail-fast "$@" || failed=1
}
logged() { "$@" 2>&1 | tee -a "$log"; }

# What Cargo.lock names, for every kind of machine: tests ask what each crate brings with it. Whoever is offline goes on
# with what is there.
run cargo fetch --locked || say "not everything could be fetched; going on with what is there"

configure_brokers "$folder/kafka" 1
start_broker "$folder/kafka" 1
make_postgres "$folder/postgres"
start_postgres "$folder/postgres"
start_browser "$folder/browser"
export WAGELEDGER_TEST_CHROMEDRIVER=$driver_url
export WAGELEDGER_TEST_AXE=$AXE
export WAGELEDGER_TEST_KAFKA=$bootstrap
export WAGELEDGER_TEST_KAFKA_TLS=$tls_bootstrap
export WAGELEDGER_TEST_KAFKA_CA=$folder/kafka/ca.pem
export WAGELEDGER_TEST_POSTGRES=$postgres_url
export WAGELEDGER_TEST_SERVERS=$PWD/tests/servers.sh

# One set of features and one profile for everything, so that nothing is built twice. The end-to-end tests run
# the binary that is built here.
run cargo build --workspace --all-targets --locked
await_broker "$folder/kafka" 1 "$broker_pid"
run_tests --workspace "$@"

if [ "$#" = 0 ]; then
    # The same contract over SASL_SSL: another librdkafka, linked to the system's OpenSSL.
    pkg-config --exists openssl 2>/dev/null ||
        install_packages "no OpenSSL to build with, for the run over SASL_SSL" libssl-dev pkg-config
    run_tests -p journal --features kafka-tls --test kafka -- contract::over_tls
fi

if [ "$failed" != 0 ]; then
    echo "tests/run.sh: failed:" >&2
    # Tests by name; and binaries, for one that ended early names no test.
    grep -E '^test .* FAILED$|^    `-p |^error: .*(test|target)s? failed' "$log" | sort -u >&2 || true
    exit 1
fi
