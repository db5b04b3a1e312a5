"""`scalecalc information`: measures of distributions, and what is refused as none."""

import csv
import json
import math
import subprocess
import sys

import pytest

from scalecalc import commands
from scalecalc.problem import ExitCode

LN2 = math.log(2)


@pytest.fixture
def asked(scalecalc):
    """Runs the command and returns its result as JSON."""

    def result(*words):
        outcome = scalecalc("information", *words, "--json")
        assert outcome.code == ExitCode.ANSWERED, outcome.err
        return outcome.json["result"]

    return result


@pytest.fixture
def refused(scalecalc):
    """Runs the command, which is refused with a code, and returns the problem."""

    def problem(code, *words, stdin=""):
        outcome = scalecalc("information", *words, "--json", stdin=stdin)
        assert outcome.code == code, outcome.out
        return outcome.json["problem"]

    return problem


def written(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return str(tmp_path / name)


# ---------------------------------------------------------------- what is given


def test_the_textbook_entropy_in_bits(asked):
    """Cover & Thomas, example 2.1.1: 1.75 bits of at most 2."""
    found = asked("1/2,1/4,1/8,1/8")
    assert [row["bits"] for row in found["measures"]] == pytest.approx([1.75, 2.0, 0.25])
    assert found["entropy"] == pytest.approx(1.75 * LN2)
    assert found["perplexity"] == pytest.approx(2**1.75)
    assert found["kl"] is None


def test_the_textbook_divergences_in_bits(asked):
    """Cover & Thomas, example 2.3.1: 0.2075 bits one way, 0.1887 the other."""
    found = asked("0.5,0.5", "3/4,25%")
    assert found["kl"] / LN2 == pytest.approx(0.2075, abs=5e-5)
    assert found["reverse_kl"] / LN2 == pytest.approx(0.1887, abs=5e-5)
    assert found["cross_entropy"] == pytest.approx(found["entropy"] + found["kl"])
    assert found["perplexity"] == pytest.approx(math.exp(found["cross_entropy"]))


def test_named_outcomes_are_matched_by_name(asked):
    found = asked('{"a": 0.5, "b": 0.5}', '{"b": 0.25, "a": 0.75}')
    assert [(row["outcome"], row["q"]) for row in found["listed"]] == [("a", 0.75), ("b", 0.25)]


@pytest.mark.parametrize("text", ["[0.5, 0.25, 0.25]", '{"x": 0.5, "y": 0.25, "z": 0.25}'])
def test_a_json_file_is_what_it_holds(asked, tmp_path, text):
    path = written(tmp_path, "p.json", text)
    assert asked(path)["entropy"] == asked(text)["entropy"] == pytest.approx(1.5 * LN2)


@pytest.mark.parametrize("columns", [(), ("--columns", "p,q"), ("--columns", "q=q,p=p")])
def test_the_columns_of_a_table(asked, tmp_path, columns):
    path = written(tmp_path, "dist.csv", "word,p,q\nyes,0.5,0.75\nno,0.5,0.25\n")
    found = asked("--file", path, *columns)
    assert found["kl"] / LN2 == pytest.approx(0.2075, abs=5e-5)
    assert found["listed"][0]["outcome"] == "yes"


def test_columns_of_other_names(asked, tmp_path):
    path = written(tmp_path, "dist.csv", "human,machine\n0.5,0.75\n0.5,0.25\n")
    assert asked("--file", path, "--columns", "machine,human")["entropy"] == pytest.approx(
        0.8113 * LN2, abs=5e-5
    )


def test_numbers_from_python():
    found = commands.call("information", p=[0.5, 0.5], q=[0.75, 0.25])
    assert found.kl / LN2 == pytest.approx(0.2075, abs=5e-5)
    assert commands.call("information", p={"a": 0.5, "b": 0.5}).listed[0].outcome == "a"


def test_counts_are_divided_by_their_sum_if_asked(asked, refused):
    assert asked("8,4,2,2", "--normalize")["entropy"] == pytest.approx(1.75 * LN2)
    assert "--normalize" in refused(2, "8,4,2,2")["hint"]


@pytest.mark.parametrize(
    "text", ["0.333,0.333,0.333", "0.3333,0.3333,0.3333", "0.33333334,0.33333334,0.33333334"]
)
def test_rounding_is_divided_out(asked, text):
    assert asked(text)["entropy"] == pytest.approx(math.log(3), rel=1e-12)


def test_rounding_that_shows_is_told(scalecalc):
    assert "p sums to 0.999" in scalecalc("information", "0.333,0.333,0.333").out


# ---------------------------------------------------------------- what is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["0.5,0.6"], "p sums to 1.1, not to 1"),
        (["0.5,0.4"], "p sums to 0.9, not to 1"),
        (["0.33,0.33,0.33"], "p sums to 0.99, not to 1"),  # off by more than any rounding is trusted with
        (["0.5,0.499"], "p sums to 0.999, not to 1"),  # rounding alone leaves two numbers at 1
        (["1.5,-0.5"], "p gives outcome 2 -0.5, which is negative"),
        (['{"a": 1.5, "b": -0.5}', "--normalize"], "p gives b -0.5, which is negative"),
        (["nan,1"], "p gives outcome 1 nan, which is not finite"),
        (["[NaN, 1]"], "p gives outcome 1 nan, which is not finite"),
        (["0,0", "--normalize"], "p sums to 0"),
        (["1e308,1e308", "--normalize"], "p gives outcome 1 1e+308, which is too large"),
        (["0.5,0.5", "1"], "p has 2 outcomes and q has 1"),
        (['{"a": 1.0}', "1"], "p names its outcomes and q does not"),
        (['{"a": 0.5, "b": 0.5}', '{"a": 0.5, "c": 0.5}'], "q has no outcome b"),
        (['{"a": 1.0}', '{"a": 0.5, "c": 0.5}'], "p has no outcome c"),
        (['{"a": 0.5, "a": 0.5}'], "p has two numbers for a"),
        (["0.5,half"], "p: half is no number"),
        (["[0.5, null]"], "p: null is no number"),
        (["[]"], "p holds no list or object of numbers"),
        (["[0.5,"], "p is no JSON: "),
        (["1/0,1"], "p: 1/0 is no number"),
        (["dist.csv"], "p: dist.csv is a table"),
        ([], "no distribution is given"),
        (["1", "--file", "x.csv"], "P and --file are two ways to give a distribution"),
        (["1", "--columns", "p"], "--columns names no columns without a table"),
    ],
)
def test_what_is_no_distribution_is_refused(refused, words, message):
    problem = refused(2, *words)
    assert problem["message"].startswith(message)
    assert problem["hint"]


