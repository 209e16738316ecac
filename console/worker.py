"""How gunicorn runs the console: `gunicorn --config python:console.worker "console.wsgi:application()"`."""

from __future__ import annotations

from gunicorn.workers.gthread import ThreadWorker

workers, threads = 2, 8
keepalive = 75  # seconds; a browser that thinks for a minute keeps its connection
control_socket_disable = True  # it would lie in the user's home
worker_class = "console.worker.Worker"


class Worker(ThreadWorker):
    """One that ends when it is asked to: gunicorn waits its whole patience for connections on which nothing is asked.

    It is then killed by whoever stops it, and what it would have put away is not put away.
    """

    def set_accept_enabled(self, enabled: bool | None) -> None:
        """Also let go of idle connections where this is the end; answers under way are finished."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for connection in self.keepalived_conns:
                connection.timeout = 0.0
            self.murder_keepalived()
