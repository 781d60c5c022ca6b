"""Looking after a server: found dead it is started, as often as that takes."""

import threading
from threading import Event
from typing import cast

import pytest

from db.embedded import EmbeddedPostgres
from db.embedded_watch import watched
from fund.errors import ConfigError


class Dead:
    """A server that is dead until it has been started three times; the first two fail."""

    def __init__(self) -> None:
        self.starts = 0
        self.is_running = False
        self.back = Event()

    def start(self) -> str:
        self.starts += 1
        if self.starts < 3:
            raise ConfigError("no room")
        self.is_running = True
        self.back.set()
        return ""


def test_a_start_that_fails_is_tried_again_and_said(caplog: pytest.LogCaptureFixture) -> None:
    server = Dead()
    with watched(cast(EmbeddedPostgres, server)):
        assert server.back.wait(30)
    assert server.starts == 3
    assert caplog.text.count("it could not be started: no room") == 2


def test_a_server_that_runs_is_left_alone_and_nobody_looks_after_the_end() -> None:
    server = Dead()
    server.is_running = True
    with watched(cast(EmbeddedPostgres, server)):
        pass
    assert server.starts == 0
    assert "database-watch" not in {thread.name for thread in threading.enumerate()}
