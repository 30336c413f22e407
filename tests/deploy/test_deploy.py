"""Holds deploy/ together: dashboards, rules and their tests, the table of metrics, and what the code tells.

    python3 -m unittest discover -s tests/deploy

What runs queries needs promtool (Debian: prometheus) and is skipped without it; run.sh says so loudly.
"""

import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from metrics_table import ROOT, metrics

DASHBOARDS = sorted((ROOT / "deploy/grafana").glob("*.json"))
RULES = ROOT / "deploy/prometheus/rules.yml"
LIMITS = ROOT / "deploy/prometheus/limits.yml"
RULE_TESTS = [ROOT / "deploy/prometheus" / name for name in ("rules_test.yml", "rules_days_test.yml")]
PROMTOOL = shutil.which("promtool")
# What Grafana shows as a word after the number, if it does not know it, is a slip here.
UNITS = {"none", "s", "bytes", "percentunit", "cpm", "eps", "recps", "reqps"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def text(path):
    return path.read_text(encoding="utf-8")


def without_comments(path):
    return re.sub(r"(?m)(^|\s)#.*$", "", text(path))


def panels():
    """Dashboard file and panel, rows aside."""
    for path in DASHBOARDS:
        for panel in json.loads(text(path))["panels"]:
            if panel["type"] != "row":
                yield path.name, panel


def queries():
    """Where a query stands, and the query with Grafana's variables filled in."""
    for file, panel in panels():
        for target in panel["targets"]:
            expression = target["expr"].replace("$__rate_interval", "5m")
            expression = re.sub(r"=~\"\$[a-z]+\"", '=~".*"', expression)
            yield f"{file}: {panel['title']} {target['refId']}", expression


def family(name, known):
    """The metric that a name of a series belongs to: that of a histogram has three names."""
    for suffix in ("_bucket", "_sum", "_count"):
        stem = name.removesuffix(suffix)
        if stem != name and stem in known and known[stem].kind == "histogram":
            return stem
    return name


def used(expression, known):
    return {family(name, known) for name in re.findall(r"\bsanzao_[a-z0-9_]+", expression)}


def sources():
    """Every text with queries, by where it stands."""
    yield from queries()
    yield "rules.yml", without_comments(RULES)
    for panel_file in DASHBOARDS:
        for variable in json.loads(text(panel_file))["templating"]["list"]:
            yield f"{panel_file.name}: ${variable['name']}", variable["query"]["query"]


def alerts():
    """Name and text of each alert."""
    parts = re.split(r"(?m)^      - alert: (\w+)$", without_comments(RULES))
    return dict(zip(parts[1::2], (re.split(r"(?m)^  - name:", part)[0] for part in parts[2::2])))


class Dashboards(unittest.TestCase):
    def test_there_are_four_with_ids_of_their_own(self):
        boards = [json.loads(text(path)) for path in DASHBOARDS]
        self.assertEqual(len(boards), 4)
        self.assertEqual(len({board["uid"] for board in boards}), 4)
        for board in boards:
            self.assertRegex(board["title"], CHINESE)
            self.assertRegex(board["description"], CHINESE)
            ids = [panel["id"] for panel in board["panels"]]
            self.assertEqual(len(ids), len(set(ids)), board["title"])

    def test_every_panel_says_what_it_shows(self):
        for file, panel in panels():
            with self.subTest(file=file, panel=panel["title"]):
                self.assertRegex(panel["title"], CHINESE)
                self.assertRegex(panel["description"], CHINESE)
                self.assertIn(panel["fieldConfig"]["defaults"]["unit"], UNITS)
                self.assertTrue(panel["targets"])
                refs = [target["refId"] for target in panel["targets"]]
                self.assertEqual(len(refs), len(set(refs)))

    def test_panels_do_not_lie_on_each_other(self):
        for path in DASHBOARDS:
            taken = {}
            for panel in json.loads(text(path))["panels"]:
                at = panel["gridPos"]
                self.assertLessEqual(at["x"] + at["w"], 24, panel["title"])
                for x in range(at["x"], at["x"] + at["w"]):
                    for y in range(at["y"], at["y"] + at["h"]):
                        other = taken.setdefault((x, y), panel["title"])
                        self.assertEqual(other, panel["title"], f"{path.name}: one lies on the other")

    def test_they_ask_the_data_source_that_is_provisioned(self):
        provisioned = text(ROOT / "deploy/grafana/provisioning/datasources/sanzao.yaml")
        (uid,) = re.findall(r"(?m)^\s+uid: (\S+)", provisioned)
        for file, panel in panels():
            for of in [panel, *panel["targets"]]:
                self.assertEqual(of["datasource"], {"type": "prometheus", "uid": uid}, file)

    def test_variables_are_those_that_are_defined(self):
        for path in DASHBOARDS:
            board = json.loads(text(path))
            defined = {variable["name"] for variable in board["templating"]["list"]}
            asked = set(re.findall(r"\$([a-z]+)\b", json.dumps([p.get("targets") for p in board["panels"]])))
            self.assertEqual(asked, defined, path.name)


class Metrics(unittest.TestCase):
    def setUp(self):
        self.known = metrics()

    def test_nothing_is_asked_for_that_is_not_in_the_table(self):
        for where, expression in sources():
            self.assertLessEqual(used(expression, self.known), set(self.known), where)

    def test_everything_in_the_table_is_looked_at(self):
        looked_at = set().union(*(used(expression, self.known) for _, expression in sources()))
        self.assertEqual(set(self.known) - looked_at, set(), "neither a panel nor a rule uses these")

    def test_labels_are_those_of_the_table(self):
        every = {name for metric in self.known.values() for name in metric.label_names()}
        for where, expression in sources():
            for name, selector in re.findall(r"\b(sanzao_[a-z0-9_]+)\{([^}]*)\}", expression):
                asked = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)", selector))
                metric = self.known[family(name, self.known)]
                self.assertLessEqual(asked, metric.label_names(), f"{where}: {name}")
            for names in re.findall(r"\b(?:by|on|group_left) \(([a-z_, ]*)\)", expression):
                self.assertLessEqual({n.strip() for n in names.split(",") if n.strip()}, every, where)

    def test_what_is_recorded_is_recorded_once_and_there(self):
        recorded = re.findall(r"(?m)- record: (\S+)", text(RULES) + text(LIMITS))
        asked = set()
        for _, expression in sources():
            asked |= set(re.findall(r"\bsanzao:[a-z0-9_]+:[a-z0-9_]+", expression))
        self.assertEqual(asked, set(recorded))
        of_rules = re.findall(r"(?m)- record: (\S+)", text(RULES))
        self.assertEqual(len(of_rules), len(set(of_rules)))

    def test_the_code_tells_nothing_that_is_not_in_the_table(self):
        found = {}
        for path in sorted((ROOT / "crates").glob("*/src/**/*.rs")):
            code = text(path)
            found.update(re.findall(r'"(sanzao_[a-z0-9_]+)",\s*"(gauge|counter|histogram)"', code))
            found.update(re.findall(r"# TYPE (sanzao_[a-z0-9_]+) (gauge|counter|histogram)", code))
        self.assertGreater(len(found), 20, "are metrics still told as they were?")
        for name, kind in found.items():
            self.assertIn(name, self.known, "deploy/metrics.md lacks it")
            self.assertEqual(kind, self.known[name].kind, name)


