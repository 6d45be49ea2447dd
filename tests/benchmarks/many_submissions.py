"""Whether cost and memory stay flat over many submissions: 10,000 different ones in one `autograder grade`.

    python tests/benchmarks/many_submissions.py [--count 10000]

prints memory and pace at the start, at each quarter and at the end; OUT holds all samples as JSON,
and a drawing.  No two submissions have the same text; every second right one gives its batches in an
order of its own, and every second wrong one is wrong by an amount of its own, so that what a judge
remembers of some answers does not stand for all.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from classes import POINTS, a_class, unlike
from measuring import ROOT, adopt_orphans, family, machine, rss
from methods import Workshop, environment

AT = ("start", 0.0), ("a quarter", 0.25), ("half", 0.5), ("three quarters", 0.75), ("end", 1.0)
ROLES = "main", "judge", "zygote"


def main() -> None:
    options = _options()
    adopt_orphans()
    out = options.out.resolve()
    work = out / "many"
    shutil.rmtree(work, ignore_errors=True)
    (work / "class").mkdir(parents=True)
    students = [unlike(student, number) for number, student in enumerate(a_class(options.count))]
    task = Workshop(work / "courses", options.jobs).kit(work / "class", students)
    print(f"{len(students)} submissions written; grading", file=sys.stderr, flush=True)
    found = {"machine": machine(), "count": len(students), "jobs": options.jobs}
    found |= follow(
        task.commands[0], work / "class" / "results" / "reports.jsonl", work / "log", options.every
    )
    scores = task.scores()
    found["graded"] = len(scores)
    found["right_with_all_points"] = sum(scores[s.student] == POINTS for s in students if not s.wrong)
    found["right"] = sum(not s.wrong for s in students)
    found["wrong_with_all_points"] = sorted(
        s.student for s in students if s.wrong and scores[s.student] == POINTS
    )
    (out / "many_submissions.json").write_text(json.dumps(found) + "\n", encoding="utf-8")
    text = table(found)
    (out / "many_submissions.md").write_text(text, encoding="utf-8")
    draw(found, out / "many_submissions.svg")
    if not options.keep:
        shutil.rmtree(work)
    print(text)
    print(f"also in {out}: many_submissions.json, many_submissions.svg")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--jobs", type=int, default=machine()["cores"], help="judges")
    parser.add_argument("--every", type=float, default=2.0, help="seconds between two samples")
    parser.add_argument("--keep", action="store_true", help="keep the class and its results")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "figures", help="git ignores the default"
    )
    return parser.parse_args()


def follow(command: list, journal: Path, log: Path, every: float) -> dict:
    """Run the command, and sample it: seconds since its start, reports so far, MiB of each process."""
    samples, read, done = [], 0, 0
    with open(log, "wb") as output:
        process = subprocess.Popen(
            list(map(str, command)), stdout=output, stderr=subprocess.STDOUT, env=environment()
        )
        start = time.monotonic()
        while process.poll() is None:
            if journal.exists():
                with open(journal, "rb") as file:
                    file.seek(read)
                    new = file.read()
                read, done = read + len(new), done + new.count(b"\n")
            samples.append({"time": time.monotonic() - start, "done": done, **memory(process.pid)})
            time.sleep(every)
        seconds = time.monotonic() - start
    if process.returncode:
        raise RuntimeError(f"it ended with {process.returncode}:\n{log.read_text(errors='replace')[-2000:]}")
    return {"seconds": seconds, "samples": samples}


def memory(pid: int) -> dict[str, list[float]]:
    """MiB (RSS) of the main process, of each judge and of each zygote below it."""
    found: dict[str, list[float]] = {role: [] for role in ROLES}
    zygotes = set()
    for member in family(pid):
        try:
            words = Path(f"/proc/{member}/cmdline").read_bytes()
            parent = int(Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # a worker that ended meanwhile
        if words.startswith(b"bwrap") or b"resource_tracker" in words:
            continue
        if b"autograder.sandbox.inside.template" in words:
            zygotes.add(member)
            role = "" if parent in zygotes else "zygote"  # a fork of one is a worker
        else:
            role = "main" if member == pid else "judge"
        if role:
            found[role].append(rss(member) / 2**20)
    return found


def rows(found: dict) -> list[dict]:
    """Memory at each point, and the pace in the tenth of the class around it."""
    samples, count = [s for s in found["samples"] if s["done"]], found["count"]
    made = []
    for name, share in AT:
        low, high = max(share - 0.05, 0) * count, min(share + 0.05, 1) * count
        if share in (0.0, 1.0):
            low, high = (0, 0.1 * count) if share == 0 else (0.9 * count, count)
        around = [s for s in samples if low <= s["done"] <= high] or samples[-1:]
        first, last = around[0], around[-1]
        middle = min(around, key=lambda s: abs(s["done"] - share * count))
        passed = last["time"] - first["time"]
        made.append(
            {
                "at": name,
                "done": middle["done"],
                "pace": (last["done"] - first["done"]) / passed if passed else 0.0,
                **{role: max(middle[role], default=0.0) for role in ROLES},
            }
        )
    made[-1]["main"] = max(s["main"][0] for s in samples[-5:] if s["main"])
    return made


def table(found: dict) -> str:
    """The figures in Markdown, in 80 columns."""
    facts = found["machine"]
    lines = [
        "| at             | graded | a second | MiB: main | largest judge | largest zygote |",
        "|----------------|-------:|---------:|----------:|--------------:|---------------:|",
    ]
    for row in rows(found):
        lines.append(
            f"| {row['at']:<14} | {row['done']:>6} | {row['pace']:>8.2f} | {row['main']:>9.0f} "
            f"| {row['judge']:>13.0f} | {row['zygote']:>14.0f} |"
        )
    lines += [
        "",
        f"{found['graded']} of {found['count']} in {found['seconds']:.0f} s by {found['jobs']} judges;",
        f"{found['right_with_all_points']} of {found['right']} right answers got all points,",
        f"{len(found['wrong_with_all_points'])} wrong ones did.  MiB: RSS; main's at the end is its most.",
        f"{facts['processor']}, {facts['cores']} cores; {facts['date']}; commit {facts['commit']};",
        f"load {facts['load'][0]:.1f} before.",
    ]
    return "\n".join(lines) + "\n"


def draw(found: dict, path: Path) -> None:
    """Memory over the number graded; the number graded over time, straight where the pace is even."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "the same file for the same figures"}
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    samples = [s for s in found["samples"] if s["done"]]
    for role in ROLES:
        pairs = [(s["done"], max(s[role])) for s in samples if s[role]]
        left.plot(*zip(*pairs), label=role if role == "main" else f"largest {role}", linewidth=1)
    left.set(xlabel="graded", ylabel="MiB (RSS)", ylim=(0, None))
    left.legend(fontsize=8)
    right.plot([s["time"] / 60 for s in samples], [s["done"] for s in samples], linewidth=1)
    right.set(xlabel="minutes", ylabel="graded")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
