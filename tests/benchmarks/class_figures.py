"""Measures the cost of grading a class, by this kit and by other tools with the same checks.

    python tests/benchmarks/class_figures.py

grades a class of 40 by each method in turn, in several rounds, and prints a table, which it
also writes to build/figures/.  A slow method grades only the first ten submissions, with
the same mix of right and wrong; the table shows how many.  Each is measured as a whole
command, start included.  The cost of a further submission is the slope from half a class to
a whole one.  A first round only fills the caches.
"""

import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from classes import POINTS, a_class
from measuring import SAMPLE, adopt_orphans, cost_of, machine, written
from methods import Method, Workshop, environment

STUDENTS, PART, ROUNDS = 40, 10, 3  # PART: submissions that a costly method does


def main() -> None:
    adopt_orphans()
    facts, students = machine(), a_class(STUDENTS)
    with tempfile.TemporaryDirectory(prefix="class-figures-") as folder:
        methods = Workshop(Path(folder, "courses"), facts["cores"]).methods()
        found: dict[str, list[dict]] = {method.words: [] for method in methods}
        for number in range(ROUNDS + 1):
            for method in methods:
                for size in [PART] if method.costly else [STUDENTS // 2, STUDENTS]:
                    row = measure(method, students[:size], Path(folder, "one"))
                    said = (
                        f"{size} in {row['wall']:.1f} s, {row['cpu']:.1f} CPU s; load "
                        f"{row['load']:.1f}"
                    )
                    print(
                        f"round {number}: {method.words}: {said}",
                        file=sys.stderr,
                        flush=True,
                    )
                    if number:  # the first round fills the caches
                        found[method.words].append(row)
    print(written("class_figures.md", table(found, students, facts)))


def measure(method: Method, students: list, place: Path) -> dict:
    """Run one method on one class.  Returns its total cost, its cost per submission, and its
    scores.
    """
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    work = method.prepare(place, students)
    log = place.with_suffix(".log")
    cost = cost_of(
        work.command, log, cwd=work.cwd or place, env=environment(), umask=0o022
    )
    return {"count": len(students), **asdict(cost), "scores": work.scores()}


def table(found: dict[str, list[dict]], students: list, facts: dict) -> str:
    """The figures in Markdown."""
    lines = [
        f"Seconds per submission of a class of {STUDENTS}, start included: medians "
        f"of {ROUNDS} rounds.",
        "",
        "| method | of | wall s | CPU s | MiB | as expected | times our wall | times our CPU |",
        "|---|---:|---:|---:|---:|---|---|---|",
    ]
    kit = _whole(next(iter(found.values())))
    for words, rows in found.items():
        whole = _whole(rows)
        each = [
            statistics.median(_each(row, what) for row in whole)
            for what in ("wall", "cpu")
        ]
        memory = statistics.median(row["memory"] for row in whole)
        ratios = [_ratios(whole, kit, what) for what in ("wall", "cpu")]
        lines.append(
            f"| {words} | {whole[0]['count']} | {each[0]:.2f} | {each[1]:.2f} | {memory:.0f} "
            f"| {as_expected(whole[-1]['scores'], students)} | {ratios[0]} | {ratios[1]} |"
        )
    lines += ["", f"Each further submission, on {facts['cores']} cores:", ""]
    lines += ["| method | wall s | CPU s |", "|---|---:|---:|"]
    for words, rows in found.items():
        if len({row["count"] for row in rows}) > 1:
            slopes = [_slope(rows, what) for what in ("wall", "cpu")]
            lines.append(f"| {words} | {slopes[0]:.2f} | {slopes[1]:.2f} |")
    return "\n".join([*lines, "", *_notes(facts)]) + "\n"


def _whole(rows):
    """The rows of the largest class."""
    return [row for row in rows if row["count"] == max(r["count"] for r in rows)]


def _each(row, what):
    return row[what] / row["count"]


def _ratios(rows, kit, what):
    """Minimum, median and maximum of the ratios to this kit, each within a round."""
    ratios = sorted(
        _each(row, what) / _each(ours, what) for row, ours in zip(rows, kit)
    )
    some = ratios[0], statistics.median(ratios), ratios[-1]
    return " – ".join(f"{one:.0f}" if one >= 10 else f"{one:.2f}" for one in some)


def _slope(rows, what):
    few, many = min(row["count"] for row in rows), max(row["count"] for row in rows)
    costs = [
        statistics.median(row[what] for row in rows if row["count"] == size)
        for size in (few, many)
    ]
    return (costs[1] - costs[0]) / (many - few)


def as_expected(scores: dict[str, float], students: list) -> str:
    """How many of the right answers got all points, and how many of the wrong ones got fewer."""
    known = [student for student in students if student.student in scores]
    right = [scores[s.student] == POINTS for s in known if not s.wrong]
    wrong = [scores[s.student] < POINTS for s in known if s.wrong]
    return f"{sum(right)}/{len(right)}, {sum(wrong)}/{len(wrong)}"


def _notes(facts):
    return [
        "As expected: right answers with all points, wrong ones with fewer. In a "
        "kernel all cells share",
        "their names: a right answer that uses a name which a cell of the notebook "
        "binds anew loses there.",
        f"MiB: PSS summed every {SAMPLE} s over all processes, the most.",
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']:.0f} "
        f"GiB; {facts['date']};",
        f"Python {facts['python']}, torch {facts['torch']}, Hypothesis {facts['hypothesis']},",
        f"nbgrader {facts['nbgrader']}; commit {facts['commit']}; load "
        f"{facts['load'][0]:.1f} before.",
    ]


if __name__ == "__main__":
    main()
