"""nbgrader's feedback page: what generate_feedback may show of a test cell, and how the page looks."""

import re
import time
from collections.abc import Callable, Iterator
from copy import deepcopy
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, tostring

from jinja2 import pass_context
from nbconvert.exporters import Exporter, HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.writers import FilesWriter
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, LoggingConfigurable

from autograder.intake.released import TEST_CELL
from autograder.judging.cpu_limit import cpu_limit
from autograder.languages import N_, tr
from autograder.nbgrader_bridge.cells import LEAD, hide
from autograder.nbgrader_bridge.guest import install
from autograder.nbgrader_bridge.manual_grades import SET_ASIDE, result_of
from autograder.nbgrader_bridge.plain_files import make_folder
from autograder.reading.notebooks import mark_of
from autograder.reporting import pages
from autograder.reporting.cards import headline, points
from autograder.reporting.view import REVIEW_WAITS
from autograder.results import Outcome, Report

NO_NOTEBOOK = N_("No notebook in {folder}/. Submit one.")
NO_RESPONSE = N_("No response.")  # nbgrader's comment on a cell that is as it was released
TEMPLATES = Path(__file__).parent / "templates"
NAME = "feedback_page"
MAX_SECONDS = 30.0  # of CPU time for a page; a student's chapter takes 0.1
MAX_FORMULA, MAX_FORMULAS = 1000, 200  # characters of a formula; formulas of a page
MAX_FORMULA_SECONDS = 5.0  # of CPU time for all formulas of a page
PYGMENTS_STYLES = ("default", "github-dark")  # pygments' styles for day and night whose contrast is enough


class FeedbackExporter(HTMLExporter):
    """nbgrader's page with our template: for phones, dark mode and screen readers."""

    def __init__(self, config: Config | None = None, **kw: Any) -> None:
        """As nbconvert's, without nbgrader's settings for its own template."""
        settings = Config() if config is None else deepcopy(config)
        settings.FeedbackExporter.template_name = NAME
        settings.FeedbackExporter.extra_template_basedirs = [str(TEMPLATES)]
        settings.FeedbackExporter.exclude_anchor_links = True  # no pilcrow after each heading
        super().__init__(config=settings, **kw)

    def default_filters(self) -> Iterator[tuple[str, Callable]]:
        yield from super().default_filters()
        yield "named", lambda info: info["grade_id"].removeprefix(TEST_CELL)  # its exercise, for students
        yield "points", points

    @pass_context
    def markdown2html(self, context: Any, source: str) -> str:
        """As nbconvert's, with formulas that need no network."""
        self._renderer.attachments = context.get("cell", {}).get("attachments", {})
        return MarkdownWithMath(renderer=self._renderer).render(source)

    def from_notebook_node(self, nb: Any, resources: Any = None, **kw: Any) -> tuple[Any, dict[str, Any]]:
        """As nbconvert's.  Raises TookTooLong, and nbgrader goes on with the next student."""
        self._renderer = _WithFormulas(escape=False, exclude_anchor_links=True, **self.lexer_options)
        with cpu_limit(MAX_SECONDS):
            return super().from_notebook_node(nb, resources, **kw)

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """As nbconvert's: its preprocessors count the points."""
        nb, resources = super()._preprocess(nb, resources)
        counted = resources.get("nbgrader", {})
        held, decided = _held(counted)
        waits = {result.exercise for result in held.results if result.outcome is Outcome.GRADER_ERROR}
        nb.cells = [cell for cell in nb.cells if cell.metadata.get(SET_ASIDE) not in decided]
        for info in map(mark_of, nb.cells):
            if info.get("comment") == NO_RESPONSE:
                info["comment"] = tr(NO_RESPONSE)
        functions = [result for result in held.results if result.exercise.startswith(TEST_CELL)]
        by_hand = any(result.outcome is Outcome.DECIDED for result in functions)
        who, worth = counted.get("notebook", ""), counted.get("max_score") or 0
        score = (counted.get("score") or 0) + (counted.get("late_penalty") or 0)  # nbgrader takes it off
        title = headline(who, points(score), worth)
        lead = "" if by_hand else str(nb.metadata.get(LEAD, ""))
        if held.needs_review:
            title, lead = tr("{who}: not graded yet", who=who), tr(REVIEW_WAITS)
        resources["page"] = {"tr": tr, "title": title, "style": _style(), "waits": waits}
        resources["page"]["lead"] = pages.pieces(lead)
        return nb, resources


