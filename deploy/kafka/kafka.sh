#!/usr/bin/env bash
# A real Apache Kafka (KRaft, one node) on loopback, for tests and trials without Docker.
#
#   kafka.sh fetch                          download the broker's jars (once; needs Java 17 and Maven)
#   kafka.sh start [--port P] [--dir D] [--proxy-port Q]
#                                           format the storage if it is new, start, wait until it answers;
#                                           prints the bootstrap servers. With Q, who comes to port P + 5 is told
#                                           to come to Q from then on: a proxy there has all of its traffic
#   kafka.sh stop [--dir D]                 end the broker that `start` started in D
#   kafka.sh status [--dir D]               say whether it answers; exit code 0 if it does
#   kafka.sh env [--dir D]                  what tests need of it, for eval: addresses, user, certificates
#
# `start --port P` takes five ports: P in plain text, P+1 for the controller, P+2 for TLS, P+3 for TLS and SCRAM, P+4 for
# TLS with a client's certificate. Certificates and passwords are made for D alone and lie in D/secrets.
#
# Jars and the default data directory are under ${SANZAO_KAFKA_HOME:-$HOME/.cache/sanzao-kafka}.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
home=${SANZAO_KAFKA_HOME:-$HOME/.cache/sanzao-kafka}
version=$(sed -n 's|.*<kafka.version>\(.*\)</kafka.version>.*|\1|p' "$here/pom.xml")
jars=$home/jars-$version
start_timeout_s=${SANZAO_KAFKA_START_TIMEOUT_S:-120}
port=9092
proxy_port=""
dir=$home/data

fail() {
    echo "kafka.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
}

java_command() {
    if [ -n "${JAVA_HOME:-}" ] && [ -x "$JAVA_HOME/bin/java" ]; then
        echo "$JAVA_HOME/bin/java"
    else
        command -v java || true
    fi
}

need_java() {
    java=$(java_command)
    [ -n "$java" ] || fail "no java found; install a Java 17 runtime (Debian, Ubuntu: apt-get install openjdk-17-jre-headless)"
    local major
    major=$("$java" -version 2>&1 | sed -n 's/.* version "\([0-9]*\).*/\1/p' | head -n 1)
    [ "${major:-0}" -ge 17 ] || fail "$java is Java ${major:-of unknown version}; Kafka $version needs 17 or newer (or set JAVA_HOME)"
}

fetch() {
    need_java
    if [ -f "$jars/.complete" ]; then
        return
    fi
    command -v mvn >/dev/null || fail "no mvn found; install Maven (Debian, Ubuntu: apt-get install maven)"
    echo "fetching Apache Kafka $version into $jars" >&2
    mkdir -p "$home"
    local part
    part=$(mktemp -d "$home/fetching.XXXXXX")
    if ! mvn -q -B -f "$here/pom.xml" dependency:copy-dependencies -DoutputDirectory="$part" >&2; then
        rm -rf "$part"
        fail "Maven could not fetch Kafka $version; check the network and the mirrors in ~/.m2/settings.xml"
    fi
    touch "$part/.complete"
    # Two fetches at once: the first one to finish wins, both are the same.
    if [ -d "$jars" ] || ! mv "$part" "$jars"; then rm -rf "$part"; fi
    [ -f "$jars/.complete" ] || fail "$jars is there but incomplete; delete it and run fetch again"
}

# True if the broker on the given port answers an ApiVersions request (key 18, version 0, correlation 1).
answers() {
    timeout 3 bash -c '
        exec 3<>"/dev/tcp/127.0.0.1/$1"
        printf "\0\0\0\x0a\0\x12\0\0\0\0\0\x01\xff\xff" >&3
        head -c 8 <&3 | od -An -tx1' answers "$1" 2>/dev/null | grep -q "00 00 00 01"
}

# The pid of the broker started in $dir, or nothing. A pid that now belongs to another program is not ours.
running_pid() {
    local pid command_line
    [ -f "$dir/kafka.pid" ] || return 0
    pid=$(cat "$dir/kafka.pid")
    # Not ps: small images have none.
    command_line=$( (tr '\0' ' ' <"/proc/$pid/cmdline") 2>/dev/null) || return 0
    if [[ $command_line == *"kafka.Kafka $dir/server.properties "* ]]; then
        echo "$pid"
    fi
}

