"""The story as interchange files: the demo moves in the way a real department does."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from random import Random

from mimesis import Gender, Locale, Person

from demo import words
from demo.story import Client, Story

#: What the department told of itself; 2021 with the clients who came back counted as renewed.
REFUSALS = (
    (2018, 50, "до создания отдела"),
    (2019, 30, "первый год отдела"),
    (2020, 55, "после сокращения охвата"),
    (2021, 35, "вместе с возвращёнными клиентами"),
    (2022, 15, "по итогам года"),
)


def write_files(story: Story, folder: Path, managers: Sequence[str]) -> None:
    """``managers`` are user names, in the order in which the story numbers them."""
    _write(folder / "products.csv", "code name category complex price cost", (
        (code, name, category, "yes" if is_complex else "no", price, cost)
        for code, name, category, is_complex, price, cost in words.PRODUCTS
    ))  # fmt: skip
    columns = "external_id name kind inn tier industry region timezone manager parent_external_id created_on"
    _write(folder / "clients.csv", columns, (
        (client.external_id, client.name, client.kind, client.inn, client.tier, client.industry, client.region,
         client.timezone, managers[client.manager], f"client-{client.parent}" if client.parent else "", client.created_on)
        for client in story.clients
    ))  # fmt: skip
    columns = "external_id client_external_id name position email phones greeting address_form is_primary"
    _write(folder / "contacts.csv", columns, _contacts(story))
    columns = "external_id client_external_id number signed_on starts_on ends_on amount product_codes"
    _write(folder / "contracts.csv", columns, (
        (row.external_id, f"client-{row.client}", row.number, row.signed_on, row.starts_on, row.ends_on, row.amount, row.product)
        for row in story.contracts
    ))  # fmt: skip
    columns = (
        "external_id client_external_id ordered_at completed_at status amount refunded_amount refunded_on cost"
        " product_codes contract_external_id"
    )
    _write(folder / "orders.csv", columns, (
        (row.external_id, f"client-{row.contract.client}", row.ordered_at.isoformat(),
         row.completed_at.isoformat() if row.completed_at else "", row.status, row.amount, row.refunded_amount,
         row.refunded_on or "", row.cost, row.product, row.contract.external_id)
        for row in story.orders()
    ))  # fmt: skip
    _write(folder / "surveys.csv", "external_id client_external_id scale answered_at score comment", (
        (row.external_id, f"client-{row.client}", row.scale, row.answered_at.isoformat(), row.score, row.comment)
        for row in story.scores()
    ))  # fmt: skip

    _write(folder / "touches.csv", "external_id client_external_id kind happened_at user minutes outcome note", (
        (row.external_id, f"client-{row.client}", "planned", row.happened_at.isoformat(),
         managers[story.clients[row.client - 1].manager], row.minutes, row.outcome, row.note)
        for row in story.talks()
    ))  # fmt: skip
    _write(folder / "rates.csv", "metric month value source", (
        ("refusal_rate", f"{year}-12", f"{value}%", source) for year, value, source in REFUSALS
    ))  # fmt: skip


def _contacts(story: Story) -> Iterable[Sequence[object]]:
    person = Person(Locale.RU, seed=story.seed)
    random = Random(story.seed + 3)  # noqa: S311 - invented data, not secrets
    for client in story.clients:
        for place in range(1 + (random.random() < 0.4)):
            yield _contact(person, random, client, place)


def _contact(person: Person, random: Random, client: Client, place: int) -> Sequence[object]:
    gender = random.choice((Gender.FEMALE, Gender.MALE))
    first, last = person.first_name(gender), person.last_name(gender)
    informal = random.random() < 0.25
    phone = f"+7 9{random.randrange(10, 40)} {random.randrange(100, 1000)}-{random.randrange(10, 100)}-{random.randrange(10, 100)}"
    return (
        f"{client.external_id}-{place + 1}", client.external_id, f"{first} {last}", random.choice(words.POSITIONS),
        f"contact{place + 1}@client{client.number}.example" if random.random() < 0.9 else "", phone,
        f"Привет, {first}!" if informal else "", "ty" if informal else "vy", "yes" if place == 0 else "no",
    )  # fmt: skip


def _write(path: Path, columns: str, rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(columns.split())
        writer.writerows(rows)
