"""scalecalc optimal: how a budget is split, held to published numbers and to the definition of an optimum."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

import scalecalc as program
from scalecalc import commands, tables
from scalecalc.quantity import Flops, Params
from scalecalc.render.screen import draw
from scalecalc.render.view import view_of_stream

PRINTED = 5e-4
"""Relative: published test values are printed to four digits."""

EXACT = 1e-9
"""Relative: the same closed form in floats, a power and its inverse apart."""

budgets = st.floats(17, 27).map(lambda exponent: 10**exponent)
factors = st.floats(0.05, 20)


def optimal(**asked):
    return commands.call("optimal", **asked)


def result_of(scalecalc, *words):
    outcome = scalecalc("optimal", *words, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json["result"]


class TestPublishedNumbers:
    @pytest.mark.parametrize(
        ("law", "flops", "params", "tokens", "loss"),
        [
            ("besiroglu2024", 1e21, 2.778e9, 5.999e10, 2.3055),
            ("besiroglu2024", 1e23, 2.945e10, 5.660e11, 2.0321),
            ("besiroglu2024", 5.76e23, 7.225e10, 1.329e12, 1.9744),
            ("besiroglu2024", 1e25, 3.121e11, 5.341e12, 1.9117),
            ("hoffmann2022-a3", 1e23, 1.815e10, 9.184e11, 1.9885),
            ("hoffmann2022-a3-rounded", 1e23, 1.460e10, 1.142e12, 2.0050),
        ],
    )
    def test_the_optimum(self, scalecalc, law, flops, params, tokens, loss):
        found = result_of(scalecalc, "--flops", str(flops), "--law", law)
        assert found["params"] == pytest.approx(params, rel=PRINTED)
        assert found["tokens"] == pytest.approx(tokens, rel=PRINTED)
        assert found["loss"] == pytest.approx(loss, rel=PRINTED)
        assert found["law"] == law

    @pytest.mark.parametrize(
        ("law", "params"), [("hoffmann2022-a3", 4.04e10), ("hoffmann2022-a3-rounded", 3.22e10)]
    )
    def test_chinchillas_own_budget_by_approach_3(self, scalecalc, law, params):
        found = result_of(scalecalc, "--flops", "5.76e23", "--law", law)
        assert found["params"] == pytest.approx(params, rel=2e-3)  # three digits are printed

    def test_only_the_rounded_constants_warn(self, scalecalc):
        levels = {
            law: [
                note["level"]
                for note in scalecalc("optimal", "--flops", "1e22", "--law", law, "--json").json["notes"]
            ]
            for law in ("hoffmann2022-a3", "hoffmann2022-a3-rounded")
        }
        assert "warning" not in levels["hoffmann2022-a3"]
        assert "warning" in levels["hoffmann2022-a3-rounded"]

    def test_kaplan_and_deepseek_allocate_as_published(self, scalecalc):
        assert result_of(scalecalc, "--flops", "1e21", "--law", "kaplan2020")["params"] == pytest.approx(
            7.768e9, rel=PRINTED
        )
        assert result_of(scalecalc, "--flops", "1e20", "--law", "llama3-2024")["loss"] is None

    def test_llama_3_405b_was_sized_by_its_own_law(self, scalecalc):
        found = result_of(scalecalc, "--flops", "3.8e25", "--law", "llama3-2024")
        assert found["tokens"] == pytest.approx(1.629e13, rel=PRINTED)


class TestOptimum:
    @given(flops=budgets)
    def test_it_is_on_the_budget(self, flops):
        found = optimal(flops=flops)
        assert 6 * found.params * found.tokens == pytest.approx(flops, rel=EXACT)
        assert found.tokens_per_param == pytest.approx(found.tokens / found.params, rel=EXACT)

    @given(flops=budgets, factor=factors)
    def test_no_other_size_on_the_budget_has_less_loss(self, flops, factor):
        best = optimal(flops=flops)
        other = optimal(flops=flops, params=best.params * factor)
        assert other.loss >= best.loss * (1 - EXACT)

    @given(flops=budgets, factor=factors)
    def test_the_other_size_has_its_loss_at_the_compute_that_it_is_told_to_waste(self, flops, factor):
        best = optimal(flops=flops)
        held = optimal(flops=flops, params=best.params * factor).against_optimum
        same = optimal(flops=held.flops_needed)
        assert same.loss == pytest.approx(held.loss + held.extra_loss, rel=EXACT)
        assert held.wasted == pytest.approx(1 - held.flops_needed / flops, abs=1e-9)

    @given(flops=budgets, less=st.sampled_from([0.01, 0.05]))
    def test_both_ends_of_the_band_have_the_loss_of_the_optimum_with_that_much_less(self, flops, less):
        (band,) = [each for each in optimal(flops=flops).near_optimal if each.less == less]
        saved = optimal(flops=(1 - less) * flops).loss
        surface = tables.law("besiroglu2024").law
        for params, tokens in ((band.params_low, band.tokens_low), (band.params_high, band.tokens_high)):
            assert 6 * params * tokens == pytest.approx(flops, rel=EXACT)
            assert surface.loss(params, tokens) == pytest.approx(saved, rel=EXACT)

    @given(flops=budgets)
    def test_the_optimal_size_given_back_wastes_nothing(self, flops):
        found = optimal(flops=flops, params=optimal(flops=flops).params)
        assert found.verdict == "compute-optimal"
        # near the optimum the waste is quadratic in the size: of a size exact to 1e-12, nothing is left
        assert found.wasted == pytest.approx(0, abs=1e-9)

    @given(flops=budgets, factor=st.sampled_from([0.1, 10]))
    def test_the_verdict_says_which_side_is_too_large(self, flops, factor):
        found = optimal(flops=flops, params=optimal(flops=flops).params * factor)
        assert found.verdict == ("model-heavy" if factor > 1 else "data-heavy")

    @given(flops=budgets, ratio=st.floats(1, 1000))
    def test_each_way_to_fix_a_side_gives_the_same_split(self, flops, ratio):
        by_ratio = optimal(flops=flops, tokens_per_param=ratio)
        by_params = optimal(flops=flops, params=by_ratio.params)
        by_tokens = optimal(flops=flops, tokens=by_ratio.tokens)
        for other in (by_params, by_tokens):
            assert other.tokens_per_param == pytest.approx(ratio, rel=EXACT)
            assert other.loss == pytest.approx(by_ratio.loss, rel=EXACT)

    def test_a_fixed_side_is_told_in_the_headline(self, scalecalc):
        first, *_ = scalecalc("optimal", "--flops", "1e24", "--params", "8B").out.splitlines()
        assert first.startswith("8B parameters on 20.8T tokens")
        assert first.endswith("data-heavy, 85.6% of the compute is wasted")


class TestLaws:
    def test_the_spread_spans_the_laws_that_are_shown(self, scalecalc):
        found = result_of(scalecalc, "--flops", "1e23")
        sizes = [found["params"], *(other["params"] for other in found["other_laws"])]
        assert found["params_over_laws"] == {"low": min(sizes), "high": max(sizes)}
        assert {law.name for law in tables.laws().values() if law.spread} == {
            *("besiroglu2024", *(other["law"] for other in found["other_laws"]))
        }

    def test_all_are_those_that_split_a_budget_with_the_default_first(self, scalecalc):
        found = result_of(scalecalc, "--flops", "1e23", "--law", "all")
        assert found["law"] == "besiroglu2024"
        splitting = {name for name, law in tables.laws().items() if law.allocates}
        assert {other["law"] for other in found["other_laws"]} == splitting - {"besiroglu2024"}

    def test_several_are_compared_in_the_order_given_and_each_once(self, scalecalc):
        words = [word for law in ("kaplan2020", "besiroglu2024", "kaplan2020") for word in ("--law", law)]
        found = result_of(scalecalc, "--flops", "1e23", *words)
        assert found["law"] == "kaplan2020"
        assert [other["law"] for other in found["other_laws"]] == ["besiroglu2024"]

    def test_an_alias_names_its_law(self, scalecalc):
        alias, name = next((law.aliases[0], law.name) for law in tables.laws().values() if law.aliases)
        assert result_of(scalecalc, "--flops", "1e21", "--law", alias.upper())["law"] == name

    def test_a_law_without_a_loss_answers_without_it(self, scalecalc):
        found = result_of(scalecalc, "--flops", "1e23", "--law", "hoffmann2022-a1", "--params", "300B")
        assert (found["loss"], found["loss_unit"], found["perplexity"]) == (None, None, None)
        assert found["verdict"] == "model-heavy"
        assert found["against_optimum"]["wasted"] is None
        assert found["near_optimal"] == []

    def test_a_law_that_splits_no_budget_is_refused(self, scalecalc):
        outcome = scalecalc("optimal", "--flops", "1e23", "--law", "gpt3-2020")
        assert outcome.code == 2
        assert outcome.err.startswith("error: gpt3-2020 does not say how to split a budget: L = ")

    def test_perplexity_is_told_for_nats_per_token_alone(self, scalecalc):
        units = {
            other["loss_unit"]
            for other in (
                json.loads(line)
                for line in scalecalc(
                    *("optimal", "--flops", "1e21", "--law", "all", "--format", "jsonl")
                ).out.splitlines()
            )
            if other["perplexity"] is not None
        }
        assert units == {"nats/token"}

    def test_a_law_of_ones_own_is_read_from_a_file(self, scalecalc, tmp_path):
        row = {
            "form": "additive",
            "coefficients": {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28},
        }
        (tmp_path / "mine.json").write_text(json.dumps(row))
        mine = result_of(scalecalc, "--flops", "5.76e23", "--law", str(tmp_path / "mine.json"))
        published = result_of(scalecalc, "--flops", "5.76e23", "--law", "hoffmann2022-a3-rounded")
        assert mine["params"] == published["params"]
        assert mine["law"] == "mine.json"
        assert mine["beyond_range"] is None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "{",
            "[]",
            "null",
            "{}",
            '{"form": "additive"}',
            '{"form": "cubic", "coefficients": {}}',
            '{"form": "additive", "coefficients": {"E": 1e400, "A": 1, "B": 1, "alpha": 1, "beta": 1}}',
            '{"form": "additive", "coefficients": {"E": NaN, "A": 1, "B": 1, "alpha": 1, "beta": 1}}',
            '{"form": "additive", "coefficients": {"E": 1, "A": -1, "B": 1, "alpha": 1, "beta": 1}}',
            '{"form": "additive", "coefficients": {"E": 1, "A": "x", "B": 1, "alpha": 1, "beta": 1}}',
            '{"form": "additive", "coefficients": {"E": 1, "A": 1, "B": 1, "alpha": 1, "beta": 1}, "x": 1}',
            "[" * 100_000,
            '{"form": ' + "9" * 5000 + "}",
        ],
        ids=range(14),
    )
    def test_a_broken_law_file_is_named_with_its_fault(self, scalecalc, tmp_path, text):
        place = tmp_path / "law[red].json"
        place.write_text(text)
        outcome = scalecalc("optimal", "--flops", "1e23", "--law", str(place))
        assert outcome.code == 3
        assert str(place) in outcome.err

    def test_a_far_extrapolation_warns(self, scalecalc):
        assert "extrapolation" not in str(scalecalc("optimal", "--flops", "1e23", "--json").json["notes"])
        (note,) = [
            note
            for note in scalecalc("optimal", "--flops", "1e25", "--json").json["notes"]
            if note["code"] == "extrapolation"
        ]
        assert note["level"] == "warning"

    def test_how_far_a_budget_lies_beyond_the_fitted_range_is_told(self, scalecalc):
        assert result_of(scalecalc, "--flops", "1e21")["beyond_range"] == 1
        assert result_of(scalecalc, "--flops", "1e23")["beyond_range"] == pytest.approx(1e23 / 1.3e22)


class TestBudgets:
    def test_gpus_and_time_are_a_budget(self, scalecalc):
        found = result_of(scalecalc, "--gpus", "512xH100", "--time", "30d", "--mfu", "40%", "--price", "2/h")
        # 989.4 TFLOP/s dense bf16, the peak of the H100 SXM data sheet
        assert found["flops"] == pytest.approx(512 * 30 * 86400 * 0.40 * 989.4e12, rel=1e-4)
        assert found["spending"]["gpu_hours"]["value"] == 512 * 720
        assert found["spending"]["usd"]["value"] == 512 * 720 * 2

    def test_money_is_a_budget_at_the_price_of_an_accelerator(self, scalecalc):
        found = result_of(scalecalc, "--usd", "2M", "--gpus", "a100", "--price", "2/h", "--mfu", "50%")
        assert found["spending"]["gpu_hours"]["value"] == pytest.approx(1e6)
        assert found["flops"] == pytest.approx(1e6 * 3600 * 0.5 * 312e12, rel=1e-4)

    def test_what_was_not_given_is_told_as_an_assumption_with_its_spread(self, scalecalc):
        outcome = scalecalc("optimal", "--usd", "2M", "--json").json
        assert any("no accelerator was named" in text for text in outcome["assumptions"])
        flops = outcome["result"]["spending"]["flops"]
        assert flops["low"] < flops["value"] < flops["high"]

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "--flops 1e23 --usd 2M",
            "--flops 1e23 --gpus 8xh100 --time 3d",
            "--gpus 512xH100",
            "--time 30d",
            "--gpus h100 --time 30d",
            "--usd 2M --gpus 8xh100 --time 3d",
            "--usd 0",
            "--flops 0",
            "--flops 1e23 --mfu 40%",
            "--flops 1e23 --price 2/h",
            "--flops 1e23 --params 8B --tokens 1T",
            "--flops 1e23 --tokens 1T --tokens-per-param 20",
        ],
    )
    def test_what_is_no_budget_or_two_is_refused_naming_the_options(self, scalecalc, words):
        outcome = scalecalc("optimal", *words.split())
        assert outcome.code == 2
        assert "--" in outcome.err

    def test_a_budget_of_gpu_hours_takes_the_mfu(self, scalecalc):
        found = result_of(scalecalc, "--flops", "300000 GPU-h@a100", "--mfu", "50%")
        assert found["flops"] == pytest.approx(3e5 * 3600 * 0.5 * 312e12, rel=1e-4)

    def test_a_budget_too_small_for_a_model_has_no_answer(self, scalecalc):
        assert scalecalc("optimal", "--flops", "1").code == 1


class TestScreen:
    @pytest.mark.parametrize(
        "asked",
        [
            {"unique_tokens": "200B"},
            {"max_params": "13B", "inference_tokens": "5T"},
            {"params": "8B"},
            {"params": "8B", "law": ["besiroglu2024", "busbridge2025-supervised", "kaplan2020"]},
            {"loss_in": "bits/byte", "bytes_per_token": 4.3, "count": "non-embedding"},
        ],
    )
    def test_several_budgets_are_one_table_of_100_columns(self, asked, monkeypatch):
        monkeypatch.setenv("COLUMNS", "100")
        monkeypatch.setenv("TERM", "dumb")
        screen = Terminal()
        draw(view_of_stream(program.optimal(flops="1e21..1e24:3", **asked)), screen)
        table, _, _ = screen.getvalue().partition("\n\n")
        assert max(map(len, screen.getvalue().splitlines())) <= 100
        assert table.count("(FLOPs)") == 1
        assert "wasted" in table or "params" not in asked


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestPython:
    def test_the_command_is_a_function_of_its_options(self):
        found = program.optimal(flops="1e23", law=["hoffmann2022-a3"])
        assert isinstance(found.params, Params)
        assert found.params == pytest.approx(1.815e10, rel=PRINTED)

    def test_a_range_is_a_stream_of_rows(self):
        found = program.optimal(flops=[1e21, 1e22])
        assert [row.flops for row in found.rows] == [Flops(1e21), Flops(1e22)]

    def test_values_print_themselves(self):
        found = program.optimal(flops=1e23)
        assert f"{found.params} {found.tokens} {found.tokens_per_param}" == "29.4B 566B 19.2"
