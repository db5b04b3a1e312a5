import pytest

from scalecalc.compute.mistake import Evidence, mistakes


def factors(evidence, side):
    return {mistake.code: mistake.factor for mistake in mistakes(evidence, side)}


def test_without_evidence_only_the_common_mistakes_are_open():
    assert factors(Evidence(), "high") == {
        "hfu-as-mfu": pytest.approx(4 / 3),
        "dense-peak-reduced": 2.0,
        "fp8-run": 2.0,
        "all-experts-counted": None,
        "mismatched-figures": None,
    }
    assert factors(Evidence(), "low") == {
        "words-for-tokens": 0.75,
        "sparse-peak": 0.5,
        "distilled": None,
        "hours-beyond-the-run": None,
    }


def test_hours_per_trillion_tokens_err_by_the_trillions():
    assert factors(Evidence(tokens=8.1e12), "high")["hours-per-trillion-tokens"] == pytest.approx(8.1)
    assert factors(Evidence(tokens=0.3e12), "low")["hours-per-trillion-tokens"] == pytest.approx(0.3)


def test_one_device_for_many_errs_by_their_number():
    assert factors(Evidence(gpus=16), "high")["one-device-peak"] == 16
    assert factors(Evidence(gpus=16), "low")["one-device-work"] == 1 / 16


def test_one_device_for_one_is_no_mistake():
    assert "one-device-peak" not in factors(Evidence(gpus=1), "high")


def test_cores_and_chips_err_by_the_cores_of_a_chip():
    assert factors(Evidence(dies_per_unit=2), "high")["core-for-chip"] == 2
    assert factors(Evidence(dies_per_unit=2), "low")["chip-for-core"] == 0.5


def test_a_device_without_sparsity_has_no_sparse_peak():
    assert "sparse-peak" not in factors(Evidence(sparse_ratio=None), "low")
    assert "dense-peak-reduced" not in factors(Evidence(sparse_ratio=None), "high")


def test_the_sparse_ratio_is_the_devices_own():
    # Trainium2 prints 2563 TFLOP/s with 4:1 sparsity and does 667 dense.
    assert factors(Evidence(sparse_ratio=2563 / 667), "low")["sparse-peak"] == pytest.approx(
        1 / 3.84, rel=1e-3
    )


def test_a_run_known_not_to_be_in_fp8_is_not_called_one():
    assert "fp8-run" not in factors(Evidence(fp8=False), "high")


def test_the_experts_are_a_cause_only_of_flops_that_count_them():
    moe = {"params": 21e9, "total_params": 236e9, "tokens": 8.1e12}
    unknown = factors(Evidence(**moe), "high")
    of_all = factors(Evidence(**moe, flops=6 * 236e9 * 8.1e12), "high")
    of_active = factors(Evidence(**moe, flops=6 * 21e9 * 8.1e12), "high")
    assert unknown["all-experts-counted"] == pytest.approx(236 / 21)
    assert of_all["all-experts-counted"] == pytest.approx(236 / 21)
    assert "all-experts-counted" not in of_active


def test_the_experts_are_no_cause_for_a_dense_model():
    assert "all-experts-counted" not in factors(Evidence(params=70e9, total_params=70e9), "high")


def test_flops_far_from_six_n_d_are_a_cause_that_the_numbers_bear_out():
    # llm.c's 1558M script prints the FLOPs of its 774M script: 6.966e20 for 33.55B tokens.
    evidence = Evidence(flops=6.966e20, params=1.558e9, total_params=1.558e9, tokens=33.554e9)
    found = {mistake.code: mistake for mistake in mistakes(evidence, "high")}["flops-not-6nd"]
    assert found.factor == pytest.approx(2.22, abs=0.005)
    assert found.borne_out


def test_flops_with_attention_are_not_far_from_six_n_d():
    # GPT-3 Small at context 2048 counts 2.93e20 with attention and 2.25e20 without.
    evidence = Evidence(flops=2.93e20, params=125e6, total_params=125e6, tokens=300e9)
    assert "flops-not-6nd" not in factors(evidence, "high")


def test_another_devices_peak_errs_by_their_ratio():
    evidence = Evidence(other_peaks={"h100-sxm-80gb": 989.4 / 312, "v100-sxm-32gb": 125 / 312})
    assert factors(evidence, "high")["other-device"] == pytest.approx(3.17, abs=0.005)
    assert factors(evidence, "low")["other-device"] == pytest.approx(0.40, abs=0.005)


def test_thousands_of_tokens_per_parameter_bear_out_distillation():
    def borne_out(params, tokens):
        open_ = {found.code: found for found in mistakes(Evidence(params=params, tokens=tokens), "low")}
        return open_["distilled"].borne_out

    assert borne_out(1.236e9, 9e12)  # Llama 3.2 1B, distilled
    assert not borne_out(8.03e9, 15e12)  # Llama 3 8B, not
