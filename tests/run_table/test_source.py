"""Sources that are no table: each is refused with its name and a remedy, never with a traceback."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scalecalc.problem import ExitCode
from scalecalc.run_table import read_runs
from scalecalc.run_table.source import LARGEST_FILE


def test_directory_is_refused(tmp_path, refused):
    folder = tmp_path / "runs.csv"
    folder.mkdir()
    assert "runs.csv: cannot be read: Is a directory" in refused(folder).message


def test_unreadable_file_is_refused_with_the_systems_reason(table, refused, monkeypatch):
    path = table()

    def denied(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", denied)
    assert "cannot be read: Permission denied" in refused(path).message


def test_name_that_is_nowhere_is_told_with_the_bundled_ones(refused):
    problem = refused("nothing.csv")
    assert problem.exit_code == ExitCode.BAD_DATA
    assert (problem.message, "chinchilla" in problem.hint) == ("nothing.csv: no such file", True)


def test_name_longer_than_any_path_is_refused_shortened(refused):
    message = refused("a" * 5000).message
    assert "File name too long" in message
    assert len(message) < 200


@pytest.mark.parametrize("name", ["\0.csv", "a\nb.csv"])
def test_name_with_control_characters_is_refused(name, refused):
    assert refused(name).exit_code == ExitCode.BAD_DATA


def test_two_gigabytes_of_zeros_are_refused_by_their_size_alone(tmp_path, refused):
    path = tmp_path / "zeros.csv"
    with path.open("wb") as file:
        file.truncate(2_000_000_000)
    problem = refused(path)
    assert f"larger than {LARGEST_FILE // 10**6} MB" in problem.message


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no endless device here")
def test_endless_device_is_refused_at_the_limit(refused, monkeypatch):
    monkeypatch.setattr("scalecalc.run_table.source.LARGEST_FILE", 1_000_000)
    assert "larger than 1 MB" in refused("/dev/zero").message


def test_pipe_is_read_like_a_file():
    program = "import sys; from scalecalc.run_table import read_runs; print(len(read_runs(sys.argv[1])[0]))"
    reading, writing = os.pipe()
    os.write(writing, b"params,tokens,loss\n1e8,2e9,3\n2e8,2e9,2.9\n")
    os.close(writing)
    words = [sys.executable, "-c", program, f"/dev/fd/{reading}"]
    done = subprocess.run(words, pass_fds=[reading], capture_output=True, text=True, check=False)
    os.close(reading)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_standard_input_is_read(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(b"params,tokens,loss\n1e8,2e9,3\n"))
    monkeypatch.setattr(sys, "stdin", stream)
    table, _ = read_runs("-")
    assert (table.name, table.params.tolist()) == ("standard input", [1e8])


def test_closed_standard_input_is_refused(monkeypatch, refused):
    monkeypatch.setattr(sys, "stdin", None)
    assert refused("-").message == "standard input: closed"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bytes(range(256)) * 40, "line 1: not a text file: it holds zero bytes"),
        ("params,tokens,loss\n".encode("utf-16"), "line 1: not a text file"),
        (b"params,tokens,loss\n1e8,2e9,3\n\xe9,2,3\n", "line 3: byte 0xe9 is not UTF-8"),
        (b"params,tokens,loss\n1e8,2e9,3\n1e8,2\0e9,3\n", "line 3: not a text file"),
        (b"\x1f\x8b\x08\x00", "not a text file"),
    ],
    ids=["binary", "utf-16", "latin-1", "zero byte", "gzip"],
)
def test_file_that_is_not_utf8_text_is_refused_with_its_line(content, message, tmp_path, refused):
    path = tmp_path / "runs.csv"
    path.write_bytes(content)
    problem = refused(path)
    assert message in problem.message
    assert "UTF-8" in problem.hint


def test_json_array_is_refused_with_the_way_out(tmp_path, refused):
    path = tmp_path / "runs.json"
    path.write_text('[\n{"params": 1e8, "tokens": 2e9, "loss": 3}]')
    assert "a JSON array" in refused(path).message
    assert "one object per line" in refused(path).hint


def test_csv_whose_header_begins_with_a_bracket_is_still_csv(table):
    read, _ = read_runs(table("[bold]n,tokens,loss"), columns={"params": "[bold]n"})
    assert len(read) == 3


def test_fingerprint_is_that_of_the_bytes(table):
    # SHA-256 of the file as `sha256sum` prints it, of a file that is known byte for byte
    read, _ = read_runs(table("params,tokens,loss", [("1e8", "2e9", "3")]))
    assert read.fingerprint == "26483b32a8791e22155f143b06413149ba5ab3c5ef6c91d1f58da0dc87f4c842"
