#!/usr/bin/env bash
# Checks the rules, the example configuration and that of the compose file, then runs the rules' tests. Needs promtool (Debian: prometheus).
set -euo pipefail
cd "$(dirname "$0")"

# The configuration names a token and rules where they lie on the machine: here stand-ins, and the rules beside it.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp limits.yml rules.yml "$work"
: >"$work/token"
: >"$work/authority.pem"
for config in prometheus.yml ../compose/prometheus.yml; do
    sed -e "s|/etc/prometheus/sanzao|$work|" "$config" >"$work/prometheus.yml"
    promtool check config "$work/prometheus.yml"
done
promtool test rules rules_test.yml rules_days_test.yml
