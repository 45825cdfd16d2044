from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class ClientKind(models.TextChoices):
    LEGAL = "legal", _("legal entity")
    ENTREPRENEUR = "entrepreneur", _("entrepreneur")
    PERSON = "person", _("person")


class Channel(models.TextChoices):
    EMAIL = "email", _("e-mail")
    PHONE = "phone", _("phone")
    MESSENGER = "messenger", _("messenger")


class OrderStatus(models.TextChoices):
    NEW = "new", _("in progress")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class HandoffStatus(models.TextChoices):
    DRAFT = "draft", _("draft")
    OFFERED = "offered", _("offered")
    ACCEPTED = "accepted", _("accepted")
    RETURNED = "returned", _("returned")


class ReturnReason(models.TextChoices):
    INCOMPLETE = "incomplete", _("incomplete")
    WRONG_TERMS = "wrong_terms", _("wrong terms")
    DUPLICATE = "duplicate", _("duplicate")
    NOT_OURS = "not_ours", _("not ours")
    OTHER = "other", _("other")


class Pain(models.TextChoices):
    """What worries a client before the start (row D1)."""

    URGENT = "urgent", _("needed the day before yesterday")
    METHOD = "method", _("does not know how it is done")
    DEADLINE = "deadline", _("will the deadline hold")
    BUDGET = "budget", _("how to budget")


class AssignmentState(models.TextChoices):
    OFFERED = "offered", _("offered")
    ACTIVE = "active", _("active")


class AssignmentReason(models.TextChoices):
    HANDOFF = "handoff", _("hand-off")
    OVERDUE = "overdue", _("not accepted in time")
    RETURNED = "returned", _("returned to sales")
    TRANSFER = "transfer", _("transfer")
    IMPORT = "import", _("import")
    NOBODY = "nobody", _("nobody to assign")
    CREATED = "created", _("created here")


class Source(models.TextChoices):
    """Where a row came from; rows of an import never trigger letters, calls or surveys of past windows."""

    MANUAL = "manual", _("entered here")
    HANDOFF = "handoff", _("hand-off")
    API = "api", _("API")
    IMPORT = "import", _("import")


class EventKind(models.TextChoices):
    """Business facts on a client's timeline; each service that writes one adds its kind here."""

    CLIENT_CREATED = "client_created", _("client created")
    CLIENT_CHANGED = "client_changed", _("details changed")
    CLIENT_ARCHIVED = "client_archived", _("archived")
    CLIENT_RESTORED = "client_restored", _("restored")
    CONTACT_ADDED = "contact_added", _("contact added")
    CONTACT_CHANGED = "contact_changed", _("contact changed")
    CONTRACT_SIGNED = "contract_signed", _("contract signed")
    CONTRACT_CHANGED = "contract_changed", _("contract changed")
    ORDER_CREATED = "order_created", _("order")
    ORDER_COMPLETED = "order_completed", _("order completed")
    ORDER_CANCELLED = "order_cancelled", _("order cancelled")
    ORDER_REFUNDED = "order_refunded", _("refund")
    HANDOFF_OFFERED = "handoff_offered", _("handed off by sales")
    HANDOFF_ACCEPTED = "handoff_accepted", _("hand-off accepted")
    HANDOFF_RETURNED = "handoff_returned", _("hand-off returned")
    HANDOFF_OVERDUE = "handoff_overdue", _("hand-off not accepted in time")
    SALES_ASKED = "sales_asked", _("sales asked back in")
    OWNER_CHANGED = "owner_changed", _("owner changed")
    LETTER = "letter", _("letter")
    CALL = "call", _("call")
    NOTE = "note", _("note")
    SURVEY_SENT = "survey_sent", _("survey sent")
    SURVEY_ANSWERED = "survey_answered", _("survey answered")
    COMPLAINT_OPENED = "complaint_opened", _("complaint")
    COMPLAINT_RESOLVED = "complaint_resolved", _("complaint resolved")
    FILE_ADDED = "file_added", _("file added")
    RENEWAL_OPENED = "renewal_opened", _("renewal opened")
    RENEWAL_CHANGED = "renewal_changed", _("renewal")
    RENEWAL_OFFERED = "renewal_offered", _("terms offered")
    RENEWAL_CLOSED = "renewal_closed", _("renewal closed")
    REFUSED = "refused", _("refusal")
    REFUSAL_ESTABLISHED = "refusal_established", _("real reason established")
    FROZEN = "frozen", _("stopped")
    FREEZE_ENDED = "freeze_ended", _("end of the stop")
    WIN_BACK_OPENED = "win_back_opened", _("win-back begun")
    WIN_BACK_CHANGED = "win_back_changed", _("win-back")
    WIN_BACK_CLOSED = "win_back_closed", _("win-back closed")
