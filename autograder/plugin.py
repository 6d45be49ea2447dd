"""nbgrader's autograde with our engine inside: student cells are judged in workers, by their functions.

Replaces `Execute` in `Autograde.autograde_preprocessors` (see nbgrader_config.py).  Knows nothing of
checks.  A grade never fails open: where there is no judgement, this raises, and nbgrader writes none.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime
import functools
import io
import json
import os
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.filters import markdown2html
from nbconvert.preprocessors import Preprocessor
from nbconvert.preprocessors.sanitize import SanitizeHTML
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool

from autograder import gate
from autograder.feedback import html
from autograder.judge import Judge
from autograder.results import Outcome, Report
from autograder.submission import Source, open_source

PREFIX = "test_"  # the test cell of exercise `sgd` has the grade_id `test_sgd`
LOST = "*This cell was missing from the submission. If it was answered, the answer stands in another cell.*"
UNREADABLE = "**This submission could not be read, so the cells below are the untouched ones.** Reason: "


class NotJudged(Exception):
    """There is no judgement of this submission: a person must look, and no grade is written."""


# --- The one owner of warm judges -----------------------------------------------------------------


class Judges:
    """One warm judge per assignment; the reference is judged first, once per process."""

    def __init__(self):
        self._judges: dict[str, Judge] = {}
        self._lock = threading.Lock()  # formgrader's server is one process for many requests

    def judge(self, assignment: str, source: Source, hidden: Sequence[Path] = ()) -> Report:
        """The report of one submission.  hidden: what no student's code may read.

        Raises BrokenExam, UnknownAssignment, or SandboxError where the walls do not stand.
        """
        with self._lock:
            if assignment not in self._judges:
                judge = gate.open_judge(gate.exam_of(assignment))
                try:
                    gate.check_walls(judge, hidden)
                    gate.check(judge)
                except BaseException:
                    judge.close()
                    raise
                self._judges[assignment] = judge
            return self._judges[assignment].judge(source)

    def close(self) -> None:
        """End all sandboxes."""
        with self._lock:
            while self._judges:
                self._judges.popitem()[1].close()


JUDGES = Judges()
atexit.register(JUDGES.close)


# --- From whatever was handed in to a notebook that nbgrader can hold -----------------------------


class TolerantExporter(NotebookExporter):
    """Reads what students hand in: any encoding, any version, broken or not a notebook at all.

    nbconvert's own reader raises for these, and the submission would have no grade.
    """

    def from_filename(self, filename, resources=None, **kw):
        """As nbconvert's, but never raises for what is in the file."""
        resources = {} if resources is None else resources
        path = Path(filename)
        source = open_source(path, path.stem, file=path.name)
        modified = datetime.datetime.fromtimestamp(path.lstat().st_mtime, tz=datetime.UTC)
        resources["metadata"] = {
            "name": path.stem,
            "path": str(path.parent),
            "modified_date": f"{modified:%B} {modified.day}, {modified.year}",
        }
        nb, problem = readable(source)
        resources["autograder_problem"] = problem
        return self.from_notebook_node(nb, resources, **kw)


def readable(source: Source) -> tuple[NotebookNode, str]:
    """A valid notebook of version 4 with what can be read, and why nothing could.

    Keeps types, texts, nbgrader's metadata and pictures pasted into texts.  All else is left out: no
    one grades by it, and pages are made of it.
    """
    cells, problem = _raw_cells(source)
    seen: set[str] = set()
    made = []
    for cell in cells:
        kind = cell.get("cell_type")
        lines = cell.get("source", cell.get("input", ""))
        text = "".join(x for x in (lines if isinstance(lines, list) else [lines]) if isinstance(x, str))
        text = text.encode("utf-8", "replace").decode()  # half a surrogate cannot be written
        kind = kind if kind in ("code", "raw") else "markdown"
        # Not by nbformat's makers: each of them validates, which took longer than all the rest.
        node = NotebookNode(cell_type=kind, metadata=NotebookNode(), source=text)
        if kind == "code":
            node.update(outputs=[], execution_count=None)
        if kind == "markdown" and isinstance(cell.get("attachments"), dict):
            node.attachments = _pictures(cell["attachments"])
        name = cell.get("id")
        if isinstance(name, str) and re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) and name not in seen:
            node.id = name
        else:
            node.id = f"cell-{len(made) + 1}"
            while node.id in seen:
                node.id += "-"
        seen.add(node.id)
        metadata = cell.get("metadata")
        if isinstance(metadata, dict) and isinstance(metadata.get("nbgrader"), dict):
            node.metadata.nbgrader = nbformat.from_dict(metadata["nbgrader"])
        made.append(node)
    nb = new_notebook(cells=made)
    nb.nbformat_minor = 5
    nb.metadata = nbformat.from_dict({"language_info": {"name": "python"}})
    return nb, problem


