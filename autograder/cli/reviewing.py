"""`review`: a page on this machine where a person decides what waits.  Also declares `export`."""

import asyncio
import signal
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from autograder.cli import exporting
from autograder.cli.app import app
from autograder.cli.terminal import Stop, say
from autograder.languages import N_, plural


@app.command()
def review(
    results: Annotated[Path, typer.Argument(help="A results folder, or its results.json.")],
    port: Annotated[int, typer.Option(help="The port on this machine; by default, a free one.")] = 0,
    browser: Annotated[bool, typer.Option(help="Open the page in a browser.")] = True,
) -> None:
    """Decide what waits for you on a page on this machine: answers in words, files, and any points.

    The decisions are in RESULTS/review.csv, which a spreadsheet can edit in turn. Ctrl-C writes the results. Exit 1: some submissions still wait.
    """
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

    desk = Desk(results)
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
