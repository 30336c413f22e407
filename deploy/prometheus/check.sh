#!/usr/bin/env bash
# Checks the rules and the example configuration, then runs the rules' tests. Needs promtool (Debian: prometheus).
set -euo pipefail
cd "$(dirname "$0")"

# The configuration names a token and rules where they lie on the machine: here stand-ins, and the rules beside it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
sed -e "s|/etc/prometheus/sanzao|$work|" prometheus.yml >"$work/prometheus.yml"
cp limits.yml rules.yml "$work"
: >"$work/token"
: >"$work/authority.pem"
promtool check config "$work/prometheus.yml"
promtool test rules rules_test.yml rules_days_test.yml
