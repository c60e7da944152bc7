"""Read and write 1,024 chunks of 256 KiB on S3 with a network's latency, by zarrust and its peers, alternating.

Run by ``make bench-cloud``. The server is versitygw on this machine, or ``plain``; what is sent there is late. As in
``compare.py`` every peer has a process of its own and does the same within each round, in an order that rotates; a
first round that is not counted warms up and verifies every value. Client, server and proxy share the processors. Times
are reported, never asserted.
"""

import argparse
import contextlib
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from cloud_cases import CASES, values
from cloud_peers import BUCKET, KEY, PEERS, REGION, SECRET
from compare import FOLDER, HERE, Worker, machine, rotated

# In memory where the system has a folder for that: a disk that is busy with earlier writes is not what is measured.
DATA = Path("/dev/shm/zarrust-bench-cloud") if Path("/dev/shm").is_dir() else FOLDER / "cloud"
BUILT = HERE.parent / ".venvs" / "servers" / "bin"
Lines = dict[str, dict[str, list[float]]]


def answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
        return True
    return False


def certified(folder: Path) -> list[str]:
    """Flags for a server that shows a certificate, which all peers trust."""
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    name = ["-subj", "/CN=bench", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=CA:FALSE"]
    command = ["openssl", "req", "-x509", *kind, *name, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    # The first is that of zarrust and obstore.
    os.environ |= dict.fromkeys(("SSL_CERT_FILE", "AWS_CA_BUNDLE", "TENSORSTORE_CA_BUNDLE"), certificate)
    return ["--cert", certificate, "--key", key]


@contextlib.contextmanager
def server(name: str, folder: Path, delay: float, *, tls: bool = False) -> Iterator[str]:
    """A server of the buckets in ``folder`` that is so many milliseconds away; its URL."""
    with contextlib.ExitStack() as stack:

        def start(command: list[str], **options: Any) -> subprocess.Popen[str]:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
            stack.callback(process.wait)
            stack.callback(process.terminate)
            return process

        late = ["-delay", f"{delay}ms"]
        if name == "plain":
            near = start([str(BUILT / "plain"), "-folder", str(folder), *late])
        else:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                address = "{}:{}".format(*probe.getsockname())
            environment = os.environ | {"ROOT_ACCESS_KEY": KEY, "ROOT_SECRET_KEY": SECRET, "VGW_REGION": REGION}
            # S3 keeps connections open, this server if told so; nor need it make two checksums where one serves.
            flags = ["--keep-alive", "--quiet", "--port", address, "posix", "--data-integrity-etag", str(folder)]
            if tls:
                flags = certified(folder.parent) + flags
            gateway = start([name, *flags], env=environment)
            while not answers(address):
                if gateway.poll() is not None:
                    raise RuntimeError(f"{name} ended with status {gateway.returncode}")
                time.sleep(0.05)
            near = start([str(BUILT / "latency"), "-upstream", address, *late])
        assert near.stdout is not None
        yield ("https://" if tls else "http://") + near.stdout.readline().strip()


def measure(workers: list[Worker], rounds: int, case: str, bucket: Path) -> Lines:
    """Seconds of each round, by line of the table and by peer."""
    dos = ("write", "read", "take") if CASES[case].shard else ("write", "read")
    lines: Lines = {f"{do} {case}": {worker.name: [] for worker in workers} for do in dos}
    judge = next(worker for worker in workers if worker.name == "zarr obstore")
    for index in range(rounds + 1):
        # Under a name that nobody has seen, nothing can be known of it beforehand.
        stored = f"{case}-{index}"
        (bucket / case).rename(bucket / stored)
        for do in dos:
            for worker in rotated(workers, index):
                folder = f"written-{workers.index(worker)}" if do == "write" else stored
                seconds = worker.ask(do, folder=folder, case=case, seed=index)
                if index:
                    lines[f"{do} {case}"][worker.name].append(seconds)
                elif not (judge if do == "write" else worker).ask("verify", folder=folder, case=case):
                    raise RuntimeError(f"{worker.name} has other values of {case} after {do} than there should be")
                if do == "write":
                    shutil.rmtree(bucket / folder)
        (bucket / stored).rename(bucket / case)
    shutil.rmtree(bucket / case)
    return lines


def table(lines: Lines, names: list[str]) -> str:
    """Markdown: medians in milliseconds, and how many times faster zarrust is than the best peers."""
    rows = ["| ms (median) | " + " | ".join([*names, "to best as documented", "to best of all"]) + " |"]
    rows.append("|---" * (len(names) + 3) + "|")
    for line, times in lines.items():
        medians = {name: statistics.median(values) for name, values in times.items()}
        cells = [f"{medians[name] * 1e3:,.0f}" for name in names]
        others = {name: value for name, value in medians.items() if not name.startswith("zarrust")}
        for chosen in ({name for name in others if not name.endswith("+")}, set(others)):
            best = min(chosen, key=others.__getitem__)
            cells.append(f"{others[best] / medians['zarrust']:.2f}x {best}")
        rows.append("| " + " | ".join([line, *cells]) + " |")
    return "\n".join(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--latency", type=float, default=20, help="milliseconds that a request travels longer")
    parser.add_argument("--server", default="versitygw", choices=["versitygw", "plain"])
    parser.add_argument("--tls", action="store_true", help="encrypted, as services on the internet are")
    parser.add_argument("--output", type=Path, help="JSON file; default benches/results/cloud-DATE.json")
    options = parser.parse_args()
    if not {"zarrust", "zarr obstore"} < set(options.peers):
        parser.error("zarrust and zarr obstore must be among the peers: one is measured, the other verifies")
    if options.tls and options.server != "versitygw":
        parser.error("--tls is for --server versitygw")

    shutil.rmtree(DATA, ignore_errors=True)
    bucket = DATA / "served" / BUCKET
    bucket.mkdir(parents=True)
    facts = machine()
    stored = DATA / "values.npy"
    np.save(stored, values())
    # tensorstore takes its keys from here alone, and no client may look for others.
    os.environ |= {"AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_EC2_METADATA_DISABLED": "true"}
    lines: Lines = {}
    workers: list[Worker] = []
    try:
        with server(options.server, bucket.parent, options.latency, tls=options.tls) as url:
            workers = [Worker(name, "cloud_peers.py", name, url, str(stored)) for name in options.peers]
            judge = next(worker for worker in workers if worker.name == "zarr obstore")
            for case in options.cases:
                judge.ask("write", folder=case, case=case)
                found = measure(workers, options.rounds, case, bucket)
                print(table(found, options.peers), file=sys.stderr, flush=True)
                lines |= found
    finally:
        for worker in workers:
            worker.end()
        shutil.rmtree(DATA)

    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version)
    print(f"{facts['processor']}, {facts['cores']} cores, load {facts['load']:.1f} to {os.getloadavg()[0]:.1f}")
    shown = options.server + (" over TLS" if options.tls else "")
    print(f"Python {facts['python']}, {versions}; {shown}, {options.latency:g} ms, 256 MiB\n")
    print(table(lines, options.peers))
    output = options.output or HERE / "results" / f"cloud-{facts['date'][:19].replace(':', '')}.json"
    output.parent.mkdir(parents=True, exist_ok=True)
    result = {
        **facts,
        "load_after": os.getloadavg()[0],
        "server": shown,
        "latency_ms": options.latency,
        "rounds_s": lines,
    }
    output.write_text(json.dumps(result, indent=1) + "\n")
    print(f"\nwritten to {output}")


if __name__ == "__main__":
    main()
