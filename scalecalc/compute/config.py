"""Reads the config.json that Hugging Face publishes with a model into a `Shape`.

The file names an architecture, `model_type`, whose reader in `architectures.py` knows which of its keys
decide the parameters. A key that has no default there and is absent, or has another kind of value, is told
by its name; so is an architecture that no reader knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from scalecalc.compute.architectures import READERS
from scalecalc.compute.default_keys import ABSENT
from scalecalc.compute.keys import Keys, shown
from scalecalc.compute.transformer import Shape

_OTHER_PARTS = {
    "vision_config": "the vision encoder and its projection",
    "audio_config": "the audio encoder and its projection",
    "quantization_config": "the scales of quantized weights",
    "num_nextn_predict_layers": "the layers that predict further tokens",
}
"""Parts of a model that a `Shape` does not hold, by the key that tells of them."""

_WITH_OUTPUT = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""Endings of the classes that predict tokens."""


@dataclass(frozen=True, slots=True)
class Architecture:
    """The decoder of a published configuration; `left_out` names parts of the model that are not in it."""

    model_type: str
    shape: Shape
    left_out: tuple[str, ...]


def read_config(config: Mapping[str, object]) -> Architecture:
    """Return the architecture that a config.json describes, its `text_config` where it nests one.

    >>> read_config({
    ...     "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "vocab_size": 128256,
    ...     "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
    ... }).shape.d_head
    128
    """
    left_out = tuple(part for key, part in _OTHER_PARTS.items() if config.get(key))
    outer = Keys(config, "a config.json")
    if outer.has("text_config"):
        nested = read_config({**_outer(config), **outer.table("text_config")})
        return Architecture(nested.model_type, nested.shape, left_out + nested.left_out)
    model_type = outer.text("model_type")
    if model_type not in READERS:
        known = ", ".join(sorted(READERS))
        raise ValueError(f"model_type {shown(model_type)} is none of those that are read: {known}")
    keys = Keys({**ABSENT.get(model_type, {}), **config}, model_type)
    return Architecture(model_type, READERS[model_type](keys), left_out + _replaced(keys))


def _outer(config: Mapping[str, object]) -> dict[str, object]:
    """Keys beside a nested configuration that hold for it where it does not repeat them."""
    return {key: config[key] for key in ("model_type", "tie_word_embeddings") if key in config}


def _replaced(keys: Keys) -> tuple[str, ...]:
    """What stands in the place of the output matrix, where the file names a class that has none."""
    return tuple(
        f"what {name[:60]} has in the place of the output matrix, which is counted"
        for name in keys.listed("architectures")
        if isinstance(name, str) and not name.endswith(_WITH_OUTPUT)
    )
