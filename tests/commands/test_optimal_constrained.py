"""scalecalc optimal under limits: published scenarios, brute force, and hints that hold."""

import re
import subprocess
import sys
from itertools import pairwise
from math import exp, inf, log
from random import Random

import pytest

from scalecalc import commands, tables
from scalecalc.laws.repetition import RepeatedSurface

DE_VRIES = "devries2023"
"""The law with which the scenarios of Sardana et al. 2024 come out."""


def optimal(**asked):
    return commands.call("optimal", **asked)


def result_of(scalecalc, *words):
    outcome = scalecalc("optimal", *words, "--json")
    assert outcome.code == 0, outcome.err
    return outcome.json["result"]


class TestPublishedScenarios:
    @pytest.mark.parametrize(
        ("quality", "served", "params", "tokens", "saving"),
        [
            ("7B:2.76e11", "100B", 6.00e9, 1.176 * 2.76e11, 0.009),
            ("30B:1.556T", "5T", 16.41e9, 3.265e12, 0.163),
            ("70B:4.255T", "10T", 41.55e9, 7.923e12, 0.120),
        ],
    )
    def test_sardana(self, scalecalc, quality, served, params, tokens, saving):
        # Sardana et al. 2024: 6B on 1.18 times the tokens; 16.4B on 3.27T, 16 %; 41.6B on 7.92T, 12 %
        words = ("--quality-of", quality, "--inference-tokens", served, "--law", DE_VRIES)
        found = result_of(scalecalc, *words)
        assert (found["params"], found["tokens"]) == pytest.approx((params, tokens), rel=3e-3)
        assert 1 - found["limited"]["reference"]["cost_ratio"] == pytest.approx(saving, abs=1e-3)
        assert found["limited"]["binding"] == ["quality_of"]

    @pytest.mark.parametrize(
        ("params", "flops", "loss"),
        [
            ("6.34B", 6 * 6.34e9 * 242e9, 2.2256440889984477),
            ("8.67B", 6 * 8.67e9 * 178e9, 2.2269634075087867),
        ],
    )
    def test_the_losses_that_muennighoffs_authors_print(self, scalecalc, params, flops, loss):
        words = (
            "--params",
            params,
            "--flops",
            repr(flops),
            "--unique-tokens",
            "25B",
            "--law",
            "muennighoff2023",
        )
        # the tokens are a quotient of the compute, so the last digits may differ
        assert result_of(scalecalc, *words)["loss"] == pytest.approx(loss, rel=1e-14)

    def test_the_grid_optimum_that_muennighoffs_authors_print(self, scalecalc):
        found = result_of(
            scalecalc, *("--flops", "1e22", "--unique-tokens", "25B", "--law", "muennighoff2023")
        )
        # their grid is 0.1 % wide
        assert found["tokens"] == pytest.approx(237_336_955_477.55, rel=1e-3)
        assert found["params"] == pytest.approx(7_022_364_735.88, rel=1e-3)
        assert found["limited"]["repeats"]["epochs"] == pytest.approx(9.493, rel=1e-3)

    def test_llama_3_405b_within_the_five_percent_of_its_flop_count(self, scalecalc):
        found = result_of(scalecalc, "--flops", "3.8e25", "--law", "llama3-2024")
        assert (found["params"], found["tokens"]) == pytest.approx((402e9, 16.55e12), rel=0.05)

    def test_kaplans_optimum_as_hoffmann_quotes_it(self, scalecalc):
        found = result_of(scalecalc, "--flops", "1e21", "--law", "kaplan2020-at-bcrit")
        assert found["params"] == pytest.approx(4.68e9, rel=1e-3)

    def test_experts_of_table_4(self):
        # Ludziejewski et al. 2025: at 8 experts 21.8330 / N**.1676 + 119.9126 / D**.2338 + 1.3637
        found = optimal(flops=1e22, experts=8)
        loss = 21.8330 * found.params**-0.1676 + 119.9126 * found.tokens**-0.2338 + 1.3637
        assert found.loss == pytest.approx(loss, rel=1e-3)

    def test_bits_as_the_paper_finds_them_best(self):
        # Kumar et al. 2024: 7 to 8 bits; N_eff / N at 8 bits is 0.8278 by appendix K
        found = optimal(flops=1e20, bits=8).limited.precision
        assert found.best_bits == pytest.approx(7, abs=0.05)
        assert found.params_kept == pytest.approx(0.8278, rel=1e-3)


