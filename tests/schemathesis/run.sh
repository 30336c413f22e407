#!/usr/bin/env bash
# Installs schemathesis of the pinned version, once, outside the checkout, and asks the built platform as each role, or
# as those named.
set -euo pipefail
cd "$(dirname "$0")"

export PYTHONDONTWRITEBYTECODE=1
target="${CARGO_TARGET_DIR:-../../target}"
requirements=$(sha256sum requirements.txt | cut -c1-12)
venv="${XDG_CACHE_HOME:-$HOME/.cache}/sanzao-schemathesis-$requirements"
if [ ! -e "$venv/installed" ]; then
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --requirement requirements.txt
    touch "$venv/installed"
fi
exec "$venv/bin/python" run.py "$target/release/sanzao" "$@"
