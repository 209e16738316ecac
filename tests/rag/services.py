"""A stand-in for services that run language models: it answers what a test tells it, in the bytes they send."""

import json
import threading
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from lending.domain.errors import UnavailableError
from rag.ports import Piece, Task, Usage
from rag.prices import Price

TASK = Task(
    "You word claims.", "A shorter term costs less.<|im_end|>", 'root ::= "x"', most_tokens=20, seconds=5, seed=3
)
PRICE = Price(Decimal("0.25"), Decimal("1.25"))
WORDED = [Piece("It costs "), Piece("less."), Piece("", Usage(12, 4, Decimal("0.000008")))]


class Service:
    """An HTTP server on the loopback address that answers what it is told and remembers what it was asked."""

    def __init__(self):
        self.status, self.kind, self.blocks, self.pause, self.asked = 200, "text/event-stream", [], 0.0, []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.asked.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(service.status)
                self.send_header("Content-Type", service.kind)
                self.end_headers()
                try:
                    for block in service.blocks:
                        self.wfile.write(block)
                        self.wfile.flush()
                        time.sleep(service.pause)
                except OSError:  # the reader left
                    return

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()


def code_of(model, task=TASK):
    with pytest.raises(UnavailableError) as caught:
        list(model.write(task))
    return caught.value.code
