"""Odd layouts, as people and platforms make them: whose is what, which file counts, and nobody
is dropped.

No sandbox, and no torch: only what was handed in.
"""

import unicodedata

import platforms
import pytest
from file_helpers import packed, packed_as, write_files
from platforms import NAME, untouched, written
from test_platforms import found, why_not

from autograder.intake import collector, released
from autograder.platforms import PLATFORMS

N = f"{NAME}.ipynb"
P = f"{NAME}.py"
W = written()
U = untouched()
OTHER = written(
    "def vector_add(a, b): return a + b\n", "vectorization", "vector_add"
)
CUT = written("def linreg(X): 1")
FILE = "assignsubmission_file"
TWO = (
    f"ana/x/{N} and ana/y/{N} both have answers. "
    "To grade a folder of several students, name that folder."
)


def standing(folder):
    """Id -> the person's name, where the work counts, else why it does not."""
    got = {}
    for id, one in found(folder).items():
        submission = one.open()
        problem = why_not(one)
        wrote = not problem and released.release_of(NAME).own_code(
            released.pieces(submission.text, submission.suffix)
        )
        got[id] = one.name if wrote else problem or "nothing was written"
    return got


def yml(*people):
    """Gradescope's metadata; of each submission its number and person."""
    return "---\n" + "".join(
        f"submission_{number}:\n  :submitters:\n  - :name: {name}\n    :sid: '{name.lower()}'\n"
        for number, name in (one.split() for one in people)
    )


def layouts(text):
    """Name -> the files of a layout, and who is found (=): a name, or why there is no work."""
    found = {}
    for line in text.strip().split("\n"):
        left, _, right = line.partition(" -> ")
        if line.startswith("# "):
            files, people = found[line[2:]] = {}, {}
        elif line.startswith("= "):
            people[left[2:]] = right
        else:
            files[left] = eval(right, vars(platforms) | globals())
    return found


GIVEN = layouts(r"""
# moodle
= 12345 -> Ana Silva
= 12346 -> Bo_Bo Li
= 12347 -> nothing was written
= 12348 -> work.zip is not a complete zip file. Download it again.
= 12349 -> The file is not a notebook. Save it again in Jupyter.
= 12350 -> The file is a web page, such as a login page. Download the file itself again.
= 12351 -> Expected linear_regression.ipynb or linear_regression.py, got onlinetext.html.
= 12354 -> The file is empty.
# canvas
= 12345 -> silvaana
= 12346 -> libo
= anon_x9Yz
= 12349 -> The file is not a notebook. Save it again in Jupyter.
= 12350 -> Expected linear_regression.ipynb or linear_regression.py, got text.html.
= 12351 -> zipfay_LATE_12351_67896_work.zip is not a complete zip file. Download it again.
= 12352 -> No cell or function of linear_regression in Untitled.ipynb.
# gradescope
= 00123 -> Ana Silva
= 00124 -> Bo Li
= lei@example.org -> 李雷
= 103 -> The file is a web page, such as a login page. Download the file itself again.
= 104
= 105
= 106 -> Only files of another assignment were submitted.
# blackboard
= asilva
= bli
= cyd -> Expected linear_regression.ipynb or linear_regression.py, got receipt.txt.
= y -> Linear Regression_x_y_attempt_2026-03-04-09-00-00_linear_regression.ipynb and Linear Regression_y_attempt_2026-03-02-10-11-12_linear_regression.ipynb both have answers.
# plain
ana/linear_regression.ipynb -> W
bo.ipynb -> W
wen.txt -> LINREG
= ana
= bo
= wen -> Expected linear_regression.ipynb or linear_regression.py, got wen.txt.
# Moodle, without folders
Zoë O'Hara-Øst_7_assignsubmission_file_linear_regression.ipynb -> W
王 小明_8_assignsubmission_file_linear_regression.py -> LINREG
= 7 -> Zoë O'Hara-Øst
= 8 -> 王 小明
# Canvas, the whole folder
ana_1_5_linear_regression.ipynb -> U
ana_1_6_linear_regression.py -> LINREG
ana_1_8_test_linear_regression.py -> 'x'
= 1 -> ana
# a planted course
ana.ipynb -> W
bo.ipynb -> W
nbgrader_config.py -> 'c = 1\n'
submitted/mal/linear_regression.ipynb -> W
= ana
= bo
= submitted
# a folder in each, in one two
ana/submission/linear_regression.ipynb -> W
bo/submission/linear_regression.ipynb -> W
mal/x/linear_regression.ipynb -> W
mal/y/linear_regression.ipynb -> CUT
= ana
= bo
= mal -> mal/x/linear_regression.ipynb and mal/y/linear_regression.ipynb both have answers. To grade a folder of several students, name that folder.
# endings of a browser
ana/linear_regression.ipynb.txt -> W
bo/linear_regression.py.txt -> LINREG
cy/linear_regression.ipynb.json -> W
= ana
= bo
= cy
# Gradescope, one gone
submission_metadata.yml -> yml("1 Ana", "2 Bo")
submission_1/linear_regression.ipynb -> W
= ana -> Ana
= bo -> The platform lists submission_2, which is not there. Export the submissions again.
# at any depth
ana/submitted/linear_regression.ipynb -> W
bo/linear_regression.ipynb -> W
cy/x/linear_regression/linear_regression.ipynb -> W
= ana
= bo
= cy
# nbgrader, a zip of it
c/submitted/ana/linear_regression/linear_regression.ipynb -> W
c/autograded/ana/linear_regression/linear_regression.ipynb -> W
= ana
# ids
ana@example.org/linear_regression.ipynb -> W
Ana Silva/linear_regression.ipynb -> W
李 雷/linear_regression.ipynb -> W
001/linear_regression.ipynb -> W
2.0/linear_regression.ipynb -> W
test_student/linear_regression.ipynb -> W
= ana@example.org
= Ana Silva
= 李 雷
= 001
= 2.0
= test_student
# two assignments
ana/linear_regression.ipynb -> W
ana/vectorization.ipynb -> OTHER
bo/vectorization.ipynb -> OTHER
cy/linear_regression.ipynb -> OTHER
= ana
= cy -> nothing was written
# a folder and a file
ana/linear_regression.ipynb -> W
ana.ipynb -> CUT
= ana -> ana.ipynb and ana/linear_regression.ipynb both have answers.
# ids in other letters
ana/linear_regression.ipynb -> W
Ana/linear_regression.ipynb -> U
ﬁn/linear_regression.ipynb -> W
fin/linear_regression.ipynb -> W
= ana
= ﬁn
= fin
= Ana -> nothing was written
""")


