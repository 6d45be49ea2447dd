"""Decisions in review.csv: merged, kept over every regrading, and never guessed."""

import csv
from dataclasses import replace

import pytest
from file_helpers import read_csv, table

from autograder.errors import KitError
from autograder.reporting import review
from autograder.reporting.results_folder import ResultsFolder
from autograder.reporting.review import COLUMNS, COUNTS
from autograder.results import Outcome, Report, Result, said

NAME = "linear_regression"
TEXT = '=1+1 is no formula;\n@here, "quoted" \u5b66\u4e60\u7387'


def report(id, content="one"):
    """Three of four points by checks, and two that could not be judged."""
    results = (
        Result("sgd", "moves", "moves each parameter", 2, 2, Outcome.PASSED),
        Result(
            "sgd",
            "divides",
            "divides by the batch size",
            2,
            1,
            Outcome.FAILED,
            said("expected 1"),
        ),
        Result("why", "holds", "holds", 2, 0, Outcome.GRADER_ERROR, said(TEXT)),
    )
    return Report(id, f"{id}.py", NAME, results, content=content)


def judged(id, content):
    """Three of six points, all by checks."""
    *others, last = report(id).results
    lost = replace(last, outcome=Outcome.FAILED, fault=said("expected 1"))
    return replace(report(id, content), results=(*others, lost))


def broken(id, content="one"):
    """Nothing of it could be read."""
    results = tuple(
        Result(
            r.exercise,
            r.check,
            r.title,
            r.points,
            0,
            Outcome.GRADER_ERROR,
            said("no notebook"),
        )
        for r in report(id).results
    )
    return Report(id, f"{id}.ipynb", NAME, results, content=content)


def graded(folder, *reports):
    """The class in a folder by id, after these were graded into it; and what was wrong in
    review.csv.
    """
    with ResultsFolder(folder, NAME) as book:
        for one in reports:
            book.add(one, "k")
        book.write()
        return {
            one.report.id: one for one in book.assessments()
        }, book.review.problems


def rows(folder, *form):
    """The table as a spreadsheet reads it."""
    return read_csv(folder / review.FILE, *form)


def fill(folder, lines, delimiter=",", encoding="utf-8-sig"):
    """Save the table as a spreadsheet does."""
    with open(folder / review.FILE, "w", encoding=encoding, newline="") as file:
        table = csv.DictWriter(file, COLUMNS, delimiter=delimiter)
        table.writeheader()
        table.writerows(lines)


def test_what_waits_has_a_row_and_no_formula(tmp_path):
    """Excel knows UTF-8 by the mark; no line of a student's text computes anything."""
    graded(tmp_path, report("ann"), broken("bo"))
    assert (tmp_path / review.FILE).read_bytes().startswith(b"\xef\xbb\xbf")
    waits = [
        (row["id"], row["exercise"], row["what"], row["of"])
        for row in rows(tmp_path)
    ]
    assert waits == [
        ("bo", "", "needs review", "6"),
        ("ann", "why", "needs review", "2"),
    ]
    lines = rows(tmp_path)[1]["text"].splitlines()
    assert lines == [
        "'=1+1 is no formula;",
        '\'@here, "quoted" \u5b66\u4e60\u7387',
    ]


def decisions(text):
    """Rows of the table: what stands in its first columns."""
    titles = "id", "exercise", "what", "points", "comment"
    rows = [dict(zip(titles, row)) for row in table(text)]
    return [{key: row[key] for key in row if row[key]} for row in rows]


DECIDED = decisions("""
7  -> why -> needs review -> 1,5     -> -
bo -> sgd -> divides      -> 2       -> -
bo -> sgd -> -            -> 3       -> late fix
cy -> -   -> -            -> 4       -> -
di -> -   -> -            -> Excused -> ill
""")


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8-sig"), (";", "cp1252"), ("\t", "utf-16")],
)
def test_decisions_are_kept_over_regrading(tmp_path, delimiter, encoding):
    """In any order, separator and encoding; the score, the page and the tables have them."""
    class_ = report("007"), report("bo"), broken("cy"), report("di")
    graded(tmp_path, *class_)
    fill(tmp_path, DECIDED, delimiter, encoding)
    for _ in range(2):
        found, problems = graded(tmp_path, *class_)
        assert problems == {}
        assert [found[id].score for id in ("007", "bo", "cy")] == [4.5, 3, 4]
        asked = found["007"].needs_review, found["bo"].needs_review
        assert (*asked, found["di"].is_excused) == (False, True, True)
        kept = [
            row for row in rows(tmp_path, delimiter, encoding) if row["points"]
        ]
        assert all(
            row.items() >= one.items() for one, row in zip(DECIDED, kept)
        )
    words = "sgd (divides by the batch size): 2; sgd: 3: late fix"
    assert words in (tmp_path / "grades.csv").read_text("utf-8-sig")
    assert "late fix" in (tmp_path / "feedback/bo.txt").read_text()
    fill(tmp_path, [])
    found, _ = graded(tmp_path)
    assert found["007"].score == 3
    assert found["cy"].needs_review


