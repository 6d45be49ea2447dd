"""A report as HTML: the fragment below a notebook's test cell, and a page for one submission.

Knows nothing of how a submission was judged.  Whatever a student can write is escaped, and no file
of ours is named.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import PurePath

from autograder.feedback.text import points, words
from autograder.results import Outcome, Report, Result

# The mark, the colour and the word say the same: a page must be readable in grey, and read aloud.
_PASS = ("&#10003;", "#1a7f37", "passed")
_FAIL = ("&#10007;", "#b3261e", "not passed")
_OURS = ("?", "#7a5c00", "not judged")

# Styles stand on each element, since nbgrader's pages and JupyterLab keep no style sheet of ours.
_BOX = (
    "border:1px solid #d0d7de;border-left:5px solid {colour};border-radius:4px;padding:8px 12px;margin:4px 0;"
    "background:#ffffff;color:#1f2328;font-family:system-ui,sans-serif;font-size:14px;line-height:1.45"
)
_ROW = "margin:6px 0 0 0;padding:0;color:#1f2328"
_DETAIL = "margin:2px 0 0 1.6em;color:#1f2328;overflow-wrap:anywhere;white-space:pre-wrap"
_CODE = (
    "background:#f3f4f6;color:#1f2328;padding:1px 4px;border-radius:3px;font-size:13px;"
    "white-space:pre-wrap;overflow-wrap:anywhere"
)
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
# MathJax would set `$...$` in a student's error message, and follow \href in it.
_NO_MATH = "autograder tex2jax_ignore mathjax_ignore"


def exercise(report: Report, name: str, note: str = "") -> str:
    """One exercise's results as an HTML fragment.  note: a sentence of ours to stand above them.

    Raises KeyError where the report has no such exercise.
    """
    results = [result for result in report.results if result.exercise == name]
    if not results:
        raise KeyError(name)
    earned, total = sum(r.earned for r in results), sum(r.points for r in results)
    colour = _colour(results, earned, total)
    head = f"<b>{escape(name)}: {points(earned)} of {points(total)} points</b>"
    above = f'<div style="{_DETAIL};margin-left:0"><i>{escape(note)}</i></div>' if note else ""
    said: set[str] = set()  # a mistake's explanation is not repeated
    told: set[str] = set()
    rows = "".join(_row(result, said, told) for result in results)
    return f'<div class="{_NO_MATH}" style="{_BOX.format(colour=colour)}">{head}{above}{rows}</div>'


def notes(report: Report) -> str:
    """What the student should know of the file as a whole, as a fragment; empty if nothing."""
    if not report.notes:
        return ""
    items = "".join(f'<div style="{_DETAIL};margin-left:0">{escape(note)}</div>' for note in report.notes)
    style = _BOX.format(colour=_OURS[1])
    return f'<div class="{_NO_MATH}" style="{style}"><b>About your file</b>{items}</div>'


def page(report: Report) -> str:
    """A whole page for one submission, which loads nothing and runs nothing."""
    names = dict.fromkeys(result.exercise for result in report.results)
    body = notes(report) + "".join(exercise(report, name) for name in names)
    title = f"{escape(report.id)}: {points(report.score)} of {points(report.max_score)} points"
    # file names can hold a path of the instructor's machine
    file = escape(PurePath(report.file.replace("\\", "/")).name)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n"
        "<style>body{max-width:52em;margin:2em auto;padding:0 1em;background:#fff;color:#1f2328;"
        "font-family:system-ui,sans-serif}h1{font-size:1.3em}p{color:#57606a}</style>\n"
        f"</head>\n<body>\n<h1>{title}</h1>\n<p>{escape(report.assignment)}, {file}</p>\n{body}\n"
        "</body>\n</html>\n"
    )


def _colour(results, earned, total):
    if any(r.outcome is Outcome.GRADER_ERROR for r in results):
        return _OURS[1]
    return _PASS[1] if earned == total else _FAIL[1]


def _row(result: Result, said: set[str], told: set[str]) -> str:
    mark, colour, word = {Outcome.PASSED: _PASS, Outcome.GRADER_ERROR: _OURS}.get(result.outcome, _FAIL)
    part = f"{points(result.earned)}/{points(result.points)}"
    mark = f'<span style="color:{colour};font-weight:bold" title="{word}">{mark} {part}</span>'
    # a missing function is missing for each check: the same words are read once
    parts = [part for part in words(result, said) if result.example or part not in told]
    told.update(parts)
    return f'<div style="{_ROW}">{mark} {escape(result.title)}{"".join(map(_detail, parts))}</div>'


def _detail(part: str) -> str:
    lead, _, rest = part.partition(": ")
    if lead == "smallest input":
        inner = f'{lead}: <code style="{_CODE}">{escape(rest)}</code>'
    elif lead == "Hint":
        inner = f"<b>{lead}:</b> {_text(rest)}"
    else:
        inner = _text(part)
    return f'<div style="{_DETAIL}">{inner}</div>'


def _text(text: str) -> str:
    """Escaped, with `code` in backticks set as code."""
    return re.sub(r"`([^`]+)`", rf'<code style="{_CODE}">\1</code>', escape(text))
