"""A model size and training tokens that were most likely given for one another."""

from scalecalc.quantity import Params, Tokens, significant
from scalecalc.result import Note

FEWEST_TOKENS_PER_PARAM = 0.1
"""Language models were trained on 0.36 (Switch-C, arXiv 2101.03961) and more tokens per parameter."""


def swapped_note(params: float | None, tokens: float | None) -> tuple[Note, ...]:
    """A warning where a size and its tokens, as they were given, would make sense the other way round.

    >>> [note.code for note in swapped_note(1.4e12, 70e9)], swapped_note(70e9, 1.4e12)
    (['few-tokens'], ())
    """
    if params is None or tokens is None or tokens >= FEWEST_TOKENS_PER_PARAM * params:
        return ()
    given = f"{Params(params)} parameters on {Tokens(tokens)} tokens"
    few = f"{given} are {significant(tokens / params)} tokens per parameter"
    text = f"{few}, fewer than models are trained on: are size and tokens swapped?"
    return (Note(code="few-tokens", message=text, level="warning"),)
