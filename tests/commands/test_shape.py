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
    "given_inputs",
    [
        {"params": "7B"},
        {"params": "350M", "vocab": 50257, "tied": True},
        {"params": "70B"},
        {"params": "30B", "experts": 128, "active_experts": 8, "shared_experts": 1, "tensor": 4},
        {"params": "47B", "active": "13B", "experts": 8},
    ],
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


def test_sizes_of_mixtral_give_its_published_shape():
    # Jiang et al. 2024 (arXiv 2401.04088), table 1; 46.7B in all, 12.9B active
    result = shape(params=46_702_792_704, active=12_879_925_248, experts=8, vocab=32000)
    found = result.shape
    assert (found.n_layers, found.d_model, found.n_heads, found.n_kv_heads) == (32, 4096, 32, 8)
    assert (found.d_ff, found.n_experts, found.n_active_experts) == (14336, 8, 2)
    assert (result.off, result.active_off, result.active_params) == (0, 0, 12_879_925_248)


def test_a_mixture_stands_beside_published_mixtures_and_a_dense_model_beside_dense_ones():
    mixture, dense = shape(params="47B", experts=8), shape(params="47B")
    assert all(row.n_experts and row.active_params for row in mixture.compared)
    assert "Mixtral 8x7B" in {row.name for row in mixture.compared}
    assert not any(row.n_experts or row.active_params for row in dense.compared)
    assert (dense.active_params, dense.active_off, mixture.active_off) == (None, None, None)


def test_proportions_of_published_mixtures_are_those_of_all_experts_on_a_token():
    # Mixtral: 2 x 14336 / 4096; DeepSeek-V2: (6 + 2) x 1536 / 5120
    ratios = {row.name: row.ff_ratio for row in shape(params="47B", active="13B", experts=8).compared}
    assert ratios["Mixtral 8x7B"] == 7
    assert ratios["DeepSeek-V2"] == pytest.approx(2.4)


def test_experts_divide_over_their_devices_and_that_is_told():
    result = shape(params="30B", experts=64, active_experts=8, expert=16, tensor=2)
    assert result.shape.n_experts % 16 == 0
    assert result.shape.d_ff % 2 == 0
    assert "experts divide over 16 devices" in result.assumptions


def test_experts_on_a_token_are_two_where_none_are_told_and_that_is_said():
    result = shape(params="47B", experts=8)
    assert result.shape.n_active_experts == 2
    assert any("--active-experts sets others" in text for text in result.assumptions)
    assert shape(params="47B", experts=1).shape.n_active_experts == 1


def test_an_active_size_that_is_missed_is_told():
    (note,) = shape(params="20B", active="3B", experts=64, active_experts=4, tensor=8).notes
    assert note.code == "size-missed"
    assert "the active size than -2" in note.message


def test_experts_that_make_another_active_size_are_told_with_those_that_make_it():
    # 4 of 64 experts of 47B are 3B: the rest of 13B would be attention, four times as wide as usual
    refused = problem(params="47B", active="13B", experts=64, active_experts=4)
    assert refused.exit_code == ExitCode.NO_ANSWER
    assert refused.hint == "4 of 64 experts usually make 3.58B active, 15 of them about 13B"
    assert abs(shape(params="47B", active="13B", experts=64, active_experts=15).active_off) < 0.01


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
        ({"params": "7B", "active": "2B"}, "conflict", "--active without --experts"),
        ({"params": "7B", "expert": 4}, "conflict", "--expert without --experts"),
        ({"params": "7B", "shared_experts": 1}, "conflict", "--shared-experts without --experts"),
        ({"params": "7B", "experts": 4, "active_experts": 8}, "value", "--active-experts 8 exceeds"),
        ({"params": "7B", "experts": 60, "expert": 8}, "value", "--expert 8 does not divide --experts 60"),
        ({"params": "7B", "experts": 8, "active": "7B"}, "value", "--active 7B is not less than"),
        ({"params": "671B", "active": "10B", "experts": 256, "active_experts": 8}, "no-shape", "21B"),
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
