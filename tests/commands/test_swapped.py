"""A size and tokens given for one another are told, wherever both are typed."""

import pytest

from scalecalc.commands import call
from scalecalc.commands._swapped import swapped_note

COMMANDS = ("predict", "gpu-hours", "overtrain", "hyperparameters", "thresholds")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_larger_than_its_data_is_told(command):
    found = call(command, params="1.4T", tokens="70B")
    (note,) = [note for note in found.notes if note.code == "few-tokens"]
    assert note.level == "warning"
    assert "0.05 tokens per parameter" in note.message


@pytest.mark.parametrize("command", COMMANDS)
def test_the_right_way_round_is_not(command):
    found = call(command, params="70B", tokens="1.4T")
    assert "few-tokens" not in [note.code for note in found.notes]


def test_a_model_to_equal_is_told_too():
    (note,) = [each for each in call("optimal", quality_of="2T:7B").notes if each.code == "few-tokens"]
    assert note.message.startswith("2T parameters on 7B tokens")


# Fedus et al. 2021 (arXiv 2101.03961): 1.6T parameters, 576B tokens; Brown et al. 2020: 175B on 300B
LEAST = [(1.571e12, 576e9), (174.6e9, 300e9), (None, 1e9), (1e9, None)]


@pytest.mark.parametrize(("params", "tokens"), LEAST)
def test_published_models_with_the_least_data_pass(params, tokens):
    assert swapped_note(params, tokens) == ()
