"""Exit codes, streams and the one boundary for what goes wrong."""

import json
import os
import signal
import subprocess
import sys

import pytest

from scalecalc import __version__, tables
from scalecalc.cli import named_command, wanted_format
from scalecalc.problem import ExitCode
from scalecalc.render import Format

OPTIMAL = ("optimal", "--flops", "1e23")
FORMATS = [str(form) for form in Format]


def fail_with(error):
    def failing(*_):
        raise error

    return failing


class TestExitCodes:
    def test_0_is_an_answer(self, scalecalc):
        assert scalecalc(*OPTIMAL).code == ExitCode.ANSWERED

    def test_1_is_a_well_put_question_without_an_answer(self, scalecalc):
        outcome = scalecalc("optimal", "--flops", "1")
        assert outcome.code == ExitCode.NO_ANSWER
        assert outcome.err.startswith("error: 1 FLOPs leave less than one parameter")

    @pytest.mark.parametrize(
        "words",
        [
            ("optimal",),
            ("optimal", "--flops", "many"),
            ("optimal", "--flops"),
            ("optimal", "--flops", "1e23", "--usd", "2M"),
            ("optimal", "--nonsense"),
            ("optimal", "1e23"),
            ("nonsense",),
            ("--nonsense",),
            (*OPTIMAL, "--format", "xml"),
            (*OPTIMAL, "--law", "nonsense"),
        ],
        ids=" ".join,
    )
    def test_2_is_wrong_usage_or_a_wrong_value(self, scalecalc, words):
        outcome = scalecalc(*words)
        assert outcome.code == ExitCode.WRONG_USAGE
        assert outcome.out == ""
        assert outcome.err.startswith("error: ")
        assert "\n\nhint: " in outcome.err

    def test_3_is_bad_input_data(self, scalecalc, tmp_path):
        (tmp_path / "law.json").write_text("{")
        outcome = scalecalc(*OPTIMAL, "--law", str(tmp_path / "law.json"))
        assert outcome.code == ExitCode.BAD_DATA
        assert str(tmp_path / "law.json") in outcome.err

    def test_4_is_an_answer_with_a_warning_under_strict_alone(self, scalecalc):
        rounded = (*OPTIMAL, "--law", "hoffmann2022-a3-rounded")
        strict = scalecalc(*rounded, "--strict")
        assert strict.code == ExitCode.FINDINGS
        assert strict.out == scalecalc(*rounded).out
        assert "warning: hoffmann2022-a3-rounded" in strict.err
        assert scalecalc(*rounded).code == ExitCode.ANSWERED

    def test_a_note_is_no_finding(self, scalecalc):
        outcome = scalecalc("optimal", "--flops", "1e21", "--law", "all", "--strict", "--json")
        assert {note["level"] for note in outcome.json["notes"]} >= {"note"}
        without = scalecalc("optimal", "--flops", "1e21", "--strict")
        assert without.code == ExitCode.ANSWERED

    def test_70_is_a_bug_told_in_one_line_with_where_to_report_it(self, scalecalc, monkeypatch):
        monkeypatch.setattr(tables, "law", fail_with(RuntimeError("odd")))
        outcome = scalecalc(*OPTIMAL)
        assert outcome.code == ExitCode.BUG
        assert outcome.err.splitlines()[0] == "error: a bug in scalecalc: RuntimeError: odd"
        assert "run it again with --debug" in outcome.err
        assert "Traceback" not in outcome.err

    def test_70_shows_the_traceback_with_debug(self, scalecalc, monkeypatch):
        monkeypatch.setattr(tables, "law", fail_with(RuntimeError("odd")))
        outcome = scalecalc(*OPTIMAL, "--debug")
        assert outcome.code == ExitCode.BUG
        assert outcome.err.startswith("Traceback")
        assert "RuntimeError: odd" in outcome.err

    def test_70_is_told_as_json_where_json_was_asked_for(self, scalecalc, monkeypatch):
        monkeypatch.setattr(tables, "law", fail_with(RuntimeError("odd")))
        outcome = scalecalc(*OPTIMAL, "--json", "--debug")
        assert outcome.json["problem"]["code"] == "bug"
        assert outcome.json["command"] == "optimal"

    def test_130_is_an_interrupt(self, scalecalc, monkeypatch):
        monkeypatch.setattr(tables, "law", fail_with(KeyboardInterrupt()))
        outcome = scalecalc(*OPTIMAL)
        assert outcome == type(outcome)(ExitCode.INTERRUPTED, "", "")

    def test_130_is_an_interrupt_of_a_process_that_waits_for_input(self, clean_environment):
        command = [sys.executable, "-m", "scalecalc", "optimal", "--flops", "-", "--format", "jsonl"]
        pipe = subprocess.PIPE
        with subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=clean_environment()
        ) as waiting:
            waiting.stdin.write(b"1e21\n")
            waiting.stdin.flush()
            assert waiting.stdout.readline()
            waiting.send_signal(signal.SIGINT)
            out, err = waiting.communicate(timeout=30)
        assert (waiting.returncode, out, err) == (ExitCode.INTERRUPTED, b"", b"")


