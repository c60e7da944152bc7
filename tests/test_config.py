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
    assert config.config == config.to_dict()


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


def test_files_come_before_the_environment_and_later_ones_win(config, tmp_path):
    pytest.importorskip("yaml")
    (tmp_path / "a.yaml").write_text("array:\n  order: F\njson_indent: 5\n")
    (tmp_path / "b.json").write_text('{"json_indent": 7}')
    (tmp_path / "c.txt").write_text("not read")
    found = config.collect(paths=[str(tmp_path), str(tmp_path / "missing")], env={"ZARR_ARRAY__ORDER": "C"})
    assert found == {"array": {"order": "C"}, "json_indent": 7}
    config.refresh(paths=[str(tmp_path)], env={})
    assert (config.get("array.order"), config.get("json_indent"), config.get("default_zarr_format")) == ("F", 7, 3)


@pytest.mark.parametrize("text", ["[1]", "{"])
def test_a_file_that_is_no_mapping_is_refused_with_its_name(config, tmp_path, text):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json' is malformed"):
        config.collect(paths=[str(tmp_path / "bad.json")])


def test_hyphens_and_underscores_are_the_same(config):
    config.set({"default-zarr-format": 2})
    assert config.get("default_zarr_format") == config["default-zarr-format"] == 2
    assert "array.order" in config
    assert "no.such" not in config


def test_keys_that_were_removed_say_so(config):
    with pytest.raises(ValueError, match=r"'array\.v2_default_compressor\.bytes' has been removed"):
        config.set({"array": {"v2_default_compressor": {"bytes": {}}}})


def test_settings_are_cleared_merged_renamed_and_expanded(config, monkeypatch):
    config.clear()
    assert config.to_dict() == {}
    config.merge({"a": {"b": 1}}, {"a.b": 2, "c": "$ZARR_TEST_PLACE/x"})
    monkeypatch.setenv("ZARR_TEST_PLACE", "/place")
    config.expand_environment_variables()
    config.rename({"a.b": "d", "missing": "e"})
    assert config.to_dict() == {"c": "/place/x", "d": 2}
    config.reset()
    assert config.get("array.order") == "C"


def test_new_defaults_leave_what_was_set(config):
    config.set({"json_indent": 4})
    config.update_defaults({"json_indent": 8, "array": {"order": "F"}, "mine": 1})
    assert (config.get("json_indent"), config.get("array.order"), config.get("mine")) == (4, "F", 1)
    config.reset()
    assert config.get("json_indent") == 8


def test_another_process_inherits_what_is_serialized(config):
    config.set({"json_indent": 4})
    assert Config().collect(paths=[], env={"ZARR_INTERNAL_INHERIT_CONFIG": config.serialize()}) == config.to_dict()


def test_a_file_of_settings_is_put_in_place_once(config, tmp_path):
    source, folder = tmp_path / "zarr.yaml", tmp_path / "home"
    source.write_text("array:\n  order: F\n")
    config.ensure_file(str(source), str(folder))
    assert (folder / "zarr.yaml").read_text() == "# array:\n#   order: F\n"
    source.write_text("other")
    config.ensure_file(str(source), str(folder))
    assert (folder / "zarr.yaml").read_text().startswith("# array")
