"""Accelerators and how many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from scalecalc.quantity import Cluster, Refused


class Asked(BaseModel):
    gpus: Cluster


@pytest.mark.parametrize(
    ("text", "count", "accelerator"),
    [
        ("512", 512, None),
        ("4090", 4090, None),
        ("16k", 16_000, None),
        ("24_576", 24_576, None),
        ("24,576", 24_576, None),
        ("2^10", 1024, None),
        ("512xH100", 512, "h100"),
        ("512XH100", 512, "h100"),
        ("512 x H100", 512, "h100"),
        ("512\u00d7H100", 512, "h100"),
        ("512*H100", 512, "h100"),
        ("8xh100-pcie", 8, "h100-pcie"),
        ("2048*gb200", 2048, "gb200"),
        ("16kxH100", 16_000, "h100"),
        ("24,576xH100", 24_576, "h100"),
        ("2^10xH100", 1024, "h100"),
        ("8x4090", 8, "4090"),
        ("8xRTX 4090", 8, "rtx 4090"),
        ("h100", None, "h100"),
        (" RTX4090 ", None, "rtx4090"),
        ("A100 80GB", None, "a100 80gb"),
    ],
)
def test_clusters(text, count, accelerator):
    assert Cluster.parse(text) == Cluster(count, accelerator)


@pytest.mark.parametrize(
    ("text", "reason", "hint"),
    [
        ("0", "not a positive whole number of devices", "512xH100"),
        ("1.5xh100", "not a positive whole number of devices", "512xH100"),
        ("-8xh100", "is negative", "512xH100"),
        ("1e400", "too large", "1e300"),
        ("1e400xh100", "1e400xh100 is too large", "1e300"),
        ("2e9", "more than 1000000000 devices", "512xH100"),
        ("512x", "no accelerator behind the x", "512xh100"),
        ("8 h100", "no x between count and accelerator", "write 8xh100"),
        ("3090ti", "no x between count and accelerator", "1x3090ti"),
        ("h100 x 8", "count at the end", "write 8xh100"),
        ("h100*8", "count at the end", "write 8xh100"),
        ("64x8xH100", "two counts", "512xh100"),
        ("64 x 8 x H100", "two counts", "512xh100"),
        ("2x10^3xh100", "power as its count", "2e3"),
        ("8xh100%", "names no accelerator", "h100-sxm-80gb"),
        ("8x\u041d100", "names no accelerator", "h100-sxm-80gb"),
        ("512xH100,8xA100", "names no accelerator", "h100-sxm-80gb"),
        ("1,5xh100", "group digits by three", "1.5"),
    ],
)
def test_what_is_no_cluster_is_refused(text, reason, hint):
    with pytest.raises(Refused, match=reason) as refusal:
        Cluster.parse(text)
    assert hint in refusal.value.hint


names = st.from_regex(r"[a-z][a-z0-9]{0,6}(-[a-z0-9]{1,5}){0,2}", fullmatch=True)


@given(st.integers(1, 10**9), st.none() | names)
def test_printed_clusters_parse_to_themselves(count, accelerator):
    cluster = Cluster(count, accelerator)
    assert Cluster.parse(str(cluster)) == cluster


@given(names)
def test_a_name_alone_parses_to_itself(accelerator):
    assert Cluster.parse(accelerator) == Cluster(None, accelerator)


@given(st.text() | st.text("0123456789xX*. h100-akK,_", max_size=12))
def test_any_text_is_read_or_refused(text):
    try:
        cluster = Cluster.parse(text)
    except Refused:
        return
    assert Cluster.parse(str(cluster)) == cluster


@pytest.mark.parametrize(
    ("count", "accelerator", "reason"),
    [
        (0, "h100", "0 is not a positive"),
        (True, "h100", "True is not a positive"),
        (float("nan"), None, "nan is not a positive"),
        (float("inf"), None, "inf is not a positive"),
        (None, None, "without count and name"),
        (None, "4090", "4090 names no accelerator"),
        (8, "", "no accelerator"),
        (8, "h100\n", None),
    ],
)
def test_construction_checks_too(count, accelerator, reason):
    if reason is None:
        assert Cluster(count, accelerator).accelerator == accelerator.strip()
    else:
        with pytest.raises(ValueError, match=reason):
            Cluster(count, accelerator)


def test_pydantic_reads_texts_counts_and_clusters_and_writes_a_text():
    assert Asked(gpus="512xH100").model_dump_json() == '{"gpus":"512xh100"}'
    assert Asked(gpus=512).gpus == Asked(gpus=Cluster(512)).gpus == Cluster(512)
    assert Asked.model_json_schema()["properties"]["gpus"]["type"] == "string"


@pytest.mark.parametrize("value", [True, 1.5, None, [8]])
def test_pydantic_refuses_other_types(value):
    with pytest.raises(ValidationError, match="is not a cluster"):
        Asked(gpus=value)
