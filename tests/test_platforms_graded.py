"""A download of Moodle's through `grade`: ids, names, points and reasons, as far as a student's page."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile

import platforms
import pytest
from cli_helpers import results_of, run, submissions_of
from platforms import MOODLE, NAME, packed

LINREG = {"12345", "12346"}  # who wrote linreg, and nothing else; 12352 did so twice
ZERO = {"12347", "12354"}  # an untouched notebook, and an empty one


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The results of a .zip, beside which they lie; and what was said."""
    folder = tmp_path_factory.mktemp("moodle")
    path = packed(folder / "downloads.zip", platforms.moodle())
    return folder, run("grade", path, "--assignment", NAME, "--out", folder / "out", "--jobs", "1")


def rows(out):
    """grades.csv by id."""
    with open(out / "grades.csv", encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_each_has_points_or_a_reason(graded):
    """By Moodle's own key, with the name beside it; never a zero for what could not be read."""
    folder, done = graded
    assert 1 == done.returncode
    found, table = submissions_of(folder / "out"), rows(folder / "out")
    assert sorted(MOODLE) == sorted(found) == sorted(table)
    for id, (name, file, problem) in MOODLE.items():
        assert (name, name) == (found[id]["name"], table[id]["name"])
        assert found[id]["file"].endswith(file)
        asked = id not in LINREG | ZERO
        assert ("" if asked else "4" if id in LINREG else "0") == table[id]["score"]
        assert problem in table[id]["needs_a_person"] if asked else "" == table[id]["needs_a_person"]
        assert asked == (f"needs a person: {id}: " in done.stderr)
    assert 1 == results_of(folder / "out")["schema"]


def test_a_page_has_the_name(graded):
    """And says where nothing is graded yet."""
    feedback = graded[0] / "out" / "feedback"
    assert "Ana Silva (12345): 4 of 30 points" in (feedback / "12345.html").read_text("utf-8")
    assert "Eve Login (12350): not graded yet" in (feedback / "12350.html").read_text("utf-8")
    assert "Ana Silva (12345), linear_regression: 4 of 30 points" in (feedback / "12345.txt").read_text(
        "utf-8"
    )


def test_a_report_is_made_again_from_what_was_unpacked(graded):
    """It lies among the results."""
    done = run("replay", graded[0] / "out" / "results.json", "--id", "12346", "--json")
    assert (0, "") == (done.returncode, done.stderr)
    assert "Bo_Bo Li" == json.loads(done.stdout)["name"]


def test_who_is_gone_is_told_and_kept(graded):
    """In a second run of the class, without those who left it, the results lying among the hand-ins."""
    folder, _ = graded
    again = shutil.copytree(folder / "out", folder / "class" / "out").parent
    kept = {name: content for name, content in platforms.moodle().items() if "Bo Li" not in name}
    platforms.tree(again, kept)
    done = run("grade", again, "--assignment", NAME, "--out", again / "out", "--jobs", "1")
    assert "no longer among the submissions, earlier results kept: 12346\n" in done.stdout
    found = submissions_of(again / "out")
    assert sorted(MOODLE) == sorted(found)
    words = "not among what was handed in to the last run; this is the earlier result"
    assert words == found["12346"]["flags"][-1]
    assert (4, "4") == (found["12346"]["score"], rows(again / "out")["12346"]["score"])
    assert "were graded before, and did not change" in done.stdout


def test_points_go_back_into_the_worksheet(graded, tmp_path):
    """A grade for whoever has one, by Moodle's own numbers; an empty field and a reason for the others."""
    lines = ["Identifier,Full name,Email address,Grade,Maximum Grade,Last modified (grade)"]
    lines += [f'"Participant {id}",{name},{id}@example.org,,30.00,-' for id, (name, *_) in MOODLE.items()]
    into = tmp_path / "Grades.csv"
    into.write_bytes("\r\n".join(lines).encode())
    done = run("export", graded[0] / "out", "--to", "moodle", "--into", into, "--out", tmp_path / "back.csv")
    assert 1 == done.returncode
    points = {id: "4" if id in LINREG else "0" if id in ZERO else "" for id in MOODLE}
    with open(tmp_path / "back.csv", encoding="utf-8", newline="") as file:
        assert list(points.values()) == [row["Grade"] for row in csv.DictReader(file)]
    asked = {line.split(": ")[1] for line in done.stderr.splitlines()}
    assert {id for id, grade in points.items() if not grade} == asked
    with zipfile.ZipFile(tmp_path / "back_feedback.zip") as archive:
        assert LINREG | ZERO == {name.split("_")[1] for name in archive.namelist()}
