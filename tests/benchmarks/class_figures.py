"""What grading a class costs, by this kit and by others with the same checks, in one run on one machine.

    python tests/benchmarks/class_figures.py

grades a class of 40 by each method in turn, round after round, and prints a table; OUT holds it as
JSON, and a drawing of the cost as the class grows.  A method that takes seconds a submission does the
first ten only (--part), in which right and wrong are mixed alike; the table says how many.  Each is
measured as a whole command, start included; peers with a process per submission run as many at a time
as the kit has judges.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from classes import MIX, POINTS, a_class
from measuring import ROOT, SAMPLE, adopt_orphans, cost_of, machine
from methods import Method, Workshop, environment

OTTER = "otter-grader==7.0.0"  # newer ones may ask for another form of tests


def main() -> None:
    options = _options()
    adopt_orphans()
    out = options.out.resolve()
    shutil.rmtree(out / "work", ignore_errors=True)
    (out / "work").mkdir(parents=True)
    found = {"machine": machine(), "students": options.students, "rounds": options.rounds}
    found |= {"jobs": options.jobs, "mix": MIX, "memory_is": f"PSS summed every {SAMPLE} s"}
    otter, found["otter"] = (None, "not asked for") if options.no_otter else install_otter(out / "otter")
    workshop = Workshop(out / "work" / "courses", options.jobs, otter)
    methods = [m for m in workshop.methods() if not options.only or m.name in options.only]
    found["methods"] = {method.name: {"words": method.words, "rounds": []} for method in methods}
    students = a_class(max(options.growth))
    for number in range(options.rounds):
        for method in methods:
            for size in _sizes(method, options):
                row = measure(method, students[:size], out / "work" / "one")
                found["methods"][method.name]["rounds"].append(row)
                print(f"round {number + 1}: {method.words}: {_said(row)}", file=sys.stderr, flush=True)
    found["machine"]["load_at_end"] = machine()["load"]
    found |= summary(found, students)
    (out / "class_figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    text = table(found)
    (out / "class_figures.md").write_text(text, encoding="utf-8")
    draw(found, out / "class_figures.svg")
    shutil.rmtree(out / "work")
    print(text)
    print(f"also in {out}: class_figures.json, class_figures.svg")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--students", type=int, default=40)
    parser.add_argument("--part", type=int, default=10, help="submissions that a costly method does")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jobs", type=int, default=machine()["cores"], help="judges; processes of peers")
    parser.add_argument("--growth", help="sizes of other classes, as 10,20,80")
    parser.add_argument("--only", type=lambda text: text.split(","), help="methods by name, as grade,pytest")
    parser.add_argument("--no-otter", action="store_true", help="do not install otter-grader")
    parser.add_argument(
        "--out", type=Path, default=ROOT / "build" / "figures", help="git ignores the default"
    )
    options = parser.parse_args()
    n = options.students
    sizes = options.growth or ",".join(map(str, sorted({min(10, n), min(20, n), n})))
    options.growth = sorted({*map(int, sizes.split(",")), n})
    return options


def _sizes(method, options):
    """How large the classes are that a method does in each round."""
    if method.costly:
        return [min(options.part, options.students)]
    return [options.students] if method.name == "floor" else options.growth


def install_otter(folder: Path) -> tuple[Path | None, str]:
    """otter-grader in an environment of its own, on top of this one; the reason where it does not install."""
    python = folder / "bin" / "python"
    try:
        if not python.exists():
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
            (site,) = folder.glob("lib/python*/site-packages")
            below = [path for path in sys.path if path.endswith("-packages")]
            (site / "the_kits_own.pth").write_text("\n".join(below) + "\n")
        pip = [python, "-m", "pip", "install", "--quiet", OTTER]
        subprocess.run(pip, check=True, capture_output=True, text=True, timeout=600)
    except subprocess.CalledProcessError as error:
        words = (error.stderr or error.stdout or "").strip().splitlines() or ["?"]
        return None, f"{OTTER} did not install: {words[-1]}"
    except subprocess.TimeoutExpired:
        return None, f"{OTTER} did not install in ten minutes"
    return python, OTTER


def measure(method: Method, students: list, place: Path) -> dict:
    """One method on one class: its costs in all and per submission, and the scores that it gave."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    work = method.prepare(place, students)
    log = place.with_suffix(".log")
    cost = cost_of(
        work.commands, log, work.at_once, work.fine, cwd=work.cwd or place, env=environment(), umask=0o022
    )
    row = {"count": len(students), **asdict(cost)}
    if method.name == "floor":  # of its process, only the calls count
        row |= json.loads((place / "floor.json").read_text())
    row["scores"] = work.scores()
    return row | {"wall_each": row["wall"] / len(students), "cpu_each": row["cpu"] / len(students)}


def _said(row):
    return f"{row['count']} in {row['wall']:.1f} s, {row['cpu']:.1f} CPU s; load {row['load']:.1f}"


