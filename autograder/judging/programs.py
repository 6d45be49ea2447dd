"""What an audit looks at: the reference, stubs, lazy answers, known mistakes, other styles, and mutants."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from autograder.authoring.exercise import Exercise, right_answers
from autograder.intake.submission import open_submission
from autograder.judging import gate
from autograder.judging.judge import Judge
from autograder.judging.mutants import mutants
from autograder.judging.verdicts import MISTAKE, Program

# What an answer gives that has not looked at the question.
LAZY = {
    "raises": "raise ValueError('no')",
    "passes": "pass",
    "returns_none": "return None",
    "returns_first": "return args[0]",
    "returns_second": "return args[1]",
    "returns_last": "return args[-1]",
    "zero": "return 0.0",
    "zeros": "return torch.zeros(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "ones": "return torch.ones(args[0].shape if hasattr(args[0], 'shape') else 1)",
    "zeros_of_second": "return torch.zeros(args[1].shape if hasattr(args[1], 'shape') else 1)",
    "empty_list": "return []",
    "a_pair": "return [(args[1], args[2])]",
    "nan": "return torch.full((1,), float('nan'))",
}
STYLES = 6  # other right answers that mutants of an exercise are made of


def known(exercises: Sequence[Exercise], folder: Path | None) -> Iterator[Program]:
    """All that somebody has called right or wrong.

    folder: with `right_answers/<assignment>/` and `wrong_answers/<assignment>/`, where there is one.
    """
    assignment = exercises[0].assignment
    reference, stub = gate.reference(assignment), gate.stub(assignment)
    right = right_answers(exercises)
    for exercise in exercises:
        own = assignment, exercise.name
        yield Program(*own, "right", "the reference", reference.text, reference.suffix)
        yield Program(*own, "wrong", "the stub", stub.text, stub.suffix)
        for name, body in LAZY.items():
            text = f"{right}def {exercise.function}(*args):\n    {body}\n"
            yield Program(*own, "wrong", f"lazy: {name}", text)
        for mistake in exercise.mistakes:
            yield Program(*own, "wrong", MISTAKE + mistake.name, right + mistake.source)
    for sort, path in _answers(folder, assignment):
        found = open_submission(path, path.name, file=path.name)
        first = found.text.partition("\n")[0]
        named = first.split(":")[1].strip() if sort == "wrong" and first.count(":") else ""
        for exercise in exercises:
            if sort == "right" or exercise.name == named:
                yield Program(assignment, exercise.name, sort, path.name, found.text, found.suffix)


def _answers(folder: Path | None, assignment: str) -> list[tuple[str, Path]]:
    """right or wrong, and a file; sorted."""
    if folder is None:
        return []
    return [
        (sort, path)
        for sort in ("right", "wrong")
        for path in sorted((folder / f"{sort}_answers" / assignment).glob("*"))
        if path.suffix in (".py", ".ipynb")
    ]


def mutated(judge: Judge, exercise: Exercise, count: int, folder: Path | None) -> list[Program]:
    """`count` mutants of an exercise, or all there are: half of the reference, half of other right answers.

    The same ones each time, as long as the sources stay.
    """
    if exercise.function != exercise.name:
        return []  # it has no function of its own
    sources = [gate.reference(exercise.assignment)]
    paths = [path for sort, path in _answers(folder, exercise.assignment) if sort == "right"]
    for path in Random(exercise.name).sample(paths, min(STYLES, len(paths))):
        sources.append(open_submission(path, path.name, file=path.name))
    chosen: dict[str, Program] = {}
    own, other = [], []
    for source in sources:
        parsed, _ = judge.parse(source)
        numbers = sorted({n for function in judge.functions for n in parsed.needs.get(function, ())})
        text = "\n".join(parsed.statements[n].source for n in numbers)
        try:
            found = mutants(text, exercise.function)
        except (ValueError, SyntaxError):
            continue  # a class, a lambda or an alias: no function to change
        origin = "the reference" if source is sources[0] else source.id
        names = exercise.assignment, exercise.name, "mutant", origin
        made = [(Program(*names, m.source, ".py", m.operator, m.words), m) for m in found]
        (own if source is sources[0] else other).extend(made)
    for pairs in (own, other):
        pairs.sort(key=lambda pair: pair[0].id)
        Random(0).shuffle(pairs)
    for program, mutant in own[: max(count - len(other), (count + 1) // 2)] + other:
        if len(chosen) < count and program.id not in chosen:
            chosen[program.id] = dataclasses.replace(program, diff=mutant.diff)
    return [*chosen.values()]
