#!/usr/bin/env bash
# Injects every fault, from each of SANZAO_FAULT_SEED ("1" unless told; "1 2" for two), and writes what was injected and what
# held to target/faults.jsonl, and as a table to target/faults.md and standard output. Needs Java 17, Maven, kcat, Python, and
# root, who mounts a disk to be filled.
set -uo pipefail
cd "$(dirname "$0")/../.."

for tool in java mvn kcat python3; do
    if ! command -v "$tool" >/dev/null; then
        echo "faults: no $tool was found (install OpenJDK 17, Maven, kcat and Python 3)" >&2
        exit 1
    fi
done

target="${CARGO_TARGET_DIR:-target}"
mkdir -p "$target"
SANZAO_FAULT_TABLE="$(cd "$target" && pwd)/faults.jsonl"
export SANZAO_FAULT_TABLE
rm -f "$SANZAO_FAULT_TABLE"

if [ -z "${SANZAO_KAFKA:-}" ]; then
    kafka_dir=$(mktemp -d)
    trap 'deploy/kafka/kafka.sh stop --dir "$kafka_dir" >/dev/null 2>&1; rm -rf "$kafka_dir"' EXIT
    port=${SANZAO_KAFKA_PORT:-19192}
    deploy/kafka/kafka.sh fetch && deploy/kafka/kafka.sh start --dir "$kafka_dir" --port "$port" || exit 1
    export SANZAO_KAFKA="127.0.0.1:$port"
fi

# As all tests are built, so that DataFusion is compiled once.
status=0
for seed in ${SANZAO_FAULT_SEED:-1}; do
    SANZAO_FAULT_SEED=$seed cargo test --release --workspace --exclude sanzao-schemas --test kafka_faults -- \
        --include-ignored || status=1
done
touch "$SANZAO_FAULT_TABLE"
python3 -B tests/faults/table.py crates/platform/tests/kafka_faults "$SANZAO_FAULT_TABLE" >"$target/faults.md" || status=1
cat "$target/faults.md"
exit $status
