"""zarrita.js, in a process of Node."""

import base64
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from interop.cases import SHAPE, WRITTEN, Case, document
from interop.implementation import (
    WRONG,
    Implementation,
    Limit,
    Outcome,
    any_of,
    chained,
    laid_out,
    put_document,
    written,
)

_SHARED = ["bz2", "lzma", "crc32", "adler32", "fletcher32", "packbits"]
UNKNOWN = [*_SHARED, *(f"numcodecs.{name}" for name in (*_SHARED, "fixedscaleoffset"))]
DECODED = [
    "gzip",
    "zlib",
    "numcodecs.zlib",
    "crc32c",
    "zstd+crc32c",
    "fixedscaleoffset",
    "numcodecs.bitround",
    "numcodecs.shuffle",
]

# Where `make test` puts what npm installs.
INSTALLED = Path(__file__).parents[2] / ".venvs" / "servers"


def _is_large(case: Case) -> bool:
    return case.kind in "iu" and case.native.itemsize == 8 and case.fill == "extreme"


class ZarritaError(Exception):
    """What zarrita threw."""


def _version() -> str:
    if shutil.which("node") is None:
        raise OSError("node is not on PATH")
    package = INSTALLED / "node_modules" / "zarrita" / "package.json"
    if not package.exists():
        raise OSError("npm did not install zarrita")
    return str(json.loads(package.read_text())["version"])


def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What it answers to each job; a job that ends the process is an error, and the next ones go to another one."""
    node = shutil.which("node")
    assert node is not None
    script = Path(__file__).with_name("zarrita.mjs").read_text()
    answers: list[dict[str, Any]] = []
    while len(answers) < len(jobs):
        done = subprocess.run(
            [node, "--input-type=module", "--eval", script],
            cwd=INSTALLED,
            input="".join(json.dumps(job) + "\n" for job in jobs[len(answers) :]),
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )
        # By newline alone: strings have other ends of lines in them.
        answers += [json.loads(line) for line in done.stdout.split("\n") if line]
        if len(answers) < len(jobs):
            answers.append({"error": f"node has ended: {done.stderr}"})
    return answers


def _array(case: Case, answer: dict[str, Any]) -> Outcome:
    if "error" in answer:
        return ZarritaError(answer["error"])
    strides = answer["stride"]
    if "list" in answer:
        flat = np.array(answer["list"], object)
        if case.kind != "O":
            flat = np.array([one.encode() if case.kind == "S" else one for one in flat]).astype(
                case.native.newbyteorder("<")
            )
    else:
        flat = np.frombuffer(base64.b64decode(answer["base64"]), case.native.newbyteorder("<"))
    found = np.lib.stride_tricks.as_strided(flat, answer["shape"], [stride * flat.itemsize for stride in strides])
    return found.copy()


def _read(arrays: list[tuple[Case, Path]]) -> list[Outcome]:
    jobs = [{"path": str(path), "zarrFormat": case.zarr_format} for case, path in arrays]
    return [_array(case, answer) for (case, _), answer in zip(arrays, run(jobs), strict=True)]


def _job(case: Case, path: Path) -> dict[str, Any]:
    """The array made by itself where its `create` can say all of it, otherwise it fills one whose metadata is there."""
    array = written(case)
    elements = b"" if array.dtype.kind == "O" else array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    job = {
        "write": True,
        "path": str(path),
        "zarrFormat": case.zarr_format,
        "shape": SHAPE,
        "rows": WRITTEN,
        "base64": base64.b64encode(elements).decode(),
    }
    if case.zarr_format == 2 or case.keys[0] != "default":
        put_document(case, path)
        return job
    path.mkdir(parents=True)
    found = document(case)
    create = {
        "shape": found["shape"],
        "chunkShape": found["chunk_grid"]["configuration"]["chunk_shape"],
        "dtype": found["data_type"],
        "codecs": found["codecs"],
        "fillValue": found["fill_value"],
        "chunkSeparator": case.keys[1],
    }
    return {**job, "create": create}


def _write(arrays: list[tuple[Case, Path]]) -> list[Outcome]:
    answers = run([_job(case, path) for case, path in arrays])
    return [ZarritaError(answer["error"]) if "error" in answer else None for answer in answers]


_PAYLOAD = Limit("the payload of a fill value's NaN, lost", "^other elements", lambda case: case.fill == "payload")
_CANNOT = (
    Limit("float16, which needs a newer Node", "unsupported dataType: float16", any_of(dtypes=["<f2", ">f2"])),
    Limit("data type", "(dataType|dtype).match is not a function", any_of("mMSUV", formats=[3])),
    Limit("data type", "dtype.match is not a function", any_of(dtypes=["record"])),
    Limit("data type", "(Unknown or unsupported dataType|Unsupported or unknown dtype)", any_of("cmMVO")),
    Limit("codec", "Unknown codec: numcodecs.[a-z0-9-]+", chained(*UNKNOWN)),
    Limit("data type", "Unknown codec: numcodecs.vlen-bytes", any_of("O")),
    Limit("shuffle of elements of any length", "Shuffle codec requires a fixed-size dtype", any_of("O")),
    _PAYLOAD,
)
ZARRITA = Implementation(
    "zarrita.js",
    _version,
    _read,
    _write,
    cannot_read=(
        *_CANNOT,
        Limit("shards in shards", "Unknown codec: sharding_indexed", laid_out("shards in shards")),
        Limit("a codec around shards", "RangeError|node has ended", laid_out("gzip around shards")),
        Limit("shards with the index at the start", "RangeError|node has ended", laid_out("index at the start")),
        Limit("integers over 2**53 as fill value, misread", WRONG, _is_large),
        Limit("fixed-length text beyond two bytes a letter as fill value, misread", WRONG, any_of("U", formats=[2])),
        Limit("bytes that are no UTF-8, misread", f"{WRONG}|offset is out of bounds", any_of("S")),
    ),
    cannot_write=(
        *_CANNOT,
        Limit("shards", "set on sharded arrays", lambda case: case.layout != "chunks"),
        Limit("codec, to encode", "Unsupported: [a-z0-9_-]+ encode", chained(*DECODED)),
        Limit("data type, to encode", "(is not iterable|offset is out of bounds)", any_of("SU")),
        Limit("data type, to encode", "Unsupported: vlen-utf8 encode", any_of("O")),
        Limit("integers over 2**53 as fill value", "fill_value", _is_large),
    ),
)
