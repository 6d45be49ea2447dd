"""What a Dask cluster costs beside local processes, on the same cores; and whether its memory stays flat.

    python tests/benchmarks/cluster_figures.py [--count 2000]

grades one class by as many judges twice, as `autograder grade` does: by processes of its own, then by a
scheduler and workers that it starts here.  Prints wall and CPU seconds of all processes of each, from their
start to their end, the ratio, and memory of scheduler, client and workers over the class; OUT holds all
samples.  Other work on the machine changes wall seconds more than CPU seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import pickle
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import classes
from measuring import ROOT, adopt_orphans, cost_of, family, machine, rss
from methods import environment

from autograder import exercises
from autograder.intake.submission import open_submission
from autograder.results import Report

DASK = [sys.executable, "-m", "dask"]
GRADE = [sys.executable, "-m", "autograder.cli", "grade"]
EVERY = 2.0  # seconds between two samples
QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)


def main() -> None:
    options = _options()
    if options.by_cluster:
        by_cluster(options)
        return
    adopt_orphans()
    work = options.out.resolve() / "cluster"
    shutil.rmtree(work, ignore_errors=True)
    _write_class(work / "class", options.assignment, options.count)
    found = {"machine": machine(), "count": options.count, "assignment": options.assignment}
    words = [*GRADE, work / "class", "--assignment", options.assignment, "--jobs", options.jobs]
    sides = {
        "local": [*words, "--out", work / "local"],
        "cluster": [sys.executable, __file__, *sys.argv[1:], "--by-cluster"],
    }
    for side, command in sides.items():
        print(f"{side}: {options.count} submissions", file=sys.stderr, flush=True)
        cost = cost_of([command], work / f"{side}.log", env=environment(), fine=(0, 1), cwd=work)
        found[side] = {"wall": cost.wall, "cpu": cost.cpu, "mib": cost.memory, "load": cost.load}
    found["samples"] = json.loads((work / "samples.json").read_text())
    found["bytes"] = _crossing(work, options.assignment)
    found["equal"] = _without_times(work / "local") == _without_times(work / "cluster")
    path = options.out / f"cluster_figures_{options.assignment}.json"
    path.write_text(json.dumps(found) + "\n", encoding="utf-8")
    print(table(found))
    print(f"also in {path}")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=machine()["cores"], help="judges, and workers")
    parser.add_argument("--assignment", default=classes.ASSIGNMENT, choices=exercises.assignments())
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "figures")
    parser.add_argument("--by-cluster", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def _write_class(folder, assignment, count):
    """No two alike: six of ten are right where there are classes of an assignment, else three of four."""
    folder.mkdir(parents=True)
    if assignment == classes.ASSIGNMENT:
        for number, student in enumerate(classes.a_class(count)):
            text = classes.unlike(student, number).code
            (folder / f"{student.student}.py").write_text(text, encoding="utf-8")
        return
    (exercise,) = exercises.of(assignment)
    mistakes = [mistake.source for mistake in exercise.mistakes if mistake.name != "never_ends"]
    for number in range(count):
        wrong = mistakes[number // 4 % len(mistakes)] if number % 4 == 3 else ""
        text = f"import torch\n{exercise.right_source}\n{wrong}\nmine = {number}\n"
        (folder / f"student{number:05}.py").write_text(text, encoding="utf-8")


def by_cluster(options: argparse.Namespace) -> None:
    """Start a cluster, have it grade the class, sample all meanwhile, and end it."""
    work = options.out.resolve() / "cluster"
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
    few = ["--nworkers", options.jobs, "--nthreads", 1, "--no-dashboard", "--local-directory", work / "space"]
    started = {
        "scheduler": _start(*DASK, "scheduler", "--host", address, "--no-dashboard"),
        "workers": _start(*DASK, "worker", address, *few),
    }
    try:
        words = [*GRADE, work / "class", "--assignment", options.assignment, "--out", work / "cluster"]
        time.sleep(5)  # a client waits ten seconds for a scheduler
        started["client"] = _start(*words, "--scheduler", address)
        samples = _samples(started, work / "cluster" / "reports.jsonl")
    finally:
        for name in ("workers", "scheduler"):
            started[name].terminate()
            started[name].wait(60)
    (work / "samples.json").write_text(json.dumps(samples), encoding="utf-8")
    sys.exit(started["client"].returncode)


def _start(*words):
    return subprocess.Popen(list(map(str, words)), stdin=subprocess.DEVNULL)


def _samples(started, journal):
    samples, done, read, start = [], 0, 0, time.monotonic()
    while started["client"].poll() is None:
        if journal.exists():
            with open(journal, "rb") as file:
                file.seek(read)
                new = file.read()
            read, done = read + len(new), done + new.count(b"\n")
        mib = {name: rss(started[name].pid) / 2**20 for name in ("scheduler", "client")}
        mib["worker"] = max(map(rss, filter(_is_worker, family(started["workers"].pid)))) / 2**20
        samples.append({"time": time.monotonic() - start, "done": done, **mib})
        time.sleep(EVERY)
    return samples


def _is_worker(pid):
    """Whether it is a worker's process or its nanny's; below it are sandboxes."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        return b"template" not in words and not words.startswith(b"bwrap")
    return False


