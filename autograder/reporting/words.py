"""The sentences about a report that its text, its page and the tables of a class share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from autograder.errors import N_
from autograder.languages import tr
from autograder.reporting.causes import is_blank, is_unwritten, lost_checks, names_of
from autograder.results import BY_HAND, UNKNOWN, WRITTEN, Decision, Outcome, Report, Result

# What happened, before the message of a check.
LEADS = {
    Outcome.TIMEOUT: N_("your code ran out of time: "),
    Outcome.CRASHED: N_("your code ended the program: "),
    Outcome.GRADER_ERROR: N_("The grader failed, and you lose no points. Your instructor will review this: "),
}
REVIEW_WAITS = N_("Your instructor still has to review this submission.")
IN_VAIN = N_("Regrading failed; the earlier result counts. {why}")
PENDING = N_("Not graded yet, because the run was stopped.")
DECIDE = N_("Decide in {file}, or ask for other files. Then run the same command again.")


def who(id: str, name: str) -> str:
    """A student's name and id for people."""
    return f"{name} ({id})" if name else id


def points(number: float) -> str:
    """A number of points as a person writes it: 2, or 1.5."""
    return f"{number:g}"


def because(comment: str) -> str:
    """A comment, with the punctuation after what it explains."""
    return tr(": ") + comment if comment else ""


def headline(who: str, earned: float, worth: float, unread: float = 0) -> str:
    """A student and the points.  unread: the points of answers that nobody has read yet."""
    title = tr(
        "{who}: {earned} of {worth} points", who=who, earned=points(earned), worth=points(worth - unread)
    )
    so_far = N_("{title} so far (answer not read yet: up to {more} more)")
    return tr(so_far, title=title, more=points(unread)) if unread else title


def headline_of(report: Report, who: str) -> str:
    """The student and the points, as far as they are known."""
    if report.is_excused:
        return tr("{who}: excused", who=who)
    if report.needs_a_person:
        return tr("{who}: not graded yet", who=who)
    unread = sum(r.points for r in report.results if r.exercise in report.unread)
    return headline(who, report.score, report.max_score, unread)


def exercise_title(results: Sequence[Result]) -> str:
    """An exercise's name and points, as far as they are known."""
    name, worth = results[0].exercise, sum(r.points for r in results)
    if results[0].outcome is Outcome.NOT_READ:
        return tr("{exercise}: answer not read yet", exercise=name)
    title = N_("{exercise}: {earned} of {worth} points")
    return tr(title, exercise=name, earned=earned(*results), worth=points(worth))


def title(result: Result) -> str:
    """What a result is about."""
    if result.check == BY_HAND:
        return tr("points from your instructor") if result.earned else tr("a comment from your instructor")
    return result.title


def verdict(result: Result) -> str:
    """Its mark: passed, failed, not_judged or decided."""
    if result.is_earned:
        return "passed"
    if result.outcome in UNKNOWN:
        return "not_judged"
    return "decided" if result.outcome is Outcome.DECIDED else "failed"


def part(result: Result) -> str:
    """What a result earned of its points; points that an instructor added have no maximum."""
    if result.check == BY_HAND:
        return f"{result.earned:+g}" if result.earned else ""
    return f"{earned(result)}/{points(result.points)}"


def earned(*results: Result) -> str:
    """What these earned together; ? if one of them waits for a person."""
    waits = any(result.outcome in UNKNOWN for result in results)
    return "?" if waits else points(sum(result.earned for result in results))


def reason(result: Result) -> str:
    """What happened, in a sentence."""
    if result.cause.startswith("not_permitted") or result.check == BY_HAND:  # its message says it all
        return result.message
    if result.outcome is Outcome.DECIDED:
        return tr("your instructor graded this{why}", why=because(result.message))
    if result.cause == "unread":  # it is unclear what was submitted, which is not the grader's fault either
        return tr("This submission needs review before it gets points. ") + result.message
    return tr(LEADS.get(result.outcome, "")) + result.message


def only_reason(report: Report) -> str:
    """Why nothing was judged, in a sentence; "" if something was."""
    judged = [result for result in report.results if result.check != WRITTEN]
    is_ours = all(r.outcome is Outcome.GRADER_ERROR for r in judged)
    if is_ours and report.of_all is not None:
        return of_all(report)
    is_one = is_ours and len({r.message for r in judged}) == 1
    return reason(judged[0]) if is_one or (is_blank(report) and not report.decisions) else ""


