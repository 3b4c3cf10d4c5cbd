#!/usr/bin/env bash
# Real servers for tests, on loopback ports that are free, in a folder of the caller's. They die with the process
# that started them. Sourced by run.sh; and by itself, for tests that need brokers to kill:
#
#   tests/servers.sh servers FOLDER N [postgres]
#                                         starts N brokers (1 or 3), and PostgreSQL, and prints
#                                             bootstrap ADDRESSES
#                                             postgres PID URL
#                                             broker ID PID          one line each
#                                             ready
#                                         then takes lines on its standard input:
#                                             start ID               a broker that was killed; prints "broker ID PID"
#                                                                    once it is up
#                                             start postgres         once the one that was stopped has ended; prints
#                                                                    "postgres PID URL" once it is up
#                                             lose TOPIC             deletes it; prints "lost TOPIC"
#                                         and ends, with all of them, when that is closed.
set -euo pipefail

KAFKA=4.3.1
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/wageledger
JARS=$CACHE/kafka-$KAFKA/libs
AXE_VERSION=4.14.1
AXE=$CACHE/axe-core-$AXE_VERSION/node_modules/axe-core/axe.min.js

say() { echo "tests: $*" >&2; }

# Installs Debian packages, saying which and what for.
install_packages() { # REASON PACKAGE…
    local reason=$1
    shift
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        say "$reason: install it, as in 'apt-get install $*'"
        exit 3
    fi
    say "$reason: installing Debian's $*"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@" >&2
}

# Small programs that the scripts and the tests run; slim images lack some.
install_tools() {
    local wanted
    for wanted in setpriv:util-linux setsid:util-linux flock:util-linux mount:mount kill:procps; do
        # Not what the shell has built in: the tests have no shell.
        type -P "${wanted%:*}" >/dev/null || install_packages "no ${wanted%:*}" "${wanted#*:}"
    done
}

postgres_folder() { ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1; }

# Everything the servers need. What is downloaded stays in $CACHE.
install_servers() {
    command -v java >/dev/null || install_packages "no Java, which Kafka needs" openjdk-17-jre-headless
    command -v openssl >/dev/null || install_packages "no openssl, for a broker's certificate" openssl
    if [ -z "$(postgres_folder)" ]; then
        install_packages "no PostgreSQL" postgresql-common
        # No server of its own: the tests start theirs.
        sed -i 's/^#\?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
        install_packages "no PostgreSQL" postgresql
    fi
    [ -f "$JARS/complete" ] || download_kafka
}

# A browser with its driver, type for Chinese, and axe-core, which looks for what shuts people out. axe-core is under
# the MPL and no part of the repository.
install_browser() {
    command -v chromium >/dev/null && command -v chromedriver >/dev/null && [ -d /usr/share/fonts/opentype/noto ] ||
        install_packages "no browser to test pages in" chromium chromium-driver fonts-noto-cjk
    [ -f "$AXE" ] && return
    command -v npm >/dev/null || install_packages "no npm, to download axe-core with" npm
    say "downloading axe-core $AXE_VERSION to ${AXE%/node_modules/*}"
    npm install --silent --no-audit --no-fund --prefix "${AXE%/node_modules/*}" "axe-core@$AXE_VERSION" >&2
}

# Starts the browser's driver on loopback; sets driver_pid and driver_url.
start_browser() { # FOLDER
    take_port
    mkdir -p "$1"
    chromedriver --port="$free_port" --allowed-ips=127.0.0.1 >"$1/log" 2>&1 </dev/null &
    driver_pid=$!
    driver_url=http://127.0.0.1:$free_port
}

download_kafka() {
    command -v mvn >/dev/null || install_packages "no Maven, to download Kafka with" maven
    say "downloading Apache Kafka $KAFKA (54 MB) to $JARS"
    local partial=$JARS.partial
    rm -rf "$partial"
    mkdir -p "$partial"
    cat >"$partial/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>wageledger</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$KAFKA</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>$KAFKA</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.3</version></dependency>
  </dependencies>
</project>
POM
    mvn -B -q -f "$partial/pom.xml" dependency:copy-dependencies -DincludeScope=runtime \
        -DoutputDirectory="$partial" >&2
    touch "$partial/complete"
    rm -rf "$JARS"
    mv "$partial" "$JARS"
}

