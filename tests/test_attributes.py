"""Attributes."""

import json

import numpy as np
import pytest

import zarrust as zarr


@pytest.fixture(params=["group2", "group3", "array2", "array3"])
def node(request):
    zarr_format = int(request.param[-1])
    if request.param.startswith("group"):
        return zarr.create_group(zarr_format=zarr_format)
    return zarr.create_array(shape=(2,), zarr_format=zarr_format)


def reopened(node):
    return dict(zarr.open(node.store).attrs)


def test_changes_are_written_through(node):
    node.attrs["a"] = 1
    node.attrs.update({"b": [1, None]}, c={"d": True})
    del node.attrs["a"]
    assert reopened(node) == {"b": [1, None], "c": {"d": True}}
    node.attrs.put({"e": "f"})
    assert reopened(node) == {"e": "f"} == node.attrs.asdict()
    assert node.update_attributes({"g": 1}).attrs["e"] == "f"
    with pytest.raises(KeyError):
        del node.attrs["missing"]


def test_numpy_values_become_json(node):
    node.attrs.update(i=np.int32(3), f=np.float32(0.5), b=np.bool_(True), a=np.arange(3), t=(1, 2), s=np.str_("x"))
    assert reopened(node) == {"i": 3, "f": 0.5, "b": True, "a": [0, 1, 2], "t": [1, 2], "s": "x"}


def test_what_is_not_finite_is_written_as_words(node):
    node.attrs["x"] = [float("nan"), np.inf, -np.inf]
    assert reopened(node) == {"x": ["NaN", "Infinity", "-Infinity"]}
    for key in node.store:
        json.loads(node.store[key], parse_constant=pytest.fail)


def test_a_value_without_json_is_named(node):
    with pytest.raises(TypeError, match="attribute 'bad'"):
        node.attrs["bad"] = {"x": object()}
    assert "bad" not in node.attrs


def test_a_value_nested_too_deep_is_a_type_error(node):
    deep = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(TypeError, match="deep"):
        node.attrs["deep"] = deep


def test_integer_keys_become_strings(node):
    node.attrs["m"] = {1: "one"}
    assert reopened(node) == {"m": {"1": "one"}}
