from django.apps import AppConfig


class AccountingCrmConfig(AppConfig):
    name = "accounting_crm"

    def ready(self) -> None:
        from accounting_crm import celery, checks  # noqa: F401  # the task queue and the checks register themselves