def grid(low, high, steps=4000):
    return [exp(log(low) + (log(high) - log(low)) * step / steps) for step in range(steps + 1)]


def least_tokens(suffice):
    """Tokens from which on they suffice, by bisection; infinite where 1e20 do not."""
    low, high = log(1e6), log(1e20)
    if not suffice(exp(high)):
        return inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (low, middle) if suffice(exp(middle)) else (middle, high)
    return exp(high)


class TestBruteForce:
    """Each optimum against a grid of 4000 sizes, 0.3 % apart: the goal differs by far less than 0.1 %."""

    def test_demand_within_a_budget(self):
        law, served = tables.law("besiroglu2024").law, 3e12
        found = optimal(flops=1e24, inference_tokens=served)
        best = min(
            law.loss(params, (1e24 / params - 2 * served) / 6)
            for params in grid(1e8, 1e13)
            if 1e24 / params > 2 * served
        )
        assert found.loss == pytest.approx(best, rel=1e-6)
        assert found.loss <= best
        assert found.limited.life.lifetime_flops == pytest.approx(1e24, rel=1e-9)

    def test_priced_demand_for_a_loss(self):
        from scalecalc.laws import tokens_for

        law, served = tables.law("besiroglu2024").law, 3e12
        found = optimal(
            loss=2.0,
            inference_tokens=served,
            train_price="2/h",
            inference_price="1/h",
            train_mfu="40%",
            inference_mfu="10%",
        )
        # a FLOP served costs 1/10 over 2/40, that is twice as much
        costs = [
            6 * params * tokens_for(law, params, 2.0) + 4 * params * served for params in grid(7e9, 1e12)
        ]
        life = found.limited.life
        assert found.flops + 2 * life.inference_flops == pytest.approx(min(costs), rel=1e-5)
        # 989.4 TFLOP/s is the dense bf16 peak of the H100 SXM data sheet
        assert life.training_usd == pytest.approx(found.flops / (989.4e12 * 0.4 * 3600) * 2, rel=1e-4)
        assert life.inference_usd == pytest.approx(life.inference_flops / (989.4e12 * 0.1 * 3600), rel=1e-4)
        assert life.usd == pytest.approx(life.training_usd + life.inference_usd)

    def test_unique_tokens_and_a_largest_model(self):
        law = tables.law("hoffmann2022-a3").law
        repetition = tables.further_laws()["muennighoff2023-repeated"].law.repetition
        surface = RepeatedSurface(law, repetition, 2e11)
        asked = {"flops": 1e23, "unique_tokens": 2e11, "law": ["hoffmann2022-a3"]}
        free, held = optimal(**asked), optimal(**asked, max_params="3B")
        best = min(surface.loss(params, 1e23 / 6 / params) for params in grid(1e9, 1e12))
        assert free.loss == pytest.approx(best, rel=1e-6)
        assert held.params == pytest.approx(3e9)
        assert held.loss == pytest.approx(surface.loss(3e9, 1e23 / 6 / 3e9), rel=1e-12)
        assert "max_params" in held.limited.binding

    def test_quality_with_demand_and_unique_tokens(self):
        law = tables.law("besiroglu2024").law
        repetition = tables.further_laws()["muennighoff2023-repeated"].law.repetition
        surface, served = RepeatedSurface(law, repetition, 3e11), 1e12
        goal = law.loss(13e9, 4e11)
        found = optimal(quality_of="13B:400B", inference_tokens=served, unique_tokens=3e11)
        costs = {
            params: params * (6 * tokens + 2 * served)
            for params in grid(1e9, 1e12)
            if (tokens := least_tokens(lambda each, params=params: surface.loss(params, each) <= goal)) < inf
        }
        # sizes are 0.2 % apart, along which the cost is flat
        assert found.limited.life.lifetime_flops == pytest.approx(min(costs.values()), rel=1e-4)
        assert found.limited.life.lifetime_flops <= min(costs.values())
        assert found.params == pytest.approx(min(costs, key=costs.get), rel=1e-2)
        assert found.loss == pytest.approx(goal, rel=1e-12)

    @pytest.mark.parametrize("seed", range(40))
    def test_all_limits_together_at_random(self, seed):
        """Budgets with demand, unique tokens and largest sizes, over surfaces of the registry."""
        random = Random(seed)
        name = random.choice(
            ("besiroglu2024", "hoffmann2022-a3", "muennighoff2023", "busbridge2025-supervised")
        )
        flops, law = 10 ** random.uniform(21, 25), tables.law(name).law
        params, tokens = law.optimal(flops)
        unique, served = tokens * 10 ** random.uniform(-1.5, 0.5), tokens * 10 ** random.uniform(-1, 1)
        most_params, most_tokens = (size * 10 ** random.uniform(-0.5, 0.7) for size in (params, tokens))
        limits = {"max_params": most_params, "max_tokens": most_tokens, "unique_tokens": unique}
        found = optimal(flops=flops, inference_tokens=served, law=[name], **limits)
        repetition = tables.further_laws()["muennighoff2023-repeated"].law.repetition
        surface = RepeatedSurface(law, repetition, unique)
        best = min(
            surface.loss(size, min((flops / size - 2 * served) / 6, most_tokens))
            for size in grid(params / 1e3, most_params)
            if flops / size > 2 * served
        )
        assert found.loss == pytest.approx(best, rel=1e-4)
        assert found.loss <= best * (1 + 1e-9)


