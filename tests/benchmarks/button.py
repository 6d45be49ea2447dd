"""How long formgrader's button for one student takes, press by press: `python tests/benchmarks/button.py`.

By the request that the button sends, to a server that has just started: first with an empty cache, as on
the first day of a course, then with what that day left there.
"""

import argparse
import http.cookiejar
import json
import os
import statistics
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
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
    if given.students < 2:
        options.error("the second press is the one that counts: two students at least")
    print("seconds of formgrader's button, of one student each, six of ten right\n")
    print("| cache | first press | second | further ones, median | longest |")
    print("|-------|------------:|-------:|---------------------:|--------:|", flush=True)
    with tempfile.TemporaryDirectory(prefix="button-") as folder:
        home = Path(folder)
        os.environ["XDG_CACHE_HOME"] = str(home / "cache")
        course = new_course(home / "course", (NAME,))
        notebook = answered(course, NAME)
        for student in a_class(given.students):
            hand_in(course, student.student, NAME, with_code(notebook, student.code))
        for cache in ("empty", "warm"):
            (home / cache).mkdir()
            took = []
            for student, seconds, said in presses(course, home / cache):
                assert said["success"], (student, said)
                took.append(seconds)
            first, *further = took
            median = statistics.median(further)
            row = f"{first:11.2f} | {further[0]:6.2f} | {median:20.2f} | {max(further):7.2f}"
            print(f"| {cache:5} | {row} |", flush=True)
    facts = machine()
    print(f"\n{given.students} students; {facts['processor']}, {facts['cores']} cores; {facts['date']};")
    print(f"torch {facts['torch']}, nbgrader {facts['nbgrader']}; commit {facts['commit']}")


def presses(course: Path, home: Path) -> Iterator[tuple[str, float, dict]]:
    """(student, seconds, what formgrader says) of each press, one student after another, by one new server.

    home: an empty folder for the server's own files.
    """
    with jupyter_lab(course, home) as address:
        jar = http.cookiejar.CookieJar()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        browser.open(f"{address}/api?token={TOKEN}").close()
        browser.open(f"{address}/formgrader/manage_submissions/{NAME}").close()
        xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
        for student in sorted(path.name for path in (course / "submitted").iterdir()):
            url = f"{address}/formgrader/api/submission/{NAME}/{student}/autograde"
            request = urllib.request.Request(url, b"", {"X-CSRFToken": xsrf}, method="POST")
            start = time.perf_counter()
            with browser.open(request) as response:
                said = json.load(response)
            yield student, time.perf_counter() - start, said


if __name__ == "__main__":
    main()
