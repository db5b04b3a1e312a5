"""Ways to make a model do a task: their compute, and the lower envelope of their costs."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scalecalc import tables
from scalecalc.compute.adaptation import (
    Cost,
    Task,
    adapter_tuning_flops,
    full_tuning_flops,
    reigns,
)
from scalecalc.compute.adapters import Adapters, adapter_params, fewest_tuning_devices, tuning_memory
from scalecalc.compute.layout import Batch, Layout
from scalecalc.compute.parameters import parameters

LLAMA = tables.model("llama3-8b").shape

amounts = st.floats(1e-6, 1e6)
costs = st.lists(st.tuples(st.floats(0, 1e6), amounts), min_size=1, max_size=6).map(
    lambda pairs: [Cost(f"way {place}", *pair) for place, pair in enumerate(pairs)]
)


class TestCompute:
    def test_all_weights_take_6_flops_each(self):
        assert full_tuning_flops(LLAMA, 1e6) == 6 * 8_030_261_248 * 1e6

    def test_adapters_save_the_gradients_of_frozen_weights_only(self):
        """4N + 6N of the adapters: Llama 3 8B with rank 16 on queries and values has 6,815,744 of them."""
        adapters = Adapters(rank=16, targets="query-value")
        assert adapter_params(LLAMA, adapters) == 6_815_744
        assert adapter_tuning_flops(LLAMA, adapters, 1.0) == 4 * 8_030_261_248 + 6 * 6_815_744

    def test_a_mixture_is_charged_for_the_experts_that_work(self):
        mixtral = tables.model("mixtral-8x7b").shape
        assert full_tuning_flops(mixtral, 1.0) == 6 * parameters(mixtral).active
        assert parameters(mixtral).active < parameters(mixtral).total / 3

    @pytest.mark.parametrize(
        "tune", [full_tuning_flops, lambda s, t: adapter_tuning_flops(s, Adapters(rank=8), t)]
    )
    def test_no_tokens_are_refused(self, tune):
        with pytest.raises(ValueError, match="tokens"):
            tune(LLAMA, 0.0)


class TestDevices:
    BATCH = Batch(tokens=4096, recompute="full")

    @pytest.mark.parametrize("usable", [1.5e10, 2e10, 3e10, 8e10])
    def test_the_fewest_hold_it_and_half_of_them_do_not(self, usable):
        adapters = Adapters(rank=16)

        def needed(devices):
            return tuning_memory(LLAMA, adapters, self.BATCH, Layout(data=devices, zero=3)).total

        fewest = fewest_tuning_devices(LLAMA, adapters, self.BATCH, usable)
        assert needed(fewest) <= usable
        assert fewest == 1 or needed(fewest // 2) > usable

    def test_what_no_number_of_devices_holds_has_none(self):
        assert fewest_tuning_devices(LLAMA, Adapters(rank=16), self.BATCH, 1e6) is None


class TestTask:
    def test_examples_leave_room_for_the_query_and_its_answer(self):
        task = Task(examples=1000, example_tokens=400, answer_tokens=100)
        shots = task.shots_that_fit(8192)
        assert shots == 19
        assert task.prompt_tokens(shots) + task.answer_tokens <= 8192
        assert task.prompt_tokens(shots + 1) + task.answer_tokens > 8192

    def test_no_more_examples_than_there_are_and_none_without_room(self):
        assert Task(examples=3, example_tokens=400, answer_tokens=100).shots_that_fit(8192) == 3
        assert Task(examples=3, example_tokens=400, answer_tokens=100).shots_that_fit(300) == 0

    def test_an_answer_is_shorter_than_its_example(self):
        with pytest.raises(ValueError, match="answer_tokens"):
            Task(examples=3, example_tokens=400, answer_tokens=400)


class TestReigns:
    @given(costs=costs, queries=st.floats(0, 1e9))
    def test_the_reigning_way_costs_no_more_than_any(self, costs, queries):
        """To the rounding of a difference of costs, divided and multiplied again."""
        here = next(reign for reign in reversed(reigns(costs)) if reign.start <= queries)
        named = {cost.name: cost for cost in costs}
        least = min(cost.total(queries) for cost in costs)
        assert named[here.name].total(queries) == pytest.approx(least, rel=1e-9, abs=1e-9)

    @given(costs=costs)
    def test_reigns_follow_one_another_without_a_gap_to_the_end(self, costs):
        found = reigns(costs)
        assert found[0].start == 0
        assert found[-1].end == inf
        assert [each.end for each in found[:-1]] == [each.start for each in found[1:]]

    def test_no_ways_are_refused(self):
        with pytest.raises(ValueError, match="costs"):
            reigns([])


class TestBreakEven:
    @given(upfront=amounts, saved=st.floats(1e-3, 1e3))
    def test_both_cost_the_same_there(self, upfront, saved):
        tuned, prompted = Cost("tuned", upfront, 1.0), Cost("prompted", 0.0, 1.0 + saved)
        even = tuned.breaks_even(prompted)
        assert tuned.total(even) == pytest.approx(prompted.total(even), rel=1e-9)

    def test_what_saves_nothing_never_pays(self):
        assert Cost("tuned", 10.0, 1.0).breaks_even(Cost("prompted", 0.0, 1.0)) is None

    def test_what_is_cheaper_in_both_pays_at_once(self):
        assert Cost("cached", 0.0, 0.5).breaks_even(Cost("prompted", 0.0, 1.0)) == 0.0
