"""The table of deploy/metrics.md: which metrics there are, of which kind, with which labels."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STAGES_BY_LABELS = {
    ("feed", "partition"): ["intake"],
    ("bureau",): ["discovery", "casework", "projection"],
    (): ["feeds", "vault", "exchange", "webhook"],
}


@dataclass(frozen=True)
class Label:
    """A label, whether it may be missing, and its values where they are few."""

    name: str
    optional: bool
    values: tuple


@dataclass(frozen=True)
class Metric:
    """A row of the table."""

    name: str
    kind: str
    labels: tuple
    meaning: str

    def label_names(self):
        """Labels that a query may ask for, Prometheus' own ones too."""
        own = {label.name for label in self.labels}
        return own | {"instance", "job"} | ({"le"} if self.kind == "histogram" else set())

    def sample_labels(self):
        """Sets of labels such as a running platform gives."""
        cuts = {label.name for label in self.labels if label.optional}
        if "stage" in self.label_names() and cuts:
            return [
                {"stage": stage, **labels}
                for by, stages in STAGES_BY_LABELS.items()
                if cuts >= set(by)
                for stage in stages
                for labels in _every(by)
            ]
        return _every([label.name for label in self.labels if not label.optional], dict(self._values()))

    def _values(self):
        return ((label.name, label.values) for label in self.labels if label.values)


def _every(names, values=None):
    """Every set of labels of these names: two bureaus and feeds, so that a query that confuses them is seen."""
    found = [{}]
    for name in names:
        of_name = (values or {}).get(name) or SAMPLES.get(name, ("x",))
        found = [{**one, name: value} for one in found for value in of_name]
    return found


SAMPLES = {
    "stage": ("discovery", "casework"),
    "bureau": ("320614", "320621"),
    "feed": ("police", "health"),
    "partition": ("0",),
    "state": ("open", "overdue"),
    "status": ("200",),
}


def _labels(cell):
    found = []
    for part in re.findall(r"([a-z_]+)(\?)?(?: \(([^)]*)\))?(?:, |$)", cell):
        name, optional, values = part
        found.append(Label(name, bool(optional), tuple(v.strip() for v in values.split("/") if v.strip())))
    return tuple(found)


def metrics():
    """Every metric of the table, by name."""
    found = {}
    for line in (ROOT / "deploy/metrics.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 8 or not cells[1].startswith("`sanzao_"):
            continue
        name, kind, labels, _, meaning = cells[1].strip("`"), *cells[2:6]
        if name in found:
            raise ValueError(f"deploy/metrics.md has {name} twice")
        found[name] = Metric(name, kind, _labels(labels), meaning)
    return found
