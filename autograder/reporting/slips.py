"""The sentences about a slip: the student's own line, and the change with which every check was seen to pass.

They do not say that the line is wrong, which nobody knows.
"""

from autograder.languages import N_, tr
from autograder.results import Slip

LONGEST = 200  # characters of a student's line that are shown
# By the sorts of `reading.changes`, what was seen.
SORTS = {
    "wide": N_("it has full-width punctuation, where Python takes only `:`, `,`, `(`, `)` and the like"),
    "syntax": N_("Python cannot read it, and every check passes with one sign or blank more or less"),
    "spelling": N_("every check passes with another spelling of a name"),
    "name": N_("every check passes with another name"),
    "index": N_("every check passes with another name in the index"),
    "slice": N_("every check passes with `:` in place of `,`"),
    "recording": N_(
        "autograd records it, and every check passes if it does not, as inside `with torch.no_grad():`"
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
    "head": N_("every check passes without this line, and with what is below it moved to its indentation"),
    "block": N_("every check passes without this line and what is indented below it"),
    "lines": N_("every check passes with this statement and the next one swapped"),
    "into": N_("every check passes with the line after this block moved into it"),
    "below": N_("every check passes with this line moved into the block below it"),
    "out": N_("every check passes with this line moved out of its block"),
    "above": N_("every check passes with the first line of this block moved above it"),
}


def sort(slip: Slip) -> str:
    """Return which change every check passes with, in a few words."""
    return tr(SORTS.get(slip.sort, SORTS["part"]))


def sentence(slip: Slip) -> str:
    """Return the line that holds a slip, as the student wrote it, and what was seen to undo it."""
    own = N_("Line {line} of the function, `{source}`: {what}.")
    other = N_("Line {line} of `{name}`, `{source}`: {what}.")
    source, name = slip.source[:LONGEST], slip.name[:LONGEST]
    said = tr(other if name else own, line=slip.line, source=source, name=name, what=sort(slip))
    return said + (tr(" For example: `{fixed}`.", fixed=slip.fixed[:LONGEST]) if slip.fixed else "")
