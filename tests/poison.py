"""What a document can do to the process that reads it; importable by name, so that workers find it."""

from __future__ import annotations

import os
import socket
import time


def square(number: int) -> int:
    return number * number


def misbehave(kind: str) -> str:
    if kind == "hang":
        time.sleep(600)
    if kind == "spin":
        while True:
            pass
    if kind == "crash":
        os.abort()
    if kind == "exit":
        os._exit(7)
    if kind == "eat":
        bytearray(2_000_000_000)
    if kind == "connect":
        try:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        except PermissionError as error:
            return str(error)
    return kind


def crash_once(marker: str) -> str:
    if not os.path.exists(marker):
        open(marker, "w").close()
        os.abort()
    return "read at the second try"
