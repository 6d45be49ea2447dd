"""The commands: what they write, what they print, and one clear line for each way to go wrong."""

import csv
import re
import sys
from dataclasses import replace

import pytest
from cli_helpers import (
    EXERCISE,
    NAME,
    NEAR,
    POINTS,
    RIGHT,
    WRONG,
    a_class,
    grade,
    run,
    submissions_of,
)
from platforms import notebook
from process_helpers import ran

from autograder import courses, exercises, patches
from autograder.cli import demo
from autograder.sandbox.client import Sandbox
from autograder.sandbox.layers import bwrap_works

OTHER = next(name for name in courses.names() if name != NAME)
ZERO = {
    "empty": "The file is empty.",
    "missing": f"No file {NAME}.ipynb or {NAME}.py in missing/.",
    "syntax": f"line 1 defines {EXERCISE.function}, but Python could not read it: SyntaxError: "
    f"expected ':'",
}
UNREAD = {
    "notjson": "The file is not a notebook. Save it again in Jupyter.",
    "binary": "The file is not text. Submit a notebook (.ipynb) or a Python file (.py).",
    "folder": f"{NAME}.ipynb is a link, a folder or a device. Submit the file itself.",
    "link": "link.py is a link. Submit the file itself.",
    "both": "both.ipynb and both.py both have answers.",
}


def test_every_student_has_a_report_and_what_cannot_be_read_is_no_zero(tmp_path):
    """Whatever a file is; no neighbour costs anybody a point."""
    folder, out = tmp_path / "class", tmp_path / "results"
    (folder / "missing").mkdir(parents=True)
    (folder / "folder" / f"{NAME}.ipynb").mkdir(parents=True)
    syntax = f"def {EXERCISE.function}(a, b)\n    return a\n"
    a_class(folder, 李雷=RIGHT, both=WRONG, empty="", near=NEAR, syntax=syntax)
    (folder / "bob with spaces.ipynb").write_text(notebook(RIGHT))
    (folder / "both.ipynb").write_text(notebook(RIGHT))
    (folder / "notjson.ipynb").write_text("{'cells': oops")
    (folder / "binary.py").write_bytes(bytes(range(256)) * 8)
    (folder / "link.py").symlink_to(folder / "李雷.py")
    done = grade(folder, out)
    submissions, table = submissions_of(out), table_of(out)
    assert (
        {"bob with spaces", "李雷", "near", *ZERO, *UNREAD}
        == submissions.keys()
        == table.keys()
    )
    assert POINTS - EXERCISE.checks[0].points == submissions["near"]["score"]
    assert [POINTS] * 2 == [
        submissions[id]["score"] for id in ("bob with spaces", "李雷")
    ]
    for id, words in ZERO.items():
        assert 0 == submissions[id]["score"]
        assert {("missing", words)} == {
            (c["outcome"], c["message"]) for c in submissions[id]["checks"]
        }
    assert f"李雷, {NAME}: {POINTS:g} of {POINTS:g} points" in (
        out / "feedback" / "李雷.txt"
    ).read_text("utf-8")
    assert [] == [
        line
        for line in done.stdout.splitlines()
        if len(line) > 80 and "Results are in" not in line
    ]

    assert 1 == done.returncode
    assert {f"{id} needs review. {why}" for id, why in UNREAD.items()} == {
        *done.stderr.splitlines()
    }
    for id, why in UNREAD.items():
        row = table[id]
        assert ("", "", why) == (row["score"], row[EXERCISE.name], row["needs_review"])
        assert {"grader_error"} == {
            check["outcome"] for check in submissions[id]["checks"]
        }
        for ending in ("txt", "html"):
            words = " ".join(
                (out / "feedback" / f"{id}.{ending}").read_text("utf-8").split()
            )
            assert why in re.sub(r"</?code[^>]*>", "`", words)
            assert "not graded yet" in words
            assert f"0 of {POINTS}" not in words.partition(EXERCISE.name)[0]


