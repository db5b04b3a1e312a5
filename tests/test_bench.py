"""The benchmark runs, names what is absent, and tells the same numbers the same way."""

import importlib
import json
import math
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parent.parent / "bench"

ROWS = {
    "fits": [
        "scalecalc",
        "scalecalc",
        "Epoch AI's procedure",
        "chinchilla",
        "chinchilla",
        "simple-scaling-laws",
    ],
    "bootstraps": ["scalecalc", "scalecalc", "Epoch AI's procedure", "simple-scaling-laws", "chinchilla"],
    "growth": ["least-squares", "least-squares", "huber-1e-3", "huber-1e-3"],
    "startup": [
        "script of Typer and pydantic",
        "scalecalc optimal",
        "import typer",
        "scalecalc fit",
        "import of chinchilla",
        "scaling-laws --help of simple-scaling-laws",
    ],
    "streams": ["scalecalc optimal", "scalecalc fit"],
    "coverage": ["n=20", "n=60", "n=240", "10 runs"],
}
"""How the first cell of every row begins; GPU-hours depend on the table of published runs."""


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The folder of a tiny run without peers, whichever are installed."""
    folder = tmp_path_factory.mktemp("bench")
    absent = folder / "absent"
    for peer in ("chinchilla", "simple_scaling_laws", "llm_analysis"):
        (absent / peer).mkdir(parents=True)
        (absent / peer / "__init__.py").write_text(f"raise ModuleNotFoundError(name={peer!r})")
    done = subprocess.run(
        [sys.executable, BENCH / "run.py", "--mode", "tiny", "--output", folder / "results"],
        env=os.environ | {"PYTHONPATH": str(absent)},
        timeout=300,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return folder / "results"


@pytest.fixture
def bench(monkeypatch):
    """The modules of the benchmark by name."""
    monkeypatch.syspath_prepend(str(BENCH))
    return importlib.import_module


@pytest.fixture
def results(written):
    (path,) = written.glob("*.json")
    return json.loads(path.read_text())


@pytest.fixture
def tables(results):
    return {table["name"]: table for table in results["tables"]}


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_there(tables, name):
    labels = [row[0] for row in tables[name]["rows"]]
    assert len(labels) == len(ROWS[name])
    assert all(label.startswith(begin) for label, begin in zip(labels, ROWS[name], strict=True))


def test_our_fits_meet_the_optima_of_the_evaluator(tables):
    gaps = [row[5] for row in tables["fits"]["rows"][:2]]
    assert all(abs(gap) < 1e-11 for gap in gaps)


def test_absent_peers_are_named_with_the_reason(tables):
    reasons = [row[2] for row in tables["fits"]["rows"][3:]]
    assert all(reason.startswith("not installed: ") for reason in reasons)
    assert any(row[1].startswith("not installed: ") for row in tables["gpu-hours"]["rows"])


def test_the_rule_of_thumb_and_we_predict_the_same_runs(tables):
    counts = {row[0]: row[2] for row in tables["gpu-hours"]["rows"] if row[1] == "all"}
    assert len(set(counts.values())) == 1
    assert {"scalecalc check", "6ND at 40 % of peak"} <= counts.keys()


def test_the_page_has_every_number_and_no_path_of_the_machine(written, results):
    (path,) = written.glob("*.md")
    page = path.read_text()
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == [
        table["title"] for table in results["tables"]
    ]
    assert page.count("not installed") >= 5
    assert str(Path.home()) not in page
    assert str(BENCH.parent) not in page


def test_the_figure_is_the_same_from_the_same_numbers(written, bench):
    (numbers,) = written.glob("*.json")
    (figure,) = written.glob("*.svg")
    results_page, results_figure = bench("results_page"), bench("results_figure")
    again = results_figure.svg(results_page.Results.from_json(numbers.read_text()))
    assert again == figure.read_bytes()
    assert b"scalecalc, huber-1e-3" in again


def test_the_newest_results_are_in_the_repository_and_make_the_rows_of_the_readme(bench):
    results_page = bench("results_page")
    newest = results_page.newest()
    assert newest.mode == "full"
    assert tuple(newest.tables) == results_page.PARTS
    rows = results_page.summary(newest).splitlines()
    assert sum(row.startswith("| ") for row in rows) == 9
    assert (results_page.FOLDER / f"{newest.date}.md").read_text() == results_page.page(newest)


def test_the_evaluator_agrees_with_arithmetic_by_hand(bench):
    evaluator = bench("evaluator")
    runs = evaluator.Runs(*(evaluator.np.array(each) for each in ([1e4, 1e8], [1e4, 1e8], [1.5, 2.0])))
    law = {"E": 1.0, "A": 100.0, "B": 50.0, "alpha": 0.5, "beta": 0.5}
    expected = [1 + 1 + 0.5, 1 + 0.01 + 0.005]
    sizes = [math.log(2.5 / 1.5), math.log(2 / 1.015)]
    assert evaluator.value("huber-1e-3", law, runs) == pytest.approx(
        sum(1e-3 * (size - 5e-4) for size in sizes)
    )
    assert evaluator.value("least-squares-raw", law, runs) == pytest.approx(1.0 + (2 - expected[1]) ** 2)
    assert evaluator.value("asymmetric absolute error", law, runs) == pytest.approx(10 * 1.0 + (2 - 1.015))


def test_rules_of_thumb_count_active_parameters(bench):
    errors = bench("gpu_hour_errors")
    (run,) = (each for each in errors.tables.training_runs() if each.id == "llama-65b")
    assert errors.by_rule(run) == pytest.approx(6 * run.params * run.tokens / (3600 * 0.4 * 312e12))


def test_tables_refuse_a_row_of_another_width(bench):
    tabulated = bench("tabulated")
    with pytest.raises(ValueError, match="1 cells"):
        tabulated.Table("a", "A", (tabulated.Column("one"),), (("x", 1.0),))


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (None, "seconds", "-"),
        ("not installed", "seconds", "not installed"),
        (0.00312, "seconds", "3.12 ms"),
        (95.4, "seconds", "95.4 s"),
        (1234.5, "ratio", "1,234x"),
        (3e-14, "gap", "< 1e-12"),
        (0.0771, "gap", "7.7e-02"),
        (0.953, "share", "95.3 %"),
        (100000, "count", "100,000"),
    ],
)
def test_cells_are_shown_by_their_kind(bench, value, kind, text):
    assert bench("tabulated").shown(value, kind) == text
