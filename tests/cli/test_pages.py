"""Where a page goes, and what is said where it cannot be one."""

import os
import subprocess
import sys

import pytest

from scalecalc.laws import Surface

PLAN = ("report", "--plan", "--flops", "1e22")


@pytest.fixture
def without(monkeypatch):
    """Hides a package, as if its extra were not installed."""
    return lambda package: monkeypatch.setitem(sys.modules, package, None)


@pytest.mark.parametrize("package", ["matplotlib", "jinja2"])
def test_a_missing_extra_is_named_before_anything_is_computed(scalecalc, without, monkeypatch, package):
    without(package)
    monkeypatch.setattr(Surface, "optimal", None)
    outcome = scalecalc(*PLAN, "-o", "plan.html")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err == (
        f"error: a page needs {package}, which is not installed\n\nhint: pip install 'scalecalc[report]'\n"
    )


@pytest.mark.parametrize("form", ["json", "markdown", "csv", "jsonl"])
def test_as_text_it_needs_no_extra(scalecalc, without, form):
    without("matplotlib")
    without("jinja2")
    outcome = scalecalc(*PLAN, "--format", form)
    assert outcome.code == 0
    assert "<html" not in outcome.out


@pytest.mark.parametrize("name", ["page.pdf", "page.txt", "page.json", "page.md"])
def test_a_file_of_another_kind_is_refused(scalecalc, tmp_path, name):
    outcome = scalecalc(*PLAN, "-o", str(tmp_path / name))
    assert outcome.code == 2
    assert "a page is no ." in outcome.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["page.html", "page.HTM", "page"])
def test_a_page_is_written_whole(scalecalc, tmp_path, name):
    place = tmp_path / name
    outcome = scalecalc(*PLAN, "-o", str(place))
    assert (outcome.code, outcome.out) == (0, "")
    text = place.read_text()
    assert text.startswith("<!doctype html>")
    assert text.endswith("</html>\n")


def test_in_a_pipe_it_is_html(process):
    assert process(*PLAN).out.startswith("<!doctype html>")


def test_on_a_terminal_a_file_is_asked_for(clean_environment):
    reader, terminal = os.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "scalecalc", *PLAN],
        stdin=subprocess.DEVNULL, stdout=terminal, stderr=subprocess.PIPE, env=clean_environment(),
        check=False, text=True, timeout=60,
    )  # fmt: skip
    os.close(terminal)
    os.close(reader)
    assert done.returncode == 2
    assert done.stderr.startswith("error: a page is not for the terminal")
    assert "-o report.html" in done.stderr