# Sets $free_port to a port that nobody listens on and no other script has taken: a lock on a file named after it is
# held until this script and its servers have ended, for a port is free, too, between being chosen and being used.
# Not by command substitution: what a subshell holds ends with it.
take_port() {
    local locks=${TMPDIR:-/tmp}/wageledger-ports-$(id -u) lock
    mkdir -p "$locks"
    while free_port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000)); do
        exec {lock}>"$locks/$free_port"
        if flock --nonblock "$lock" && ! (exec 3<>"/dev/tcp/127.0.0.1/$free_port") 2>/dev/null; then
            return
        fi
        exec {lock}>&-
    done
}

# An id as Kafka writes them: base64url. Without '-' and '_': one that began with '-' was taken for an option.
uuid() { head -c 16 /dev/urandom | base64 | tr '+/' 'ab' | tr -d '='; }

# A certificate for 127.0.0.1, signed by an authority of its own, for the broker's SASL_SSL listener.
make_certificate() { # FOLDER
    (
        cd "$1"
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests -keyout ca.key -out ca.pem
        openssl req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout broker.key -out broker.csr
        openssl x509 -req -days 2 -in broker.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out broker.crt \
            -extfile <(echo "subjectAltName=IP:127.0.0.1")
        # Kafka wants the key in PKCS#8, before the certificates.
        openssl pkcs8 -topk8 -nocrypt -in broker.key -out broker.pk8
        cat broker.pk8 broker.crt ca.pem >broker.pem
    ) >"$1/certificate.log" 2>&1
}

# Writes the configuration of brokers 1 to N, formats their folders; sets $bootstrap, and $tls_bootstrap of broker 1.
configure_brokers() { # FOLDER N
    local folder=$1 count=$2 id voters="" quorum="" cluster copies=1 in_sync=1 faster=""
    local -a port controller tls directory
    bootstrap="" cluster=$(uuid)
    for id in $(seq "$count"); do
        take_port; port[id]=$free_port
        take_port; controller[id]=$free_port
        take_port; tls[id]=$free_port
        directory[id]=$(uuid)
        bootstrap+=${bootstrap:+,}127.0.0.1:${port[id]}
        quorum+=${quorum:+,}127.0.0.1:${controller[id]}
        voters+=${voters:+,}$id@127.0.0.1:${controller[id]}:${directory[id]}
    done
    tls_bootstrap=127.0.0.1:${tls[1]}
    mkdir -p "$folder"
    make_certificate "$folder"
    if [ "$count" -gt 1 ]; then
        copies=3 in_sync=2
        # A killed broker is noticed in 2 s, not 9.
        faster="broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=250
replica.lag.time.max.ms=3000
controller.quorum.fetch.timeout.ms=1000
controller.quorum.election.timeout.ms=500"
    fi
    cat >"$folder/log4j2.xml" <<'XML'
<Configuration status="ERROR">
  <Appenders><Console name="out"><PatternLayout pattern="%d %p %m (%c)%n"/></Console></Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="out"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
  </Loggers>
</Configuration>
XML
    for id in $(seq "$count"); do
        cat >"$folder/broker-$id.properties" <<PROPERTIES
process.roles=broker,controller
node.id=$id
controller.quorum.bootstrap.servers=$quorum
listeners=PLAINTEXT://127.0.0.1:${port[id]},SASL_SSL://127.0.0.1:${tls[id]},CONTROLLER://127.0.0.1:${controller[id]}
advertised.listeners=PLAINTEXT://127.0.0.1:${port[id]},SASL_SSL://127.0.0.1:${tls[id]},CONTROLLER://127.0.0.1:${controller[id]}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL
listener.name.sasl_ssl.ssl.keystore.type=PEM
listener.name.sasl_ssl.ssl.keystore.location=$folder/broker.pem
listener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_node="secret";
log.dirs=$folder/data-$id
num.network.threads=2
num.io.threads=4
offsets.topic.replication.factor=$copies
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=$copies
transaction.state.log.min.isr=$in_sync
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=$copies
share.coordinator.state.topic.min.isr=$in_sync
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
$faster
PROPERTIES
        java -Xmx128m -Dlog4j2.configurationFile="$folder/log4j2.xml" -cp "$JARS/*" kafka.tools.StorageTool \
            format -t "$cluster" -c "$folder/broker-$id.properties" --initial-controllers "$voters" \
            >"$folder/format-$id.log" 2>&1 || { cat "$folder/format-$id.log" >&2; return 1; }
    done
}

