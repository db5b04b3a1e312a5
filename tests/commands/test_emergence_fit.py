"""`scalecalc emergence fit`: bundled tables, tables of a user, and everything that is no such table."""

import pytest

from scalecalc.commands import call
from scalecalc.problem import ExitCode, Problem

HEADER = "model,flops,accuracy,items\n"

SMOOTH = HEADER + "".join(
    f"m{step},1e{19 + step},{right / 1000},1000\n"
    for step, right in enumerate((18, 47, 119, 269, 500, 731, 881))
)
"""A logistic curve: log-odds 0 at 1e23, one unit for each decade."""

JUMP = HEADER + "".join(
    f"m{step},1e{19 + step},{share},1000\n"
    for step, share in enumerate((0.01, 0.012, 0.011, 0.013, 0.7, 0.72, 0.71))
)


@pytest.fixture
def table(tmp_path):
    def written(text, name="runs.csv"):
        path = tmp_path / name
        path.write_text(text)
        return str(path)

    return written


def fit(name=None, **asked):
    asked = {"resamples": 60, **asked}
    return call("emergence fit", **({"table": name} if name else {}), **asked)


def refused(name, **asked):
    with pytest.raises(Problem) as problem:
        fit(name, **asked)
    assert problem.value.hint
    return problem.value


class TestGpt3Arithmetic:
    def test_exact_match_looks_far_sharper_than_a_measure_per_token(self):
        # Schaeffer et al. 2023: sharpness is the metric's; three and four digits, few-shot
        for task in ("3D+", "3D-", "4D+", "4D-"):
            exact, token = fit("gpt3_tasks", where=[f"task={task}", "shots=few"]).series
            assert (exact.measure, token.measure) == ("exact match", "per token")
            assert exact.largest_step > 0.85
            assert token.largest_step < 0.65
            assert exact.emergence_score > 10 * token.emergence_score

    def test_per_token_is_the_root_of_the_accuracy(self):
        answer = fit("gpt3_tasks", where=["task=3D+", "shots=few"])
        largest = answer.models[-1]
        assert largest.model == "gpt3-175b"
        assert largest.accuracy.value == 0.804
        assert largest.token_probability == pytest.approx(0.804 ** (1 / 3.49))

    def test_without_a_table_the_ten_tasks_are_tested(self):
        answer = fit(resamples=50)
        assert len({row.series for row in answer.series}) == 10
        assert len(answer.series) == 20
        assert answer.models == ()
        assert {claim.flops for claim in answer.claims} == {2.3e22, 3.1e23}

    def test_one_model_that_rises_is_no_evidence(self):
        exact, _ = fit("gpt3_tasks", where=["task=5D-", "shots=few"]).series
        assert exact.verdict == "one rises"
        assert exact.power is None

    def test_scatter_of_models_is_told_and_allowed_for(self):
        answer = fit("gpt3_tasks", where=["task=2D-", "shots=few"])
        exact, _ = answer.series
        assert exact.dispersion > 5
        assert exact.p_sampling < 0.05 < exact.p_value
        assert "scatter" in {note.code for note in answer.notes}


class TestOtherBundledTables:
    def test_chain_of_thought_is_by_size_with_too_few_models_left_out(self):
        answer = fit("cot_emergence", where=["task=GSM8K"])
        assert {row.series for row in answer.series} == {"LaMDA, chain of thought", "LaMDA, standard"}
        assert {row.models for row in answer.series} == {5}
        assert "left-out" in {note.code for note in answer.notes}
        assert answer.claims[0].ability == "chain of thought: math word problems"

    def test_five_models_have_little_power(self):
        answer = fit("cot_emergence", where=["family=LaMDA", "task=MultiArith"])
        assert all(row.power < 0.8 for row in answer.series)
        assert {row.verdict for row in answer.series} == {"undecided"}

    def test_chance_of_the_table_is_the_floor(self):
        answer = fit("cot_emergence", where=["family=LaMDA", "task=AQuA", "prompting=standard"])
        assert all(model.smooth >= 0.2 - 1e-9 for model in answer.models)

    def test_every_claimed_threshold_is_told_if_asked_for(self):
        answer = fit("llama_benchmarks", where=["task=gsm8k"], claims=True)
        assert len(answer.claims) == 22


