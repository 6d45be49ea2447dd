"""How long formgrader's button for one student takes, press by press: `python tests/benchmarks/button.py`.

By the request that the button sends, to a server that has just started: first with an empty cache, as on
the first day of a course, then with what that day left there.
"""

from __future__ import annotations

import argparse
import http.cookiejar
import json
import os
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))
from browser_helpers import TOKEN, jupyter_lab
from classes import a_class
from course_helpers import answered, hand_in, new_course, with_code
from measuring import machine

NAME = "linear_regression"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--students", type=int, default=10)
    given = options.parse_args()
    print(" ".join(f"{name} {value}" for name, value in machine().items() if name in FACTS))
    with tempfile.TemporaryDirectory(prefix="button-") as folder:
        home = Path(folder)
        os.environ["XDG_CACHE_HOME"] = str(home / "cache")
        course = new_course(home / "course", (NAME,))
        notebook = answered(course, NAME)
        students = a_class(given.students)
        for student in students:
            hand_in(course, student.student, NAME, with_code(notebook, student.code))
        for cache in ("an empty cache", "a warm cache"):
            server = home / cache.replace(" ", "-")
            server.mkdir()
            seconds = list(presses(course, server, [s.student for s in students]))
            later = sorted(seconds[1:])
            print(
                f"{cache}: first press {seconds[0]:.2f} s, second {seconds[1]:.2f}; from the second on "
                f"median {later[len(later) // 2]:.2f}, longest {later[-1]:.2f} ({len(seconds)} students)"
            )


FACTS = "date", "processor", "cores", "python", "torch", "nbgrader", "commit"


def presses(course: Path, server: Path, students: list[str]):
    """Seconds of each press."""
    with jupyter_lab(course, server) as address:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        browser.open(f"{address}/api?token={TOKEN}").close()
        browser.open(f"{address}/formgrader/manage_submissions/{NAME}").close()
        xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
        for student in students:
            url = f"{address}/formgrader/api/submission/{NAME}/{student}/autograde"
            request = urllib.request.Request(url, b"", {"X-CSRFToken": xsrf}, method="POST")
            start = time.perf_counter()
            with browser.open(request) as response:
                said = json.load(response)
            yield time.perf_counter() - start
            assert said["success"], (student, said)


if __name__ == "__main__":
    main()
