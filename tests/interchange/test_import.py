from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clients.models import Assignment, Client, Contact, Contract, Order, Product
from core.errors import DomainError
from feedback.models import SurveyResponse
from interchange import runs
from interchange.enums import ImportState
from interchange.models import ImportRun
from interchange.services import find_files
from interchange.upserts import upsert
from staff.models import User
from tests.core.test_deadlocks import lose_deadlock
from tests.interchange.conftest import FILES, NOW, Load, Write, counts, issues

pytestmark = pytest.mark.django_db


def test_whole_department_moves_in(load: Load, head: User) -> None:
    run = load(**FILES)

    assert run.state == ImportState.DONE
    assert issues(run) == []
    anna = User.objects.get(username="anna")
    assert (anna.is_active, anna.roles, anna.has_usable_password()) == (False, ["am"], False)
    branch = Client.objects.get(external_id="c-2")
    assert branch.parent == Client.objects.get(external_id="c-1")
    assert (branch.tier, str(branch.industry), str(branch.region), branch.timezone) == (
        "A",
        "Стройка",
        "Томск",
        "Asia/Tomsk",
    )
    owners = Assignment.objects.order_by("client__external_id").values_list("user", "to_distribute")
    assert list(owners) == [(head.pk, True), (anna.pk, False)]
    contact = Contact.objects.get(external_id="p-1")
    assert [phone.number for phone in contact.phones.all()] == ["+79130000001", "+79130000000"]
    contract = Contract.objects.get(external_id="k-1")
    assert sorted(product.code for product in contract.products.all()) == ["ads", "wool"]
    order = Order.objects.get(external_id="o-1")
    assert (order.contract, order.net, [product.code for product in order.products.all()]) == (contract, 400, ["ads"])
    assert SurveyResponse.objects.get().score == 9


def test_importing_again_changes_nothing(load: Load) -> None:
    load(**FILES)

    run = load(**FILES)

    assert {counts(run, kind)[:2] for kind in FILES} == {(0, 0)}
    assert set(Client.objects.values_list("version", flat=True)) == {1}


def test_row_with_a_known_key_is_updated(load: Load) -> None:
    load(**FILES)

    run = load(products="code,name\nads,Новая реклама\n")

    assert counts(run, "products") == (0, 1, 0, 0)
    product = Product.objects.get(code="ads")
    assert (product.name, str(product.price), product.version) == ("Новая реклама", "100.00", 2)


def test_emptied_cell_empties_the_value(load: Load) -> None:
    load(**FILES)

    load(products="code,name,price\nads,Реклама,\n")

    assert Product.objects.get(code="ads").price is None


def test_changed_links_alone_count_as_a_change(load: Load) -> None:
    load(**FILES)

    run = load(
        contacts="external_id,client_external_id,name,phones\np-1,c-1,Макс,+79130000009\n",
        contracts=FILES["contracts"].replace("wool;ads", "ads"),
    )

    assert (counts(run, "contacts"), counts(run, "contracts")) == ((0, 1, 0, 0), (0, 1, 0, 0))
    assert [phone.number for phone in Contact.objects.get().phones.all()] == ["+79130000009"]
    assert [product.code for product in Contract.objects.get().products.all()] == ["ads"]


def test_new_manager_takes_over(load: Load, head: User) -> None:
    load(**FILES)

    load(clients="external_id,name,manager\nc-1,ООО «Север»,anna\n")

    history = Assignment.objects.filter(client__external_id="c-1").order_by("id")
    assert [(row.user.username, row.ended_at is None) for row in history] == [(head.username, False), ("anna", True)]


def test_client_without_manager_column_keeps_its_owner(load: Load) -> None:
    load(**FILES)

    load(clients="external_id,name\nc-2,Филиал Томск\n")

    assert Assignment.objects.get(client__external_id="c-2").user.username == "anna"


def test_new_main_contact_takes_the_place_of_the_old(load: Load) -> None:
    load(**FILES)

    load(contacts="external_id,client_external_id,name,is_primary\np-2,c-1,Оля,yes\n")

    assert list(Contact.objects.filter(is_primary=True).values_list("external_id", flat=True)) == ["p-2"]