def _raw_cells(source):
    if source.problem:
        return [], source.problem
    try:
        tree = json.loads(source.text)
    except (ValueError, RecursionError):
        return [], "the file is no notebook: it is not JSON"
    cells = tree.get("cells") if isinstance(tree, dict) else None
    if cells is None and isinstance(tree, dict) and isinstance(tree.get("worksheets"), list):
        cells = [c for s in tree["worksheets"] if isinstance(s, dict) for c in s.get("cells") or []]
    if not isinstance(cells, list):
        return [], "the file is no notebook: it has no cells"
    return [cell for cell in cells if isinstance(cell, dict)], ""


def _pictures(attachments):
    """Pictures alone: a page sets type and data into an address, unescaped."""
    kept = {}
    for name, kinds in attachments.items():
        for kind, data in kinds.items() if isinstance(kinds, dict) else ():
            data = "".join(data) if isinstance(data, list) else data
            plain = isinstance(data, str) and re.fullmatch(r"[A-Za-z0-9+/=\s]*", data)
            if kind in ("image/png", "image/jpeg", "image/gif") and plain:
                kept[str(name)] = {kind: data}
    return nbformat.from_dict(kept)


# --- The cells that nbgrader must find, put back in order -----------------------------------------


@dataclass(frozen=True)
class Expected:
    """A cell as it was released, by the gradebook's word; `points` is None where it has none."""

    name: str
    kind: str
    locked: bool
    source: str
    checksum: str
    points: float | None
    solution: bool
    task: bool

    @property
    def by_hand(self) -> bool:
        """Whether a person grades what the student wrote here."""
        return self.points is not None and self.solution

    @property
    def metadata(self) -> dict:
        """What nbgrader must find in the cell."""
        graded = {"points": self.points} if self.points is not None else {}
        return {
            "grade": self.points is not None and not self.task,
            "grade_id": self.name,
            "locked": self.locked,
            "schema_version": 3,
            "solution": self.solution,
            "task": self.task,
            "cell_type": self.kind,
            "checksum": self.checksum,
            **graded,
        }


def expected_cells(gradebook: Gradebook, notebook: str, assignment: str) -> tuple[Expected, ...]:
    """The cells of a released notebook.  Raises MissingEntry where there is no such notebook."""
    known = gradebook.find_notebook(notebook, assignment)
    points = {cell.name: float(cell.max_score) for cell in [*known.grade_cells, *known.task_cells]}
    solutions = {cell.name for cell in known.solution_cells}
    tasks = {cell.name for cell in known.task_cells}
    return tuple(
        Expected(
            cell.name,
            cell.cell_type,
            cell.locked,
            cell.source,
            cell.checksum,
            points.get(cell.name),
            cell.name in solutions,
            cell.name in tasks,
        )
        for cell in known.source_cells
    )


def repair(nb: NotebookNode, expected: Iterable[Expected], problem: str = "") -> list[str]:
    """Give each expected cell its place and nbgrader's own metadata; what was amiss, in sentences.

    Deleted cells come back, copies become plain cells, forged metadata is replaced.  No text of the
    student's is lost: what stood in a locked cell stays beside it.  Changes nb.
    """
    expected = list(expected)
    claims = _claims(nb, expected)
    for cell in nb.cells:
        cell.metadata.pop("nbgrader", None)
    amiss = [problem] if problem else []
    previous = None
    for want in expected:
        found = claims.get(want.name, [])
        if len(found) > 1:
            amiss.append(f"cell {want.name} stands {len(found)} times")
        if found:
            cell = _chosen(nb, want, found)
        elif want.locked or want.points is not None:
            if not problem:
                amiss.append(f"cell {want.name} was missing")
            cell = new_markdown_cell(id=want.name)
            cell.source = LOST if want.by_hand and not problem else want.source
            nb.cells.insert(0 if previous is None else _index(nb, previous) + 1, cell)
        else:
            continue  # a solution cell that is gone: its function may stand anywhere
        previous = _restored(nb, cell, want)
    if problem:
        nb.cells.insert(0, new_markdown_cell(UNREADABLE + problem, id="unreadable"))
    _unique_ids(nb)
    return amiss


