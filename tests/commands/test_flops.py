"""`scalecalc flops` against published counts and published FLOPs."""

import json
from pathlib import Path

import pytest

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

CONFIGS = json.loads((Path(__file__).parent.parent / "compute" / "published_configs.json").read_text())

LLAMA3_8B = {"layers": 32, "d_model": 4096, "heads": 32, "kv_heads": 8, "d_ff": 14336, "vocab": 128256}


def flops(**given_inputs):
    return call("flops", **given_inputs)


def problem(**given_inputs):
    with pytest.raises(Problem) as caught:
        flops(**given_inputs)
    return caught.value


def by_convention(result):
    return {row.convention: row for row in result.conventions}


@pytest.fixture
def config_file(tmp_path):
    """Writes a configuration as it is published beside a model; returns its path."""

    def path_of(config):
        path = tmp_path / "config.json"
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        return str(path)

    return path_of


# Sums of the tensor sizes in the published safetensors of each model.
@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("llama2-7b", 6_738_415_616),
        ("llama3-8b", 8_030_261_248),
        ("llama3.1-405b", 405_853_388_800),
        ("llama3.2-1b", 1_235_814_400),
        ("mistral-7b", 7_241_732_096),
        ("gpt2-xl", 1_557_611_200),
    ],
)
def test_parameters_of_a_named_model_are_the_published_count(model, params):
    assert flops(model=model).params == params


def test_active_parameters_of_mixtral_are_those_of_two_experts():
    result = flops(model="mixtral-8x7b")
    assert (result.params, result.active_params) == (46_702_792_704, 12_879_925_248)


def test_sizes_by_flags_count_what_the_name_counts():
    named, described = flops(model="llama3-8b"), flops(**LLAMA3_8B)
    assert described.params == named.params
    assert by_convention(described)["exact"] == by_convention(named)["exact"]


def test_style_gpt2_has_its_biases_and_its_table_of_positions():
    # Radford et al. 2019: the released small model has 124,439,808
    sizes = {"layers": 12, "d_model": 768, "vocab": 50257, "context": 1024}
    assert flops(style="gpt2", **sizes).params == 124_439_808


@pytest.mark.parametrize("name", CONFIGS)
def test_config_of_a_published_model_counts_its_published_parameters_part_by_part(config_file, name):
    result = flops(model=config_file(CONFIGS[name]["config"]))
    assert result.params == CONFIGS[name]["params"]
    assert sum(part.params for part in result.parts) == result.params
    assert sum(part.share for part in result.parts) == pytest.approx(1)


def test_gpt3_on_300b_tokens_takes_the_published_compute():
    # Brown et al. 2020 (arXiv 2005.14165), table D.1: 3.14e23 FLOPs, by 6ND; within the 1 % of its rounding
    result = flops(model="gpt3-175b", tokens="300B")
    assert result.training.flops_six_n == pytest.approx(3.14e23, rel=0.01)


def test_attention_of_llama3_8b_at_8192_adds_27_percent_by_palms_convention():
    # 12 * 32 * 4096 * 8192 over 6 * 8.03e9 by hand
    palm = by_convention(flops(model="llama3-8b"))["palm"]
    assert palm.over_six_n == pytest.approx(1 + 12 * 32 * 4096 * 8192 / (6 * 8_030_261_248))


def test_backward_pass_is_twice_the_forward_pass_in_every_convention():
    for row in flops(model="llama3-8b").conventions:
        assert row.backward == pytest.approx(2 * row.forward)
        assert row.forward + row.backward == pytest.approx(row.flops)


def test_training_on_tokens_is_the_count_per_token_times_them():
    result = flops(model="llama3-8b", tokens="15T")
    assert result.training.flops == pytest.approx(15e12 * result.training_flops_per_token)
    assert flops(model="llama3-8b").training is None


def test_cache_of_llama_405b_is_the_published_one():
    # DeepSeek-AI 2025 (arXiv 2505.09343), table 1: 516 kB per token; DeepSeek-V3 70.272 kB
    assert flops(model="llama3.1-405b").inference.kv_cache_bytes_per_token == pytest.approx(516e3, rel=1e-3)
    assert flops(model="deepseek-v3").inference.kv_cache_bytes_per_token == pytest.approx(70_272)


def test_weights_in_matrix_products_are_all_but_the_table_of_tokens_and_the_gains():
    # Llama 3 8B: 128256 x 4096 in the table, 2 x 32 + 1 gains of 4096
    result = flops(model="llama3-8b")
    assert result.multiplied_params == 8_030_261_248 - 128_256 * 4096 - 65 * 4096


def test_decoding_takes_two_flops_per_weight_and_four_per_position_and_width():
    inference = flops(model="llama2-7b", context=4096).inference
    weights = 6_738_415_616 - 32_000 * 4096 - 65 * 4096
    by_hand = 2 * weights + 4 * 32 * 4096 * 4097  # a position sees the 4096 before it, and itself
    assert inference.decode_flops_per_token == pytest.approx(by_hand)


def test_a_difference_to_6nd_past_five_percent_is_told():
    (note,) = flops(model="llama3-8b").notes
    assert note.code == "six-n"
    assert "6.4% below" in note.message
    assert flops(model="llama3-8b", context=2048).notes == ()


def test_tables_that_6nd_counts_are_told_as_the_reason_where_it_is_above():
    (note,) = flops(layers=4, d_model=256, vocab="128k", context=512).notes
    assert "above the exact count" in note.message
    assert "tables that are looked up" in note.message


