"""Examples of the documentation: run as they stand, whole or in named parts, in a folder of their own."""

import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def shown(monkeypatch):
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    import shown

    return shown


def test_a_screen_is_the_prompt_and_what_the_program_prints(shown):
    told = shown.screen("scalecalc loss 2.31 --bytes-per-token 4.4").splitlines()
    assert told[:2] == ["```console", "$ scalecalc loss 2.31 --bytes-per-token 4.4"]
    assert told[2].startswith("2.31 nats/token is 0.7574 bits/byte")
    assert told[-1] == "```"


def test_parts_are_the_first_line_and_the_named_blocks_with_dots_between(shown):
    line = "scalecalc optimal --flops 1e23"
    whole, part = (
        shown.screen(line).splitlines(),
        shown.screen(line, parts=("near-optimal band",)).splitlines(),
    )
    assert part[:3] == whole[:3]
    assert part[4:7] == ["...", "", "near-optimal band"]
    assert {*part} - {"..."} < {*whole}


def test_a_part_that_the_answer_lacks_is_an_error_of_the_page(shown):
    with pytest.raises(ValueError, match="no part is called verdict"):
        shown.screen("scalecalc optimal --flops 1e23", parts=("verdict",))


def test_a_remark_is_a_part(shown):
    assert "warning: this reaches" in shown.screen(
        "scalecalc predict --params 70B --tokens 1.4T", parts=("note",)
    )


def test_a_rounding_error_is_not_shown_since_it_differs_between_machines(shown):
    desk = shown.Desk()
    (line,) = [line for line in desk.screen("scalecalc fit runs.csv").splitlines() if "gradient norm" in line]
    assert line.split() == ["gradient", "norm", "..."]


def test_a_desk_keeps_what_an_example_writes_for_the_next(shown, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    desk = shown.Desk()
    desk.screen("scalecalc fit runs.csv --save law.json")
    assert "by law.json" in desk.screen("scalecalc predict --params 1B --tokens 20B --law law.json")
    assert [*tmp_path.iterdir()] == []


def test_python_stands_before_what_it_prints(shown):
    assert shown.python("print(6 * 7)") == "```python\nprint(6 * 7)\n```\n\n```text\n42\n```"


def test_only_the_program_is_run(shown):
    with pytest.raises(ValueError, match="not a command line of scalecalc"):
        shown.screen("rm -r .")