configured_port() {
    sed -n 's|^listeners=PLAINTEXT://127.0.0.1:\([0-9]*\),.*|\1|p' "$dir/server.properties" 2>/dev/null || true
}

# A certificate authority, and what it signs: the broker's certificate and a client's. Thrown away with the directory.
make_certificates() {
    local secrets=$dir/secrets name
    [ ! -f "$secrets/client.key" ] || return 0
    command -v openssl >/dev/null || fail "no openssl found; install it (Debian, Ubuntu: apt-get install openssl)"
    mkdir -p -m 700 "$secrets"
    (
        umask 077
        cd "$secrets"
        new_key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1"; }
        new_key ca.key
        openssl req -x509 -new -key ca.key -subj "/CN=sanzao trial authority" -days 3650 -out ca.crt
        printf 'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth\n' >broker.ext
        printf 'extendedKeyUsage=clientAuth\n' >client.ext
        for name in broker client; do
            new_key "$name.key.new"
            openssl req -new -key "$name.key.new" -subj "/CN=$name" -out "$name.csr"
            openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 \
                -extfile "$name.ext" -out "$name.crt"
            mv "$name.key.new" "$name.key"
        done
        cat broker.key broker.crt >broker.pem
        # One who may do everything, and one who may do nothing.
        for name in sanzao stranger; do
            openssl rand -hex 24 >"$name.password"
        done
    ) >"$dir/certificates.log" 2>&1 || fail "making certificates failed; see $dir/certificates.log"
}

write_properties() {
    local controller=$((port + 1)) listeners advertised
    listeners="PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller"
    listeners+=",TLS://127.0.0.1:$((port + 2)),SASL://127.0.0.1:$((port + 3)),MUTUAL://127.0.0.1:$((port + 4))"
    advertised=$listeners
    if [ -n "$proxy_port" ]; then
        listeners+=",PROXIED://127.0.0.1:$((port + 5))"
        advertised+=",PROXIED://127.0.0.1:$proxy_port"
    fi
    # 65 MiB: the platform's records go up to 64 MiB. Retention: the log is the truth, nothing expires by itself.
    cat >"$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
listeners=$listeners
advertised.listeners=$advertised
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,SASL:SASL_SSL,MUTUAL:SSL,PROXIED:PLAINTEXT
controller.listener.names=CONTROLLER
ssl.keystore.type=PEM
ssl.keystore.location=$dir/secrets/broker.pem
ssl.truststore.type=PEM
ssl.truststore.location=$dir/secrets/ca.crt
listener.name.tls.ssl.client.auth=requested
listener.name.mutual.ssl.client.auth=required
sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:sanzao;User:rotated;User:CN=client
controller.quorum.bootstrap.servers=127.0.0.1:$controller
log.dirs=$dir/log
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=4
group.initial.rebalance.delay.ms=0
message.max.bytes=68157440
replica.fetch.max.bytes=68157440
log.retention.ms=-1
log.retention.bytes=-1
offsets.retention.minutes=525600
END
}

