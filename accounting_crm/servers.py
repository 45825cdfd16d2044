"""Which servers are ours to run, from the environment. No Django here: it is asked before Django starts."""

from __future__ import annotations

from pathlib import Path

from accounting_crm import env
from accounting_crm.embedded.holder import Wanted, acquire
from accounting_crm.embedded.installation import PROJECT, Installation


def var_dir(*, testing: bool = False) -> Path:
    """Tests keep their state beside that of the product, never in it."""
    base = Path(env.text("VAR_DIR") or PROJECT / "var").absolute()
    return base / "test" if testing else base


def wanted(*, fast: bool = False) -> Wanted:
    return Wanted(postgres=not env.text("DATABASE_URL"), valkey=not env.text("REDIS_URL"), fast=fast)


def ensure_servers(*, testing: bool = False) -> None:
    """Starts what is ours to run unless it runs; it stays at least as long as this process."""
    ours = wanted(fast=testing)
    if ours:
        acquire(Installation(var_dir(testing=testing)), ours)
