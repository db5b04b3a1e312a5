"""scalecalc overtrain: the published overheads of smaller models, and what trained ones gave away."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import commands, tables

DE_VRIES = "devries2023"


def overtrain(**asked):
    return commands.call("overtrain", **asked)


class TestPublishedNumbers:
    @pytest.mark.parametrize(
        ("law", "ratios"),
        [
            # de Vries 2023 prints +2.8 %, 20 %, 100 % and 188 % of compute, rounded for the middle two
            (DE_VRIES, (1.028, 1.208, 2.056, 2.889)),
            ("besiroglu2024", (1.034, 1.259, 2.61, 4.47)),
        ],
    )
    def test_compute_for_three_quarters_half_three_tenths_and_a_quarter_of_the_size(self, law, ratios):
        found = overtrain(params="9B", flops=1e23, law=[law]).smaller
        assert [size.share for size in found] == [0.75, 0.5, 0.3, 0.25]
        assert [size.compute_ratio for size in found] == pytest.approx(ratios, rel=2e-3)

    def test_half_the_optimal_size_at_1e23(self):
        # de Vries 2023: 9.37B on 2149B tokens
        found = overtrain(params="9.37B", flops=1e23, law=[DE_VRIES])
        assert found.tokens == pytest.approx(2149e9, rel=2e-3)
        assert found.compute_ratio == pytest.approx(1.208, rel=2e-3)

    def test_the_critical_size_is_three_tenths_of_the_optimal_one(self):
        found = overtrain(params="9.37B", flops=1e23, law=[DE_VRIES]).optimum
        assert found.critical_params / found.params == pytest.approx(0.30, abs=0.01)

    def test_gpt_3_gave_away_two_fifths_of_its_compute(self):
        # `audit` on the same model: 0.39 of the compute
        found = overtrain(params="174.6B", tokens="300B")
        assert found.verdict == "under-trained"
        assert found.pays_from is None
        assert found.deadweight.share == pytest.approx(0.39, abs=0.005)


class TestDefinitions:
    @given(size=st.floats(0.15, 4), flops=st.floats(19, 26))
    def test_the_model_has_the_loss_of_the_optimum(self, size, flops):
        law = tables.law("besiroglu2024").law
        best, _ = law.optimal(10**flops)
        found = overtrain(params=size * best, flops=10**flops)
        assert law.loss(found.params, found.tokens) == pytest.approx(found.loss, rel=1e-9)
        assert law.loss(found.optimum.params, found.optimum.tokens) == pytest.approx(found.loss, rel=1e-9)
        assert found.flops / found.optimum.flops == pytest.approx(found.compute_ratio, rel=1e-9)
        assert found.compute_ratio >= 1 - 1e-9

    @pytest.mark.parametrize(
        "goal", [{"flops": 1e23}, {"loss": 2.0}, {"quality_of": "70B:1.4T"}, {"tokens": 15e12}]
    )
    def test_the_demand_at_which_it_pays_is_where_lifetimes_cost_the_same(self, goal):
        pays_from = overtrain(params="15B", **goal).pays_from
        found = overtrain(params="15B", **goal, inference_tokens=pays_from).served
        assert found.cost_ratio == pytest.approx(1, rel=1e-9)
        assert overtrain(params="15B", **goal, inference_tokens=2 * pays_from).served.cost_ratio < 1

    def test_tokens_that_it_takes_given_back_are_the_same_model(self):
        taken = overtrain(params="8B", flops=1e22)
        given_back = overtrain(params="8B", tokens=float(taken.tokens))
        assert given_back.loss == pytest.approx(taken.loss, rel=1e-12)
        assert given_back.optimum.flops == pytest.approx(1e22, rel=1e-6)

    def test_the_optimum_itself_gives_nothing_away(self):
        params, tokens = tables.law("besiroglu2024").law.optimal(1e23)
        found = overtrain(params=params, tokens=tokens)
        assert (found.verdict, found.deadweight) == ("compute-optimal", None)
        assert found.same_budget.extra_loss == pytest.approx(0, abs=1e-12)

    def test_hours_and_dollars_are_those_of_the_extra_compute(self):
        found = overtrain(params="8B", tokens="15T", gpus="a100", mfu="50%", price="2/h").deadweight
        # 312 TFLOP/s is the dense bf16 peak of the A100 data sheet
        assert found.gpu_hours.value == pytest.approx(found.flops / (312e12 * 0.5 * 3600), rel=1e-9)
        assert found.usd.value == pytest.approx(2 * found.gpu_hours.value)

    def test_the_same_compute_spent_best_is_what_optimal_answers(self):
        found = overtrain(params="8B", tokens="15T")
        best = commands.call("optimal", flops=float(found.flops))
        assert (found.same_budget.params, found.same_budget.loss) == pytest.approx((best.params, best.loss))

    def test_a_published_model_is_counted_exactly(self, scalecalc):
        found = scalecalc(
            "overtrain", "--model", "llama3-8b", "--law", "busbridge2025-supervised", "--json"
        ).json
        assert found["result"]["tokens"] == 15e12
        assert any("llama3-8b" in text for text in found["assumptions"])

    def test_a_mixture_of_experts_is_warned_of(self, scalecalc):
        notes = scalecalc("overtrain", "--model", "mixtral-8x7b", "--tokens", "10T", "--json").json["notes"]
        assert any(note["code"] == "dense-law" for note in notes)


class TestNoAnswer:
    @pytest.mark.parametrize(
        "words",
        [
            "--params 1B --loss 2.0",
            "--params 1B --flops 1e25",
            "--params 1B --loss 1.2",
            "--params 7B --loss 2",
        ],
    )
    def test_the_hint_does(self, scalecalc, words):
        outcome = scalecalc("overtrain", *words.split())
        if outcome.code == 0:
            return
        assert outcome.code == 1
        loss = outcome.err.rpartition("--loss ")[2].split()[0]
        size = words.split()[1]
        assert scalecalc("overtrain", "--params", size, "--loss", loss).code in (0, 1)
        if "--params" in outcome.err:
            least = outcome.err.partition("--params ")[2].split(",")[0]
            asked = ["--params", least, *words.split()[2:]]
            assert scalecalc("overtrain", *asked).code == 0

    @pytest.mark.parametrize(
        "words",
        [
            "",
            "--params 8B",
            "--tokens 15T",
            "--params 8B --model llama3-8b --tokens 1T",
            "--params 8B --tokens 15T --flops 1e23",
            "--params 8B --tokens 15T --law llama3-2024",
            "--params 8B --tokens 15T --law besiroglu2024 --law hoffmann2022-a3",
            "--model gpt2-xl",
            "--params 8B --quality-of gpt2-xl",
            "--params 8B --tokens 15T --mfu 0%",
        ],
    )
    def test_what_makes_no_sense_is_refused(self, scalecalc, words):
        assert scalecalc("overtrain", *words.split()).code == 2
