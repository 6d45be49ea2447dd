"""The kit as a guest in an nbgrader course: its own notebooks go its way, all others nbgrader's.

nbgrader's settings are lists that the last line wins, so the kit sets none of them: it lends each
converter other ones while one of its own notebooks is converted.  Knows nothing of how that is judged.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
from collections.abc import Callable, Iterator
from pathlib import Path

from nbconvert.exporters import Exporter, HTMLExporter, NotebookExporter
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor, ExecutePreprocessor
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.converters.base import BaseConverter, NbGraderException
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute, IgnorePattern, SaveCells
from sqlalchemy.exc import SQLAlchemyError
from traitlets import import_item
from traitlets.config import Config

from autograder import nbgrader_bridge, patches
from autograder.intake import released
from autograder.languages import N_, tr
from autograder.nbgrader_bridge import plain_files
from autograder.nbgrader_bridge.handed_in import NotJudged
from autograder.nbgrader_bridge.own_cells import is_own

# The line below it in each stub raises NotImplementedError with the function's own name.
STUB = "# YOUR CODE HERE, in place of this line and the next"
# Whatever the course has for its own notebooks: the kit's are written with these.
MARKS = {
    "ClearSolutions": {
        "enabled": True,
        "begin_solution_delimeter": "BEGIN SOLUTION",
        "end_solution_delimeter": "END SOLUTION",
    },
    "ClearHiddenTests": {
        "enabled": True,
        "begin_test_delimeter": "BEGIN HIDDEN TESTS",
        "end_test_delimeter": "END HIDDEN TESTS",
    },
}
CACHES = ["__pycache__", ".pytest_cache", ".hypothesis"]  # of who ran the self-check beside a notebook
# What nbgrader has where an older copy of the kit's settings has JudgeFunctions.
REPLACED_BY_JUDGE = (Execute, IgnorePattern, ClearMetadataPreprocessor)
NOT_EXECUTED = N_(
    "{assignment} was not graded, because Execute is turned off (--no-execute or Execute.enabled). "
    "Turn it on: the kit takes its place."
)
NO_EXECUTE = N_(
    "{assignment} was not graded. Autograde.autograde_preprocessors needs nbgrader's Execute once, "
    "and nothing else that runs a notebook: the kit takes its place."
)
LEAKS = N_(
    "{assignment} was not released. "
    "GenerateAssignment.preprocessors needs ClearSolutions and ClearHiddenTests."
)
OLDER = N_(
    "nbgrader_config.py holds settings of an older version of this kit. They still work. "
    "These two lines do the same, and leave your other assignments alone: {lines}"
)
LINES = (
    "from autograder.nbgrader_bridge import configure  # not found? pip install {package}",
    "configure(c)",
)
KIT = nbgrader_bridge.__name__.partition(".")[0]


def configure(c: Config) -> None:
    """Let the kit grade its own assignments in this course; called in nbgrader_config.py.

    c: the file's configuration.  Nothing is set in it, so what stands before or after holds.
    Raises PatchError where nbgrader is not as the kit knows it.
    """
    install()


def install() -> None:
    """From here on, in this process.  Raises PatchError where nbgrader is not as we know it."""
    patches.replace_for_good(
        {
            **plain_files.replacements(),
            patches.AUTOGRADE_ALL: _autograding_all,
            patches.AUTOGRADE_BEFORE: _before_notebooks,
            patches.AUTOGRADE: _converting(_autograding),
            patches.GENERATE_ALL: _generating_all,
            patches.GENERATE_BEFORE: _before_notebooks,
            patches.GENERATE: _converting(_generating),
            patches.FEEDBACK: _converting(_feeding_back),
        }
    )


def lines() -> tuple[str, str]:
    """What a course writes into its nbgrader_config.py."""
    scripts = importlib.metadata.entry_points(group="console_scripts", name=KIT)
    package = next((script.dist.name for script in scripts), KIT)
    return LINES[0].format(package=package), LINES[1]


# --- what nbgrader's methods become ------------------------------------------------------------------


@contextlib.contextmanager
def _lent(owner: object, **values: object) -> Iterator[None]:
    """Other values of some attributes, for a while."""
    before = {name: getattr(owner, name) for name in values}
    try:
        for name, value in values.items():
            setattr(owner, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)


def _converting(change: Callable[[BaseConverter, str], dict]) -> Callable:
    """In place of convert_single_notebook.  change: what the converter is lent for a notebook of the kit."""

    def make(before):
        @functools.wraps(before)
        def convert_single_notebook(self, notebook_filename):
            own = Path(notebook_filename).stem if is_own(self, notebook_filename) else ""
            with _lent(self, **change(self, own)):
                return before(self, notebook_filename)

        return convert_single_notebook

    return make


def _autograding(converter, own):
    """For Autograde: the judge in place of the kernel."""
    sanitize, autograde = map(
        _theirs, [converter] * 2, (converter.sanitize_preprocessors, converter.autograde_preprocessors)
    )
    if not own:
        exporter = _plain(converter, NotebookExporter)
    else:
        refuse(converter, own)
        exporter = _own_exporter(converter, nbgrader_bridge.TolerantExporter)
        sanitize = [nbgrader_bridge.RepairCells, *sanitize]  # first: a mangled notebook stops the class
        at = next(i for i, each in enumerate(autograde) if _runs(each))
        judge = [nbgrader_bridge.SanitizeSubmission, nbgrader_bridge.JudgeFunctions]
        autograde = [*autograde[:at], *judge, *autograde[at + 1 :]]
    return {
        "exporter": exporter,
        "sanitize_preprocessors": sanitize,
        "autograde_preprocessors": autograde,
    }


def _feeding_back(converter, own):
    """For GenerateFeedback: the kit's page, and no hidden test, by whatever exporter the course chose."""
    theirs = _theirs(converter, converter.preprocessors)
    if not own:
        return {"exporter": _plain(converter, HTMLExporter, theirs)}
    chosen = type(converter.exporter)
    kind = nbgrader_bridge.FeedbackExporter if chosen is HTMLExporter else chosen
    return {"exporter": _own_exporter(converter, kind, [nbgrader_bridge.HideTests, *theirs])}


