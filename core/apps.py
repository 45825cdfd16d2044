from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.triggers import join_rows_by_hash

        post_migrate.connect(join_rows_by_hash, sender=self)
