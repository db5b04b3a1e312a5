import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import (
    Throughput,
    hardware_per_model_flops,
    hfu_from_mfu,
    mfu_from_achieved,
    mfu_from_hfu,
    mfu_from_token_rate,
    token_rate,
    training_flops,
)
from scalecalc.problem import Problem

A100 = 312e12
H100 = 989.4e12
TPU_V4 = 275e12

# Parameters, tokens, FLOPs: Brown et al. 2020 (arXiv 2005.14165), table D.1, printed to three digits.
GPT3_TABLE_D1 = [
    (125e6, 300e9, 2.25e20),
    (356e6, 300e9, 6.41e20),
    (760e6, 300e9, 1.37e21),
    (1.32e9, 300e9, 2.38e21),
    (2.65e9, 300e9, 4.77e21),
    (6.66e9, 300e9, 1.20e22),
    (12.85e9, 300e9, 2.31e22),
    (174.6e9, 300e9, 3.14e23),
]


@pytest.mark.parametrize(("params", "tokens", "flops"), GPT3_TABLE_D1)
def test_six_n_d_gives_the_flops_of_gpt3s_own_table(params, tokens, flops):
    assert training_flops(params, tokens) == pytest.approx(flops, rel=0.005)


def test_full_recomputation_takes_eight_n_d_of_the_hardware():
    assert training_flops(1e9, 20e9, recomputed=1.0) == pytest.approx(8 * 1e9 * 20e9, rel=1e-15)


# Narayanan et al. 2021 (arXiv 2104.04473), section 5.1: days = 8 T P / (n X); their trillion is the 1008B of
# table 1.
SC21_ESTIMATES = [(175e9, 300e9, 1024, 140e12, 34), (1008e9, 450e9, 3072, 163e12, 84)]


@pytest.mark.parametrize(("params", "tokens", "gpus", "achieved", "days"), SC21_ESTIMATES)
def test_achieved_flops_under_recomputation_give_the_days_of_megatrons_formula(
    params, tokens, gpus, achieved, days
):
    mfu = mfu_from_achieved(achieved, A100, recomputed=1.0)
    pace = Throughput(A100, Spread.exact(mfu)).flops_per_gpu_hour(mfu)
    assert round(training_flops(params, tokens) / pace / gpus / 24) == days


# TFLOP/s on A100 and the MFU that 6ND gives for them, all printed with the recomputed forward pass counted:
# SC21 GPT-3, OPT-175B (arXiv 2205.01068), BloombergGPT (arXiv 2303.17564).
@pytest.mark.parametrize(("achieved", "mfu"), [(140e12, 0.3365), (147e12, 0.3534), (102e12, 0.2452)])
def test_printed_tflops_with_recomputation_are_hfu_and_mfu_is_three_quarters(achieved, mfu):
    assert mfu_from_achieved(achieved, A100, recomputed=1.0) == pytest.approx(mfu, abs=5e-5)
    assert mfu_from_achieved(achieved, A100, recomputed=1.0) == pytest.approx(0.75 * achieved / A100)


def test_hfu_of_palm_lies_between_no_and_full_recomputation_of_its_mfu():
    # Chowdhery et al. 2022 (arXiv 2204.02311): MFU 46.2 %, HFU 57.8 %; HFU also counts attention differently.
    assert hfu_from_mfu(0.462, 0.0) < 0.578 < hfu_from_mfu(0.462, 1.0)


@given(mfu=st.floats(1e-3, 1), recomputed=st.floats(0, 1))
def test_mfu_and_hfu_undo_each_other(mfu, recomputed):
    assert mfu_from_hfu(hfu_from_mfu(mfu, recomputed), recomputed) == pytest.approx(mfu, rel=1e-14)


