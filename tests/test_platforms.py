"""What Moodle, Canvas and Gradescope give: whose is what, which file counts, and who needs a
person.

No sandbox, and no torch: only what was handed in.
"""

import sys
from pathlib import Path

import platforms
import pytest
from cli_helpers import run
from platforms import NAME, PEOPLE, packed, tree, untouched, written
from process_helpers import ran

from autograder.errors import NotANotebook
from autograder.intake import archives, collector
from autograder.intake.archives import Unpacked
from autograder.intake.places import WrongPath
from autograder.intake.search import Search
from autograder.intake.submission import SubmittedFile
from autograder.platforms import PLATFORMS, canvas
from autograder.platforms.platform import Owner
from autograder.reading.notebooks import cells_of


def found(
    path: Path, into: Path | None = None, name: str = NAME, **more
) -> dict[str, SubmittedFile]:
    """Whose submission is where; of a .zip, after unpacking it."""
    unpacked = archives.unpack_all([path], into or path.parent / "into")
    collection = collector.collect(Search(name, unpacked, **more))
    return {one.id: one for one in collection.files}


def why_not(one: SubmittedFile) -> str:
    """Why it has no text, or no cells."""
    submission = one.open()
    try:
        submission.suffix == ".py" or submission.problem or cells_of(submission.text)
    except NotANotebook as error:
        return str(error)
    return str(submission.problem)


def test_the_newest_of_canvas_counts_and_lateness_is_known(tmp_path):
    """By Canvas's number, and not by the name; a name with numbers in it is Canvas's only with
    all parts.
    """
    got = found(tree(tmp_path / "c", platforms.canvas()))
    again = f"{NAME}.ipynb was submitted more than once; the last one counts"
    flags = [*map(str, got["12345"].flags)]
    assert ([again], True) == (flags, got["12345"].is_late)
    assert [True, False] == [got[id].is_late for id in ("12351", "anon_x9Yz")]
    for name in ("ana_1.ipynb", "2024_12_ana.ipynb", "Ana_12_34_x.ipynb"):
        assert [] == canvas.read(name, False)
    (entry,) = canvas.read("silvaana_12_34_my_5_answers_6-3.ipynb", False)
    assert (Owner("12", "silvaana"), "my_5_answers_6.ipynb") == (
        entry.owner,
        entry.file,
    )


@pytest.mark.parametrize(
    ("people", "flag"),
    [
        ("a: " + "[" * 5000, "submission_metadata.yml does not name the student"),
        (
            "a: &a [x]\nb: [*a, *a]\n",
            "submission_metadata.yml does not name the student",
        ),
    ],
    ids=["deep", "aliases"],
)
def test_without_gradescopes_metadata_the_number_is_the_id(tmp_path, people, flag):
    """The work is graded all the same, and a flag says that nobody knows whose it is."""
    got = found(tree(tmp_path / "c", platforms.gradescope(people)))
    assert {"101", "102", "103", "104", "105", "106"} == set(got)
    assert (flag,) == tuple(map(str, got["101"].flags))


@pytest.mark.parametrize(
    "files",
    [
        ("s1/ana", "s2/bo"),
        ("ana/mine", "bo/hw", "mal/ana", "mal/absent"),
    ],
    ids=lambda files: files[0],
)
def test_where_two_readings_would_do_the_instructor_is_asked(tmp_path, files):
    """One student in each section looks like one folder in each student's; nobody is guessed."""
    tree(tmp_path / "c", {f"{place}/{NAME}.ipynb": written() for place in files})
    first = files[0].split("/")[0]
    words = (
        rf"If {first}/ is one student, add --from plain. If it holds several students, "
        rf"name each"
    )
    with pytest.raises(WrongPath, match=words):
        found(tmp_path / "c")
    outer, inner = ({place.split("/")[at] for place in files} for at in (0, 1))
    assert outer == set(found(tmp_path / "c", platform=PLATFORMS["plain"]))
    sections = collector.collect(
        Search(NAME, Unpacked(tuple(sorted((tmp_path / "c").iterdir()))))
    )
    assert inner == {one.id for one in sections.files}


def test_two_students_of_one_name_or_id_need_a_person(tmp_path):
    """Two sections may each have an Ana, and Gradescope may give two submissions of one: who
    counts?
    """
    files = {
        f"s1/ana/{NAME}.ipynb": written(),
        f"s2/ana/{NAME}.ipynb": written("def linreg(X, w, b): 1\n"),
    }
    files |= {f"s1/bo/{NAME}.ipynb": written()}
    sections = sorted(tree(tmp_path / "c", files).iterdir())
    got = {
        one.id: one
        for one in collector.collect(Search(NAME, Unpacked(tuple(sections)))).files
    }
    assert (True, False) == (got["ana"].needs_review, got["bo"].needs_review)
    names = [f"s{n}/ana/{NAME}.ipynb" for n in (1, 2)]
    chosen = [
        got["ana"].decided(lambda _, names, content, n=n: list(names)[n]).open()
        for n in (0, 1)
    ]
    assert [(name, files[name]) for name in names] == [
        (one.file, one.text) for one in chosen
    ]
    assert str(got["ana"].problem).startswith(
        f"{names[0]} and {names[1]} both belong to ana."
    )
    people = PEOPLE.replace(
        "  :submitters: []", "  :submitters:\n  - :name: Ana Silva\n    :sid: '00123'"
    )
    files = platforms.gradescope(people) | {
        f"assignment_9100_export/submission_104/{NAME}.ipynb": written(
            "def linreg(X, w, b): return b\n"
        )
    }
    problem = found(tree(tmp_path / "g", files))["00123"].problem
    assert str(problem).endswith("both have answers.")


