"""--count and --loss-in: one number in the convention that is asked for."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import commands, tables
from scalecalc.commands._count import Counting, exact, params_of
from scalecalc.compute.parameters import parameters

COUNTS = ("total", "non-embedding", "active")

sizes = st.floats(5, 13).map(lambda exponent: 10**exponent)


def optimal(**asked):
    return commands.call("optimal", **asked)


class TestCounting:
    @given(params=sizes)
    @pytest.mark.parametrize("asked", COUNTS)
    @pytest.mark.parametrize("law", ["besiroglu2024", "kaplan2020", "porian2024"])
    def test_there_and_back(self, law, asked, params):
        counting = Counting.of(tables.law(law), asked)
        assert counting.to_law(counting.printed(params)) == pytest.approx(params, rel=1e-9)

    @pytest.mark.parametrize(("inner", "whole"), [(8.5e7, 1.059e8), (1e9, 1.047e9), (7e10, 7.020e10)])
    def test_pearce_and_song(self, inner, whole):
        # Pearce & Song 2024: N_T = N + 47491 N**(1/3)
        assert Counting.of(tables.law("kaplan2020"), "total").printed(inner) == pytest.approx(whole, rel=1e-3)

    def test_the_conversion_is_named(self):
        assert "Pearce & Song 2024" in Counting.of(tables.law("kaplan2020"), "total").assumptions[0]
        assert Counting.of(tables.law("kaplan2020"), None).assumptions == ()

    @pytest.mark.parametrize(
        ("name", "count", "params"),
        [
            ("llama3-8b", "total", 8_030_261_248),
            ("llama3-8b", "non-embedding", 8_030_261_248 - 2 * 128_256 * 4096),
            ("llama3-8b", "with-head", 8_030_261_248 - 128_256 * 4096),
            ("mixtral-8x7b", "active", 12_879_925_248),
        ],
    )
    def test_a_shape_is_counted_exactly(self, name, count, params):
        assert exact(tables.model(name), count) == params

    def test_every_model_with_a_shape_has_every_count(self):
        for model in tables.models().values():
            inner = exact(model, "non-embedding")
            if inner is not None:
                assert inner == parameters(model.shape).active_non_embedding
                assert inner < exact(model, "with-head") <= 1.02 * model.compute_params
            assert params_of(model, "non-embedding")[0] < model.compute_params


class TestCommands:
    @pytest.mark.parametrize("law", ["besiroglu2024", "kaplan2020"])
    def test_the_split_is_the_same_whatever_is_counted(self, law):
        counted = {count: optimal(flops=1e22, law=[law], count=count) for count in COUNTS}
        assert len({found.tokens for found in counted.values()}) == 1
        assert counted["non-embedding"].params < counted["total"].params
        assert counted["active"].params == counted["total"].params

    @pytest.mark.parametrize("side", ["params", "tokens_per_param"])
    def test_a_side_is_given_in_the_count_in_which_it_is_printed(self, side):
        best = optimal(flops=1e21, count="non-embedding")
        again = optimal(flops=1e21, count="non-embedding", **{side: float(getattr(best, side))})
        assert again.params == pytest.approx(best.params, rel=1e-9)
        assert again.wasted == pytest.approx(0, abs=1e-9)

    def test_limits_are_given_in_it_too(self):
        found = optimal(flops=1e23, count="non-embedding", max_params=5e9)
        assert found.params == pytest.approx(5e9)

    def test_overtrain_gives_one_model_whatever_is_counted(self):
        inner = Counting.of(tables.law("besiroglu2024"), "non-embedding").printed(8e9)
        whole = commands.call("overtrain", params=8e9, tokens=15e12)
        counted = commands.call("overtrain", params=float(inner), tokens=15e12, count="non-embedding")
        assert counted.loss == pytest.approx(whole.loss, rel=1e-12)
        assert counted.optimum.params < whole.optimum.params

    def test_other_laws_are_brought_to_one_count(self):
        found = optimal(flops=1e19, law=["besiroglu2024", "kaplan2020"], count="total").other_laws[0]
        assert found.params == Counting.of(tables.law("kaplan2020"), "total").printed(
            tables.law("kaplan2020").law.optimal(1e19)[0]
        )


class TestLosses:
    @pytest.mark.parametrize(
        ("unit", "converted"),
        [
            ("nats/token", lambda nats: nats),
            ("bits/token", lambda nats: nats / log(2)),
            ("perplexity", exp),
            ("bits/byte", lambda nats: nats / log(2) / 4.3),
        ],
    )
    def test_the_unit_asked_for(self, unit, converted):
        per_byte = {"bytes_per_token": 4.3} if unit == "bits/byte" else {}
        plain, found = optimal(flops=1e23), optimal(flops=1e23, loss_in=unit, **per_byte)
        assert found.loss == pytest.approx(converted(plain.loss))
        assert found.loss_unit == unit
        assert found.perplexity == plain.perplexity
        assert found.params == plain.params

    def test_a_loss_is_given_in_the_unit_in_which_it_is_printed(self):
        found = optimal(loss=7.5, loss_in="perplexity")
        assert found.loss == pytest.approx(7.5)
        assert found.params == pytest.approx(optimal(loss=log(7.5)).params)
        assert commands.call("overtrain", params="20B", loss=7.5, loss_in="perplexity").loss == pytest.approx(
            7.5
        )

    def test_losses_of_another_tokenizer_stay_per_token(self):
        asked = {"law": ["besiroglu2024", "muennighoff2023"], "loss_in": "bits/byte", "bytes_per_token": 4.3}
        assert optimal(flops=1e22, **asked).other_laws[0].loss_unit == "nats/token"

    @pytest.mark.parametrize(
        "words",
        [
            "--loss-in bits/byte",
            "--loss-in furlongs",
            "--bytes-per-token 4",
            "--loss-in bits/byte --bytes-per-token 0",
        ],
    )
    def test_what_cannot_be_converted_is_refused(self, scalecalc, words):
        assert scalecalc("optimal", "--flops", "1e23", *words.split()).code == 2
