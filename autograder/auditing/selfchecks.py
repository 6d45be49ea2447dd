"""Runs the visible self-check on an author's programs: one pytest for all, in a process of its own.

It runs without a sandbox: these programs are the course's own, never a student's.
"""

import dataclasses
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

from autograder import courses
from autograder.auditing.programs import LAZY, Program

SECONDS = 600
# Lazy answers of which each visible claim must reject one, beside zeros after a loop for
# claims of speed.
REJECTED = {"returns_none", "returns_first", "zeros"}
LOOP = "for _ in range(2_000_000):\n        pass\n    "
# A test file for one program, with a test for each claim.
TESTS = """
import sys
sys.path[:0] = [{folder!r}, {shared!r}]
from test_{assignment} import PROPERTIES
from selfcheck import entry_points
claims = {{}}
for name in {exercises!r} or PROPERTIES:
    for claim in PROPERTIES.get(name, ()):
        claims[name + ": " + claim.claim] = [claim]
_, tests = entry_points(__file__, claims)
globals().update(tests)
"""
Rejections = dict[
    str, str
]  # each claim, as "exercise: claim", and its objection or ""


def problems(
    assignment: str, exercises: Sequence[str], programs: Sequence[Program]
) -> Iterator[str]:
    """Yield what is wrong with the self-check, as its claims about right and wrong programs
    show.
    """
    right = [
        program
        for program in programs
        if program.sort in ("reference", "right")
    ]
    lazy = [
        program
        for program in programs
        if program.sort == "lazy" and program.name in REJECTED
    ]
    for program in lazy[:]:
        if program.name == "zeros":
            slow = program.text.replace(LAZY["zeros"], LOOP + LAZY["zeros"])
            lazy.append(dataclasses.replace(program, text=slow))
    try:
        found = _rejections(assignment, [*right, *lazy])
    except ImportError as error:
        yield f"test_{assignment}.py cannot be imported. {error}"
        return
    claims = {*found[0]}  # the reference's
    tested = {_exercise_of(claim) for claim in claims}
    if tested != {*exercises}:
        lacks = (
            ", ".join(name for name in exercises if name not in tested)
            or "none"
        )
        others = ", ".join(sorted(tested.difference(exercises))) or "none"
        yield (
            f"PROPERTIES in test_{assignment}.py lacks {lacks}, and has {others} beside "
            f"the exercises."
        )
    for program, rejections in zip(right, found):
        for claim, objection in rejections.items():
            if objection:
                yield f"The self-check rejects {program.name} of {claim}: {objection}"
    rejecting = {
        name
        for rejections in found[len(right) :]
        for name in rejections
        if rejections[name]
    }
    for claim in sorted(claims - rejecting):
        yield f"The self-check accepts lazy answers in {claim}. Claim more."


def _exercise_of(claim: str) -> str:
    return claim.partition(":")[0]


def _rejections(
    assignment: str, programs: Sequence[Program]
) -> list[Rejections]:
    """Return what each program's claims object to; of the reference, the claims of all exercises.

    Raises ImportError if the self-check cannot be imported; the error says why.
    """
    folder = courses.folder(courses.SOLUTIONS, assignment)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    with tempfile.TemporaryDirectory() as temporary:
        place = Path(temporary)
        for number, program in enumerate(programs):
            exercises = (
                [] if program.sort == "reference" else [program.exercise]
            )
            tests = TESTS.format(
                folder=str(folder),
                shared=str(folder.parent),
                assignment=assignment,
                exercises=exercises,
            )
            (place / f"p{number}").mkdir()
            (place / f"p{number}" / "test_claims.py").write_text(tests, "utf-8")
            answer = place / f"p{number}" / f"claims{program.suffix}"
            answer.write_text(program.text, "utf-8", errors="surrogatepass")
        options = [
            "-q",
            "--import-mode=importlib",
            "-p",
            "no:cacheprovider",
            f"--rootdir={place}",
        ]
        command = [
            sys.executable,
            "-m",
            "pytest",
            *options,
            "--junitxml=tests.xml",
        ]
        subprocess.run(
            command,
            cwd=place,
            env=environment,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        tree = ElementTree.parse(place / "tests.xml")
    found: list[Rejections] = [{} for _ in programs]
    for case in tree.iter("testcase"):
        error, failure = case.find("error"), case.find("failure")
        if error is not None:
            raise ImportError(
                _last_line(error.text or "", f"test_{assignment}.py")
            )
        place_name, _, _ = case.get("classname", "").partition(".")
        objection = (
            ""
            if failure is None
            else failure.get("message", "").removeprefix("Failed: ")
        )
        found[int(place_name.removeprefix("p"))][
            case.get("name", "").removeprefix("test_")
        ] = objection
    return found


def _last_line(report: str, file: str) -> str:
    """Return the error that pytest reports, with the line of the self-check at which it arose."""
    lines = re.findall(rf"{re.escape(file)}:(\d+)", report)
    errors = re.findall(r"(?m)^E\s+(.*)$", report)
    error = errors[-1] if errors else report.strip().rpartition("\n")[2]
    return f"line {lines[-1]}: {error}" if lines else error
