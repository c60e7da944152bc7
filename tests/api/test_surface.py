"""Every public name of zarr-python 3.4.2 is here, with the same parameters, defaults and kinds."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.differences import ALLOWED
from api.surface import FACTS, Comparison

NOT_YET = (Path(__file__).parent / "not_yet.txt").read_text().split()


def test_every_name_is_there_with_its_signature_and_the_list_of_missing_ones_only_shrinks(
    capsys: pytest.CaptureFixture[str],
) -> None:
    comparison = Comparison(ALLOWED)
    found = {
        f"{module}.{name}": list(comparison.name(module, name))
        for module, names in FACTS["modules"].items()
        for name in names
    }
    missing = [path for path, problems in found.items() if any(text.endswith("is missing") for text in problems)]
    right = [path for path, problems in found.items() if not problems]
    with capsys.disabled():
        print(
            f"\nzarr-python {FACTS['version']}: {len(found) - len(missing)} of {len(found)} names present, "
            f"{len(right)} of {len(found)} complete; {comparison.same} of {comparison.signatures} signatures equal, "
            f"{comparison.excused} more differ as listed; {len(NOT_YET)} names not yet"
        )
    assert not [text for path, problems in found.items() if path not in NOT_YET for text in problems]
    done = [path for path in NOT_YET if not found.get(path)]
    assert not done, f"complete now, so take them off tests/api/not_yet.txt: {done}"
    assert not (unused := set(ALLOWED) - comparison.used), f"nothing needs these differences any more: {unused}"
