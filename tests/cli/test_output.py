"""--output: a file appears whole or not at all."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from scalecalc.cli.output import written_to
from scalecalc.problem import ExitCode

OPTIMAL = ("optimal", "--flops", "1e23", "--json")


def names_in(folder):
    return [path.name for path in folder.iterdir()]


def test_a_file_holds_what_would_have_been_printed(scalecalc, tmp_path):
    place = tmp_path / "answer.json"
    outcome = scalecalc(*OPTIMAL, "--output", str(place))
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")
    assert place.read_text() == scalecalc(*OPTIMAL).out


def test_a_table_in_a_file_is_plain(process, tmp_path):
    outcome = process("optimal", "--flops", "1e23", "-o", "table.txt", cwd=tmp_path, TERM="xterm")
    assert outcome.code == 0
    assert "\x1b" not in (tmp_path / "table.txt").read_text()


def test_an_old_file_is_replaced_and_keeps_its_mode(scalecalc, tmp_path):
    place = tmp_path / "answer.json"
    place.write_text("old")
    place.chmod(0o640)
    assert scalecalc(*OPTIMAL, "-o", str(place)).code == 0
    assert json.loads(place.read_text())["command"] == "optimal"
    assert place.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_mode(scalecalc, tmp_path):
    place = tmp_path / "answer.json"
    usual = tmp_path / "usual"
    usual.touch()
    scalecalc(*OPTIMAL, "-o", str(place))
    assert place.stat().st_mode == usual.stat().st_mode


def test_a_link_stays_a_link(scalecalc, tmp_path):
    (tmp_path / "link.json").symlink_to(tmp_path / "answer.json")
    assert scalecalc(*OPTIMAL, "-o", str(tmp_path / "link.json")).code == 0
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "answer.json").is_file()


def test_a_device_is_written_to_and_not_replaced(scalecalc):
    assert scalecalc(*OPTIMAL, "-o", os.devnull).code == 0
    assert not os.path.isfile(os.devnull)  # noqa: PTH113


@pytest.mark.parametrize("name", ["missing/answer.json", ".", "", "x" * 300, "loop"])
def test_a_place_that_cannot_be_written_is_named(scalecalc, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    outcome = scalecalc(*OPTIMAL, "--output", name)
    assert outcome.code == ExitCode.WRONG_USAGE
    assert outcome.json["problem"]["code"] == "output"
    assert outcome.err.startswith("error: cannot write ")
    assert names_in(tmp_path) == ["loop"]


def test_a_problem_leaves_the_old_file_as_it_was(scalecalc, tmp_path):
    place = tmp_path / "rows.jsonl"
    place.write_text("old")
    rows = ("optimal", "--flops", "-", "--format", "jsonl", "-o", str(place))
    assert scalecalc(*rows, stdin="1e21\nmany\n").code == ExitCode.BAD_DATA
    assert place.read_text() == "old"
    assert names_in(tmp_path) == ["rows.jsonl"]


def test_an_interrupt_leaves_no_file(tmp_path, clean_environment):
    command = [sys.executable, "-m", "scalecalc", "optimal", "--flops", "-", "-o", "rows.jsonl", "--format"]
    with subprocess.Popen(
        [*command, "jsonl"], stdin=subprocess.PIPE, cwd=tmp_path, env=clean_environment()
    ) as waiting:
        waiting.stdin.write(b"1e21\n")
        waiting.stdin.flush()
        deadline = time.monotonic() + 30
        while not names_in(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.01)
        waiting.send_signal(signal.SIGINT)
        waiting.communicate(timeout=30)
    assert waiting.returncode == ExitCode.INTERRUPTED
    assert names_in(tmp_path) == []


def test_a_failed_write_leaves_no_file(tmp_path):
    def write_half():
        with written_to(tmp_path / "answer") as out:
            out.write("half")
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_half()
    assert names_in(tmp_path) == []
