"""``python -m bench [--clients N]``: makes a department, measures, prints ratios and leaves nothing behind."""

from __future__ import annotations

import argparse
import os

import django


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--clients", type=int, default=100_000)
    parser.add_argument("--orders-each", type=int, default=10)
    chosen = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
    django.setup()

    from django.db import transaction

    from bench import generate, kpi

    with transaction.atomic():
        generate.generate(clients=chosen.clients, orders_each=chosen.orders_each)
        for what, ratio, goal in kpi.measure():
            print(f"{ratio:10.2f}  {goal:16}  {what}")
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
