"""What a template process imports before its first fork, for students' code and our reader of it."""

READER = "autograder.sandbox.inside.reader"
PRELOAD = (
    READER,
    "IPython.core.inputtransformer2",  # read by the reader
    "IPython.display",  # imported by many students' notebooks
    "numpy",
    "torch.utils.data",
    "torch.nn.functional",
)
