"""`scalecalc emergence`: measures of an answer along a law, their thresholds, and the words for them."""

import math

import pytest

from scalecalc import tables
from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem


def test_along_compute_the_loss_is_the_laws_at_its_optimum():
    law = tables.law("besiroglu2024").law
    for model in call("emergence", flops="1e20..1e24", answer_tokens="5").models:
        params, tokens = law.optimal(model.flops)
        assert (model.params, model.tokens) == pytest.approx((params, tokens))
        assert model.loss == pytest.approx(law.optimal_loss(model.flops))
        assert model.answer_loss == pytest.approx(model.loss - law.E)
        assert model.token_probability == pytest.approx(math.exp(law.E - model.loss))
        assert model.exact_match == pytest.approx(model.token_probability**5)
        assert model.edit_distance == pytest.approx(5 * (1 - model.token_probability))
        assert model.brier == pytest.approx((1 - model.token_probability) ** 2)
        assert model.any_right == pytest.approx(1 - (1 - model.exact_match) ** 100)


def test_along_sizes_every_model_has_its_optimal_tokens_or_those_given():
    law = tables.law("besiroglu2024").law
    free = call("emergence", params="1B,10B").models
    assert [law.optimal(model.flops)[0] for model in free] == pytest.approx([1e9, 1e10])
    fixed = call("emergence", params="1B,10B", tokens="300B").models
    assert [model.loss for model in fixed] == pytest.approx([law.loss(n, 3e11) for n in (1e9, 1e10)])
    ratio = call("emergence", flops="1e21,1e23", tokens_per_param="20").models
    assert [model.tokens / model.params for model in ratio] == pytest.approx([20, 20])
    assert [model.flops for model in ratio] == pytest.approx([1e21, 1e23])


def test_a_power_law_of_ones_own_is_schaeffers():
    answer = call("emergence", params="1B..100B:3", exponent=0.5, one_nat_at="1B", answer_tokens="1,5")
    losses = [(size / 1e9) ** -0.5 for size in (1e9, 1e10, 1e11)] * 2
    assert [model.answer_loss for model in answer.models] == pytest.approx(losses)
    five = [model.exact_match for model in answer.models if model.answer_tokens == 5]
    assert five == pytest.approx([math.exp(-5 * loss) for loss in losses[:3]])


def test_the_first_hit_is_where_the_law_says():
    answer = call("emergence", flops="1e18..1e24", answer_tokens="10", items=100)
    (appearance,) = answer.appearances
    again = call("emergence", flops=[appearance.likely_at, appearance.sure_at, appearance.half_right_at])
    likely, sure, half = again.models
    assert likely.any_right == pytest.approx(0.5, rel=1e-6)
    assert sure.any_right == pytest.approx(0.95, rel=1e-6)
    assert half.exact_match == pytest.approx(0.5, rel=1e-6)


def test_more_items_see_it_earlier_and_longer_answers_later():
    def likely(**asked):
        return call("emergence", **asked).appearances[0].likely_at

    assert likely(items=10_000) < likely(items=100) < likely(items=100, answer_tokens="20")


def test_a_jump_is_told_where_the_test_reads_zero_first():
    jumping = call("emergence", flops="1e18..1e24", answer_tokens="10")
    assert "seems to jump near 9.01e20 FLOPs" in jumping.headline()
    reading = {row.measure: row.reading for row in jumping.measures}
    assert reading["all k right"] == "starts from nothing"
    assert reading["wrong of k"] == "changes evenly"
    assert reading["loss on the answer"] == "changes evenly"


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"answer_tokens": "1"}, "seen throughout"),
        ({"flops": "1e15..1e18", "answer_tokens": "50"}, "reads zero on 100 questions up to"),
        ({"answer_tokens": "50", "floor": 3.0}, "first seen near|reads zero on 100 questions at every scale"),
        ({"flops": "3e20..3e21:5"}, "rises slowly"),
    ],
)
def test_what_does_not_jump_is_told_as_it_is(asked, words):
    import re

    assert re.search(words, call("emergence", **asked).headline())