class TestLimits:
    def test_without_limits_nothing_is_told_of_them(self):
        assert optimal(flops=1e23).limited is None

    def test_limits_that_do_not_bind_change_nothing(self):
        free = optimal(flops=1e23)
        held = optimal(flops=1e23, max_params="1T", max_tokens="100T", unique_tokens="100T")
        assert (held.params, held.tokens, held.loss) == pytest.approx((free.params, free.tokens, free.loss))
        assert held.limited.binding == ("budget",)
        assert held.limited.reference is None

    def test_a_loss_to_reach_takes_the_least_compute(self, scalecalc):
        found = result_of(scalecalc, "--loss", "2.0")
        least = scalecalc("predict", "--loss", "2.0", "--json").json["result"]["least_flops"]["value"]
        assert found["flops"] == pytest.approx(least, rel=1e-9)

    def test_a_loss_to_reach_may_have_a_budget_that_pays_for_it(self):
        assert optimal(loss=2.0, flops=1e24).flops == pytest.approx(optimal(loss=2.0).flops)

    def test_more_demand_makes_the_model_smaller(self):
        sizes = [
            optimal(quality_of="70B:1.4T", inference_tokens=served).params for served in (1e11, 1e12, 1e13)
        ]
        assert all(larger > smaller for larger, smaller in pairwise(sizes))

    def test_doubled_data_is_worth_more_where_data_is_scarce(self):
        assert optimal(flops=1e23, unique_tokens="5B").limited.repeats.worth_more == "data"
        assert optimal(flops=1e23, unique_tokens="5T").limited.repeats.worth_more == "compute"

    def test_gains_are_those_of_asking_again_with_twice_as_much(self):
        here = optimal(flops=1e23, unique_tokens="50B")
        found = here.limited.repeats
        assert found.gain_of_twice_flops == pytest.approx(
            here.loss - optimal(flops=2e23, unique_tokens="50B").loss
        )
        assert found.gain_of_twice_data == pytest.approx(
            here.loss - optimal(flops=1e23, unique_tokens="100B").loss
        )

    def test_a_published_model_names_a_quality(self):
        found = optimal(quality_of="llama3-8b", inference_tokens="5T").limited.reference
        assert (found.params, found.tokens) == (pytest.approx(8.03e9, rel=1e-3), 15e12)

    def test_experts_are_held_against_a_dense_model_of_the_same_loss(self):
        found = optimal(flops=1e23, experts=64, active=8)
        dense = optimal(flops=float(found.limited.reference.flops), experts=1)
        assert dense.loss == pytest.approx(found.loss, rel=1e-9)
        assert found.limited.mixture.expansion == 8
        # 4 of 12 parts of a layer are attention, 8 are in each expert
        assert found.limited.mixture.total_params / found.params == pytest.approx((4 + 8 * 8) / 12)

    def test_few_bits_are_told_as_qualitative(self, scalecalc):
        notes = scalecalc("optimal", "--flops", "1e21", "--bits", "8", "--json").json["notes"]
        assert any(note["level"] == "warning" and "qualitative" in note["message"] for note in notes)

    def test_compute_of_few_bits_costs_by_the_bit(self):
        found = optimal(flops=1e21, bits=8)
        assert 6 * found.params * found.tokens == pytest.approx(2e21)
        assert found.flops == pytest.approx(1e21)

    def test_several_budgets_give_one_row_each(self):
        rows = list(optimal(flops="1e22,1e23", unique_tokens="25B").rows)
        assert [row.flops for row in rows] == [1e22, 1e23]
        assert rows[0].loss == optimal(flops=1e22, unique_tokens="25B").loss

    def test_other_laws_keep_to_the_same_limits(self):
        found = optimal(flops=1e23, max_params="5B", law=["besiroglu2024", "hoffmann2022-a3"])
        assert [each.params for each in found.other_laws] == [5e9]
        assert [row.law for row in found.records()] == ["besiroglu2024", "hoffmann2022-a3"]

    def test_every_published_surface_answers_every_limit(self):
        for name, law in tables.laws().items():
            if law.allocates and hasattr(law.law, "terms"):
                optimal(flops=1e22, unique_tokens="20B", inference_tokens="1T", max_params="10B", law=[name])
                optimal(quality_of="1B:100B", inference_tokens="1T", law=[name])


