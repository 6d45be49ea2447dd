"""Measures what a Dask cluster adds to a run: two workers on this machine over TLS, against
two local judges.

    unshare --net sh -c "ip link set lo up; python tests/benchmarks/cluster_figures.py"

grades a few submissions and then more, each way in turn, with a new cluster each time.
What a further submission costs is the slope between the two.  In a network namespace, the
loopback device counts the bytes of this run alone. Ends with an error if the results of
both ways differ, apart from times.
"""

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from classes import ASSIGNMENT, TESTS, a_class
from measuring import adopt_orphans, bury, machine, written
from methods import PYTHON, environment

sys.path.append(str(TESTS))
import cli_helpers
import cluster_helpers

FEW, MANY, ROUNDS, WORKERS = 5, 25, 2, 2  # WORKERS: as many as local judges


def main() -> None:
    adopt_orphans()
    facts = machine()
    with tempfile.TemporaryDirectory(prefix="cluster-figures-") as folder:
        place = Path(folder)
        certified(place)
        for count in (FEW, MANY):
            (place / f"class{count}").mkdir()
            for one in a_class(count):
                text = "\n\n".join(one.cells.values())
                (place / f"class{count}" / f"{one.student}.py").write_text(
                    text, "utf-8"
                )
        graded(place, FEW, "first")  # it fills the caches
        rows = [measured(place, number) for number in range(ROUNDS)]
    print(written("cluster_figures.md", table(rows, facts)))


def certified(place: Path) -> None:
    """Make a key and a certificate, and let Dask in this process and those below it use them."""
    key, certificate = place / "key.pem", place / "cert.pem"
    words = [
        "req",
        "-x509",
        "-newkey",
        "rsa:3072",
        "-nodes",
        "-days",
        2,
        "-subj",
        "/CN=grading",
    ]
    subprocess.run(
        ["openssl", *map(str, words), "-keyout", key, "-out", certificate],
        check=True,
        capture_output=True,
    )
    names = (
        "DASK_DISTRIBUTED__COMM__TLS__CA_FILE",
        *(
            f"DASK_DISTRIBUTED__COMM__TLS__{role}__{what}"
            for role in ("SCHEDULER", "WORKER", "CLIENT")
            for what in ("KEY", "CERT")
        ),
    )
    os.environ |= {
        name: str(key if name.endswith("KEY") else certificate) for name in names
    }
    os.environ["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "True"


def measured(place: Path, number: int) -> dict[str, float]:
    """Return what each further submission costs: CPU seconds both ways, those of the writer,
    and bytes.
    """
    costs = []
    for count in (FEW, MANY):
        local = graded(place, count, f"{number}-{count}-local")
        before, sent = spent(), carried()
        there = cluster_helpers.Cluster(place / f"{number}-{count}-cluster")
        there.address = there.address.replace("tcp://", "tls://")
        try:
            there.start_scheduler()
            there.start_workers(WORKERS)
            there.wait(WORKERS)
            out = f"{number}-{count}-there"
            writer = graded(
                place, count, out, "--jobs", 0, "--scheduler", there.address
            )
            bytes_sent = carried() - sent
        finally:
            there.end()
        bury()
        here, away = (
            cli_helpers.without_times(place / name)
            for name in (f"{number}-{count}-local", out)
        )
        if here != away:
            raise SystemExit(f"The results of {count} submissions differ.")
        size = sum(
            path.stat().st_size for path in (place / out).rglob("*") if path.is_file()
        )
        costs.append((local, spent() - before, writer, bytes_sent, size))
        print(number, count, *costs[-1], file=sys.stderr, flush=True)
    names = "local", "cluster", "writer", "wire", "disk"
    return {name: (many - few) / (MANY - FEW) for name, few, many in zip(names, *costs)}


def graded(place: Path, count: int, out: str, *options: object) -> float:
    """Grade a class, and return the CPU seconds of the command and all below it."""
    before = spent()
    words = [
        "grade",
        f"class{count}",
        "--assignment",
        ASSIGNMENT,
        "--out",
        out,
        *(options or ("--jobs", WORKERS)),
    ]
    done = subprocess.run(
        [PYTHON, "-m", "autograder.cli", *map(str, words)],
        cwd=place, env=environment(), capture_output=True, text=True,
    )  # fmt: skip
    if not (place / out / "results.json").is_file():
        raise SystemExit(done.stderr)
    if not options:
        bury()
    return spent() - before


def spent() -> float:
    """Return the CPU seconds of all processes below this one that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def carried() -> int:
    """Return the bytes that the loopback device has carried."""
    (line,) = (
        line
        for line in Path("/proc/net/dev").read_text().splitlines()
        if line.startswith("    lo:")
    )
    return int(line.split()[1])


def table(rows: list[dict[str, float]], facts: dict) -> str:
    """The figures in Markdown."""
    middle = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    ratios = sorted(row["cluster"] / row["local"] for row in rows)
    where = (
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']:.0f} GiB; "
        f"{facts['date']}"
    )
    return f"""Each further submission of `{ASSIGNMENT}`, from {FEW} to {MANY}: medians of {ROUNDS} rounds.

| what | number |
|---|---:|
| CPU seconds, {WORKERS} local judges | {middle["local"]:.2f} |
| CPU seconds, {WORKERS} workers over TLS, scheduler included | {middle["cluster"]:.2f} |
| ratio within each round | {", ".join(f"{one:.3f}" for one in ratios)} |
| CPU milliseconds of the writing process | {1000 * middle["writer"]:.1f} |
| kB on the wire, both ways | {middle["wire"] / 1000:.1f} |
| kB on the disk | {middle["disk"] / 1000:.1f} |

The results of both ways were equal, apart from times.
{where}; load {facts["load"][0]:.1f} before;
Python {facts["python"]}, torch {facts["torch"]}; commit {facts["commit"]}.
"""


if __name__ == "__main__":
    main()