def table_of(out):
    """The rows of grades.csv by student."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_a_second_run_grades_only_what_changed_and_keeps_the_rest(tmp_path):
    """Re-running over an existing folder never loses what is there."""
    folder, out = a_class(tmp_path / "class", alice=RIGHT, bob=RIGHT), tmp_path / "out"
    assert 0 == grade(folder, out).returncode
    (folder / "alice.py").unlink()
    a_class(folder, bob=WRONG, carol=RIGHT)
    done, again = (grade(folder, out) for _ in range(2))

    scores = {k: s["score"] for k, s in submissions_of(out).items()}
    assert {"alice": POINTS, "bob": 0, "carol": POINTS} == scores
    gone = "not among the submissions of the last run; this is the earlier result"
    assert {"alice": [gone], "bob": [], "carol": []} == {
        k: s["flags"] for k, s in submissions_of(out).items()
    }
    assert (
        "No longer among the submissions (earlier results kept): alice\n" in done.stdout
    )
    assert "graded 2 of 2" in done.stdout
    assert "2 of 2 did not change since the last run" in again.stdout


@pytest.mark.slow
def test_without_an_assignment_each_one_found_is_graded(tmp_path):
    """Each goes into a folder of its own; a student without one of them is no gap there."""
    for student in ("alice", "bob"):
        (tmp_path / "class" / student / NAME).mkdir(parents=True)
        (tmp_path / "class" / student / NAME / f"{NAME}.py").write_text(RIGHT)
    other = f"def {exercises.load(OTHER)[0].function}(*args):\n    return 1\n"
    (tmp_path / "class" / "bob" / f"{OTHER}.py").write_text(other)

    done = run("grade", "class", "--out", "out", cwd=tmp_path)

    assert 0 == done.returncode
    assert 1 == done.stdout.count(
        "uses the public seed"
    )  # once, however many assignments
    for name, expected in (
        (NAME, {"alice": POINTS, "bob": POINTS}),
        (OTHER, {"bob": 0}),
    ):
        found = submissions_of(tmp_path / "out" / name)
        assert expected == {k: s["score"] for k, s in found.items()}


def test_doctor_tries_each_layer(tmp_path):
    """It says which are active here, and whether grading would start; it runs no file of a
    course.
    """
    (tmp_path / "exercises" / "evil").mkdir(parents=True)
    (tmp_path / "exercises" / "evil" / "f.py").write_text(
        f"open({str(tmp_path / 'ran')!r}, 'w')\n"
    )
    (tmp_path / "autograder.toml").write_text("seed = 1\n")
    done = run("doctor", cwd=tmp_path)

    assert not (tmp_path / "ran").exists()
    with Sandbox(unsafe=True) as sandbox:
        assert f"\nsandbox      {sandbox.layers}\n" in done.stdout
    assert bwrap_works() == ("bubblewrap" not in done.stdout)
    assert "student code cannot" in done.stdout
    assert ("Grading works here, in a sandbox." in done.stdout) == (
        done.returncode == 0
    )


def test_doctor_names_what_the_kit_was_not_tried_with(tmp_path, monkeypatch):
    """A version that a patch does not fit, and the other package of the same name."""
    tried = patches.MINED_CONSTANTS
    monkeypatch.setattr(patches, "ALL", [replace(tried, attribute="gone")])
    (tmp_path / "autograder-5.0.dist-info").mkdir()
    (tmp_path / "autograder-5.0.dist-info/METADATA").write_text(
        "Name: autograder\nVersion: 5.0\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    done = run("doctor")
    said = [line for line in done.stdout.splitlines() if line.startswith("  --  ")]
    assert said[0].startswith(
        "  --  the package autograder 5.0 is installed too: it overwrites files of this kit."
    )
    assert "HypothesisProvider.gone that this kit changes." in said[1]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a class of one, and folders that cannot be used."""
    folder = tmp_path_factory.mktemp("place")
    for name, content in (
        ("class/alice.py", RIGHT),
        ("empty/.keep", ""),
        ("file", ""),
        ("README.md", ""),
        ("foreign/results.json", "{}"),
    ):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(content)
    return folder


CLASS = f"grade class --assignment {NAME} --out"


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("grade nowhere --out out", "No file or folder nowhere"),
        (
            f"grade empty --assignment {NAME} --out out",
            f"No submission of {NAME} below empty. Expected one of: <student>/{NAME}.ipynb",
        ),
        (
            "grade class --assignment x --out out",
            f"No assignment 'x'. Choose one of {', '.join(courses.names())}",
        ),
        (
            f"{CLASS} foreign",
            "foreign/results.json was not written by this kit. Move it away, or",
        ),
        ("grade --nope", "No such option"),
        ("frob", "No such command 'frob'. See `autograder --help`."),
        ("export", "Missing argument 'results'. See `autograder export --help`."),
        ("export r", "Missing option '--into'. See"),
        ("grade a --jobs -1", "Invalid value for '--jobs': "),
        (
            "grade a --from x",
            "Invalid value for '--from': 'x' is not one of 'moodle', ",
        ),
        (
            "grade --course empty",
            "empty is not an nbgrader course, because it has no nbgrader_config.py. ",
        ),
        ("grade class --course empty", "--out is missing. Add --out DIR."),
        ("grade README.md", "--out is missing. Add --out DIR."),
        ("grade README.md --list", "Nothing below"),
        (
            "release",
            "No folder solutions/ here. Run the command in the root of the course, or `auto",
        ),
    ],
)
def test_wrong_use_is_one_line_and_exit_2(place, words, line):
    """The line says what to do, and nothing is written.  What is wrong with an option, Typer
    says.
    """
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*")}
    done = run(*words.split(), cwd=place)
    assert (2, 1) == (done.returncode, len(done.stderr.splitlines()))
    assert done.stderr.startswith(f"autograder: {line}")
    assert before == {path: path.stat().st_mtime_ns for path in place.rglob("*")}


def test_a_course_without_solutions_releases_the_kit_s(tmp_path):
    """What students get, for who has no clone."""
    (tmp_path / "autograder.toml").write_text("seed = 1\n")
    assert 0 == run("release", NAME, cwd=tmp_path).returncode
    names = {path.name for path in (tmp_path / "assignments" / NAME).iterdir()}
    assert {f"{NAME}.ipynb", "selfcheck.py", f"test_{NAME}.py"} == names
    assert "No assignment 'vec'" in run("release", "vec", cwd=tmp_path).stderr


