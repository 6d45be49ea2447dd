"""The students' own door: what `pytest` and a test cell say in an assignment's folder, without the kit.

It runs in processes of its own: the machinery moves Hypothesis's folder when it is imported.
"""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest
from course_helpers import ASSIGNMENTS, ROOT
from nbgrader.apps import NbGraderAPI
from traitlets.config import PyFileConfigLoader

from autograder.nbgrader_bridge import release

SOURCE = ROOT / "solutions" / "selfcheck.py"
LOST = "Put the assignment's selfcheck.py beside test_vectorization.py."
FUNCTIONS = {
    "linear_regression": ["data_iter", "linreg", "squared_loss", "sgd", "train", "end_to_end"],
    "vectorization": ["vector_add"],
}

ALONE = """
import sys
sys.modules.update(dict.fromkeys(["autograder", "nbgrader", "nbformat", "IPython", "matplotlib"]))
import pytest
sys.exit(pytest.main(["-p", "no:cacheprovider", "--color=no", *sys.argv[1:]]))
"""

THIRD = '''
"""A third assignment: properties, and nothing else."""
from hypothesis import strategies as st
from selfcheck import Wrong, doors, visible

@visible(st.fixed_dictionaries({"n": st.integers(0, 99)}))
def doubles(double, n):
    """gives twice its argument"""
    got = double(n)
    if got != 2 * n:
        raise Wrong(f"expected {2 * n}, got {got}")

PROPERTIES = {"double": [doubles], "twice": [doubles]}
check, tests = doors(__file__, PROPERTIES)
globals().update(tests)
'''


def run_pytest(folder, *words):
    """pytest as a student has it: torch, numpy, pytest and hypothesis, and nothing of ours."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "PYTHONPATH"))}
    return subprocess.run(
        [sys.executable, "-c", ALONE, *words],
        cwd=folder,
        env={**env, "COLUMNS": "200", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )


def outcomes(done):
    """Each test of a run with `-rA`, and how it ended."""
    return {name: word for word, name in re.findall(r"^([A-Z]+) (\S+::\S+)", done.stdout, re.MULTILINE)}


def code_of(notebook):
    """All code of a notebook, as a script."""
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def is_a_copy(path):
    """Whether a file says that it is a copy of the machinery, and is."""
    first, rest = path.read_text("utf-8").split("\n", 1)
    return first.startswith("# A copy of solutions/selfcheck.py,") and SOURCE.read_text("utf-8") == rest


@pytest.mark.parametrize("assignment", ASSIGNMENTS)
@pytest.mark.parametrize("place", ["solutions", "assignments"])
def test_each_folder_has_a_copy_of_the_machinery(place, assignment):
    """One source; its copies say what they are."""
    assert is_a_copy(ROOT / place / assignment / "selfcheck.py")


def test_the_machinery_names_no_exercise():
    """What belongs to an assignment stands in its own file."""
    names = [name for names in FUNCTIONS.values() for name in names]

    assert [] == re.findall(rf"\b({'|'.join([*FUNCTIONS, *names])})\b", SOURCE.read_text("utf-8"))


@pytest.fixture
def course(tmp_path):
    """The repository's two folders, with a change in the machinery's source alone."""
    for name in ("solutions", "assignments"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    with open(tmp_path / "solutions" / "selfcheck.py", "a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    return tmp_path


def test_a_release_brings_the_copies_of_its_own_assignment_in_step(course):
    """A diff for the copy in each folder, then both written; another assignment's stay as they are."""
    copies = [f"{place}/vectorization/selfcheck.py" for place in ("assignments", "solutions")]
    others = [course / copy.replace("vectorization", "linear_regression") for copy in copies]

    before = release.differences(course, ["vectorization"])
    made = release.release(course, ["vectorization"])

    assert copies == re.findall(r"^\+\+\+ (\S+) \(from solutions\)$", before, re.MULTILINE)
    assert 2 == before.count("\n+# changed\n")
    assert [course / copy for copy in copies] == made
    assert [True, True] == [path.read_text("utf-8").endswith("\n# changed\n") for path in made]
    assert [True, True] == [is_a_copy(path) for path in others]


