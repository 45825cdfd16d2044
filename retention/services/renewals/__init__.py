"""Writes about renewals, one function per use case."""

from __future__ import annotations

from retention.services.renewals.opening import open_renewals
from retention.services.renewals.signals import refresh_signals

__all__ = ["open_renewals", "refresh_signals"]
