"""Makes the sentences about results, in the reader's language, when they are read.

No other code makes a sentence of a fault, and none reads one.  Cuts and cleans what a
student can write.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from rich.cells import cell_len

from autograder.errors import NOT_PERMITTED
from autograder.figure import Figure
from autograder.languages import N_, listed, plural, tr
from autograder.results import Fault, Outcome, Result, Slip

NO_REASON = N_("The grader failed without an error message. See errors.log.")
WIDTH = 64  # columns up to which a comment goes on the same line
LONGEST = 200  # characters of a student's line that are shown
TABLES = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
SENTENCES: dict[str, str] = TABLES["faults"]
SLIPS: dict[str, str] = TABLES["slips"]

Values = Mapping[str, Any]


def extract(
    file: IO[bytes], keywords: Any, comment_tags: Any, options: Any
) -> Iterator[tuple[int, None, str, list]]:
    """Yield the sentences of a table's file for `pybabel extract`, as its own methods do."""
    for table in tomllib.load(file).values():
        for text in table.values():
            if re.search("[a-z]", re.sub(r"{\w+}", "", text)):
                yield 1, None, text, []


def prefix(result: Result) -> str:
    """Return what happened, before the sentence of a fault; "" for most outcomes."""
    return tr(TABLES["prefixes"].get(result.outcome, ""))


def message(result: Result) -> str:
    """Return what happened in a check, in a sentence; "" if it passed."""
    if result.fault is None:
        return ""
    seen = sentence(result.fault)
    if result.outcome is not Outcome.CARRIED_FORWARD:
        return seen
    if result.lost > 0:
        return tr("{what}; its points are lost, too", what=seen)
    return tr("{what}; no points lost", what=seen)


def rule(partial_credit: str) -> str:
    """Return how a course gives points, in a sentence."""
    return tr(TABLES["partial_credit"][partial_credit])


def line_of(result: Result) -> str:
    """Return the student's line that has the slip, or else raised; "" if none did."""
    if result.slip:
        return result.slip.source.strip()
    if result.fault and result.fault.kind == "raised":
        return _place_of(result.fault.values["place"])[2]
    return ""


def sentence(fault: Fault) -> str:
    """Return what happened, in a sentence.

    >>> sentence(Fault("absent", {"function": "softmax", "near": "Softmax"}))
    '`softmax` is not defined. Did you mean `Softmax`?'
    """
    values = fault.values
    # It is a person's own text, or a message.
    if fault.kind == "said":
        text = values["text"]
        if isinstance(text, str):
            return text
        return tr(text)
    text = _filled(SENTENCES[fault.kind], _filling(fault))
    if fault.kind == "raised" and values["place"]:
        text += tr(" ({where})", where=_in_function(values["place"]))
    if "raised" in values:
        error = sentence(Fault(**values["raised"]))
        text = tr("{words}; {raised}", words=text, raised=error)
    if values.get("later") == "first":
        later = N_("the first call is right, but the next one is not: {words}")
        text = tr(later, words=text)
    elif values.get("later"):
        later = N_("this shows only after several other calls: {words}")
        text = tr(later, words=text)
    if values.get("near"):
        text += tr(" Did you mean `{near}`?", near=values["near"])
    if nested := values.get("inside"):
        text += tr(" Is {where} indented too far?", where=_where(nested))
    if values.get("loading"):
        text = tr("when its cell ran: ") + text
    return cleaned(text)


def _filling(fault: Fault) -> dict[str, Any]:
    """Return the values that fill the sentence of a fault."""
    values = dict(fault.values)
    for nested in ("raised", "inside"):
        values.pop(nested, None)
    if lost := values.pop("lost", None):
        error, message = lost["error"], tr(lost["message"])
        if error == NOT_PERMITTED:
            version = message.rpartition(":")[2]
            message = tr("it needs Python {version}", version=version)
        values |= {"error": error, "message": message, "where": _where(lost)}
    if fault.kind == "not_permitted":
        limit = TABLES["limits"][values["limit"]]
        values["what"] = tr(limit, name=values["name"])
        values.setdefault("where", _in_function(values.get("place", "")))
    if fault.kind == "left_behind":
        effect = TABLES["side_effects"][values["what"]]
        values["effect"] = tr(effect, function=values["function"])
    return values


def _filled(text: str, values: Values) -> str:
    """Fill a sentence; it has no colon at the end if the message is empty, in Chinese too."""
    filled = tr(text, **values)
    if values.get("message", True):
        return filled
    return filled.rstrip(":： ")


def _where(lost: Values) -> str:
    """Return a place in a submission; in a notebook, which shows no numbers, the line itself."""
    if lost["place"] == "file":
        return tr("line {line}", line=lost["line"])
    return tr("the line `{code}`", code=lost["code"].strip())


def _in_function(place: str) -> str:
    """Return where an exception came from, in words."""
    function, line, code = _place_of(place)
    if function.isidentifier():
        return tr(
            "in `{function}`, line {line}: `{code}`",
            function=function,
            line=line,
            code=code,
        )
    if function == "<lambda>":
        return tr("in a lambda: `{code}`", code=code)
    return tr("in `{code}`", code=code)


