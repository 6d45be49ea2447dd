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

ANSWERS, WRONG, MUTANTS, SHARE = 20, 10, 20, 5


def some_of(judge: Judge, assignment: str) -> list[programs.Program]:
    """Right and wrong answers, known mistakes, lazy answers and mutants: the same ones each time.

    And more wrong answers, because a third of them hold one slip, whose line must be the same too.
    """
    tests = Path(__file__).parent.parent
    found = programs.answers(judge, tests)
    for exercise in judge.exercises:
        found += [*programs.lazy(exercise), *programs.mistakes(exercise)]
        found += programs.mutants(judge, exercise, gate.reference(assignment), MUTANTS)
    wrong = [one for one in found if one.sort == "wrong"]
    some = Random(0).sample(found, min(ANSWERS, len(found))) + Random(1).sample(
        wrong, min(WRONG, len(wrong))
    )
    return [*dict.fromkeys(some)]


def main(assignment: str, times: int) -> int:
    first: dict[str, dict[str, tuple]] = {}
    found, some, differences = exercises.load(assignment), [], 0
    for number in range(times):
        seed = Settings().seed + (number if number % SHARE == 1 else 0)
        judge = Judge(found, cases.draw(assignment, found, seed), Settings(seed=seed))
        some = some or some_of(judge, assignment)
        for program in Random(number).sample(some, len(some)):
            results = judge.judge(program.submission).results
            seen = {
                f"{one.exercise}.{one.check}": (one.earned, one.slip) for one in results
            }
            known = first.setdefault(program.text, seen)
            if other := [name for name in seen if seen[name] != known[name]]:
                differences += 1
                print(
                    f"{program.exercise}, {program.name}: {', '.join(other)}: seed {seed}",
                    flush=True,
                )
        judge.close()
        slips = sum(any(slip for _, slip in one.values()) for one in first.values())
        print(f"{slips} of {len(first)} hold one slip", file=sys.stderr)
        print(
            f"judged {number + 1} of {times} times: {differences} differences",
            file=sys.stderr,
        )
    return min(differences, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