def _crossing(work, assignment):
    """Bytes of a submission and of its report, as they are pickled; means of up to 200."""
    tree = json.loads((work / "cluster" / "results.json").read_text(encoding="utf-8"))
    paths = sorted((work / "class").iterdir())[:200]
    told = [Report.from_json(one, assignment) for one in tree["submissions"][:200]]
    handed = [open_submission(path, path.stem) for path in paths]
    return {
        "submission": sum(len(pickle.dumps(one)) for one in handed) / len(handed),
        "report": sum(len(pickle.dumps(one)) for one in told) / len(told),
    }


def _without_times(out):
    tree = json.loads((out / "results.json").read_text(encoding="utf-8"))
    del tree["gate"]
    for one in tree["submissions"]:
        del one["seconds"], one["timings"], one["figures"]
    return tree


def table(found: dict) -> str:
    """The figures in Markdown, in 80 columns."""
    local, cluster, facts = found["local"], found["cluster"], found["machine"]
    lines = ["| judges         | wall s | CPU s | CPU s each | load before |"]
    lines += ["|----------------|-------:|------:|-----------:|------------:|"]
    for name, side in (("local", local), ("cluster", cluster)):
        each = side["cpu"] / found["count"]
        cells = f"{side['wall']:>6.0f} | {side['cpu']:>5.0f} | {each:>10.3f} | {side['load']:>11.1f}"
        lines.append(f"| {name:<14} | {cells} |")
    ratios = [cluster[what] / local[what] for what in ("wall", "cpu")]
    lines += ["", "Cluster / local: wall {:.3f}, CPU {:.3f}.".format(*ratios), ""]
    lines += ["| graded | scheduler MiB | client MiB | largest worker MiB |"]
    lines += ["|-------:|--------------:|-----------:|-------------------:|"]
    samples = [sample for sample in found["samples"] if sample["done"]]
    for share in QUARTERS:
        one = min(samples, key=lambda sample: abs(sample["done"] - share * found["count"]))
        mib = f"{one['scheduler']:>13.0f} | {one['client']:>10.0f} | {one['worker']:>18.0f}"
        lines.append(f"| {one['done']:>6} | {mib} |")
    sizes, same = found["bytes"], "equal" if found["equal"] else "NOT equal"
    lines += [
        "",
        f"{found['count']} of {found['assignment']}; results {same}, apart from times.",
        f"A submission has {sizes['submission']:.0f} bytes as it crosses, a report {sizes['report']:.0f}.",
        f"{facts['processor']}, {facts['cores']} cores, {os.cpu_count()} in all; {facts['date']};",
        f"commit {facts['commit']}.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
