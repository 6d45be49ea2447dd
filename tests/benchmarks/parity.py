"""One class through all five ways of grading, compared cell by cell: `python
tests/benchmarks/parity.py`.

They are `autograder grade`, `autograder grade --course`, `nbgrader autograde`, formgrader's
button (by the request that it sends), and a plain nbgrader that asks the kit in its kernel.
The last has no sandbox, so it grades only honest work. Exits 1 if two ways differ.
"""

import argparse
import copy
import http.cookiejar
import json
import subprocess
import sys
import tempfile
import tokenize
import urllib.request
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from browser_helpers import TOKEN, jupyter_lab
from course_helpers import (
    BIN,
    ROOT,
    answered,
    cell_of,
    environment,
    hand_in,
    nbgrader,
    new_course,
    released,
    scores,
    with_code,
)
from test_browser import hostile
from test_nbgrader import ATTACKS, LOST, MANGLED, NAME, PLAIN

UNREADABLE = {
    "not_json": b"{ this is no notebook",
    "no_cells": b'{"cells": 3, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
    "deep": b"[" * 100_000,
}
# Programs that never end, ask for input or leave their kernel: honest, but a kernel must
# not run them.
STUCK = ("hangs", "endless", "never_ends", "loop")


class Submissions:
    """The class: each student's submission, and whether a kernel may run it."""

    def __init__(self, course: Path, right: int, wrong: int):
        self.course, self.files, self.honest = course, {}, set()
        full, empty = answered(course, NAME), released(course, NAME)
        self._add("right", full, honest=True)
        self._add("untouched", empty, honest=True)
        for kind, count in (("right", right), ("wrong", wrong)):
            for path in _spread(kind, count):
                with tokenize.open(path) as file:  # in the encoding that it names
                    code = file.read()
                stuck = any(word in path.stem for word in STUCK) or "input(" in code
                self._add(
                    f"{kind}-{path.stem}", with_code(full, code), honest=not stuck
                )
        for path in sorted((ROOT / "tests/right_answers" / NAME).glob("*.ipynb")):
            self._add(f"notebook-{path.stem}", path.read_bytes())
        for name, change in MANGLED.items():
            nb = copy.deepcopy(full)
            change(nb)
            self._add(f"mangled-{name}", nb)
        for name, data in UNREADABLE.items():
            self._add(f"broken-{name}", data)
        for name, (inside, outside) in ATTACKS.items():
            code = LOST.format(inside=inside, outside=outside).replace(
                "{root}", str(course)
            )
            self._add(f"attack-{name}", with_code(full, code))
        self._add("hostile-markup", hostile(copy.deepcopy(full)))
        partly = copy.deepcopy(full)
        cell_of(partly, "squared_loss")["source"] = (
            "def squared_loss(y_hat, y):\n    while True: pass\n"
        )
        self._add("hangs-in-a-function", partly)

    def _add(self, student, notebook, honest=False):
        self.files[student] = notebook
        if honest:
            self.honest.add(student)

    def hand_in(self, students: Iterable[str]) -> None:
        """Into the course's submitted/."""
        for student in students:
            path = hand_in(self.course, student, NAME, self.files[student])
            if student == "attack-steals":
                (path.parent / "torch.py").write_text("raise SystemExit('mine')\n")


