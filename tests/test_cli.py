"""The commands: what they write, what they print, and one clear line for each way to go wrong."""

import sys
from dataclasses import replace

import pytest
from cli_helpers import (
    NAME,
    POINTS,
    RIGHT,
    WRONG,
    a_class,
    grade,
    points_of,
    results_of,
    run,
    submissions_of,
)
from file_helpers import table, write_files
from process_helpers import bwrap_works, ran
from rich.cells import cell_len

from autograder import courses, exercises, patches
from autograder.reporting.results_folder import RUN
from autograder.sandbox.client import Sandbox

OTHER = next(name for name in courses.names() if name != NAME)


def test_a_second_run_grades_only_what_changed_and_keeps_the_rest(tmp_path):
    """Re-running over an existing folder never loses what is there."""
    folder = a_class(tmp_path / "class", alice=RIGHT, bob=RIGHT)
    out = tmp_path / "out"
    grade(folder, out)
    (folder / "alice.py").unlink()
    a_class(folder, bob=WRONG, carol=RIGHT)
    done, again = (grade(folder, out) for _ in range(2))
    found = {id: one["score"] for id, one in submissions_of(out).items()}
    assert found == {"alice": POINTS, "bob": 0, "carol": POINTS}
    assert results_of(out)["gone"] == ["alice"]
    words = "No longer among the submissions (earlier results kept): alice\n"
    assert words in done.stdout
    assert "graded 2 of 2" in done.stdout
    assert "2 of 2 did not change since the last run" in again.stdout


