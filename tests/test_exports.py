"""Points back to the platform: from results.json to the file that is written, and nobody is
guessed.

The gradebooks are made after the programs that write them; see `platforms`.
"""

import csv
import os
import re
import shutil
import sys
import zipfile
from pathlib import Path

import cli_helpers
import openpyxl
import pytest
import typer
from file_helpers import read_csv, read_json
from process_helpers import ran

from autograder import sentences
from autograder.assessment import Assessment
from autograder.cli.gradescope import run as run_there
from autograder.intake.submission import SubmittedFile
from autograder.platforms import PLATFORMS, gradescope, moodle
from autograder.platforms.people import People, Person
from autograder.reporting.results_folder import ResultsFolder
from autograder.results import Outcome, Report, Result, said

NAME = "linear_regression"
MOODLE_FILE = "{name}_{id}_assignsubmission_file/linear_regression.ipynb"
STUDENTS = {  # id -> name, points of 4; None needs a person
    "12345": ("Ana Silva", 4.0),
    "12346": ("Bo_Bo Li", 2.5),
    "12347": ("李雷", 0.0),
    "12348": ("Dee Cut", None),
}
CANVAS = '''Student,ID,SIS User ID,SIS Login ID,Section,Quiz 1 (77),Linear Regression (78),Final Score
,,,,,,Manual Posting,
    Points Possible,,,,,10,4.00,(read only)
"Silva, Ana",12345,s-1,ana@example.org,"A, evening",7.00,,91.5
"Li, ""Bo"" Bo",12346,s-2,bo@example.org, B ,,"1.00",
李雷,12347,s-3,lei@example.org,A,3,,
"=""cut, dee""",12348,s-4,dee@example.org,A,'0,,=1+1
"Gone, Gus",12349,s-5,gus@example.org,A,,2,
"Student, Test",12350,,abc123,A,,,'''.replace("\n", "\r\n")
WORKSHEET = """Identifier,Full name,Email address,Status,Grade,Maximum Grade,Grade can be changed,Last modified (grade),Feedback comments
"Participant 12345","Ana Silva",ana@example.org,"Submitted for grading",,4.00,Yes,-,
"Participant 12346","Bo_Bo Li",bo@example.org,"Submitted for grading",1.00,4.00,Yes,-,"a
b"
"Participant 12347",李雷,lei@example.org,,"",4.00,Yes,-,
"Participant 12348","Dee Cut",dee@example.org,,,4.00,Yes,-,
"""
GRADEBOOK = """"First name";Surname;"ID number";"Email address";"Assignment: Linear regression (Real)";"Assignment: Linear regression (Percentage)";"Course total (Real)"
Ana;Silva;s-1;ana@example.org;-;-;-
"Bo_Bo";Li;s-2;bo@example.org;-;-;-
;李雷;s-3;lei@example.org;-;-;-
Dee;Cut;s-4;dee@example.org;3;-;-
"""
TABLE = """计科1班成绩登记表,,,
序号,学号,姓名,成绩
1,012345,Ana Silva,
2,12346,Bo_Bo Li,1
3,12347,李雷,
4,12348,Dee Cut,
""".replace("\n", "\r\n")
BLACKBOARD = (
    '"Last Name"\t"First Name"\tUsername\t"Student ID"\t"Linear Regression [Total '
    'Pts: 4 Score] |77"\r\n'
    "Silva\tAna\t12345\ts-1\t\r\n"
    'Li\tBo_Bo\t12346\ts-2\t"1,00"\r\n'
    "李雷\t\t12347\ts-3\t\r\n"
    "Cut\tDee\t12348\ts-4\t\r\n"
)

