"""What Moodle, Canvas and Gradescope give: whose is what, which file counts, and who needs a
person.

No sandbox, and no torch: only what was handed in.
"""

import sys

import platforms
import pytest
from file_helpers import packed, write_files
from platforms import NAME, PEOPLE, untouched, written
from process_helpers import ran

from autograder.errors import Unread
from autograder.intake import archives, collector
from autograder.intake.archives import Unpacked
from autograder.intake.search import Search
from autograder.platforms import PLATFORMS, canvas
from autograder.platforms.platform import Owner
from autograder.reading.notebooks import cells_of


def found(path, into=None, name=NAME, **more):
    """Whose submission is where; of a .zip, after unpacking it."""
    unpacked = archives.unpack_all([path], into or path.parent / "into")
    collection = collector.Submissions(Search(name, unpacked, **more))
    return {one.id: one for one in collection.files}


def why_not(one):
    """Why it has no text, or no cells."""
    submission = one.open()
    try:
        submission.suffix == ".py" or submission.problem or cells_of(
            submission.text
        )
    except Unread as error:
        return str(error)
    return str(submission.problem)


def test_the_newest_of_canvas_counts_and_lateness_is_known(tmp_path):
    """By Canvas's number; a name with numbers in it is Canvas's only with all parts."""
    got = found(write_files(tmp_path / "c", platforms.canvas()))
    again = f"{NAME}.ipynb was submitted more than once; the last one counts"
    flags = [*map(str, got["12345"].flags)]
    assert flags == [again]
    assert got["12345"].is_late
    assert not got["anon_x9Yz"].is_late
    for name in ("ana_1.ipynb", "2024_12_ana.ipynb", "Ana_12_34_x.ipynb"):
        assert canvas.PLATFORM.owners_in(name, False) == []
    (entry,) = canvas.PLATFORM.owners_in(
        "silvaana_12_34_my_5_answers_6-3.ipynb", False
    )
    file = "my_5_answers_6.ipynb"
    assert entry == Owner("12", "silvaana", file, file, 34)


@pytest.mark.parametrize(
    ("people", "flag"),
    [
        (
            "a: " + "[" * 5000,
            "submission_metadata.yml does not name the student",
        ),
        (
            "a: &a [x]\nb: [*a, *a]\n",
            "submission_metadata.yml does not name the student",
        ),
    ],
    ids=["deep", "aliases"],
)
def test_without_gradescopes_metadata_the_number_is_the_id(
    tmp_path, people, flag
):
    """The work is graded all the same, and a flag says that nobody knows whose it is."""
    got = found(write_files(tmp_path / "c", platforms.gradescope(people)))
    assert set(got) == {"101", "102", "103", "104", "105", "106"}
    assert tuple(map(str, got["101"].flags)) == (flag,)


def test_a_group_is_graded_where_its_folder_is_named(tmp_path):
    """A folder is one student's, as its name says, until the instructor names it."""
    places = ("s1/ana", "s1/bo", "s2/cy")
    files = {
        f"{at}/{NAME}.ipynb": written(f"def linreg(): {at!r}\n")
        for at in places
    }
    folder = write_files(tmp_path / "c", files)
    group, single = found(folder).values()
    assert (group.id, single.id, single.needs_review) == ("s1", "s2", False)
    words = "both have answers. To grade a folder of several students, name that folder."
    assert str(group.problem).endswith(words)
    sections = Unpacked(tuple(sorted(folder.iterdir())))
    files = collector.Submissions(Search(NAME, sections)).files
    assert [one.id for one in files] == ["ana", "bo", "cy"]


