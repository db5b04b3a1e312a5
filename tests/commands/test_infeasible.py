"""scalecalc optimal where limits leave no answer: the binding one is named, and every hint holds."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc import commands
from scalecalc.problem import Problem


def optimal(**asked):
    return commands.call("optimal", **asked)


class TestNoAnswer:
    @pytest.mark.parametrize(
        ("words", "binding"),
        [
            ("--loss 2.0 --max-params 1B", "--max-params 1B is too little"),
            ("--loss 2.0 --max-tokens 10B", "--max-tokens 10B is too little"),
            ("--loss 2.0 --flops 1e21", "the budget is too little"),
            ("--loss 2.0 --unique-tokens 1B", "--unique-tokens 1B is too little"),
            ("--quality-of 70B:1.4T --max-params 1B --max-tokens 1B", "are together too little"),
            ("--loss 1.5", "no model of any size is that good"),
            ("--loss 1.5 --loss-in bits/token", "no model of any size is that good"),
            ("--loss 7 --loss-in perplexity --max-params 1B --count non-embedding", "--max-params 1B"),
        ],
    )
    def test_the_binding_limit_is_named_and_every_hint_does(self, scalecalc, words, binding):
        outcome = scalecalc("optimal", *words.split())
        assert outcome.code == 1
        assert binding in outcome.err
        moves = re.findall(r"(--[a-z-]+) (\S+?)(?:,|\n|$)", outcome.err.partition("what would do: ")[2])
        assert moves
        for option, value in moves:
            assert scalecalc("optimal", *moved(words.split(), option, value)).code == 0, (option, value)

    def test_json_tells_it_as_a_problem(self, scalecalc):
        outcome = scalecalc("optimal", "--loss", "2.0", "--max-params", "1B", "--json")
        assert outcome.code == 1
        assert outcome.json["problem"]["code"] == "infeasible"

    @given(loss=st.floats(1.82, 3), params=st.floats(7, 11), tokens=st.floats(8, 12))
    @settings(max_examples=60, deadline=None)
    def test_the_nearest_size_is_the_nearest(self, loss, params, tokens):
        limits = {"loss": loss, "max_params": 10**params, "max_tokens": 10**tokens}
        try:
            optimal(**limits)
        except Problem as problem:
            size = re.search(r"--max-params (\S+?)(?:,|$)", problem.hint)
            if size:
                assert optimal(**limits | {"max_params": size[1]}).loss <= loss * (1 + 1e-9)

    @pytest.mark.parametrize(
        "words",
        [
            "--loss 2 --quality-of 7B:2T",
            "--quality-of 7B",
            "--quality-of 7B:2T:3",
            "--quality-of 7B:2T --gpus a100",
            "--quality-of nonsense",
            "--flops 1e23 --train-price 2/h",
            "--flops 1e23 --inference-tokens 1T --inference-mfu 0%",
            "--flops 1e23 --active 2",
            "--flops 1e23 --experts 2 --active 3",
            "--flops 1e23 --experts 8 --bits 8",
            "--flops 1e23 --bits 3",
            "--flops 1e23 --experts 8 --law hoffmann2022-a3",
            "--flops 1e23 --experts 8 --count non-embedding",
            "--flops 1e23 --params 8B --max-params 9B",
            "--flops 1e23 --max-params 9B --law llama3-2024",
            "--usd 2M --inference-tokens 1T --train-price 2/h --price 3/h",
            "--loss 0.9 --loss-in perplexity",
            "--max-params 9B",
            "--quality-of qwen2.5-7b:",
        ],
    )
    def test_what_makes_no_sense_is_refused(self, scalecalc, words):
        assert scalecalc("optimal", *words.split()).code == 2


def moved(words, option, value):
    """The words with the option's value put in place; another loss takes the place of --quality-of."""
    if option == "--loss" and "--quality-of" in words:
        words = [*words[: (place := words.index("--quality-of"))], *words[place + 2 :]]
    if option in words:
        place = words.index(option)
        return [*words[: place + 1], value, *words[place + 2 :]]
    return [*words, option, value]
