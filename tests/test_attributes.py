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


def test_another_handles_changes_are_seen_on_request(node):
    other = zarr.open(node.store)
    attrs = node.attrs
    other.attrs["a"] = 1
    assert "a" not in attrs
    attrs.refresh()
    assert attrs["a"] == 1
    attrs.cache = False
    other.attrs["b"] = 2
    assert dict(attrs) == {"a": 1, "b": 2}


def test_the_attributes_of_a_node_that_is_gone_cannot_be_read_again(node):
    for key in list(node.store):
        del node.store[key]
    with pytest.raises(zarr.errors.NodeNotFoundError):
        node.attrs.refresh()


@pytest.mark.parametrize(("policy", "stored"), [("words", ["NaN", "-Infinity", 1.5]), ("null", [None, None, 1.5])])
def test_what_json_does_not_have_is_stored_as_the_setting_says(node, policy, stored):
    with zarr.config.set({"attributes.nan": policy}):
        node.attrs["a"] = np.array([np.nan, -np.inf, 1.5])
    assert reopened(node)["a"] == stored
    text = node.store["zarr.json" if "zarr.json" in node.store else ".zattrs"]
    json.loads(text, parse_constant=lambda token: pytest.fail(f"{token} is no JSON"))


def test_the_setting_can_refuse_what_json_does_not_have(node):
    with zarr.config.set({"attributes.nan": "raise"}), pytest.raises(ValueError, match="'a'"):
        node.attrs["a"] = float("inf")
    with zarr.config.set({"attributes.nan": "maybe"}), pytest.raises(ValueError, match=r"attributes\.nan"):
        node.attrs["a"] = 1
    assert reopened(node) == {}
