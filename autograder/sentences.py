"""Makes the sentences about results, in the reader's language, when they are read.

No other code makes a sentence of a fault, and none reads one.  Cuts and cleans what a
student can write.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from rich.cells import cell_len

from autograder.errors import NOT_PERMITTED
from autograder.languages import N_, tr
from autograder.results import Fault, Figure, Outcome, Report, Result, Slip

NO_REASON = N_("The grader failed without an error message. See errors.log.")
WIDTH = 64  # columns up to which a comment goes on the same line
LONGEST = 200  # characters of a student's line that are shown
# By a fault's kind, with the values that fill it.
SENTENCES = {
    "said": "{text}",  # by a person, or of a whole file
    "differs": "{message}",  # and sort, of: as of a Difference
    "beyond": N_("its numbers are infinite or too large to compute with"),
    "raised": N_("your code raised {error}: {message}"),  # and place
    "raised_known": N_(
        "your code raised {error}"
    ),  # before the due date, without what it says
    "raised_unknown": N_("your code raised an exception"),
    "left_behind": "{effect}",  # from what, as `wire.SIDE_EFFECTS` names it, and function
    "malformed": N_("it returned an invalid answer"),
    "not_written": N_(
        "Not attempted yet. Replace the line that raises NotImplementedError."
    ),
    "still_raises": N_(
        "Your function still raises NotImplementedError. Delete the line `raise "
        "NotImplementedError(...)`."
    ),
    "part_not_written": N_("Your `{part}` is not attempted yet. Write it first."),
    "name_lost": N_(
        "`{name}` is not defined, because {where} failed: {error}: {message}"
    ),
    "called_otherwise": N_(
        "`{function}` is called as ({right}), but yours takes ({own})"
    ),  # and raised
    "too_slow_before": N_(
        "not run, because an earlier check of this function ran out of time"
    ),
    "unreadable": "{problem}",  # of the whole file
    "unread": "{problem}",  # of the whole file, which may be right all the same
    "not_permitted": N_(
        "Grading runs without {what}, so this needs review ({where})"
    ),  # from limit, name
    "not_run": N_(
        "{where} may change what `{function}` reads, but takes too long to run here, "
        "so this needs review"
    ),
    "absent": N_("`{function}` is not defined."),  # and near
    "lost_in_reading": N_(
        "{where} defines {function}, but Python could not read it: {error}: {message}"
    ),
    "lost_in_loading": N_("{where} defines {function}, but failed: {error}: {message}"),
    "ours": "{error}: {message}",  # and log
    "ended": "{message}",
    "carried_forward": N_(
        "not decided: this follows from the mistake above; no points lost"
    ),
}
SIDE_EFFECTS = {
    "recording": N_(
        "`{function}` leaves gradient recording off after it returns, so later code gets no "
        "gradients. Leave it on, or use `with torch.no_grad():`, which restores it."
    ),
    "seeds": N_(
        "`{function}` sets the seed or state of a global random generator, so what "
        "is drawn after each call "
        "is the same. Delete the line that sets it."
    ),
}
# What a sandbox does not permit, by `faults.LIMITS`.
LIMITS = {
    "package": N_("the package `{name}`"),
    "python": N_("Python {name}"),  # the first that reads the code
    "file": N_("the file `{name}`"),
    "write": N_("changes to `{name}` on the disk"),
    "thread": N_("new threads"),
    "process": N_("new processes"),
    "network": N_("the network"),
    "gpu": N_("a GPU"),
    "call": N_("this system call"),
}
# What happened, before the sentence of a fault.
LEADS = {
    Outcome.TIMEOUT: N_("your code ran out of time: "),
    Outcome.CRASHED: N_("your code ended the program: "),
}
IN_FUNCTION = N_("in `{function}`, line {line}: `{code}`")
# By the sort of a difference; those of an exercise come first.
HINTS = {
    "gradient": N_(
        "Does a line cut the graph, with .item(), .detach(), .data or torch.no_grad()?"
    ),
    "nothing": N_(
        "A function without `return` returns None. Does every path through yours end in a `return`?"
    ),
    "dtype": N_(
        "Which step changes the dtype: `.float()`, `.double()`, `torch.zeros`, a list or an array?"
    ),
}
# Explanations of common exceptions in this chapter, by a pattern for "type: message".
EXPLAINED = {
    "RuntimeError: .*a leaf Variable that requires grad": N_(
        "You change a parameter in place while autograd records. Where can you "
        "change it without recording?"
    ),
    "RuntimeError: .*backward through the graph a second time": N_(
        "backward() ran twice through the same graph. Do you compute the loss again for each batch?"
    ),
    "RuntimeError: .*grad can be implicitly created only for scalar outputs": N_(
        "backward() starts from a single number. Sum the losses of the batch first."
    ),
    "RuntimeError: .*does not require grad and does not have a grad_fn": N_(
        "This value is not connected to the parameters. Did no_grad, .data or "
        ".detach() cut the graph?"
    ),
    r"TypeError: .*('NoneType' object is not (subscriptable|iterable)|object of type "
    r"'NoneType')": N_(
        "This is None. Functions that work in place return None: "
        "`random.shuffle(rows)`, for example, "
        "changes rows itself."
    ),
    "AttributeError: '(list|tuple|generator)' object": N_(
        "This is a list of tensors, not a tensor. Take each tensor from it in a loop."
    ),
    "(Attribute|Type)Error: .*('NoneType' (and|.* '(zero_|data|fill_)')|and 'NoneType')": N_(
        "A gradient is None. A tensor has none before backward(), a new tensor does "
        "not inherit one, and "
        "something may have set it to None."
    ),
    "RuntimeError: .*(mat1 and mat2 shapes cannot be multiplied|size "
    "mismatch|inconsistent tensor size)": N_(
        "A matrix product needs as many columns on the left as rows on the right. "
        "Print both shapes. Which "
        "one did you not expect, or which comes first?"
    ),
    "RuntimeError: .*(1D tensors expected|matrix @ vector expected)": N_(
        "torch.dot and torch.mv take flat vectors. Which operation multiplies two matrices?"
    ),
    "RuntimeError: .*(expected m1 and m2 to have the same dtype|expected scalar "
    "type|same dtype)": N_(
        "float32 and float64 are mixed. Which step changed the dtype of the data?"
    ),
    "RuntimeError: .*view size is not compatible": N_(
        "`view` needs elements that are adjacent in memory; `reshape` does not."
    ),
    "RuntimeError: .*(accelerator|device type|device string)": N_(
        "An argument was read as a device. Are two arguments swapped?"
    ),
    "RuntimeError: .*The size of tensor a .* must match the size of tensor b": N_(
        "Two shapes are not equal and do not broadcast. Print them. Which one did you not expect?"
    ),
    r"RuntimeError: shape '(?P<shape>[^']*)' is invalid for input of size (?P<size>\d+)": N_(
        "A tensor of size {size} cannot have the shape {shape}: the numbers of "
        "elements differ. Print the "
        "shapes before this line. Which one did you not expect?"
    ),
    "TypeError: .*object is not callable": N_(
        "You call something that is not a function, such as `y.shape`."
    ),
    "TypeError: .*(is not iterable|cannot unpack|not enough values|too many values)": N_(
        "You unpack or loop over something that is not a sequence. What does the "
        "call before it return?"
    ),
    "(Type|Index)Error: .*(only integer tensors|indices)": N_(
        "range() and a list's index take whole numbers, not tensors of several "
        "numbers. The number of rows "
        "of X is len(X)."
    ),
    "UnboundLocalError:": N_(
        "The function assigns to this name, so the name is local. You read it before "
        "you assign to it."
    ),
    r"NameError: name '(?P<name>\w+)' is not defined": N_(
        "The function uses `{name}`, which is not one of its parameters and which it "
        "does not define. Is it "
        "misspelled, not imported, or a variable from outside?"
    ),
}


# By the sorts of `reading.slips`, what was seen; nobody knows that the line is wrong.
SLIPS = {
    "wide": N_(
        "it has full-width punctuation, where Python takes only `:`, `,`, `(`, `)` and the like"
    ),
    "syntax": N_(
        "Python cannot read it, and every check passes with one sign or the indentation changed"
    ),
    "spelling": N_("every check passes with another spelling of a name"),
    "name": N_("every check passes with another name"),
    "index": N_("every check passes with another name in the index"),
    "slice": N_("every check passes with `:` in place of `,`"),
    "recording": N_(
        "autograd records it, and every check passes if it does not, as inside `with "
        "torch.no_grad():`"
    ),
    "in place": N_(
        "it gives a name a new value, and every check passes if it changes the old one in place"
    ),
    "number": N_("every check passes with another number"),
    "off by one": N_("every check passes with a number larger or smaller by 1"),
    "operator": N_("every check passes with another operator"),
    "comparison": N_("every check passes with another comparison"),
    "condition": N_("every check passes with another condition"),
    "sign": N_("every check passes with the other sign"),
    "brackets": N_("every check passes with other parentheses or brackets"),
    "order": N_("every check passes with parts of it in another order"),
    "part": N_("every check passes without one part of it"),
    "call": N_("every check passes without one call"),
    "more": N_("every check passes with one more call"),
    "uncalled": N_("every check passes with () after a name"),
    "argument": N_("every check passes without one argument"),
    "bound": N_("every check passes without a limit"),
    "factor": N_("every check passes with one more factor or divisor"),
    "kept": N_("every check passes if the result of a call goes elsewhere"),
    "yield": N_("every check passes with the other one of `return` and `yield`"),
    "only": N_("every check passes without what it does"),
    "line": N_("every check passes without this line"),
    "head": N_(
        "every check passes without this line, and with what is below it moved to its indentation"
    ),
    "block": N_("every check passes without this line and what is indented below it"),
    "lines": N_("every check passes with this statement and the next one swapped"),
    "into": N_("every check passes with the line after this block moved into it"),
    "below": N_("every check passes with this line moved into the block below it"),
    "out": N_("every check passes with this line moved out of its block"),
    "above": N_("every check passes with the first line of this block moved above it"),
}


Values = Mapping[str, Any]


def message(result: Result) -> str:
    """Return what happened in a check, in a sentence; "" if it passed."""
    return sentence(result.fault) if result.fault else ""


class Raised(NamedTuple):
    """An exception of a student's code: what happened, and the place and the text of their line."""

    what: str
    place: str
    code: str


