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
import selfcheck
from test_{assignment} import PROPERTIES
# Nobody waits for the smallest input.
selfcheck.SETTINGS = selfcheck.settings(selfcheck.SETTINGS, phases=[selfcheck.Phase.generate])
claims = {{}}
for name in {exercises!r} or PROPERTIES:
    for claim in PROPERTIES.get(name, ()):
        claims[name + ": " + claim.claim] = [claim]
_, tests = selfcheck.entry_points(__file__, claims)
globals().update(tests)
"""
OPTIONS = (
    *("-q", "--import-mode=importlib", "-p", "no:cacheprovider"),
    "--junitxml=tests.xml",
)


def problems(
    assignment: str, exercises: Sequence[str], programs: Sequence[Program]
) -> Iterator[str]:
    """Yield what is wrong with the self-check, as its claims about right and wrong programs show.

    programs: the reference first.
    """
    right = [programs[0]]
    lazy = []
    for program in programs:
        if program.kind == "right":
            right.append(program)
        elif program.kind == "lazy" and program.name in REJECTED:
            lazy.append(program)
            slow = program.text.replace(LAZY["zeros"], LOOP + LAZY["zeros"])
            if program.name == "zeros":
                lazy.append(dataclasses.replace(program, text=slow))
    try:
        rejections = _rejections(assignment, [*right, *lazy])
    except ImportError as error:
        yield f"test_{assignment}.py cannot be imported. {error}"
        return
    unchallenged = {*rejections[0]}  # the reference's
    tested = {claim.partition(":")[0] for claim in unchallenged}
    if tested != {*exercises}:
        lacks = ", ".join(sorted({*exercises} - tested)) or "none"
        foreign = ", ".join(sorted(tested.difference(exercises))) or "none"
        yield (
            f"PROPERTIES in test_{assignment}.py lacks {lacks}, and has {foreign} beside "
            "the exercises."
        )
    for place, objections in enumerate(rejections):
        for claim, objection in objections.items():
            if objection and place < len(right):
                yield f"The self-check rejects {right[place].name} of {claim}: {objection}"
            elif objection:
                unchallenged.discard(claim)
    for claim in sorted(unchallenged):
        yield f"The self-check accepts lazy answers in {claim}. Claim more."


def _rejections(
    assignment: str, programs: Sequence[Program]
) -> list[dict[str, str]]:
    """Return what each program's claims object to; of the reference, the claims of all exercises.

    Raises ImportError if the self-check cannot be imported; the error says why.
    """
    folder = courses.folder(courses.SOLUTIONS, assignment)
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        for number, program in enumerate(programs):
            exercises = [program.exercise]
            if program.kind == "reference":
                exercises = []
            tests = TESTS.format(
                folder=str(folder),
                shared=str(folder.parent),
                assignment=assignment,
                exercises=exercises,
            )
            place = root / f"p{number}"
            place.mkdir()
            (place / "test_claims.py").write_text(tests, "utf-8")
            answer = place / f"claims{program.suffix}"
            answer.write_text(program.text, "utf-8", errors="surrogatepass")
        command = [sys.executable, "-m", "pytest", *OPTIONS]
        subprocess.run(
            [*command, f"--rootdir={root}"],
            cwd=root,
            env=environment,
            capture_output=True,
            timeout=SECONDS,
            check=False,
        )
        tree = ElementTree.parse(root / "tests.xml")
    rejections: list[dict[str, str]] = [{} for _ in programs]
    for case in tree.iter("testcase"):
        if (error := case.find("error")) is not None:
            report = error.text or ""
            raise ImportError(_last_line(report, f"test_{assignment}.py"))
        objection = ""
        if (failure := case.find("failure")) is not None:
            objection = failure.get("message", "").removeprefix("Failed: ")
        name, _, _ = case.get("classname", "").partition(".")
        claim = case.get("name", "").removeprefix("test_")
        rejections[int(name.removeprefix("p"))][claim] = objection
    return rejections


def _last_line(report: str, file: str) -> str:
    """Return the error that pytest reports, with the line of the self-check at which it arose."""
    lines = re.findall(rf"{re.escape(file)}:(\d+)", report)
    errors = re.findall(r"(?m)^E\s+(.*)$", report)
    error = errors[-1] if errors else report.strip().rpartition("\n")[2]
    return f"line {lines[-1]}: {error}" if lines else error