def test_a_long_context_is_assumed_only_where_it_is_asked_for():
    assert flops(model="llama3.1-8b").inference.context == 8192
    assert flops(model="llama3.1-8b", context=131_072).inference.context == 131_072


def test_sizes_without_a_context_are_counted_at_a_usual_one_and_say_so():
    result = flops(**LLAMA3_8B)
    assert result.inference.context == 8192
    assert "sequences of 8192 tokens: --context sets others" in result.assumptions


def test_sequences_beyond_the_context_of_the_model_are_a_warning():
    notes = flops(model="gpt2-xl", context=4096).notes
    assert [note.level for note in notes if note.code == "beyond-context"] == ["warning"]


def test_published_size_that_the_shape_does_not_count_is_told():
    assert "published-size" in {note.code for note in flops(model="llama4-scout").notes}


def test_palm_540b_is_named_with_its_printed_size():
    # Chowdhery et al. 2022 (arXiv 2204.02311), table 1: 540.35B
    assert flops(model="palm-540b").params == pytest.approx(540.35e9, rel=2e-5)


def test_size_alone_takes_the_shape_that_is_suggested_for_it():
    result = flops(params="7B")
    assert result.params == pytest.approx(7e9, rel=0.01)
    assert any("scalecalc shape --params 7B" in text for text in result.assumptions)


def test_parts_of_a_model_that_are_not_counted_are_told(config_file):
    config = {**CONFIGS["Meta-Llama-3-8B"]["config"], "num_nextn_predict_layers": 1}
    assert "left-out" in {note.code for note in flops(model=config_file(config)).notes}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"quantization_config": {"quant_method": "gptq", "bits": 4}}, "the scales of quantized weights"),
        ({"architectures": ["LlamaForSequenceClassification"]}, "what LlamaForSequenceClassification has"),
        ({"architectures": ["LlamaModel"]}, "what LlamaModel has in the place of the output matrix"),
    ],
)
def test_what_is_stored_beside_the_counted_model_is_told(config_file, more, told):
    result = flops(model=config_file({**CONFIGS["Meta-Llama-3-8B"]["config"], **more}))
    assert result.params == 8_030_261_248
    (note,) = (note for note in result.notes if note.code == "left-out")
    assert told in note.message


def test_a_model_with_an_output_matrix_leaves_nothing_out(config_file):
    config = {**CONFIGS["Meta-Llama-3-8B"]["config"], "architectures": ["LlamaForCausalLM"]}
    assert "left-out" not in {note.code for note in flops(model=config_file(config)).notes}


def test_bad_config_is_bad_data_told_with_the_file_and_the_key(config_file):
    refused = problem(model=config_file({"model_type": "llama"}))
    assert refused.exit_code == ExitCode.BAD_DATA
    assert "config.json: config has no 'hidden_size', which llama needs" in refused.message


def test_missing_config_is_bad_data(tmp_path):
    assert problem(model=str(tmp_path / "config.json")).exit_code == ExitCode.BAD_DATA
    assert problem(model=str(tmp_path) + ".json").exit_code == ExitCode.BAD_DATA


@pytest.mark.parametrize(
    ("given_inputs", "code", "told"),
    [
        ({}, "too-little-given", "no model"),
        ({"layers": 2}, "too-little-given", "--d-model and --vocab"),
        ({"model": "llama3-8b", "layers": 2}, "conflict", "MODEL and --layers"),
        ({"model": "llama3-8b", "tied": True}, "conflict", "--tied"),
        ({"model": "llama3-8b", "params": "7B"}, "conflict", "--params"),
        ({**LLAMA3_8B, "heads": 31, "kv_heads": None}, "value", "31 heads do not divide"),
        ({**LLAMA3_8B, "kv_heads": 5}, "value", "--kv-heads 5"),
        ({**LLAMA3_8B, "active_experts": 2}, "conflict", "--experts"),
        ({**LLAMA3_8B, "experts": 2, "active_experts": 4}, "value", "--active-experts 4"),
        ({**LLAMA3_8B, "vocab": 1000.5}, "value", "1000.5"),
        ({"model": "t5-11b"}, "no-shape", "t5-11b"),
        ({"params": "1e40"}, "value", "--params: 1e40 is more than any model"),
    ],
)
def test_misuse_is_refused(given_inputs, code, told):
    refused = problem(**given_inputs)
    assert refused.code == code
    assert told in refused.message


def test_unknown_model_is_told_with_the_nearest():
    assert "llama3-8b" in problem(model="lama3-8b").hint


def test_experts_by_flags_are_counted_with_the_active_ones():
    # Mixtral 8x7B by its sizes
    sizes = {**LLAMA3_8B, "vocab": 32000, "experts": 8, "active_experts": 2}
    result = flops(**sizes)
    assert (result.params, result.active_params) == (46_702_792_704, 12_879_925_248)


def test_csv_has_one_convention_a_line(scalecalc):
    lines = scalecalc("flops", "llama3-8b", "--format", "csv").out.splitlines()
    assert lines[0].startswith("convention,flops,forward,backward,over_six_n")
    assert len(lines) == 1 + 10


def test_no_heavy_library_is_loaded(process):
    done = process("flops", "llama3-8b", "--json", PYTHONPROFILEIMPORTTIME="1")
    assert done.code == 0
    assert not any(f" {name}\n" in done.err for name in ("numpy", "scipy", "rich"))
