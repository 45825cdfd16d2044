"""How far a run is, visible while its own transaction is still open."""

from __future__ import annotations

import time

from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper

EVERY_SECONDS = 0.5


class Progress:
    """Writes through a connection of its own: the run's rows must not be locked by its own transaction."""

    def __init__(self) -> None:
        self._connection: BaseDatabaseWrapper | None = None
        self._last = 0.0

    def report(self, file_id: int, run_id: int, **columns: int) -> None:
        """At most twice a second; a report that finds the rows locked is left out."""
        moment = time.monotonic()
        if moment - self._last < EVERY_SECONDS:
            return
        self._last = moment
        if self._connection is None:
            self._connection = connection.copy()
        assignments = ", ".join(f'"{column}" = %s' for column in columns)
        with self._connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '50ms'")
            try:
                cursor.execute(
                    f"UPDATE interchange_importfile SET {assignments} WHERE id = %s", [*columns.values(), file_id]
                )
                cursor.execute("UPDATE interchange_importrun SET heartbeat_at = now() WHERE id = %s", [run_id])
            except OperationalError:
                return

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