def raised(result: Result) -> Raised | None:
    """Return what happened and where, if a line of the student's raised."""
    fault = result.fault
    if fault is None or fault.kind != "raised" or not fault.values["place"]:
        return None
    function, line, code = _place_of(fault.values["place"])
    place = tr("in a lambda")
    if function.isidentifier():
        place = tr("in `{function}`, line {line}", function=function, line=line)
    elif function != "<lambda>":
        return None
    bare = Fault(fault.kind, {**fault.values, "place": ""})
    return Raised(
        tr(LEADS.get(result.outcome, "")) + sentence(bare),
        cleaned(place),
        cleaned(code),
    )


def sentence(fault: Fault) -> str:
    """Return what happened, in a sentence."""
    values = fault.values
    if fault.kind == "said":
        return values["text"]
    text = _filled(SENTENCES[fault.kind], _filling(fault))
    if fault.kind == "raised" and values["place"]:
        text += tr(" ({where})", where=_in_function(values["place"]))
    if "raised" in values:
        text = tr(
            "{words}; {raised}", words=text, raised=sentence(Fault(**values["raised"]))
        )
    if values.get("later") == "first":
        text = tr(
            "the first call is right, but the next one is not: {words}", words=text
        )
    elif values.get("later"):
        text = tr("this shows only after several other calls: {words}", words=text)
    if values.get("near"):
        text += tr(" Did you mean `{near}`?", near=values["near"])
    if values.get("loading"):
        text = tr("when its cell ran: ") + text
    return cleaned(text)


