"""Sizes that depend on each other: `corr2d(X, K)`, the cross-correlation of X with a kernel K."""

from autograder import Exercise, tensors

corr2d = Exercise("corr2d")


@corr2d.answer
def right(X, K):
    windows = X.unfold(0, len(K), 1).unfold(1, K.shape[1], 1)
    return (windows * K).sum((2, 3))


corr2d.contract(
    given=tensors(X="h>=kh w>=kw", K="kh kw"),  # the kernel fits into X
    points={"value": 3, "inputs_unchanged": 1, "gradients": 1},
)
corr2d.mistake(
    "flips",
    "You flip the kernel: that is a convolution.",
    fails=["value", "inputs_unchanged", "gradients"],
).replace("windows * K", "windows * K.flip(0, 1)")
