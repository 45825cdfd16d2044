"""The talk about the next contract, from 120 days before the end until it has an outcome."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clients.models import Client, Contract, audited
from core import formats
from core.models import TimeStamped, Versioned
from retention.enums import Likelihood, OfferState, RenewalOutcome, RenewalStage
from retention.models.refusals import Refusal
from staff.models import User

OPEN = Q(outcome="")


@audited()
class Renewal(TimeStamped, Versioned):
    """One per ending contract; a contract that prolongs itself ends anew with each ``turn`` (0 is its own end).

    Figures never read it: they follow the contracts' dates, and a recorded outcome that disagrees with them is listed.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="renewals")
    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="renewals")
    turn = models.PositiveSmallIntegerField(default=0)
    due_on = models.DateField(_("last covered day"))
    monthly_value = models.DecimalField(_("monthly value"), max_digits=16, decimal_places=2)
    stage = models.CharField(_("stage"), max_length=16, choices=RenewalStage.choices, default=RenewalStage.PLANNED)
    opinion = models.CharField(_("manager's opinion"), max_length=16, choices=Likelihood.choices, blank=True)
    opinion_note = models.CharField(_("why"), max_length=300, blank=True)
    opinion_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    opinion_at = models.DateTimeField(null=True, blank=True)
    signal = models.CharField(_("signal"), max_length=16, choices=Likelihood.choices, blank=True)
    points = models.SmallIntegerField(default=0)
    signs = ArrayField(models.CharField(max_length=40), default=list, blank=True)  # codes of the rules that spoke
    signal_at = models.DateTimeField(null=True, blank=True)  # since when it stands like this
    disputed_at = models.DateTimeField(null=True, blank=True)  # signal and opinion disagree: the head looks at it
    verdict = models.CharField(_("head's decision"), max_length=16, choices=Likelihood.choices, blank=True)
    verdict_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    postponed_until = models.DateField(_("postponed until"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=16, choices=RenewalOutcome.choices, blank=True)
    next_contract = models.ForeignKey(
        Contract,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="continues",  # several contracts may be merged into one
        verbose_name=_("next contract"),
    )
    refusal = models.OneToOneField(Refusal, on_delete=models.PROTECT, null=True, blank=True, related_name="renewal")
    note = models.TextField(_("note"), blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("renewal")
        verbose_name_plural = _("renewals")
        ordering = ["due_on", "id"]
        constraints = [
            models.UniqueConstraint(fields=["contract", "turn"], name="renewal_once_per_end"),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at__isnull=True) | (~Q(outcome="") & Q(closed_at__isnull=False)),
                name="renewal_closed_with_an_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=RenewalOutcome.RENEWED) | Q(next_contract__isnull=False),
                name="renewal_renewed_by_a_contract",
            ),
            models.CheckConstraint(
                condition=~Q(outcome=RenewalOutcome.REFUSED) | Q(refusal__isnull=False),
                name="renewal_refused_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["due_on", "id"], condition=OPEN, name="renewal_open_by_end"),
            models.Index(fields=["stage", "due_on", "id"], condition=OPEN, name="renewal_open_by_stage"),
            models.Index(fields=["due_on", "-monthly_value", "id"], condition=OPEN, name="renewal_open_dearest_of_day"),
            models.Index(fields=["monthly_value", "id"], condition=OPEN, name="renewal_open_by_value"),
            models.Index(fields=["points", "id"], condition=OPEN, name="renewal_open_by_points"),
            models.Index(fields=["client", "-due_on"], name="renewal_of_client"),
            models.Index(fields=["-closed_at", "-id"], condition=~OPEN, name="renewal_closed"),
            models.Index(
                fields=["due_on", "id"], condition=OPEN & Q(disputed_at__isnull=False), name="renewal_disputed_by_end"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.due_on}"


class RenewalWatch(models.Model):
    """On which day a contract is looked at next: what the sweep reads instead of every contract.

    Triggers on contracts and clients set it to ``AT_ONCE`` in the transaction of the change, whoever writes that; the
    sweep moves it to the day when time alone changes something, or takes the row away. It only points.
    """

    contract = models.OneToOneField(
        Contract, on_delete=models.CASCADE, primary_key=True, db_constraint=False, related_name="+"
    )
    look_on = models.DateField()

    class Meta:
        indexes = [models.Index(fields=["look_on", "contract"], name="renewal_watch_by_day")]

    def __str__(self) -> str:
        return f"{self.contract_id} {self.look_on}"


class SignalWatch(models.Model):
    """When the signals of a client's open renewals are computed next: what the sweep reads instead of all of them.

    Triggers add a row of ``AT_ONCE`` in the transaction of a change; orders, calls, contracts and owners come by way of
    ``AttentionWatch``. The sweep leaves one for the moment at which time alone changes a sign.
    """

    client_id = models.BigIntegerField()
    look_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["look_at", "id"], name="signal_watch_by_moment"),
            models.Index(fields=["client_id"], name="signal_watch_of_client"),
        ]

    def __str__(self) -> str:
        return f"{self.client_id} {self.look_at}"


@audited()
class RenewalOffer(TimeStamped):
    """Terms that were offered; a discount beyond the person's own authority waits for the head."""

    renewal = models.ForeignKey(Renewal, on_delete=models.PROTECT, related_name="offers")
    amount = models.DecimalField(_("amount for the term"), max_digits=14, decimal_places=2)
    months = models.PositiveSmallIntegerField(_("term, months"))
    discount = models.DecimalField(_("discount, %"), max_digits=5, decimal_places=2, default=0)
    words = models.TextField(_("terms"), blank=True)
    state = models.CharField(max_length=16, choices=OfferState.choices)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("offer")
        ordering = ["-made_at", "-id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="offer_amount_not_negative"),
            models.CheckConstraint(condition=Q(months__gte=1), name="offer_of_a_month_at_least"),
            models.CheckConstraint(
                condition=Q(discount__gte=0, discount__lte=100), name="offer_discount_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=~Q(state=OfferState.DECLINED) | Q(decided_by__isnull=False), name="offer_declined_by_somebody"
            ),
        ]
        indexes = [models.Index(fields=["made_at"], condition=Q(state=OfferState.WAITING), name="offer_waiting")]

    def __str__(self) -> str:
        return f"{self.renewal_id} {self.amount}"

    @property
    def against_present(self) -> Decimal | None:
        """What a month of it would be worth against a month of the present contract, −0.2 for a fifth less."""
        present = self.renewal.monthly_value
        return self.amount / self.months / present - 1 if present else None

    @property
    def discount_number(self) -> str:
        """As many places as were given."""
        return formats.as_given(self.discount)

    @property
    def discount_words(self) -> str:
        if not self.discount:
            return gettext("without a discount")
        return gettext("discount %(discount)s %%") % {"discount": self.discount_number}
