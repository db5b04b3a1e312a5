"""The list of optimizers: rules, memory that `memory` counts too, settings with their source."""

import csv
import io
import subprocess
import sys

import pytest

from scalecalc import commands
from scalecalc.commands._optimizer_settings import memory_name
from scalecalc.compute.layout import Precision
from scalecalc.training.optimizers import ENTRIES, optimizer


@pytest.fixture(scope="module")
def listed():
    return {row.optimizer: row for row in commands.call("optimizer").records()}


class TestList:
    def test_every_optimizer_of_the_library_is_there(self, listed):
        assert list(listed) == list(ENTRIES)

    @pytest.mark.parametrize("name", ENTRIES)
    def test_bytes_are_those_that_memory_counts(self, listed, name):
        row = listed[name]
        assert row.bytes_per_param == Precision(optimizer=row.memory_name).matrix_states

    @pytest.mark.parametrize("name", sorted(ENTRIES.keys() - {"adafactor"}))
    def test_bytes_are_four_for_each_value_that_the_optimizer_itself_keeps(self, listed, name):
        assert listed[name].bytes_per_param == 4 * optimizer(name).kept_values((1,))
        assert len(listed[name].states) == optimizer(name).kept_values((1,))

    def test_adam_in_mixed_precision_is_the_16_bytes_of_the_zero_paper(self, listed):
        """Rajbhandari et al. 2020 (arXiv 1910.02054), section 3.1: 2 + 2 + K with K = 12."""
        assert listed["adam"].all_bytes_per_param == 16

    def test_names_of_memory_are_known_to_it(self):
        assert {name: memory_name(name) for name in ("nesterov", "adam-l2", "lion")} == {
            "nesterov": "momentum",
            "adam-l2": "adam",
            "lion": "lion",
        }

    def test_a_model_gives_bytes_of_its_own(self):
        rows = {row.optimizer: row for row in commands.call("optimizer", params="7B").records()}
        assert rows["adamw"].bytes == 56e9
        assert rows["adamw"].all_bytes == 112e9
        assert rows["sgd"].bytes == 0

    @pytest.mark.parametrize("name", ENTRIES)
    def test_settings_have_a_source_and_are_those_of_the_optimizer(self, listed, name):
        row = listed[name]
        assert "section" in row.source or "algorithm" in row.source
        for setting, value in ENTRIES[name].typical.items():
            assert getattr(row, setting) == value

    def test_settings_of_llama_2_are_those_of_its_paper(self, listed):
        """Touvron et al. 2023 (arXiv 2307.09288), section 2.2 and table 1."""
        row = listed["adamw"]
        assert (row.learning_rate, row.beta1, row.beta2, row.eps, row.weight_decay) == (
            *(3e-4, 0.9, 0.95, 1e-5, 0.1),
        )


class TestScreen:
    def test_the_first_line_tells_the_ends(self, scalecalc):
        line = scalecalc("optimizer").out.splitlines()[0]
        assert line == "8 optimizers, 0 (sgd) to 8 bytes (adam) of state per parameter in fp32"

    def test_rules_and_bytes_are_on_it(self, scalecalc):
        out = scalecalc("optimizer").out
        assert "w -= lr wd w; then as adam" in out
        assert "one step, of parameter w along gradient g" in out
        assert "bytes per parameter" in out

    def test_csv_has_a_row_for_each(self, scalecalc):
        rows = list(csv.DictReader(io.StringIO(scalecalc("optimizer", "--format", "csv").out)))
        assert [row["optimizer"] for row in rows] == list(ENTRIES)

    @pytest.mark.parametrize("value", ["-1", "0", "nan", "1e400", "seven"])
    def test_a_size_that_is_none_is_refused(self, scalecalc, value):
        outcome = scalecalc("optimizer", "--params", value, "--json")
        assert outcome.code == 2
        assert outcome.json["problem"]["message"]


class TestStartUp:
    @pytest.mark.parametrize(
        "line",
        [
            "optimizer --json",
            "optimizer trace --optimizer adamw --gradients 1,0.5,-0.2 --json",
            "optimizer trace --optimizer adafactor --against lion --gradients 1,0.5 --format csv",
        ],
    )
    def test_the_list_and_a_short_trace_load_nothing_heavy(self, line):
        program = f"""
import contextlib, io, sys
from scalecalc.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    assert main({line.split()}) == 0
print(*({{"numpy", "scipy", "rich"}} & set(sys.modules)))
"""
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        assert done.stdout.split() == []