class Rules(unittest.TestCase):
    def test_every_alert_says_what_to_do(self):
        found = alerts()
        self.assertGreater(len(found), 20)
        for name, body in found.items():
            with self.subTest(alert=name):
                self.assertTrue(name.startswith("Sanzao"))
                self.assertRegex(body, r"labels: \{severity: (critical|warning)\}")
                for part in ("summary", "description"):
                    self.assertRegex(re.search(rf"(?m)^ +{part}: (.*)$", body)[1], CHINESE)
                self.assertRegex(body, r"(?m)^ +runbook: deploy/runbook\.md#[a-z-]+$")

    def test_every_alert_is_tested_to_fire_and_not_to_fire(self):
        fires, quiet = set(), set()
        for path in RULE_TESTS:
            for check in re.split(r"(?m)^      - eval_time:", text(path))[1:]:
                name = re.search(r"alertname: (\w+)", check)
                if name:
                    (fires if "exp_alerts:" in check else quiet).add(name[1])
        self.assertEqual(fires, set(alerts()))
        self.assertEqual(quiet, set(alerts()))

    def test_silence_is_that_of_the_parameters(self):
        parameters = text(ROOT / "crates/discovery/parameters.toml")
        rhythms = re.findall(r'name = "rhythm_(\w+)_days"\nvalue = (\d+)', parameters)
        limits = re.findall(r"labels: \{feed: (\S+)\}\s+expr: vector\((\d+) \* 86400\)", text(LIMITS))
        self.assertEqual(limits, [(feed.replace("_", "-"), days) for feed, days in rhythms])

    @unittest.skipUnless((ROOT / "deploy/runbook.md").exists(), "there is no runbook yet")
    def test_every_alert_has_its_place_in_the_runbook(self):
        runbook = text(ROOT / "deploy/runbook.md")
        places = set(re.findall(r'<a (?:id|name)="([a-z0-9-]+)"', runbook))
        for heading in re.findall(r"(?m)^#+ (.*)$", runbook):
            places.add(re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-"))
        asked = set(re.findall(r"runbook\.md#([a-z-]+)", text(RULES)))
        self.assertEqual(asked - places, set())


@unittest.skipUnless(PROMTOOL, "no promtool was found")
class Queries(unittest.TestCase):
    def test_every_panel_shows_something_where_every_metric_is_there(self):
        series = [
            {"series": 'up{job="sanzao",instance="a"}', "values": "1x1600"},
            {"series": 'up{job="sanzao",instance="b"}', "values": "0x1600"},
            {"series": 'ALERTS{alertname="SanzaoX",alertstate="firing"}', "values": "1x1600"},
        ]
        for metric in metrics().values():
            for labels in metric.sample_labels():
                rising = "1+1x1600" if metric.kind != "gauge" else "1x1600"
                names = [metric.name]
                bounds = [{}]
                if metric.kind == "histogram":
                    names, bounds = [f"{metric.name}_bucket"], [{"le": "0.1"}, {"le": "+Inf"}]
                    series.append(one(f"{metric.name}_count", labels, rising))
                series += [one(name, {**labels, **bound}, rising) for name in names for bound in bounds]
        tests = [
            {"eval_time": "26h", "expr": f"count({expression}) > bool 0", "exp_samples": [{"labels": "{}", "value": 1}]}
            for _, expression in queries()
        ]
        self.run_promtool(
            {
                "rule_files": [str(LIMITS), str(RULES)],
                "evaluation_interval": "5m",
                "group_eval_order": ["sanzao-limits", "sanzao-recorded"],
                "tests": [{"interval": "1m", "input_series": series, "promql_expr_test": tests}],
            }
        )

    def run_promtool(self, tests):
        """A JSON file is YAML."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "panels_test.yml"
            path.write_text(json.dumps(tests), encoding="utf-8")
            done = subprocess.run([PROMTOOL, "test", "rules", str(path)], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


def one(name, labels, values):
    inside = ",".join(f'{label}="{value}"' for label, value in {**labels, "instance": "a"}.items())
    return {"series": f"{name}{{{inside}}}", "values": values}


if __name__ == "__main__":
    unittest.main()
