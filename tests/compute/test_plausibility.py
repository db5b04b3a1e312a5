import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.mistake import Evidence
from scalecalc.compute.plausibility import LEAST_ORDINARY, MOST_ORDINARY, judge, plausible
from scalecalc.compute.spread import Spread
from scalecalc.compute.throughput import Throughput, training_flops
from scalecalc.problem import ExitCode, Problem

A100 = 312e12
H100 = 989.4e12


def end_to_end(flops, hours, peak):
    return Throughput(peak, Spread.exact(0.3)).mfu_of(flops, hours)


def run(params, tokens, hours, peak):
    return end_to_end(training_flops(params, tokens), hours, peak)


# MFU in percent, evidence, code of the likeliest cause, and the MFU in percent once it is undone.
CAUGHT = {
    # arXiv 2405.04434: 172.8K H800-hours are per trillion tokens; a public table stores them as the total.
    "DeepSeek-V2, hours per trillion": (
        run(21e9, 8.1e12, 172_800, H100),
        Evidence(params=21e9, total_params=236e9, tokens=8.1e12, flops=training_flops(21e9, 8.1e12)),
        "hours-per-trillion-tokens",
        (166, 20.5),
    ),
    "DeepSeek-V2, no more known than its tokens": (
        run(21e9, 8.1e12, 172_800, H100),
        Evidence(tokens=8.1e12),
        "hours-per-trillion-tokens",
        (166, 20.5),
    ),
    # The same report: 300.6K H800-hours per trillion for the dense 67B model, 2T tokens.
    "DeepSeek 67B, hours per trillion": (
        run(67e9, 2e12, 300_600, H100),
        Evidence(params=67e9, total_params=67e9, tokens=2e12, sparse_ratio=None, fp8=False),
        "hours-per-trillion-tokens",
        (75.1, 37.5),
    ),
    "DeepSeek-V2, all experts counted": (
        run(236e9, 8.1e12, 1_399_680, H100),
        Evidence(params=21e9, total_params=236e9, tokens=8.1e12, flops=training_flops(236e9, 8.1e12)),
        "all-experts-counted",
        (230, 20.5),
    ),
    # OLMo-core, pull request 614: the A100 at 156 TFLOP/s; arXiv 2302.13971, table 15.
    "LLaMA 65B, dense peak halved": (
        run(65.286e9, 1.4e12, 1_022_362, A100 / 2),
        Evidence(tokens=1.4e12, fp8=False),
        "dense-peak-reduced",
        (95.6, 47.8),
    ),
    # Megatron-LM issue 1565 and fms-fsdp issue 89 divide by 1979; JetMoE's 30,000 H100-hours.
    "JetMoE, sparse peak": (
        run(2.2e9, 1.25e12, 30_000, 2 * H100),
        Evidence(params=2.2e9, total_params=8e9, tokens=1.25e12),
        "sparse-peak",
        (7.7, 15.4),
    ),
    # arXiv 2204.02311: 46.2 % while running; a v4 chip is two cores of 137.5 TFLOP/s.
    "PaLM, peak of a core": (
        0.462 * 2,
        Evidence(dies_per_unit=2, sparse_ratio=None, fp8=False),
        "core-for-chip",
        (92.4, 46.2),
    ),
    # Poro 34B: 512 MI250X, billed as 1,024 dies and held against the module's 383 TFLOP/s.
    "Poro 34B, hours of dies": (
        run(34.2e9, 1e12, 2 * 815_597, 383e12),
        Evidence(dies_per_unit=2, sparse_ratio=None),
        "chip-for-core",
        (9.1, 18.2),
    ),
    # Hugging Face blog issue 1649 held 16 GPUs' tokens against one peak; here the other way round.
    "16 GPUs' peak, one GPU's tokens": (0.0284, Evidence(gpus=16), "one-device-work", (2.84, 45.4)),
    "16 GPUs' tokens, one GPU's peak": (16 * 0.35, Evidence(gpus=16), "one-device-peak", (560, 35)),
    # llm.c's 1558M script prints the FLOPs of its 774M script, 6.966e20; 192 H100-hours.
    "llm.c 1558M, FLOPs of another model": (
        end_to_end(6.966e20, 192, H100),
        Evidence(flops=6.966e20, params=1.558e9, total_params=1.558e9, tokens=33.554e9),
        "flops-not-6nd",
        (101.9, 45.8),
    ),
    # nanoGPT pull request 464 and OLMo-core pull request 817: an unknown device fell back to the A100's peak.
    "nanoGPT, H100 taken for A100": (
        1.04,
        Evidence(other_peaks={"h100-sxm-80gb": H100 / A100}, sparse_ratio=None, fp8=False),
        "other-device",
        (104, 32.8),
    ),
    "OLMo-core, B300 taken for A100": (
        1.057,
        Evidence(other_peaks={"b300-sxm-288gb": 2250 / 312}, sparse_ratio=None, fp8=False),
        "other-device",
        (105.7, 14.7),
    ),
    "fp8 run, 16-bit peak": (0.8, Evidence(fp8=True), "fp8-run", (80, 40)),
    # 240 TFLOP/s of an A100 with recomputation is 77 % HFU.
    "HFU taken for MFU": (
        240 / 312,
        Evidence(sparse_ratio=None, fp8=False),
        "hfu-as-mfu",
        (76.9, 57.7),
    ),
    "words taken for tokens": (0.09, Evidence(sparse_ratio=None), "words-for-tokens", (9, 12)),
    # Model card of Llama 3.2: pruned and distilled from larger models; 370,000 H100-hours, up to 9T tokens.
    "Llama 3.2 1B, distilled": (
        run(1.236e9, 9e12, 370_000, H100),
        Evidence(params=1.236e9, total_params=1.236e9, tokens=9e12, fp8=False),
        "distilled",
        (5.06, None),
    ),
}


