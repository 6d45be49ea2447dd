"""Tests whether verdicts are stable: judges an assignment's answers again and again, in other
orders.

    python tests/benchmarks/flakes.py linear_regression 100

Every fifth time uses another seed.  To test on busy cores, start `yes >/dev/null &` on each.
"""

import sys
from pathlib import Path
from random import Random

from autograder import exercises
from autograder.auditing import programs
from autograder.judging import cases, gate
from autograder.judging.judge import Judge
from autograder.settings import Settings

ANSWERS = 20
WRONG = 10
MUTANTS = 20
SHARE = 5


def some_of(judge, assignment):
    """Right and wrong answers, known mistakes, lazy answers and mutants, the same each time.

    And more wrong answers: a third of them hold one slip, whose line must be the same too.
    """
    found = programs.answers(judge, Path(__file__).parent.parent)
    for exercise in judge.exercises:
        found += [*programs.lazy(exercise), *programs.mistakes(exercise)]
        found += programs.mutants(
            judge, exercise, gate.reference(assignment), MUTANTS
        )
    wrong = [program for program in found if program.kind == "wrong"]
    some = Random(0).sample(found, min(ANSWERS, len(found)))
    some += Random(1).sample(wrong, min(WRONG, len(wrong)))
    return [*dict.fromkeys(some)]


def main(assignment, times):
    first = {}
    found = exercises.load(assignment)
    some = []
    differences = 0
    for number in range(times):
        seed = Settings().seed + (number if number % SHARE == 1 else 0)
        judge = Judge(
            found, cases.draw(assignment, found, seed), Settings(seed=seed)
        )
        some = some or some_of(judge, assignment)
        for program in Random(number).sample(some, len(some)):
            seen = {
                (result.exercise, result.check): (result.earned, result.slip)
                for result in judge.judge(program.submission).results
            }
            known = first.setdefault(program.text, seen)
            if other := [
                check for check in seen if seen[check] != known[check]
            ]:
                differences += 1
                print(
                    program.exercise,
                    program.name,
                    other,
                    "seed",
                    seed,
                    flush=True,
                )
        judge.close()
        print(
            f"{number + 1} of {times}: {differences} differences",
            file=sys.stderr,
        )
    return min(differences, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
