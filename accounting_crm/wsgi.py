import os

import django
from django.core.handlers.wsgi import WSGIHandler

from accounting_crm.gate import wait_until_told

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "accounting_crm.settings")
django.setup(set_prefix=False)

from accounting_crm.preload import load_code, load_words  # noqa: E402  # needs what setup loads

load_code()
wait_until_told()
load_words()
application = WSGIHandler()
