import pytest

from scalecalc.compute.layout import OPTIMIZERS, Batch, Layout, Precision


def test_mixed_precision_with_adam_takes_16_bytes_per_parameter():
    # ZeRO (arXiv 1910.02054), section 3.1: 2 + 2 + 12
    kept = Precision()
    assert kept.weights + kept.gradients + kept.master + kept.matrix_states == 16


@pytest.mark.parametrize(
    ("optimizer", "bytes_per_param"),
    [("sgd", 0), ("momentum", 4), ("adam", 8), ("adamw", 8), ("adam8bit", 2), ("lion", 4), ("muon", 4)],
)
def test_an_optimizer_keeps_its_moments(optimizer, bytes_per_param):
    # 8-bit states have a scale for every block of 2048: 0.2 %
    assert Precision(optimizer=optimizer).matrix_states == pytest.approx(bytes_per_param, rel=2.5e-3)


def test_adafactor_keeps_hardly_anything():
    assert 0 < Precision(optimizer="adafactor").matrix_states < 0.05


def test_muon_leaves_embeddings_to_adam():
    assert Precision(optimizer="muon").other_states == 8
    assert all(
        Precision(optimizer=name).other_states == Precision(optimizer=name).matrix_states
        for name in OPTIMIZERS
        if name != "muon"
    )


def test_devices_are_the_product_of_the_degrees_but_for_experts():
    layout = Layout(tensor=8, pipeline=4, context=2, expert=4, data=16)
    assert layout.devices == 1024
    assert (layout.replicas, layout.expert_replicas) == (32, 8)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tensor": 0}, "tensor must be at least 1"),
        ({"zero": 4}, "zero must be 0, 1, 2 or 3, not 4"),
        ({"data": 4, "expert": 3}, "expert must divide data times context, 4, not be 3"),
    ],
)
def test_a_layout_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Layout(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"tokens": 0}, "tokens must be at least 1"),
        ({"tokens": 1, "recompute": "some"}, "recompute must be one of none, selective, alternate, full"),
    ],
)
def test_a_batch_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Batch(**wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"gradients": -1}, "gradients must not be negative"),
        ({"optimizer": "adamm"}, "optimizer must be one of sgd, .*, not 'adamm'"),
    ],
)
def test_a_precision_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        Precision(**wrong)
