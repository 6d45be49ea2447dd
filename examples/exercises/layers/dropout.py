"""A random function: `dropout(X, p)`, X with each number 0 with probability p, and the others
scaled.
"""

import torch
from hypothesis import strategies as st

from autograder import Exercise, expect, tensors

from . import probes

dropout = Exercise("dropout")


@dropout.answer
def right(X, p):
    if p == 1:
        return torch.zeros_like(X)
    return X * (torch.rand(X.shape) >= p) / (1 - p)


@dropout.check(
    points=1,
    given=tensors(X="n d", also={"p": st.sampled_from([0.0, 1.0])}),
)
def keeps_all_or_nothing(dropout, X, p):
    """gives X for p = 0, and zeros for p = 1"""
    expect.close(dropout(X, p), X * (1 - p))


def numbers(answers):
    """What is the same for all who make a mistake: the numbers that occur, but not their places."""
    return [
        sorted(set(answer.flatten().tolist()))
        for each in answers
        for answer in each
    ]


@dropout.check(
    points=2,
    given=st.fixed_dictionaries({"p": st.sampled_from([0.25, 0.5, 0.75])}),
    fingerprint=numbers,
)
def scales_what_it_keeps(dropout, p):
    """gives 0 or x / (1 - p) for each number x, and 0 with probability p"""
    got = dropout(torch.ones(200, 200), p)
    expect.close(
        got, torch.where(got == 0, got, 1 / (1 - p)), "what is kept of ones"
    )
    share = float(
        (got == 0).float().mean()
    )  # of 40,000: within 0.02 of p, eight standard deviations
    expect.that(
        abs(share - p) < 0.02,
        "{share} of the numbers are 0, where p is {p}",
        share=share,
        p=p,
    )


two_calls = dropout.probe(probes.two_calls, reply=[torch.Tensor])


@dropout.check(points=1)
def draws_anew(dropout):
    """draws another mask in each call"""
    first, second = two_calls(
        dropout, torch.ones(100), 0.5
    )  # alike once in 2^100
    expect.that(
        not (first == 0).equal(second == 0), "two calls have the same zeros"
    )


dropout.mistake(
    "does_not_scale",
    "You do not divide what is kept by 1 - p.",
    fails=["scales_what_it_keeps"],
).replace(" / (1 - p)", "")