GRADEBOOKS = {  # platform -> a file, its encoding, its column, and what is put in place of what
    "canvas": (
        CANVAS,
        "utf-8",
        "Linear Regression (78)",
        {"7.00,,91.5": "7.00,4,91.5", '"1.00"': "2.5", "A,3,,": "A,3,0,"},
    ),
    "moodle": (
        WORKSHEET,
        "utf-8-sig",
        "Grade",
        {'grading",,4': 'grading",4,4', ",1.00,": ",2.5,", ',"",4': ",0,4"},
    ),
    "blackboard": (
        BLACKBOARD,
        "utf-16",
        "Linear Regression [Total Pts: 4 Score] |77",
        {"s-1\t": "s-1\t4", '"1,00"': "2.5", "s-3\t": "s-3\t0"},
    ),
    "plain": (
        TABLE,
        "gbk",
        "成绩",
        {"Silva,": "Silva,4", "Li,1": "Li,2.5", "李雷,": "李雷,0"},
    ),
}
UNFIT = {  # a file that cannot be filled -> what its one line says
    "<!DOCTYPE html><title>Sign "
    "in</title>": "Its columns are <!DOCTYPE html><title>Sign in</title>.",
    "PK\x03\x04\x00": "cannot be read as a table. Save it again, as CSV UTF-8 or .xlsx.",
    'Student,ID,"Linear Regr': "cannot be read as a table. Save it again, as CSV UTF-8 or .xlsx.",
    "Student,ID\x00,x\ny,\x81,z": "cannot be read as a table. Save it again, as CSV UTF-8 "
    "or .xlsx.",
    "Who,Points\nana,1\n": "has no column of ids or names. Its columns are Who, Points.",
    "Student,ID,\nana,1,\n": f"has no column, or several, for {NAME}. Choose one with",
    "Student,ID,Quiz 1 (7)\nana,1,\n": f"has no column, or several, for {NAME}. Choose one with",
    "Student,ID,Linear regression (7)\nPoints "
    "Possible,,30\nana,1,\n": "Linear regression (7) is worth 30",
}


def run(*words, **more):
    """Exit code, stdout and stderr of `autograder WORDS`."""
    done = cli_helpers.run(*words, **more)
    return done.returncode, done.stdout, done.stderr


def report(id, name="", score=4.0, file="", **more):
    """A report of two checks of 2 points; None needs review."""
    results = []
    for check, most in (("w", 0), ("b", 2)):
        earned = min(max((score or 0) - most, 0), 2)
        outcome = Outcome.FAILED
        words = "expected <1>, got 2"
        if score is None:
            outcome = Outcome.GRADER_ERROR
            words = "the file is cut off"
        elif earned == 2:
            outcome = Outcome.PASSED
            words = ""
        facts = f"moves {check}", 2, earned, outcome, said(words)
        results.append(Result("sgd", check, *facts))
    return Report(
        id, file or f"{id}.py", NAME, tuple(results), name=name, **more
    )


def graded(folder, reports):
    """A folder of these results."""
    with ResultsFolder(folder, NAME) as book:
        for one in reports:
            book.add(one, "k")
        book.write()
    return folder


def of_class(form=MOODLE_FILE):
    """The results of the class, as its platform named the files."""
    return [
        report(id, name, score, form.format(name=name, id=id))
        for id, (name, score) in STUDENTS.items()
    ]


def export(folder, to, text, reports, *options, encoding="utf-8"):
    """Exit code, stdout and stderr where a platform's file is filled, and the new file."""
    into = write(folder / "gradebook.csv", text, encoding)
    out = folder / "back.csv"
    words = "--to", to, "--into", into, "--out", out, *options
    done = run("export", graded(folder / "r", reports), *words)
    assert into.read_bytes() == text.encode(encoding)
    return *done, out


def write(path, text, encoding="utf-8"):
    """A file with these very bytes."""
    path.write_bytes(text.encode(encoding))
    return path


def by(path, key, delimiter=","):
    """The rows of a table by a column."""
    return {row[key]: row for row in read_csv(path, delimiter)}


@pytest.mark.parametrize(
    "platform", [name for name, p in PLATFORMS.items() if p.has_gradebook]
)
def test_a_gradebook_is_filled_and_all_else_stays(tmp_path, platform):
    """Blanks, ends of lines, encodings and formulas; quotes where a cell needs them."""
    text, encoding, column, changes = GRADEBOOKS[platform]
    code, said, told, out = export(
        tmp_path, platform, text, of_class(), encoding=encoding
    )
    for before, after in changes.items():
        text = text.replace(before, after)
    back = out.read_bytes().decode(encoding)
    delimiter = "\t" if "\t" in text else ","
    expected, actual = (
        [*csv.reader(lines.splitlines(keepends=True), delimiter=delimiter)]
        for lines in (text, back)
    )
    assert actual == expected
    assert back.count("\r\n") == text.count("\r\n") + text.endswith(",")
    assert code == 1
    assert told == "12348 Dee Cut needs review. the file is cut off\n"
    assert f"(column {column}: 3 students of 4)" in said