def _generating(converter, own):
    """For GenerateAssignment: the kit's stub and marks, and no cell that only a kernel could grade."""
    if not own:
        return {}
    theirs = list(converter.preprocessors)
    kinds = [_class_of(each) for each in theirs]
    if not all(any(issubclass(kind, step) for kind in kinds) for step in (ClearSolutions, ClearHiddenTests)):
        raise NbGraderException(tr(LEAKS, assignment=own))
    at = kinds.index(SaveCells) if SaveCells in kinds else 0
    theirs.insert(at, nbgrader_bridge.CheckOwnCells)
    return {"exporter": _own_exporter(converter, type(converter.exporter), theirs)}


def _autograding_all(before):
    """In place of Autograde.convert_notebooks."""

    @functools.wraps(before)
    def convert_notebooks(self):
        name = self.coursedir.assignment_id
        if name not in released.names() or hasattr(self, "report_of"):  # `grade_course` has looked
            return before(self)
        with plain_files.looked_over(self):
            if any(is_own(self, path) for paths in self.assignments.values() for path in paths):
                try:
                    refuse(self, name)
                except NotJudged as error:  # before what was made earlier is removed
                    self.log.error("%s", error)
                    raise NbGraderException(str(error)) from None
            return before(self)

    return convert_notebooks


def _generating_all(before):
    """In place of GenerateAssignment.convert_notebooks, which skips what `autograder add` brought."""

    @functools.wraps(before)
    def convert_notebooks(self):
        name, course = self.coursedir.assignment_id, self.coursedir
        if name not in released.names() or self.no_database:
            return before(self)
        known = True  # of a gradebook that cannot be used, nbgrader says so itself
        with (
            contextlib.suppress(SQLAlchemyError),
            Gradebook(course.db_url, course.course_id) as gradebook,
        ):
            known = name in [assignment.name for assignment in gradebook.assignments]
        with _lent(self, force=self.force or not known):
            return before(self)

    return convert_notebooks