def test_a_floor_may_keep_answers_from_ever_being_right():
    (appearance,) = call("emergence", floor=1.0, answer_tokens="20").appearances
    assert appearance.likely_at is None
    assert appearance.half_right_at is None


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"flops": "1e20", "params": "1B"}, "conflict"),
        ({"exponent": 0.5}, "conflict"),
        ({"one_nat_at": "1B"}, "conflict"),
        ({"tokens": "1B", "tokens_per_param": "20"}, "conflict"),
        ({"exponent": 0.5, "one_nat_at": "1B", "tokens": "1B"}, "conflict"),
        ({"exponent": 0.5, "one_nat_at": "1B", "law": "gpt3-2020"}, "conflict"),
        ({"law": "deepseek2024"}, "loss-unit"),
        ({"law": "hoffmann2022-a1"}, "no-loss"),
        ({"law": "gadre2024-c4"}, "no-allocation"),
        ({"law": "gpt3-2020", "params": "1B"}, "no-loss"),
        ({"exponent": 100, "one_nat_at": "1e300"}, "value"),
    ],
)
def test_what_is_no_question_is_refused(asked, code):
    with pytest.raises(Problem) as refused:
        call("emergence", **asked)
    assert refused.value.code == code
    assert refused.value.hint


def test_a_budget_too_small_for_a_model_has_no_answer():
    with pytest.raises(Problem) as refused:
        call("emergence", flops="1e23", tokens="1e30")
    assert refused.value.exit_code is ExitCode.NO_ANSWER


def test_a_curve_of_compute_serves_as_a_law():
    models = call("emergence", law="gpt3-2020", flops="1e20,1e23").models
    assert [model.loss for model in models] == pytest.approx(
        [2.57 * (flops / 8.64e19) ** -0.048 for flops in (1e20, 1e23)]
    )
    assert {model.params for model in models} == {None}


@pytest.mark.parametrize("options", [["--answer-tokens", "0"], ["--items", "0"], ["--exponent", "-1"]])
def test_wrong_values_are_refused_without_a_traceback(scalecalc, options):
    outcome = scalecalc("emergence", *options)
    assert outcome.code == ExitCode.WRONG_USAGE
    assert outcome.err.startswith("error: ")


def test_one_question_is_one_and_a_length_twice_is_once(scalecalc):
    printed = scalecalc("emergence", "--items", "1", "--answer-tokens", "10,10", "--json")
    assert "reads zero on 1 question up to" in printed.json["result"]["verdict"]
    assert len(printed.json["result"]["appearances"]) == 1


def test_it_loads_no_numpy(process):
    program = "emergence --flops 1e20..1e24 --json"
    assert process(*program.split()).code == 0
    import subprocess
    import sys

    code = (
        "import sys, contextlib, io\nfrom scalecalc.cli import main\n"
        f"with contextlib.redirect_stdout(io.StringIO()):\n    main({program.split()})\n"
        "print(sorted({'numpy', 'scipy', 'rich'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_screen_fits(scalecalc):
    outcome = scalecalc("emergence", "--format", "markdown")
    assert outcome.code == 0
    assert "| 1e24" in outcome.out


def test_plots_hold_the_even_and_the_jumping_measure():
    answer = call("emergence", plot=True, answer_tokens="5,20")
    linear, logarithmic = answer.charts
    assert [series.label for series in linear.series][:3] == ["one token", "all 5 tokens", "all 20 tokens"]
    assert logarithmic.y.log
    assert call("emergence").charts == ()
    assert call("emergence", plot=True, flops="1e22").charts == ()


def test_csv_has_a_row_for_each_model_and_length(scalecalc):
    outcome = scalecalc("emergence", "--flops", "1e20..1e22:3", "--answer-tokens", "1,5", "--format", "csv")
    lines = outcome.out.splitlines()
    assert len(lines) == 1 + 6
    assert lines[0].startswith(
        "flops,params,tokens,loss,answer_loss,token_probability,answer_tokens,exact_match"
    )
