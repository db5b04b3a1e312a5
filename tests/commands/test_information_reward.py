"""`scalecalc information reward`: estimates of a divergence, and rewards less beta times it."""

import csv
import math
from functools import partial

import pytest

from scalecalc import commands
from scalecalc.problem import ExitCode

TABLE = """sequence,policy,reference,reward
a,-0.5,-0.7,
a,-1.2,-1.0,1.5
b,-0.1,-0.6,
b,-2.0,-2.2,
b,-0.3,-0.1,-0.5
"""

WORDS = ("--policy", "-0.5,-1.2,-0.1,-2.0", "--reference", "-0.7,-1.0,-0.6,-2.2")


@pytest.fixture
def table(tmp_path):
    """Writes a table and returns its path."""

    def path_of(text=TABLE):
        (tmp_path / "logprobs.csv").write_text(text)
        return str(tmp_path / "logprobs.csv")

    return path_of


@pytest.fixture
def asked(answered):
    return partial(answered, "information reward")


@pytest.fixture
def refused(refused_with):
    return partial(refused_with, "information reward")


def by_name(found):
    return {row["estimator"]: row for row in found["divergences"]}


# ---------------------------------------------------------------- estimates


def test_the_estimators_by_hand(asked):
    """-log r is 0.2, -0.2, 0.5, 0.2; Schulman 2020 for k2 and k3."""
    rows = by_name(asked(*WORDS))
    log_ratios = [-0.2, 0.2, -0.5, -0.2]
    assert rows["k1"]["per_token"] == pytest.approx(-sum(log_ratios) / 4)
    assert rows["k2"]["per_token"] == pytest.approx(sum(x * x / 2 for x in log_ratios) / 4)
    assert rows["k3"]["per_token"] == pytest.approx(sum(math.exp(x) - 1 - x for x in log_ratios) / 4)
    assert rows["k1"]["negative"] == 0.25
    assert rows["k3"]["negative"] == 0
    assert rows["k1"]["per_token_error"] == pytest.approx(0.1436, abs=5e-5)
    assert rows["k1"]["per_sequence_error"] is None


def test_errors_take_the_tokens_of_a_sequence_together(asked, table):
    """k1 sums to 0 and to 0.5: per sequence 0.25 with error 0.25; per token by Cochran 1977, eq. 6.13."""
    row = by_name(asked(table()))["k1"]
    assert (row["per_sequence"], row["per_sequence_error"]) == pytest.approx((0.25, 0.25))
    spread = (0 - 0.1 * 2) ** 2 + (0.5 - 0.1 * 3) ** 2
    assert (row["per_token"], row["per_token_error"]) == pytest.approx((0.1, math.sqrt(spread * 2) / 5))


def test_rows_that_are_sequences(asked, table):
    found = asked(
        table("policy,reference,reward\n-50,-52,1\n-60,-59,2\n"), "--row-per-sequence", "--beta", "0.5"
    )
    assert by_name(found)["k1"]["per_token"] is None
    assert by_name(found)["k1"]["per_sequence"] == pytest.approx(0.5)
    assert [row["penalized_reward"] for row in found["sequences"]] == pytest.approx([0.0, 2.5])


# ---------------------------------------------------------------- rewards


def test_a_reward_counts_at_the_last_token_of_its_sequence(asked, table):
    found = asked(table(), "--beta", "0.1")
    assert [row["penalized_reward"] for row in found["tokens"]] == pytest.approx(
        [-0.02, 1.5 + 0.02, -0.05, -0.02, -0.5 + 0.02]
    )
    assert [row["penalized_reward"] for row in found["sequences"]] == pytest.approx([1.5, -0.55])
    assert found["mean_reward"] == pytest.approx(0.5)
    assert found["mean_penalized_reward"] == pytest.approx(0.475)


def test_the_tokens_of_a_sequence_sum_to_its_penalized_reward(asked, table):
    for penalty in ("k1", "k2", "k3"):
        found = asked(table(), "--penalty", penalty, "--beta", "0.3")
        for sequence in found["sequences"]:
            own = [row for row in found["tokens"] if row["sequence"] == sequence["sequence"]]
            assert sum(row["penalized_reward"] for row in own) == pytest.approx(sequence["penalized_reward"])


def test_without_rewards_the_penalty_stands_alone(asked, scalecalc):
    found = asked(*WORDS, "--beta", "0.2")
    assert found["mean_reward"] is None
    assert found["mean_penalized_reward"] == pytest.approx(-0.2 * 0.7)
    assert "no rewards are given" in scalecalc("information", "reward", *WORDS).err


def test_a_reward_repeated_in_every_row_counts_once(asked, table):
    found = asked(table("policy,reference,reward\n-1,-1,2\n-1,-1,2\n"))
    assert found["mean_reward"] == 2.0


