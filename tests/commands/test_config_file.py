"""A model's config.json, found by its path or its folder; what is wrong with it is told, never counted."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.commands import call
from scalecalc.commands._config_file import config_path, read_model_file
from scalecalc.compute.config import read_config
from scalecalc.compute.parameters import parameters
from scalecalc.problem import ExitCode, Problem

FOLDER = Path(__file__).parent.parent / "compute"
CONFIGS = json.loads((FOLDER / "published_configs.json").read_text())
LLAMA = CONFIGS["Meta-Llama-3-8B"]["config"]


def written(tmp_path, config):
    path = tmp_path / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return path


def problem(path):
    with pytest.raises(Problem) as caught:
        read_model_file(path)
    return caught.value


def test_the_file_as_it_is_published_counts_the_published_parameters():
    # safetensors metadata of the Hub: 8,030,261,248
    assert call("flops", model=str(FOLDER / "config.json")).params == 8_030_261_248


def test_a_folder_stands_for_the_config_in_it(tmp_path, monkeypatch):
    written(tmp_path, LLAMA)
    assert config_path(str(tmp_path)) == tmp_path / "config.json"
    monkeypatch.chdir(tmp_path)
    assert config_path(".") == Path("config.json")


@pytest.mark.parametrize("text", ["llama3-8b", "meta-llama/Llama-3.1-8B", "gpt-3", "config"])
def test_the_name_of_a_model_is_no_path(text):
    assert config_path(text) is None


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("meta-llama/Llama-3.1-8B", "meta-llama/Llama-3.1-8B"),
        ("/somewhere/models/tiny", "tiny"),
        ("./checkpoints/step-100", "step-100"),
        (["a"], "llama-dir"),
        ("", "llama-dir"),
        ("\x1b[31mred", "llama-dir"),
    ],
)
def test_the_model_is_called_as_its_file_or_its_folder_says(tmp_path, told, name):
    folder = tmp_path / "llama-dir"
    folder.mkdir()
    assert read_model_file(written(folder, {**LLAMA, "_name_or_path": told}))[0] == name


def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(LLAMA), encoding="utf-8-sig")
    assert parameters(read_model_file(path)[1].shape).total == 8_030_261_248


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ("[1, 2]", "a list, no JSON object"),
        ('"llama"', "a text, no JSON object"),
        ("null", "null, no JSON object"),
        ("3", "a value, no JSON object"),
        ("", "line 1"),
        ("{", "line 1"),
        ("[" * 100_000, "recursion"),
        ({}, "no 'model_type', which a config.json needs"),
        ({"model_type": None}, "no 'model_type', which a config.json needs"),
        ({"model_type": "mamba2"}, "'mamba2' is none of those that are read"),
        ({**LLAMA, "hidden_size": "4096"}, "'hidden_size' of llama must be a whole number from 1"),
        ({**LLAMA, "hidden_size": 4096.0}, "'hidden_size' of llama must be a whole number from 1"),
        ({**LLAMA, "hidden_size": None}, "no 'hidden_size', which llama needs"),
        ({**LLAMA, "num_hidden_layers": -32}, "'num_hidden_layers' of llama must be a whole number from 1"),
        ({**LLAMA, "num_hidden_layers": 10**6}, "'num_hidden_layers' of llama must be a whole number from 1"),
        ({**LLAMA, "num_key_value_heads": 5}, "'num_key_value_heads' of llama must divide the 32 query"),
        ({**LLAMA, "num_key_value_heads": 64}, "'num_key_value_heads' of llama must divide the 32 query"),
        ({**LLAMA, "num_key_value_heads": 0}, "'num_key_value_heads' of llama must be a whole number"),
        ({**LLAMA, "max_position_embeddings": False}, "'max_position_embeddings' of llama must be a whole"),
        ({**LLAMA, "architectures": "LlamaForCausalLM"}, "'architectures' of llama must be a list"),
        (json.dumps(LLAMA).replace("4096", "9" * 5000), "'hidden_size' of llama must be a whole number"),
        (json.dumps(LLAMA).replace("4096", "NaN"), "'hidden_size' of llama must be a whole number"),
        (json.dumps(LLAMA).replace("4096", "1e999"), "'hidden_size' of llama must be a whole number"),
        ({"model_type": "gemma3", "text_config": [1]}, "'text_config' of a config.json must be an object"),
        ({"model_type": "gemma3", "text_config": {}}, "no 'hidden_size', which gemma3 needs"),
        ({"weight_map": {"a": "b"}}, "no 'model_type'"),
    ],
)
def test_a_wrong_file_is_bad_data_told_with_the_file_and_the_key(tmp_path, config, told):
    refused = problem(written(tmp_path, config))
    assert refused.exit_code == ExitCode.BAD_DATA
    assert "config.json: " in refused.message
    assert told in refused.message
    assert refused.hint


def test_a_file_that_cannot_be_read_is_bad_data(tmp_path):
    (tmp_path / "latin.json").write_bytes(b'{"model_type": "ll\xe4ma"}')
    for path in (tmp_path / "none.json", tmp_path / "latin.json", tmp_path):
        assert problem(path).exit_code == ExitCode.BAD_DATA


nonsense = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(), st.text(max_size=8),
    st.lists(st.integers(), max_size=3), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


def count_or_refusal(config):
    """The parameters of a configuration, or why it is refused."""
    try:
        return parameters(read_config(config).shape).total
    except ValueError as refused:
        return str(refused)


def is_count_or_names_a_key(found):
    return found > 0 if isinstance(found, int) else re.search(r"'[a-z_]+'|^model_type", found)


@given(data=st.data(), name=st.sampled_from(sorted(CONFIGS)))
def test_any_value_under_any_key_is_counted_or_refused_by_a_key(data, name):
    config = dict(CONFIGS[name]["config"])
    config[data.draw(st.sampled_from(sorted(config)))] = data.draw(nonsense)
    assert is_count_or_names_a_key(count_or_refusal(config))


@given(data=st.data(), name=st.sampled_from(sorted(CONFIGS)))
def test_a_file_without_one_of_its_keys_is_counted_by_a_default_or_refused_by_a_key(data, name):
    config = dict(CONFIGS[name]["config"])
    del config[data.draw(st.sampled_from(sorted(config)))]
    assert is_count_or_names_a_key(count_or_refusal(config))
