"""`scalecalc shape`: sizes hit, widths that divide, proportions of published models."""

import shlex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

DEGREES = st.sampled_from([1, 2, 4, 8])


def shape(**given_inputs):
    return call("shape", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        shape(**given_inputs)
    return caught.value


def test_size_of_llama3_8b_gives_its_published_shape():
    # Grattafiori et al. 2024 (arXiv 2407.21783), table 3
    found = shape(params=8_030_261_248, tensor=8).shape
    assert (found.n_layers, found.d_model, found.n_heads, found.n_kv_heads) == (32, 4096, 32, 8)
    assert (found.d_ff, found.vocab) == (14336, 128256)


@settings(deadline=None, max_examples=40)  # a large size has many candidates
@given(params=st.floats(2e8, 1e12))
def test_size_is_hit_within_two_percent(params):
    result = shape(params=params)
    assert result.off == pytest.approx(result.params / params - 1)
    assert abs(result.off) < 0.02


@settings(deadline=None, max_examples=40)  # a large size has many candidates
@given(
    params=st.floats(3e9, 5e11), tensor=st.sampled_from([1, 2, 4, 8]), pipeline=st.sampled_from([1, 2, 4, 8])
)
def test_everything_divides_over_its_devices(params, tensor, pipeline):
    found = shape(params=params, tensor=tensor, pipeline=pipeline).shape
    for split in (found.n_heads, found.n_kv_heads, found.d_ff, found.vocab):
        assert split % tensor == 0
    assert found.n_layers % pipeline == 0
    assert found.n_heads % found.n_kv_heads == 0


@settings(deadline=None, max_examples=40)  # a large size has many candidates
@given(params=st.floats(3e8, 5e11))
def test_proportions_are_within_those_of_published_models(params):
    # width over layers from 44 (Gemma 3 1B) to 158 (Qwen2 7B), feed-forward over width from 2.6 to 8
    own = shape(params=params).compared[0]
    assert 44 <= own.aspect <= 158
    assert 2.6 <= own.ff_ratio <= 8


@pytest.mark.parametrize(
    "given_inputs", [{"params": "7B"}, {"params": "350M", "vocab": 50257, "tied": True}, {"params": "70B"}]
)
def test_flags_give_flops_the_same_shape(given_inputs):
    result = shape(**given_inputs)
    words = shlex.split(result.flags)
    options = {"tied": True} if "--tied" in words else {}
    sizes = [word for word in words if word != "--tied"]
    options |= {
        name[2:].replace("-", "_"): int(size) for name, size in zip(sizes[::2], sizes[1::2], strict=True)
    }
    counted = call("flops", context=8192, **options)
    assert counted.params == result.params
    assert counted.shape == result.shape
    assert counted.training_flops_per_token == result.training_flops_per_token


def test_vocabulary_is_padded_so_that_it_divides_and_the_padding_is_told():
    result = shape(params="7B", vocab=50257, tensor=8)
    assert result.shape.vocab == 50304  # 786 tiles of 64
    assert any("50257 padded to 50304" in text for text in result.assumptions)


def test_embeddings_are_tied_as_asked_for_and_in_small_models():
    assert shape(params="7B", tied=True).shape.tied_embeddings
    assert not shape(params="500M", untied=True).shape.tied_embeddings
    assert shape(params="500M").shape.tied_embeddings
    assert not shape(params="70B").shape.tied_embeddings


def test_published_models_beside_it_are_the_nearest_in_size_and_of_different_shapes():
    names = [row.name for row in shape(params="70B").compared]
    assert names[0] == "this shape"
    assert len(names) == len(set(names)) == 5
    assert any("70B" in name for name in names[1:])
    shapes = [row.model_dump(exclude={"name", "params"}).values() for row in shape(params="7B").compared]
    assert len({tuple(each) for each in shapes}) == len(shapes)


@pytest.mark.parametrize(
    ("given_inputs", "code", "told"),
    [
        ({"params": "7B", "tied": True, "untied": True}, "conflict", "--tied and --untied"),
        ({"params": "1e18"}, "value", "--params"),
        ({"params": "7B", "vocab": 1000.5}, "value", "--vocab"),
    ],
)
def test_misuse_is_refused(given_inputs, code, told):
    refused = problem(**given_inputs)
    assert refused.code == code
    assert told in refused.message


def test_size_that_no_shape_has_is_no_answer():
    assert problem(params="100M", tensor=1024).exit_code == ExitCode.NO_ANSWER


def test_headline_tells_the_exact_count(scalecalc):
    outcome = scalecalc("shape", "--params", "7B")
    assert outcome.out.splitlines()[0] == "34 layers of width 3584, 28 heads: 6994839040 parameters (-0.07%)"


def test_no_heavy_library_is_loaded(process):
    done = process("shape", "--params", "7B", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    assert not any(f" {name}\n" in done.err for name in ("numpy", "scipy", "rich"))