@pytest.mark.parametrize(("mfu", "evidence", "code", "percents"), CAUGHT.values(), ids=CAUGHT)
def test_a_known_mistake_is_caught_and_named_first(mfu, evidence, code, percents):
    seen, corrected = percents
    likeliest = judge(mfu, evidence).causes[0]
    assert 100 * mfu == pytest.approx(seen, rel=0.005)  # as printed, to three digits
    assert likeliest.code == code
    assert likeliest.corrected == (corrected and pytest.approx(corrected / 100, rel=0.005))


# Copied figures: nothing but the impossible MFU tells.
COPIED = {
    # llm.c's GPT-3 125M header, 150 ms a step on 8 A100: 190.7 GPU-hours for 300B tokens.
    "llm.c GPT-3 125M": (run(125e6, 300e9, 190.7, A100), Evidence(gpus=8), 105),
    # theneuralbase.com: 7B on 2T tokens in "9 million GPU-seconds" of 312 TFLOP/s, for "$7,500".
    "tutorial on 7B": (run(7e9, 2e12, 9e6 / 3600, A100), Evidence(), 2991),
}


@pytest.mark.parametrize(("mfu", "evidence", "percent"), COPIED.values(), ids=COPIED)
def test_copied_figures_are_refused_as_not_of_one_run(mfu, evidence, percent):
    finding = judge(mfu, evidence)
    assert 100 * mfu == pytest.approx(percent, rel=0.001)
    assert finding.verdict == "impossible"
    assert finding.causes[-1].code == "mismatched-figures"


# Mistakes of published tables that the MFU alone cannot show, because it stays ordinary.
UNSEEN = {
    "Falcon 180B at 17.7M hours for 7.0M": run(179.5e9, 3.5e12, 17.7e6, A100),
    "Llama 3.2 3B, distilled": run(3.213e9, 9e12, 460_000, H100),
    "GPT-J, 256 cores taken for chips": run(6.05e9, 402e9, 2 * 107_520, 123e12),
    "OPT 147 TFLOP/s, HFU": 147 / 312,
    "BloombergGPT, 532B words for 569B tokens": run(50.56e9, 532e9, 651_264, A100),
}


@pytest.mark.parametrize("mfu", UNSEEN.values(), ids=UNSEEN)
def test_an_ordinary_mfu_is_let_pass_without_a_cause(mfu):
    finding = plausible(mfu)
    assert (finding.verdict, finding.causes, finding.note) == ("ordinary", (), None)


@pytest.mark.parametrize(
    ("mfu", "verdict"),
    [
        (0.0999, "low"),
        (0.10, "ordinary"),
        (0.70, "ordinary"),
        (0.701, "high"),
        (1.0, "high"),
        (1.001, "impossible"),
    ],
)
def test_the_verdict_changes_at_10_70_and_100_percent(mfu, verdict):
    assert judge(mfu).verdict == verdict


def test_an_mfu_over_100_percent_is_a_problem_whose_hint_names_the_cause():
    with pytest.raises(Problem) as refusal:
        plausible(1.66, Evidence(tokens=8.1e12))
    problem = refusal.value
    assert problem.code == "impossible-mfu"
    assert problem.exit_code == ExitCode.NO_ANSWER
    assert problem.message == "these numbers imply 166% of the peak FLOP/s: no hardware exceeds its peak"
    assert problem.hint.startswith(
        "likely cause: the hours are per trillion tokens, not for all 8.1 trillion (MFU 20.5% if so)"
    )


def test_a_multiple_of_the_peak_is_told_as_one():
    with pytest.raises(Problem, match=r"these numbers imply 29.9 times the peak"):
        plausible(29.9)


def test_recomputation_counts_against_the_hardware():
    assert judge(0.74, Evidence(recomputed=1.0)).verdict == "high"
    with pytest.raises(Problem, match="an MFU of 80% with recomputation needs 107% of the hardware's peak"):
        plausible(0.8, Evidence(recomputed=1.0))


@pytest.mark.parametrize(("mfu", "side"), [(0.05, "below"), (0.8, "above")])
def test_a_suspect_mfu_is_noted_with_its_cause(mfu, side):
    note = plausible(mfu).note
    assert note.startswith(f"an MFU of {mfu:.0%} is {side} the 10% to 70% of published runs; likely cause: ")


@given(
    st.floats(1e-6, 1e6),
    st.builds(
        Evidence,
        params=st.none() | st.floats(1e6, 1e13),
        total_params=st.none() | st.floats(1e6, 1e13),
        tokens=st.none() | st.floats(1e6, 1e15),
        flops=st.none() | st.floats(1e15, 1e30),
        gpus=st.none() | st.integers(1, 10**6),
        dies_per_unit=st.sampled_from([1, 2, 4]),
        sparse_ratio=st.none() | st.floats(1.5, 4),
        fp8=st.none() | st.booleans(),
    ),
)
def test_every_suspect_mfu_has_a_cause_and_every_named_size_leads_back_to_ordinary(mfu, evidence):
    finding = judge(mfu, evidence)
    assert bool(finding.causes) == (finding.verdict != "ordinary")
    sizes = [cause.corrected for cause in finding.causes if cause.corrected is not None]
    assert all(LEAST_ORDINARY <= size <= MOST_ORDINARY for size in sizes)


@pytest.mark.parametrize("bad", [0.0, -0.4, math.nan, math.inf])
def test_only_a_positive_finite_mfu_is_judged(bad):
    with pytest.raises(ValueError, match="mfu must be positive and finite"):
        judge(bad)
