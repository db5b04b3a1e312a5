"""`scalecalc gpu-hours` against published runs, and its algebra turned round."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import tables
from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

DAY = 86_400

LLAMA = {"model": "llama3.1-405b", "gpus": "16384xh100"}


def gpu_hours(**given_inputs):
    return call("gpu-hours", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        gpu_hours(**given_inputs)
    return caught.value


# Touvron et al. 2023 (arXiv 2307.09288, table 2; arXiv 2302.13971, table 15), in hours of one A100-80GB.
@pytest.mark.parametrize(
    ("params", "tokens", "hours"),
    [
        ("69B", "2T", 1_720_320),
        ("13.02B", "2T", 368_640),
        ("6.74B", "2T", 184_320),
        ("6.74B", "1T", 82_432),
    ],
)
def test_range_brackets_the_published_hours_of_llama_on_a100(params, tokens, hours):
    result = gpu_hours(params=params, tokens=tokens, gpus="2048xA100")
    assert result.gpu_hours.low < hours < result.gpu_hours.high


def test_published_hours_of_llama_2_70b_imply_the_mfu_that_6nd_gives():
    # 6 * 68.98e9 * 2e12 / (1720320 h * 312 TFLOP/s) by hand
    result = gpu_hours(model="llama2-70b", gpus="a100", gpu_hours=1_720_320)
    assert result.mfu.value == pytest.approx(6 * 68.977e9 * 2e12 / (1_720_320 * 3600 * 312e12), rel=1e-3)
    assert "42.8%" in result.verdict


def test_megatron_formula_gives_34_days_for_gpt3_under_full_recomputation():
    # Narayanan et al. 2021 (arXiv 2104.04473, section 5.1): 8TP/(nX), 1024 A100, 140 TFLOP/s
    result = gpu_hours(params="175B", tokens="300B", gpus="1024xA100", tflops=140, recompute="full")
    assert result.seconds.value / DAY == pytest.approx(8 * 300e9 * 175e9 / (1024 * 140e12) / DAY)
    assert round(result.seconds.value / DAY) == 34
    assert result.hfu.value == pytest.approx(140 / 312)


def test_cluster_alone_tells_a_day_of_it_and_assumes_h100():
    result = gpu_hours(gpus="512")
    assert result.accelerator == "h100-sxm-80gb"
    assert result.gpu_hours.value == 512 * 24
    assert result.flops.value == pytest.approx(512 * DAY * 989.4e12 * result.mfu.value)
    assert [row.seconds / DAY for row in result.buys] == [1, 7, 30, 90]
    assert [row.model for row in result.takes] == ["GPT-3 175B", "Chinchilla 70B", "Llama 3 8B"]
    assert any("no accelerator was named" in text for text in result.assumptions)


def test_models_that_a_cluster_buys_are_the_optimum_of_their_compute():
    for row in gpu_hours(gpus="512").buys:
        optimum = call("optimal", flops=float(row.flops))
        assert row.params == pytest.approx(optimum.params)
        assert row.loss == pytest.approx(optimum.loss)


def test_gpus_needed_are_whole_and_meet_the_deadline():
    result = gpu_hours(flops="1e24", time="30d", mfu="40%")
    assert result.gpus.value == -(-1e24 // (30 * DAY * 989.4e12 * 0.4))
    assert result.seconds.value <= 30 * DAY


@given(
    gpus=st.integers(1, 100_000),
    days=st.floats(0.1, 1000),
    mfu=st.floats(0.11, 0.69),
    price=st.floats(0.1, 20),
)
def test_each_missing_quantity_solved_for_gives_the_run_back(gpus, days, mfu, price):
    terms = {"mfu": mfu, "price": price}
    whole = gpu_hours(gpus=gpus, time=days * DAY, **terms)
    flops, seconds, usd = whole.flops.value, whole.seconds.value, whole.usd.value
    assert gpu_hours(flops=float(flops), gpus=gpus, **terms).seconds.value == pytest.approx(seconds)
    assert gpu_hours(flops=float(flops), time=float(seconds), **terms).gpus.value == gpus
    assert gpu_hours(gpus=gpus, usd=float(usd), **terms).flops.value == pytest.approx(flops)
    implied = gpu_hours(flops=float(flops), gpus=gpus, time=float(seconds), price=price)
    assert implied.mfu.value == pytest.approx(mfu)
    assert gpu_hours(gpus=gpus, time=float(seconds), usd=float(usd)).price.value == pytest.approx(price)


def test_more_recomputation_shows_in_the_hfu_and_not_in_the_time():
    plain = gpu_hours(flops="1e22", gpus="64", mfu="40%")
    full = gpu_hours(flops="1e22", gpus="64", mfu="40%", recompute="full")
    assert full.seconds == plain.seconds
    assert full.hfu.value == pytest.approx(0.4 * 4 / 3)


def test_hfu_under_full_recomputation_is_three_quarters_mfu():
    assert gpu_hours(gpus="8", hfu="60%", recompute="full").mfu.value == pytest.approx(0.45)


def test_goodput_stretches_the_hours_of_a_steady_mfu():
    steady = gpu_hours(flops="1e22", gpus="64", mfu="40%")
    real = gpu_hours(flops="1e22", gpus="64", mfu="40%", goodput="80%")
    assert real.gpu_hours.value == pytest.approx(steady.gpu_hours.value / 0.8)


def test_mixture_of_experts_works_with_its_active_parameters_and_their_spread():
    result = gpu_hours(params="671B", active_params="37B", tokens="14.8T", gpus="2048xh800")
    assert result.flops.value == pytest.approx(6 * 37e9 * 14.8e12)
    assert result.tokens_per_param == pytest.approx(400)
    assert any("moe" in text for text in result.assumptions)


def test_half_of_the_work_is_completed_by_what_the_cluster_can_do():
    result = gpu_hours(params="7B", gpus="64", time="10d")
    assert 6 * result.params * result.tokens == pytest.approx(result.flops.value)
    assert gpu_hours(tokens=float(result.tokens), gpus="64", time="10d").params == pytest.approx(7e9)


def test_money_is_held_against_what_the_work_needs():
    short = gpu_hours(flops="1e24", usd="1M")
    ample = gpu_hours(flops="1e24", usd="100M")
    assert (short.balance.enough, ample.balance.enough) == (False, True)


@pytest.mark.parametrize(
    ("given_inputs", "code", "hint"),
    [
        ({}, "too-little-given", "--gpus 512"),
        ({"params": "70B"}, "too-little-given", "--tokens"),
        ({"flops": "1e24", "model": "llama3-8b"}, "conflict", "one of them"),
        ({"gpus": "8", "mfu": "40%", "hfu": "50%"}, "conflict", "one of them"),
        ({"gpus": "8", "goodput": "90%"}, "conflict", "--mfu"),
        ({"gpus": "8", "time": "1d", "gpu_hours": "5"}, "conflict", "two of the three"),
        ({"params": "7B", "active_params": "70B", "tokens": "1T"}, "value", "swap"),
        ({"model": "mistral-7b", "gpus": "8"}, "undisclosed-tokens", "--tokens"),
        ({"gpus": "8xV100", "dtype": "bf16"}, "unsupported-dtype", "fp16"),
        ({"gpus": "8", "mfu": "0%"}, "value", "--mfu 40%"),
    ],
)
def test_misuse_is_refused_with_what_to_type_instead(given_inputs, code, hint):
    refused = problem(**given_inputs)
    assert refused.code == code
    assert hint in refused.hint


def test_sparse_figure_given_as_achieved_flops_is_named_with_both_numbers():
    refused = problem(gpus="512", tflops=1979)
    assert refused.exit_code == ExitCode.NO_ANSWER
    assert "1979 TFLOP/s is the sparse bf16 figure" in refused.message
    assert "989.4" in refused.message


def test_hours_per_trillion_tokens_are_named_as_the_cause_of_an_impossible_mfu():
    # 172.8K H800-hours are DeepSeek-V2's per trillion tokens (arXiv 2405.04434), not for all 8.1T
    refused = problem(model="deepseek-v2", gpus="h800", gpu_hours=172_800)
    assert refused.code == "impossible-mfu"
    assert "per trillion tokens" in refused.hint


def test_flops_of_another_model_are_told_by_their_ratio_to_6nd():
    # llm.c's script of its 1558M model prints 6.966e20 FLOPs, those of its 774M script; 6ND is 3.1e20
    refused = problem(flops="6.966e20", params="1.558B", tokens="33.554B", gpus="8xh100")
    assert refused.code == "conflict"
    assert "whose 6ND they are 2.22 times" in refused.message


def test_achieved_flops_may_count_recomputation():
    # BLOOM's 156 TFLOP/s an A100 do: Le Scao et al. 2022 (arXiv 2211.05100), section 3.2.4
    notes = gpu_hours(params="176B", tokens="366B", gpus="384xa100", tflops=156).notes
    assert [note.code for note in notes] == ["hfu-or-mfu"]
    assert "37.5%" in notes[0].message


def test_a_run_whose_figures_follow_from_each_other_says_so():
    rows = {run.id: run for run in tables.training_runs()}
    assert "assumption" in rows["opt-175b"].note
    assert "assumption" in rows["gpt-3-175b"].note
    assert "follow from each other" in rows["gpt-3-175b"].note
    assert rows["falcon-180b"].left_out == "sources differ by 2.5 on the hours"


def test_hours_of_a_distilled_model_are_named_as_those_of_its_teacher_too():
    # Llama 3.2 1B's card: 370K H100-hours for 9T tokens; the logits of larger models were trained on
    (note,) = gpu_hours(model="llama3.2-1b", gpus="h100", gpu_hours=370_000).notes
    assert "distilled or pruned" in note.message


@pytest.mark.parametrize(
    ("claim", "notes"),
    [
        # two sources give Falcon 180B 7.0M and 17.7M hours, 48 % and 19 %: neither is usual on A100
        ({"model": "falcon-180b", "gpus": "a100-40gb", "gpu_hours": "17.7M"}, ["outside-published"]),
        ({"model": "llama2-70b", "gpus": "a100", "gpu_hours": 1_720_320}, []),
        # GPT-J's hours of 256 cores of TPU v3, which are 128 chips
        ({"model": "gpt-j-6b", "gpus": "tpu-v3", "gpu_hours": 215_040}, ["outside-published"]),
        ({"model": "gpt-j-6b", "gpus": "tpu-v3", "gpu_hours": 107_520}, []),
    ],
)
def test_hours_that_could_be_but_that_few_runs_had_are_remarked(claim, notes):
    assert [note.code for note in gpu_hours(**claim).notes if note.code != "attention"] == notes


def test_a_tutorial_whose_hours_are_a_thirtieth_is_told_the_hours_that_it_takes():
    # a worked example in circulation: 7B on 2T tokens in nine million GPU-seconds of A100
    refused = problem(params="7B", tokens="2T", gpus="a100", gpu_hours=9e6 / 3600)
    assert refused.code == "impossible-mfu"
    assert "29.9 times" in refused.message
    assert "takes 223K GPU-hours" in refused.hint


def test_mfu_outside_the_ordinary_is_remarked_with_its_likely_cause():
    (note,) = gpu_hours(gpus="8", mfu="85%").notes
    assert note.code == "unusual-mfu"
    assert note.level == "warning"
    assert "likely cause" in note.message


def test_impossible_hfu_is_refused_although_the_mfu_is_not():
    assert problem(gpus="8", mfu="80%", recompute="full").code == "impossible-mfu"


def test_accelerator_without_published_runs_says_so():
    result = gpu_hours(gpus="64xB200", flops="1e23")
    assert any("no published run behind this number" in text for text in result.assumptions)


class TestPhases:
    def test_attention_is_palms_by_the_length_of_each_phase(self):
        # 126 layers, heads 16384 wide in all (Grattafiori et al. 2024, arXiv 2407.21783, table 3)
        found = gpu_hours(phase=["15T@8k", "800B@128k"], **LLAMA)
        params = found.params
        short = 15e12 * (6 * params + 12 * 126 * 16384 * 8192)
        long = 800e9 * (6 * params + 12 * 126 * 16384 * 131072)
        assert [row.flops for row in found.phases] == pytest.approx([short, long])
        assert found.flops.value == pytest.approx(short + long)
        assert found.tokens == 15.8e12
        assert sum(row.gpu_hours.value for row in found.phases) == pytest.approx(found.gpu_hours.value)

    def test_the_range_of_llama_3_405b_holds_its_published_hours(self):
        found = gpu_hours(phase=["15T@8k", "800B@128k"], **LLAMA)
        assert found.gpu_hours.low < 30.84e6 < found.gpu_hours.high

    def test_one_phase_is_the_same_as_a_sequence(self):
        tokens = float(gpu_hours(**LLAMA).tokens)
        phase = gpu_hours(phase=[f"{tokens!r}@8192"], **LLAMA)
        assert gpu_hours(sequence="8k", **LLAMA).gpu_hours == phase.gpu_hours

    def test_the_mfu_is_then_that_of_runs_with_their_attention_counted(self):
        plain, counted = gpu_hours(**LLAMA), gpu_hours(sequence="8k", **LLAMA)
        assert counted.mfu.value > plain.mfu.value
        assert "attention counted" in counted.mfu.method

    def test_hardware_without_published_runs_has_it_derived_from_theirs(self):
        asked = {"model": "llama3-8b", "sequence": "8k"}
        hopper, derived = gpu_hours(**asked, gpus="512xh100"), gpu_hours(**asked, gpus="512xb200")
        assert derived.mfu.value == pytest.approx(0.937 * hopper.mfu.value)  # of data/utilization.csv
        assert "attention counted: no published run behind this number" in derived.mfu.method

    def test_lengths_without_a_shape_are_remarked(self):
        found = gpu_hours(params="7B", phase=["1T@8k"], gpus="64")
        assert found.flops.value == pytest.approx(6 * 7e9 * 1e12)
        assert found.phases == ()
        assert [note.level for note in found.notes] == ["warning"]

    def test_undisclosed_tokens_can_be_given_as_a_phase(self):
        assert gpu_hours(model="mistral-7b", phase=["8T@8k"], gpus="64").tokens == 8e12

    def test_attention_that_is_left_out_is_remarked_where_it_matters(self):
        (note,) = gpu_hours(model="llama3-8b", gpus="64").notes
        assert "--sequence 8192" in note.message
        assert gpu_hours(model="gpt3-175b", gpus="64").notes == ()


@pytest.mark.parametrize(
    ("given_inputs", "code"),
    [
        ({"phase": ["1T@8k"], "gpus": "512"}, "no-model"),
        ({"phase": ["1T@8k"], "gpus": "512", "params": "7B", "tokens": "1T"}, "conflict"),
        ({"sequence": "8k", "gpus": "512", "params": "7B", "tokens": "1T"}, "no-shape"),
        ({"sequence": "8k", "gpus": "512", "model": "glam-1.2t"}, "no-shape"),
        ({"grid": 400, "gpus": "8xtpu-v5e", "flops": "1e22"}, "no-power"),
    ],
)
def test_phases_and_energy_that_cannot_be_are_refused_by_their_code(given_inputs, code):
    assert problem(**given_inputs).code == code


class TestEnergy:
    def test_llama_65b_took_the_energy_and_emitted_the_co2_that_its_paper_prints(self):
        # Touvron et al. 2023 (arXiv 2302.13971, table 15): 400 W, PUE 1.1, 385 g/kWh: 449 MWh, 173 t
        found = gpu_hours(model="llama-65b", gpus="a100", gpu_hours=1_022_362, watts=400, pue=1.1, grid=385)
        assert found.energy.joules.value / 3.6e9 == pytest.approx(449, abs=1)
        assert found.energy.co2_grams.value / 1e6 == pytest.approx(173, abs=1)
        assert found.energy.basis == "given"

    @pytest.mark.parametrize(("gpus", "basis"), [("h100", "measured"), ("a100", "design")])
    def test_it_says_whether_the_power_was_measured(self, gpus, basis):
        found = gpu_hours(flops="1e22", gpus=f"64x{gpus}")
        assert found.energy.basis == basis
        assert any("measured" in text for text in found.assumptions if text.startswith("energy"))

    def test_its_range_is_that_of_the_hours(self):
        found = gpu_hours(flops="1e22", gpus="64xh100")
        assert found.energy.joules.high / found.energy.joules.low == pytest.approx(
            found.gpu_hours.high / found.gpu_hours.low
        )
        assert found.energy.co2_grams is None

    def test_a_device_without_published_power_has_no_energy(self):
        assert gpu_hours(flops="1e22", gpus="64xtpu-v5e").energy is None

    def test_a_grid_in_kilograms_is_remarked(self):
        (note,) = gpu_hours(flops="1e22", gpus="64", grid=0.385).notes
        assert (note.code, note.level) == ("unusual-grid", "warning")

    def test_a_grid_without_emissions_emits_nothing(self):
        assert gpu_hours(flops="1e22", gpus="64", grid=0).energy.co2_grams.value == 0


class TestPrices:
    def test_tiers_are_those_of_the_table_with_their_date(self):
        found = gpu_hours(flops="1e22", gpus="64xh100")
        assert [row.tier for row in found.prices] == ["low", "typical", "high"]
        assert {row.date for row in found.prices} == {"2026-05"}
        typical = found.prices[1]
        assert typical.usd.value == pytest.approx(found.usd.value)

    def test_a_given_price_or_sum_leaves_none(self):
        assert gpu_hours(flops="1e22", gpus="64", price="2/h").prices == ()
        assert gpu_hours(flops="1e22", usd="1M").prices == ()


CHAT = {"requests": "1B", "prompt_tokens": 1000, "answer_tokens": 300}


class TestServing:
    def test_one_sequence_is_written_at_the_pace_of_memory(self):
        # 16.06 GB of weights over 60 % of 3.35 TB/s; a token's cache of 131 kB each adds less than a percent
        terms = {"requests": 1, "prompt_tokens": 1, "answer_tokens": 1, "serving_batch": 1}
        found = gpu_hours(model="llama3-8b", gpus="8xh100", **terms).serving
        assert found.seconds_per_token == pytest.approx(2 * 8_030_261_248 / (0.6 * 3.35e12), rel=1e-2)
        assert (found.gpus, found.batch) == (1, 1)

    def test_hours_and_money_are_those_of_reading_and_writing(self):
        found = gpu_hours(model="llama3-8b", gpus="8xh100", price="2/h", **CHAT).serving
        assert found.gpu_hours == pytest.approx(found.read_gpu_hours + found.write_gpu_hours)
        assert found.usd.value == pytest.approx(2 * found.gpu_hours)
        assert found.usd_per_million_tokens.value == pytest.approx(found.usd.value / 1.3e6)

    def test_a_model_that_one_device_cannot_hold_is_spread_over_more(self):
        found = gpu_hours(model="llama3.1-405b", gpus="512xh100", **CHAT).serving
        assert found.gpus == 16  # 812 GB of weights in 16 bits alone are more than ten devices hold
        assert found.bytes_held < 16 * 80e9

    def test_devices_that_do_not_hold_it_are_refused(self):
        refused = problem(model="llama3.1-405b", gpus="512xh100", serving_gpus=8, **CHAT)
        assert refused.code == "does-not-fit"
        assert "--serving-gpus" in refused.hint

    @pytest.mark.parametrize(
        ("given_inputs", "code"),
        [
            ({"model": "llama3-8b", "requests": "1B"}, "half-a-demand"),
            ({"model": "llama3-8b", "serving_batch": 8}, "half-a-demand"),
            ({"params": "7B", "tokens": "1T", **CHAT}, "no-shape"),
        ],
    )
    def test_misuse_is_refused_by_its_code(self, given_inputs, code):
        assert problem(gpus="8", **given_inputs).code == code


def test_the_screen_is_a_hundred_columns_wide_at_most(scalecalc):
    words = ("--model", "llama3.1-405b", "--phase", "15T@8k", "--phase", "800B@128k", "--gpus", "16384xh100")
    lines = scalecalc(
        "gpu-hours", *words, "--grid", "400", "--mfu", "41%", "--mtbf", "50000h"
    ).out.splitlines()
    assert max(len(line) for line in lines if not line.startswith(("  assumes", "  source"))) <= 100
