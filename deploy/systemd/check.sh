#!/usr/bin/env bash
# Verifies the units and how far they are locked up. Needs systemd's tools, no running systemd and no root.
set -euo pipefail
cd "$(dirname "$0")"

# Of 10 (open) to 0 (locked): in tenths, as --threshold takes them. README.md says what is left.
threshold=15

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
units="$root/etc/systemd/system"
mkdir -p "$units" "$root/usr/bin" "$root/usr/lib/systemd/system"
# A program by the name that the unit starts, and the system's own targets that it names.
printf '#!/bin/sh\n' >"$root/usr/bin/sanzao"
chmod +x "$root/usr/bin/sanzao"
cp /lib/systemd/system/*.target "$root/usr/lib/systemd/system"
cp sanzao@.service "$units/sanzao@intake.service"
cp sanzao@.service sanzao.target "$units"

# Some versions tell a fault and exit with 0: it must say nothing at all.
told=$(systemd-analyze verify --root="$root" sanzao@intake.service sanzao.target 2>&1) || failed=1
if [ -n "$told" ] || [ -n "${failed:-}" ]; then
    printf '%s\n' "$told"
    echo "the units are not as systemd wants them"
    exit 1
fi
echo "units: nothing to complain of"
systemd-analyze security --offline=true --root="$root" --threshold="$threshold" --no-pager sanzao@intake.service |
    grep '^→'

# Making a user and giving folders away is root's, also below another root.
if [ "$(id -u)" = 0 ]; then
    cp sanzao.sysusers.conf sanzao.tmpfiles.conf "$root"
    systemd-sysusers --root="$root" "$root/sanzao.sysusers.conf" >/dev/null 2>&1
    grep -q '^sanzao:.*:/var/lib/sanzao:/usr/sbin/nologin$' "$root/etc/passwd"
    systemd-tmpfiles --root="$root" --create "$root/sanzao.tmpfiles.conf"
    [ "$(stat -c %a "$root/etc/sanzao/secrets")" = 700 ]
    echo "user and folders: as they should be"
else
    echo "user and folders: left out, which only root can try"
fi
