"""Celery only wakes code up; what must happen is always derived from PostgreSQL."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")

app = Celery("accounting_crm")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