def _before_notebooks(before):
    """In place of init_assignment, which copies what lies beside a notebook of the instructor's."""

    @functools.wraps(before)
    def init_assignment(self, assignment_id, student_id):
        if assignment_id not in released.names():
            return before(self, assignment_id, student_id)
        course, lent = self.coursedir, {}
        if isinstance(self, Autograde):  # what a student may hand in beside the notebook stays theirs
            kept = [*self.exclude_overwriting.get(assignment_id, []), f"{assignment_id}.py"]
            lent["exclude_overwriting"] = {**self.exclude_overwriting, assignment_id: kept}
        with _lent(course, ignore=[*course.ignore, *CACHES]), _lent(self, **lent):
            return before(self, assignment_id, student_id)

    return init_assignment


def refuse(converter: Autograde, assignment: str) -> None:
    """Raises NotJudged where the course's settings leave the kit no place to judge."""
    running = [each for each in _theirs(converter, converter.autograde_preprocessors) if _runs(each)]
    if len(running) != 1 or not issubclass(_class_of(running[0]), Execute):
        raise NotJudged(tr(NO_EXECUTE, assignment=assignment))
    if not _class_of(running[0])(parent=converter).enabled:
        raise NotJudged(tr(NOT_EXECUTED, assignment=assignment))


# --- the course's own preprocessors and exporters ----------------------------------------------------


def _class_of(each):
    """The class of a preprocessor, which a course may give as its path, itself, or one that was made."""
    each = import_item(each) if isinstance(each, str) else each
    return each if isinstance(each, type) else type(each)


def _runs(each):
    return issubclass(_class_of(each), ExecutePreprocessor)


def _is_kits(each):
    return _class_of(each).__module__.startswith(f"{nbgrader_bridge.__name__}.")


def _theirs(converter, chosen):
    """The preprocessors without the kit's, which an older copy of its settings put among them."""
    if not any(map(_is_kits, chosen)):
        return chosen
    _tell_older(converter.log)
    theirs, kinds = [], [_class_of(each) for each in chosen]
    for each, kind in zip(chosen, kinds):
        if not _is_kits(each):
            theirs.append(each)
        elif kind.__name__ == "JudgeFunctions":
            theirs += [one for one in REPLACED_BY_JUDGE if one not in kinds]
    if nbgrader_bridge.HideTests in kinds and CSSHTMLHeaderPreprocessor not in kinds:
        theirs.append(CSSHTMLHeaderPreprocessor)
    return theirs


@functools.cache
def _tell_older(log):
    log.warning("%s", tr(OLDER, lines="; ".join(lines())))


def _plain(converter, kind: type[Exporter], preprocessors=()):
    """The course's exporter; nbgrader's own where an older copy of the kit's settings named ours."""
    if not _is_kits(converter.exporter):
        return converter.exporter
    _tell_older(converter.log)
    exporter = kind(parent=converter, config=converter.config)
    for each in preprocessors:
        exporter.register_preprocessor(each)
    return exporter


def _own_exporter(converter, kind: type[Exporter], preprocessors=()):
    """An exporter for the kit's notebooks; one for all that a converter meets, since a page's takes long."""
    made = getattr(converter, "kit_exporter", None)
    if made is None:
        config = Config(converter.config)
        for section, values in MARKS.items():
            config[section] = Config({**converter.config.get(section, {}), **values})
        stubs = converter.config.get("ClearSolutions", {}).get("code_stub", {})
        stubs = stubs if isinstance(stubs, dict) else {}
        config.ClearSolutions.code_stub = {**stubs, "python": STUB}
        made = converter.kit_exporter = kind(parent=converter, config=config)
        for each in preprocessors:
            made.register_preprocessor(each)
    return made
