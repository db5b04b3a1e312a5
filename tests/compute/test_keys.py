import pytest

from scalecalc.compute.keys import Keys

KEYS = Keys({"width": 64, "old": 32, "null": None, "zero": 0, "yes": True, "text": "a", "list": [1]}, "llama")


def test_a_number_is_read_under_its_key_or_an_older_one():
    assert KEYS.whole("width", "old") == 64
    assert KEYS.whole("n_embd", "old") == 32
    assert KEYS.whole("n_embd", default=7) == 7
    assert KEYS.whole("null", default=7) == 7


def test_absent_is_none_of_a_thing():
    assert KEYS.count("nowhere") == KEYS.count("null") == KEYS.count("zero") == 0
    assert KEYS.listed("nowhere") == []
    assert KEYS.flag("nowhere", default=True)
    assert not KEYS.has("null")


def test_what_is_there_is_read():
    assert KEYS.count("width") == 64
    assert KEYS.flag("yes", default=False)
    assert KEYS.text("text") == "a"
    assert KEYS.listed("list") == [1]


@pytest.mark.parametrize(
    ("read", "key"),
    [(Keys.whole, "nowhere"), (Keys.whole, "null"), (Keys.text, "nowhere")],
)
def test_a_missing_key_is_named_with_the_architecture(read, key):
    with pytest.raises(ValueError, match=f"config has no '{key}', which llama needs"):
        read(KEYS, key)


@pytest.mark.parametrize(
    ("read", "key", "rule"),
    [
        (Keys.whole, "zero", "be a whole number from 1 to 1,000,000,000, not 0"),
        (Keys.whole, "yes", "be a whole number from 1 to .*, not True"),
        (Keys.count, "text", "be a whole number from 0 to .*, not 'a'"),
        (Keys.text, "width", "be a text, not 64"),
        (Keys.listed, "text", "be a list, not 'a'"),
    ],
)
def test_a_value_of_another_kind_is_told(read, key, rule):
    with pytest.raises(ValueError, match=f"'{key}' of llama must {rule}"):
        read(KEYS, key)


def test_a_number_has_a_bound_and_only_its_beginning_is_shown():
    long = Keys({"width": 10**400, "layers": 20}, "llama")
    with pytest.raises(ValueError, match=r"'width' of llama must be .* 1,000,000,000, not 10{59}$"):
        long.whole("width")
    with pytest.raises(ValueError, match="'layers' of llama must be a whole number from 1 to 10, not 20"):
        long.whole("layers", most=10)


def test_the_key_that_is_there_is_told():
    assert KEYS.found("n_embd", "old") == "old"
    assert KEYS.found("n_embd", "nowhere") == "n_embd"


def test_a_configuration_within_is_an_object():
    nested = Keys({"text_config": {"a": 1}, "list": [1]}, "llava")
    assert nested.table("text_config") == {"a": 1}
    with pytest.raises(ValueError, match=r"'list' of llava must be an object of keys and values, not \[1\]"):
        nested.table("list")


def test_claims_that_add_what_is_not_counted_are_refused_where_they_hold():
    KEYS.refuse_true("nowhere", "null")
    with pytest.raises(ValueError, match="'yes' of llama must be false: what it adds is not counted"):
        KEYS.refuse_true("nowhere", "yes")


@pytest.mark.parametrize("wrong", [False, True, 0.0, -1, 10**9 + 1, "0", []])
def test_only_whole_numbers_count(wrong):
    with pytest.raises(ValueError, match="'n' of llama must be a whole number from 0 to 1,000,000,000"):
        Keys({"n": wrong}, "llama").count("n")


def test_a_claim_is_true_or_false():
    with pytest.raises(ValueError, match="'width' of llama must be true or false, not 64"):
        KEYS.flag("width", default=False)


def test_a_value_may_be_refused_with_its_rule():
    with pytest.raises(ValueError, match="'width' of llama must be 8, not 64"):
        KEYS.refuse("width", "be 8")