def exporter_of(converter: GenerateFeedback, *edits: Callable[[NotebookNode], None]) -> Exporter:
    """Return the exporter of a page: ours, or the course's own.  edits: change each notebook first."""

    def shown(nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        for edit in (hide, *edits):
            edit(nb)
        return nb, resources

    kind = type(converter.exporter)
    exporter = (FeedbackExporter if kind is HTMLExporter else kind)(parent=converter, config=converter.config)
    for step in (shown, *converter.preprocessors):
        exporter.register_preprocessor(step)
    return exporter


class FeedbackPages:
    """Makes the feedback of single students; also in a course that does not configure us."""

    def __init__(self, course: CourseDirectory, parent: LoggingConfigurable):
        install()
        converter = self._converter = GenerateFeedback(coursedir=course, parent=parent)
        converter.force = True
        converter.writer = FilesWriter(parent=converter, config=converter.config)
        converter.exporter = converter.exporter_class(parent=converter, config=converter.config)
        # Once, because it takes long.
        converter.exporter = exporter_of(converter, lambda notebook: self._edit(notebook))

    def write(self, assignment: str, student: str, edit: Callable[[NotebookNode], None]) -> str:
        """Do what nbgrader's loop does, as `make_folder`.  edit: changes each notebook first."""
        converter, course = self._converter, self._converter.coursedir
        steps = course.autograded_directory, course.feedback_directory
        source, target = (Path(course.format_path(step, student, assignment)) for step in steps)
        converter.notebooks, self._edit = sorted(map(str, source.glob("*.ipynb"))), edit

        def make() -> None:
            converter.init_destination(assignment, student)
            converter.run_pre_convert_hook()
            converter.init_assignment(assignment, student)
            for path in converter.notebooks:
                converter.convert_single_notebook(path)
            converter.set_permissions(assignment, student)
            converter.run_post_convert_hook()

        return make_folder(target, make) if converter.notebooks else tr(NO_NOTEBOOK, folder=source.name)


def _held(counted: dict[str, Any]) -> tuple[Report, set[str]]:
    """Return the gradebook's cells as a report, none outside a course, and those that nobody must look at."""
    if "db_url" not in counted:
        return Report("", "", "", ()), set()
    with Gradebook(counted["db_url"]) as gradebook:  # its rows can be read only while it is open
        who = counted["notebook"], counted["assignment"], counted["student"]
        grades = gradebook.find_submission_notebook(*who).grades
        decided = {grade.name for grade in grades if not grade.needs_manual_grade}
        return Report("", "", "", tuple(map(result_of, grades))), decided


def _style() -> str:
    from pygments.formatters import HtmlFormatter

    day, night = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in PYGMENTS_STYLES)
    css = (TEMPLATES / NAME / "feedback.css").read_text("utf-8")
    shared = pages.style_of("base.css", "page.css")
    return f"{shared}{day}\n@media screen and (prefers-color-scheme: dark) {{ {night} }}\n{css}"


# --- formulas, as MathML, which a browser shows without a network --------------------------------------

_DEFINES = re.compile(r"\\[A-Za-z]*(?:def|let|command|environment|Operator)(?![A-Za-z])")  # grows without end
_UNKNOWN = re.compile(r"\\[A-Za-z]|&")  # what latex2mathml leaves as it is
_HARMLESS = re.compile(r"(?!class|style)[a-z]+=(?:[a-z]+|[+-]?[0-9]?(?:\.[0-9]{1,3})?(?:em|ex|px|pt)?)")


class _WithFormulas(IPythonRenderer):
    """The renderer for all texts of one page; a formula that it cannot convert stays as it was written."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._left, self._seconds = MAX_FORMULAS, MAX_FORMULA_SECONDS

    def block_math(self, body: str) -> str:
        return self._mathml(body, "block") or super().block_math(body)

    def inline_math(self, body: str) -> str:
        return self._mathml(body, "inline") or super().inline_math(body)

    def latex_environment(self, name: str, body: str) -> str:
        latex = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        return self._mathml(latex, "block") or super().latex_environment(name, body)

    def _mathml(self, latex: str, display: str) -> str:
        self._left -= 1
        if self._left < 0 or self._seconds <= 0 or len(latex) > MAX_FORMULA:
            return ""
        latex, start = unescape(latex).replace("{aligned}", "{split}"), time.process_time()
        try:
            # It reads its symbols when it is imported: only for a page with formulas.
            from latex2mathml.converter import convert_to_element

            with cpu_limit(self._seconds):
                return "" if _DEFINES.search(latex) else _written(convert_to_element(latex, display=display))
        except Exception:  # whatever a student's text does to it
            return ""
        finally:
            self._seconds -= time.process_time() - start


def _written(math: Element) -> str:
    """Return the element as HTML, a student's characters only as text; "" if a part of it is unknown."""
    for node in math.iter():
        node.text = unescape(node.text or "")  # the library writes some characters as references
        node.attrib = {k: v for k, v in node.attrib.items() if _HARMLESS.fullmatch(f"{k}={v}")}
        if node.tag == "mi" and _UNKNOWN.match(node.text):
            return ""
    return tostring(math, encoding="unicode", short_empty_elements=False)
