"""Units of loss: nats and bits, per token, byte, character or word, and perplexities.

A loss per token says how well a model guesses the tokens of one tokenizer. Per byte, character or word of
the text it compares over tokenizers, if their losses are on the same text.
"""

from math import exp, inf, log
from typing import Literal, get_args

from scalecalc.laws.arithmetic import require_positive

LossUnit = Literal["nats/token", "bits/token", "perplexity", "bits/byte", "bits/character", "word-perplexity"]
"""Units of loss; a perplexity is e to the nats per token, or per word."""

PER_TOKEN = {"bits/byte": "bytes", "bits/character": "chars", "word-perplexity": "words"}
"""For each unit that is not per token, of what the number per token must be known."""


def convert_loss(loss: float, unit: LossUnit, to: LossUnit, per_token: float | None = None) -> float:
    """A loss in another unit; `per_token` is bytes, characters or words per token, where a unit asks for it.

    WebText2 has 4.3 characters per token of GPT-2 (Kaplan et al. 2020, footnote 7):

    >>> f"{convert_loss(1.0, 'nats/token', 'bits/character', per_token=4.3):.4f}"
    '0.3355'
    """
    return from_nats(to_nats(loss, unit, per_token), to, per_token)


def to_nats(loss: float, unit: LossUnit, per_token: float | None = None) -> float:
    """A loss in nats per token."""
    _require_unit(unit)
    if unit in ("perplexity", "word-perplexity"):
        _require_perplexity(loss)
        nats = log(loss)
    else:
        require_positive("loss", loss)
        nats = loss if unit == "nats/token" else loss * log(2)
    return nats * _per_token(unit, per_token)


def from_nats(nats: float, unit: LossUnit, per_token: float | None = None) -> float:
    """A loss of so many nats per token in another unit; infinite where a float cannot hold the perplexity."""
    _require_unit(unit)
    per_piece = nats / _per_token(unit, per_token)
    if unit in ("perplexity", "word-perplexity"):
        return exp(per_piece) if per_piece < 709 else inf
    return per_piece if unit == "nats/token" else per_piece / log(2)


def _per_token(unit: LossUnit, per_token: float | None) -> float:
    """Pieces of the unit per token: 1 for units per token."""
    pieces = PER_TOKEN.get(unit)
    if pieces is None:
        return 1.0
    if per_token is None:
        raise ValueError(f"per_token must say how many {pieces} a token has, to convert {unit}")
    require_positive("per_token", per_token)
    return per_token


def _require_unit(unit: str) -> None:
    if unit not in get_args(LossUnit):
        raise ValueError(f"unit must be one of {', '.join(get_args(LossUnit))}, not {unit!r}")


def _require_perplexity(value: float) -> None:
    if not 1 <= value < inf:
        raise ValueError(f"loss must be at least 1 as a perplexity, not {value!r}")