@pytest.mark.parametrize(
    ("table", "columns", "message"),
    [
        ("p,q\n0.5,0.5\n0.6,0.5\n", (), "column p, sums to 1.1, not to 1"),
        ("p,q\n0.5,0.5\n-0.5,0.5\n", (), "line 3: column p: -0.5 is negative"),
        ("p,q\n0.5,x\n0.5,0.5\n", (), "line 2: column q: 'x' is no finite number"),
        ("word,p\na,0.5\nb,0.25\na,0.25\n", (), "line 4: outcome a stands on line 2 already"),
        ("a,b\n0.5,0.5\n0.5,0.5\n", (), "no column for p"),
        ("a,b\n0.5,0.5\n0.5,0.5\n", ("--columns", "c"), "no column is called 'c' for p"),
    ],
)
def test_a_table_is_refused_by_line_and_column(refused, tmp_path, table, columns, message):
    path = written(tmp_path, "dist.csv", table)
    problem = refused(ExitCode.BAD_DATA, "--file", path, *columns)
    assert "dist.csv" in problem["message"]
    assert message in problem["message"]


@pytest.mark.parametrize("columns", ["x=p", "p,q,r,s", "p=a,p=b", ","])
def test_columns_that_name_nothing_are_refused(refused, tmp_path, columns):
    path = written(tmp_path, "dist.csv", "p\n1\n")
    assert refused(2, "--file", path, "--columns", columns)["message"].startswith("--columns: ")


def test_files_that_are_not_there_are_named(refused):
    assert "no such file" in refused(ExitCode.BAD_DATA, "--file", "absent.csv")["message"]
    assert "absent.json: No such file" in refused(ExitCode.BAD_DATA, "absent.json")["message"]


# ---------------------------------------------------------------- infinite divergences


def test_an_infinite_divergence_names_the_outcome(asked, scalecalc):
    words = ('{"a": 0.5, "b": 0.5}', '{"a": 1.0, "b": 0.0}')
    found = asked(*words)
    assert found["kl"] is found["cross_entropy"] is found["perplexity"] is None
    assert found["ruled_out_by_q"] == ["b"]
    assert found["reverse_kl"] == pytest.approx(LN2)
    shown = scalecalc("information", *words)
    assert shown.out.startswith("KL(p || q) is infinite: q rules out b, which p has\n")
    assert "KL(p || q) is infinite: q gives b no chance" in shown.err


def test_json_holds_no_infinity(scalecalc):
    printed = scalecalc("information", "0.5,0.5", "1,0", "--json").out
    assert "Infinity" not in printed
    assert json.loads(printed)["notes"][0]["code"] == "infinite"


# ---------------------------------------------------------------- what is shown


def test_of_many_outcomes_those_that_weigh_most_are_listed(asked):
    weights = ",".join(str(2.0**-place) for place in range(30))
    found = asked(weights, "--normalize")
    assert found["outcomes"] == 30
    assert len(found["listed"]) == 12
    assert {row["outcome"] for row in found["listed"][:2]} == {"1", "2"}  # half a bit of entropy each


def test_csv_has_a_row_for_each_measure(scalecalc):
    rows = list(
        csv.DictReader(scalecalc("information", "0.5,0.5", "1,0", "--format", "csv").out.splitlines())
    )
    assert len(rows) == 7
    assert rows[4]["symbol"] == "KL(p || q)"
    assert rows[4]["nats"] == ""


def test_arguments_and_json_load_no_arrays():
    words = ["information", "0.5,0.5", "[0.25, 0.75]", "--json"]
    program = f"import sys; from scalecalc.cli import main; main({words}); sys.exit('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
