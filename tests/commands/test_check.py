"""`scalecalc check`: every published run is predicted without itself, or left out with a reason."""

import csv
import io
from statistics import geometric_mean

import pytest

from scalecalc import tables
from scalecalc.commands import call
from scalecalc.problem import Problem

# Touvron et al. 2023 (arXiv 2302.13971, table 15; arXiv 2307.09288, table 2), the Llama 3 and 3.1 model cards
PUBLISHED_HOURS = {
    "llama-65b": 1_022_362,
    "llama-2-70b": 1_720_320,
    "llama-3-70b": 6_400_000,
    "llama-3.1-405b": 30_840_000,
}


def check(**asked):
    return call("check", **asked)


def test_half_of_the_runs_are_within_a_quarter_and_four_fifths_inside_their_range():
    found = check()
    assert found.median_error_factor <= 1.25
    assert found.coverage >= 0.80
    assert f"half within a factor of {found.median_error_factor:.2f}" in found.headline()


def test_every_row_of_the_table_is_predicted_or_left_out_with_a_reason():
    found = check()
    predicted = [run.id for run in found.runs]
    left_out = [name for row in found.left_out for name in row.ids]
    assert sorted(predicted + left_out) == sorted(run.id for run in tables.training_runs())
    assert all(row.reason and row.runs == len(row.ids) for row in found.left_out)


def test_actual_hours_are_the_published_ones():
    actual = {run.id: run.actual_gpu_hours for run in check().runs}
    assert {name: actual[name] for name in PUBLISHED_HOURS} == PUBLISHED_HOURS


def test_the_table_is_in_agreement_with_itself():
    for run in check().runs:
        typical, low, high = run.gpu_hours.value, run.gpu_hours.low, run.gpu_hours.high
        assert run.inside == (low <= run.actual_gpu_hours <= high)
        factors = (run.actual_gpu_hours / typical, typical / run.actual_gpu_hours)
        assert run.error_factor == pytest.approx(max(factors), rel=1e-12)  # one rounding of a quotient


def test_groups_sum_to_all():
    *groups, whole = check().groups
    assert whole.group == "all"
    assert whole.runs == sum(group.runs for group in groups) == len(check().runs)
    assert whole.worst_error_factor == max(group.worst_error_factor for group in groups)


@pytest.mark.parametrize("group", ["tpu-dense", "ampere-dense", "hopper-dense", "hopper-moe"])
def test_one_group_has_the_same_predictions(group):
    one = check(name=group)
    assert one.runs == tuple(run for run in check().runs if run.group == group)
    assert [row.group for row in one.groups] == [group]
    assert one.runs_checked == len(one.runs)


class TestWeaknesses:
    def test_a_group_below_the_aim_is_named_with_how_surprising_that_is(self):
        weak, loose = [note for note in check().notes if note.code == "weak-group"]
        assert weak.message.startswith("hopper-dense is weak: half within 1.29, 66.7% inside")
        # four or fewer of six where each is inside in four of five cases: binomial, by hand 0.345
        assert "34.5%" in weak.message
        # all five inside is nothing to be surprised at
        assert loose.message == "hopper-moe is weak: half within 1.35, 100% inside"

    def test_groups_of_few_runs_are_named(self):
        (few,) = [note for note in check().notes if note.code == "few-runs"]
        small = {row.group for row in check().groups if row.runs < 10}
        assert all(group in few.message for group in small)
        assert "ampere-dense" not in few.message

    def test_runs_of_one_paper_are_alike_and_without_them_it_goes_less_well(self):
        found = check()
        assert found.strangers_median_error_factor > found.median_error_factor
        (alike,) = [note for note in found.notes if note.code == "alike"]
        assert f"{found.strangers_median_error_factor:.2f}" in alike.message

    def test_own_runs_have_none(self, tmp_path):
        (tmp_path / "mine.csv").write_text(OWN)
        own = check(runs=str(tmp_path / "mine.csv"))
        assert own.notes == ()
        assert own.strangers_coverage is None


def test_the_brief_answer_is_the_same_but_for_what_is_printed(scalecalc):
    brief, whole = (scalecalc("check", *flag, "--json").json["result"] for flag in (["--brief"], []))
    assert brief == whole
    printed = scalecalc("check", "--brief").out
    assert "hopper-moe" in printed
    assert "llama-65b" not in printed
    assert f"{sum(row['runs'] for row in whole['left_out'])} rows are left out" in printed
    assert len(printed.splitlines()) <= 25


def test_an_unknown_group_is_told_the_known_ones():
    with pytest.raises(Problem, match="'a100' names no group of runs") as caught:
        check(name="a100")
    assert "ampere-dense" in caught.value.hint


OWN = """id,params,tokens,hardware,gpu_hours
mine,3e9,1e13,h100,200000
unknown,7e9,1e12,a100,
b200,7e9,1e12,b200,10000
"""


