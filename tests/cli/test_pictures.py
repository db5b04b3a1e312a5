"""`--plot` and figures: where they go, what they do not go with, and what a missing extra is told by."""

import os
import pty
import subprocess
import sys

import pytest

from scalecalc import commands
from scalecalc.result import Plotted

OPTIMAL = ("optimal", "--flops", "1e23", "--plot")
PLOTTED = [name for name in commands.names() if issubclass(commands.command(name).inputs, Plotted)]


@pytest.fixture
def without(monkeypatch):
    """Hides a package, as if its extra were not installed."""
    return lambda package: monkeypatch.setitem(sys.modules, package, None)


def test_the_commands_that_draw():
    assert {"optimal", "fit", "predict", "models", "gpu-hours"} <= set(PLOTTED)


def test_a_chart_stands_below_the_answer(scalecalc):
    plain, drawn = scalecalc(*OPTIMAL[:-1]).out, scalecalc(*OPTIMAL).out
    assert drawn.startswith(plain)
    assert "Loss of models on 1e23 FLOPs" in drawn[len(plain) :]


def test_in_a_pipe_there_is_no_escape_and_nothing_wider_than_80(process):
    out = process(*OPTIMAL).out
    chart = out[out.index("Loss of models") :]
    assert "\x1b" not in out
    assert max(map(len, chart.splitlines())) <= 80


@pytest.mark.parametrize(
    ("settings", "colored"),
    [
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_settings_of_color_are_honored(process, settings, colored):
    out = process(*OPTIMAL, **settings).out
    chart = out[out.index("Loss of models") :]
    assert ("\x1b[9" in chart) is colored


@pytest.mark.parametrize(("term", "colored"), [("xterm-256color", True), ("dumb", False)])
def test_a_terminal_shows_color_unless_it_has_none(clean_environment, term, colored):
    reader, terminal = pty.openpty()
    command = [sys.executable, "-m", "scalecalc", *OPTIMAL]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=clean_environment(TERM=term)
    ):
        os.close(terminal)
        sent = b"".join(iter(lambda: read_or_end(reader), b""))
        os.close(reader)
    assert (b"\x1b" in sent) is colored
    assert "┌".encode() in sent


def read_or_end(reader):
    try:
        return os.read(reader, 65536)
    except OSError:  # how Linux tells that the other side is closed
        return b""


def test_a_terminal_without_unicode_gets_ascii(process):
    out = process(*OPTIMAL, PYTHONIOENCODING="ascii").out
    assert out[out.index("Loss of models") :].isascii()


@pytest.mark.parametrize("form", ["json", "jsonl", "csv", "markdown"])
def test_a_format_for_programs_is_not_drawn(scalecalc, form):
    outcome = scalecalc(*OPTIMAL, "--format", form)
    assert outcome.code == 2
    assert f"--plot draws for a reader, --format {form} writes for a program" in outcome.err


class TestMissingExtras:
    def test_plot_names_the_extra_and_computes_nothing(self, scalecalc, without, monkeypatch):
        without("plotext")
        monkeypatch.setattr("scalecalc.laws.surface.Surface.optimal", None)
        outcome = scalecalc(*OPTIMAL)
        assert outcome.code == 1
        assert outcome.out == ""
        assert outcome.err == (
            "error: --plot needs plotext, which is not installed\n\nhint: pip install 'scalecalc[plot]'\n"
        )

    def test_the_code_of_the_problem(self, scalecalc, without):
        without("matplotlib")
        outcome = scalecalc("plot", "laws", "-o", "laws.pdf")
        assert (outcome.code, outcome.out) == (1, "")
        assert outcome.err == (
            "error: a figure needs matplotlib, which is not installed\n\n"
            "hint: pip install 'scalecalc[report]'\n"
        )

    @pytest.mark.parametrize(
        "line", ["optimal --flops 1e23", "models", "plot laws --json", "gpu-hours --gpus 8"]
    )
    def test_everything_else_works_without_them(self, scalecalc, without, line):
        without("plotext")
        without("matplotlib")
        assert scalecalc(*line.split()).code == 0


class TestFigureFiles:
    @pytest.mark.parametrize(
        ("suffix", "start"),
        [(".svg", b"<?xml"), (".pdf", b"%PDF"), (".png", b"\x89PNG"), (".PNG", b"\x89PNG")],
    )
    def test_the_suffix_says_which_kind(self, scalecalc, tmp_path, suffix, start):
        place = tmp_path / f"figure{suffix}"
        outcome = scalecalc("plot", "isoflop", "-o", str(place))
        assert (outcome.code, outcome.out) == (0, "")
        assert place.read_bytes().startswith(start)

    def test_a_plotted_answer_is_a_figure_too(self, scalecalc, tmp_path):
        place = tmp_path / "figure.png"
        assert scalecalc(*OPTIMAL, "-o", str(place)).code == 0
        assert place.read_bytes().startswith(b"\x89PNG")

    def test_another_suffix_is_refused(self, scalecalc, tmp_path):
        outcome = scalecalc("plot", "isoflop", "-o", str(tmp_path / "figure.txt"))
        assert outcome.code == 2
        assert ".txt is no kind of picture" in outcome.err
        assert list(tmp_path.iterdir()) == []

    def test_in_a_pipe_it_is_svg(self, process):
        assert process("plot", "isoflop").out.startswith("<?xml")

    def test_on_a_terminal_a_file_is_asked_for(self, clean_environment):
        reader, terminal = pty.openpty()
        done = subprocess.run(
            [sys.executable, "-m", "scalecalc", "plot", "laws"],
            stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE, env=clean_environment(),
            check=False, text=True, timeout=60,
        )  # fmt: skip
        os.close(terminal)
        os.close(reader)
        assert done.returncode == 2
        assert "name a file, e.g. -o figure.svg" in done.stderr

    def test_a_folder_that_is_not_there_is_told(self, scalecalc, tmp_path):
        outcome = scalecalc("plot", "laws", "-o", str(tmp_path / "none" / "figure.svg"))
        assert outcome.code == 2
        assert "cannot write" in outcome.err


def test_start_up_loads_no_drawing_library(process):
    tell = "import sys; from scalecalc.cli import main; main(['optimal', '--flops', '1e23', '--json'])"
    check = "print(sorted({'plotext', 'matplotlib'} & set(sys.modules)), file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", f"{tell}; {check}"], capture_output=True, text=True, check=True
    )
    assert done.stderr.splitlines()[-1] == "[]"