def test_a_gradebook_of_moodle_is_filled_by_name_and_e_mail(tmp_path):
    """The column is the one of points, not of percentages; who waits keeps an earlier grade."""
    reports = [
        report("ana@example.org"),
        report("S-2", "Li Bo_Bo", 2.0),
        report("lei", "李雷", 1.0),
    ]
    *_, out = export(
        tmp_path, "moodle", GRADEBOOK, [*reports, report("s-4", score=None)]
    )
    column = "Assignment: Linear regression (Real)"
    assert [row[column] for row in by(out, "ID number", ";").values()] == [
        "4",
        "2",
        "1",
        "3",
    ]


@pytest.mark.parametrize(("text", "why"), UNFIT.items())
def test_a_file_that_cannot_be_filled_is_one_line(tmp_path, text, why):
    """It says what to do, and nothing is written."""
    code, said, told, out = export(tmp_path, "canvas", text, [report("ana")])
    assert code == 2
    assert said == ""
    assert len(told.splitlines()) == 1
    assert not out.exists()
    assert why in told


@pytest.mark.parametrize(
    "titles",
    [
        '"学号\n(必填)",姓名（必填）',
        "学　号,Full name",
        "Student ID,姓名",
        "ID number*,姓名",
    ],
)
def test_columns_are_found_by_what_their_titles_contain(tmp_path, titles):
    """Whatever is in brackets, and whatever line a school writes above."""
    text = f"成绩登记表,,\n{titles},成绩\n0012345,Ana Silva,\n"
    *_, out = export(tmp_path, "plain", text, [report("12345", "Silva Ana")])
    assert out.read_text().endswith("0012345,Ana Silva,4\n")


def test_a_table_with_other_titles_is_filled_where_they_are_named(tmp_path):
    """The column of ids, and the one to fill."""
    text = "who,lab 1,lab 2\n12345,7,\n12346,7,\n"
    options = ("--id-column", "Who", "--column", "lab 2")
    *_, out = export(
        tmp_path,
        "plain",
        text,
        [report("12345"), report("12346", score=1.0)],
        *options,
    )
    assert out.read_text() == "who,lab 1,lab 2\n12345,7,4\n12346,7,1\n"


def test_a_workbook_is_filled_and_keeps_what_else_is_in_it(tmp_path):
    """Formulas, formats, other sheets; points are numbers."""
    book = openpyxl.Workbook()
    path = tmp_path / "grades.xlsx"
    for row in csv.reader(TABLE.splitlines()):
        book.active.append(
            [int(cell) if cell.isdigit() else cell for cell in row]
        )
    book.active["F3"] = "=D3*2"
    book.active["B3"].number_format = "000000"
    book.create_sheet("notes")["A1"] = "kept"
    book.save(path)
    results = graded(tmp_path / "r", of_class())
    out = tmp_path / "back.xlsx"
    run("export", results, "--into", path, "--out", out)
    back = openpyxl.load_workbook(out)
    sheet = back.worksheets[0]
    assert [cell.value for cell in sheet["D"][2:]] == [4, 2.5, 0, None]
    kept = (
        sheet["F3"].value,
        sheet["B3"].number_format,
        back["notes"]["A1"].value,
    )
    assert kept == ("=D3*2", "000000", "kept")


@pytest.mark.parametrize(
    "title",
    [
        "标识符,全名,电子邮件地址,成绩,最高分|参与人",
        "識別碼,全名,電子郵件信箱,成績,最高分數|參與者 ",
    ],
)
def test_a_worksheet_of_moodle_in_chinese_is_filled(tmp_path, title):
    """As in English."""
    titles, _, word = title.partition("|")
    text = f"{titles}\n{word}12345,Ana Silva,a@b.org,,4\n"
    *_, out = export(tmp_path, "moodle", text, of_class("{id}.py"))
    assert out.read_text() == text.replace(",,", ",4,")


PEOPLE = [
    Person(1, ("1", "ana"), "Silva, Ana"),
    Person(2, ("2", "7"), "Li, Bo"),
    Person(3, ("3",), "Li, Bo"),
    Person(4, ("4", "1"), "Cut, Dee"),
    Person(5, ("5",), "Fay Ro"),
    Person(6, ("6", "x@y.z"), "Gus Ha"),
    Person(7, ("8",), "Pu, Yi"),
]
NOBODY = "Nobody in the file has this id or name."
SEVERAL = "Several people in the file may be this student."