@pytest.mark.parametrize(
    ("kind", "row", "column"),
    [
        ("users", "anna2,Анна,BOSS@c.test,am,,", "email"),
        ("users", "BOSS,Анна,,am,,", "username"),
        ("users", "ivan,Иван,,boss,,", "roles"),
        ("users", "ivan,,,am,,", "name"),
        ("products", "x,Имя,,maybe,,", "complex"),
        ("clients", "c-9,Имя,legal,7707083894,B,,,,,,", "inn"),
        ("clients", "c-9,Имя,legal,500100732259,B,,,,,,", "inn"),
        ("clients", "c-9,Имя,entrepreneur,7707083893,B,,,,,,", "inn"),
        ("clients", "c-9,Имя,legal,,B,,,,nobody,,", "manager"),
        ("clients", "c-9,Имя,legal,,B,,,,,c-9,", "parent_external_id"),
        ("clients", "c-9,Имя,legal,,B,,,,,c-77,", "parent_external_id"),
        ("contacts", "p-9,c-77,Имя,,,,,", "client_external_id"),
        ("contacts", "p-9,c-1,Имя,,12,,,", "phones"),
        ("contracts", "k-9,c-1,1,2025-01-01,2025-01-01,2024-12-31,1,", "ends_on"),
        ("contracts", "k-9,c-1,1,2025-01-01,2025-01-01,,1,nope", "product_codes"),
        ("orders", "o-9,c-1,2026-02-01,,new,5,6,,,", "refunded_amount"),
        ("orders", "o-9,c-2,2026-02-01,,new,5,,,,k-1", "contract_external_id"),
        ("orders", "o-9,c-1,2026-02-01,,lost,5,,,,", "status"),
        ("surveys", "s-9,c-1,csat5,2026-03-01,9,", "score"),
    ],
)
def test_bad_row_is_rejected_at_its_column_and_the_rest_goes_in(load: Load, kind: str, row: str, column: str) -> None:
    load(**{**FILES, "users": FILES["users"] + "boss,Босс,boss@c.test,head,,\n"})
    lines = FILES[kind].splitlines()

    run = load(**{kind: f"{lines[0]}\n{row}\n{lines[1]}\n"})

    assert [(line, where) for what, line, where, _reason in issues(run) if what == "rejected"] == [(2, column)]
    assert counts(run, kind) == (0, 0, 1, 1)


def test_numbers_fit_the_kind_of_client_where_the_file_names_one(load: Load) -> None:
    """An entrepreneur has no КПП; without a kind the client keeps his own, and no length is wrong."""
    run = load(
        clients="external_id,name,kind,inn,kpp\n"
        "c-1,Юрлицо,legal,7707083893,770701001\n"
        "c-2,ИП,entrepreneur,500100732259,770701001\n"
        "c-3,Человек,person,500100732259,\n"
        "c-4,Кто это,,500100732259,\n"
    )
    assert [(line, where) for what, line, where, _reason in issues(run) if what == "rejected"] == [(3, "kpp")]
    assert list(Client.objects.order_by("external_id").values_list("external_id", flat=True)) == ["c-1", "c-3", "c-4"]


def test_terminated_before_the_start_is_rejected(load: Load) -> None:
    load(**FILES)

    run = load(
        contracts="external_id,client_external_id,signed_on,starts_on,amount,terminated_on\n"
        "k-9,c-1,2025-01-01,2025-01-01,1,2024-01-01\n"
    )

    assert [issue[2] for issue in issues(run)] == ["terminated_on"]


def test_key_that_stands_twice_counts_once(load: Load) -> None:
    run = load(products="code,name\na,Первый\nb,Другой\na,Второй\n")

    assert [(line, column) for _what, line, column, _reason in issues(run)] == [(4, "code")]
    assert Product.objects.get(code="a").name == "Первый"


def test_second_main_contact_of_a_file_is_rejected(load: Load) -> None:
    load(**FILES)

    run = load(contacts="external_id,client_external_id,name,is_primary\np-2,c-2,А,yes\np-3,c-2,Б,yes\n")

    assert [(line, column) for _what, line, column, _reason in issues(run)] == [(3, "is_primary")]


