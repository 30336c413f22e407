#!/usr/bin/env bash
# Runs every test. The Kafka half needs Java 17, Maven, kcat and openssl: without them it is left out, said loudly at the
# end, and a failure where CI is set. So is a real provider of identity, which needs node and npm, and what needs Python.
set -uo pipefail
cd "$(dirname "$0")/.."

kafka_dir=""
missing=""
stop_kafka() {
    if [ -n "$kafka_dir" ]; then
        deploy/kafka/kafka.sh stop --dir "$kafka_dir" >/dev/null 2>&1
        rm -rf "$kafka_dir"
    fi
}
trap stop_kafka EXIT

if [ -n "${SANZAO_KAFKA:-}" ]; then
    echo "kafka: using the broker at $SANZAO_KAFKA (over TLS where what kafka.sh env prints is set too)"
elif ! command -v java >/dev/null; then
    missing="no java was found (install OpenJDK 17 and Maven)"
elif ! command -v mvn >/dev/null; then
    missing="no mvn was found (install Maven)"
elif ! command -v openssl >/dev/null; then
    missing="no openssl was found (install OpenSSL, which makes the broker's certificates)"
elif ! command -v kcat >/dev/null; then
    missing="no kcat was found (install kcat, which feeds the broker)"
else
    kafka_dir=$(mktemp -d)
    if deploy/kafka/kafka.sh fetch && deploy/kafka/kafka.sh start --dir "$kafka_dir" --port "${SANZAO_KAFKA_PORT:-19192}"; then
        eval "$(deploy/kafka/kafka.sh env --dir "$kafka_dir")"
    else
        missing="the broker did not start (see above)"
    fi
fi

cargo test --release --workspace --exclude sanzao-schemas --no-fail-fast
status=$?
# Apart: its JSON Schema validator asks other features of what DataFusion depends on.
cargo test --release -p sanzao-schemas --no-fail-fast || status=$?

if [ -n "$missing" ]; then
    printf '\n%s\n%s\n%s\n\n' \
        "######################################################################" \
        "#  THE KAFKA TESTS DID NOT RUN: $missing" \
        "######################################################################"
    [ -n "${CI:-}" ] && status=1
fi
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
    printf '\n%s\n\n' "#  SIGNING IN AT A PROVIDER WAS NOT TESTED: no node or npm was found (install node 20 and npm)"
    [ -n "${CI:-}" ] && status=1
fi
if ! python3 -c 'import ensurepip' 2>/dev/null; then
    printf '\n%s\n\n' "#  SNAPSHOTS IN S3, DUCKDB AND PANDAS WERE NOT TESTED: no python3 with venv was found (install python3-venv)"
    [ -n "${CI:-}" ] && status=1
fi
exit $status
