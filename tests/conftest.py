"""How the tests run the program: within this process, for speed, or as a process of its own."""

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from scalecalc import tables
from scalecalc.cli import main

pytest_plugins = ["chromium"]

SETTINGS_OF_THE_MACHINE = ("COLUMNS", "FORCE_COLOR", "LINES", "NO_COLOR", "PYTHONUNBUFFERED", "TERM")
"""Variables that change what the program prints; each test sets those that it is about."""


@dataclass(frozen=True)
class Outcome:
    """What a run returned and printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out, parse_constant=_not_json)


def _not_json(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def run_within(*words: str, stdin: str = "", **settings: str) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode(errors="replace")))),
        mock.patch.dict(os.environ, environment(**settings), clear=True),
    ):
        try:
            code = main(words)
        except SystemExit as done:  # Typer ends a shell's completion so
            code = done.code
    return Outcome(int(code), out.getvalue(), err.getvalue())


def run_process(
    *words: str, stdin: str | bytes = b"", cwd: Path | None = None, **settings: str | None
) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "scalecalc", *words],
        input=stdin.encode() if isinstance(stdin, str) else stdin,
        capture_output=True,
        check=False,
        cwd=cwd or tempfile.gettempdir(),
        env=environment(**settings),
        timeout=60,
    )
    return Outcome(done.returncode, done.stdout.decode(), done.stderr.decode())


def environment(**settings: str | None) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in SETTINGS_OF_THE_MACHINE}
    return kept | {name: value for name, value in settings.items() if value is not None}


@pytest.fixture(scope="session")
def scalecalc():
    """Runs a command line in this process."""
    return run_within


@pytest.fixture(scope="session")
def process():
    """Runs a command line as a process of its own: process("optimal", ..., stdin="", NO_COLOR="1")."""
    return run_process


LOG_PROBABILITIES = """policy,reference,sequence,reward
-0.5,-0.7,a,
-1.2,-1.1,a,0.8
-0.3,-0.9,b,
-2.0,-1.5,b,0.2
"""

DISTRIBUTION = """outcome,p,q
red,0.5,0.25
green,0.25,0.25
blue,0.25,0.5
"""


@pytest.fixture
def example_files(tmp_path, monkeypatch):
    """The files that examples name, in a folder of their own which is the current one."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(tables.folder() / "runs" / "chinchilla.csv", "runs.csv")
    shutil.copy(Path(__file__).parent / "compute" / "config.json", "config.json")
    shutil.copy(Path(__file__).parents[1] / "docs" / "examples" / "corpus.txt", "corpus.txt")
    Path("law.json").write_text(json.dumps(tables.law("besiroglu2024").to_row()))
    Path("logprobs.csv").write_text(LOG_PROBABILITIES)
    Path("dist.csv").write_text(DISTRIBUTION)


@pytest.fixture(scope="session")
def clean_environment():
    """The environment of such a process, for tests that start it themselves."""
    return environment


def pytest_addoption(parser):
    parser.addoption(
        "--regenerate-schemas",
        action="store_true",
        help="write tests/schemas/*.json anew from the commands",
    )
    parser.addoption(
        "--regenerate-charts",
        action="store_true",
        help="write tests/render/golden/*.txt anew from the charts",
    )
