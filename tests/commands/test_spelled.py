import json

import pytest
from pydantic import TypeAdapter, ValidationError

from scalecalc.commands._sequence import PhaseText
from scalecalc.commands._sized_model import SizedModel

SPELLED = [(PhaseText, "800B@128k", "800B@131072"), (SizedModel, "7Bx2T", "7B:2T")]


@pytest.mark.parametrize(("kind", "text", "canonical"), SPELLED)
def test_a_value_is_read_from_its_spelling_and_written_so_that_it_reads_back(kind, text, canonical):
    reader = TypeAdapter(kind)
    value = reader.validate_python(text)
    assert str(value) == canonical
    assert reader.validate_json(reader.dump_json(value)) == value
    assert reader.validate_python(value) is value


@pytest.mark.parametrize(("kind", "text", "canonical"), SPELLED)
@pytest.mark.parametrize("wrong", [7, None, ["7B"], {}, "", "7B", "@", ":", "7B:2T:3"])
def test_what_spells_no_value_is_refused(kind, text, canonical, wrong):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(wrong)


def test_a_value_of_another_kind_is_told_with_what_it_should_be():
    with pytest.raises(ValidationError, match="a value of type int is no phase"):
        TypeAdapter(PhaseText).validate_python(3)
    with pytest.raises(ValidationError, match="a value of type float is no model"):
        TypeAdapter(SizedModel).validate_python(3.0)


def test_the_json_schema_has_the_first_spelling_as_its_example():
    assert TypeAdapter(PhaseText).json_schema() == {"type": "string", "examples": ["15T@8k"]}
    assert TypeAdapter(SizedModel).json_schema() == {"type": "string", "examples": ["7B:2T"]}
    assert json.loads(TypeAdapter(SizedModel).dump_json(SizedModel.parse("llama3-8b"))) == "llama3-8b"
