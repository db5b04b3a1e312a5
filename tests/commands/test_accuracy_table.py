"""Tables of runs with accuracies: shares, percent and errors, and what is wrong with them by line."""

import pytest

from scalecalc.cli import main
from scalecalc.commands._accuracy_table import accuracy_table
from scalecalc.problem import ExitCode, Problem


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("loss,acc\n2,30%\n1,0.6\n", [0.3, 0.6]),
        ("loss,Score\n2,0\n1,1\n", [0.0, 1.0]),
        ("loss,error\n2,0.7\n1,40%\n", [0.3, 0.6]),
        ('{"loss": 2, "accuracy": 0.3}\n{"loss": 1, "accuracy": 0.6}\n', [0.3, 0.6]),
    ],
)
def test_accuracies_are_read_as_shares_or_percent_or_errors(tmp_path, text, expected):
    path = tmp_path / ("t.jsonl" if text.startswith("{") else "t.csv")
    path.write_text(text)
    table = accuracy_table(str(path), None, [])
    assert table.accuracy.tolist() == pytest.approx(expected, rel=1e-12)
    assert table.runs.loss.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("loss,acc\n2,30\n1,60\n", "line 2: column acc: '30' is no accuracy"),
        ("loss,acc\n2,0.3\n1,lots\n", "line 3: column acc: 'lots' is no accuracy"),
        ("loss,acc\n2,0.3\n1,\n", "line 3: column acc: accuracy is empty"),
        ("loss,acc,score\n2,0.3,1\n", "acc and score may both be the accuracy"),
        ("loss,flops\n2,1e20\n", "no column for accuracy"),
        ("flops,acc\n1e20,0.3\n", "no column for loss"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_with_its_place(capsys, tmp_path, text, told):
    path = tmp_path / "t.csv"
    path.write_text(text)
    assert main(["downstream", str(path)]) == ExitCode.BAD_DATA
    assert told in capsys.readouterr().err


def test_columns_and_conditions_choose(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("task,val,mmlu,acc\na,2,0.3,0.9\nb,1,0.6,0.8\n")
    table = accuracy_table(str(path), "accuracy=mmlu,loss=val", ["task=b"])
    assert table.accuracy.tolist() == [0.6]
    with pytest.raises(Problem, match="accuracy and error"):
        accuracy_table(str(path), "accuracy=mmlu,error=acc", [])
