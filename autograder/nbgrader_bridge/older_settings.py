"""A course whose nbgrader_config.py is a copy of the kit's from before `configure`: it still works.

Such a copy names the kit's classes for every notebook of the course.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nbconvert.exporters import HTMLExporter, NotebookExporter
from nbconvert.preprocessors import ClearMetadataPreprocessor, CSSHTMLHeaderPreprocessor
from nbgrader.converters.base import BaseConverter
from nbgrader.preprocessors import Execute, IgnorePattern
from traitlets import import_item

from autograder import nbgrader_bridge
from autograder.languages import N_, tr

OLDER = N_(
    "nbgrader_config.py holds settings of an older version of this kit. They still work. "
    "These two lines do the same, and leave your other assignments alone: {lines}"
)
# What nbgrader has in the places of the kit's classes.
THEIRS: dict[str, Any] = {
    "JudgeFunctions": (Execute, IgnorePattern, ClearMetadataPreprocessor),
    "HideTests": (CSSHTMLHeaderPreprocessor,),
    "FeedbackExporter": HTMLExporter,
    "TolerantExporter": NotebookExporter,
}
LISTS = ("sanitize_preprocessors", "autograde_preprocessors", "preprocessors")


def replace(converter: BaseConverter, lines: Callable[[], tuple[str, str]]) -> None:
    """Give a converter nbgrader's own classes in place of the kit's.  lines: what a course writes today."""
    lists = {name: getattr(converter, name, []) for name in LISTS}
    kits = [each for chosen in lists.values() for each in chosen if _is_kits(each)]
    exporter = type(converter.exporter)
    if not kits and not _is_kits(exporter):
        return
    _warn(converter.log, lines)
    for name, chosen in lists.items():
        if any(map(_is_kits, chosen)):
            setattr(converter, name, _without_kits(chosen))
    kind = THEIRS[exporter.__name__] if _is_kits(exporter) else exporter
    converter.exporter = kind(parent=converter, config=converter.config)
    for each in converter.preprocessors:
        converter.exporter.register_preprocessor(each)


def class_of(preprocessor: object) -> type:
    """The class of a preprocessor, which a course may give as its path, itself, or one that was made."""
    found = import_item(preprocessor) if isinstance(preprocessor, str) else preprocessor
    return found if isinstance(found, type) else type(found)


def _is_kits(each):
    return class_of(each).__module__.startswith(f"{nbgrader_bridge.__name__}.")


def _without_kits(chosen):
    kinds = [class_of(each) for each in chosen]
    theirs = []
    for each, kind in zip(chosen, kinds):
        instead = THEIRS.get(kind.__name__, ()) if _is_kits(kind) else (each,)
        theirs += [one for one in instead if one is each or one not in kinds]
    return theirs


@functools.cache
def _warn(log, lines):
    log.warning("%s", tr(OLDER, lines="; ".join(lines())))
