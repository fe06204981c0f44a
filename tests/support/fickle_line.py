"""A line to a database server that misbehaves on demand: cut, silent, or losing one commit."""

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum, auto

_COMMIT = re.compile(rb"(?<!AUTO)COMMIT(?!TED)")


class Commit(Enum):
    """What becomes of the next commit that a client sends."""

    PASSES = auto()
    IS_LOST = auto()
    """It never arrives; the connection breaks."""

    LOSES_ITS_ANSWER = auto()
    """The server does it; the connection breaks before the client learns of it."""

    IS_HELD = auto()
    """It arrives when it is released; all else passes, also after its client has gone."""

    IS_LATE = auto()
    """The line falls silent with the commit in it; it arrives when the line speaks again."""


class FickleLine:
    """Passes bytes between clients and one port of loopback."""

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self.next_commit = Commit.PASSES
        self.connections = 0
        self._released = threading.Event()
        self._speaks = threading.Event()
        self._speaks.set()
        self._is_whole = True
        self._open: set[socket.socket] = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Break every connection and take no new one."""
        self._is_whole = False
        for end in list(self._open):
            _shut(end)

    def mend(self) -> None:
        """Take connections again."""
        self._is_whole = True

    def fall_silent(self) -> None:
        """Keep connections, take new ones, and let nothing through."""
        self._speaks.clear()

    def speak(self) -> None:
        """Let through what has gathered, and what comes."""
        self._speaks.set()

    def release(self) -> None:
        """Let a commit arrive that was held."""
        self._released.set()

    def close(self) -> None:
        """End for good."""
        self.release()
        self.speak()
        self.cut()
        _shut(self._listener)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if not self._is_whole:
                return
            with socket.create_connection(self._target) as server:
                self._open |= {client, server}
                back = threading.Thread(target=self._pass_back, args=(server, client), daemon=True)
                back.start()
                self._pass_on(client, server)
                _shut(server)
                back.join()
                self._open -= {client, server}

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while piece := client.recv(65536):
                fate = Commit.PASSES
                if _COMMIT.search(piece):
                    fate, self.next_commit = self.next_commit, Commit.PASSES
                if fate is Commit.IS_LOST:
                    _shut(client)
                    return
                if fate is Commit.LOSES_ITS_ANSWER:
                    self._open.discard(client)
                    client.shutdown(socket.SHUT_WR)
                if fate is Commit.IS_LATE:
                    self.fall_silent()
                if fate is Commit.IS_HELD:
                    self._released.wait()
                self._speaks.wait()
                server.sendall(piece)

    def _pass_back(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(65536):
                self._speaks.wait()
                client.sendall(piece)
        _shut(client)


def _shut(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextmanager
def fickle_line(target_port: int) -> Iterator[FickleLine]:
    """Keep a line until the block ends."""
    line = FickleLine(target_port)
    try:
        yield line
    finally:
        line.close()
