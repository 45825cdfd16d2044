"""What ``bench.web`` serves, told by the environment: the product, the lean pages, or the no-op request."""

from __future__ import annotations

import os

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from accounting_crm.preload import load_code, load_words
from bench.middleware import KINDS
from bench.setup import use_database

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
use_database(os.environ["BENCH_DATABASE"])
django.setup()
for name, value in KINDS[os.environ["BENCH_KIND"]].items():
    setattr(settings, name, value)
if os.environ["BENCH_KIND"] != "product":
    settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # as Django comes

load_code()
load_words()
application = WSGIHandler()
