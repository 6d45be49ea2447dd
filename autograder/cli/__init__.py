"""`autograder ...`: the commands, what they print, and how they exit."""


def main() -> None:
    """The entry point."""
    from autograder.cli.app import run  # what is imported before takes no time

    run()