def lead(report: Report) -> str:
    """What to do first, in a sentence or two."""
    if only := only_reason(report):
        return only
    lost: dict[str, list[Result]] = {}
    for result in lost_checks(report):
        lost.setdefault(result.exercise, []).append(result)
    follows = [name for name in lost if report.follows.get(name)]
    own = [name for name in lost if name not in follows and lost[name][0].check != WRITTEN]
    waits = [r for r in report.results if r.outcome is Outcome.GRADER_ERROR]
    if waits and not own:
        return reason(waits[0]) if report.needs_a_person else ""
    if not lost and report.unread:
        names = ", ".join(report.unread)
        return tr("Your instructor still has to grade your written answers: {names}.", names=names)
    if not lost:  # where points are missing, a person says why
        return tr("All checks passed. Nothing to fix.") if report.score >= report.max_score else ""
    if not own:  # answers in words come after functions
        answer = tr("Answer the question {names}.", names=names_of(lost))
        return rests_on(report, follows[0]) if follows else answer
    write = [name for name in own if all(map(is_unwritten, lost[name]))]
    fix, unwritten = names_of(name for name in own if name not in write), names_of(write)
    both = N_("Fix {names} and write {unwritten} first.") if write else N_("Fix {names} first.")
    sentence = both if fix else N_("Write {unwritten} first.")
    also = tr(" That should also fix {rest}.", rest=names_of(follows)) if follows else ""
    return tr(sentence, names=fix, unwritten=unwritten) + also


def rests_on(report: Report, name: str) -> str:
    """The sentence of an exercise that runs the student's own functions, if they lost points."""
    lost = {result.exercise for result in lost_checks(report)}
    parts = report.follows.get(name, ()) if name in lost else ()
    decided = {one.exercise for one in report.decisions if one.points is not None}
    if decided.intersection(parts) and lost.isdisjoint(parts):
        counted = N_("`{name}` still fails because of {parts}, which your instructor counted as right.")
        return tr(counted, name=name, parts=names_of(filter(decided.__contains__, parts)))
    own = N_("This runs your own {parts}. Fix that first, then look here again.")
    return tr(own, parts=names_of(filter(lost.__contains__, parts))) if parts else ""


def not_read(question: str) -> str:
    """The note that an answer is not read yet."""
    return tr("answer not read yet ({question})", question=question)


def of_all(report: Report) -> str:
    """The instructor's decision or comment on the whole submission, or ""."""
    return "; ".join(decision(report, one) for one in report.decisions if not one.exercise)


def decisions(report: Report) -> str:
    """All decisions on a submission."""
    return "; ".join(decision(report, one) for one in report.decisions)


def decision(report: Report, one: Decision) -> str:
    """A decision of the instructor, and why."""
    why = because(one.comment)
    if one.is_excused:
        return tr("excused{why}", why=why)
    given = "" if one.points is None else points(one.points)
    if not one.exercise and given:
        by_hand = N_("your instructor gave {given} of {worth} points{why}")
        return tr(by_hand, given=given, worth=points(report.max_score), why=why)
    if not one.exercise:
        return one.comment
    key = one.exercise, one.check
    named = next((r.title for r in report.results if (r.exercise, r.check) == key and r.check != WRITTEN), "")
    return (f"{one.exercise} ({named})" if named else one.exercise) + because(given) + why


def review(report: Report) -> str:
    """Why it needs review, with the exercises if it is not all of them; "" if it does not."""
    ours = {r.exercise: "" for r in report.results if r.outcome is Outcome.GRADER_ERROR}
    is_all = not {r.exercise for r in report.results} - ours.keys()
    where = "" if is_all or not report.reason else ", ".join(ours) + tr(": ")
    return regrading_failed(report) or where + report.reason


def regrading_failed(report: Report) -> str:
    """Why a later grading failed, from its flag; "" if none failed, or the instructor decided."""
    flags, lead = report.flags if report.of_all is None else (), tr(IN_VAIN, why="")
    return next((flag.removeprefix(lead) for flag in flags if flag.startswith(lead)), "")


def late(flags: Iterable[str]) -> str:
    """The flag with how late it was submitted, or ""."""
    return tr(next((flag for flag in flags if re.match(r"late\b", flag)), ""))
