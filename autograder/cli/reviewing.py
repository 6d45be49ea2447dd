"""`review`: opens the page where an instructor decides, and writes the results when it is closed."""

from __future__ import annotations

import asyncio
import signal
import webbrowser
from pathlib import Path

from autograder.cli.stop import Stop
from autograder.cli.terminal import say
from autograder.languages import N_, plural

NO_TORNADO = N_("The review page needs tornado. Install it, or install the extra `nbgrader`, which has it.")


def serve(results: Path, port: int, browser: bool) -> int:
    """Serve the page until Ctrl-C or a signal.  Returns how many submissions still wait."""
    try:
        from autograder.reviewing import server
    except ModuleNotFoundError:
        raise Stop(NO_TORNADO) from None
    from autograder.reviewing.desk import Desk

    desk = Desk(results)

    def ready(address: str) -> None:
        say("Review at {address}. Press Ctrl-C here to finish.", address=address)
        if browser:
            webbrowser.open(address)

    async def until_stopped() -> None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        try:
            await server.serve(desk, ready, stop, port)
        except OSError as error:
            words = N_("Cannot open port {port} ({why}). Choose another with --port.")
            raise Stop(words, port=port, why=error.strerror or str(error)) from None

    asyncio.run(until_stopped())
    left = desk.finish()
    say(plural("1 submission still waits for you.", "{n} submissions still wait for you.", left))
    return left