@pytest.mark.slow
def test_without_an_assignment_each_one_found_is_graded(tmp_path):
    """Each into a folder of its own; a student without one of them is no gap there."""
    other = f"def {exercises.load(OTHER)[0].function}(*args):\n    return 1\n"
    files = {f"{id}/{NAME}/{NAME}.py": RIGHT for id in ("alice", "bob")}
    write_files(tmp_path / "class", files | {f"bob/{OTHER}.py": other})
    done = run("grade", "class", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stdout.count("uses the public seed") == 1
    expected = {NAME: {"alice": POINTS, "bob": POINTS}, OTHER: {"bob": 0}}
    for name, points in expected.items():
        assert points_of(tmp_path / "out" / name) == points


def test_doctor_tries_each_layer(tmp_path):
    """It says whether grading would start; it runs no file of a course."""
    evil = f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    write_files(
        tmp_path, {"exercises/evil/f.py": evil, "autograder.toml": "[" * 5000}
    )
    done = run("doctor", cwd=tmp_path)
    assert not (tmp_path / "ran").exists()
    with Sandbox(unsafe=True) as sandbox:
        assert f"\nsandbox      {sandbox.layers}\n" in done.stdout
    assert ("bubblewrap" not in done.stdout) == bwrap_works()
    works = "Grading works here, in a sandbox." in done.stdout
    assert (done.returncode == 0) == works


def test_doctor_names_a_version_that_a_patch_does_not_fit(monkeypatch):
    """It says what goes wrong there, and which versions were tried."""
    tried = patches.MINED_CONSTANTS
    monkeypatch.setattr(patches, "ALL", [replace(tried, function="gone")])
    words = "HypothesisProvider.gone that this kit changes."
    assert words in run("doctor").stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a class of one, and folders that cannot be used."""
    files = dict.fromkeys(("empty/.keep", "file", "README.md"), "")
    files |= {"class/alice.py": RIGHT, "foreign/results.json": "{}"}
    files |= dict.fromkeys((f"r/a/{RUN}", f"r/b/{RUN}"), "{}")
    return write_files(tmp_path_factory.mktemp("place"), files)


WRONG_USE = dict(
    table(rf"""
grade nowhere --out out                       -> No file or folder nowhere
grade empty --assignment {NAME} --out out     -> No submission of {NAME} below empty. Expected one of: <student>/{NAME}.ipynb
grade class --assignment x --out out          -> No assignment 'x'. Choose one of
grade class --assignment {NAME} --out foreign -> foreign/results.json was not written by this kit. Move
grade --nope                                  -> No such option
frob                                          -> No such command 'frob'. See `autograder --help`.
export                                        -> Missing argument 'results'. See `autograder export --help`.
export r                                      -> Missing option '--into'. See
export r --into README.md                     -> r has no results of one assignment. Name their folder:
export foreign --into README.md               -> foreign has no results of one assignment. Name their folder: -.
grade a --jobs -1                             -> Invalid value for '--jobs':
grade a --from x                              -> Invalid value for '--from': 'x' is not one of 'moodle',
grade --course empty                          -> empty is not an nbgrader course, because it has no
grade README.md                               -> --out is missing. Add --out DIR.
grade README.md --list                        -> Nothing below
gradescope-zip sql --out a.zip                -> No assignment 'sql'. Choose one of
gradescope-zip vectorization --out r          -> r: Is a directory. Check that it is there
check nowhere                                 -> No assignment 'nowhere'. Choose one of
""")
)


@pytest.mark.parametrize("words", WRONG_USE)
def test_wrong_use_is_one_line_and_exit_2(place, words):
    """The line says what to do, and nothing is written."""
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    done = run(*words.split(), cwd=place)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"autograder: {WRONG_USE[words]}")
    assert {
        path: path.stat().st_mtime_ns for path in place.rglob("*")
    } == before


def test_another_language_needs_no_judge(tmp_path):
    """Flags and why a file is a zero are data: each run shows them in its own language."""
    folder = a_class(tmp_path / "class", empty=" ")
    out = tmp_path / "out"
    (folder / "bo").mkdir()
    (folder / "bo" / "my work.py").write_text(RIGHT)
    words = ("grade", folder, "--assignment", NAME, "--out", out)
    assert run(*words).returncode == 0
    assert "its file is named my work.py" in (out / "grades.csv").read_text()
    (tmp_path / "torch.py").write_text("raise SystemExit('torch was imported')")
    again = run(*words, "--language", "zh", PYTHONPATH=str(tmp_path))
    assert again.returncode == 0
    assert again.stderr == ""
    assert "its file is named" not in (out / "grades.csv").read_text()
    assert "它的文件名是 my work.py" in (out / "grades.csv").read_text()
    assert "文件是空的" in (out / "feedback" / "empty.txt").read_text()


def test_a_single_file_is_told_as_its_student_reads_it(tmp_path):
    """And of one submission the words are singular."""
    (tmp_path / "ann.py").write_text(RIGHT)
    words = "grade", tmp_path / "ann.py", "--assignment", NAME
    unkept = run(*words, cwd=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["ann.py"]
    assert f"ann, {NAME}: {POINTS:g} of {POINTS:g} points" in unkept.stdout
    assert ". Nothing was saved. To save, add --out DIR.\n" in unkept.stdout
    alone = run(*words, "--out", tmp_path / "out")
    assert (tmp_path / "out/feedback/ann.txt").read_text() in alone.stdout
    assert "\nGraded 1 submission in " in alone.stdout


STRICT = {"PYTHONIOENCODING": "ascii:strict"}
POSIX = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0"}
POSIX |= {"PYTHONCOERCECLOCALE": "0"}


@pytest.mark.slow
@pytest.mark.parametrize("variables", [STRICT, POSIX], ids=["strict", "posix"])
def test_no_name_steers_the_terminal_or_breaks_it(tmp_path, variables):
    """Whatever characters it has: never a traceback."""
    folder = tmp_path / "class"
    (folder / f"shut\x1b[2J/{NAME}.py").mkdir(parents=True)
    names = "李雷" * 15, "red\x1b[31m", "turned\u202e", "test_\x1b[2Jmine"
    a_class(folder, **dict.fromkeys(names, RIGHT))
    done = grade(folder, tmp_path / "out", **variables)
    shut = (
        rf"shut\x1b[2J needs review. {NAME}.py is a link, a folder or a device."
    )
    assert done.returncode == 1
    assert done.stderr.startswith(shut)
    said = done.stdout + done.stderr
    assert not {*"\x1b\u202e"} & {*said}
    for name in (r"red\x1b[31m", r"test_\x1b[2Jmine.py", "4 submissions"):
        assert name in said


IMPORTED = """
import sys
started = []
starts = "os.fork", "os.posix_spawn", "subprocess.Popen"
sys.addaudithook(lambda event, _: event in starts and started.append(event))
from autograder.cli import main
sys.argv = ["autograder", *sys.argv[1:]]
try:
    main()
except SystemExit:
    wanted = "asyncio", "concurrent.futures", "http.server", "logging", "nbgrader", "torch", "webbrowser"
    print([name for name in wanted if name in sys.modules] + started, file=sys.stderr)
"""


@pytest.mark.parametrize(
    "words",
    [("--version",), ("init",), ("export", "--help"), ("grade", "--list", ".")],
)
def test_a_command_imports_what_it_needs(tmp_path, words):
    """None of what others need: a server, threads, nbgrader, torch, another process."""
    done = ran(sys.executable, "-c", IMPORTED, *words, cwd=tmp_path)
    assert done.stderr.splitlines()[-1] == "[]"


def test_nothing_starts_where_nothing_changed(tmp_path):
    """No process is forked, no torch is imported, and no student's file is written anew."""
    files = {
        f"ann/{NAME}.py": RIGHT,
        f"main/{NAME}.py": "def main():\n    pass\n",
    }
    folder = write_files(tmp_path / "class", files)
    words = "grade", folder, "--assignment", NAME, "--out", tmp_path / "out"
    assert run(*words, "--jobs", 1).returncode == 1

    def times():
        paths = (tmp_path / "out").rglob("ann.*")
        return {path: path.stat().st_mtime_ns for path in paths}

    before = times()
    again = ran(sys.executable, "-c", IMPORTED, *words, cwd=tmp_path)
    assert "2 of 2 did not change since the last run" in again.stdout
    assert "main needs review" in again.stderr
    assert again.stderr.splitlines()[-1] == "[]"
    assert times() == before


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_list_of_submissions_fits_80_columns(tmp_path, language):
    """Whatever ids, names of files and flags are in it; each student has a line."""
    long = "a" * 50
    wide = "欧阳" * 20
    files = {
        f"{long}/{'deep/' * 15}{NAME}.py": RIGHT,
        f"{wide}/{NAME}.py": RIGHT,
    }
    files |= {f"{long}b/{'my own work ' * 8}.py": RIGHT, f"bo/{NAME}.py": ""}
    words = ("--list", "--assignment", NAME, "--language", language)
    listed = run("grade", write_files(tmp_path / "class", files), *words).stdout
    assert max(map(cell_len, listed.splitlines())) <= 80
    assert (
        sum(line.startswith(("a", "欧", "bo")) for line in listed.splitlines())
        >= 4
    )