# The fourth is beyond the maximum.
BAD = decisions("""
zed -> -   -> -                         -> 1
ann -> sdg -> -                         -> 1
ann -> sgd -> moves all                 -> 1
ann -> why -> -                         -> 2.5
ann -> -   -> -                         -> nan
bo  -> -   -> divides by the batch size -> 1
""")
BAD.append({"id": "bo", COUNTS: "none.py"})


def test_a_row_that_cannot_be_followed_says_so_and_the_others_hold(tmp_path):
    """It stays in the table."""
    graded(tmp_path, report("ann"), report("bo"))
    good = {"id": "bo", "exercise": "why", "points": "2"}
    fill(tmp_path, [*BAD, good])
    with ResultsFolder(tmp_path, NAME) as book:
        book.review.choose("bo", ["bo.py", "bo.ipynb"], "both")
        book.write()
        assert [one.score for one in book.assessments()] == [3, 5]
        assert {*book.review.problems} == {*range(2, len(BAD) + 2)}
    kept = [row for row in rows(tmp_path) if row["points"] or row[COUNTS]]
    assert len(kept) == len(BAD) + 1


def test_what_is_written_during_a_run_counts_and_is_kept(tmp_path):
    """A table that cannot be read by then is left as it is, and the run says why."""
    table = tmp_path / review.FILE
    with ResultsFolder(tmp_path, NAME) as book:
        book.add(report("ann"), "k")
        book.write()
        fill(tmp_path, [{"id": "ann", "exercise": "why", "points": "2"}])
        book.write()
        assert [row["points"] for row in rows(tmp_path)] == ["2"]
        table.write_bytes(b"id,points")
        book.write()
        assert {*book.review.problems} == {1}
        assert table.read_bytes() == b"id,points"
        assert [one.score for one in book.assessments()] == [5]


def test_a_row_is_kept_by_the_check_s_name_with_its_title_beside_it(tmp_path):
    """A person may copy the title from the page; in another language, it is another."""
    graded(tmp_path, report("ann"))
    title = "divides by the batch size"
    fill(
        tmp_path,
        [{"id": "ann", "exercise": "sgd", "what": title, "points": "2"}],
    )
    renamed = [
        replace(r, title=f"another {r.check}") for r in report("ann").results
    ]
    other = replace(report("ann"), results=tuple(renamed))
    for expected, *reports in ((title,), ("another divides", other)):
        found, problems = graded(tmp_path, *reports)
        assert problems == {}
        assert found["ann"].score == 4
        (row,) = (row for row in rows(tmp_path) if row["points"])
        assert row["what"] == "divides"
        assert row["title"] == expected


def test_a_decision_holds_for_the_content_that_it_was_made_on(tmp_path):
    """For another it waits again, with the old decision beside it."""
    graded(tmp_path, broken("ann"))
    (row,) = rows(tmp_path)
    fill(tmp_path, [row | {"points": "6", "comment": "read by hand"}])
    assert graded(tmp_path)[0]["ann"].grade == 6
    found, problems = graded(tmp_path, judged("ann", "two"))
    assert problems == {}
    assert found["ann"].grade is None
    assert found["ann"].score == 3
    before, waits = rows(tmp_path)
    assert before["points"] == "6"
    assert waits["points"] == ""
    assert "6 of 6 points: read by hand. Decide again" in waits["text"]
    page = (tmp_path / "feedback/ann.html").read_text()
    assert "graded an earlier submission by hand" in page
    fill(tmp_path, [before, waits | {"points": "3"}])
    assert [graded(tmp_path)[0]["ann"].grade for _ in range(2)] == [3, 3]


