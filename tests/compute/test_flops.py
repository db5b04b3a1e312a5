import csv
import json
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.compute.config import read_config
from scalecalc.compute.flops import CONVENTIONS, ratio_to_six_n, training_flops_per_token
from scalecalc.compute.parameters import parameters
from scalecalc.compute.transformer import Shape, styled

DATA = Path(__file__).parents[2] / "data"


def published(name):
    configs = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))
    return read_config(configs[name]["config"]).shape


@cache
def chinchilla_shapes() -> dict[int, Shape]:
    with (DATA / "chinchilla_models.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = ("n_layers", "d_model", "n_heads", "d_head", "d_ff")
    return {
        int(row["params"]): styled(
            "chinchilla",
            **{name: int(row[name]) for name in names},
            n_kv_heads=int(row["n_heads"]),
            vocab=32000,
        )
        for row in rows
    }


def gpt3(layers, width, heads):
    return styled(
        "gpt2", n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads,
        d_ff=4 * width, vocab=50257, context=2048,
    )  # fmt: skip


GPT3 = [
    (gpt3(12, 768, 12), 2.25e20),
    (gpt3(24, 1024, 16), 6.41e20),
    (gpt3(24, 1536, 16), 1.37e21),
    (gpt3(24, 2048, 16), 2.38e21),
    (gpt3(32, 2560, 32), 4.77e21),
    (gpt3(32, 4096, 32), 1.20e22),
    (gpt3(40, 5120, 40), 2.31e22),
    (gpt3(96, 12288, 96), 3.14e23),
]
"""Brown et al. 2020 (arXiv 2005.14165): shapes of table 2.1, FLOPs on 300B tokens of table D.1."""


@pytest.mark.parametrize(("shape", "flops"), GPT3)
def test_gpt3s_table_of_flops_is_six_n_within_one_percent(shape, flops):
    assert 300e9 * training_flops_per_token(shape, 2048, "6n").total == pytest.approx(flops, rel=0.01)


@pytest.mark.parametrize(
    ("params", "printed", "without", "with_both"),
    [
        (74_000_000, 1.03, 1.025, 1.58),
        (306_000_000, 1.10, 1.101, 1.32),
        (552_000_000, 1.08, 1.083, 1.23),
        (1_143_000_000, 1.04, 1.044, 1.14),
        (1_593_000_000, 1.03, 1.033, 1.12),
        (6_796_000_000, 0.99, 0.994, 1.03),
    ],
)
def test_table_a4_comes_out_only_without_embeddings_and_logits(params, printed, without, with_both):
    # Hoffmann et al. 2022 (arXiv 2203.15556), table A4, says that both are included
    shape = chinchilla_shapes()[params]
    six_n = 6 * params
    layers = training_flops_per_token(shape, 2048, "hoffmann-layers").total / six_n
    everything = training_flops_per_token(shape, 2048, "hoffmann").total / six_n
    assert layers == pytest.approx(without, abs=2.5e-3)
    assert round(layers, 2) == pytest.approx(printed, abs=0.0101)
    assert everything == pytest.approx(with_both, abs=0.01)
    assert abs(everything - printed) > 0.03


def test_the_attention_of_llama3_8b_adds_27_percent_at_8192():
    # 1.29e10 beside 4.82e10, by hand
    shape = published("Meta-Llama-3-8B")
    six_n, palm = (training_flops_per_token(shape, 8192, name).total for name in ("6n", "palm"))
    assert six_n == pytest.approx(4.82e10, rel=1e-3)
    assert palm - six_n == pytest.approx(1.29e10, rel=2e-3)
    assert palm / six_n == pytest.approx(1.27, abs=0.005)


def test_the_causal_convention_leaves_out_half_of_the_attention():
    shape = published("Meta-Llama-3-8B")
    six_n, causal, palm = (
        training_flops_per_token(shape, 8192, name).total for name in ("6n", "causal", "palm")
    )
    assert causal - six_n == pytest.approx((palm - six_n) / 2)


@pytest.mark.parametrize(("name", "gflops"), [("DeepSeek-V2", 155), ("DeepSeek-V3", 250)])
def test_the_exact_count_is_that_of_deepseeks_own_table(name, gflops):
    # DeepSeek-AI 2025 (arXiv 2505.09343), table 2: training GFLOPs per token at a sequence of 4096
    assert training_flops_per_token(published(name), 4096).total / 1e9 == pytest.approx(gflops, abs=0.51)


def test_palm_540b_trains_at_the_published_share_of_its_peak():
    # Chowdhery et al. 2022 (arXiv 2204.02311), section 4.1: 238,300 tokens per second on 6144 TPU v4 of
    # 275 TFLOP/s are an MFU of 46.2 % with attention and 45.7 % without
    shape = styled(
        "palm", n_layers=118, d_model=18432, n_heads=48, n_kv_heads=1, d_head=256, d_ff=73728, vocab=256_000
    )
    palm, six_n = (
        238_300 * training_flops_per_token(shape, 2048, name).total / (6144 * 275e12)
        for name in ("palm", "6n")
    )
    assert palm == pytest.approx(0.462, abs=5e-4)
    assert six_n == pytest.approx(0.457, abs=5e-4)


def test_palms_hardware_flops_count_the_forward_pass_again():
    flops = training_flops_per_token(gpt3(96, 12288, 96), 2048, "palm")
    assert flops.forward == pytest.approx(flops.total / 3)
    assert flops.backward == pytest.approx(2 * flops.forward)
    assert flops.hardware() == pytest.approx(4 / 3 * flops.total)
    assert flops.hardware(0.0) == flops.total


@pytest.mark.parametrize(("layers", "width", "heads"), [(24, 2304, 24), (96, 12288, 96), (128, 25600, 160)])
def test_megatrons_count_is_that_of_its_paper(layers, width, heads):
    # Narayanan et al. 2021 (arXiv 2104.04473), eq. 3: 96 s l h^2 (1 + s / 6h + V / 16lh) for a sequence;
    # 24 of the 96 are the layers done again
    shape = styled(
        "gpt2", n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads,
        d_ff=4 * width, vocab=51200, context=2048,
    )  # fmt: skip
    per_token = training_flops_per_token(shape, 2048, "megatron").total
    printed = 96 * layers * width**2 * (1 + 2048 / (6 * width) + 51200 / (16 * layers * width))
    done_again = 24 * layers * width**2 * (1 + 2048 / (6 * width))
    assert per_token == pytest.approx(printed - done_again, rel=1e-12)


def test_a_step_of_gpt3_takes_the_flops_that_megatron_measured_it_by():
    # SC21: 1024 A100 at 140 TFLOP/s, recomputation counted, train 300B tokens in 34 days
    shape = gpt3(96, 12288, 96)
    seconds = 300e9 * training_flops_per_token(shape, 2048, "6n").hardware() / (1024 * 140e12)
    assert seconds / 86400 == pytest.approx(34, abs=0.5)


def test_kaplans_attention_is_the_causal_half():
    # Kaplan et al. 2020 (arXiv 2001.08361), section 2.1: C_forward = 2N + 2 n_layer n_ctx d_attn
    shape = gpt3(96, 12288, 96)
    flops = training_flops_per_token(shape, 2048, "kaplan")
    assert flops.forward == 2 * 12 * 96 * 12288**2 + 2 * 96 * 2048 * 12288


def test_deepseeks_scale_has_attention_and_no_vocabulary():
    # DeepSeek-AI 2024 (arXiv 2401.02954), eq. 2
    shape = gpt3(24, 2048, 16)
    deepseek = training_flops_per_token(shape, 4096, "deepseek").total
    assert deepseek == 72 * 24 * 2048**2 + 12 * 24 * 2048 * 4096


def test_a_window_bounds_the_attention():
    full, windowed = published("gemma-2-9b"), published("gemma-2-9b")
    short = training_flops_per_token(windowed, 4096, "window").total
    assert short == training_flops_per_token(full, 4096, "palm").total
    long = training_flops_per_token(windowed, 32768, "window").total
    six_n = training_flops_per_token(windowed, 32768, "6n").total
    per_position = 12 * windowed.d_attention
    assert long - six_n == per_position * (21 * 4096 + 21 * 32768)


def test_full_attention_charged_to_windows_is_what_makes_a_third_into_43_percent():
    # OLMo-core issue 475: OLMo 3 7B at 7,700 tokens per second and H100 prints 43 %, where 6ND makes 34 %.
    # Three of four layers have windows of 4096, sequences are of 8192
    shape = styled(
        "olmo2", n_layers=32, d_model=4096, n_heads=32, n_kv_heads=32, d_head=128, d_ff=11008, vocab=100_352,
        window=4096, n_windowed_layers=24,
    )  # fmt: skip
    six_n, window, palm = (
        7700 * training_flops_per_token(shape, 8192, name).total / 989.4e12
        for name in ("6n", "window", "palm")
    )
    assert six_n == pytest.approx(0.34, abs=0.005)
    assert palm == pytest.approx(0.43, abs=0.015)
    assert six_n < window < palm


@given(tokens=st.integers(1, 200_000), name=st.sampled_from(sorted(CONVENTIONS)))
def test_longer_sequences_never_cost_less_per_token(tokens, name):
    shape = published("gemma-2-9b")
    shorter = training_flops_per_token(shape, tokens, name).total
    assert training_flops_per_token(shape, 2 * tokens, name).total >= shorter


def test_the_table_of_tokens_costs_nothing_and_the_output_matrix_does_even_when_tied():
    # 6Vd per token for the head
    tied, untied = published("gemma-2-2b"), published("Meta-Llama-3-8B")
    for shape in (tied, untied):
        weights = parameters(shape).weights
        layers = weights - shape.vocab * shape.d_model
        one_token = training_flops_per_token(shape, 1).total
        assert one_token == 6 * (layers + shape.vocab * shape.d_model + shape.n_layers * shape.score_width)


def test_a_mixture_is_counted_by_its_active_parameters():
    # Mixtral: 12.88B of 46.70B
    assert training_flops_per_token(published("Mixtral-8x7B-v0.1"), 4096, "6n").total == 6 * 12_879_925_248


def test_the_ratio_to_six_n_tells_what_six_n_leaves_out():
    assert ratio_to_six_n(gpt3(96, 12288, 96), 2048, "palm") == pytest.approx(1.0277, abs=2e-4)
    assert ratio_to_six_n(published("Meta-Llama-3-8B"), 131072) > 2  # the long context triples the work
    assert ratio_to_six_n(gpt3(12, 768, 12), 2048, "6n") == 1


def test_an_unknown_convention_is_refused_with_those_that_are_known():
    with pytest.raises(ValueError, match=r"convention must be one of exact, 6n, .*, not 'chinchilla'"):
        training_flops_per_token(gpt3(12, 768, 12), 2048, "chinchilla")


def test_a_sequence_has_tokens():
    with pytest.raises(ValueError, match="tokens must be positive"):
        training_flops_per_token(gpt3(12, 768, 12), 0)
