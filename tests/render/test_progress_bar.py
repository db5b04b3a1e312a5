"""The bar on a terminal: late, quiet elsewhere, gone at the end; and the keyboard's interrupt."""

import contextlib
import io
import os
import signal
import subprocess
import sys
import time

import pytest

from scalecalc.problem import ExitCode
from scalecalc.progress import LISTENER, report
from scalecalc.render import progress_bar
from scalecalc.render.progress_bar import shown_progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def drawn(*steps):
    """What a terminal gets while bootstrap reports these steps of 4,000."""
    with contextlib.redirect_stderr(Terminal()) as stream, shown_progress():
        for done in steps:
            report("bootstrap", done, 4000)
    return stream.getvalue()


@pytest.fixture
def impatient(monkeypatch):
    """A bar that shows at once, on a terminal that knows colors."""
    monkeypatch.setattr(progress_bar, "PATIENCE", 0)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_work_of_less_than_a_second_shows_nothing():
    assert drawn(64, 4000) == ""


def test_longer_work_shows_its_steps(impatient):
    assert "bootstrap" in drawn(64)
    assert "64/4000" in drawn(64)


def test_bar_is_redrawn_no_more_often_than_an_eye_sees(impatient):
    assert "128/4000" not in drawn(64, 128)


def test_bar_is_gone_at_the_end(impatient):
    # the last signs go up a line and erase it (ECMA-48: CUU, EL)
    assert drawn(64).endswith("\x1b[1A\x1b[2K")


def test_nobody_listens_after_the_end():
    with contextlib.redirect_stderr(Terminal()):
        with shown_progress():
            assert LISTENER.get() is not None
        assert LISTENER.get() is None


@pytest.mark.parametrize("stream", [io.StringIO(), None], ids=["pipe", "closed"])
def test_nothing_is_shown_where_there_is_no_terminal(stream):
    with contextlib.redirect_stderr(stream), shown_progress():
        assert LISTENER.get() is None


def test_interrupt_while_resampling_keeps_nothing_and_exits_130(tmp_path, clean_environment):
    words = (
        "fit",
        "chinchilla",
        "--ci",
        "bootstrap",
        "--resamples",
        "1000000",
        "--save",
        "law.json",
        "-o",
        "out.txt",
    )
    started = subprocess.Popen(
        [sys.executable, "-c", WITH_A_SIGN, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=clean_environment(),
    )
    assert started.stdout.readline() == "resampling\n"
    time.sleep(0.1)
    os.kill(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=30)
    assert (started.returncode, out, err) == (ExitCode.INTERRUPTED, "", "")
    assert list(tmp_path.iterdir()) == []


WITH_A_SIGN = """
import sys
from scalecalc.cli import main
from scalecalc.progress import LISTENER

def heard(*_):
    print("resampling", flush=True)
    LISTENER.set(None)

LISTENER.set(heard)
sys.exit(main(sys.argv[1:]))
"""
"""The program, printing a line when the first resamples are done."""