class TestStreams:
    def test_json_is_one_document_and_nothing_else(self, process):
        outcome = process(*OPTIMAL, "--law", "hoffmann2022-a3-rounded", "--json")
        assert outcome.code == 0
        assert outcome.err == ""
        assert list(outcome.json) == [
            *("scalecalc", "command", "inputs", "result", "assumptions", "notes", "sources")
        ]
        assert outcome.json["scalecalc"] == {"version": __version__, "schema": 1}

    @pytest.mark.parametrize(
        "words", [("optimal",), ("optimal", "--nonsense"), ("nonsense",), ("optimal", "--flops", "1")]
    )
    def test_json_is_one_document_on_failure_too(self, process, words):
        outcome = process(*words, "--json")
        assert outcome.code in (1, 2)
        assert list(outcome.json) == ["scalecalc", "command", "problem"]
        assert outcome.json["problem"]["message"] in outcome.err
        assert outcome.json["command"] == (words[0] if words[0] == "optimal" else None)

    def test_a_problem_goes_to_standard_error_alone_in_every_other_format(self, scalecalc):
        for form in ("table", "csv", "markdown"):
            assert scalecalc("optimal", "--flops", "x", "--format", form).out == ""

    def test_notes_go_to_standard_error_and_never_into_the_data(self, scalecalc):
        rounded = ("optimal", "--flops", "1e23", "--law", "hoffmann2022-a3-rounded")
        for form in FORMATS:
            outcome = scalecalc(*rounded, "--format", form)
            assert "warning:" not in outcome.out
            assert ("warning:" in outcome.err) == (form not in ("json", "jsonl"))

    @pytest.mark.parametrize("form", FORMATS)
    def test_a_pipe_gets_no_escape_codes_and_no_trailing_spaces(self, process, form):
        outcome = process(*OPTIMAL, "--law", "all", "--format", form, TERM="xterm-256color")
        assert "\x1b" not in outcome.out
        assert [line for line in outcome.out.split("\n") if line != line.rstrip()] == []
        assert outcome.out.endswith("\n")

    def test_force_color_colors_a_pipe_and_no_color_wins_it_back(self, process):
        plain = process(*OPTIMAL).out
        colored = process(*OPTIMAL, FORCE_COLOR="1", TERM="xterm-256color").out
        assert "\x1b[" in colored
        assert process(*OPTIMAL, NO_COLOR="1", TERM="xterm-256color").out == plain

    def test_json_is_never_colored(self, process):
        assert "\x1b" not in process(*OPTIMAL, "--json", FORCE_COLOR="1").out

    def test_text_that_the_encoding_lacks_is_escaped(self, process):
        outcome = process("optimal", "--flops", "\u00fc", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
        assert outcome.code == ExitCode.WRONG_USAGE
        assert "\\xfc does not start with a number" in outcome.err


class TestBrokenStreams:
    def shell(self, script, environment):
        return subprocess.run(
            ["bash", "-c", f"set -o pipefail; {script}", "bash", sys.executable],
            capture_output=True,
            text=True,
            env=environment(),
            check=False,
            timeout=60,
        )

    def test_a_reader_that_leaves_early_is_no_error(self, clean_environment):
        rows = '"$1" -m scalecalc optimal --flops 1e18..1e25:100000 --format jsonl | head -1'
        done = self.shell(rows, clean_environment)
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["flops"] == 1e18

    @pytest.mark.parametrize("words", ["optimal --flops 1e23", "--help", "optimal --json", "--version"])
    def test_a_full_disk_is_told(self, clean_environment, words):
        done = self.shell(f'"$1" -m scalecalc {words} > /dev/full', clean_environment)
        assert done.returncode == ExitCode.NO_ANSWER
        assert done.stderr.splitlines()[-1] == "error: cannot write the answer: No space left on device"
        assert "Traceback" not in done.stderr

    @pytest.mark.parametrize("words", ["optimal --flops 1e23", "optimal --flops 1e23 --json"])
    def test_a_closed_standard_output_is_told(self, clean_environment, words):
        done = self.shell(f'"$1" -m scalecalc {words} >&-', clean_environment)
        assert (done.returncode, done.stderr) == (
            ExitCode.NO_ANSWER,
            "error: standard output is closed\n",
        )

    def test_a_closed_standard_input_is_told(self, clean_environment):
        done = self.shell('"$1" -m scalecalc optimal --flops - <&-', clean_environment)
        assert done.returncode == ExitCode.WRONG_USAGE
        assert done.stderr.startswith("error: standard input is closed\n")

    @pytest.mark.parametrize("closed", ["2>&-", "2>/dev/full", ">/dev/full 2>/dev/full", ">&- 2>&-"])
    def test_the_exit_code_stands_where_nothing_can_be_told(self, clean_environment, closed):
        done = self.shell(f'"$1" -m scalecalc optimal --nonsense {closed}', clean_environment)
        assert (done.returncode, done.stdout, done.stderr) == (ExitCode.WRONG_USAGE, "", "")


class TestEntry:
    def test_without_a_word_the_overview_is_printed(self, scalecalc):
        assert scalecalc() == scalecalc("--help")
        assert scalecalc().code == 0

    def test_version(self, scalecalc):
        assert scalecalc("--version").out == f"scalecalc {__version__}\n"

    def test_module_and_console_script_are_the_same_program(self, process):
        script = os.path.join(os.path.dirname(sys.executable), "scalecalc")  # noqa: PTH118, PTH120
        printed = subprocess.run([script, *OPTIMAL, "--json"], capture_output=True, text=True, check=True)
        assert printed.stdout == process(*OPTIMAL, "--json").out

    def test_bytes_that_are_no_text_are_refused(self, clean_environment):
        command = [sys.executable, "-m", "scalecalc", "optimal", "--law", b"\xff.json", "--json"]
        done = subprocess.run(command, capture_output=True, env=clean_environment(), check=False)
        assert done.returncode == ExitCode.WRONG_USAGE
        assert b"is not text in the encoding of this system" in done.stderr
        assert json.loads(done.stdout)["problem"]["code"] == "usage"

    @pytest.mark.parametrize(
        ("words", "form"),
        [
            ("--json", "json"),
            ("--format json", "json"),
            ("--format=jsonl", "jsonl"),
            ("--format csv --json", "json"),
            ("--format", "table"),
            ("--format nonsense", "table"),
            ("", "table"),
        ],
    )
    def test_the_format_is_known_before_the_words_are_understood(self, words, form):
        assert wanted_format(["optimal", *words.split()]) == form

    def test_the_command_is_the_first_word_that_is_no_option(self):
        assert named_command(["--debug", "optimal", "schema"]) == "optimal"
        assert named_command(["optimol"]) is None
        assert named_command([]) is None