# Starts broker ID; its process is $broker_pid. await_broker waits until it is up.
start_broker() { # FOLDER ID
    : >"$1/broker-$2.log"
    setpriv --pdeathsig KILL java -Xms256m -Xmx256m -XX:+UseSerialGC -XX:MaxMetaspaceSize=128m \
        -Dlog4j2.configurationFile="$1/log4j2.xml" -cp "$JARS/*" kafka.Kafka "$1/broker-$2.properties" \
        >"$1/broker-$2.log" 2>&1 </dev/null &
    broker_pid=$!
}

await_broker() { # FOLDER ID PID
    local tries
    for tries in $(seq 600); do
        grep -q "Kafka Server started" "$1/broker-$2.log" && return
        kill -0 "$3" 2>/dev/null || break
        sleep 0.1
    done
    say "broker $2 did not start:"
    tail -20 "$1/broker-$2.log" >&2
    return 1
}

# Makes the folder of a PostgreSQL, and finds it a port, $postgres_port. It refuses to run as root: it runs by way of
# the words in $postgres_as.
make_postgres() { # FOLDER
    local folder=$1
    postgres_as=(setpriv --pdeathsig INT)
    take_port
    postgres_port=$free_port
    mkdir -p "$folder"
    if [ "$(id -u)" = 0 ]; then
        chown nobody "$folder"
        postgres_as+=(--reuid=nobody --regid=nogroup --clear-groups)
    fi
    (
        cd "$folder"
        HOME=$folder "${postgres_as[@]}" "$(postgres_folder)/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 \
            --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1
    ) || { cat "$folder/initdb.log" >&2; return 1; }
}

# Starts it; its address is $postgres_url, its process $postgres_pid.
start_postgres() { # FOLDER
    local folder=$1 bin tries
    bin=$(postgres_folder)
    HOME=$folder "${postgres_as[@]}" "$bin/postgres" -D "$folder/data" -p "$postgres_port" \
        -c listen_addresses=127.0.0.1 -c unix_socket_directories="$folder" -c fsync=off \
        >"$folder/log" 2>&1 </dev/null &
    postgres_pid=$!
    for tries in $(seq 300); do
        if "$bin/pg_isready" -q -h 127.0.0.1 -p "$postgres_port"; then
            postgres_url=postgres://postgres@127.0.0.1:$postgres_port/postgres
            return
        fi
        kill -0 "$postgres_pid" 2>/dev/null || break
        sleep 0.1
    done
    say "PostgreSQL did not start:"
    tail -20 "$folder/log" >&2
    return 1
}

servers() { # FOLDER N [postgres]
    local folder=$1 count=$2 database=${3:-} id word
    local -a pids=()
    # The folders of a test are its own; PostgreSQL's user must get through them.
    chmod 755 "$folder"
    configure_brokers "$folder" "$count"
    for id in $(seq "$count"); do
        start_broker "$folder" "$id"
        pids[id]=$broker_pid
        disown # a server that a test kills is nothing to report
    done
    postgres_pid=
    # Only those that were started here, and only if they are still there.
    trap 'kill -KILL "${pids[@]}" 2>/dev/null || true
        [ -z "$postgres_pid" ] || kill -INT "$postgres_pid" 2>/dev/null || true' EXIT
    echo "bootstrap $bootstrap"
    if [ -n "$database" ]; then
        make_postgres "$folder/postgres"
        start_postgres "$folder/postgres"
        disown
        echo "postgres $postgres_pid $postgres_url"
    fi
    for id in $(seq "$count"); do
        await_broker "$folder" "$id" "${pids[id]}"
        echo "broker $id ${pids[id]}"
    done
    echo ready
    while read -r word id; do
        if [ "$word" = lose ]; then
            java -Xmx128m -cp "$JARS/*" org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" \
                --delete --topic "$id" >&2
            echo "lost $id"
        elif [ "$word" != start ]; then
            say "servers.sh: start ID, start postgres or lose TOPIC, not '$word'"
            return 2
        elif [ "$id" = postgres ]; then
            while kill -0 "$postgres_pid" 2>/dev/null; do sleep 0.05; done
            start_postgres "$folder/postgres"
            disown
            echo "postgres $postgres_pid $postgres_url"
        else
            start_broker "$folder" "$id"
            pids[id]=$broker_pid
            disown
            await_broker "$folder" "$id" "$broker_pid"
            echo "broker $id $broker_pid"
        fi
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    [ "$#" -ge 3 ] && [ "$1" = servers ] || { say "servers.sh servers FOLDER N [postgres]"; exit 2; }
    install_tools
    install_servers
    servers "${@:2}"
fi