# Parameters, tokens, device-hours, peak, end-to-end MFU in percent.
PUBLISHED_RUNS = {
    # Touvron et al. 2023b (arXiv 2307.09288), table 2, and the model card
    "Llama 2 7B": (6.738e9, 2e12, 184_320, A100, 39.1),
    "Llama 2 13B": (13.016e9, 2e12, 368_640, A100, 37.7),
    "Llama 2 70B": (68.977e9, 2e12, 1_720_320, A100, 42.8),
    # Touvron et al. 2023a (arXiv 2302.13971), table 15
    "LLaMA 13B": (13.016e9, 1e12, 135_168, A100, 51.4),
    "LLaMA 65B": (65.286e9, 1.4e12, 1_022_362, A100, 47.8),
    # Model cards of Llama 3 and Llama 3.1 (arXiv 2407.21783)
    "Llama 3 8B": (8.030e9, 15e12, 1.3e6, H100, 15.6),
    "Llama 3.1 405B": (405.85e9, 15.6e12, 30.84e6, H100, 34.6),
    # Chowdhery et al. 2022 (arXiv 2204.02311); chip-hours with downtime and repeated steps
    "PaLM 540B": (540.35e9, 780e9, 8_404_992, TPU_V4, 30.4),
    # DeepSeek-AI 2024 (arXiv 2405.04434): 172.8K H800-hours for each of 8.1T tokens, 21B active parameters
    "DeepSeek-V2": (21e9, 8.1e12, 172_800 * 8.1, H100, 20.5),
}


@pytest.mark.parametrize("run", PUBLISHED_RUNS.values(), ids=PUBLISHED_RUNS)
def test_published_device_hours_give_the_end_to_end_mfu(run):
    params, tokens, hours, peak, percent = run
    mfu = Throughput(peak, Spread.exact(0.3)).mfu_of(training_flops(params, tokens), hours)
    assert 100 * mfu == pytest.approx(percent, abs=0.05)  # the figure's last digit


def test_llama_65b_token_rate_is_the_papers():
    # arXiv 2302.13971, section 2.4: about 380 tokens per second and GPU on 2048 A100-80GB, 21 days.
    mfu = mfu_from_token_rate(380 * 2048, 65.286e9, 2048, A100)
    assert mfu == pytest.approx(0.477, abs=5e-4)
    assert token_rate(mfu, 65.286e9, 2048, A100) == pytest.approx(380 * 2048)


def test_the_tokens_of_sixteen_devices_need_the_peak_of_sixteen():
    # Hugging Face's FSDP post held 16 GPUs' tokens against one peak (blog issue 1649): 45.5 %, truly 2.8 %.
    of_one = mfu_from_token_rate(1000.0, 1e9, 1, A100)
    assert mfu_from_token_rate(1000.0, 1e9, 16, A100) == pytest.approx(of_one / 16)


def test_goodput_separates_steady_from_end_to_end_mfu():
    # PaLM 540B: 46.2 % while it ran, 30.4 % over all chip-hours, so 0.66 of the hours moved it.
    palm = Throughput(TPU_V4, Spread.exact(0.462), goodput=0.658)
    assert palm.end_to_end.value == pytest.approx(0.304, abs=5e-4)
    steady = palm.mfu_of(training_flops(540.35e9, 780e9), 8_404_992)
    assert steady == pytest.approx(0.462, abs=5e-4)


@given(st.floats(1e12, 1e16), st.floats(0.01, 1), st.floats(0.01, 1), st.floats(1e-3, 1e9))
def test_the_mfu_of_what_a_device_does_is_its_mfu(peak, mfu, goodput, hours):
    pace = Throughput(peak, Spread.exact(mfu), goodput)
    assert pace.mfu_of(pace.flops_per_gpu_hour(mfu) * hours, hours) == pytest.approx(mfu, rel=1e-14)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Throughput(-1.0, Spread.exact(0.4)), "peak must be positive"),
        (lambda: Throughput(A100, Spread(0.9, 0.8, 1.2)), "mfu must be at most 1, not 1.2"),
        (lambda: Throughput(A100, Spread.exact(0.4), goodput=0.0), "goodput must be above 0"),
        (lambda: Throughput(A100, Spread.exact(0.4), goodput=1.1), "goodput must be above 0 and at most 1"),
        (lambda: hardware_per_model_flops(1.5), "recomputed must lie from 0 to 1"),
        (lambda: mfu_from_hfu(0.0), "hfu must be positive"),
        (lambda: hfu_from_mfu(-0.1), "mfu must be positive"),
        (lambda: mfu_from_achieved(0.0, A100), "achieved must be positive"),
        (lambda: mfu_from_token_rate(1.0, 1e9, 0, A100), "gpus must be positive"),
        (lambda: token_rate(0.4, -1e9, 8, A100), "params must be positive"),
    ],
)
def test_values_that_mean_nothing_are_refused_by_name(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_pace_beyond_floats_is_a_problem():
    with pytest.raises(Problem) as refusal:
        Throughput(1e-300, Spread.exact(1e-300)).flops_per_gpu_hour(1e-300)
    assert refusal.value.code == "out-of-range"