def _claims(nb, expected):
    """Which cells say that they are which; by their id where their metadata was stripped."""
    names = {want.name for want in expected}
    claims: dict[str, list] = {}
    for cell in nb.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if isinstance(name, str) and name in names:
            claims.setdefault(name, []).append(cell)
    for cell in nb.cells:
        if cell.get("id") in names and cell.id not in claims and "nbgrader" not in cell.metadata:
            claims[cell.id] = [cell]
    return claims


def _index(nb, cell):
    return next(i for i, other in enumerate(nb.cells) if other is cell)


def _chosen(nb, want, found):
    """Of all cells that claim a place, the one that gets it."""
    written = [cell for cell in found if _plain(cell.source) not in ("", _plain(want.source))]
    if want.locked:
        untouched = [cell for cell in found if cell not in written]
        return (untouched or found)[-1]
    if want.by_hand and len(written) > 1:  # split or copied: a person reads all of it in one place
        texts = dict.fromkeys(cell.source for cell in written)
        written[-1].source = "\n\n".join(texts)
        gone = [id(cell) for cell in written[:-1]]
        nb.cells = [cell for cell in nb.cells if id(cell) not in gone]
    return (written or found)[-1]


def _plain(source):
    """A cell's text as it was released, without its hidden region, and without space around it."""
    return re.sub(r"(?ms)^[^\n]*BEGIN HIDDEN TESTS.*?END HIDDEN TESTS[^\n]*$\n?", "", source).strip()


def _restored(nb, cell, want):
    """The cell with the type, the metadata and, where it is locked, the text that it must have."""
    at = _index(nb, cell)
    if want.locked:
        if _plain(cell.source) not in ("", _plain(want.source), _plain(LOST)):
            kept = new_code_cell(cell.source) if cell.cell_type == "code" else new_markdown_cell(cell.source)
            nb.cells.insert(at, kept)  # what the student wrote into our cell stays in sight
            at += 1
        source = want.source
    else:
        source = cell.source
    make = new_code_cell if want.kind == "code" else new_markdown_cell
    new = make(source, id=cell.id, metadata=nbformat.from_dict({"nbgrader": want.metadata}))
    if want.kind == "markdown" and "attachments" in cell:
        new.attachments = cell.attachments
    nb.cells[at] = new
    return new


def _unique_ids(nb):
    seen = set()
    for number, cell in enumerate(nb.cells, start=1):
        cell.id = cell.id if cell.id not in seen else f"cell-{number}"
        while cell.id in seen:
            cell.id += "-"
        seen.add(cell.id)


class RepairCells(NbGraderPreprocessor):
    """The first step on a submitted notebook: one mangled notebook stops no class."""

    def preprocess(self, nb, resources):
        """Put the cells of the released notebook in order."""
        info = resources["nbgrader"]
        with Gradebook(info["db_url"]) as gradebook:
            expected = expected_cells(gradebook, info["notebook"], info["assignment"])
        amiss = repair(nb, expected, resources.get("autograder_problem", ""))
        noted = getattr(getattr(self.parent, "parent", None), "noted", None)  # by `grade_course`
        for sentence in amiss:
            self.log.warning("%s: %s", info["student"], sentence)
            if noted is not None:
                noted(sentence)
        return nb, resources


# --- What a page may show -------------------------------------------------------------------------