def test_parents_in_a_circle_are_rejected(load: Load) -> None:
    load(**FILES)

    run = load(
        clients="external_id,name,parent_external_id\nc-1,ООО «Север»,c-2\nc-5,А,c-6\nc-6,Б,c-5\nc-7,В,c-8\nc-8,Г,\n"
    )

    assert [(line, column) for _what, line, column, _reason in issues(run)] == [
        (2, "parent_external_id"),
        (3, "parent_external_id"),
        (4, "parent_external_id"),
    ]
    assert Client.objects.get(external_id="c-7").parent == Client.objects.get(external_id="c-8")


def test_possible_duplicates_are_reported_and_created(load: Load) -> None:
    load(**FILES)

    run = load(
        clients="external_id,name,inn\nc-9,Двойник,7707083893\n",
        contacts="external_id,client_external_id,name,email,phones\np-9,c-9,Максим,MAX@e.test,+79130000000\n",
    )

    assert [(what, column) for what, _line, column, _reason in issues(run)] == [
        ("duplicate", "inn"),
        ("duplicate", "email"),
        ("duplicate", "phones"),
    ]
    assert Client.objects.get(external_id="c-9").possible_duplicate_of == Client.objects.get(external_id="c-1")


def test_unknown_column_is_reported_not_fatal(load: Load) -> None:
    run = load(products="code,name,colour,\na,Имя,red,\n")

    assert [(what, column) for what, _line, column, _reason in issues(run)] == [("column", "colour")]
    assert counts(run, "products") == (1, 0, 0, 0)


@pytest.mark.parametrize("content", ["code\na\n", "code,name,name\na,b,c\n", "", b"\xff\xfeabc"])
def test_file_that_makes_no_sense_is_refused_as_a_whole(load: Load, content: str | bytes) -> None:
    run = load(products=content)

    assert [what for what, *_rest in issues(run)] == ["file"]


def test_short_rows_and_empty_rows_are_read(load: Load) -> None:
    run = load(products="code,name,price\na,Имя\n\n,,\n")

    assert counts(run, "products") == (1, 0, 0, 0)


def test_row_with_more_cells_than_columns_is_rejected_for_its_columns_may_have_slipped(load: Load) -> None:
    run = load(products="code,name,price\na,Рога, и копыта,5\nb,Перья,7,\n")

    assert counts(run, "products") == (1, 0, 0, 1)
    assert Product.objects.get().code == "b"
    [(_kind, line, column, reason)] = issues(run)
    assert (line, column, "кавычки" in reason) == (2, "", True)