class TestOwnRuns:
    @staticmethod
    def check(tmp_path, text):
        (tmp_path / "mine.csv").write_text(text)
        return check(runs=str(tmp_path / "mine.csv"))

    def test_they_are_predicted_from_the_published_ones(self, tmp_path):
        found = self.check(tmp_path, OWN)
        (run,) = found.runs
        assert (run.id, run.peers, run.group) == ("mine", 6, "hopper-dense")
        assert run.flops == pytest.approx(6 * 3e9 * 1e13)
        assert {row.reason for row in found.left_out} == {"no hours", "no published run of blackwell-dense"}

    def test_a_run_with_fewer_active_parameters_is_a_mixture_and_numbers_may_have_suffixes(self, tmp_path):
        header = "id,params,active_params,tokens,hardware,gpu_hours\n"
        found = self.check(tmp_path, header + "a,671B,37B,14.8T,h800,2.664M\nb,8B,8B,1T,h100,100000\n")
        mixture, dense = found.runs
        assert (mixture.group, dense.group) == ("hopper-moe", "hopper-dense")
        assert mixture.flops == pytest.approx(6 * 37e9 * 14.8e12)
        assert mixture.actual_gpu_hours == 2.664e6

    def test_without_a_shape_it_is_predicted_by_runs_whose_attention_is_left_out_too(self, tmp_path):
        (own,) = self.check(tmp_path, "id,params,tokens,hardware,gpu_hours\na,7e9,1e12,h100,9e4\n").runs
        hopper = {run.id for run in check(name="hopper-dense").runs}
        peers = [run for run in tables.training_runs() if run.id in hopper]
        shares = [6 * run.params * run.tokens / (3600 * run.gpu_hours * 989.4e12) for run in peers]
        middle = sorted(shares)[2:4]  # of six runs, on the logarithmic scale
        assert own.gpu_hours.value == pytest.approx(6 * 7e21 / (3600 * 989.4e12 * geometric_mean(middle)))

    def test_hours_that_no_device_could_do_the_work_in_are_left_out_with_the_likely_cause(self, tmp_path):
        # the 172.8K hours that the DeepSeek-V2 paper gives per trillion tokens, taken for the whole run
        header = "id,params,active_params,tokens,hardware,gpu_hours\n"
        found = self.check(tmp_path, header + "v2,236B,21B,8.1T,h800,172.8K\na,7e9,,1e12,a100,82432\n")
        (reason,) = (row.reason for row in found.left_out)
        assert reason.startswith("its hours imply 1.66 times the peak")
        assert "the hours are per trillion tokens" in reason

    def test_unknown_hardware_is_told_with_the_file_and_the_run(self, tmp_path):
        with pytest.raises(Problem, match=r"mine\.csv: a: 'nosuch' names no accelerator") as caught:
            self.check(tmp_path, "id,params,tokens,hardware,gpu_hours\na,7e9,1e12,nosuch,5\n")
        assert caught.value.exit_code == 3

    def test_a_published_run_does_not_predict_itself(self, tmp_path):
        shape = "n_layers,d_attention,sequence"
        text = f"id,params,tokens,hardware,gpu_hours,{shape}\n"
        row = next(run for run in tables.training_runs() if run.id == "llama-65b")
        cells = (row.id, row.params, row.tokens, row.hardware, row.gpu_hours)
        cells += (row.n_layers, row.d_attention, row.sequence)
        (own,) = self.check(tmp_path, text + ",".join(map(str, cells)) + "\n").runs
        (published,) = (run for run in check().runs if run.id == "llama-65b")
        assert own.gpu_hours == published.gpu_hours

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "run-file"),
            ("id,params\na,7e9\n", "run-file"),
            ("id,params,tokens,hardware,gpu_hours\na,7 billions,1e12,a100,5\n", "run-file"),
            ("id,params,tokens,hardware,gpu_hours\na,7e9,1e12,nosuch,5\n", "unknown-accelerator"),
            ("id,params,tokens,hardware,gpu_hours\na,7e9,1e12,b200,5\n", "no-runs"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_refused_by_its_code(self, tmp_path, text, code):
        with pytest.raises(Problem) as caught:
            self.check(tmp_path, text)
        assert caught.value.code == code

    def test_a_file_that_is_not_there_is_named(self):
        with pytest.raises(Problem, match=r"nowhere\.csv"):
            check(runs="nowhere.csv")


def test_records_are_the_runs(scalecalc):
    rows = list(csv.DictReader(io.StringIO(scalecalc("check", "--format", "csv").out)))
    assert len(rows) == len(check().runs)
    assert {"id", "gpu_hours.low", "gpu_hours.value", "gpu_hours.high", "actual_gpu_hours"} <= set(rows[0])
    assert all(row["source"] for row in rows)


def test_the_screen_is_a_hundred_columns_wide_at_most(scalecalc):
    lines = scalecalc("check").out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("  assumes")) <= 100
