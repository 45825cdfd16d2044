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
settings.MIDDLEWARE = KINDS[os.environ["BENCH_KIND"]] or settings.MIDDLEWARE

load_code()
load_words()
application = WSGIHandler()
