from __future__ import annotations

from pathlib import Path

from accounting_crm.servers import ensure_servers
from core.catalogue import compile_catalogues

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    compile_catalogues(ROOT, ["ru"])
    ensure_servers(testing=True)
