from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from interchange.models import ImportIssue, ImportRun
from interchange.services import import_paths
from staff.enums import Role
from staff.models import User
from tests.factories import make_user

NOW = datetime(2026, 4, 15, 9, 0, tzinfo=UTC)

FILES = {
    "users": "username,name,email,roles,phone,timezone\nanna,Анна Ким,anna@c.test,am,,\n",
    "products": "code,name,category,complex,price,cost\nads,Реклама,Услуги,no,100,\nwool,Утеплитель,Материалы,yes,2 000,5\n",
    "clients": (
        "external_id,name,kind,inn,tier,industry,region,timezone,manager,parent_external_id,created_on\n"
        "c-2,Филиал,legal,,A,Стройка,Томск,Asia/Tomsk,anna,c-1,2025-02-01\n"
        "c-1,ООО «Север»,legal,7707083893,B,Стройка,Москва,,,,2025-01-01\n"
    ),
    "contacts": (
        "external_id,client_external_id,name,email,phones,greeting,address_form,is_primary\n"
        'p-1,c-1,Макс,max@e.test,+79130000001;8 913 000-00-00,"Привет, Макс!",ty,yes\n'
    ),
    "contracts": (
        "external_id,client_external_id,number,signed_on,starts_on,ends_on,amount,product_codes\n"
        "k-1,c-1,17/26,2025-01-01,2025-01-01,2025-12-31,120000,wool;ads\n"
    ),
    "orders": (
        "external_id,client_external_id,ordered_at,completed_at,status,amount,refunded_amount,refunded_on,product_codes,"
        "contract_external_id\n"
        "o-1,c-1,2026-02-01T00:30,2026-02-02T10:00:00+07:00,completed,500,100,2026-02-10,ads,k-1\n"
    ),
    "touches": (
        "external_id,client_external_id,kind,happened_at,user,minutes,outcome,note\n"
        't-1,c-1,follow_up,2026-03-05T12:00,anna,15,reached,"Доволен, ждёт отчёт"\n'
        "t-2,c-1,,2026-03-06T12:00,,,,\n"
    ),
    "stops": (
        "external_id,client_external_id,kind,stopped_on,reason,words,expected_end,outcome,ended_on\n"
        "z-1,c-1,,2025-03-01,budget,Денег нет,2025-04-01,resumed,2025-03-20\n"
        "z-2,c-1,frozen,2026-03-01,,,,,\n"
    ),
    "surveys": "external_id,client_external_id,scale,answered_at,score,comment\ns-1,c-1,csat10,2026-03-01T10:00,9,Хорошо\n",
}

Write = Callable[..., Path]
Load = Callable[..., ImportRun]


@pytest.fixture
def head(db: None) -> User:
    return make_user(Role.HEAD)


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_files(**files: str | bytes) -> Path:
        folder = tmp_path / f"in{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        for name, content in files.items():
            data = content if isinstance(content, bytes) else content.encode()
            (folder / f"{name}.csv").write_bytes(data)
        return folder

    return write_files


@pytest.fixture
def load(head: User, write: Write) -> Load:
    def load_files(*, dry_run: bool = False, all_or_nothing: bool = False, **files: str | bytes) -> ImportRun:
        folder = write(**files)
        return import_paths(paths=[folder], user=head, dry_run=dry_run, all_or_nothing=all_or_nothing, now=NOW)

    return load_files


def counts(run: ImportRun, kind: str) -> tuple[int, int, int, int]:
    """created, changed, unchanged, rejected"""
    file = run.files.get(kind=kind)
    return file.created, file.changed, file.unchanged, file.rejected


def issues(run: ImportRun) -> list[tuple[str, int | None, str, str]]:
    found = ImportIssue.objects.filter(file__run=run).order_by("file__position", "line", "column")
    return [(issue.kind, issue.line, issue.column, issue.reason) for issue in found]
