"""The error tree, and that the Rust core's codes are exactly its classes."""

import pickle

import pytest

from zarrust import _core, errors


def test_error_classes_match_the_rust_kinds():
    assert set(_core.error_codes()) - {"foreign"} == set(errors.BY_CODE)


@pytest.mark.parametrize("code", sorted(errors.BY_CODE))
def test_every_class_takes_a_message_a_key_and_an_errno(code):
    error = errors.BY_CODE[code]("zstd: 3 bytes are too few")
    error.key = "a/c/0"
    if isinstance(error, OSError):
        error.errno = 5
    assert str(error).startswith("zstd: 3 bytes are too few")
    assert error.key == "a/c/0"


@pytest.mark.parametrize("code", sorted(errors.BY_CODE))
def test_every_class_can_be_pickled(code):
    error = errors.BY_CODE[code]("message")
    error.key = "a"
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert again.key == "a"


def test_an_internal_error_asks_for_a_report_with_the_version():
    assert _core.__version__ in str(errors.InternalError("lost a task"))


@pytest.mark.parametrize(
    ("cls", "parents"),
    [
        (errors.ArrayNotFoundError, (errors.NodeNotFoundError, FileNotFoundError, ValueError)),
        (errors.GroupNotFoundError, (errors.NodeNotFoundError, FileNotFoundError, ValueError)),
        (errors.NodeTypeValidationError, (errors.MetadataValidationError, ValueError)),
        (errors.CorruptChunkError, (ValueError, OSError)),
        (errors.StorePermissionError, (errors.StoreError, PermissionError)),
        (errors.OutOfMemoryError, (MemoryError,)),
        (errors.InvalidKeyError, (ValueError,)),
        (errors.InvalidSelectionError, (IndexError, ValueError)),
        (errors.BoundsCheckError, (IndexError,)),
        (errors.NegativeStepError, (IndexError,)),
    ],
)
def test_classes_have_the_parents_that_programs_catch(cls, parents):
    assert all(issubclass(cls, parent) for parent in parents)


def test_several_arguments_fill_the_template():
    assert str(errors.ArrayNotFoundError("s", "p")) == "No array found in store 's' at path 'p'"
    assert str(errors.ArrayNotFoundError("plain")) == "plain"
