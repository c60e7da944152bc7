"""Where the package differs from zarr-python 3.4.2 on purpose: path (or pattern) and parameter, and the reason.

The parameter is ``""`` where the thing itself differs. An entry that nothing needs any more fails the test.
"""

ALLOWED: dict[tuple[str, str], str] = {}