def test_a_file_is_chosen_of_those_that_were_there(tmp_path):
    """With a further one, the choice waits again."""
    both = replace(broken("ann", "both"), files=("a.py", "b.py"))
    graded(tmp_path, both)
    (row,) = rows(tmp_path)
    fill(tmp_path, [row | {COUNTS: "a.py"}])
    with ResultsFolder(tmp_path, NAME) as book:
        assert book.review.choose("ann", both.files, "both") == "a.py"
        assert book.review.choose("ann", (*both.files, "c.py"), "three") == ""


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"points,comment\n1,x\n", b""]
)
def test_a_table_that_cannot_be_read_is_left_as_it_is(tmp_path, content):
    """And the run ends before anything is graded."""
    (tmp_path / review.FILE).write_bytes(content)
    with pytest.raises(KitError, match=r"review\.csv"):
        ResultsFolder(tmp_path, NAME)
    assert (tmp_path / review.FILE).read_bytes() == content


WHY = {"exercise": "why", "what": "needs review", "points": "2"}


@pytest.mark.parametrize(
    ("ids", "written"),
    [(("ana", "Ana"), "ana"), (("007", "7"), "7"), (("\uff17", "7"), "7")],
)
def test_of_two_ids_that_could_be_confused_neither_is_taken(
    tmp_path, ids, written
):
    """Whatever a spreadsheet made of one of them; a sentence names both."""
    graded(tmp_path, *map(report, ids))
    fill(tmp_path, [{"id": written, **WHY}])
    found, problems = graded(tmp_path)
    assert [found[id].score for id in ids] == [3, 3]
    assert all(repr(id) in problems[2] for id in ids)


def test_of_two_rows_on_the_same_thing_the_later_one_counts(tmp_path):
    """Both stay; a comment in a row of its own takes no points away."""
    graded(tmp_path, report("ann"))
    lines = [
        {"id": "ann", "exercise": "sgd", "points": "1"},
        {"id": "ann", "exercise": "sgd", "points": "4"},
        {"id": "ann", "exercise": "sgd", "comment": "well done"},
    ]
    fill(tmp_path, lines)
    found, problems = graded(tmp_path)
    assert problems == {}
    assert found["ann"].score == 4
    kept = [row["points"] + row["comment"] for row in rows(tmp_path)]
    assert kept == ["1", "4", "well done", ""]


@pytest.mark.parametrize(
    ("id", "written"), [("007", "7"), ("ana", " ANA\u00a0")]
)
def test_an_id_that_a_spreadsheet_changed_is_found_where_it_is_the_only_one(
    tmp_path, id, written
):
    """As it removes zeros, and makes numbers of what looks like one."""
    graded(tmp_path, report(id), report("bo"))
    fill(tmp_path, [{"id": written, **WHY}])
    found, problems = graded(tmp_path)
    assert problems == {}
    assert found[id].score == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_all_that_a_person_wrote_is_written_back_in_its_order(
    tmp_path, encoding
):
    """Untitled columns, cells beyond the header, notes, blank and extra rows, titles in
    capitals.
    """
    graded(tmp_path, report("ann"), report("bo"))
    title = ",".join(COLUMNS).upper() + ",,,tutor"
    lines = [
        title,
        "zed,,,,,,1,,,no such student,,x,y,z,beyond",
        ",,,,,,,,,,,,,,",
        ",,,a note alone,,,,,,,,,,,",
        "bo,,why,needs review,needs review,old text,,2,,,cone,ask Kim,,,",
        "ann,,why,needs review,,,2,2,,\u597d\u5b66\u751f,cone,,,,",
        "gus,,why,needs review,,,,2,,,,,,,",
    ]
    (tmp_path / review.FILE).write_bytes("\n".join(lines).encode(encoding))
    graded(tmp_path)
    with open(tmp_path / review.FILE, encoding=encoding, newline="") as file:
        back = list(csv.reader(file))
    expected = list(csv.reader(lines[:6]))  # of gus, nobody wrote anything
    expected[4][5] = back[4][5]  # the text of today
    assert "=1+1 is no formula" in back[4][5]
    full = [[*row, *[""] * (15 - len(row))] for row in back]
    assert full == [[*row, *[""] * (15 - len(row))] for row in expected]