def test_two_students_of_one_name_or_id_need_review(tmp_path):
    """Two sections may each have an Ana: a person chooses the file that counts."""
    files = {
        f"s1/ana/{NAME}.ipynb": written(),
        f"s2/ana/{NAME}.ipynb": written("def linreg(X, w, b): 1\n"),
        f"s1/bo/{NAME}.ipynb": written(),
    }
    sections = tuple(sorted(write_files(tmp_path / "c", files).iterdir()))
    got = {
        one.id: one
        for one in collector.Submissions(Search(NAME, Unpacked(sections))).files
    }
    first, second, _ = files
    assert str(got["ana"].problem).startswith(
        f"{first} and {second} both belong to ana."
    )
    assert not got["bo"].needs_review
    chosen = got["ana"].decided(lambda _, names, content: second).open()
    assert chosen.file == second
    assert chosen.text == files[second]


def test_two_submissions_of_one_id_need_review(tmp_path):
    """As Gradescope may give them."""
    ana = "  :submitters:\n  - :name: Ana Silva\n    :sid: '00123'"
    files = platforms.gradescope(PEOPLE.replace("  :submitters: []", ana))
    again = written("def linreg(X, w, b): return b\n")
    files[f"assignment_9100_export/submission_104/{NAME}.ipynb"] = again
    got = found(write_files(tmp_path / "g", files))
    assert str(got["00123"].problem).endswith("both have answers.")


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
    got = found(
        write_files(tmp_path / "c", files), platform=PLATFORMS[platform]
    )
    ids, explained = SAID[platform]
    assert set(got) == ids | (MIXED - explained)
    asked = {id for id, one in got.items() if one.open().needs_review}
    both = (
        {"mon", "submission_metadata"} if platform == "plain" else set()
    )  # it holds two files of work
    assert asked - both == (MIXED - explained) | (MISSING & ids)


OF_SYSTEMS = f"""__MACOSX/ana/._{NAME}.ipynb ana/._{NAME}.ipynb ._bo/{NAME}.ipynb .DS_Store
Thumbs.db desktop.ini ana/.ipynb_checkpoints/{NAME}-checkpoint.ipynb"""


def test_a_system_and_our_own_results_hand_nothing_in(tmp_path):
    """macOS and Windows leave files in each folder; results may be among submissions."""
    folder = tmp_path / "c"
    write_files(
        folder,
        dict.fromkeys(OF_SYSTEMS.split(), written("def linreg(X, w, b): 1\n")),
    )
    write_files(folder, {f"ana/{NAME}.ipynb": written()})
    ours = {"results.json": "{}", "unpacked/x.py": ""}
    results = write_files(folder / "results/here", ours).resolve()
    collection = collector.Submissions(
        Search(NAME, Unpacked((folder,)), out=results)
    )
    assert [(one.id, one.flags) for one in collection.files] == [("ana", ())]
    assert collection.skipped == {}


def test_a_list_tells_each_and_grades_nothing(tmp_path):
    """In 80 columns, a line for each; who needs review is last.  No torch; exit 1."""
    odd = f"\x1b[31m[red]Zoe_99_assignsubmission_file/{NAME}.ipynb"
    long = f"{'雷' * 40}_8_assignsubmission_file/{NAME}.ipynb"
    files = {odd: untouched(), long: written()}
    path = packed(tmp_path / "downloads.zip", platforms.moodle() | files)
    code = "import sys; sys.modules['torch'] = None; from autograder.cli import main; main()"
    words = "grade", path, "--assignment", NAME, "--list"
    done = ran(sys.executable, "-c", code, *words, cwd="/")
    assert done.returncode == 1
    assert done.stderr == ""
    assert "Found 10 submissions; 4 of them need review." in done.stdout
    assert done.stdout.count("Needs review. ") == 4
    lines = done.stdout.splitlines()
    assert sorted(
        line.split()[0] for line in lines if line.endswith(f"/{NAME}.ipynb")
    ) == ["12345", "8"]
    assert (
        max(len(line) for line in lines if not line.startswith("Skipped "))
        <= 80
    )
    assert done.stdout.count("0 points. Nothing was attempted.") == 2
    assert "\x1b" not in done.stdout
    assert "\\x1b[31m[red]Zoe" in done.stdout.replace("\n", "")
    assert [file.name for file in tmp_path.iterdir()] == ["downloads.zip"]