def _place_of(place: str) -> tuple[str, str, str]:
    """Return the function, line and code of `Raised.place`; a worker may report anything."""
    function, line, code = [*place.split(":", 2), "", ""][:3]
    return function, line, code.strip()[:100]


def names(result: Result) -> str:
    """Return what the names in the expression that raised stood for; "" where a cause is known."""
    fault = result.fault
    if fault is None or fault.kind != "raised" or result.says or result.slip:
        return ""
    pieces = fault.values.get("names", "").split(";")
    return cleaned(listed(filter(None, map(_name, pieces))))


def _name(piece: str) -> str:
    """Return what a name of `Raised.names` stood for; a worker may report anything."""
    name, kind, size, of = [*piece[:LONGEST].split(":"), "", "", ""][:4]
    if not name.isidentifier() or kind not in TABLES["names"]:
        return ""
    if of == "tensors" and size.isdecimal():
        return plural(
            "`{name}` is a {kind} of 1 tensor",
            "`{name}` is a {kind} of {n} tensors",
            int(size),
            name=name,
            kind=kind,
        )
    if kind == "tensor" and of != "float32":
        kind = "typed"
    axes = filter(str.isdecimal, size.split("x"))
    shape = tuple(map(int, axes))
    return tr(
        TABLES["names"][kind],
        name=name,
        shape=str(shape),
        dtype=of,
        length=size,
        number=size,
    )


def hint(result: Result) -> str:
    """Return the hint for the sort of fault of a check that lost points; "" if there is none."""
    fault = result.fault
    if fault is None or result.says or result.slip or fault.values.get("later"):
        return ""
    if fault.kind in ("raised", "raised_known", "raised_unknown"):
        return explained(fault.values["error"], fault.values["message"])
    hints = TABLES["hints"]
    return tr(
        fault.values.get("hint") or hints.get(fault.values.get("sort"), "")
    )


def explained(error: str, text: str) -> str:
    """Return the explanation of an exception that students often meet; "" for any other."""
    raised = f"{error}: {text[:2000]}"
    for pattern, explanation in TABLES["explained"].items():
        if match := re.match(pattern, raised, re.DOTALL):
            return tr(explanation, **match.groupdict())
    return ""


def likely(result: Result) -> str:
    """Return the likely cause, a known mistake or the line of a slip; "" if none is known."""
    if result.slip:
        return slip_sentence(result.slip)
    return tr(result.says)


def slip_change(slip: Slip) -> str:
    """Return the change with which a function's checks pass, in a few words."""
    if slip.sort in SLIPS:
        return tr(SLIPS[slip.sort])
    if not slip.fixed:
        return tr("the function's checks pass after one change in it")
    return tr(
        "the function's checks pass with `{fixed}` instead",
        fixed=slip.fixed[:LONGEST],
    )


def slip_sentence(slip: Slip) -> str:
    """Return the line that holds a slip, as the student wrote it, and what was seen to undo it."""
    text = N_("Line {line} of the function, `{source}`: {change}.")
    if slip.name:
        text = N_("Line {line} of `{name}`, `{source}`: {change}.")
    sentence = tr(
        text,
        line=slip.line,
        source=slip.source[:LONGEST],
        name=slip.name[:LONGEST],
        change=slip_change(slip),
    )
    if slip.also:
        lines = ", ".join(map(str, slip.also))
        sentence += tr(" Make the same change in line {lines}.", lines=lines)
    return sentence


def code(result: Result) -> str:
    """Return the smallest failing input to paste, and what was seen as a comment; or ""."""
    if not result.code or result.fault is None:
        return ""
    lines = result.code.split("\n")
    for number, line in enumerate(lines):
        if line.startswith("# "):
            lines[number] = tr(line)
    seen = f"# {_comment(result.fault)}"
    last = f"{lines[-1]}  {seen}"
    if cell_len(last) <= WIDTH and not last.startswith(" "):
        lines[-1] = last
    else:
        lines.append(seen)
    return "\n".join(lines)


def _comment(fault: Fault) -> str:
    """Return what was seen as a line; it can contain the student's own text."""
    text = SENTENCES[fault.kind]
    if fault.kind == "raised":
        text = N_("raises {error}: {message}")
    return cleaned(_filled(text, _filling(fault)))


def worded(figure: Figure) -> Figure:
    """Return a figure with all its words in the reader's language."""
    return replace(
        figure,
        title=tr(figure.title),
        says=tr(figure.says),
        x=tr(figure.x),
        y=tr(figure.y),
        lines=tuple(replace(line, name=tr(line.name)) for line in figure.lines),
    )


def cleaned(text: str) -> str:
    """Return a message that is the same on every machine, in a line or two.

    >>> cleaned("at 0x7f81a2: /home/ana/x.py is\\n  gone")
    'at 0x…: …/x.py is gone'
    """
    text = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", text[:2000])
    text = re.sub(r"(?:/[\w.+~-]+){2,}/(?=[\w.+-])", "…/", text)
    text = re.sub(r"\s*\n\s*", " ", text).strip()
    text = "".join(c if c.isprintable() else "?" for c in text)
    if len(text) <= 400:
        return text
    return text[:399] + "…"