def test_a_second_run_in_which_nothing_changed_needs_no_judge(tmp_path):
    """It imports no torch, and leaves each student's file and page as it was."""
    folder, out = a_class(tmp_path / "class", ana=RIGHT), tmp_path / "out"
    words = ("grade", folder, "--assignment", NAME, "--out", out)
    assert 0 == run(*words).returncode
    files = [path for path in out.rglob("ana.*") if path.suffix != ".py"]
    before = [path.stat().st_mtime_ns for path in files]
    (tmp_path / "torch.py").write_text("raise SystemExit('torch was imported')")
    again = run(*words, PYTHONPATH=str(tmp_path))
    assert (0, "") == (again.returncode, again.stderr)
    assert f"{NAME}: 1 of 1 did not change since the last run." in again.stdout
    assert (3, before) == (len(files), [path.stat().st_mtime_ns for path in files])


def test_a_single_file_is_told_as_its_student_reads_it(tmp_path):
    """And of one submission the words are singular."""
    (tmp_path / "ann.py").write_text(RIGHT)
    words = ("grade", tmp_path / "ann.py", "--assignment", NAME)
    unkept = run(*words, cwd=tmp_path)
    assert ["ann.py"] == [path.name for path in tmp_path.iterdir()]
    (tmp_path / "out").mkdir()
    decided = (
        "id,name,exercise,what,text,points,of,file that "
        "counts,comment\nann,,,,,2.5,,,late fix\n"
    )
    (tmp_path / "out/review.csv").write_text(decided)
    alone = run(*words, "--out", tmp_path / "out")
    text = (tmp_path / "out/feedback/ann.txt").read_text()
    assert text in alone.stdout
    assert "\nGraded 1 submission in " in alone.stdout
    assert "late fix" in text
    assert f"ann, {NAME}: {POINTS:g} of {POINTS:g} points" in unkept.stdout
    assert ". Nothing was saved. To save, add --out DIR.\n" in unkept.stdout


STRICT = {"PYTHONIOENCODING": "ascii:strict"}
POSIX = {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        pytest.param(STRICT, id="strict"),
        pytest.param(POSIX, id="posix", marks=pytest.mark.exhaustive),
    ],
)
def test_no_name_steers_the_terminal_or_breaks_it(tmp_path, variables):
    """Whatever letters it has: what was written is told of, and never a traceback."""
    folder = tmp_path / "class"
    (folder / f"shut\x1b[2J/{NAME}.py").mkdir(parents=True)
    for name in ("李雷" * 15, "red\x1b[31m", "turned\u202e", "test_\x1b[2Jmine"):
        (folder / f"{name}.py").write_text(RIGHT)
    done = run(
        "grade", folder, "--assignment", NAME, "--out", tmp_path / "out", **variables
    )
    shut = (
        rf"shut\x1b[2J needs review. {NAME}.py is a link, a folder or a device. Submit "
        rf"the file itself."
    )
    assert (1, [shut]) == (done.returncode, done.stderr.splitlines())
    said = done.stdout + done.stderr
    assert [] == [c for c in said if c in "\x1b\u202e"]
    turned = (
        r"\udce2\udc80\udcae" if variables is POSIX else r"\u202e"
    )  # there, bytes are no letters
    for name in (r"red\x1b[31m", f"turned{turned}", r"test_\x1b[2Jmine.py"):
        assert name in said
    assert "4 submissions" in said


def test_a_chinese_sample_class_is_named_by_id_and_name(tmp_path):
    """As Chinese classes name their folders; each student has one, with a notebook."""
    count = demo.write_class(tmp_path, ["vectorization"], "zh")

    folders = sorted(
        path.parent.name for path in tmp_path.glob("submitted/*/vectorization.ipynb")
    )
    assert count == len({*folders}) >= 8
    assert [f"{2023010101 + i}" for i in range(count)] == [
        name.partition("_")[0] for name in folders
    ]
    assert "2023010101_王芳" == folders[0]


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
    "words", [("--version",), ("init",), ("export", "--help"), ("grade", "--list", ".")]
)
def test_a_command_imports_what_it_needs(tmp_path, words):
    """None of what others need: a server, threads, nbgrader, torch, another process."""
    done = ran(sys.executable, "-c", IMPORTED, *words, cwd=tmp_path)
    assert "[]" == done.stderr.splitlines()[-1]


def test_nothing_starts_where_nothing_changed(tmp_path):
    """No process is forked, and torch is not imported, to say so."""
    folder = a_class(tmp_path / "class", RIGHT)
    words = "grade", folder, "--assignment", NAME, "--out", tmp_path / "out"
    assert 0 == run(*words, "--jobs", 1).returncode
    again = ran(sys.executable, "-c", IMPORTED, *words, cwd=tmp_path)
    assert "1 of 1 did not change since the last run" in again.stdout
    assert "[]" == again.stderr.splitlines()[-1]