@pytest.mark.parametrize(
    ("id", "name", "expected"),
    [
        ("1", "", SEVERAL),  # the id of one, and the school's of another
        ("1", "deecut", PEOPLE[3]),  # a name tells two of an id apart
        ("bo", "Bo Li", SEVERAL),
        ("7", "Ana Silva", "The file has this id for Li, Bo."),
        ("X@Y.Z ", "", PEOPLE[5]),
        ("yi", "puyi", PEOPLE[6]),  # as Canvas writes a name
        ("nobody", "No Body", NOBODY),
    ],
)
def test_nobody_is_guessed(id, name, expected):
    """By an id or by a name that only one has."""
    matched, why = People(PEOPLE).match([(id, name)])
    assert (matched.get(id) or why[id]) == expected


def test_of_two_students_for_a_row_neither_is_taken():
    """Both may be the same person."""
    matched, why = People(PEOPLE).match([("fay", "Fay Ro"), ("5", "")])
    assert matched == {}
    assert {*why} == {"fay", "5"}


def test_what_stands_in_others_cells_stays(tmp_path):
    """Words in place of points are listed; a row may be too short, or called as a line of
    Canvas's.
    """
    head = (
        "LastName,FirstName,ID,SIS Login ID,Section,Linear regression (7)\n    Points "
        "Possible,,,,,4\n"
    )
    rows = "Points Possible,1000,1,pp,A{}\n=,@,2,at,A,{}\n李,雷,3,lei,A,{}\nEx,Eve,4,eve,A,EX\nNo,No,5,,,9\n"
    reports = [
        report(id, name)
        for id, name in (("1", ""), ("2", "!"), ("x", "雷 李"), ("4", ""))
    ]
    code, _, told, out = export(
        tmp_path, "canvas", head + rows.format("", "", ""), reports
    )
    assert out.read_text() == head + rows.format(",4", "4", "4")
    assert code == 1
    assert told == "4: The file already has EX, which was kept.\n"


def test_points_are_fitted_and_a_column_is_named_where_it_is_said(tmp_path):
    """Moodle's assignments are often worth 100; a name may lack Canvas's number."""
    text = WORKSHEET.replace(",4.00,", ",100.00,")
    *_, out = export(tmp_path, "moodle", text, of_class(), "--scale", 100)
    points = [row["Grade"] for row in by(out, "Identifier").values()]
    assert points == ["100", "62.5", "0", ""]
    text = CANVAS.replace("10,4", "4,4")
    *_, out = export(tmp_path, "canvas", text, of_class(), "--column", "Quiz 1")
    assert by(out, "ID")["12345"]["Quiz 1 (77)"] == "4"


def test_a_results_file_stands_for_its_folder_and_a_stopped_run_is_told(
    tmp_path,
):
    """Those whom the run never saw have no points, but for who has an earlier grade."""
    results = graded(tmp_path / "r", of_class())
    with ResultsFolder(results, NAME) as book:
        book.announce(
            [SubmittedFile(id, Path(), "") for id in ("12345", "zoe")],
            is_class=True,
        )
        book.write()
    into = write(tmp_path / "c.csv", CANVAS)
    where = ("--to", "canvas", "--into", into, "--out", tmp_path / "o")
    code, said, told = run("export", results / "results.json", *where)
    assert code == 1
    assert "3 students of 4" in said
    assert (
        "zoe needs review. Not graded yet, because the run was stopped.\n"
        in told
    )
    assert "12345" not in told


@pytest.mark.parametrize("out", ["link.csv", "r/results.json"])
def test_nothing_is_written_over_what_is_kept(tmp_path, out):
    """The platform's own file, under whatever name, and our results."""
    into, out = write(tmp_path / "canvas.csv", CANVAS), tmp_path / out
    (tmp_path / "link.csv").symlink_to(into)
    results = graded(tmp_path / "r", of_class())
    before = out.read_bytes()
    code, _, told = run(
        "export", results, "--to", "canvas", "--into", into, "--out", out
    )
    assert code == 2
    assert out.read_bytes() == before
    assert told.endswith(". Choose another with --out.\n")


@pytest.mark.parametrize(
    "name", ["", "a/../b", "~x", "a_b", "\u202eevil", "x" * 300, 'a:"<b>']
)
def test_a_feedback_file_is_found_by_moodle_whatever_the_name(name):
    """Its importer takes a name apart at underscores, of which the first four count."""
    file = moodle.file_name("12345", name, NAME)
    who, *rest = file.split("_", 4)
    assert rest == ["12345", "assignfeedback", "file", f"{NAME}.html"]
    assert re.fullmatch(r'[^/\\:*?"<>|.~\u202e][^/\\:*?"<>|\u202e]{0,100}', who)


