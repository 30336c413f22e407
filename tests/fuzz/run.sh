#!/usr/bin/env bash
# Fuzzes one target or all, so many seconds each, from the examples of the schemas.
set -euo pipefail
cd "$(dirname "$0")"

targets=(envelope police social-security health medical-insurance registry files)
[ $# -ge 1 ] && targets=("$1")
seconds="${2:-600}"

for target in "${targets[@]}"; do
    mkdir -p "corpus/$target"
    if [ "$target" = envelope ]; then
        python3 seeds.py headers corpus/envelope
    elif [ "$target" = files ]; then
        python3 seeds.py files corpus/files
    else
        python3 seeds.py structured "corpus/$target" "$target"
    fi
    # Documents longer than this only make each run slower.
    cargo +nightly fuzz run --fuzz-dir . --target-dir "${CARGO_TARGET_DIR:-target}" "$target" -- \
        -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=4096 -print_final_stats=1
done
