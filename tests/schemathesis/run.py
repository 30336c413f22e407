"""Asks the API whether it is as its description says, as each role, with every check of schemathesis.

    python tests/schemathesis/run.py SANZAO [ROLE…]     # needs requirements.txt; SANZAO is the binary

Each role has a platform of its own, over a copy of the same small district: what one does changes nothing for another.
"""

import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# Roles, and what each needs beside: whom it sees, or from where it sends.
ROLES = {
    "caseworker": ["--whole-bureau"],
    "supervisor": ["--whole-bureau"],
    "data-officer": ["--whole-bureau"],
    "system-admin": [],
    "security-admin": [],
    "audit-admin": [],
    "department": ["--source", "/320614/police"],
}
DEADLINE_SECONDS = 1_800
READY_SECONDS = 120


def sanzao(binary, *arguments):
    """What a command of the platform prints."""
    done = subprocess.run([binary, *arguments], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout


def district(binary, folder):
    """A small district with an account for each role; the token of each."""
    data = folder / "data"
    sanzao(binary, "demo", "--data", str(data), "--people", "300", "--months", "3", "--exit", "--json")
    tokens = {}
    for role, more in ROLES.items():
        about = ("--data", str(data), role)
        sanzao(binary, "accounts", "add", "--display", role, "--role", role, *more, *about)
        tokens[role] = sanzao(binary, "accounts", "token", "--label", "schemathesis", *about).strip()
    return data, tokens


def started(binary, folder, data):
    """The platform on a free port, and its address."""
    config = folder / "sanzao.toml"
    config.write_text(f'data = "{data}"\n[api]\nlisten = "127.0.0.1:0"\n', encoding="utf-8")
    with (folder / "platform.log").open("w", encoding="utf-8") as log:
        command = [binary, "run", "--config", str(config)]
        platform = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    line = platform.stdout.readline().strip()
    if not line.startswith("serving on "):
        platform.kill()
        raise SystemExit(f"the platform did not start: {(folder / 'platform.log').read_text(encoding='utf-8')}")
    return platform, line.removeprefix("serving on ")


def wait_until_ready(address):
    """Asks until all stages have caught up."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}/readyz", timeout=10).close()
            return
        except OSError:  # not ready, or too slow to say so
            time.sleep(0.1)
    raise SystemExit("the platform does not become ready")


def dictionaries(address, token, folder):
    """Ids of items and people that are there, in the form that schemathesis reads."""
    items, people = [], []
    for kind in ("alerts", "tasks"):
        request = urllib.request.Request(f"{address}/v1/{kind}?limit=10")
        request.add_header("authorization", f"Bearer {token}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            page = json.load(answer)["items"]
        items += [item["id"] for item in page]
        people += [person["id"] for item in page for person in item["people"]]
    assert items and people, "the district has nothing to ask for"
    for name, ids in (("items", items), ("people", people)):
        lines = [f'"{one}"\n' for one in sorted(set(ids))]
        (folder / f"{name}.dict").write_text("".join(lines), encoding="utf-8")


def ask(binary, data, tokens, role, parent):
    """Runs schemathesis as a role; whether it found nothing, and what it said."""
    folder = parent / role
    folder.mkdir()
    shutil.copytree(data, folder / "data")
    for name in ("schemathesis.toml", "refusals.py"):
        shutil.copy(HERE / name, folder)
    platform, address = started(binary, folder, folder / "data")
    try:
        wait_until_ready(address)
        dictionaries(address, tokens["caseworker"], folder)
        command = [
            sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run",
            os.environ.get("SANZAO_OPENAPI", f"{address}/openapi.json"), "--url", address, "--checks", "all", "--no-color",
        ]
        done = subprocess.run(
            command, cwd=folder, env=os.environ | {"SANZAO_TOKEN": tokens[role]}, timeout=DEADLINE_SECONDS, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )
        if platform.poll() is not None:
            return False, f"{done.stdout}\nthe platform ended with {platform.returncode}"
        return done.returncode == 0, done.stdout
    finally:
        platform.kill()
        platform.wait()


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    roles = sys.argv[2:] or list(ROLES)
    failed = []
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(len(roles)) as pool:
        folder = pathlib.Path(folder)
        data, tokens = district(binary, folder)
        runs = {pool.submit(ask, binary, data, tokens, role, folder): role for role in roles}
        for run in concurrent.futures.as_completed(runs):
            fine, said = run.result()
            print(f"\n==== schemathesis as {runs[run]}: {'found nothing' if fine else 'FOUND SOMETHING'}", flush=True)
            if not fine:
                print(said, flush=True)
                failed.append(runs[run])
    if failed:
        raise SystemExit(f"schemathesis found something as {', '.join(sorted(failed))}")


if __name__ == "__main__":
    main()