def test_gradescope_gets_each_check_with_its_words():
    """As text, since a student's own words are in it; no score where it needs review."""
    judged = report("ana", score=3.0, notes=(said("a <b>note</b>"),))
    tree = gradescope.results(
        Assessment(judged), "after_due_date", sentences.message
    )
    facts = (
        tree["score"],
        tree["output_format"],
        tree["visibility"],
        tree["output"],
    )
    output = f"a <b>note</b>\n{sentences.rule('cause')}"
    assert facts == (3.0, "text", "after_due_date", output)
    keys = ("name", "score", "max_score", "status", "output", "output_format")
    assert [tuple(test[key] for key in keys) for test in tree["tests"]] == [
        ("sgd: moves w", 2, 2, "passed", "", "text"),
        ("sgd: moves b", 1, 2, "failed", "expected <1>, got 2", "text"),
    ]
    tree = gradescope.results(
        Assessment(report("b", score=None)), "hidden", lambda result: ""
    )
    assert tree["tests"] == []
    assert "score" not in tree
    assert tree["output"].startswith("Not graded yet. the file is cut off. ")
    strict = Assessment(judged, partial_credit="function")
    tree = gradescope.results(strict, "hidden", sentences.message)
    tests = [(test["score"], test["status"]) for test in tree["tests"]]
    assert (tree["score"], tests) == (1.0, [(0, "passed"), (1.0, "failed")])


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    """An autograder for Gradescope, unpacked as its machine does."""
    folder = tmp_path_factory.mktemp("gradescope")
    write(folder / "autograder.toml", "seed = 41\n")
    words = "gradescope-zip", "vectorization", "--out", folder / "a.zip"
    code, said, _ = run(*words, cwd=folder)
    assert code == 0
    assert "It contains this course's seed." in said
    root = folder / "root"
    with zipfile.ZipFile(folder / "a.zip") as archive:
        modes = {
            info.filename: info.external_attr >> 16
            for info in archive.infolist()
        }
        archive.extractall(root / "source")
    assert modes["setup.sh"] == 0o100755
    assert modes["run_autograder"] == 0o100755
    assert not [name for name in modes if "__pycache__" in name]
    shutil.copy(root / "source/run_autograder", root)
    (root / "run_autograder").chmod(0o755)
    return root


def graded_there(root, file, text, python=sys.executable):
    """The exit code, results.json and output of run_autograder."""
    shutil.rmtree(root / "submission", ignore_errors=True)
    (root / "submission").mkdir()
    write(root / "submission" / file, text)
    env = {"AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": python}
    done = ran(root / "run_autograder", env=os.environ | env, cwd=root)
    tree = read_json(root / "results/results.json")
    return done.returncode, tree, done.stdout + done.stderr


@pytest.mark.slow
def test_gradescope_grades_with_the_kit_that_travels(bundle):
    """Behind our layers, by the course's seed."""
    code, tree, said = graded_there(
        bundle, "vectorization.py", cli_helpers.RIGHT
    )
    assert code == 0, said
    assert tree["score"] == 5.0
    assert tree["visibility"] == "visible"
    assert "cases are public" not in said
    tests = {
        (test["status"], test["score"] - test["max_score"])
        for test in tree["tests"]
    }
    assert tests == {("passed", 0)}


def test_gradescope_gets_no_score_where_nothing_was_judged(bundle, tmp_path):
    """Without a file, or where Python did not run, the student reads why."""
    with pytest.raises(typer.Exit):
        run_there("vectorization", tmp_path, "visible", False)
    tree = read_json(tmp_path / "results/results.json")
    assert "score" not in tree
    assert tree["tests"] == []
    assert "No file was submitted." in tree["output"]
    code, tree, _ = graded_there(bundle, "vectorization.py", "", "/nonexistent")
    assert code == 1
    assert "score" not in tree
    assert tree["output"].startswith("Not graded yet.")


def test_moodle_gets_a_zip_of_feedback_beside_its_worksheet(tmp_path):
    """Each file has the name that Moodle's importer takes apart."""
    export(tmp_path, "moodle", WORKSHEET, of_class("{id}.py"))
    with zipfile.ZipFile(tmp_path / "back_feedback.zip") as archive:
        names = [
            moodle.file_name(id, name, NAME)
            for id, (name, _) in STUDENTS.items()
        ]
        assert archive.namelist() == names
        page = (tmp_path / "r/feedback/12345.html").read_bytes()
        assert archive.read(names[0]) == page