class SanitizeSubmission(SanitizeHTML):
    """nbconvert's sanitiser, on: a student's markup must run nowhere, least of all in formgrader."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb, resources):
        """As nbconvert's, and no heading takes the id of a score's field."""
        graded = [cell.metadata.nbgrader.grade_id for cell in nb.cells if "nbgrader" in cell.metadata]
        fields = {name + end for name in graded for end in ("", "_extra_credit", "-comment")}
        nb, resources = super().preprocess(nb, resources)
        for cell in nb.cells:
            if cell.cell_type == "markdown" and fields & _ids(cell.source):
                cell.source = _verbatim(cell.source)
        return nb, resources

    def preprocess_cell(self, cell, resources, cell_index):
        """As nbconvert's, but it leaves quotations, and a text as it was released, as they are."""
        given = cell.metadata.get("nbgrader", {})
        if utils.is_solution(cell) and given.get("checksum") == utils.compute_checksum(cell):
            return cell, resources  # nbgrader tells an untouched answer by its checksum
        cell, resources = super().preprocess_cell(cell, resources, cell_index)
        if cell.cell_type == "markdown":
            cell.source = _LINK.sub(_harmless, _QUOTE.sub(_quotation, cell.source))
        if cell.cell_type != "code":
            cell.source = _MATH_LINK.sub(r"\\ ", cell.source)
        return cell, resources


_QUOTE = re.compile(r"^[ \t]*(?:&gt;[ \t]*)+", re.MULTILINE)
_LINK = re.compile(r"(\](?:\(|:)\s*)([^\s)]+)")  # [text](address) and [name]: address
_MATH_LINK = re.compile(r"\\(?=(?:href|require|unicode|class|style|cssId)\b)")  # MathJax follows these
_SCHEMES = ("http", "https", "mailto", "attachment")


@functools.lru_cache(maxsize=512)  # most cells of a class are as they were released
def _ids(markdown):
    """The ids that a page gives to the headings: formgrader looks for a score's field by its id."""
    return frozenset(re.findall(r'\bid="([^"]*)"', markdown2html(markdown)))


def _verbatim(markdown):
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", markdown)), default=0))
    return f"{fence}\n{markdown}\n{fence}"


def _quotation(match):
    return match.group().replace("&gt;", ">")


def _harmless(match):
    """A link or picture without its address where that could run something, or ask our own server.

    bleach sees no link in Markdown.  A picture of `/logout` would end the session of whoever looks.
    """
    address = unescape(unescape(match[2]))
    address = re.sub(r"[\x00-\x20\\]", "", address)  # browsers and Markdown drop these
    scheme = re.match(r"([^/?#]*?):", address)
    if scheme:
        allowed = scheme[1].lower() in _SCHEMES
    else:
        allowed = not address.startswith("/") and ".." not in unquote(address)
    return match[0] if allowed else match[1] + "#"


class HideTests(Preprocessor):  # nbgrader's own base class would warn of a setting at each page
    """For generate_feedback: a test cell shows its visible check and our words, no hidden region."""

    enabled = Bool(True).tag(config=True)

    def preprocess_cell(self, cell, resources, cell_index):
        """Take out the region, where a cell is a locked test cell."""
        if utils.is_grade(cell) and not utils.is_solution(cell):
            cell.source = _plain(cell.source)
        return cell, resources


# --- In place of Execute --------------------------------------------------------------------------


class JudgeFunctions(NbGraderPreprocessor):
    """Grades the student's functions in workers; no cell is run in a kernel."""

    def preprocess(self, nb, resources):
        """Give each test cell its one result.  Raises NotJudged where a person must look."""
        info = resources["nbgrader"]
        converter = getattr(self.parent, "parent", None)
        course = getattr(converter, "coursedir", None)
        if course is not None:
            drop_links(course, info["student"], info["assignment"])
        report = self._report(nb, info, converter, course)
        fill(nb, report)
        return nb, resources

    def _report(self, nb, info, converter, course):
        judged = getattr(converter, "judged", None)  # `grade_course` has judged them all in parallel
        if judged is not None:
            return judged(info["student"], info["notebook"])
        name = info["notebook"] + ".ipynb"
        if course is None:
            source = Source(info["student"], name, nbformat.writes(nb), ".ipynb")
            return JUDGES.judge(info["assignment"], source)
        source = submitted(course, info["student"], info["assignment"], info["notebook"])
        return JUDGES.judge(info["assignment"], source, [Path(course.root)])


def submitted(course, student: str, assignment: str, notebook: str) -> Source:
    """The file as it was handed in: every door judges the same bytes."""
    folder = course.format_path(course.submitted_directory, student, assignment)
    name = f"{notebook}.ipynb"
    return open_source(Path(folder) / name, student, file=name)


