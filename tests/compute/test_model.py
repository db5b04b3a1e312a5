import csv
from functools import cache
from pathlib import Path

import pytest

from scalecalc.compute.model import PublishedModel
from scalecalc.compute.parameters import parameters

TABLE = Path(__file__).parents[2] / "data" / "models.csv"


@cache
def models() -> dict[str, PublishedModel]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return {model.id: model for model in map(PublishedModel.from_row, csv.DictReader(file))}


@pytest.mark.parametrize(
    ("name", "tokens_per_param"),
    [
        ("gpt3-175b", 1.7),
        ("gopher-280b", 1.07),
        ("chinchilla-70b", 20.0),
        ("llama3-8b", 1868),
        ("llama-65b", 21.4),
    ],
)
def test_tokens_per_parameter_are_those_of_the_textbook(name, tokens_per_param):
    assert models()[name].tokens_per_param == pytest.approx(tokens_per_param, rel=0.02)


def test_flops_are_6nd_over_the_parameters_that_work_on_a_token():
    gpt3, mixture, t5 = (models()[name] for name in ("gpt3-175b", "deepseek-v3", "t5-11b"))
    assert gpt3.flops == pytest.approx(3.14e23, rel=2e-3)  # Brown et al. 2020, table D.1
    assert mixture.flops == pytest.approx(6 * 37e9 * 14.8e12, rel=0.02)  # printed as 37B active
    assert t5.flops == pytest.approx(3.30e22, rel=1e-3)  # table D.1, which halves encoder-decoders too


def test_undisclosed_tokens_leave_flops_and_ratio_open():
    mistral = models()["mistral-7b"]
    assert (mistral.tokens, mistral.flops, mistral.tokens_per_param) == (None, None, None)


def test_a_shape_is_read_whole_or_not_at_all():
    llama = models()["llama2-70b"].shape
    assert llama is not None
    assert (llama.n_layers, llama.d_model, llama.n_heads, llama.n_kv_heads) == (80, 8192, 64, 8)
    assert models()["kimi-k2"].shape is None


@pytest.mark.parametrize(
    "name",
    [
        "gpt2-xl",
        "palm-540b",
        "pythia-12b",
        "llama-65b",
        "llama3.1-405b",
        "mixtral-8x7b",
        "deepseek-v3",
        "qwen3-235b-a22b",
    ],
)
def test_sizes_with_an_exact_shape_are_exact(name):
    model = models()[name]
    assert model.shape is not None
    assert parameters(model.shape).total == model.params


def test_a_shape_is_in_the_style_of_its_family():
    gemma, opt, deepseek = (models()[name].shape for name in ("gemma3-27b", "opt-6.7b", "deepseek-v2"))
    assert gemma is not None
    assert (gemma.norms_per_layer, gemma.qk_norm, gemma.n_windowed_layers) == (4, "head", 52)
    assert opt is not None
    assert opt.learned_positions == 2050
    assert deepseek is not None
    assert deepseek.latent is not None
    assert deepseek.latent.q_rank == 1536


def test_what_6nd_leaves_out_is_flagged():
    assert models()["llama3.2-1b"].distilled
    assert models()["opt-175b"].multi_epoch
    assert not models()["gpt3-175b"].distilled


def test_an_unverified_row_says_so():
    assert models()["phi-2"].verification == "memory"
    assert models()["gpt-j-6b"].unverified == ("params", "tokens")
