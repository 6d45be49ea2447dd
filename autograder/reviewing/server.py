"""Serves the review page to one browser on this machine: localhost, a token, and a strict content policy."""

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler

from autograder.reporting import pages, review
from autograder.reporting.view import View
from autograder.reviewing.desk import Desk

HOST = "127.0.0.1"
MAX_BODY = 1 << 20  # bytes of a decision: 10,000 ids and a comment
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "frame-ancestors 'none'",  # a page's own policy cannot say this
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",  # the address has the token
    "X-Content-Type-Options": "nosniff",
}


class _Handler(RequestHandler):
    def initialize(self, desk: Desk, token: str, hosts: set[str]) -> None:
        self.desk, self.token, self.hosts = desk, token, hosts

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Raise HTTPError unless the request has the token, and names this machine."""
        given = self.request.headers.get("X-Token", "") or self.get_query_argument("token", "")
        is_ours = hmac.compare_digest(given.encode(), self.token.encode())
        if not is_ours or self.request.host not in self.hosts:  # another name may be another site's
            raise HTTPError(403)


class _Page(_Handler):
    def get(self) -> None:
        problem = self.desk.refresh(list(self.desk.reports))
        form = {"script": "review.js", "connect": "'self'", "token": self.token}
        styles = "base.css", "page.css", "review.css"
        self.finish(pages.whole_page("review.html", styles=styles, **form, desk=self.desk, problem=problem))


class _Student(_Handler):
    def get(self) -> None:
        report = self.desk.reports.get(self.get_query_argument("id"))
        if report is None:
            raise HTTPError(404)
        self.finish(pages.render("review_student.html", view=View(report)))


class _Decision(_Handler):
    def post(self) -> None:
        try:
            asked = json.loads(self.request.body)
            ids, exercise = [str(id) for id in asked["ids"]], str(asked["exercise"])
            values = {title: str(asked[title]) for title in review.OWN if asked.get(title)}
            problem = self.desk.decide(ids, exercise, values)
        except (ValueError, KeyError, TypeError):
            raise HTTPError(400) from None
        except OSError as error:
            problem = str(error.strerror or error)
        self.finish({"problem": problem, "comments": self.desk.comments()})


async def serve(desk: Desk, ready: Callable[[str], None], stop: asyncio.Event, port: int = 0) -> None:
    """Serve the page until `stop` is set.  ready: called with the address.  port: 0 takes a free one."""
    token, hosts = secrets.token_urlsafe(32), set[str]()
    shared = {"desk": desk, "token": token, "hosts": hosts}
    routes = [("/", _Page, shared), ("/student", _Student, shared), ("/decide", _Decision, shared)]
    sockets = bind_sockets(port, HOST)
    port = sockets[0].getsockname()[1]
    hosts |= {f"{HOST}:{port}", f"localhost:{port}"}
    server = HTTPServer(Application(routes, log_function=lambda handler: None), max_body_size=MAX_BODY)
    server.add_sockets(sockets)
    ready(f"http://{HOST}:{port}/?token={token}")
    await stop.wait()
    server.stop()
    await server.close_all_connections()
