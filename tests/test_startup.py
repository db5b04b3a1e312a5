"""The measurement of start-up runs; what it measures is in bench/README.md, for times are no test."""

import importlib.util
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent / "bench" / "startup.py"


def test_the_measurement_prints_its_table():
    printed = subprocess.run(
        [sys.executable, SCRIPT, "--pairs", "1"], capture_output=True, text=True, check=True, timeout=120
    ).stdout.splitlines()
    assert printed[0].startswith("| program | median ms |")
    assert [line.count("|") for line in printed] == [6] * 5


def test_ratios_are_of_our_time_to_the_others():
    description = importlib.util.spec_from_file_location("startup", SCRIPT)
    startup = importlib.util.module_from_spec(description)
    description.loader.exec_module(startup)
    table = startup.report({"peer": [0.1, 0.2, 0.4], startup.OURS: [0.3, 0.2, 0.2]})
    assert "| peer | 200 | 100 | 1.00x | 2.00x |" in table
