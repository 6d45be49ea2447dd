"""Measures what a Dask cluster adds to a run: two workers on this machine over TLS, against
two local judges.

    unshare --net sh -c "ip link set lo up; python tests/benchmarks/cluster_figures.py"

grades a few submissions and then more, each way in turn, with a new cluster each time.
What a further submission costs is the slope between the two.  In a network namespace, the
loopback device counts the bytes of this run alone.  Ends with an error if the results of
both ways differ, apart from times.
"""

import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from classes import ASSIGNMENT, TESTS, a_class
from measuring import adopt_orphans, bury, show, spent

sys.path.append(str(TESTS))
import cli_helpers
from cluster_helpers import cluster

FEW, MANY, ROUNDS, WORKERS = 5, 25, 2, 2  # WORKERS: as many as local judges


def main():
    adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="cluster-figures-") as folder:
        place = Path(folder)
        certify(place)
        for count in (FEW, MANY):
            cli_helpers.a_class(place / f"class{count}", **a_class(count))
        grade(place, FEW, "first", "--jobs", WORKERS)  # it fills the caches
        rows = [measured(place, number) for number in range(ROUNDS)]
    names = (
        "CPU s, local judges",
        "CPU s, cluster",
        "CPU s, its writer",
        "bytes on the wire",
    )
    lines = [
        f"Each further submission, from {FEW} to {MANY}, in {ROUNDS} rounds:",
        "",
    ]
    for name, values in zip(names, zip(*rows)):
        lines.append(
            f"- {name}: {statistics.median(values):.4g} ({min(values):.4g} to "
        )
        lines[-1] += f"{max(values):.4g})"
    show("cluster_figures.md", "\n".join(lines))


def certify(place):
    """Make a key and a certificate, and let Dask in all processes use them."""
    key = place / "key.pem"
    certificate = place / "cert.pem"
    words = (
        "openssl req -x509 -newkey rsa:3072 -nodes -days 2 -subj /CN=grading"
    )
    command = [*words.split(), "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    tls = "DASK_DISTRIBUTED__COMM__TLS__"
    os.environ[f"{tls}CA_FILE"] = str(certificate)
    for role in ("SCHEDULER", "WORKER", "CLIENT"):
        os.environ[f"{tls}{role}__KEY"] = str(key)
        os.environ[f"{tls}{role}__CERT"] = str(certificate)
    os.environ["DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION"] = "True"


def measured(place, number):
    """What each further submission costs: local, by the cluster, its writer, and bytes."""
    costs = []
    for count in (FEW, MANY):
        here = f"{number}-{count}-here"
        there = f"{number}-{count}-there"
        before = spent()
        grade(place, count, here, "--jobs", WORKERS)
        bury()
        local = spent() - before
        begun = spent()
        sent = carried()
        with cluster(place / f"{there}-cluster") as running:
            running.address = running.address.replace("tcp://", "tls://")
            running.start_scheduler()
            running.start_workers(WORKERS)
            running.wait(WORKERS)
            ready = spent()
            grade(
                place, count, there, "--jobs", 0, "--scheduler", running.address
            )
            writer = spent() - ready
            wire = carried() - sent
        bury()
        same = [cli_helpers.without_times(place / out) for out in (here, there)]
        assert same[0] == same[1], f"The results of {count} submissions differ."
        costs.append((local, spent() - begun, writer, wire))
    return [(many - few) / (MANY - FEW) for few, many in zip(*costs)]


def grade(place, count, out, *options):
    words = (
        "grade",
        f"class{count}",
        "--assignment",
        ASSIGNMENT,
        "--out",
        out,
        *options,
    )
    done = cli_helpers.run(*words, cwd=place, OMP_NUM_THREADS="1")
    assert (place / out / "results.json").is_file(), done.stderr


def carried():
    """The bytes that the loopback device has carried."""
    lines = Path("/proc/net/dev").read_text().splitlines()
    return int(next(line for line in lines if "lo:" in line).split()[1])


if __name__ == "__main__":
    main()