def _filling(fault: Fault) -> dict[str, Any]:
    """Return the values that fill the sentence of a fault."""
    values = {
        name: value
        for name, value in fault.values.items()
        if name not in ("lost", "raised")
    }
    if lost := fault.values.get("lost"):
        values |= {
            "where": _where(lost),
            "error": lost["error"],
            "message": lost["message"],
        }
        if fault.kind == "lost_in_reading":
            values["message"] = tr(lost["message"])
    if fault.kind == "not_permitted":
        values["what"] = tr(LIMITS[values["limit"]], name=values["name"])
        values.setdefault("where", _in_function(values.get("place", "")))
    if fault.kind == "left_behind":
        values["effect"] = tr(SIDE_EFFECTS[values["what"]], function=values["function"])
    return values


def _filled(text: str, values: Values) -> str:
    """Fill a sentence; it has no colon at the end if the message is empty, in Chinese too."""
    filled = tr(text, **values)
    return filled if values.get("message", True) else filled.rstrip(":： ")


def _where(lost: Values) -> str:
    """Return a place in a submission.  A notebook shows no cell numbers, so it is the line itself
    there.
    """
    if lost["place"] == "file":
        return tr("line {line}", line=lost["line"])
    return tr("the line `{code}`", code=lost["code"])


def _in_function(place: str) -> str:
    """Return where an exception came from, in words."""
    function, line, code = _place_of(place)
    if function.isidentifier():
        return tr(IN_FUNCTION, function=function, line=line, code=code)
    return (
        tr("in a lambda: `{code}`", code=code)
        if function == "<lambda>"
        else tr("in `{code}`", code=code)
    )


