"""Self-checks of an assignment beside the kit's own."""

from hypothesis import strategies as st
from selfcheck import Wrong, entry_points, visible


@visible(st.fixed_dictionaries({"x": st.integers(-4, 4).map(float)}))
def is_that_of_a_square(slope, x):
    """gives 2x for x²"""
    got = slope(lambda x: x * x, x)
    if abs(got - 2 * x) > 1e-4:
        raise Wrong(f"expected {2 * x}, got {got}")


@visible(st.fixed_dictionaries({"x": st.integers(-4, 4).map(float)}))
def goes_down(train, x):
    """goes down"""
    got = train(x, 0.25, 3)
    if abs(got - x / 8) > 1e-4:
        raise Wrong(f"expected {x / 8}, got {got}")


PROPERTIES = {"slope": [is_that_of_a_square], "train": [goes_down]}

check, tests = entry_points(__file__, PROPERTIES)
globals().update(tests)