def test_command_names_the_files_it_did_not_read(write: Write, head: User, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write(products="code,name\na,Имя\n", invoices="external_id\n")
    (folder / "notes.txt").touch()
    call_command("import_data", folder)
    assert capsys.readouterr().err.splitlines() == ["invoices.csv: не прочитан: такого вида файлов нет"]


def test_dry_run_writes_nothing_and_tells_all(load: Load) -> None:
    run = load(
        dry_run=True,
        **{**FILES, "surveys": "external_id,client_external_id,scale,answered_at,score\ns-1,c-7,nps,x,1\n"},
    )

    assert counts(run, "clients") == (2, 0, 0, 0)
    assert counts(run, "orders") == (1, 0, 0, 0)
    assert counts(run, "surveys") == (0, 0, 0, 1)
    assert not Client.objects.exists()
    assert not Product.objects.exists()


def test_all_or_nothing_writes_nothing_after_one_rejected_row(load: Load) -> None:
    run = load(all_or_nothing=True, products="code,name\na,Имя\n", clients="external_id,name,tier\nc,Имя,Z\n")

    assert run.state == ImportState.REFUSED
    assert not Product.objects.exists()


def test_all_or_nothing_writes_all_when_all_is_well(load: Load) -> None:
    run = load(all_or_nothing=True, **FILES)

    assert (run.state, Client.objects.count()) == (ImportState.DONE, 2)


def test_clients_need_somebody_to_own_them(write: Write, db: None) -> None:
    from interchange.services import import_paths

    run = import_paths(paths=[write(clients=FILES["clients"])], user=None, dry_run=False, all_or_nothing=False, now=NOW)

    assert [what for what, *_rest in issues(run)] == ["file"]
    assert not Client.objects.exists()


def test_file_is_written_in_chunks(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "CHUNK", 3)
    rows = "".join(f"p{number},Имя {number}\n" for number in range(10))

    run = load(products=f"code,name\n{rows}")

    assert counts(run, "products") == (10, 0, 0, 0)
    assert run.files.get().rows_done == 10


def test_run_whose_worker_died_goes_on_where_it_stopped(
    load: Load, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "CHUNK", 3)
    content = "code,name\n" + "".join(f"p{number},Имя {number}\n" for number in range(10))
    real, calls = runs._write_chunk, iter(range(100))

    def dies(*args: object, **kwargs: object) -> None:
        if next(calls) == 2:
            raise KeyboardInterrupt
        real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(runs, "_write_chunk", dies)
    with pytest.raises(KeyboardInterrupt):
        load(products=content)
    monkeypatch.setattr(runs, "_write_chunk", real)
    run = ImportRun.objects.get()

    runs.perform(run, [runs.Source(run.files.get(), write(products=content) / "products.csv")], now=NOW)

    assert counts(run, "products") == (10, 0, 0, 0)
    assert Product.objects.count() == 10
    assert len(run.contexts) == 2


def loses_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the second chunk wrote is gone with the deadlock that it loses at its end."""
    monkeypatch.setattr(runs, "CHUNK", 3)
    calls = iter(range(100))

    def upsert_and_lose(*args: object, **kwargs: object) -> object:
        written = upsert(*args, **kwargs)  # type: ignore[arg-type]
        if next(calls) == 1:
            lose_deadlock()
        return written

    monkeypatch.setattr(runs, "upsert", upsert_and_lose)


@pytest.mark.parametrize("all_or_nothing", [False, True])
def test_lost_deadlock_costs_neither_rows_nor_right_counts(
    load: Load, monkeypatch: pytest.MonkeyPatch, *, all_or_nothing: bool
) -> None:
    loses_once(monkeypatch)
    rows = "".join(f"p{number},Имя {number}\n" for number in range(10))

    run = load(products=f"code,name\n{rows}", all_or_nothing=all_or_nothing)

    assert counts(run, "products") == (10, 0, 0, 0)
    assert (run.state, run.files.get().rows_done, Product.objects.count()) == (ImportState.DONE, 10, 10)


def test_more_problems_than_are_listed_are_all_counted(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "LISTED", 2)

    run = load(products="code,name\n" + "a,\n" * 5)

    assert (counts(run, "products")[3], len(issues(run))) == (5, 2)


def test_folder_gives_its_known_files_in_order(write: Write) -> None:
    folder = write(orders="x", clients="x", notes="x")

    assert [path.name for path in find_files([folder])] == ["clients.csv", "orders.csv"]


def test_paths_that_make_no_sense_are_refused(write: Write, tmp_path: Path) -> None:
    folder = write(clients="x", notes="x")
    for paths in ([tmp_path / "none"], [folder / "notes.csv"], [write(notes="x")], [folder, folder / "clients.csv"]):
        with pytest.raises(DomainError):
            find_files(paths)


def test_command_reports_and_fails_when_a_row_is_rejected(
    write: Write, head: User, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write(products="code,name\na,Имя\nb,\n")

    with pytest.raises(CommandError):
        call_command("import_data", str(folder))

    out, err = capsys.readouterr()
    assert "products.csv" in out
    assert "products.csv:3:name" in err


def test_command_succeeds_silently_on_stderr(write: Write, head: User, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_data", str(write(products="code,name\na,Имя\n")), "--dry-run")

    assert capsys.readouterr().err == ""


def test_command_says_when_nothing_was_written(write: Write, head: User) -> None:
    with pytest.raises(CommandError):
        call_command("import_data", str(write(products="code,name\nb,\n")), "--all-or-nothing")


def test_command_lists_the_first_hundred_problems(write: Write, head: User, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError):
        call_command("import_data", str(write(products="code,name\n" + "b,\n" * 150)))

    assert len(capsys.readouterr().err.splitlines()) == 101


def test_command_refuses_a_missing_path(tmp_path: Path, db: None) -> None:
    with pytest.raises(CommandError):
        call_command("import_data", str(tmp_path / "none"))
