"""A finished benchmark: its facts and tables as JSON, as a page, and as the few rows that README quotes.

python bench/results_page.py            # print the rows for README from the newest results
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tabulated import Table, gap_shown, markdown, seconds_shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PARTS = ("fits", "bootstraps", "growth", "startup", "streams", "coverage", "gpu-hours")
"""The tables, in the order of the page and of the run: what is timed comes first."""

FOLDER = Path(__file__).parent / "results"

AT_HAND = (
    "Every program had one BLAS thread. The machine was shared with other work: each time is the "
    "least of its repetitions where there are several, and ratios within this run say more than "
    "seconds."
)


@dataclass(frozen=True, slots=True)
class Results:
    """Parts of the benchmark, run on one day; date is YYYY-MM-DD, seconds what each part took, by table."""

    date: str
    mode: str
    machine: Mapping[str, str]
    seconds: Mapping[str, float]
    tables: Mapping[str, Table]

    def over(self, earlier: Results) -> Results:
        """These, with parts of earlier ones that were not run again, if machine and mode are the same."""
        if (earlier.mode, earlier.machine) != (self.mode, self.machine):
            return self
        seconds, tables = {**earlier.seconds, **self.seconds}, {**earlier.tables, **self.tables}
        ordered = sorted(tables, key=PARTS.index)
        return replace(self, seconds=seconds, tables={name: tables[name] for name in ordered})

    def to_json(self) -> str:
        record = {
            "date": self.date,
            "mode": self.mode,
            "machine": dict(self.machine),
            "seconds": {name: round(seconds, 1) for name, seconds in self.seconds.items()},
            "tables": [table.to_record() for table in self.tables.values()],
        }
        return json.dumps(record, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Results:
        record = json.loads(text)
        tables = [Table.from_record(each) for each in record.pop("tables")]
        return cls(**record, tables={table.name: table for table in tables})


def newest(folder: Path = FOLDER) -> Results:
    """The results of the last date."""
    files = sorted(folder.glob("*.json"))
    if not files:
        raise FileNotFoundError(f"no results in {folder}: run python bench/run.py --full")
    return Results.from_json(files[-1].read_text(encoding="utf-8"))


def page(results: Results) -> str:
    """Everything, as Markdown."""
    facts = "; ".join(f"{name} {fact}" for name, fact in results.machine.items())
    command = f"python bench/run.py{' --full' if results.mode == 'full' else ''}"
    head = [
        f"# Benchmark of {results.date}",
        "",
        f"`{command}` took {sum(results.seconds.values()):.0f} s. {facts}. {AT_HAND}",
        "",
        f"![Fit time against the gap to the optimum, coverage, and errors of GPU-hours]({results.date}.svg)",
        "",
    ]
    return "\n".join([*head, "\n\n".join(markdown(table) for table in results.tables.values())]) + "\n"


def summary(results: Results) -> str:
    """The few rows that README quotes."""
    lines = ["| | scalecalc | beside |", "| --- | --: | --- |"]
    lines += [f"| {what} | {ours} | {beside} |" for what, ours, beside in _summary_rows(results.tables)]
    facts = results.machine
    where = f"{results.date}, {facts['processor']}, {facts['cores']} cores, Python {facts['Python']}"
    return "\n".join([*lines, "", f"Measured {where}: [all numbers](bench/results/{results.date}.md)."])


def _summary_rows(tables: Mapping[str, Table]) -> Iterator[tuple[str, str, str]]:
    fits = [row for row in tables["fits"].rows if isinstance(row[3], float)]
    ours, others = fits[0], [row for row in fits[2:] if row[1] == fits[0][1]]
    yield (
        "cold global fit of 240 runs, Huber 1e-3",
        seconds_shown(float(ours[3] or 0)),
        ", ".join(f"{row[0]} {seconds_shown(float(row[3] or 0))}" for row in others),
    )
    yield (
        "above the certified optimum",
        gap_shown(float(ours[5] or 0)),
        ", ".join(f"{row[0]} {gap_shown(float(row[5] or 0))}" for row in others),
    )
    bootstraps = [row for row in tables["bootstraps"].rows if isinstance(row[4], float)]
    yield (
        "one bootstrap refit",
        seconds_shown(float(bootstraps[0][4] or 0)),
        ", ".join(f"{row[0]} {seconds_shown(float(row[4] or 0))}" for row in bootstraps[2:]),
    )
    for label, what, beside in (
        ("scalecalc optimal", "`optimal --json`, whole process", "the least that Typer and pydantic take"),
        ("scalecalc fit", "`fit chinchilla --json`, whole process", "its imports alone"),
    ):
        row = tables["startup"].row(label)
        yield (
            what,
            seconds_shown(float(row["least"] or 0)),
            f"{float(row['least ratio'] or 0):.2f} times {beside}",
        )
    rows = tables["coverage"].rows
    shares = [float(share) for row in rows for share in row[1:5] if share is not None]
    held = f"{100 * min(shares):.1f} to {100 * max(shares):.1f} %"
    yield "95 % intervals that held the truth", held, f"{len(rows)} kinds of simulated sweeps"
    check, rule = (tables["gpu-hours"].row(label) for label in ("scalecalc check", "6ND at 40 %"))
    half, most = "half within a factor of", "80 % within"
    yield (
        f"GPU-hours of {check['runs']} published runs: half within, 80 % within",
        f"{float(check[half] or 0):.2f}x, {float(check[most] or 0):.2f}x",
        f"6ND at 40 % of peak {float(rule[half] or 0):.2f}x, {float(rule[most] or 0):.2f}x",
    )


if __name__ == "__main__":
    print(summary(newest()))
