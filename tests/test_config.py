"""Settings."""

import sys
import threading

import pytest

import zarrust as zarr
from zarrust.config import DEFAULTS, Config


@pytest.fixture
def config():
    return Config()


def test_every_default_can_be_read(config):
    assert all(config.get(key) == value for key, value in DEFAULTS.items())
    assert config.get("array")["order"] == "C"
    assert config.defaults[0]["async"] == {"concurrency": 10, "timeout": None}
    assert config.to_dict()["threading"] == {"max_workers": None}


def test_the_keys_of_zarr_python_are_there():
    judge = pytest.importorskip("zarr")

    def flat(values, prefix=""):
        for name, value in values.items():
            yield from flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [prefix + name]

    theirs = {key for key in flat(judge.config.defaults[0]) if not key.startswith("codecs.")}
    assert theirs <= set(DEFAULTS)


def test_an_unknown_key_is_an_error_unless_a_default_is_given(config):
    with pytest.raises(KeyError, match=r"no\.such"):
        config.get("no.such")
    assert config.get("no.such", None) is None


def test_values_are_set_by_dots_nesting_or_keywords(config):
    config.set({"a.b": 1, "c": {"d": 2}})
    config.set(e__f=3)
    assert (config.get("a.b"), config.get("c.d"), config.get("e.f")) == (1, 2, 3)
    assert config.get("a") == {"b": 1}


def test_blocks_nest_and_put_everything_back(config):
    with config.set({"array.order": "F", "new.key": 1}):
        with config.set({"array": {"order": "C"}}):
            assert config.get("array.order") == "C"
        assert config.get("array.order") == "F"
    assert config.get("array.order") == "C"
    assert config.get("new.key", None) is None


def test_a_block_puts_back_after_an_error(config):
    with pytest.raises(RuntimeError), config.set({"json_indent": 7}):
        raise RuntimeError
    assert config.get("json_indent") == 2


def test_updating_can_prefer_what_is_there(config):
    config.update({"json_indent": 4, "mine": {"key": 1}}, priority="old")
    assert (config.get("json_indent"), config.get("mine.key")) == (2, 1)
    config.update({"json_indent": 4})
    assert config.get("json_indent") == 4
    with pytest.raises(ValueError, match="priority"):
        config.update({}, priority="both")


@pytest.mark.parametrize("again", ["reset", "refresh"])
def test_the_environment_is_read_again(config, again, monkeypatch):
    config.set({"json_indent": 9})
    monkeypatch.setenv("ZARR_ARRAY__ORDER", "F")
    monkeypatch.setenv("ZARR_DEFAULT_ZARR_FORMAT", "2")
    monkeypatch.setenv("ZARRUST_DEFAULT_ZARR_FORMAT", "3")
    monkeypatch.setenv("ZARR_ARRAY__WRITE_EMPTY_CHUNKS", "True")
    getattr(config, again)()
    assert (config.get("array.order"), config.get("default_zarr_format"), config.get("json_indent")) == ("F", 3, 2)
    assert config.get("array.write_empty_chunks") is True


def test_settings_can_be_printed(config, capsys):
    config.pprint()
    assert "'json_indent': 2" in capsys.readouterr().out


def test_a_gpu_without_cupy_is_a_clear_error(config, monkeypatch):
    monkeypatch.setattr(sys.modules["zarrust.config"], "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="CuPy"):
        config.enable_gpu()


def test_threads_do_not_lose_each_others_values(config):
    def work(name):
        for value in range(200):
            config.set({f"thread.{name}": value})
            with config.set({f"block.{name}": value}):
                assert config.get(f"block.{name}") == value

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert config.get("thread") == {str(name): 199 for name in range(8)}
    assert config.get("block", None) is None


def test_settings_decide_what_is_created():
    with zarr.config.set({"default_zarr_format": 2, "array.order": "F"}):
        z = zarr.zeros((2, 3))
    assert (z.metadata.zarr_format, z.order) == (2, "F")