@pytest.mark.parametrize("as_zip", [False, True], ids=["a folder", "a zip"])
@pytest.mark.parametrize("layout", dict.fromkeys([*GIVEN, *PLATFORMS]))
def test_whoever_wrote_is_found_in_any_layout(tmp_path, layout, as_zip):
    """Under the right id and name; all others have a reason."""
    files, expected = GIVEN[layout]
    files = files or getattr(platforms, layout)()
    path = (
        packed(tmp_path / "c.zip", files)
        if as_zip
        else write_files(tmp_path / "c", files)
    )
    assert standing(path) == expected


@pytest.mark.parametrize("platform", [None, PLATFORMS["plain"]])
@pytest.mark.parametrize("form", ["{}.ipynb", "{}/" + N])
def test_folders_around_a_class_make_no_student(tmp_path, form, platform):
    """Neither around folders of students nor around files, in a zip either."""
    files = {f"class 1/hw/{form.format(id)}": W for id in ("ana", "bo")}
    assert found(
        packed(tmp_path / "c.zip", files), platform=platform
    ).keys() == {"ana", "bo"}


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("gbk", "李雷"),
        ("utf-8", unicodedata.normalize("NFD", "Zoë")),
        ("cp437", "Müller"),
    ],
    ids=["Windows in China", "macOS, letters apart", "Windows in Europe"],
)
def test_a_name_in_a_zip_has_the_letters_of_whoever_packed_it(
    tmp_path, encoding, name
):
    """Although the zip does not say which they are."""
    path = packed_as(
        tmp_path / "c.zip", encoding, {f"{id}/{N}": W for id in (name, "bo")}
    )
    assert set(found(path)) == {"bo", unicodedata.normalize("NFC", name)}


TRICKS = layouts(r"""
# Moodle's
Ana_2_assignsubmission_file_linear_regression.ipynb -> W
Mal_1_assignsubmission_file_Ana_2_assignsubmission_file_linear_regression.ipynb -> U
= Mal_1_assignsubmission_file_Ana_2_assignsubmission_file_linear_regression
= 2 -> Ana
# Canvas's among others
ana.ipynb -> W
bo.ipynb -> W
x_2_9_linear_regression.ipynb -> U
= ana
= bo
= x_2_9_linear_regression
# a section
ana/linear_regression.ipynb -> W
mal/ana/linear_regression.ipynb -> U
mal/absent/linear_regression.ipynb -> U
= ana
= mal
# Gradescope's
ana/linear_regression.ipynb -> W
mal/submission_metadata.yml -> yml("1 Ana")
mal/submission_1/linear_regression.ipynb -> U
= ana
= mal
# a course
ana/linear_regression.ipynb -> W
mal/nbgrader_config.py -> ''
mal/submitted/ana/linear_regression/linear_regression.ipynb -> U
= ana
= mal
""")


@pytest.mark.parametrize("trick", TRICKS)
def test_nobody_takes_anothers_place_by_a_name(tmp_path, trick):
    """Nor is anybody left out for it."""
    files, expected = TRICKS[trick]
    got = found(write_files(tmp_path / "c", files))
    assert {id: one.name for id, one in got.items()} == expected
    assert [
        id
        for id, one in got.items()
        if "two files" in str(one.flags) and id != "mal"
    ] == []
    assert any("mal" in id.casefold() or id == "1" or "x_" in id for id in got)


def test_a_folder_of_thousands_of_files_needs_review(tmp_path, monkeypatch):
    """They are not looked through."""
    monkeypatch.setattr(collector, "MAX_FILES", 3)
    files = {f"ana/{N}": W, **{f"mal/{i}.txt": "" for i in range(5)}}
    mal = found(write_files(tmp_path / "c", files))["mal"]
    assert str(mal.open().problem) == collector.TOO_MANY.format(most=3)
