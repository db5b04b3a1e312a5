"""Tables on terminals of every width, and in a pipe."""

import io
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from fcntl import ioctl

import pytest
from rich.cells import cell_len

from scalecalc.render import screen
from scalecalc.render.view import Grid, View, view

COLORS = re.compile("\x1b\\[[0-9;]*m")
LINES = [
    "optimal --flops 1e23",
    "optimal --gpus 512xH100 --time 30d",
    "gpu-hours --gpus 512",
    "laws besiroglu2024",
    "models llama3-8b",
]


def on_terminal(line, columns, environment, **settings):
    """What a terminal so wide is sent by a command line, on both of its streams."""
    reader, terminal = pty.openpty()
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    command = [sys.executable, "-m", "scalecalc", *line.split()]
    variables = environment(**{"TERM": "xterm-256color", **settings})
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal, env=variables
    ) as running:
        os.close(terminal)
        sent = b"".join(iter(lambda: read_or_end(reader), b""))
        os.close(reader)
    assert running.returncode == 0
    return sent.decode().replace("\r\n", "\n")


def read_or_end(reader):
    try:
        return os.read(reader, 65536)
    except OSError:  # how Linux tells that the other side is closed
        return b""


def drawn(seen):
    out = io.StringIO()
    screen.draw(seen, out)
    return out.getvalue()


def squeezed(text):
    return "".join(text.split())


@pytest.mark.parametrize("columns", [40, 60, 80, 100])
@pytest.mark.parametrize("line", LINES)
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(line, columns, clean_environment, scalecalc):
    sent = COLORS.sub("", on_terminal(line, columns, clean_environment))
    assert max(map(cell_len, sent.splitlines())) <= columns
    assert "\u2026" not in sent
    piped = scalecalc(*line.split())
    words = squeezed(sent)
    lost = {word for word in (piped.out + piped.err).split() if word not in words}
    assert lost == set()


def test_a_terminal_shows_color_unless_told_not_to(clean_environment):
    line = "optimal --flops 1e23"
    cyan = "\x1b[1;36m"
    assert cyan in on_terminal(line, 80, clean_environment)
    assert cyan not in on_terminal(line, 80, clean_environment, NO_COLOR="1")
    assert "\x1b" not in on_terminal(line, 80, clean_environment, TERM="dumb")


def test_a_wide_terminal_is_not_filled(clean_environment):
    sent = COLORS.sub("", on_terminal("optimal --flops 1e23", 200, clean_environment))
    assert max(map(len, sent.splitlines())) <= 100


def test_color_repeats_and_never_carries_meaning(clean_environment):
    line = "optimal --flops 1e25 --law hoffmann2022-a3-rounded"
    colored = COLORS.sub("", on_terminal(line, 100, clean_environment))
    assert colored == COLORS.sub("", on_terminal(line, 100, clean_environment, NO_COLOR="1"))
    assert "warning: " in colored


def test_nothing_is_truncated_in_a_pipe(process):
    out = process("optimal", "--flops", "1e22..1e24:3", "--law", "all", COLUMNS="40").out
    assert "\u2026" not in out
    header = out.splitlines()[0]
    assert header.endswith("fitted range")


def test_rich_markup_is_text(everything):
    text = drawn(view(everything))
    assert "[bold]all[/bold] | of *it*" in text
    assert "[red]x[/red]" in text


def test_columns_are_aligned_over_wide_signs():
    grid = Grid("", ("name", "count"), (("日本", "1"), ("abc", "20")), (False, True))
    header, *rows = drawn(View("", (grid,), (), ())).splitlines()
    assert [cell_len(row) for row in rows] == [cell_len(header)] * 2


def test_a_long_table_is_drawn_at_once():
    rows = tuple((str(number), "x" * 20) for number in range(100_000))
    text = drawn(View("", (Grid("", ("number", "text"), rows, (True, False)),), (), ()))
    assert len(text.splitlines()) == 100_001
