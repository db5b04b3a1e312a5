"""--count and --loss-in: one number in the convention that is asked for."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import commands, tables
from scalecalc.commands._count import Counting, exact, params_of
from scalecalc.compute.parameters import parameters
from scalecalc.problem import Problem

BESIROGLU = tables.law("besiroglu2024")

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


class TestPredict:
    def test_n_is_given_and_printed_in_the_count_asked_for(self):
        inner = Counting.of(tables.law("besiroglu2024"), "non-embedding").printed(7e9)
        whole, counted = (
            commands.call("predict", params=float(size), tokens=1e12, count=count).predictions[0]
            for size, count in ((7e9, None), (inner, "non-embedding"))
        )
        assert counted.loss.value == pytest.approx(whole.loss.value, rel=1e-12)
        assert counted.flops == pytest.approx(whole.flops, rel=1e-12)
        assert counted.params == pytest.approx(inner, rel=1e-12)

    def test_of_a_budget_it_prints_what_optimal_prints(self):
        asked = {"flops": 1e22, "count": "non-embedding", "loss_in": "perplexity"}
        (found,) = commands.call("predict", **asked).predictions
        split = optimal(**asked)
        assert (found.params, found.tokens) == pytest.approx((split.params, split.tokens), rel=1e-12)
        assert found.loss.value == pytest.approx(split.loss, rel=1e-12)

    def test_of_a_table_both_columns_are_in_the_convention_asked_for(self, tmp_path):
        table = tmp_path / "runs.csv"
        table.write_text(
            f"params,tokens,loss\n{float(Counting.of(BESIROGLU, 'non-embedding').printed(7e9))!r},1e12,8\n"
        )
        found = commands.call("predict", runs=str(table), count="non-embedding", loss_in="perplexity")
        assert found.predictions[0].loss.value == pytest.approx(exp(BESIROGLU.law.loss(7e9, 1e12)), rel=1e-12)
        assert found.predictions[0].observed == 8
        assert "loss-unit" in {note.code for note in found.notes}

    def test_intervals_are_converted_with_the_loss(self, tmp_path):
        path = tmp_path / "law.json"
        commands.call("fit", runs="chinchilla", save=path)
        nats, converted = (
            commands.call("predict", params="7B", tokens="1T", law=[str(path)], loss_in=unit).predictions[0]
            for unit in (None, "perplexity")
        )
        ends = ("low", "value", "high")
        assert [getattr(converted.loss_of_new_run, end) for end in ends] == pytest.approx(
            [exp(getattr(nats.loss_of_new_run, end)) for end in ends]
        )

    def test_a_loss_out_of_reach_is_told_with_its_floor_in_the_same_unit(self):
        with pytest.raises(Problem) as caught:
            commands.call("predict", loss=1.1, loss_in="perplexity")
        assert "6.155" in caught.value.hint  # exp(1.8172)


class TestModels:
    def test_a_shape_is_counted_exactly(self):
        (row,) = commands.call("models", name="llama3-8b", count="non-embedding").models
        assert row.counted_params == 8_030_261_248 - 2 * 128_256 * 4096
        assert row.tokens_per_param == pytest.approx(15e12 / row.counted_params)

    @pytest.mark.parametrize(
        ("count", "params"), [("total", 46_702_792_704), ("active", 12_879_925_248), (None, 12_879_925_248)]
    )
    def test_experts_are_counted_all_or_as_they_work(self, count, params):
        assert commands.call("models", name="mixtral-8x7b", count=count).models[0].counted_params == params

    def test_the_verdict_is_the_same_whatever_is_printed(self):
        plain, counted = (commands.call("models", count=count).models for count in (None, "non-embedding"))
        assert [row.wasted for row in plain] == [row.wasted for row in counted]

    def test_models_whose_shape_is_not_known_are_named(self):
        told = commands.call("models", family="gpt-3", count="non-embedding").assumptions
        assert any("Pearce & Song" in text and "gpt3-xl" in text for text in told)


class TestGpuHours:
    def test_the_work_is_that_of_all_parameters(self):
        found = commands.call("gpu-hours", params="6.5B", tokens="1T", count="non-embedding")
        whole = Counting.of(tables.law("kaplan2020"), "total").printed(6.5e9)
        assert found.flops.value == pytest.approx(6 * whole * 1e12, rel=1e-12)
        assert found.params == pytest.approx(6.5e9)
        assert "6.5B non-embedding parameters" in found.verdict

    def test_a_published_model_is_counted_exactly(self):
        found = commands.call("gpu-hours", model="mixtral-8x7b", count="non-embedding", phase=["1T@8k"])
        assert found.params == 46_702_792_704 - 2 * 32_000 * 4096
        assert found.active_params == 12_879_925_248 - 2 * 32_000 * 4096

    def test_what_it_buys_is_printed_in_the_count_and_unit(self):
        found = commands.call("gpu-hours", gpus="512", count="non-embedding", loss_in="perplexity").buys[0]
        split = optimal(flops=float(found.flops), count="non-embedding", loss_in="perplexity")
        assert (found.params, found.loss) == pytest.approx((split.params, split.loss), rel=1e-12)

    def test_experts_given_by_size_are_not_converted(self, scalecalc):
        words = "--params 47B --active-params 13B --tokens 1T --count non-embedding"
        assert scalecalc("gpu-hours", *words.split()).code == 2


class TestThresholds:
    def test_the_compute_is_that_of_all_parameters(self):
        found = commands.call("thresholds", params="6.5B", tokens="15T", count="non-embedding")
        whole = Counting.of(tables.law("kaplan2020"), "total").printed(6.5e9)
        assert found.flops == pytest.approx(6 * whole * 15e12, rel=1e-12)

    def test_a_count_of_nothing_is_refused(self, scalecalc):
        assert scalecalc("thresholds", "--flops", "1e25", "--count", "total").code == 2


class TestCompare:
    def test_every_law_is_brought_to_one_count(self):
        words = ["compare", "besiroglu2024", "kaplan2020"]
        laws = commands.call("laws", words=words, flops=1e19, count="total").comparison.laws
        assert [row.counts for row in laws] == ["total", "total"]
        assert laws[1].params == optimal(flops=1e19, law=["kaplan2020"], count="total").params

    def test_the_split_of_the_first_law_is_converted_to_what_the_other_counts(self):
        words = ["compare", "besiroglu2024", "krajewski2024-dense"]
        row = commands.call("laws", words=words, flops=1e20).comparison.laws[1]
        split = optimal(flops=1e20, count="non-embedding")
        other = tables.law("krajewski2024-dense").law
        assert row.loss_of_first_split == pytest.approx(other.loss(split.params, split.tokens), rel=1e-12)

    def test_losses_are_in_the_unit_asked_for_where_they_can_be(self):
        words = ["compare", "besiroglu2024", "hoffmann2022-a3", "kaplan2020"]
        asked = {"loss_in": "bits/byte", "bytes_per_token": 4.3}
        laws = commands.call("laws", words=words, flops=1e23, **asked).comparison.laws
        assert [row.loss_unit for row in laws] == ["bits/byte", "bits/byte", "nats/token"]

    @pytest.mark.parametrize("words", ["--count total", "kaplan2020 --loss-in perplexity"])
    def test_a_list_and_one_law_are_as_published(self, scalecalc, words):
        assert scalecalc("laws", *words.split()).code == 2


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


class TestDownstream:
    def test_a_published_law_is_given_n_as_asked(self):
        name = "gadre2024-error-redpajama"
        inner = Counting.of(BESIROGLU, "non-embedding").printed(1.4e9)
        whole, counted = (
            commands.call("downstream", law=name, params=float(size), tokens=9e11, count=count).forecasts[0]
            for size, count in ((1.4e9, None), (inner, "non-embedding"))
        )
        assert counted.accuracy.value == pytest.approx(whole.accuracy.value, rel=1e-12)
        assert counted.params == pytest.approx(inner)

    def test_a_size_of_the_end_of_the_range_rounded_is_within_it(self):
        # 1.4B on 900B tokens is the 640 tokens per parameter of Gadre et al. 2024
        found = commands.call("downstream", law="gadre2024-error-redpajama", params="1.4B", tokens="900B")
        assert "extrapolation" not in {note.code for note in found.notes}

    def test_a_fit_counts_as_its_table(self, scalecalc):
        assert scalecalc("downstream", "runs.csv", "--count", "total").code == 2
