"""Units of loss."""

import math
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.training.information import LossUnit, convert_loss, from_nats, to_nats

UNITS = get_args(LossUnit)


@pytest.mark.parametrize(
    ("unit", "per_token", "value"),
    [
        ("nats/token", None, 2.0),
        ("bits/token", None, 2.0 * 1.442695),
        ("perplexity", None, math.exp(2.0)),
        ("bits/byte", 4.0, 2.0 * 1.442695 / 4.0),
        ("bits/character", 4.3, 2.0 * 0.3355),
        # word perplexity is e to the nats of all tokens of a word
        ("word-perplexity", 0.75, math.exp(2.0 / 0.75)),
    ],
)
def test_two_nats_per_token_in_every_unit(unit, per_token, value):
    assert from_nats(2.0, unit, per_token) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("to", UNITS)
@given(nats=st.floats(0.1, 20))
def test_conversions_undo_each_other(unit, to, nats):
    here = from_nats(nats, unit, per_token=3.5)
    there = convert_loss(here, unit, to, per_token=3.5)
    assert to_nats(there, to, per_token=3.5) == pytest.approx(nats, rel=1e-13)


@pytest.mark.parametrize(("unit", "pieces"), [("bits/byte", "bytes"), ("word-perplexity", "words")])
def test_units_of_text_need_to_know_how_much_text_a_token_is(unit, pieces):
    with pytest.raises(
        ValueError, match=f"^per_token must say how many {pieces} a token has, to convert {unit}$"
    ):
        to_nats(2.0, unit)


@pytest.mark.parametrize(
    ("loss", "unit", "per_token", "message"),
    [
        (2.0, "nats", None, "unit must be one of nats/token, bits/token, perplexity, "),
        (0.9, "perplexity", None, "loss must be at least 1 as a perplexity, not 0.9"),
        (math.inf, "perplexity", None, "loss must be at least 1 as a perplexity, not inf"),
        (-1.0, "bits/token", None, "loss must be positive and finite, not -1.0"),
        (1.0, "bits/byte", 0.0, "per_token must be positive and finite, not 0.0"),
    ],
)
def test_losses_that_make_no_sense_are_refused(loss, unit, per_token, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        to_nats(loss, unit, per_token)


def test_a_perplexity_that_no_float_holds_is_infinite():
    assert from_nats(1e6, "perplexity") == math.inf
