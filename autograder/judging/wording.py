"""All sentences of this package about faults and cases.

Cuts and cleans what a student can write into a message.  Does not know how faults come about.
"""

import re
from collections.abc import Mapping

from autograder.authoring.checks import Check
from autograder.authoring.exercise import Exercise
from autograder.authoring.expect import DTYPE, KIND, NOTHING, shown
from autograder.errors import NOT_PERMITTED
from autograder.judging.faults import LIMITS, SIDE_EFFECT, Fault
from autograder.languages import N_, tr
from autograder.reading.parsed import FailedStatement

# By a fault's kind, with the values that fill it.
SENTENCES = {
    "differs": "{words}",  # and sort, of: as of a Difference
    "beyond": N_("its numbers are infinite or too large to compute with"),
    "raised": N_("your code raised {error}: {message}"),  # and place
    SIDE_EFFECT: "{words}",  # from what, as `wire.SIDE_EFFECTS` names it, and function
    "malformed": N_("it returned an invalid answer"),
    "not_written": N_("Not attempted yet. Replace the line that raises NotImplementedError."),
    "still_raises": N_(
        "Your function still raises NotImplementedError. Delete the line `raise NotImplementedError(...)`."
    ),
    "part_not_written": N_("Your `{part}` is not attempted yet. Write it first."),
    "name_lost": N_("`{name}` is not defined, because {where} failed: {error}: {message}"),
    "called_otherwise": N_("`{function}` is called as ({right}), but yours takes ({own})"),  # and raised
    "too_slow_before": N_("not run, because an earlier check of this function ran out of time"),
    "unreadable": "{problem}",  # of the whole file
    "unread": "{problem}",  # of the whole file, which may be right all the same
    "not_permitted": N_("Grading runs without {what}, so this needs review ({where})"),  # from limit, name
    "not_run": N_(
        "{where} may change what `{function}` reads, but takes too long to run here, so this needs review"
    ),
    "absent": N_("`{function}` is not defined."),  # and near
    "lost_in_reading": N_("{where} defines {function}, but Python could not read it: {error}: {message}"),
    "lost_in_loading": N_("{where} defines {function}, but failed: {error}: {message}"),
    "ours": "{error}: {message}",  # and log
    "ended": "{words}",
}
SIDE_EFFECTS = {
    "recording": N_(
        "`{function}` leaves gradient recording off after it returns, so later code gets no "
        "gradients. Leave it on, or use `with torch.no_grad():`, which restores it."
    ),
    "seeds": N_(
        "`{function}` sets the seed or state of a global random generator, so what is drawn after each call "
        "is the same. Delete the line that sets it."
    ),
}
IN_FUNCTION = N_("in `{function}`, line {line}: `{code}`")
CARRIED_FORWARD = N_("not decided: this follows from the mistake above; no points lost")
GRADED_UNSAFE = N_("graded with --unsafe; sandbox layers: {layers}")
UNREAD = N_("the file could not be read")
DEFINES_NONE = N_("{file} does not define {names}.")
TOOK_TOO_LONG = N_("the grader ran out of time while checking the returned values")
BY_SORT = {
    NOTHING: N_("A function without `return` returns None. Does every path through yours end in a `return`?"),
    DTYPE: N_("Which step changes the dtype: `.float()`, `.double()`, `torch.zeros`, a list or an array?"),
}
# Explanations of common exceptions in this chapter, by a pattern for "type: message".
EXPLAINED = {
    "RuntimeError: .*a leaf Variable that requires grad": N_(
        "You change a parameter in place while autograd records. Where can you change it without recording?"
    ),
    "RuntimeError: .*backward through the graph a second time": N_(
        "backward() ran twice through the same graph. Do you compute the loss again for each batch?"
    ),
    "RuntimeError: .*grad can be implicitly created only for scalar outputs": N_(
        "backward() starts from a single number. Sum the losses of the batch first."
    ),
    "RuntimeError: .*does not require grad and does not have a grad_fn": N_(
        "This value is not connected to the parameters. Did no_grad, .data or .detach() cut the graph?"
    ),
    r"TypeError: .*('NoneType' object is not (subscriptable|iterable)|object of type 'NoneType')": N_(
        "This is None. Functions that work in place return None: `random.shuffle(rows)`, for example, "
        "changes rows itself."
    ),
    "AttributeError: '(list|tuple|generator)' object": N_(
        "This is a list of tensors, not a tensor. Take each tensor from it in a loop."
    ),
    "(Attribute|Type)Error: .*('NoneType' (and|.* '(zero_|data|fill_)')|and 'NoneType')": N_(
        "A gradient is None. A tensor has none before backward(), a new tensor does not inherit one, and "
        "something may have set it to None."
    ),
    "RuntimeError: .*(mat1 and mat2 shapes cannot be multiplied|size mismatch|inconsistent tensor size)": N_(
        "A matrix product needs as many columns on the left as rows on the right. Print both shapes. Which "
        "one did you not expect, or which comes first?"
    ),
    "RuntimeError: .*(1D tensors expected|matrix @ vector expected)": N_(
        "torch.dot and torch.mv take flat vectors. Which operation multiplies two matrices?"
    ),
    "RuntimeError: .*(expected m1 and m2 to have the same dtype|expected scalar type|same dtype)": N_(
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
        "A tensor of size {size} cannot have the shape {shape}: the numbers of elements differ. Print the "
        "shapes before this line. Which one did you not expect?"
    ),
    "TypeError: .*object is not callable": N_(
        "You call something that is not a function, such as `y.shape`."
    ),
    "TypeError: .*(is not iterable|cannot unpack|not enough values|too many values)": N_(
        "You unpack or loop over something that is not a sequence. What does the call before it return?"
    ),
    "(Type|Index)Error: .*(only integer tensors|indices)": N_(
        "range() and a list's index take whole numbers, not tensors of several numbers. The number of rows "
        "of X is len(X)."
    ),
    "UnboundLocalError:": N_(
        "The function assigns to this name, so the name is local. You read it before you assign to it."
    ),
    r"NameError: name '(?P<name>\w+)' is not defined": N_(
        "The function uses `{name}`, which is not one of its parameters and which it does not define. Is it "
        "misspelled, not imported, or a variable from outside?"
    ),
}


