"""`review`: a page on this machine where a person decides what waits.  Also declares `export`."""

import asyncio
import signal
import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import exporting
from autograder.cli.app import app, settings_of
from autograder.cli.terminal import Stop, say
from autograder.languages import N_, plural


@app.command()
def review(
    results: Annotated[Path | None, typer.Argument(help="A results folder, or its results.json.")] = None,
    course: Annotated[Path | None, typer.Option(help="Instead of RESULTS: an nbgrader course.")] = None,
    assignment: Annotated[str, typer.Option(help="With --course: by default, the only one graded.")] = "",
    port: Annotated[int, typer.Option(help="The port on this machine; by default, a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Decide what waits for you on a page on this machine: answers in words, files, and any points.

    The decisions are in RESULTS/review.csv, which a spreadsheet can edit in turn; of a course, in nbgrader's
    gradebook, in turn with formgrader. Ctrl-C writes the results. Exit 1: some submissions still wait.
    """
    if (results is None) == (course is None):
        raise Stop("Name a results folder, or a course with --course. Not both.")
    from autograder.reviewing import server  # with asyncio and tornado, which no other command needs
    from autograder.reviewing.desk import Desk

    def ready(address: str) -> None:
        say("Review at {address}. Press Ctrl-C here to finish.", address=address)
        if browser:
            webbrowser.open(address)

    async def until_stopped(desk: Desk) -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        await server.serve(desk, ready, stop, port)

    with ExitStack() as stack:
        manual_grades = None
        if course is not None:
            settings_of(course, is_named=True)
            from autograder.nbgrader_bridge.course import decisions_of

            results, manual_grades = stack.enter_context(decisions_of(course, assignment))
        desk = Desk(results or Path(), manual_grades)
        try:
            asyncio.run(until_stopped(desk))
        except OSError as error:
            words = N_("Cannot open port {port} ({why}). Choose another with --port.")
            raise Stop(words, port=port, why=error.strerror or str(error)) from None
        left = desk.finish()
    say(plural("1 submission still waits for you.", "{n} submissions still wait for you.", left))
    if again := len(desk.chosen):
        say(plural("You chose 1 file. Now grade again.", "You chose {n} files. Now grade again.", again))
    raise typer.Exit(1 if left or again else 0)


app.command()(exporting.export)  # it imports no `app`, and so no exercise
