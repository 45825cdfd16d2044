"""People of the company: who they are, what they may do, when they are at work."""

from __future__ import annotations

from typing import ClassVar

import pghistory
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from core.models import TimeStamped, Versioned
from staff.enums import Role, Scope, Theme


class UserManager(BaseUserManager["User"]):
    def create_user(self, username: str, email: str = "", password: str | None = None, **extra: object) -> User:
        extra.setdefault("name", username)
        user: User = self.model(
            username=self.model.normalize_username(username), email=self.normalize_email(email), **extra
        )
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, email: str = "", password: str | None = None, **extra: object) -> User:
        """A superuser holds the admin role and sees everything; named as he logs in until he says otherwise."""
        extra.setdefault("roles", [Role.ADMIN])
        extra.setdefault("name", username)
        return self.create_user(username, email, password, is_superuser=True, **extra)


@pghistory.track(exclude=["password", "last_login"])
class User(AbstractBaseUser, TimeStamped, Versioned):
    username = models.CharField(_("log-in name"), max_length=150, unique=True)
    email = models.EmailField(_("e-mail"), blank=True)
    name = models.CharField(_("name"), max_length=200)
    roles = ArrayField(
        models.CharField(max_length=16, choices=Role.choices), default=list, blank=True, verbose_name=_("roles")
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_superuser = models.BooleanField(default=False, editable=False)
    photo = models.ImageField(_("photo"), upload_to="photos/", blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    extension = models.CharField(_("extension"), max_length=16, blank=True)
    timezone = models.CharField(_("time zone"), max_length=64, default=settings.TIME_ZONE)
    work_starts = models.TimeField(_("works from"), null=True, blank=True)
    work_ends = models.TimeField(_("works until"), null=True, blank=True)
    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES, default=settings.LANGUAGE_CODE)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    deactivated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(Lower("username"), name="user_username_once"),
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_once"),
            models.CheckConstraint(condition=models.Q(roles__contained_by=list(Role.values)), name="user_roles_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.username

    @property
    def role_labels(self) -> list[str]:
        return [str(Role(role).label) for role in self.roles]

    def has_role(self, *roles: Role) -> bool:
        return self.is_active and any(role in self.roles for role in roles)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class Absence(models.Model):
    """Days on which a person is away (both included): no hand-off is offered to them."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="absences")
    starts_on = models.DateField(_("first day away"))
    ends_on = models.DateField(_("last day away"))
    note = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(condition=models.Q(starts_on__lte=models.F("ends_on")), name="absence_ordered")
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.starts_on}–{self.ends_on}"


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class HourlyCost(models.Model):
    """What an hour of a person costs the company from a day on. Confidential: for the head and administrators only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="hourly_costs")
    from_on = models.DateField(_("from"))
    amount = models.DecimalField(_("cost of an hour"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("cost of an hour")
        ordering = ["user", "-from_on"]
        constraints = [
            models.UniqueConstraint(fields=["user", "from_on"], name="hourly_cost_once_a_day"),
            models.CheckConstraint(condition=models.Q(amount__gte=0), name="hourly_cost_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.from_on}"


@pghistory.track(exclude=["digest", "last_used_at"])
class ApiToken(models.Model):
    """A key for another program. Only the SHA-256 of it is kept; the bare token is shown once."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="api_tokens")
    name = models.CharField(_("name"), max_length=100, blank=True)
    prefix = models.CharField(max_length=8, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope.choices), verbose_name=_("scopes"))
    created_at = models.DateTimeField(default=now, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.prefix}…"
