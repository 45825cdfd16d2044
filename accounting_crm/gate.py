"""Loading code needs no database: a process that was started early waits here until what it needs is there."""

from __future__ import annotations

import os
import sys

#: In the environment of a process whose standard input stays open until it may go on.
VARIABLE = "WAIT_UNTIL_TOLD"


def wait_until_told() -> None:
    if os.environ.pop(VARIABLE, ""):
        sys.stdin.buffer.read()
