import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.commands._sequence import PhaseText, SequenceLength
from scalecalc.quantity import Refused


@pytest.mark.parametrize(
    ("text", "tokens"), [("8192", 8192), ("8k", 8192), ("128K", 131_072), ("1M", 2**20), ("2^13", 8192)]
)
def test_lengths_are_counted_in_powers_of_two_as_contexts_are_named(text, tokens):
    assert SequenceLength.parse(text) == tokens


@pytest.mark.parametrize(
    "text", ["0", "-8k", "8.5", "8kk", "8 tokens a day", "k", "nan", "1e400", "1T", "2G"]
)
def test_what_is_no_length_is_refused(text):
    with pytest.raises(Refused):
        SequenceLength.parse(text)


@given(tokens=st.integers(1, 10**9))
def test_every_length_reads_back_from_its_text(tokens):
    assert SequenceLength.parse(str(SequenceLength(tokens))) == tokens


@pytest.mark.parametrize("text", ["15T", "@8k", "15T@", "15T@8.5", "15T@8k@4k"])
def test_a_phase_has_tokens_and_a_length(text):
    with pytest.raises(Refused):
        PhaseText.parse(text)