def summary(found: dict, students: list) -> dict:
    """Medians, ratios to this kit within each round, costs by size, and whose scores are as they must be."""
    growth, marginal, base = {}, {}, None
    for name, method in found["methods"].items():
        counts = {row["count"] for row in method["rounds"]}
        method["count"] = found["students"] if found["students"] in counts else max(counts)
        rows = [row for row in method["rounds"] if row["count"] == method["count"]]
        base = base or rows  # the first is this kit
        for what in ("wall_each", "cpu_each", "memory"):
            method[what] = statistics.median(row[what] for row in rows)
        for what in ("wall", "cpu"):
            ratios = sorted(row[f"{what}_each"] / kit[f"{what}_each"] for row, kit in zip(rows, base))
            method[f"{what}_ratio"] = [ratios[0], statistics.median(ratios), ratios[-1]]
        method["as_expected"] = [as_expected(row["scores"], students) for row in rows]
        if len(counts) > 1:
            growth[name] = [_medians(method["rounds"], size) for size in sorted(counts)]
            few, many = growth[name][0], growth[name][-1]
            more = many["count"] - few["count"]
            marginal[name] = {what: (many[what] - few[what]) / more for what in ("wall", "cpu")}
    return {"growth": growth, "marginal": marginal}


def _medians(rows, size):
    rows = [row for row in rows if row["count"] == size]
    names = "wall", "cpu", "memory", "wall_each", "cpu_each"
    return {"count": size, **{name: statistics.median(row[name] for row in rows) for name in names}}


def as_expected(scores: dict[str, float], students: list) -> dict:
    """How many right answers there were and how many got all points; likewise of wrong ones, fewer."""
    known = {s.student: s for s in students if s.student in scores}
    right = [scores[name] == POINTS for name, s in known.items() if not s.wrong]
    wrong = [scores[name] < POINTS for name, s in known.items() if s.wrong]
    return {"right": len(right), "full": sum(right), "wrong": len(wrong), "less": sum(wrong)}


def table(found: dict) -> str:
    """The figures in Markdown, in 80 columns."""
    facts, methods = found["machine"], found["methods"].values()
    lines = [
        f"Seconds per submission of a class of {found['students']}, start included: medians of "
        f"{found['rounds']} rounds.",
        "",
        "| method                             | of | wall s | CPU s |  MiB | as expected  |",
        "|------------------------------------|---:|-------:|------:|-----:|--------------|",
    ]
    for method in methods:
        met = method["as_expected"][-1]
        words = f"{met['full']}/{met['right']}, {met['less']}/{met['wrong']}" if met["right"] else "no scores"
        lines.append(
            f"| {method['words']:<34} | {method['count']:>2} | {method['wall_each']:>6.2f} "
            f"| {method['cpu_each']:>5.2f} | {method['memory']:>4.0f} | {words:<12} |"
        )
    lines += [
        "",
        f"Times as much as `{next(iter(methods))['words']}`, in the same round: least – median – most.",
        "",
        "| method                             | wall               | CPU                |",
        "|------------------------------------|--------------------|--------------------|",
    ]
    for method in methods:
        wall, cpu = (" – ".join(map(_ratio, method[f"{what}_ratio"])) for what in ("wall", "cpu"))
        lines.append(f"| {method['words']:<34} | {wall:<18} | {cpu:<18} |")
    if found["marginal"]:
        lines += [
            "",
            f"Each further submission, start not counted, on {found['jobs']} cores:",
            "",
            "| method                             | wall s | CPU s |",
            "|------------------------------------|-------:|------:|",
        ]
    for name, cost in found["marginal"].items():
        words = found["methods"][name]["words"]
        lines.append(f"| {words:<34} | {cost['wall']:>6.2f} | {cost['cpu']:>5.2f} |")
    return "\n".join([*lines, "", *_notes(found, facts)]) + "\n"


def _ratio(ratio):
    return f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}" if ratio >= 1 else f"{ratio:.2f}"


def _notes(found, facts):
    return [
        "As expected: right answers with all points, wrong ones with fewer. In a",
        "kernel all cells share their names: a right answer that uses a name which",
        f"a cell of the notebook binds anew loses there. MiB: {found['memory_is']} over",
        "all processes, the most. The calls alone: of the same class's functions on",
        "the drawn cases, without drawing, comparing, loading or starting.",
        f"{facts['processor']}, {facts['cores']} cores, {facts['memory_gib']:.0f} GiB; {facts['date']};",
        f"Python {facts['python']}, torch {facts['torch']}, Hypothesis {facts['hypothesis']},",
        f"nbgrader {facts['nbgrader']}, otter: {found['otter']};",
        f"commit {facts['commit']}; load {facts['load'][0]:.1f} before, {facts['load_at_end'][0]:.1f} after.",
    ]


def draw(found: dict, path: Path) -> None:
    """CPU seconds per submission as the class grows; costly methods as a line at their one size."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "the same file for the same figures"}
    figure, axes = plt.subplots(figsize=(8, 4), layout="constrained")
    by_cost = sorted(found["methods"].items(), key=lambda pair: -pair[1]["cpu_each"])
    for number, (name, method) in enumerate(by_cost):  # so that the legend has the order of the lines
        rows, color = found["growth"].get(name), f"C{number}"
        if rows:
            pairs = [(row["count"], row["cpu_each"]) for row in rows]
            axes.plot(*zip(*pairs), marker="o", color=color, label=method["words"])
        else:
            words = f"{method['words']} ({method['count']})"
            axes.axhline(method["cpu_each"], linestyle="--", linewidth=1, color=color, label=words)
    axes.set(xlabel="submissions in the class", ylabel="CPU seconds per submission", yscale="log")
    axes.yaxis.set_major_formatter("{x:g}")
    title = f"Start included; dashed: measured on one class of so many ({found['machine']['date']})"
    axes.set_title(title, fontsize=9)
    figure.legend(loc="outside right center", fontsize=8, frameon=False)
    axes.grid(alpha=0.3)
    figure.savefig(path, metadata={"Date": None})


if __name__ == "__main__":
    main()
