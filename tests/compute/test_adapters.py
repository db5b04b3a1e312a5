import json
from pathlib import Path

import pytest

from scalecalc.compute.adapters import FOUR_BITS, Adapters, adapter_params, tuning_memory
from scalecalc.compute.config import read_config
from scalecalc.compute.layout import Batch, Precision
from scalecalc.compute.transformer import Shape, styled

PUBLISHED = json.loads((Path(__file__).parent / "published_configs.json").read_text(encoding="utf-8"))

GPT3 = styled(
    "gpt2", n_layers=96, d_model=12288, n_heads=96, n_kv_heads=96, d_head=128, d_ff=49152, vocab=50257,
    context=2048,
)  # fmt: skip

QLORA = Adapters(rank=64, bytes_per_weight=FOUR_BITS)


def published(name):
    return read_config(PUBLISHED[name]["config"]).shape


def llama(layers, width, heads, d_ff):
    return Shape(
        n_layers=layers, d_model=width, n_heads=heads, n_kv_heads=heads, d_head=width // heads, d_ff=d_ff,
        vocab=32000,
    )  # fmt: skip


@pytest.mark.parametrize(("rank", "params"), [(1, 4.7e6), (8, 37.7e6)])
def test_adapters_of_queries_and_values_are_as_many_as_the_lora_paper_counts(rank, params):
    # Hu et al. 2021 (arXiv 2106.09685), table 4: 4.7M and 37.7M
    assert adapter_params(GPT3, Adapters(rank=rank, targets="query-value")) == pytest.approx(params, rel=5e-3)


def test_lora_on_gpt3_takes_350_gb_and_saves_35_mb():
    # section 4.2: VRAM from 1.2 TB to 350 GB, the checkpoint from 350 GB to 35 MB, with rank 4. They are
    # 175B weights of 16 bits; activations are spread over the devices of the run and left out
    adapters = Adapters(rank=4, targets="query-value", precision=Precision(master=0.0))
    used = tuning_memory(GPT3, adapters, Batch(tokens=2048, recompute="full"))
    assert used.states / 1e9 == pytest.approx(350, rel=0.01)
    assert 2 * adapter_params(GPT3, adapters) / 1e6 == pytest.approx(35, rel=0.08)


@pytest.mark.parametrize(
    ("shape", "gigabytes"),
    [
        (llama(32, 4096, 32, 11008), 6),
        (llama(40, 5120, 40, 13824), 10),
        (llama(60, 6656, 52, 17920), 21),
        (llama(80, 8192, 64, 22016), 41),
    ],
)
def test_the_weights_of_guanaco_take_what_the_qlora_paper_prints(shape, gigabytes):
    # Dettmers et al. 2023 (arXiv 2305.14314), table 1: memory of Guanaco 7B to 65B, in whole gigabytes
    used = tuning_memory(shape, QLORA, Batch(tokens=512, recompute="full"))
    assert (used.weights + used.framework) / 1e9 == pytest.approx(gigabytes, rel=0.15)


def test_the_frozen_weights_of_a_7b_model_take_5_gb():
    # section 2: 5,048 MB for the 4-bit base model
    shape = llama(32, 4096, 32, 11008)
    used = tuning_memory(shape, Adapters(rank=1, bytes_per_weight=FOUR_BITS), Batch(tokens=512))
    assert (used.weights + used.framework) / 1e6 == pytest.approx(5048, rel=0.05)


def test_a_65b_model_is_tuned_in_48_gb_and_in_full_takes_780():
    # section 1: from over 780 GB to under 48 GB
    shape = llama(80, 8192, 64, 22016)
    tuned = tuning_memory(shape, QLORA, Batch(tokens=512, recompute="full"))
    assert 41e9 < tuned.total < 48e9
    assert 12 * 65.3e9 > 780e9  # the paper counts 12 bytes per parameter


def test_frozen_weights_have_no_gradients():
    shape = llama(32, 4096, 32, 11008)
    adapters = Adapters(rank=16)
    used = tuning_memory(shape, adapters, Batch(tokens=2048))
    count = adapter_params(shape, adapters)
    assert used.gradients == 2 * count
    assert used.optimizer == 8 * count


def test_a_mixture_has_adapters_outside_of_its_routed_experts():
    sizes = {"n_layers": 2, "d_model": 8, "n_heads": 2, "n_kv_heads": 1, "d_head": 4, "d_ff": 32, "vocab": 9}
    mixture = Shape(**sizes, n_experts=4, n_active_experts=2)
    shared = Shape(**sizes, n_experts=4, n_active_experts=2, n_shared_experts=1)
    attention = adapter_params(mixture, Adapters(rank=2, targets="attention"))
    assert attention == 2 * 2 * (16 + 12 + 12 + 16)
    assert adapter_params(mixture, Adapters(rank=2)) == attention
    assert adapter_params(shared, Adapters(rank=2)) == attention + 2 * 2 * 3 * (8 + 32)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"rank": 0}, "rank must be at least 1, not 0"),
        ({"rank": 8, "targets": "mlp"}, "targets must be one of query-value, attention, all, not 'mlp'"),
    ],
)
def test_adapters_that_cannot_be_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Adapters(**wrong)


@pytest.mark.parametrize(
    ("name", "attention", "every_matrix"),
    [
        ("DeepSeek-V2-Lite", 3_552_768, 6_899_712),
        ("DeepSeek-V2", 44_759_040, 56_776_704),
        ("Qwen1.5-MoE-A2.7B", 3_145_728, 7_569_408),
        ("Meta-Llama-3-8B", 6_815_744, 20_971_520),
    ],
)
def test_adapters_stand_beside_every_linear_layer_of_the_model_class(name, attention, every_matrix):
    # 8 (inputs + outputs) over the linear layers of the classes of transformers 5.23 but routed experts,
    # routers, gates of shared experts and the output
    shape = published(name)
    assert adapter_params(shape, Adapters(rank=8, targets="attention")) == attention
    assert adapter_params(shape, Adapters(rank=8)) == every_matrix


def test_queries_and_values_of_latent_attention_are_those_of_its_paths():
    # DeepSeek-V2-Lite: 2048 to 16 heads of 192, and the latent of 512 to 16 heads of 128 + 128
    adapters = Adapters(rank=8, targets="query-value")
    by_hand = 27 * 8 * (2048 + 16 * 192 + 512 + 16 * 256)
    assert adapter_params(published("DeepSeek-V2-Lite"), adapters) == by_hand


def test_tuning_a_latent_model_holds_its_adapters_and_its_frozen_weights():
    shape = published("DeepSeek-V2-Lite")
    used = tuning_memory(shape, Adapters(rank=8), Batch(tokens=512, recompute="full"))
    assert used.weights == 2 * (15_706_484_224 + 6_899_712)
    assert used.optimizer == 8 * 6_899_712
