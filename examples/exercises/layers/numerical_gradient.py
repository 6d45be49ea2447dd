"""A function that takes a function: `numerical_gradient(f, x, h)`, (f(x + h) - f(x - h)) / 2 h."""

from hypothesis import strategies as st

from autograder import Exercise, tensors

from . import probes

numerical_gradient = Exercise("numerical_gradient")


@numerical_gradient.answer
def right(f, x, h):
    return (f(x + h) - f(x - h)) / (2 * h)


numerical_gradient.contract(
    given=tensors(x="n", also={"h": st.sampled_from([0.25, 0.5, 1.0])}),
    points={"value": 2, "float64": 1},
    up_to=8,
    use=numerical_gradient.probe(probes.of_a_polynomial),
)
numerical_gradient.mistake(
    "divides_by_h",
    "You divide by h: x + h and x - h are 2 h apart.",
    fails=["value", "float64"],
).replace("(2 * h)", "h")
