"""One class through all four ways of grading, compared cell by cell.

    python tests/benchmarks/parity.py [COUNT]

They are `autograder grade`, `autograder grade --course`, `nbgrader autograde` and
formgrader's button, by the request that it sends.  COUNT: how many right answers, and how
many wrong ones.  Exits 1 if two ways differ.
"""

import copy
import http.cookiejar
import sys
import tempfile
import urllib.request
from collections import defaultdict
from pathlib import Path

from file_helpers import read_json

sys.path.insert(0, str(Path(__file__).parent.parent))
from browser_helpers import TOKEN, jupyter_lab
from classes import programs
from course_helpers import (
    BIN,
    answered,
    environment,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    with_code,
)
from process_helpers import ran
from test_browser import hostile
from test_nbgrader import ATTACKS, LOST, MANGLED, NAME

BROKEN = {
    "broken-not-json": b"{ this is no notebook",
    "broken-no-cells": b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "broken-deep": b"[" * 100_000,
}


def submissions(course, count):
    """The notebook of each student."""
    right = answered(course, NAME)
    found = {"right": right, "untouched": released(course, NAME), **BROKEN}
    for kind in ("right", "wrong"):
        texts = programs(kind)
        for number, code in enumerate(texts[:: max(1, len(texts) // count)]):
            found[f"{kind}-{number}"] = with_code(right, code)
    for name, change in {**MANGLED, "hostile": hostile}.items():
        change(mangled := copy.deepcopy(right))
        found[f"mangled-{name}"] = mangled
    for name, (inside, outside) in ATTACKS.items():
        code = LOST.format(inside=inside, outside=outside)
        found[f"attack-{name}"] = with_code(
            right, code.replace("{root}", str(course))
        )
    return found


def by_grade(course):
    """`autograder grade`."""
    run(
        "grade",
        "--assignment",
        NAME,
        course / "submitted",
        "--out",
        course / "out",
    )
    found = {}
    tree = read_json(course / "out/results.json")
    for report in tree["submissions"]:
        cells = found[report["id"]] = defaultdict(float)
        for check in report["checks"]:
            cells[f"test_{check['exercise']}"] += check["earned"]
        for check in report["checks"]:
            if check["outcome"] == "grader_error":
                cells[f"test_{check['exercise']}"] = None
    return found


def by_course(course):
    """`autograder grade --course`."""
    run("grade", "--course", course, "--assignment", NAME)
    return scores(course, NAME)


def by_nbgrader(course):
    """`nbgrader autograde`."""
    nbgrader(course, "autograde", NAME)
    return scores(course, NAME)


def by_button(course):
    """Formgrader's button, for each student in turn."""
    (home := course.parent / "server").mkdir()
    with jupyter_lab(course, home) as address:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(jar)
        )
        for page in (
            f"api?token={TOKEN}",
            f"formgrader/manage_submissions/{NAME}",
        ):
            browser.open(f"{address}/{page}").close()
        token = {"X-CSRFToken": next(c.value for c in jar if c.name == "_xsrf")}
        for path in (course / "submitted").iterdir():
            url = f"{address}/formgrader/api/submission/{NAME}/{path.name}/autograde"
            browser.open(
                urllib.request.Request(url, b"", token, method="POST")
            ).close()
    return scores(course, NAME)


def run(*words):
    done = ran(BIN / "autograder", *words, env=environment(), timeout=3600)
    assert done.returncode in (0, 1), done.stderr[-3000:]


def main(count=16):
    points = {}
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        for way in (by_grade, by_course, by_nbgrader, by_button):
            course = new_course(Path(folder, way.__name__, "course"), (NAME,))
            for student, notebook in submissions(course, count).items():
                path = hand_in(course, student, NAME, notebook)
                if student == "attack-steals":
                    path.with_name("torch.py").write_text(
                        "raise SystemExit('mine')\n"
                    )
            found = way(course)
            points[way.__doc__] = {
                (student, cell): score
                for student, cells in found.items()
                for cell, score in cells.items()
                if cell.startswith("test_")
            }
            total = sum(filter(None, points[way.__doc__].values()))
            print(
                f"{len(found)} submissions, {total:g} points: {way.__doc__}",
                flush=True,
            )
    cells = {cell for way in points.values() for cell in way}
    got = {
        cell: [way.get(cell, "none") for way in points.values()]
        for cell in cells
    }
    differing = {
        cell: values for cell, values in got.items() if len({*values}) > 1
    }
    print(f"{len(cells)} cells compared, {len(differing)} cells differ")
    for cell, values in sorted(differing.items()):
        print(*cell, *values)
    return bool(differing)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
