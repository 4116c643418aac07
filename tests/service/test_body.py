"""What was sent whole is carried out, also for a sender who has gone."""

import asyncio
import json
import socket
import time
from urllib.parse import urlsplit

import pytest
from starlette.types import Message, Receive, Scope, Send

from particlesnn.service import ServiceSettings
from particlesnn.service.body import BodyLimit
from tests.service.visitor import Visitor


class Sender:
    """Sends a body in pieces and hangs up; a server then tells of that alone, as uvicorn does."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = list(pieces)
        self.gone = False

    async def receive(self) -> Message:
        if self.gone:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": self.pieces.pop(0), "more_body": bool(self.pieces)}


def read_late(sender: Sender, announced: int) -> list[Message]:
    """Have an application look for the body only when the sender has gone."""
    read: list[Message] = []

    async def app(_scope: Scope, receive: Receive, _send: Send) -> None:
        sender.gone = True
        read.append(await receive())
        while read[-1].get("more_body", False):
            read.append(await receive())

    async def send(_message: Message) -> None:
        raise AssertionError("nobody is there")

    headers = [(b"content-length", str(announced).encode()), (b"content-type", b"application/json")]
    scope = {"type": "http", "path": "/api/scans/x/particles/edits", "headers": headers}
    asyncio.run(BodyLimit(app, ServiceSettings())(scope, sender.receive, send))
    return read


@pytest.mark.parametrize("pieces", [(b"{}",), (b"{", b"}"), (b"x" * 60_000,)])
def test_a_small_body_is_there_when_its_sender_has_gone(pieces: tuple[bytes, ...]) -> None:
    read = read_late(Sender(*pieces), sum(map(len, pieces)))
    assert b"".join(message["body"] for message in read) == b"".join(pieces)


def test_a_large_body_is_not_read_before_somebody_wants_it() -> None:
    sender = Sender(b"x" * 70_000)
    assert read_late(sender, 70_000) == [{"type": "http.disconnect"}]
    assert len(sender.pieces) == 1


def test_an_edit_is_saved_for_who_hangs_up_at_once(owner: Visitor) -> None:
    path = f"/scans/{owner.view()['scans'][0]['id']}/particles"
    address = urlsplit(owner.running.url)
    for number in range(10):
        before = owner.ask("GET", path)
        gone = before.json()["particles"][0]["id"]
        contour = [[2, 2], [8 + number, 2], [8, 8]]
        body = json.dumps({"edits": [{"do": "remove", "ids": [gone]}, {"do": "add", "contour": contour}]}).encode()
        head = {
            "Host": address.netloc,
            "Content-Type": "application/json",
            "Content-Length": len(body),
            "If-Match": before.headers["etag"],
            **owner.headers,
        }
        lines = [f"POST /api{path}/edits HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        with socket.create_connection((address.hostname, address.port)) as connection:
            connection.sendall("\r\n".join(lines).encode() + body)
        for _ in range(300):
            if (after := owner.ask("GET", path)).headers["etag"] != before.headers["etag"]:
                break
            time.sleep(0.1)
        assert gone not in [particle["id"] for particle in after.json()["particles"]]
