"""The contract of every quantity: what is printed parses, what is refused says why, pydantic agrees."""

import copy
import json
import pickle
import subprocess
import sys
from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError, create_model

from scalecalc.quantity import (
    Bytes,
    Dollars,
    Duration,
    Flops,
    Params,
    Price,
    Quantity,
    Refused,
    Share,
    Tokens,
    TokensPerParam,
)

KINDS = [Bytes, Dollars, Duration, Flops, Params, Price, Share, Tokens, TokensPerParam]
MAY_BE_ZERO = [Bytes, Dollars, Share]
EXAMPLES = [(kind, text) for kind in KINDS for text in kind.grammar.split(", ")]

every_kind = pytest.mark.parametrize("kind", KINDS)


def least(kind):
    return 1.0 if kind in (Params, Tokens) else 1e-300


def most(kind):
    return 1.0 if kind is Share else 1e300


def values(kind):
    """Floats over the whole range of the kind, and over the range that people meet."""
    return st.floats(least(kind), most(kind)) | st.floats(least(kind), min(most(kind), 1e28))


def outcome_of(kind, text):
    try:
        return kind.parse(text)
    except Refused as refused:
        return refused


@cache
def model(kind) -> type[BaseModel]:
    return create_model("Asked", value=(kind, ...))


@every_kind
@given(data=st.data())
def test_printed_text_parses_and_prints_the_same(kind, data):
    text = str(kind(data.draw(values(kind))))
    assert str(kind.parse(text)) == text


@every_kind
@given(data=st.data())
def test_printed_text_is_within_half_a_unit_of_the_third_digit(kind, data):
    value = data.draw(values(kind))
    # 0.005 of the leading digit at most; units and prefixes add a few roundings of a double.
    assert kind.parse(str(kind(value))) == pytest.approx(value, rel=0.005 + 1e-12)


@every_kind
@given(text=st.text() | st.text("0123456789.,_ eE+-^x*$%/:GgPpTtHhdDmMbBkKsi", max_size=12))
def test_any_text_is_read_or_refused(kind, text):
    outcome = outcome_of(kind, text)
    if isinstance(outcome, Refused):
        assert outcome.message.isprintable()
        assert outcome.hint
    else:
        assert kind.parse(str(outcome)) == pytest.approx(float(outcome), rel=0.005 + 1e-12)


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_example_of_the_grammar_parses(kind, text):
    assert kind.parse(text) > 0


@every_kind
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "nan is not finite"),
        (float("inf"), "inf is not finite"),
        (-1, "-1.0 is negative"),
        (10**400, "too large"),
        (1.1e300, "more than the whole|too large"),
        (1e-301, "too small"),
        (True, "true is not a"),
        (None, "a value of type NoneType is not a"),
        ([1], "a value of type list is not a"),
        (1j, "a value of type complex is not a"),
    ],
)
def test_numbers_that_are_no_quantity_are_refused(kind, value, reason):
    with pytest.raises(ValueError, match=reason):
        kind(value)
    with pytest.raises(ValidationError, match=reason):
        model(kind)(value=value)


@every_kind
def test_zero_stands_only_where_it_has_a_meaning(kind):
    if kind in MAY_BE_ZERO:
        assert kind(-0.0) == kind(0) == 0
        assert kind.parse(str(kind(0))) == 0
        assert not str(kind(-0.0)).startswith("-")
    else:
        with pytest.raises(Refused, match="is zero"):
            kind(0)


def test_a_quantity_of_another_kind_is_refused():
    with pytest.raises(Refused, match=r"Tokens\(1e12\) is not a number of parameters"):
        Params(Tokens(1e12))


def test_the_constructor_points_to_parse_for_a_text():
    with pytest.raises(Refused, match="70B is a text") as refusal:
        Params("70B")
    assert refusal.value.hint == "read it with Params.parse"


def test_the_base_reads_nothing_by_itself():
    with pytest.raises(TypeError, match="Quantity is abstract"):
        Quantity(1.0)


def test_other_real_numbers_are_accepted():
    np = pytest.importorskip("numpy")
    assert Params(Fraction(3, 2)) == Params(np.float32(1.5)) == 1.5
    assert Params(np.int64(7)) == 7


@every_kind
def test_arithmetic_gives_plain_floats(kind):
    assert type(kind(1) * 2) is float


@every_kind
def test_copies_and_pickles_are_equal_and_of_the_same_kind(kind):
    for twin in (copy.deepcopy(kind(1)), pickle.loads(pickle.dumps(kind(1)))):
        assert (type(twin), twin) == (kind, kind(1))


def test_repr_has_full_precision_and_format_takes_float_specs():
    assert repr(Params(2.94e10)) == "Params(2.94e10)"
    assert eval(repr(Tokens(1 / 3 + 1))) == 1 / 3 + 1
    assert f"{Params(29.43e9)} {Params(29.43e9):.2e}" == "29.4B 2.94e+10"


@every_kind
@given(data=st.data())
def test_json_keeps_the_full_value_as_a_plain_number(kind, data):
    value = data.draw(values(kind))
    answer = model(kind)(value=value)
    assert json.loads(answer.model_dump_json()) == {"value": value}
    assert model(kind).model_validate_json(answer.model_dump_json()) == answer
    assert type(answer.model_dump()["value"]) is kind


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_pydantic_reads_texts_numbers_and_instances(kind, text):
    asked = kind.parse(text)
    assert model(kind)(value=text).value == model(kind)(value=float(asked)).value == asked
    assert model(kind)(value=asked).value is asked


@every_kind
@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_json_constants_are_refused(kind, constant):
    with pytest.raises(ValidationError, match="is not finite"):
        model(kind).model_validate_json(f'{{"value": {constant}}}')


@every_kind
@pytest.mark.parametrize("text", ["{", "{hint}", "{message}", "{0!r}", "%s {hint} {message}"])
def test_pydantic_errors_are_the_refusal_itself_whatever_its_text(kind, text):
    with pytest.raises(Refused) as refusal:
        kind.parse(text)
    with pytest.raises(ValidationError) as error:
        model(kind)(value=text)
    (detail,) = error.value.errors()
    assert detail["msg"] == refusal.value.message
    assert detail["ctx"]["hint"] == refusal.value.hint
    assert detail["type"] == "refused"


@every_kind
@pytest.mark.parametrize(
    ("mode", "types"), [("validation", ["number", "string"]), ("serialization", "number")]
)
def test_the_json_schema_takes_a_number_or_a_text_and_gives_a_number_with_its_unit(kind, mode, types):
    schema = model(kind).model_json_schema(mode=mode)["properties"]["value"]
    assert schema["type"] == types
    assert schema.get("x-unit", "") == kind.unit


def test_importing_the_room_loads_neither_pydantic_nor_numpy():
    heavy = "{'pydantic', 'pydantic_core', 'numpy'}"
    program = f"import sys, scalecalc.quantity; print(sorted({heavy} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
