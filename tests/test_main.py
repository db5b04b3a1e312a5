"""The process around the command line: it ends at once, but not before everything is written."""

import json
import subprocess
import sys

import pytest

from scalecalc.problem import ExitCode

WITH_A_BUG = """
import sys
from scalecalc import tables
from scalecalc.__main__ import main

def law(name):
    raise {error}

tables.law = law
sys.argv = ["scalecalc", "optimal", "--flops", "1e23", "--json"]
main()
"""


def run(error):
    command = [sys.executable, "-c", WITH_A_BUG.format(error=error)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_a_bug_is_written_in_full():
    done = run("RuntimeError('odd')")
    assert done.returncode == ExitCode.BUG
    assert json.loads(done.stdout)["problem"]["message"] == "a bug in scalecalc: RuntimeError: odd"
    assert done.stderr.startswith("error: a bug")


def test_an_interrupt_is_quiet():
    done = run("KeyboardInterrupt")
    assert (done.returncode, done.stdout, done.stderr) == (ExitCode.INTERRUPTED, "", "")


@pytest.mark.parametrize("form", ["table", "json", "jsonl", "csv", "markdown"])
def test_a_long_answer_arrives_whole(process, form):
    out = process("optimal", "--flops", "1e18..1e25:5000", "--format", form).out
    assert len(out.splitlines()) >= 5000
    assert out.endswith("\n")
