"""Mother of the sender processes that the proof kills: loaded once, forks a sender for each line on its input.

A fork costs milliseconds where a fresh interpreter costs a second. Not a test by itself.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from datetime import timedelta

import django


def main() -> None:
    django.setup()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    lease = timedelta(seconds=float(sys.argv[1]))
    for _line in sys.stdin:
        child = os.fork()
        if child == 0:
            send_until_killed(lease)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


def send_until_killed(lease: timedelta) -> None:
    from django.utils import timezone

    from gateways.delivery import Pace, deliver_due

    os.close(0)
    mother = os.getppid()
    while os.getppid() == mother:
        deliver_due(now=timezone.now(), pace=Pace(batch=20, claim_lease=lease, send_lease=lease, seconds=1))
        time.sleep(0.02)
    os._exit(0)


if __name__ == "__main__":
    main()