def message(fault: Fault) -> str:
    """Return a sentence: what happened."""
    values = dict(fault.values)
    if lost := values.get("lost"):
        said = tr(lost.message) if fault.kind == "lost_in_reading" else lost.message
        values |= {"where": where(lost), "error": lost.kind, "message": said}
    if fault.kind == "not_permitted":
        values["what"] = tr(LIMITS[values["limit"]], name=values["name"])
        values.setdefault("where", in_function(values.get("place", "")))
    if fault.kind == SIDE_EFFECT:
        values["words"] = tr(SIDE_EFFECTS[values["what"]], function=values["function"])
    words = _filled(SENTENCES[fault.kind], values)
    if fault.kind == "raised" and values["place"]:
        words += tr(" ({where})", where=in_function(values["place"]))
    if values.get("raised"):
        words = tr("{words}; {raised}", words=words, raised=message(values["raised"]))
    if values.get("later") == "first":
        words = tr("the first call is right, but the next one is not: {words}", words=words)
    elif values.get("later"):
        words = tr("this shows only after several other calls: {words}", words=words)
    if values.get("near"):
        words += tr(" Did you mean `{near}`?", near=values["near"])
    if values.get("loading"):
        words = tr("when its cell ran: ") + words
    return cleaned(words)


def _filled(sentence: str, values: Mapping[str, object]) -> str:
    """Fill a sentence; it has no colon at the end if the message is empty, in Chinese too."""
    words = tr(sentence, **values)
    return words if values.get("message", True) else words.rstrip(":： ")


def note(lost: FailedStatement) -> str:
    """Return the sentence for the student about a part of the file that could not be read."""
    message = tr(lost.message)
    if lost.kind == NOT_PERMITTED:
        message = tr("it needs Python {version}", version=lost.message.rpartition(":")[2])
    return cleaned(tr("{where} could not be read: {message}", where=where(lost), message=message))


def where(lost: FailedStatement) -> str:
    """Return a place in a submission.  A notebook shows no cell numbers, so it is the line itself there."""
    if lost.place == "file":
        return tr("line {line}", line=lost.line)
    return tr("the line `{code}`", code=lost.code[:100])


def in_function(place: str) -> str:
    """Return where an exception came from, by `loading.described`; a worker may report anything."""
    function, _, rest = place.partition(":")
    line, _, code = rest.partition(":")
    code = code.strip()[:100]
    if function.isidentifier():
        return tr(IN_FUNCTION, function=function, line=line, code=code)
    return tr("in a lambda: `{code}`", code=code) if function == "<lambda>" else tr("in `{code}`", code=code)


def comment(fault: Fault) -> str:
    """Return the outcome of a question as a line for a comment; it can contain the student's own text."""
    if fault.kind == "raised":
        return cleaned(_filled(N_("raises {error}: {message}"), fault.values))[:200]
    return cleaned(tr(SENTENCES[fault.kind], **fault.values))


def hint(check: Check, fault: Fault, is_explained: bool = False) -> str:
    """Return the hint for a fault; "" if the message says what it got, or what to do.

    is_explained: whether wrong parts explain an exception.
    """
    if fault.kind == "raised":
        return "" if is_explained else explained(fault.values["error"], fault.values["message"])
    if fault.kind in ("differs", "beyond"):
        sort, later = fault.values.get("sort", ""), fault.values.get("later")  # which no hint explains
        says_all = later or sort == KIND or re.search(r"\. [A-Z]|。.", str(fault.values.get("words", "")))
        return "" if says_all else tr(BY_SORT.get(sort, check.hint))
    return ""


def explained(error: str, message: str) -> str:
    """Return the explanation of an exception that students often meet; "" for any other."""
    raised = f"{error}: {message[:2000]}"
    for pattern, words in EXPLAINED.items():
        if match := re.match(pattern, raised, re.DOTALL):
            return tr(words, **match.groupdict())
    return ""


def inputs(exercise: Exercise, *cases: dict) -> str:
    """Return one case, or two in their order, as the student reads them: without the hidden inputs."""
    words = [
        ", ".join(f"{k} = {shown(v)}" for k, v in case.items() if k not in exercise.hidden_inputs)
        for case in cases
    ]
    return tr("{first}; then {second}", first=words[0], second=words[1]) if words[1:] else words[0]


def cleaned(words: str) -> str:
    """Return a message that is the same on every machine: no addresses or folders, a line or two at most."""
    words = re.sub(r"0x[0-9a-fA-F]{4,}", "0x…", words[:2000])
    words = re.sub(r"(?:/[\w.+~-]+){2,}/(?=[\w.+-])", "…/", words)
    words = re.sub(r"\s*\n\s*", " ", words).strip()
    words = "".join(c if c.isprintable() else "?" for c in words)
    return words if len(words) <= 400 else words[:399] + "…"
