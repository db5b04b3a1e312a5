"""`scalecalc mfu` against printed MFUs, and the mistakes that people made with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import tables
from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

EXACT = 1e-9
"""Relative: the same products in floats, in another order."""


def mfu(**asked):
    return call("mfu", **asked)


def problem(**asked):
    with pytest.raises(Problem) as caught:
        mfu(**asked)
    return caught.value


class TestPublishedNumbers:
    # Chowdhery et al. 2022 (arXiv 2204.02311), appendix B: 45.7 % without attention, 238.3K tokens/s
    def test_without_attention_palms_mfu_is_the_one_that_the_paper_prints(self):
        found = mfu(model="palm-540b", gpus="6144xtpu-v4", tokens_per_second="238.3K", convention="6n")
        assert found.mfu == pytest.approx(0.457, abs=1e-3)

    # Narayanan et al. 2021 (arXiv 2104.04473), section 5.1: 140 TFLOP/s, recomputation counted
    def test_megatrons_140_tflops_are_an_hfu(self):
        found = mfu(gpus="a100", tflops=140, recompute="full")
        assert found.hfu == pytest.approx(140 / 312)
        assert found.mfu == pytest.approx(105 / 312)

    # OLMo 3 7B at 7,700 tokens per second and H100 (OLMo-core issue 475): 34 % by 6ND
    def test_olmo_3_is_at_a_third_by_6nd(self):
        found = mfu(params="7.3B", gpus="1xh100", tokens_per_second=7700)
        assert found.mfu == pytest.approx(0.34, abs=5e-3)

    def test_llama_3_405b_at_its_printed_mfu_has_its_printed_tflops(self):
        # Grattafiori et al. 2024 (arXiv 2407.21783), table 4: 16,384 H100, 400 TFLOP/s, MFU 41 %
        assert mfu(gpus="16384xh100", tflops=400).mfu == pytest.approx(0.41, abs=0.01)


class TestRoundTrips:
    shares = st.floats(0.11, 0.69)
    models = st.sampled_from(["llama2-70b", "mistral-7b", "gpt3-175b", "mixtral-8x7b", "falcon-180b"])
    counts = st.integers(1, 100_000)

    @given(share=shares, model=models, gpus=counts, recompute=st.sampled_from(["none", "full"]))
    def test_every_way_to_tell_a_pace_gives_the_same_one(self, share, model, gpus, recompute):
        terms = {"model": model, "gpus": f"{gpus}xh100", "recompute": recompute}
        there = mfu(mfu=share, batch_tokens=4e6, **terms)
        hfu = float(there.hfu)
        ways = (
            {"tokens_per_second": float(there.tokens_per_second)},
            {"step_time": float(there.step_seconds), "batch_tokens": 4e6},
            {"hfu": hfu},
            {"tflops": hfu * 989.4},
        )
        for way in ways:
            assert mfu(**way, **terms).mfu == pytest.approx(share, rel=EXACT)

    @given(share=shares, gpus=counts)
    def test_more_devices_share_the_tokens(self, share, gpus):
        one, all_of_them = (mfu(mfu=share, params="7B", gpus=f"{count}xa100") for count in (1, gpus))
        assert all_of_them.tokens_per_second == pytest.approx(gpus * one.tokens_per_second, rel=EXACT)
        assert all_of_them.tokens_per_second_per_gpu == pytest.approx(one.tokens_per_second, rel=EXACT)

    def test_recomputation_raises_the_hfu_by_a_third(self):
        found = mfu(mfu="45%", gpus="a100", recompute="full")
        assert found.hfu == pytest.approx(0.60)


class TestAttention:
    def test_it_is_palms_share_of_the_shape(self):
        found = mfu(model="llama2-70b", gpus="1024xa100", mfu="45%")
        shares = {row.convention: row.mfu for row in found.conventions}
        assert shares["palm"] == pytest.approx(0.45)
        assert shares["palm"] / shares["6n"] == pytest.approx(
            1 + 12 * 80 * 8192 * 4096 / (6 * 68_976_648_192)
        )
        assert shares["causal"] == pytest.approx((shares["palm"] + shares["6n"]) / 2)

    def test_windows_bound_it(self):
        found = mfu(model="gemma2-9b", gpus="8xh100", mfu="40%")
        shares = {row.convention: row.mfu for row in found.conventions}
        assert found.convention == "window"
        assert shares["6n"] < shares["window"] < shares["palm"]

    def test_a_long_context_is_not_taken_for_the_training_length(self):
        plain = mfu(model="llama3.1-8b", gpus="8xh100", mfu="40%")
        assert plain.convention == "6n"
        assert [note.code for note in plain.notes] == ["attention"]
        told = mfu(model="llama3.1-8b", gpus="8xh100", mfu="40%", sequence="8k")
        assert (told.convention, told.sequence) == ("palm", 8192)

    def test_experts_that_a_token_does_not_see_do_no_work(self):
        found = mfu(params="671B", active_params="37B", gpus="2048xh800", mfu="30%")
        assert found.flops_per_token == pytest.approx(6 * 37e9)


class TestImpossiblePaces:
    def test_tokens_of_16_devices_against_the_peak_of_one(self):
        # the Hugging Face FSDP blog's (issue 1649); 2.8 % on 16 devices is 45.5 % of one, so 16 are asked for
        refused = problem(params="7B", gpus="a100", tokens_per_second=3400)
        assert refused.code == "no-count"
        assert "8xa100-sxm-80gb" in refused.hint

    def test_tokens_of_a_node_given_to_one_device(self):
        refused = problem(model="llama3-8b", gpus="1xh100", tokens_per_second="65K")
        assert refused.code == "impossible-mfu"
        assert refused.exit_code == ExitCode.NO_ANSWER
        assert "several devices" in refused.hint

    def test_an_a100_peak_for_a_run_on_h100(self):
        # nanoGPT's 104 % (PR 464): the script holds the A100's peak
        refused = problem(params="124M", gpus="8xa100", tokens_per_second="3.5M")
        assert "the run was on h100-sxm-80gb" in refused.hint

    def test_a_copied_step_time(self):
        # llm.c's header for GPT-3 125M: 150 ms a step of 524,288 tokens on 8 devices is 105 %
        refused = problem(params="125M", gpus="8xa100", step_time="150ms", batch_tokens=524288)
        assert "of the peak FLOP/s" in refused.message

    def test_all_experts_counted(self):
        refused = problem(params="47B", active_params="13B", gpus="64xh100", tokens_per_second="1.1M")
        assert "all experts' parameters were counted" in refused.hint

    @pytest.mark.parametrize(
        ("gpus", "peak", "named"),
        [
            ("h100", 1979, "sparse bf16"),
            ("b200", 4500, "sparse bf16"),
            ("a100", 624, "sparse bf16"),
            ("mi300x", 2615, "sparse bf16"),
            ("h100-pcie", 1513, "sparse bf16"),
            ("trainium2", 2563, "sparse bf16"),
            ("mi250x", 191.5, "one of its 2 parts"),
            ("gb200", 10_000, "sparse bf16 figure of a product of 2 devices"),
            ("tpu-v5e", 394, "int8"),
            ("rtx4090", 330.3, "sparse"),
            ("a100", 156, "tf32"),
            ("h100", 3958, "sparse fp8"),
            ("b200", 9000, "dense fp4"),
            ("b200", 18_000, "sparse fp4"),
            ("h100-nvl", 1671, "sparse bf16"),
            ("trainium1", 95, "one of its 2 parts"),
            ("tpu-v3", 61.5, "one of its 2 parts"),
            ("tpu-v5p", 918, "int8"),
            ("tpu-v6e", 1836, "int8"),
            ("tpu-v7x", 4614, "dense fp8"),
        ],
    )
    def test_a_peak_that_is_not_the_dense_one_is_named(self, gpus, peak, named):
        refused = problem(gpus=f"8x{gpus}", params="7B", tokens_per_second=9600, peak=peak)
        assert refused.code == "misread-peak"
        assert named in refused.message

    @pytest.mark.parametrize(("gpus", "peak", "dense"), [("h800", 756, "989.4"), ("gaudi3", 1835, "1677")])
    def test_a_peak_of_another_part_or_clock_is_held_against_the_table(self, gpus, peak, dense):
        # a table gives the H800 the PCIe card's 756; Gaudi 3 does not ship at the clock of 1835
        (note,) = mfu(gpus=f"8x{gpus}", params="7B", mfu="40%", peak=peak).notes
        assert (note.code, note.level) == ("other-peak", "warning")
        assert dense in note.message

    def test_a_peak_of_another_device_is_named_as_its_own(self):
        # torchtitan mislabels hosts of mixed cards: 989 is the SXM module's, the PCIe card does 756
        (note,) = mfu(gpus="8xh100-pcie", params="7B", mfu="40%", peak=989).notes
        assert "it is that of h100-sxm-80gb" in note.message

    @pytest.mark.parametrize(
        ("tflops", "percent"), [(147, "35.3%"), (156, "37.5%"), (102, "24.5%"), (120, "28.8%")]
    )
    def test_achieved_flops_may_count_recomputation(self, tflops, percent):
        # OPT, BLOOM, BloombergGPT and Granite print them so for A100
        (note,) = mfu(gpus="a100", tflops=tflops).notes
        assert (note.code, note.level) == ("hfu-or-mfu", "note")
        assert f"the MFU is {percent}" in note.message
        assert mfu(gpus="a100", tflops=tflops, recompute="full").notes == ()

    def test_a_peak_that_is_rounded_is_the_one_of_the_table(self):
        assert mfu(gpus="8xh100", params="7B", mfu="40%", peak=989).notes == ()

    @pytest.mark.parametrize(
        ("gpus", "dtype"), [("v100", "bf16"), ("a100", "fp8"), ("mi250x", "tf32"), ("h100", "fp4")]
    )
    def test_a_data_type_that_the_device_lacks_has_no_mfu(self, gpus, dtype):
        assert problem(gpus=f"8x{gpus}", params="7B", mfu="40%", dtype=dtype).code == "unsupported-dtype"

    def test_a_sparse_figure_as_achieved_is_named(self):
        assert "sparse bf16" in problem(gpus="h100", tflops=1979).message

    def test_recomputation_that_does_not_fit_the_peak(self):
        assert "recomputation" in problem(gpus="h100", mfu="80%", recompute="full").message

    def test_a_pace_too_low_to_be_true_is_remarked(self):
        (note,) = mfu(params="7B", gpus="8xh100", tokens_per_second=96).notes
        assert note.level == "warning"
        assert "fewer devices" in note.message

    def test_a_pace_of_one_device_given_for_eight_is_named(self):
        (note,) = mfu(params="7B", gpus="8xh100", tokens_per_second=9600).notes
        assert "the work of one device" in note.message


class TestMisuse:
    @pytest.mark.parametrize(
        ("asked", "code"),
        [
            ({}, "no-pace"),
            ({"mfu": "40%"}, "no-accelerator"),
            ({"mfu": "40%", "gpus": "8"}, "no-accelerator"),
            ({"mfu": "40%", "hfu": "50%", "gpus": "h100"}, "conflict"),
            ({"step_time": "1s", "gpus": "8xh100", "params": "7B"}, "no-batch"),
            ({"tokens_per_second": 9600, "gpus": "8xh100"}, "no-model"),
            ({"mfu": "40%", "gpus": "8xh100", "model": "llama3-8b", "params": "8B"}, "conflict"),
            ({"mfu": "40%", "gpus": "8xh100", "params": "8B", "sequence": "8k"}, "no-shape"),
            ({"mfu": "40%", "gpus": "8xh100", "params": "8B", "convention": "palm"}, "no-shape"),
            ({"mfu": "40%", "gpus": "8xh100", "convention": "6n"}, "no-model"),
            ({"mfu": "0%", "gpus": "8xh100"}, "value"),
            ({"mfu": "40%", "gpus": "8xv100", "dtype": "bf16"}, "unsupported-dtype"),
            ({"mfu": "40%", "gpus": "8xh100", "active_params": "7B"}, "value"),
            ({"mfu": "40%", "gpus": "8xnosuch"}, "unknown-accelerator"),
            ({"tokens_per_second": 1e300, "gpus": "8xh100", "params": "7B"}, "out-of-range"),
        ],
    )
    def test_it_is_refused_by_its_code(self, asked, code):
        assert problem(**asked).code == code

    def test_every_accelerator_has_an_answer(self):
        for name in tables.accelerators():
            assert mfu(gpus=f"8x{name}", params="7B", mfu="40%").tokens_per_second > 0

    def test_every_published_model_has_an_answer(self):
        for name in tables.models():
            assert mfu(gpus="8xh100", model=name, mfu="40%").tokens_per_second > 0


def test_published_shares_are_those_of_the_device():
    rows = mfu(gpus="a100-40gb", params="7B", mfu="40%").published
    assert [(row.measure, float(row.mfu.value)) for row in rows] == [("steady", 0.509), ("end-to-end", 0.335)]


def test_the_screen_is_a_hundred_columns_wide_at_most(scalecalc):
    printed = scalecalc("mfu", "--model", "mistral-7b", "--gpus", "8xh100", "--mfu", "40%").out
    tables_of = [line for line in printed.splitlines() if not line.startswith(("  assumes", "  source"))]
    assert max(map(len, tables_of)) <= 100
