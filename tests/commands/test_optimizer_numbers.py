"""Gradients as people give them: in a line, as JSON, in files, on standard input."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc.commands._optimizer_numbers import MOST_NUMBERS, numbers
from scalecalc.problem import ExitCode, Problem

finite = st.floats(allow_nan=False, allow_infinity=False)


def read(text):
    found = numbers(text, "--gradients")
    return found.values, found.shape


def refusal(text):
    with pytest.raises(Problem) as caught:
        numbers(text, "--gradients")
    return caught.value


class TestInLine:
    @given(st.lists(finite, min_size=1, max_size=8))
    def test_numbers_with_commas_are_read_exactly(self, values):
        assert read(",".join(map(repr, values))) == (values, (len(values),))

    def test_semicolons_part_steps(self):
        assert read("1,2;0.5,-1") == ([[1.0, 2.0], [0.5, -1.0]], (2, 2))

    def test_a_closing_semicolon_makes_one_step_of_several_entries(self):
        assert read(" 1, 2; ") == ([[1.0, 2.0]], (1, 2))

    @given(st.lists(st.lists(finite, min_size=2, max_size=2), min_size=1, max_size=4))
    def test_json_is_read_as_it_is_nested(self, rows):
        assert read(json.dumps(rows)) == (rows, (len(rows), 2))

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("1,x", "--gradients: x is no number"),
            ("1,,2", "--gradients: an item is empty"),
            ("", "--gradients: an item is empty"),
            ("1_000", "--gradients: '1_000' is neither numbers nor a file"),
            ("1,2;3", "--gradients: rows differ in length or depth"),
            ("[[1,2],3]", "--gradients: rows differ in length or depth"),
            ("[]", "--gradients: an empty list"),
            ("[1,true]", "--gradients: number 2 is true or false"),
            ('[1,"2"]', "--gradients: number 2 is a text"),
            ("[1,null]", "--gradients: number 2 is null"),
            ("[1,", "--gradients: no JSON: "),
            ("[" * 10_000, "--gradients: no JSON: "),
            ("[[[[[[1]]]]]]", "--gradients: lists are nested more than 5 deep"),
        ],
    )
    def test_what_is_no_gradient_is_named(self, text, message):
        found = refusal(text)
        assert found.message.replace("'", "").startswith(message.replace("'", ""))
        assert found.exit_code is ExitCode.WRONG_USAGE

    @pytest.mark.parametrize("text", ["1,nan", "1,-inf", "[1,NaN]", "[1,1e999]", f"[1,1{'0' * 400}]"])
    def test_what_is_not_finite_is_refused_with_its_place(self, text):
        found = refusal(text)
        assert found.code == "not-finite"
        assert found.message.startswith("--gradients: number 2 is ")
        assert found.hint.startswith("a gradient that is not finite")

    def test_more_numbers_than_a_trace_has_rows_for_are_refused(self):
        assert refusal("1," * MOST_NUMBERS + "1").code == "too-long"
        assert refusal(json.dumps([0] * (MOST_NUMBERS + 1))).code == "too-long"


class TestFiles:
    def written(self, folder, name, text):
        path = folder / name
        path.write_text(text)
        return str(path)

    def test_a_table_has_a_column_for_each_entry_and_counts_steps_in_none(self, tmp_path):
        path = self.written(tmp_path, "gradients.csv", "step,w,b\n1,0.5,1\n2,-0.25,2\n")
        assert read(path) == ([[0.5, 1.0], [-0.25, 2.0]], (2, 2))

    def test_one_column_is_a_single_number(self, tmp_path):
        assert read(self.written(tmp_path, "g.csv", "gradient\n0.5\n-1e-3\n")) == ([0.5, -1e-3], (2,))

    def test_json_lines_are_a_table_too(self, tmp_path):
        path = self.written(tmp_path, "g.jsonl", '{"w": 1.5, "b": 2}\n{"w": -1, "b": 0}\n')
        assert read(path) == ([[1.5, 2.0], [-1.0, 0.0]], (2, 2))

    def test_a_json_file_holds_lists(self, tmp_path):
        path = self.written(tmp_path, "g.json", "[[[1, 2], [3, 4]]]")
        assert read(path) == ([[[1.0, 2.0], [3.0, 4.0]]], (1, 2, 2))

    @pytest.mark.parametrize(
        ("name", "text", "message"),
        [
            ("g.csv", "w\n1\nhello\n", "line 3: column w: 'hello' is no number"),
            ("g.csv", "w,b\n1,2\n3,\n", "line 3: column b: empty"),
            ("g.csv", "w\n1\nnan\n", "number 2 is nan"),
            ("g.csv", "1,2\n3,4\n", "the first line holds numbers"),
            ("g.csv", "step\n1\n", "no gradients"),
            ("g.json", "{}", "the JSON holds an object, not a list of numbers"),
            ("g.json", "[1, 2", "no JSON"),
            ("g.json", '["a"]', "number 1 is a text"),
        ],
    )
    def test_a_broken_file_is_named_with_what_is_wrong(self, tmp_path, name, text, message):
        found = refusal(self.written(tmp_path, name, text))
        assert message in found.message
        assert found.exit_code is ExitCode.BAD_DATA

    def test_a_file_that_is_not_there_is_told_with_what_could_stand_instead(self):
        assert refusal("nowhere.csv").message == "--gradients: nowhere.csv is neither numbers nor a file"
        assert refusal("nowhere.json").message == "--gradients: nowhere.json: no such file or directory"

    def test_bytes_that_are_no_text_are_refused(self, tmp_path):
        path = tmp_path / "g.json"
        path.write_bytes(b"[1, \xff]")
        assert "is no UTF-8 text" in refusal(str(path)).message

    def test_extremes_of_floats_are_kept(self):
        assert read("1e308,5e-324,-0")[0] == [1e308, math.ulp(0.0), 0.0]
