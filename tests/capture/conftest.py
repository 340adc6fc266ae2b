"""A serial port played by a pseudo-terminal."""

from __future__ import annotations

import os
import tty

import pytest
import serial


@pytest.fixture
def sensor(monkeypatch):
    """Return a function that takes what a sensor sends once its port is open, and gives the port's name."""
    ends, waiting = [], {}
    whole = serial.Serial

    def opened(port, *arguments, **options):
        found = whole(port, *arguments, **options)  # opening throws away what came before
        if port in waiting:
            os.write(*waiting.pop(port))
        return found

    def send(text):
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        ends.extend((ours, theirs))
        waiting[os.ttyname(theirs)] = ours, text.encode("latin-1")
        return os.ttyname(theirs)

    monkeypatch.setattr(serial, "Serial", opened)
    yield send
    for end in ends:
        os.close(end)