def _place_of(place: str) -> tuple[str, str, str]:
    """Return the function, line and code of `loading.described`; a worker may report anything."""
    function, _, rest = place.partition(":")
    line, _, code = rest.partition(":")
    return function, line, code.strip()[:100]


def note(fault: Fault) -> str:
    """Return what the student should know of the file as a whole."""
    if fault.kind != "lost_in_reading":
        return sentence(fault)
    lost = fault.values["lost"]
    message = tr(lost["message"])
    if lost["error"] == NOT_PERMITTED:
        message = tr(
            "it needs Python {version}", version=lost["message"].rpartition(":")[2]
        )
    return cleaned(
        tr("{where} could not be read: {message}", where=_where(lost), message=message)
    )


def reason(report: Report) -> str:
    """Return why a report needs review, in a sentence; "" if it does not."""
    if not report.needs_review:
        return ""
    return sentence(report.grader_fault) if report.grader_fault else tr(NO_REASON)


def hint(result: Result) -> str:
    """Return the hint for the sort of fault of a check that lost points; "" if there is none."""
    fault = result.fault
    if fault is None or result.says or result.slip or fault.values.get("later"):
        return ""
    if fault.kind in ("raised", "raised_known", "raised_unknown"):
        return explained(fault.values["error"], fault.values["message"])
    own = fault.values.get("hint", "")
    return tr(own or HINTS.get(fault.values.get("sort", ""), ""))


def explained(error: str, text: str) -> str:
    """Return the explanation of an exception that students often meet; "" for any other."""
    raised = f"{error}: {text[:2000]}"
    for pattern, explanation in EXPLAINED.items():
        if match := re.match(pattern, raised, re.DOTALL):
            return tr(explanation, **match.groupdict())
    return ""


def likely(result: Result) -> str:
    """Return the likely cause: the words of a known mistake, or the line of a slip; "" if none
    is known.
    """
    return slip_sentence(result.slip) if result.slip else tr(result.says)


def slip_sort(slip: Slip) -> str:
    """Return which change every check passes with, in a few words."""
    return tr(SLIPS.get(slip.sort, SLIPS["part"]))


def slip_sentence(slip: Slip) -> str:
    """Return the line that holds a slip, as the student wrote it, and what was seen to undo it."""
    text = N_("Line {line} of the function, `{source}`: {what}.")
    if slip.name:
        text = N_("Line {line} of `{name}`, `{source}`: {what}.")
    values = {
        "source": slip.source[:LONGEST],
        "name": slip.name[:LONGEST],
        "what": slip_sort(slip),
    }
    text = tr(text, line=slip.line, **values)
    return text + (
        tr(" For example: `{fixed}`.", fixed=slip.fixed[:LONGEST]) if slip.fixed else ""
    )


def code(result: Result) -> str:
    """Return the smallest failing input as lines to paste, and what was seen as a comment; or
    "".
    """
    if not result.code or result.fault is None:
        return ""
    lines = [
        tr(line) if line.startswith("# ") else line for line in result.code.split("\n")
    ]
    seen = f"# {_comment(result.fault)}"
    if cell_len(f"{lines[-1]}  {seen}") <= WIDTH and not lines[-1].startswith(" "):
        lines[-1] += f"  {seen}"
    else:
        lines.append(seen)
    return "\n".join(lines)


def _comment(fault: Fault) -> str:
    """Return what was seen as a line; it can contain the student's own text."""
    if fault.kind == "raised":
        return cleaned(_filled(N_("raises {error}: {message}"), fault.values))[:200]
    return cleaned(_filled(SENTENCES[fault.kind], _filling(fault)))


def worded(figure: Figure) -> Figure:
    """Return a figure with all its words in the reader's language."""
    lines = tuple(replace(line, name=tr(line.name)) for line in figure.lines)
    titled = replace(figure, title=tr(figure.title), says=tr(figure.says), lines=lines)
    return replace(titled, x=tr(figure.x), y=tr(figure.y))


def cleaned(text: str) -> str:
    """Return a message that is the same on every machine: no addresses or folders, a line or
    two at most.
    """
    text = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", text[:2000])
    text = re.sub(r"(?:/[\w.+~-]+){2,}/(?=[\w.+-])", "…/", text)
    text = re.sub(r"\s*\n\s*", " ", text).strip()
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= 400 else text[:399] + "…"
