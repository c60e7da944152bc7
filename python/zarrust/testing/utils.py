"""Small helpers of tests."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import pytest

__all__ = ["assert_bytes_equal", "gpu_test", "has_cupy"]

T = TypeVar("T")


def assert_bytes_equal(b1: Any, b2: Any) -> None:
    """Fail unless two buffers or bytes-like objects have the same bytes.

    Parameters
    ----------
    b1, b2 : Buffer, bytes or None

    Examples
    --------
    >>> from zarrust.buffer.cpu import Buffer
    >>> assert_bytes_equal(Buffer.from_bytes(b"1"), b"1")
    """
    first, second = (value.to_bytes() if hasattr(value, "to_bytes") else value for value in (b1, b2))
    assert first == second


def has_cupy() -> bool:
    """Return whether CuPy is installed and finds a GPU."""
    try:
        import cupy
    except ImportError:
        return False
    try:
        return bool(cupy.cuda.runtime.getDeviceCount() > 0)
    except cupy.cuda.runtime.CUDARuntimeError:
        return False


gpu_mark = pytest.mark.gpu
skip_if_no_gpu = pytest.mark.skipif(not has_cupy(), reason="CuPy is not installed, or there is no GPU")


def gpu_test(func: T) -> T:
    """Mark a test that needs CuPy and a GPU, and skip it where they are missing."""
    marked: Any = gpu_mark(skip_if_no_gpu(func))
    return cast("T", marked)