def test_nbgrader_alone_releases_the_copy(course):
    """Without our command too; the source beside the folders is no assignment to it."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    api = NbGraderAPI(config=config)
    shutil.rmtree(course / "assignments")

    done = api.generate_assignment("vectorization")

    assert done["success"], done.get("log")
    assert is_a_copy(course / "assignments" / "vectorization" / "selfcheck.py")
    assert set(ASSIGNMENTS) == api.get_source_assignments()


def test_all_is_red_at_first_and_says_so_in_one_line_each(tmp_path):
    """Both assignments in one run, and in the mode in which pytest adds no folder to the path."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "assignments" / name, tmp_path / name)

    done = run_pytest(tmp_path, "linear_regression", "vectorization", "--import-mode=importlib")

    for assignment, names in FUNCTIONS.items():
        assert f"checking the functions in {assignment}.ipynb\n" in done.stdout
        for name in names:
            unwritten = "train" if name == "end_to_end" else name
            line = f"FAILED {assignment}/test_{assignment}.py::test_{name} - Failed: "
            assert f"{line}NotImplementedError: {unwritten} is not written yet\n" in done.stdout
    assert "7 failed in" in done.stdout
    assert "Traceback" not in done.stdout


def test_a_py_file_or_a_notebook_is_checked_test_by_test(tmp_path):
    """A script where there is one; tests are chosen by their names; a third assignment brings only its
    properties."""
    for name in ASSIGNMENTS:
        shutil.copytree(ROOT / "solutions" / name, tmp_path / name)
    script = tmp_path / "linear_regression" / "linear_regression.py"
    script.write_text(code_of(script.with_suffix(".ipynb")), "utf-8")
    third = tmp_path / "third"
    third.mkdir()
    shutil.copy(tmp_path / "vectorization" / "selfcheck.py", third)
    (third / "test_third.py").write_text(THIRD, "utf-8")
    (third / "third.py").write_text("def double(n):\n    return n + min(n, 7)\n", "utf-8")
    chosen = [f"linear_regression/test_linear_regression.py::test_{name}" for name in ("sgd", "end_to_end")]

    done = run_pytest(tmp_path, "-rA", *chosen, "vectorization", "third", "-k", "not twice")

    passed = [*chosen, "vectorization/test_vectorization.py::test_vector_add"]
    assert dict.fromkeys(passed, "PASSED") | {"third/test_third.py::test_double": "FAILED"} == outcomes(done)
    assert "checking the functions in linear_regression.py\n" in done.stdout
    assert "checking the functions in vectorization.ipynb\n" in done.stdout
    assert (
        "AssertionError: double: expected 16, got 15, for n = 8 (check: gives twice its argument)"
        in done.stdout
    )


def test_without_the_machinery_pytest_says_what_to_do(tmp_path):
    """One sentence in place of a traceback.  With it, an author's slip is one sentence too."""
    shutil.copytree(ROOT / "assignments" / "vectorization", tmp_path / "lost")
    (tmp_path / "lost" / "selfcheck.py").unlink()
    slip = tmp_path / "slip"
    slip.mkdir()
    shutil.copy(SOURCE, slip)
    (slip / "test_slip.py").write_text(THIRD.replace('"twice": [doubles]', '"twice": []'), "utf-8")

    done = run_pytest(tmp_path, "lost", "slip")

    words = "give it properties with docstrings and the same first parameter"
    assert f"_ ERROR collecting lost/test_vectorization.py _\n{LOST}\n" in re.sub("_+", "_", done.stdout)
    assert f"\nE   ValueError: twice: {words}\n" in done.stdout
    assert "2 errors in" in done.stdout


def test_without_the_machinery_a_test_cell_says_what_to_do(tmp_path):
    """One sentence and nothing else, as Jupyter and Validate's dialog show it."""
    shutil.copy(ROOT / "assignments" / "vectorization" / "test_vectorization.py", tmp_path)
    cell = "from test_vectorization import check"
    done = subprocess.run(
        [sys.executable, "-m", "IPython", "--colors=NoColor", "-c", cell],
        cwd=tmp_path,
        env={**os.environ, "IPYTHONDIR": str(tmp_path / "ipython")},
        capture_output=True,
        text=True,
        timeout=300,
    )

    assert f"{LOST}\n" == done.stdout
    assert len(LOST) <= 80, "Validate's dialog cuts off more"