class TestUsersTables:
    def test_a_smooth_table_is_called_smooth(self, table):
        (row,) = fit(table(SMOOTH)).series
        assert row.p_value > 0.2
        assert row.verdict == "smooth"

    def test_a_jump_is_found_in_its_gap(self, table):
        answer = fit(table(JUMP))
        (row,) = answer.series
        assert row.verdict == "breaks"
        assert 1e22 < row.break_at < 1e23
        assert row.bic_gain > 10
        assert "breaks near" in answer.headline()

    def test_percentages_and_the_number_grammar_are_read(self, table):
        text = "size,acc\n100M,1.8%\n300M,4.7%\n1B,11.9%\n3B,26.9%\n10B,50%\n"
        answer = fit(table(text), items=1000)
        assert [model.params for model in answer.models] == [1e8, 3e8, 1e9, 3e9, 1e10]
        assert answer.models[0].accuracy.value == pytest.approx(0.018)

    def test_json_lines_and_named_columns_are_read(self, table):
        lines = "".join(f'{{"c": 1e{19 + i}, "em": {0.1 * i}, "m": 500}}\n' for i in range(6))
        answer = fit(table(lines, "runs.jsonl"), columns="flops=c,accuracy=em,items=m")
        assert answer.series[0].models == 6

    def test_a_continuous_measure_is_tested_beside(self, table):
        lines = SMOOTH.splitlines()
        text = "\n".join([lines[0] + ",wrong", *(f"{line},{5 * 0.7**i}" for i, line in enumerate(lines[1:]))])
        *_, row = fit(table(text + "\n"), metric="wrong").series
        assert (row.measure, row.verdict) == ("continuous", "no break")

    def test_the_rows_may_be_in_any_order(self, table):
        head, *rows = JUMP.splitlines()
        text = "\n".join([head, *reversed(rows)]) + "\n"
        one, other = fit(table(JUMP)), fit(table(text, "other.csv"))
        assert other.series[0].p_value == one.series[0].p_value
        assert other.models == one.models

    def test_models_below_chance_are_remarked_on(self, table):
        answer = fit(table(JUMP), chance="25%")
        assert "below-chance" in {note.code for note in answer.notes}

    @pytest.mark.parametrize("share", ["0", "1", "0.5"])
    def test_a_table_without_a_rise_is_told_so(self, table, share):
        text = HEADER + "".join(f"m{i},1e{19 + i},{share},50\n" for i in range(6))
        (row,) = fit(table(text)).series
        assert row.verdict == "flat"


class TestRefusals:
    @pytest.mark.parametrize(
        ("row", "words"),
        [
            ("a,1e20,8.4,100", "'8.4' is no accuracy from 0 to 1"),
            ("a,1e20,-0.1,100", "'-0.1' is no accuracy"),
            ("a,1e20,nan,100", "'nan' is no accuracy"),
            ("a,1e20,,100", "the accuracy is empty"),
            ("a,1e20,word,100", "'word' is no accuracy"),
            ("a,-1,0.5,100", "-1 is negative"),
            ("a,word,0.5,100", "word"),
        ],
    )
    def test_a_bad_cell_is_named_by_line(self, table, row, words):
        problem = refused(table(HEADER + "z,1e19,0.1,100\n" + row + "\n"))
        assert problem.exit_code is ExitCode.BAD_DATA
        assert "line 3" in problem.message
        assert words in problem.message

    def test_bare_percents_are_told_in_both_readings(self, table):
        problem = refused(table(HEADER + "a,1e20,8.4,100\n"))
        assert "8.4%" in problem.hint
        assert "0.084" in problem.hint

    def test_a_share_among_percentages_is_told_in_both_readings(self, table):
        problem = refused(table(HEADER + "a,1e20,8.4%,100\nb,1e21,0.2,100\n"))
        assert "0.2%" in problem.hint
        assert "20%" in problem.hint

    def test_too_few_models_say_how_many_are_missing(self, table):
        problem = refused(table("\n".join(SMOOTH.splitlines()[:4]) + "\n"))
        assert (problem.code, problem.exit_code) == ("too-few-models", ExitCode.NO_ANSWER)
        assert "3 different budgets" in problem.message
        assert "add 2 more" in problem.hint

    def test_a_table_of_answers_is_no_series_of_models(self, table):
        text = HEADER + "".join(f"m{i},{1e19 + 1e18 * i},0.5,10\n" for i in range(1001))
        assert refused(table(text)).code == "too-many-models"

    def test_no_number_of_items_is_told(self, table):
        text = "flops,accuracy\n" + "".join(f"1e{19 + i},0.{i}\n" for i in range(6))
        problem = refused(table(text))
        assert (problem.code, problem.exit_code) == ("no-items", ExitCode.NO_ANSWER)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("accuracy,items\n0.1,10\n", "no column for compute or size"),
            ("flops,items\n1e20,10\n", "no column for accuracy"),
            ("flops,accuracy,acc,em\n1e20,0.1,0.2,0.3\n", None),
            ("flops,acc,em\n1e20,0.1,0.2\n", "may both be the accuracy"),
            (HEADER + "a,1e20,0.5,10.5\n" * 1, None),
        ],
    )
    def test_a_column_that_is_missing_or_double_is_named(self, table, text, words):
        problem = refused(table(text))
        assert words is None or words in problem.message

    def test_fractions_of_items_are_refused(self, table):
        text = HEADER + "".join(f"m{i},1e{19 + i},0.5,10.5\n" for i in range(6))
        assert "'10.5' is no number of test items" in refused(table(text)).message

    @pytest.mark.parametrize("where", [["task=zz"], ["nothing=1"]])
    def test_a_condition_that_nothing_meets_is_refused(self, where):
        refused("gpt3_tasks", where=where)

    def test_a_file_that_is_not_there_names_the_bundled_tables(self):
        problem = refused("nowhere.csv")
        assert "cot_emergence" in problem.hint

    @pytest.mark.parametrize("columns", ["foo=bar", "accuracy=", "accuracy=zz"])
    def test_columns_that_are_not_there_are_refused(self, table, columns):
        refused(table(SMOOTH), columns=columns)


def test_plots_show_the_models_and_both_curves(table):
    answer = fit(table(JUMP), plot=True, answer_tokens="3")
    scored, per_token = answer.charts
    assert [series.label for series in scored.series][1:] == ["smooth sigmoid", "with a break"]
    assert per_token.name == "per-token"


def test_several_series_are_drawn_as_points():
    answer = fit("gpt3_tasks", where=["task=3D+"], plot=True, resamples=50)
    assert len(answer.charts[0].series) == 3
