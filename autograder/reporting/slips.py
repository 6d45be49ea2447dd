"""The sentences about a slip: the student's own line, what sort of slip it holds, and how to write it."""

from autograder.languages import N_, tr
from autograder.results import Slip

LONGEST = 200  # characters of a student's line that are shown
# By the sorts of `reading.changes`.
SORTS = {
    "wide": N_("it has full-width punctuation, where Python takes only `:`, `,`, `(`, `)` and the like"),
    "spelling": N_("a name is misspelled"),
    "name": N_("another name belongs here"),
    "number": N_("a number is wrong"),
    "off by one": N_("a number is off by one"),
    "operator": N_("an operator is wrong"),
    "comparison": N_("a comparison is wrong"),
    "sign": N_("a sign is wrong"),
    "brackets": N_("parentheses are in the wrong place"),
    "order": N_("two parts of it must be swapped"),
    "part": N_("one part of it is wrong"),
    "call": N_("one call too many"),
    "calls": N_("the same call is too many at each place"),
    "uncalled": N_("a call lacks its ()"),
    "argument": N_("one argument too many"),
    "bound": N_("a limit is not needed"),
    "factor": N_("a factor is missing"),
    "kept": N_("the result of a call goes to the wrong place"),
    "yield": N_("`return` and `yield` are mixed up"),
    "only": N_("without what it does, every check passes"),
    "line": N_("without this line, every check passes"),
    "head": N_("without this line, and with what is below it moved to its indentation, every check passes"),
    "block": N_("without this line and what is indented below it, every check passes"),
    "lines": N_("this line and the next must be swapped"),
    "into": N_("its indentation is wrong: a line belongs inside the block"),
    "below": N_("it belongs inside the block below it"),
    "out": N_("its indentation is wrong: a line belongs outside the block"),
}


def sort(slip: Slip) -> str:
    """Return what sort of slip it is, in a few words."""
    return tr(SORTS.get(slip.sort, SORTS["part"]))


def sentence(slip: Slip) -> str:
    """Return the line that holds a slip, as the student wrote it, what is wrong, and the fix, if known."""
    own = N_("Line {line} of the function, `{source}`: {what}.")
    other = N_("Line {line} of `{name}`, `{source}`: {what}.")
    source, name = slip.source[:LONGEST], slip.name[:LONGEST]
    said = tr(other if name else own, line=slip.line, source=source, name=name, what=sort(slip))
    return said + (tr(" Write `{fixed}`.", fixed=slip.fixed[:LONGEST]) if slip.fixed else "")
