"""Attributes."""

import asyncio
import json
import threading

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


KINDS = ["array", "group", "array in format 2", "group in format 2"]


def two_handles(store, kind):
    """Return two handles of a new node."""
    options = {"zarr_format": 2 if "2" in kind else 3, "store": store, "path": "a"}
    if "group" in kind:
        return zarr.create_group(**options), zarr.open_group(store, path="a", mode="r+")
    options["name"] = options.pop("path")
    return zarr.create_array(shape=(4,), dtype="i4", **options), zarr.open_array(store, path="a", mode="r+")


@pytest.mark.parametrize("kind", KINDS)
def test_two_handles_of_a_node_keep_each_others_attributes(store, kind):
    one, other = two_handles(store, kind)
    one.attrs["x"] = 1
    other.attrs["y"] = 2
    one.attrs.update(z=3)
    other.update_attributes({"w": 4})
    expected = {"x": 1, "y": 2, "z": 3, "w": 4}
    if "array" in kind:
        asyncio.run(one.async_array.update_attributes({"v": 5}))
        expected["v"] = 5
    assert dict(zarr.open(store, path="a", mode="r").attrs) == expected
    del one.attrs["y"]
    with pytest.raises(KeyError):
        del other.attrs["y"]
    other.attrs.put({"only": 1})
    assert dict(zarr.open(store, path="a", mode="r").attrs) == {"only": 1}
    assert dict(one.attrs) != dict(other.attrs) == {"only": 1}


def test_setting_attributes_leaves_the_shape_that_another_handle_has_set(store):
    one, other = two_handles(store, "array")
    one.resize((9,))
    other.attrs["x"] = 1
    again = zarr.open_array(store, path="a")
    assert again.shape == (9,)
    assert again.attrs["x"] == 1


@pytest.mark.parametrize("kind", ["array", "array in format 2"])
def test_a_change_of_the_shape_leaves_the_attributes_that_another_handle_has_set(store, kind):
    one, other = two_handles(store, kind)
    one.attrs["x"] = 1
    other.resize((9,))
    one.attrs["y"] = 2
    other.append([1, 2])
    one.attrs["z"] = 3
    asyncio.run(other.async_array.append([3]))
    one.attrs["w"] = 4
    asyncio.run(other.async_array.resize((13,)))
    again = zarr.open_array(store, path="a")
    assert dict(again.attrs) == dict(other.attrs) == {"x": 1, "y": 2, "z": 3, "w": 4}
    assert again[...].tolist() == [0] * 9 + [1, 2, 3, 0]


def test_threads_and_coroutines_that_set_attributes_lose_nothing(store):
    array = zarr.create_array(store, shape=(4,), dtype="i4")

    def work(number):
        mine = zarr.open_array(store, mode="r+")
        for at in range(5):
            mine.attrs[f"{number}.{at}"] = at

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()

    async def all_of_them():
        await asyncio.gather(*(array.async_array.update_attributes({f"c.{at}": at}) for at in range(10)))

    asyncio.run(all_of_them())
    for thread in threads:
        thread.join()
    assert len(zarr.open_array(store).attrs) == 40