ATTEMPT = f"hw_bo_attempt_2026-03-02-10-11-12_{NAME}"
MIXED = {
    "Ana_1_assignsubmission_file",
    f"x_2_9_{NAME}",
    ATTEMPT,
    "submission_101",
    "submitted",
    "mon",
    "zoe",
}
MISSING = {"00124", "lei@example.org", "103"}
SAID = {  # layout -> ids; which of MIXED are explained
    "moodle": ({"1"}, {"Ana_1_assignsubmission_file"}),
    "canvas": ({"2"}, {f"x_2_9_{NAME}"}),
    "gradescope": ({"00123", *MISSING}, {"submission_101"}),
    "blackboard": ({"bo"}, {ATTEMPT}),
    "plain": (MIXED | {"submission_metadata"}, MIXED),
}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_layout_that_is_said_is_the_one_that_counts(tmp_path, platform):
    """What is not named by it needs review; where several fit and none is said, nobody is
    guessed.
    """
    places = [
        "Ana_1_assignsubmission_file",
        "submission_101",
        f"submitted/ana/{NAME}",
        "mon/bo",
        "mon/cy",
    ]
    files = {f"{place}/{NAME}.ipynb": written() for place in places}
    files |= {
        f"x_2_9_{NAME}.ipynb": written(),
        f"{ATTEMPT}.ipynb": written(),
        "zoe.ipynb": written(),
        "submission_metadata.yml": PEOPLE,
    }
    got = found(tree(tmp_path / "c", files), platform=PLATFORMS[platform])
    ids, explained = SAID[platform]
    assert ids | (MIXED - explained) == set(got)
    asked = {id for id, one in got.items() if one.open().needs_review}
    both = (
        {"mon", "submission_metadata"} if platform == "plain" else set()
    )  # it holds two files of work
    assert (MIXED - explained) | (MISSING & ids) == asked - both


def test_a_system_and_our_own_results_hand_nothing_in(tmp_path):
    """macOS and Windows leave files in each folder and zip; results may be written among
    submissions.
    """
    for name in (f"__MACOSX/ana/._{NAME}.ipynb", f"ana/._{NAME}.ipynb", f"._bo/{NAME}.ipynb", ".DS_Store",
                 "Thumbs.db", "desktop.ini", f".ipynb_checkpoints/{NAME}-checkpoint.ipynb",
                 f"ana/.ipynb_checkpoints/{NAME}-checkpoint.ipynb", f"._{NAME}.ipynb"):  # fmt: skip
        tree(tmp_path / "c", {name: written("def linreg(X, w, b): 1\n")})
    tree(tmp_path / "c", {f"ana/{NAME}.ipynb": written()})
    results = tree(
        tmp_path / "c/results/here", {"results.json": "{}", "unpacked/x.py": ""}
    ).resolve()
    collection = collector.collect(
        Search(NAME, Unpacked((tmp_path / "c",)), out=results)
    )
    assert [("ana", ())] == [
        (one.id, tuple(map(str, one.flags))) for one in collection.files
    ]
    assert {} == collection.skipped


def test_a_list_tells_each_and_grades_nothing(tmp_path):
    """In 80 columns, a line for each; last and whole, whom a person must look at.  No torch; exit
    1.
    """
    files = {f"\x1b[31m[red]Zoe_99_assignsubmission_file/{NAME}.ipynb": untouched()}
    files |= {
        f"{who * 40}_{id}_assignsubmission_file/{NAME}.ipynb": written()
        for who, id in ("J7", "雷8")
    }
    files[f"{'Q' * 40}_10_assignsubmission_file/{NAME}.ipynb"] = "<html>Sign in</html>"
    path = packed(tmp_path / "downloads.zip", platforms.moodle() | files)
    code = "import sys; sys.modules['torch'] = None; from autograder.cli import main; main()"
    done = ran(
        sys.executable,
        "-c",
        code,
        "grade",
        path,
        "--assignment",
        NAME,
        "--list",
        cwd="/",
    )
    assert (1, "") == (done.returncode, done.stderr)
    those = found(path)
    asked = sum(
        one.open().needs_review or "not a notebook" in why_not(one)
        for one in those.values()
    )
    assert f"{len(those)} submissions; {asked} of them need review" in done.stdout
    assert asked == done.stdout.count("Needs review. ")
    lines = done.stdout.splitlines()[1:]
    for one in [one for one in those.values() if one.id not in ("7", "8", "10", "99")]:
        assert [] != [line for line in lines if one.id in line and one.name in line]
    assert ["12345", "7", "8"] == [line.split()[0] for line in lines[:3]]
    assert all(line.rstrip().endswith(f"/{NAME}.ipynb") for line in lines[:3])
    assert 80 == sum(line.count("Q") for line in lines)  # in the name and in the path
    table = [
        line for line in done.stdout.splitlines() if not line.startswith("Skipped ")
    ]
    assert 80 >= max(map(len, table))
    assert 2 == done.stdout.count("0 points. Nothing was attempted.")
    assert "\x1b" not in done.stdout
    assert "\\x1b[31m[red]Zoe" in done.stdout.replace("\n", "")
    assert ["downloads.zip", "into"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_path_that_holds_no_class_is_one_line(tmp_path):
    """Exit 2, and what to do."""
    done = run(
        "grade",
        tree(tmp_path, {"a.rar": "Rar!"}) / "a.rar",
        "--assignment",
        NAME,
        "--list",
    )
    words = (
        "a.rar is not a notebook (.ipynb), Python file (.py), folder or .zip. Name one "
        "of these."
    )
    assert (2, "", f"autograder: {words}\n") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )
