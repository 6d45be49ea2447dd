"""What Moodle, Canvas and Gradescope give: whose is what, which file counts, and who needs a person.

No sandbox, and no torch: only what was handed in.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import platforms
import pytest
from platforms import CANVAS, GRADESCOPE, MOODLE, NAME, PEOPLE, invoke, packed, tree, untouched, written
from process_helpers import PATIENCE

from autograder.errors import NotANotebook
from autograder.intake import archives, submissions
from autograder.intake.layouts import Layout
from autograder.intake.places import WrongPath
from autograder.intake.submission import SubmittedFile
from autograder.platforms import entry as platform_entry
from autograder.platforms.canvas import LATE
from autograder.platforms.platform import Owner
from autograder.sandbox.inside.notebooks import cells_of

LAYOUTS = [(platforms.moodle, MOODLE), (platforms.canvas, CANVAS), (platforms.gradescope, GRADESCOPE)]
IDS = ["moodle", "canvas", "gradescope"]


def found(path: Path, into: Path | None = None, name: str = NAME, **more) -> dict[str, SubmittedFile]:
    """Whose submission is where; of a .zip, after unpacking it."""
    unpacked = archives.opened([path], into or path.parent / "into")
    collection = submissions.collect(
        unpacked.paths, name, refused=unpacked.refused, inside=unpacked.inside, **more
    )
    return {one.id: one for one in collection.files}


def why_not(one: SubmittedFile) -> str:
    """Why it has no text, or no cells."""
    submission = one.open()
    try:
        submission.suffix == ".py" or submission.problem or cells_of(submission.text)
    except NotANotebook as error:
        return str(error)
    return submission.problem


@pytest.mark.parametrize("as_zip", [False, True], ids=["a folder", "a zip"])
@pytest.mark.parametrize(("made", "expected"), LAYOUTS, ids=IDS)
def test_each_submission_of_a_platform_has_its_owner(tmp_path, made, expected, as_zip):
    """The id is the platform's, the name stands beside it; only an empty file is a zero."""
    path = packed(tmp_path / "c.zip", made()) if as_zip else tree(tmp_path / "c", made())
    got = found(path)
    assert sorted(expected) == sorted(got)
    for id, (name, file, problem) in expected.items():
        submission = got[id].open()
        assert (id, name) == (got[id].id, got[id].name)
        assert got[id].file.endswith(file)
        assert problem in why_not(got[id])
        assert bool(problem) == bool(why_not(got[id]))
        assert (submission.problem not in ("", "the file is empty")) == submission.needs_a_person


@pytest.mark.parametrize(("made", "expected"), LAYOUTS, ids=IDS)
def test_a_folder_around_a_download_changes_nothing(tmp_path, made, expected, request):
    """Unpacking by hand makes one, of the download's name; of another, an instructor must say what it is."""
    tree(tmp_path / "c" / "c", made())
    assert sorted(expected) == sorted(found(tmp_path / "c"))
    (tmp_path / "c" / "c").rename(tmp_path / "c" / "Downloads")
    layout = Layout(request.node.callspec.id)
    with pytest.raises(WrongPath, match=f"--from {layout} .* or --from folders|--from folders"):
        found(tmp_path / "c")
    assert sorted(expected) == sorted(found(tmp_path / "c", layout=layout))


def test_the_newest_of_canvas_counts_and_lateness_is_a_flag(tmp_path):
    """By Canvas's number, and not by the name."""
    got = found(tree(tmp_path / "c", platforms.canvas()))
    late = (LATE, f"{NAME}.ipynb was submitted more than once: the last counts")
    assert late == got["12345"].flags
    assert LATE in got["12351"].flags
    assert () == got["anon_x9Yz"].flags


def test_names_of_canvas_are_told_from_others(tmp_path):
    """A student's own name with numbers in it is no name of Canvas's unless all parts are there."""
    assert platform_entry("ana_1.ipynb") is None
    assert platform_entry("2024_12_ana.ipynb") is None
    assert platform_entry("Ana_12_34_x.ipynb") is None
    entry = platform_entry("silvaana_12_34_my_5_answers_6-3.ipynb")
    assert ((Owner("12", "silvaana"),), "my_5_answers_6.ipynb", 34) == (
        entry.owners,
        entry.file,
        entry.number,
    )


def test_moodle_without_folders(tmp_path):
    """Older versions, and a setting, put all files into one folder."""
    files = {
        f"Ana Silva_12345_assignsubmission_file_{NAME}.ipynb": written(),
        f"Bo Li_12346_assignsubmission_file_{NAME}.py": "def linreg(X, w, b): return X @ w + b\n",
        f"Bo Li_12346_assignsubmission_file_{NAME}.ipynb": untouched(),
        "Cy_12347_assignsubmission_onlinetext_onlinetext.html": "<p>",
    }
    got = found(tree(tmp_path / "c", files))
    assert {"12345": "Ana Silva", "12346": "Bo Li", "12347": "Cy"} == {h.id: h.name for h in got.values()}
    assert got["12346"].path.suffix == ".py"
    assert got["12347"].needs_a_person


@pytest.mark.parametrize(
    ("people", "flag"),
    [
        ("{", "submission_metadata.yml cannot be read: whose it is is not known"),
        ("a: " + "[" * 5000, "submission_metadata.yml cannot be read: whose it is is not known"),
        ("a: &a [x]\nb: [*a, *a]\n", "whose it is does not stand in submission_metadata.yml"),
        (PEOPLE.replace(":submitters:", ":people:"), "whose it is does not stand in submission_metadata.yml"),
    ],
    ids=["cut off", "deep", "aliases", "other keys"],
)
def test_without_gradescopes_metadata_the_number_is_the_id(tmp_path, people, flag):
    """The work is graded all the same, and a flag says that nobody knows whose it is."""
    got = found(tree(tmp_path / "c", platforms.gradescope(people)))
    assert {"101", "102", "103", "104", "105", "106"} == set(got)
    assert (flag,) == got["101"].flags


def test_two_submissions_of_one_student_need_a_person(tmp_path):
    """Gradescope gives one for each; where there are two, nobody knows which counts."""
    people = PEOPLE.replace("  :submitters: []", "  :submitters:\n  - :name: Ana Silva\n    :sid: '00123'")
    got = found(tree(tmp_path / "c", platforms.gradescope(people) | {
        f"assignment_9100_export/submission_104/{NAME}.ipynb": written("def linreg(X, w, b): return b\n")
    }))  # fmt: skip
    assert got["00123"].needs_a_person
    assert got["00123"].problem.endswith("were both written in: say which counts")