def test_no_weight_is_no_penalty(asked, table):
    assert asked(table(), "--beta", "0")["mean_penalized_reward"] == pytest.approx(0.5)


# ---------------------------------------------------------------- the table


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("seq_id,logprob,ref_logprob,score", ()),
        ("w,x,y,z", ("--columns", "x,y,w,z")),
        ("w,x,y,z", ("--columns", "reward=z,policy=x,sequence=w,reference=y")),
    ],
)
def test_columns_are_found_by_their_common_names_or_as_told(asked, table, header, columns):
    path = table(TABLE.replace("sequence,policy,reference,reward", header))
    assert asked(path, *columns)["mean_penalized_reward"] == pytest.approx(0.475)


def test_sequences_may_stand_in_any_order(asked, table):
    head, *rows = TABLE.splitlines()
    mixed = "\n".join([head, rows[2], rows[0], rows[3], rows[1], rows[4]])
    found = {row["sequence"]: row["penalized_reward"] for row in asked(table(mixed))["sequences"]}
    assert found == pytest.approx({"a": 1.5, "b": -0.55})


def test_csv_has_a_row_for_each_token(scalecalc, table):
    printed = scalecalc("information", "reward", table(), "--format", "csv").out
    rows = list(csv.DictReader(printed.splitlines()))
    assert [(row["sequence"], row["position"]) for row in rows][:3] == [("a", "1"), ("a", "2"), ("b", "1")]


def test_the_screen_lists_few_tokens_and_tells_of_many(scalecalc, table):
    assert "\ntokens\n" in scalecalc("information", "reward", table()).out
    many = table("policy,reference\n" + "-1.0,-1.1\n" * 50)
    shown = scalecalc("information", "reward", many)
    assert "\ntokens\n" not in shown.out
    assert "50 rows in 1 sequences" in shown.err


def test_numbers_from_python(table):
    found = commands.call("information reward", file=table(), beta=0.1)
    assert found.mean_penalized_reward == pytest.approx(0.475)


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "policy,reference\n-1,0.35\n",
            "line 2: column reference: 0.35 is no log-probability: it is above 0",
        ),
        ("policy,reference\n-1,-1\n-1,x\n", "line 3: column reference: 'x' is no finite number"),
        ("policy,reference\n-1,-inf\n", "line 2: column reference: '-inf' is no finite number"),
        ("policy,reference\n-1,\n", "line 2: column reference: '' is no finite number"),
        ("policy,other\n-1,-1\n", "no column for reference"),
        ("policy,reference,reward\n-1,-1,1\n-1,-1,2\n", "line 3: sequence 1 has two rewards, 1 and 2"),
        ("sequence,policy,reference,reward\na,-1,-1,1\nb,-1,-1,\n", "line 3: sequence b has no reward"),
        ("", "empty"),
    ],
)
def test_a_table_is_refused_by_line_and_column(refused, table, text, message):
    problem = refused(ExitCode.BAD_DATA, table(text))
    assert message in problem["message"]
    assert problem["hint"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "no log-probabilities of both are given"),
        (("--policy", "-1"), "no log-probabilities of both are given"),
        (("--policy", "-1,-2", "--reference", "-1"), "--policy has 2 log-probabilities and --reference 1"),
        (("--policy", "0.5", "--reference", "-1"), "--policy: 0.5 is no log-probability: it is above 0"),
        (("--policy", "-1", "--reference", "nan"), "--reference: nan is not finite"),
        (("--policy", "a", "--reference", "-1"), "--policy: a is no list of numbers"),
        (("x.csv", "--policy", "-1"), "FILE and --policy are two ways to give tokens"),
        ((*WORDS, "--columns", "a,b"), "--columns says nothing without a table"),
        ((*WORDS, "--row-per-sequence"), "--row-per-sequence says nothing without a table"),
        ((*WORDS, "--beta", "-1"), "--beta: "),
        ((*WORDS, "--penalty", "k4"), "--penalty: "),
    ],
)
def test_words_that_make_no_sense_are_refused(refused, words, message):
    assert refused(ExitCode.WRONG_USAGE, *words)["message"].startswith(message)


def test_a_ratio_that_no_float_holds_is_no_answer(refused):
    problem = refused(ExitCode.NO_ANSWER, "--policy", "-1000", "--reference", "-1")
    assert problem["message"].startswith("the reference has -1 where the policy has -1000")
    assert problem["hint"].endswith("are the two swapped?")


def test_a_file_that_is_not_there_is_named(refused):
    assert "absent.csv: no such file" in refused(ExitCode.BAD_DATA, "absent.csv")["message"]
