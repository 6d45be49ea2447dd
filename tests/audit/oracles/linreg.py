"""The oracle for linear models, written from the stub's docstring, not from the checks."""

from hypothesis import strategies as st
from oracle import oracle, varied

from autograder.authoring import expect
from autograder.exercises.linear_regression.linreg import linreg

SIZES = [  # many examples, or many features; both at once would be more than a worker may answer
    {"n": (1, 2, 3, 9, 64), "d": (1, 2, 3, 10)},
    {"n": (1500,), "d": (1, 2, 7)},
    {"n": (1, 5), "d": (300,)},
]
DRAWN = [
    varied(X="n d", w="d 1", b="1", cotangent="n 1", sizes=sizes)
    for sizes in SIZES
]


@oracle(linreg, given=st.one_of(*DRAWN), cases=150)
def is_the_model(linreg, X, w, b, cotangent):
    """is X w + b of shape (n, 1), in the dtype given, with its gradients; X, w and b stay as
    they are
    """
    got, dtype = (
        linreg.gradients(X, w, b, of=[1, 2], cotangent=cotangent),
        X.dtype,
    )
    x, c = X.double(), cotangent.double()
    terms = float((X.abs() @ w.abs() + b.abs()).max())
    expect.close(
        got.value, (x @ w.double() + b.double()).to(dtype), terms=terms
    )
    expect.unchanged(got.inputs[0], X, "X")
    expect.unchanged(got.inputs[1], w, "w")
    expect.unchanged(got.inputs[2], b, "b")
    expect.gradient(
        got.grads[0],
        (x.T @ c).to(dtype),
        "w",
        terms=float((x.abs().T @ c.abs()).max()),
    )
    expect.gradient(
        got.grads[1], c.sum(0).to(dtype), "b", terms=float(c.abs().sum())
    )