format_storage() {
    [ ! -f "$dir/log/meta.properties" ] || return 0
    local id
    # A cluster id is 16 random bytes in URL-safe base64; a leading minus would look like an option.
    id=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=\n')
    id=A${id#?}
    local scram=() name hash
    for name in sanzao stranger; do
        for hash in 256 512; do
            scram+=(--add-scram "SCRAM-SHA-$hash=[name=$name,password=$(cat "$dir/secrets/$name.password")]")
        done
    done
    "$java" -Xmx256m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp "$jars/*" kafka.tools.StorageTool \
        format --standalone --cluster-id "$id" "${scram[@]}" --config "$dir/server.properties" >"$dir/format.log" 2>&1 ||
        fail "formatting $dir/log failed: $(tail -n 3 "$dir/format.log")"
}

start() {
    local pid deadline
    mkdir -p "$dir"
    dir=$(cd "$dir" && pwd)
    pid=$(running_pid)
    if [ -n "$pid" ]; then
        echo "already running in $dir, pid $pid" >&2
        echo "127.0.0.1:$(configured_port)"
        return
    fi
    fetch
    ! answers "$port" || fail "port $port already has a Kafka broker that this script did not start in $dir; choose --port"
    make_certificates
    write_properties
    format_storage
    # Each network thread, of which each listener has its own, would keep the largest buffer that it ever used.
    nohup "$java" -Xms256m -Xmx512m -Djdk.nio.maxCachedBufferSize=1048576 -XX:+UseG1GC -Djava.awt.headless=true \
        -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Dorg.slf4j.simpleLogger.showDateTime=true \
        -Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd\'T\'HH:mm:ss.SSSXXX \
        -cp "$jars/*" kafka.Kafka "$dir/server.properties" >"$dir/kafka.log" 2>&1 </dev/null &
    pid=$!
    echo "$pid" >"$dir/kafka.pid"
    deadline=$((SECONDS + start_timeout_s))
    until answers "$port"; do
        if ! kill -0 "$pid" 2>/dev/null; then
            rm -f "$dir/kafka.pid"
            fail "Kafka ended while starting; the end of $dir/kafka.log: $(tail -n 5 "$dir/kafka.log")"
        fi
        [ "$SECONDS" -lt "$deadline" ] || fail "Kafka (pid $pid) did not answer on port $port in $start_timeout_s s; see $dir/kafka.log, then run stop"
        sleep 0.2
    done
    echo "127.0.0.1:$port"
}

stop() {
    local pid deadline
    pid=$(running_pid)
    if [ -z "$pid" ]; then
        rm -f "$dir/kafka.pid"
        echo "not running in $dir" >&2
        return
    fi
    kill "$pid"
    deadline=$((SECONDS + 60))
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "pid $pid did not end in 60 s and is killed" >&2
            kill -9 "$pid"
            deadline=$((SECONDS + 60))
        fi
        sleep 0.2
    done
    rm -f "$dir/kafka.pid"
}

status() {
    local pid
    pid=$(running_pid)
    if [ -n "$pid" ] && answers "$(configured_port)"; then
        echo "127.0.0.1:$(configured_port) answers, pid $pid, data in $dir"
    elif [ -n "$pid" ]; then
        echo "pid $pid runs but does not answer; see $dir/kafka.log"
        exit 1
    else
        echo "not running in $dir"
        exit 1
    fi
}

# What kafka.sh of an earlier version has formatted knows no users: SCRAM then refuses everybody.
print_env() {
    local base secrets=$dir/secrets
    base=$(configured_port)
    if [ -z "$base" ] || [ ! -f "$secrets/client.key" ]; then
        fail "no broker with certificates was started in $dir; run start --dir $dir first"
    fi
    printf 'export %s=%q\n' \
        SANZAO_KAFKA "127.0.0.1:$base" \
        SANZAO_KAFKA_TLS "127.0.0.1:$((base + 2))" \
        SANZAO_KAFKA_SASL "127.0.0.1:$((base + 3))" \
        SANZAO_KAFKA_MUTUAL "127.0.0.1:$((base + 4))" \
        SANZAO_KAFKA_CA "$secrets/ca.crt" \
        SANZAO_KAFKA_CERTIFICATE "$secrets/client.crt" \
        SANZAO_KAFKA_KEY "$secrets/client.key" \
        SANZAO_KAFKA_USER sanzao \
        SANZAO_KAFKA_PASSWORD_FILE "$secrets/sanzao.password" \
        SANZAO_KAFKA_STRANGER stranger \
        SANZAO_KAFKA_STRANGER_PASSWORD_FILE "$secrets/stranger.password"
}

[ $# -ge 1 ] || usage
command=$1
shift
while [ $# -gt 0 ]; do
    case $1 in
    --port) port=${2:?--port needs a number} && shift 2 ;;
    --dir) dir=${2:?--dir needs a directory} && shift 2 ;;
    --proxy-port) proxy_port=${2:?--proxy-port needs a number} && shift 2 ;;
    *) usage ;;
    esac
done
case $port in *[!0-9]*) fail "--port $port is no number" ;; esac
case $proxy_port in *[!0-9]*) fail "--proxy-port $proxy_port is no number" ;; esac
if [ -d "$dir" ]; then dir=$(cd "$dir" && pwd); fi

case $command in
fetch) fetch ;;
start) start ;;
stop) stop ;;
status) status ;;
env) print_env ;;
*) usage ;;
esac
