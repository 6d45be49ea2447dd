"""Odd layouts, as people and platforms make them: whose is what, which file counts, and nobody
is dropped.

No sandbox, and no torch: only what was handed in.
"""

import unicodedata

import platforms
import pytest
from file_helpers import packed, packed_as, write_files
from platforms import LINREG, NAME, untouched, written
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
        wrote = not problem and released.release_of(NAME).written(
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


TYPED = f"Expected {N} or {P}, got {{}}."
NOT_JSON = "The file is not a notebook. Save it again in Jupyter."
PAGE = "The file is a web page, such as a login page. Download the file itself again."

IDS = "ana@example.org", "Ana Silva", "李 雷", "001", "2.0", "test_student"

CLASSES = {  # a class of each platform
    "moodle": (
        platforms.moodle(),
        {
            "12345": "Ana Silva",
            "12346": "Bo_Bo Li",
            "12347": "nothing was written",
            "12348": "work.zip is not a complete zip file. Download it again.",
            "12349": NOT_JSON,
            "12350": PAGE,
            "12351": TYPED.format("onlinetext.html"),
            "12354": "The file is empty.",
        },
    ),
    "canvas": (
        platforms.canvas(),
        {
            "12345": "silvaana",
            "12346": "libo",
            "anon_x9Yz": "",
            "12349": NOT_JSON,
            "12350": TYPED.format("text.html"),
            "12351": "zipfay_LATE_12351_67896_work.zip is not a complete zip file. Download "
            "it again.",
            "12352": f"No cell or function of {NAME} in Untitled.ipynb.",
        },
    ),
    "gradescope": (
        platforms.gradescope(),
        {
            "00123": "Ana Silva",
            "00124": "Bo Li",
            "lei@example.org": "李雷",
            "103": PAGE,
            "104": "",
            "105": "",
            "106": "Only files of another assignment were submitted.",
        },
    ),
    "blackboard": (
        platforms.blackboard(),
        {
            "asilva": "",
            "bli": "",
            "cyd": TYPED.format("receipt.txt"),
            "y": f"Linear Regression_x_y_attempt_2026-03-04-09-00-00_{N} and "
            f"Linear Regression_y_attempt_2026-03-02-10-11-12_{N} both have answers.",
        },
    ),
    "plain": (
        {f"ana/{N}": W, "bo.ipynb": W, "wen.txt": LINREG},
        {"ana": "", "bo": "", "wen": TYPED.format("wen.txt")},
    ),
}
GIVEN = {
    **CLASSES,
    "Moodle, without folders": (
        {f"Zoë O'Hara-Øst_7_{FILE}_{N}": W, f"王 小明_8_{FILE}_{P}": LINREG},
        {"7": "Zoë O'Hara-Øst", "8": "王 小明"},
    ),
    "Canvas, the whole folder": (
        {f"ana_1_5_{N}": U, f"ana_1_6_{P}": LINREG, f"ana_1_8_test_{P}": "x"},
        {"1": "ana"},
    ),
    "a planted course": (
        {
            "ana.ipynb": W,
            "bo.ipynb": W,
            "nbgrader_config.py": "c = 1\n",
            f"submitted/mal/{N}": W,
        },
        dict.fromkeys(("ana", "bo", "submitted"), ""),
    ),
    "a folder in each, in one two": (
        {f"{id}/submission/{N}": W for id in ("ana", "bo")}
        | {f"mal/x/{N}": W, f"mal/y/{N}": CUT},
        {"ana": "", "bo": "", "mal": TWO.replace("ana", "mal")},
    ),
    "endings of a browser": (
        {f"ana/{N}.txt": W, f"bo/{P}.txt": LINREG, f"cy/{N}.json": W},
        dict.fromkeys(("ana", "bo", "cy"), ""),
    ),
    "Gradescope, one gone": (
        {
            "submission_metadata.yml": yml("1 Ana", "2 Bo"),
            f"submission_1/{N}": W,
        },
        {
            "ana": "Ana",
            "bo": "The platform lists submission_2, which is not there. Export the "
            "submissions again.",
        },
    ),
    "at any depth": (
        {f"ana/submitted/{N}": W, f"bo/{N}": W, f"cy/x/{NAME}/{N}": W},
        dict.fromkeys(("ana", "bo", "cy"), ""),
    ),
    "nbgrader, a zip of it": (
        {f"c/{step}/ana/{NAME}/{N}": W for step in ("submitted", "autograded")},
        {"ana": ""},
    ),
    "ids": ({f"{id}/{N}": W for id in IDS}, dict.fromkeys(IDS, "")),
    "two assignments": (
        {
            f"ana/{N}": W,
            "ana/vectorization.ipynb": OTHER,
            "bo/vectorization.ipynb": OTHER,
            f"cy/{N}": OTHER,
        },
        {"ana": "", "cy": "nothing was written"},
    ),
    "a folder and a file": (
        {f"ana/{N}": W, "ana.ipynb": CUT},
        {"ana": f"ana.ipynb and ana/{N} both have answers."},
    ),
    "ids in other letters": (
        {f"ana/{N}": W, f"Ana/{N}": U, f"ﬁn/{N}": W, f"fin/{N}": W},
        dict.fromkeys(("ana", "ﬁn", "fin"), "")
        | {"Ana": "nothing was written"},
    ),
}


@pytest.mark.parametrize("as_zip", [False, True], ids=["a folder", "a zip"])
@pytest.mark.parametrize("layout", GIVEN)
def test_whoever_wrote_is_found_in_any_layout(tmp_path, layout, as_zip):
    """Under the right id and name; all others have a reason."""
    files, expected = GIVEN[layout]
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


BOTH = {"ana": "", "mal": ""}
TRICKS = {
    "Moodle's": (
        {f"Ana_2_{FILE}_{N}": W, f"Mal_1_{FILE}_Ana_2_{FILE}_{N}": U},
        {f"Mal_1_{FILE}_Ana_2_{FILE}_{NAME}": "", "2": "Ana"},
    ),
    "Canvas's among others": (
        {"ana.ipynb": W, "bo.ipynb": W, f"x_2_9_{N}": U},
        {"ana": "", "bo": "", f"x_2_9_{NAME}": ""},
    ),
    "a section": (
        {f"ana/{N}": W} | {f"mal/{s}/{N}": U for s in ("ana", "absent")},
        BOTH,
    ),
    "Gradescope's": (
        {
            f"ana/{N}": W,
            "mal/submission_metadata.yml": yml("1 Ana"),
            f"mal/submission_1/{N}": U,
        },
        BOTH,
    ),
    "a course": (
        {
            f"ana/{N}": W,
            "mal/nbgrader_config.py": "",
            f"mal/submitted/ana/{NAME}/{N}": U,
        },
        BOTH,
    ),
}


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
