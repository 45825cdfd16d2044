from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from pghistory import runtime

        from core.prepared import QUESTION, execute
        from core.triggers import join_rows_by_hash

        vars(runtime)["IGNORED_SQL_PREFIXES"] = (*runtime.IGNORED_SQL_PREFIXES, execute(QUESTION, 0).lower())
        post_migrate.connect(join_rows_by_hash, sender=self)
