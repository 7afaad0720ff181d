"""A small threaded HTTP/1.1 server for one WSGI callable, with lasting connections and answers that may break off."""

import io
import ipaddress
import socket
import socketserver
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import unquote, urlsplit

_LARGEST = 64_000_000


class Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    """Serves `app` on (host, port); port 0 takes a free one."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, app: Callable[..., Any], host: str, port: int, *, allow_other_hosts: bool = False) -> None:
        if not allow_other_hosts and not is_loopback(host):
            raise ValueError(f"{host} is not loopback; --allow-other-hosts lets the sandbox answer others")
        self.app = app
        self.allow_other_hosts = allow_other_hosts
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that went away is no error of ours; everything else is shown."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "octopia-sandbox"
    sys_version = ""
    timeout = 75
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        host = host_of(self.headers.get("Host", ""))
        # A page of the web that points its name at this machine must not reach the sandbox.
        if not self.server.allow_other_hosts and not is_loopback(host):
            self.send_error(403, "The sandbox answers on loopback only")
            return
        body = self._body()
        if body is None:
            self.send_error(413)
            return
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "REMOTE_ADDR": self.client_address[0],
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        for name, value in self.headers.items():
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        started: list[Any] = []
        try:
            content = b"".join(self.server.app(environ, lambda status, headers: started.extend((status, headers))))
        except ConnectionResetError:
            self.close_connection = True  # the answer is lost
            return
        status, headers = started
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        for name, value in headers:
            self.send_header(name, value)
        declared = int(dict(headers).get("Content-Length", 0))
        if declared != len(content):
            self.close_connection = True  # cut
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = do_HEAD = _serve

    def _body(self) -> bytes | None:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            parts, size = [], 0
            while length := int(self.rfile.readline(64).split(b";")[0].strip() or b"0", 16):
                size += length
                if size > _LARGEST:
                    return None
                parts.append(self.rfile.read(length))
                self.rfile.readline(8)
            self.rfile.readline(8)
            return b"".join(parts)
        length = int(self.headers.get("Content-Length") or 0)
        return None if length > _LARGEST else self.rfile.read(length)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the ledger says what happened."""


def host_of(header: str) -> str:
    """The host of a Host header, without port and brackets; "" when it is none."""
    try:
        return urlsplit(f"//{header}").hostname or ""
    except ValueError:
        return ""


def is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
