#!/usr/bin/env bash
# Checks what lies under deploy/: rules and dashboards by promtool, units by systemd's tools, and that all of it fits
# the table of metrics. What is missing on this machine is left out, said loudly at the end, and a failure where CI is set.
set -uo pipefail
cd "$(dirname "$0")/../.."

status=0
left_out=()
export PYTHONDONTWRITEBYTECODE=1

if command -v python3 >/dev/null; then
    python3 -m unittest discover -s tests/deploy || status=1
else
    left_out+=("dashboards and the table of metrics: no python3 was found")
fi
if command -v promtool >/dev/null; then
    deploy/prometheus/check.sh || status=1
else
    left_out+=("rules, and the queries of dashboards: no promtool was found (install Debian's prometheus)")
fi
if command -v systemd-analyze >/dev/null; then
    deploy/systemd/check.sh || status=1
else
    left_out+=("units: no systemd-analyze was found (install systemd)")
fi
compose=()
docker compose version >/dev/null 2>&1 && compose=(docker compose)
[ ${#compose[@]} -eq 0 ] && command -v docker-compose >/dev/null && compose=(docker-compose)
if [ ${#compose[@]} -gt 0 ]; then
    for file in deploy/compose.yaml deploy/compose.cluster.yaml; do
        GRAFANA_PASSWORD=x "${compose[@]}" -f "$file" config -q && echo "$file: can be read" || status=1
    done
else
    left_out+=("compose files: no docker compose was found (install Debian's docker-compose)")
fi

if [ ${#left_out[@]} -gt 0 ]; then
    printf '\n%s\n' "######################################################################"
    printf '#  NOT CHECKED: %s\n' "${left_out[@]}"
    printf '%s\n\n' "######################################################################"
    [ -n "${CI:-}" ] && status=1
fi
[ $status -eq 0 ] && echo "deploy: what was checked is as it should be"
exit $status
