"""Whether cost and memory stay flat over many submissions: 10,000 different ones in one `autograder grade`.

    python tests/benchmarks/many_submissions.py [--count 10000]

prints memory and pace at the start, at each quarter and at the end, and keeps that table in build/figures/.
No two submissions have the same text; every second right one gives its batches in an order of its own, and
every second wrong one is wrong by an amount of its own, so that what a judge remembers of some answers does
not stand for all.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from classes import POINTS, a_class, unlike
from measuring import adopt_orphans, machine, memory_of, written
from methods import Workshop, environment

AT = ("start", 0.0), ("a quarter", 0.25), ("half", 0.5), ("three quarters", 0.75), ("end", 1.0)
EVERY = 2.0  # seconds between two samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=machine()["cores"], help="judges")
    options = parser.parse_args()
    adopt_orphans()
    facts = machine()
    with tempfile.TemporaryDirectory(prefix="many-") as folder:
        place = Path(folder, "class")
        students = [unlike(student, number) for number, student in enumerate(a_class(options.count))]
        task = Workshop(Path(folder, "courses"), options.jobs).kit(place, students)
        print(f"{len(students)} submissions written; grading", file=sys.stderr, flush=True)
        samples = follow(task.command, place / "results" / "reports.jsonl", Path(folder, "log"))
        scores = task.scores()
    right = [scores[s.student] == POINTS for s in students if not s.wrong]
    wrong = [scores[s.student] == POINTS for s in students if s.wrong]
    lines = [
        "| at | graded | a second | MiB: main | largest other process |",
        "|---|---:|---:|---:|---:|",
        *(_row(name, share, samples, options.count) for name, share in AT),
        "",
        f"{len(scores)} of {options.count} in {samples[-1]['time']:.0f} s by {options.jobs} judges;",
        f"{sum(right)} of {len(right)} right answers got all points, {sum(wrong)} wrong ones did.  MiB: RSS.",
        f"{facts['processor']}, {facts['cores']} cores; {facts['date']}; commit {facts['commit']};",
        f"load {facts['load'][0]:.1f} before.",
    ]
    print(written("many_submissions.md", "\n".join(lines) + "\n"))


def follow(command: list, journal: Path, log: Path) -> list[dict]:
    """Run the command, and sample it: seconds since its start, reports so far, MiB of its processes."""
    samples, read, done = [], 0, 0
    with open(log, "wb") as output:
        words = list(map(str, command))
        process = subprocess.Popen(words, stdout=output, stderr=subprocess.STDOUT, env=environment())
        start, own = time.monotonic(), psutil.Process(process.pid)
        while process.poll() is None:
            if journal.exists():
                with open(journal, "rb") as file:
                    file.seek(read)
                    new = file.read()
                read, done = read + len(new), done + new.count(b"\n")
            main, *others = (memory_of(one, "rss") / 2**20 for one in [own, *own.children(recursive=True)])
            samples.append(
                {
                    "time": time.monotonic() - start,
                    "done": done,
                    "main": main,
                    "other": max(others, default=0),
                }
            )
            time.sleep(EVERY)
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
    return samples


def _row(name, share, samples, count):
    """Memory at a point, and the pace in the tenth of the class around it."""
    low = min(max(share - 0.05, 0), 0.9) * count
    around = [s for s in samples if s["done"] and low <= s["done"] <= low + 0.1 * count] or samples[-1:]
    first, last = around[0], around[-1]
    middle = min(around, key=lambda s: abs(s["done"] - share * count))
    pace = (last["done"] - first["done"]) / ((last["time"] - first["time"]) or 1)
    main, other = (max(s[what] for s in around) for what in ("main", "other"))
    return f"| {name} | {middle['done']} | {pace:.2f} | {main:.0f} | {other:.0f} |"


if __name__ == "__main__":
    main()