def _spread(kind, count):
    """`count` of the files, spread evenly over their names, and so over the functions that are
    wrong.
    """
    paths = []
    for path in sorted((ROOT / "tests" / f"{kind}_answers" / NAME).glob("*.py")):
        try:
            with tokenize.open(path) as file:
                file.read()
        except (SyntaxError, UnicodeDecodeError):
            continue  # a notebook cannot contain its encoding
        paths.append(path)
    return [paths[i * len(paths) // count] for i in range(min(count, len(paths)))]


def by_grade(course: Path) -> dict:
    """`autograder grade`."""
    out = course.parent / "results"
    _run(
        *["autograder", "grade", "--assignment"],
        NAME,
        str(course / "submitted"),
        "--out",
        str(out),
    )
    found: dict[str, dict[str, float]] = {}
    for report in json.loads((out / "results.json").read_text("utf-8"))["submissions"]:
        cells = found[report["id"]] = {}
        for result in report["checks"]:
            name, asked = (
                "test_" + result["exercise"],
                result["outcome"] == "grader_error",
            )
            cells[name] = None if asked else cells.get(name, 0) + result["earned"]
    return found


def by_course(course: Path) -> dict:
    """`autograder grade --course`."""
    _run("autograder", "grade", "--course", str(course), "--assignment", NAME)
    return scores(course, NAME)


def by_nbgrader(course: Path) -> dict:
    """`nbgrader autograde`, with or without our settings."""
    done = nbgrader(course, "autograde", NAME)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # 1: some need review
    return scores(course, NAME)


def by_button(course: Path) -> dict:
    """Formgrader's button, for each student in turn."""
    home = course.parent / "server"
    home.mkdir()
    with jupyter_lab(course, home) as address:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        browser.open(f"{address}/api?token={TOKEN}").close()
        browser.open(f"{address}/formgrader/manage_submissions/{NAME}").close()
        xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
        for student in sorted(path.name for path in (course / "submitted").iterdir()):
            url = f"{address}/formgrader/api/submission/{NAME}/{student}/autograde"
            request = urllib.request.Request(
                url, b"", {"X-CSRFToken": xsrf}, method="POST"
            )
            with browser.open(request) as response:
                said = json.load(response)
            assert said["success"] != (student.removeprefix("broken-") in UNREADABLE), (
                student,
                said,
            )
    return scores(course, NAME)


def _run(*words):
    command = [str(BIN / words[0]), *words[1:]]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-3000:]


WAYS = {
    "autograder grade": (by_grade, "", False),
    "grade --course": (by_course, "", False),
    "nbgrader autograde": (by_nbgrader, "", False),
    "formgrader's button": (by_button, "", False),
    "in the kernel": (by_nbgrader, PLAIN, True),
}


def main() -> int:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    options.add_argument(
        "--right", type=int, default=16, help="how many of the right answers"
    )
    options.add_argument(
        "--wrong", type=int, default=16, help="how many of the wrong answers"
    )
    given = options.parse_args()
    points: dict[str, dict] = {}
    print(f"{'way':20} {'submissions':>11} {'cells':>6} {'points':>8}", flush=True)
    with tempfile.TemporaryDirectory(prefix="parity-") as folder:
        for way, (grade, settings, honest) in WAYS.items():
            course = new_course(
                Path(folder) / way.replace(" ", "-").replace("'", "") / "course",
                (NAME,),
            )
            if settings:  # after the release was made with ours
                (course / "nbgrader_config.py").write_text(settings)
            work = Submissions(course, given.right, given.wrong)
            work.hand_in(sorted(work.honest) if honest else work.files)
            points[way] = grade(course)
            values = [p for cells in points[way].values() for p in cells.values()]
            total = sum(p for p in values if p is not None)
            print(
                f"{way:20} {len(points[way]):11} {len(values):6} {total:8g}", flush=True
            )
            missing = (work.honest if honest else set(work.files)) ^ set(points[way])
            assert not missing, f"{way}: {missing}"
    return differences(points)


def differences(points: dict[str, dict]) -> int:
    """Print each cell on which two ways differ.  Returns 1 if there is one.  A way may lack
    cells.
    """
    compared, differing = 0, []
    students = sorted({student for way in points.values() for student in way})
    for student in students:
        cells = sorted(
            {cell for way in points.values() for cell in way.get(student, ())}
        )
        for cell in cells:
            got = {
                way: found[student][cell]
                for way, found in points.items()
                if cell in found.get(student, ())
            }
            compared += len(got)
            if len(set(got.values())) > 1:
                differing.append(f"  {student}, {cell}: {got}")
    print(
        f"\n{len(students)} submissions, {compared} scores compared, {len(differing)} cells differ"
    )
    print("\n".join(differing))
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
