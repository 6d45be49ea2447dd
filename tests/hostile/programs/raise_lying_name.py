"""Raises exceptions that have the names of the judge's own."""
# expect: error


class Question(BaseException):
    pass


Question.__module__ = "autograder.authoring.proxy"


def attack(x):
    raise Question("earned=100")
