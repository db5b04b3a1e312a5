"""What is refused names the option, the value, the reason and the remedy."""

import pytest

from scalecalc import tables

OPTIMAL = ("optimal", "--flops", "1e23")


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("gpu-hour",), "no such command 'gpu-hour'", "did you mean 'gpu-hours'?"),
        (("optimal", "--flop", "1"), "no such option: --flop", "did you mean --flops"),
        ((*OPTIMAL, "--jsno"), "no such option: --jsno", "did you mean --json"),
        ((*OPTIMAL, "--law", "besiroglu2023"), "'besiroglu2023' names no law", "nearest: besiroglu2024"),
        (
            ("optimal", "--gpus", "8xh10", "--time", "3d"),
            "'h10' names no accelerator",
            "nearest: h100",
        ),
        (("schema", "optiml"), "'optiml' names no command", "nearest: optimal"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_mistyped_word_is_told_with_the_nearest(scalecalc, words, message, hint):
    outcome = scalecalc(*words)
    assert outcome.code == 2
    first, empty, second = outcome.err.splitlines()
    assert first.startswith(f"error: {message}")
    assert empty == ""
    assert second.startswith(f"hint: {hint}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("optimal", "--flops", "lots"), "--flops: lots does not start with a number"),
        (("optimal", "--gpus", "8xh100", "--time", "30"), "--time: 30 has no unit"),
        ((*OPTIMAL, "--format", "xml"), "invalid value for '--format': 'xml' is not one of"),
        ((*OPTIMAL, "extra"), "got unexpected extra argument(s) (extra)"),
        (("optimal", "--flops"), "option '--flops' requires an argument"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_wrong_value_is_told_with_its_option(scalecalc, words, message):
    assert scalecalc(*words).err.lower().startswith(f"error: {message}")


def test_every_wrong_value_is_told_at_once(scalecalc):
    outcome = scalecalc("optimal", "--flops", "lots", "--mfu", "40")
    first, *_ = outcome.err.splitlines()
    assert "--flops: " in first
    assert "--mfu: " in first


def test_a_refusal_hints_at_the_way_to_write_it(scalecalc):
    assert "hint: did you mean 40%?" in scalecalc(*OPTIMAL[:1], "--usd", "2M", "--mfu", "40").err.lower()


@pytest.mark.parametrize("text", ["[red]x[/red]", "{0}{hint}", "%s%n", "`x`", "\\n", "x\x1b[31m\x07"])
def test_what_was_typed_is_repeated_as_it_is_but_for_control_characters(scalecalc, text):
    told = scalecalc("optimal", "--flops", text).err
    assert text.encode("unicode_escape").decode() in told or text in told
    assert "\x1b" not in told
    assert "\x07" not in told


@pytest.mark.parametrize("option", ["--flops", "--law", "--gpus", "--output", "--format", "--nonsense"])
def test_a_long_word_is_not_repeated_in_full(scalecalc, option):
    outcome = scalecalc(*OPTIMAL, option, "x" * 1_000_000)
    assert outcome.code == 2
    assert len(outcome.err) < 1200


@pytest.mark.parametrize("kind", ["law", "accelerator", "model"])
def test_a_name_nowhere_near_is_told_with_where_to_look(kind):
    with pytest.raises(Exception, match=f"'qqq' names no {kind}") as problem:
        getattr(tables, kind)("qqq")
    assert problem.value.hint == f"`scalecalc {kind}s` lists them all"