def drop_links(course, student: str, assignment: str) -> None:
    """Remove from autograded/ what nbgrader copied through a student's links: it may be anyone's."""
    given = Path(course.format_path(course.submitted_directory, student, assignment))
    ours = Path(course.format_path(course.autograded_directory, student, assignment))
    for folder, _, files in os.walk(given):
        for name in files:
            path = Path(folder, name)
            if path.is_symlink() and path.suffix != ".ipynb":
                (ours / path.relative_to(given)).unlink(missing_ok=True)


def fill(nb: NotebookNode, report: Report) -> None:
    """Give each test cell one execute_result: a plain number, and our words as HTML.

    nbgrader reads the first output that decides: an error or any stderr is 0, and anything but a
    plain number would be full marks.  Raises NotJudged, before nbgrader can see a score.
    """
    left = {result.exercise for result in report.results}
    above = html.notes(report)
    for cell in nb.cells:
        if cell.cell_type != "code":
            continue
        cell.outputs, cell.execution_count = [], None
        if not utils.is_grade(cell) or utils.is_solution(cell):
            continue
        name = cell.metadata.nbgrader.grade_id.removeprefix(PREFIX)
        score = _score(report, name, float(cell.metadata.nbgrader.points))
        left.discard(name)
        data = {"text/plain": repr(score), "text/html": above + html.exercise(report, name)}
        cell.outputs = [new_output("execute_result", data, execution_count=None)]
        above = ""
    if left:
        raise NotJudged(f"{report.id}: the notebook has no test cell for {', '.join(sorted(left))}")


def _score(report, name, most):
    results = [result for result in report.results if result.exercise == name]
    if not results:
        raise NotJudged(f"{report.id}: no exercise of the kit belongs to the test cell {PREFIX}{name}")
    for result in results:
        if result.outcome is Outcome.GRADER_ERROR:
            raise NotJudged(f"{report.id}: {name}.{result.check} could not be judged: {result.message}")
    worth, earned = sum(r.points for r in results), float(sum(r.earned for r in results))
    if worth != most or not 0 <= earned <= most:
        raise NotJudged(f"{report.id}: cell {PREFIX}{name} has {most:g} points, its checks {worth:g}")
    return earned


# --- In the kernel of a plain nbgrader -----------------------------------------------------------------

NO_WALLS = "Judged in the notebook's own kernel, without walls: code in the notebook could have changed this."


class Score(float):
    """Shows itself as a plain number, which nbgrader reads, and as our words, which people read."""

    html = ""

    def _repr_html_(self):
        return self.html


def in_kernel(assignment: str, name: str) -> None:
    """The door for a plain nbgrader, called by the hidden region of a test cell.

    Shows one execute_result, as `fill` would, before the visible check below it can raise: nbgrader
    takes the first output that decides.  Not to be trusted, since it runs beside the student's code,
    and it says so.  Raises NotJudged where there is no judgement, which a plain nbgrader counts as 0.
    The gate is not opened first: a cell has 30 s, and this is paid in each notebook's kernel anew.
    """
    from IPython import get_ipython

    shell = get_ipython()
    with contextlib.redirect_stderr(io.StringIO()):  # any word on stderr would be 0 points
        report = _judged_here(assignment, _own_text(shell, assignment))
        worth = sum(result.points for result in report.results if result.exercise == name)
        score = Score(_score(report, name, worth))
        score.html = html.notes(report) + html.exercise(report, name, NO_WALLS)
    shell.displayhook(score)


def _own_text(shell, assignment):
    """The notebook that runs here: the file that nbgrader wrote, or what was run so far.

    nbgrader runs a notebook in the folder where it lies.  The file also has the cells that are still
    to come, where a function may be mended; it counts if it holds all that was run.
    """
    run = [source.strip() for source in shell.history_manager.input_hist_raw if source.strip()]
    nb, problem = readable(open_source(Path(f"{assignment}.ipynb").absolute(), "notebook"))
    own = [cell.source.strip() for cell in nb.cells if cell.cell_type == "code"]
    if problem or not set(run) <= set(own):
        own = run
    cells = [{"cell_type": "code", "metadata": {}, "source": _plain(source)} for source in own]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@functools.lru_cache(maxsize=4)  # a notebook's test cells ask one after another
def _judged_here(assignment, text):
    with gate.open_judge(gate.exam_of(assignment)) as judge:
        return judge.judge(Source("notebook", f"{assignment}.ipynb", text, ".ipynb"))