@pytest.mark.parametrize(
    "line",
    [
        "optimal --quality-of llama3-8b --inference-tokens 1T --unique-tokens 1T --train-price 2/h",
        "optimal --flops 1e23 --experts 64 --active 8",
        "optimal --flops 1e23 --bits 8 --count total",
        "overtrain --model llama3-8b",
        "hyperparameters --params 7B --tokens 2T",
    ],
)
def test_closed_forms_need_no_arrays_and_plain_questions_no_limits(line):
    program = f"""
import contextlib, io, sys
from scalecalc.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    main(["optimal", "--flops", "1e23", "--json"])
    early = {{"scalecalc.commands._limited", "scalecalc.laws.constrained"}} & set(sys.modules)
    code = main({line.split()} + ["--json"])
print(code, sorted(early), sorted({{"numpy", "scipy", "rich"}} & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "0 [] []"


def test_every_part_of_the_answer_is_seen_on_the_screen(scalecalc):
    shown = scalecalc("optimal", "--flops", "1e23", "--unique-tokens", "25B", "--inference-tokens", "1T").out
    for title in ("within the limits", "for comparison", "over its life", "repeated data"):
        assert f"\n{title}\n" in shown
    assert inf not in (float(word) for word in re.findall(r"\b\d+\.\d+\b", shown))