# --- Other depths -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "ids"),
    [
        (["ana/N", "bo/chapter/N", "cy/a/b/N"], ["ana", "bo", "cy"]),
        (["submitted/ana/linear_regression/N", "submitted/bo/linear_regression/N"], ["ana", "bo"]),
        (["ana/helper.py", "ana/src/N", "bo/N"], ["ana", "bo"]),
        (["ana/N", "mal/x_12345_1_linear_regression.ipynb"], ["ana", "mal"]),
        (["section1/ana.ipynb", "section1/bo.ipynb"], ["section1"]),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_id_is_that_of_the_level_where_students_are(tmp_path, files, ids):
    """The folder with the file, unless others beside it are further up or all are called alike."""
    names = [file.replace("N", f"{NAME}.ipynb") for file in files]
    assert ids == sorted(found(tree(tmp_path / "c", dict.fromkeys(names, written()))))


def test_a_zip_of_a_course_is_read_as_the_course(tmp_path):
    """Its other folders are no students, whatever lies around them."""
    steps = ("submitted/ana", "submitted/bo", "source", "release", "autograded/ana")
    files = {f"course/{step}/{NAME}/{NAME}.ipynb": written() for step in steps}
    assert ["ana", "bo"] == sorted(found(packed(tmp_path / "course.zip", files)))


@pytest.mark.parametrize(
    "files",
    [
        ("s1/ana", "s2/bo"),
        ("ana/mine", "bo/hw", "mal/ana", "mal/absent"),
        ("mal/ana", "mal/absent"),
        ("hw/ana",),
    ],
    ids=lambda files: files[0],
)
def test_where_two_readings_would_do_the_instructor_is_asked(tmp_path, files):
    """One student in each section looks like one folder in each student's; nobody is guessed."""
    tree(tmp_path / "c", {f"{place}/{NAME}.ipynb": written() for place in files})
    first = files[0].split("/")[0]
    words = rf"If {first}/ is a student, add --from folders. If {first}/ holds students, name each"
    with pytest.raises(WrongPath, match=words):
        found(tmp_path / "c")
    outer, inner = ({place.split("/")[at] for place in files} for at in (0, 1))
    assert outer == set(found(tmp_path / "c", layout=Layout.FOLDERS))
    sections = submissions.collect(sorted((tmp_path / "c").iterdir()), NAME)
    assert inner == {one.id for one in sections.files}


def test_what_was_written_further_down_is_seen(tmp_path):
    """The untouched notebook above it is no zero."""
    files = {
        f"ana/{NAME}.ipynb": untouched(),
        f"ana/chapter/{NAME}.ipynb": written(),
        f"bo/{NAME}.ipynb": written(),
    }
    got = found(tree(tmp_path / "c", files))
    assert f"ana/chapter/{NAME}.ipynb" == got["ana"].file


def test_two_students_of_one_name_need_a_person(tmp_path):
    """Two sections may each have an Ana."""
    files = {f"s1/ana/{NAME}.ipynb": written(), f"s2/ana/{NAME}.ipynb": written("def linreg(X, w, b): 1\n")}
    files |= {f"s1/bo/{NAME}.ipynb": written()}
    sections = sorted(tree(tmp_path / "c", files).iterdir())
    got = {one.id: one for one in submissions.collect(sections, NAME).files}
    assert (True, False) == (got["ana"].needs_a_person, got["bo"].needs_a_person)


SAID = {  # a class in which names of each layout are mixed; layout -> whose is what then
    Layout.MOODLE: {"1"},
    Layout.CANVAS: {"2"},
    Layout.GRADESCOPE: {"00123"},
    Layout.NBGRADER: {"ana"},
    Layout.FOLDERS: {
        "Ana_1_assignsubmission_file",
        f"x_2_9_{NAME}",
        "submission_101",
        "submitted",
        "mon",
        "zoe",
    },
    Layout.FILES: {f"x_2_9_{NAME}", "zoe"},
}


@pytest.mark.parametrize("layout", Layout)
def test_the_layout_that_is_said_is_the_one_that_counts(tmp_path, layout):
    """What is not named by it is nobody's; where several fit and none is said, nobody is guessed."""
    places = ["Ana_1_assignsubmission_file", "submission_101", f"submitted/ana/{NAME}", "mon/bo", "mon/cy"]
    files = {f"{place}/{NAME}.ipynb": written() for place in places}
    files |= {f"x_2_9_{NAME}.ipynb": written(), "zoe.ipynb": written(), "submission_metadata.yml": PEOPLE}
    got = found(tree(tmp_path / "c", files), layout=layout)
    missing = {"00124", "lei@example.org", "103"} if layout is Layout.GRADESCOPE else set()
    assert SAID[layout] | missing == set(got)
    assert missing == {id for id, one in got.items() if one.open().needs_a_person}


def test_the_command_asks_for_the_layout_in_one_line(tmp_path):
    """Exit 2, with what to add; with it, the class is read so."""
    words = ("grade", tmp_path / "c", "--assignment", NAME, "--list")
    tree(tmp_path / "c", {f"mon/ana/{NAME}.ipynb": written(), f"tue/bo/{NAME}.ipynb": written()})
    code, said, told = invoke(*words)
    assert (2, "") == (code, said)
    assert told.endswith(f"If mon/ holds students, name each such folder: {tmp_path / 'c'}/*.")
    code, said, told = invoke(*words, "--from", "folders")
    assert (0, "") == (code, told)
    assert [line for line in said.splitlines() if line.startswith("mon ")]
    assert 2 == invoke(*words, "--from", "email")[0]


@pytest.mark.parametrize("inner", ["submitted/ana/{name}", "ana", "Ana_1_assignsubmission_file", "c/ana"])
def test_a_class_of_one_is_no_course(tmp_path, inner):
    """Whatever is in its folder; beside others, it is the work of who handed it in."""
    mal = tree(tmp_path / "c", {f"mal/{inner.format(name=NAME)}/{NAME}.ipynb": written()})
    with pytest.raises(
        WrongPath, match=r"If mal/ is a student, add --from folders|--from folders \(mal/ is a student\)"
    ):
        found(mal)
    assert {"mal"} == set(found(mal, layout=Layout.FOLDERS))
    tree(mal, {f"bo/{NAME}.ipynb": written()})
    assert {"mal", "bo"} == set(found(mal))


# --- What is nobody's -------------------------------------------------------------------------------


def test_a_system_hands_nothing_in(tmp_path):
    """macOS and Windows leave files in each folder and each zip."""
    for name in (f"__MACOSX/ana/._{NAME}.ipynb", f"ana/._{NAME}.ipynb", f"._bo/{NAME}.ipynb", ".DS_Store",
                 "Thumbs.db", "desktop.ini", f".ipynb_checkpoints/{NAME}-checkpoint.ipynb",
                 f"ana/.ipynb_checkpoints/{NAME}-checkpoint.ipynb", f"._{NAME}.ipynb"):  # fmt: skip
        tree(tmp_path / "c", {name: written("def linreg(X, w, b): 1\n")})
    tree(tmp_path / "c", {f"ana/{NAME}.ipynb": written()})
    collection = submissions.collect([tmp_path / "c"], NAME)
    assert [("ana", ())] == [(one.id, one.flags) for one in collection.files]
    assert () == collection.passed_over


@pytest.mark.parametrize("out", ["results", "results/here", "."])
def test_results_among_the_submissions_are_no_students(tmp_path, out):
    """Of this run, wherever they go."""
    tree(tmp_path / "c", {f"ana/{NAME}.ipynb": written()})
    tree(tmp_path / "c" / out, {"results.json": "{}", "feedback/ana.html": "", "handed_in/x.py": ""})
    collection = submissions.collect([tmp_path / "c"], NAME, out=tmp_path / "c" / out)
    assert ["ana"] == [one.id for one in collection.files]


def test_assignments_are_found_by_the_names_that_platforms_give(tmp_path):
    """Without --assignment, a download is asked which it is of."""
    known = ["linear_regression", "vectorization"]
    for name, (made, _) in zip(IDS, LAYOUTS):
        tree(tmp_path / name, made())
    assert ["linear_regression"] == submissions.assignments_below([tmp_path / "moodle"], known)
    assert ["linear_regression"] == submissions.assignments_below([tmp_path / "canvas"], known)
    assert known == submissions.assignments_below([tmp_path / "gradescope"], known)


# --- grade --list -----------------------------------------------------------------------------------


def test_a_list_tells_each_and_grades_nothing(tmp_path):
    """In 80 columns, without torch; exit 1, since some need a person."""
    path = packed(tmp_path / "downloads.zip", platforms.moodle())
    code = "import sys; sys.modules['torch'] = None; from autograder.cli import main; main()"
    command = [sys.executable, "-c", code, "grade", str(path), "--assignment", NAME, "--list"]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=PATIENCE)
    assert (1, "") == (done.returncode, done.stderr)
    asked = sum(one.open().needs_a_person or "JSON" in why_not(one) for one in found(path).values())
    assert f"{len(MOODLE)} submissions, {asked} of which a person must look at" in done.stdout
    assert asked == done.stdout.count("needs a person: ")
    for id, (name, *_) in MOODLE.items():
        assert [] != [line for line in done.stdout.splitlines() if id in line and name in line]
    assert 80 >= max(map(len, done.stdout.splitlines()))
    assert ["downloads.zip", "into"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_list_says_who_wrote_nothing_and_steers_no_terminal(tmp_path):
    """Whatever a student or a platform calls a file; exit 0, since all can be graded."""
    files = {f"bo_2_assignsubmission_file/{NAME}.ipynb": untouched()}
    files |= {f"\x1b[31m[red]Ana_1_assignsubmission_file/{NAME}.ipynb": written()}
    code, said, told = invoke("grade", tree(tmp_path / "c", files), "--list")
    assert (0, "") == (code, told)
    assert 1 == said.count("0 points: nothing was written in it")
    assert "\x1b" not in said
    assert "\\x1b[31m[red]Ana" in said.replace("\n", "")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.zip", b"<html>", "a.zip is no zip file, or it is cut off: download it again"),
        ("a.rar", b"Rar!", "a.rar is no notebook (.ipynb), program (.py), folder or .zip"),
    ],
)
def test_a_path_that_holds_no_class_is_one_line(tmp_path, name, content, words):
    """Exit 2, and what to do."""
    tree(tmp_path, {name: content})
    assert (2, "", words) == invoke("grade", tmp_path / name, "--assignment", NAME, "--list")
