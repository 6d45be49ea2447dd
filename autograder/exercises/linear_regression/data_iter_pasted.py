"""What is asked of `data_iter`, as lines for a student's notebook."""

from __future__ import annotations

from autograder.exercises.linear_regression.data_iter import data_iter, passes


@data_iter.paste(of=[passes])
def passes_as_lines(literal, replays, batch_size, features, labels, count, number, left=False, *rest):
    """The batches of each pass, which may have no end; of several, the inputs afterwards too.

    They are shuffled as the notebook shuffles: a check's seeds would change what comes after.
    """
    most = -(-len(features) // batch_size) + 2
    lines = [f"try_features = {literal(features)}", f"try_labels = {literal(labels)}"]
    call = f"data_iter({batch_size}, try_features, try_labels)"
    if left:
        lines.append(f"[*zip(range(1), {call})]")  # a pass that is left after its first batch
    batches = f"[batch for _, batch in zip(range({most}), {call})]"
    if count == 1:
        return [*lines, batches]
    return [*lines, *[f"print({batches})"] * count, "try_features, try_labels"]
