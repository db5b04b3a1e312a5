"""What every reading starts with: a short, clean text, and refusals that are safe to print."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.quantity.refusal import LONGEST_EXCERPT, Refused, cleaned, shown


@given(st.text())
def test_an_excerpt_is_short_and_printable(text):
    excerpt = shown(text)
    assert len(excerpt) <= LONGEST_EXCERPT + 2  # two quotes
    assert excerpt.isprintable()


def test_an_excerpt_keeps_braces_and_escapes_control_characters():
    assert shown("{0}\x1b[31m\u202e") == "{0}\\x1b[31m\\u202e"


def test_a_refusal_survives_pickling():
    copy = pickle.loads(pickle.dumps(Refused("40 is too much", "did you mean 40%?")))
    assert (str(copy), copy.message, copy.hint) == ("40 is too much", "40 is too much", "did you mean 40%?")


@pytest.mark.parametrize("space", ["\t", "\u00a0", "\u2009", "\u202f", "\u3000"])
def test_typographic_spaces_become_spaces(space):
    assert cleaned(f"{space}70{space}B{space}", "70B") == "70 B"


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("\u0967\u0968", "write 12"),
        ("\u0661\u0662B", "write 12B"),
        ("\uff11e23", "write 1e23"),
        ("10\u00b2\u00b3", "write a power as 10^23"),
        ("\u00bd", "a fraction as 0.5"),
        ("\u4e94", "write a power as 10^23"),
    ],
)
def test_digits_of_other_scripts_are_refused_with_the_ascii_spelling(text, hint):
    with pytest.raises(Refused, match="digits other than 0 to 9") as refusal:
        cleaned(text, "70B")
    assert hint in refusal.value.hint


def test_a_very_long_text_is_refused_by_its_length():
    with pytest.raises(Refused, match="1000000 characters"):
        cleaned("1" * 1_000_000, "70B")


@pytest.mark.parametrize("text", ["", " ", "\u00a0\n"])
def test_an_empty_text_is_refused(text):
    with pytest.raises(Refused, match="is empty"):
        cleaned(text, "70B")
