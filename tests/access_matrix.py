"""Who gets what answer on which route: one line per route and method. A route that is not here fails the suite.

Add a line as ``Route("room:name", "GET", PROFILE, lambda w: {"pk": w.client.pk})``. A profile says the answer for
each persona; ``PROFILE | {Persona.COLLEAGUE: NO}`` changes one of them. What a route needs in the database is put
into ``World`` once, for everybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from django.core.files.base import ContentFile

from clients.enums import HandoffStatus
from clients.models import Client, Handoff, LetterTemplate, Order, Product, StoredFile
from feedback.models import Complaint
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, enqueue_letter
from interchange.models import ImportRun
from reports.enums import AlertKind, ViewPage
from reports.models import BonusRules, BonusStatement, FigureAlert, SavedView
from retention.enums import OfferState
from retention.models import (
    Annotation,
    Freeze,
    Refusal,
    RefusalReason,
    Renewal,
    RenewalOffer,
    Retro,
    TrustCampaign,
    WinBack,
)
from retention.services.refusals import record_refusal
from scripts.models import Objection, Script
from staff.enums import Role, Scope
from staff.models import Absence, User
from staff.services import issue_token
from tests.factories import make_accepted_handoff, make_client, make_contact, make_contract, make_order, make_user
from tests.handoff_factories import make_body, offer
from work.enums import TouchKind
from work.models import Touch

PASSWORD = "Снежный барс 71"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Persona(StrEnum):
    ANONYMOUS = "anonymous"
    OWNER = "account manager who owns the object"
    COLLEAGUE = "account manager of other clients"
    SALES_OWN = "salesperson who handed the client off"
    SALES_FOREIGN = "another salesperson"
    HEAD = "head of department"
    ADMIN = "administrator"
    TOKEN = "program with the scope"
    TOKEN_BARE = "program without the scope"


class Answer(StrEnum):
    IN = "let in"
    LOGIN = "sent to the log-in"
    UNKNOWN = "401"
    NO = "403"
    HIDDEN = "404"


IN, LOGIN, UNKNOWN, NO, HIDDEN = Answer
PEOPLE = [persona for persona in Persona if persona not in {Persona.ANONYMOUS, Persona.TOKEN, Persona.TOKEN_BARE}]
PROGRAMS = [Persona.TOKEN, Persona.TOKEN_BARE]
Profile = dict[Persona, Answer]

#: A program's token opens nothing but the API: on a page it is an anonymous visitor.
_STRANGERS: Profile = {Persona.ANONYMOUS: LOGIN, Persona.TOKEN: LOGIN, Persona.TOKEN_BARE: LOGIN}
PUBLIC: Profile = dict.fromkeys(Persona, IN)
ABSENT: Profile = dict.fromkeys(Persona, HIDDEN)
ANYONE: Profile = {**dict.fromkeys(Persona, IN), **_STRANGERS}
LEADS: Profile = {**dict.fromkeys(Persona, NO), **_STRANGERS, Persona.HEAD: IN, Persona.ADMIN: IN}
DEPARTMENT: Profile = {**ANYONE, Persona.SALES_OWN: NO, Persona.SALES_FOREIGN: NO}
#: The object is a client, or hangs on one: sales see what they handed off.
CLIENT: Profile = {**ANYONE, Persona.SALES_FOREIGN: HIDDEN}
CLIENT_OF_DEPARTMENT: Profile = {**ANYONE, Persona.SALES_OWN: HIDDEN, Persona.SALES_FOREIGN: HIDDEN}
#: Whoever handed the client off may look at it and no more.
CLIENT_WRITING: Profile = {**ANYONE, Persona.SALES_OWN: NO, Persona.SALES_FOREIGN: NO}
#: The object belongs to the AM of the world; the head and the administrator may act for him.
OWN: Profile = {
    **dict.fromkeys(Persona, HIDDEN),
    **_STRANGERS,
    Persona.OWNER: IN,
    Persona.HEAD: IN,
    Persona.ADMIN: IN,
}
#: Figures of one manager: sales have none at all.
OWN_FIGURES: Profile = {**OWN, Persona.SALES_OWN: NO, Persona.SALES_FOREIGN: NO}
#: Nobody but the person himself, not even an administrator.
ONLY_OWN: Profile = {**OWN, Persona.HEAD: HIDDEN, Persona.ADMIN: HIDDEN}
API: Profile = {**dict.fromkeys(Persona, UNKNOWN), Persona.TOKEN: IN, Persona.TOKEN_BARE: NO}


class World:
    """One of everything. Rows that few routes need are made when they are asked for."""

    def __init__(self) -> None:
        self.owner = make_user(Role.AM, password=PASSWORD)
        self.colleague = make_user(Role.AM, password=PASSWORD)
        self.sales_own = make_user(Role.SALES, password=PASSWORD)
        self.sales_foreign = make_user(Role.SALES, password=PASSWORD)
        self.head = make_user(Role.HEAD, password=PASSWORD)
        self.admin = make_user(Role.ADMIN, password=PASSWORD)
        self.sessions: dict[int, str] = {}

    def user(self, persona: Persona) -> User | None:
        return {
            Persona.OWNER: self.owner,
            Persona.COLLEAGUE: self.colleague,
            Persona.SALES_OWN: self.sales_own,
            Persona.SALES_FOREIGN: self.sales_foreign,
            Persona.HEAD: self.head,
            Persona.ADMIN: self.admin,
        }.get(persona)

    def token(self, route: Route, persona: Persona) -> str:
        other = Scope.CLIENTS_READ if route.scope != Scope.CLIENTS_READ else Scope.HANDOFFS_WRITE
        given = route.scope if persona == Persona.TOKEN and route.scope else other
        return issue_token(user=getattr(self, route.token_of), scopes=[given], actor=None, now=NOW)[1]

    @cached_property
    def client(self) -> Client:
        client = make_client(self.owner)
        make_contact(client)
        accepted = make_accepted_handoff(make_contract(client, date(2026, 1, 10)), self.owner, NOW)
        Handoff.objects.filter(pk=accepted.pk).update(salesperson=self.sales_own)
        return client

    @cached_property
    def handoff(self) -> Handoff:
        """Offered to the owner by the salesperson."""
        offered = offer(make_body(), by=self.sales_own, now=NOW)
        Handoff.objects.filter(pk=offered.pk).update(proposed_owner=self.owner)
        offered.refresh_from_db()
        return offered

    @cached_property
    def draft(self) -> Handoff:
        return Handoff.objects.create(salesperson=self.sales_own, status=HandoffStatus.DRAFT)

    @cached_property
    def letter(self) -> OutboxMessage:
        draft = LetterDraft(key="matrix", to_address="max@client.test", subject="Привет", text="Текст")
        return enqueue_letter(draft, now=NOW)

    @cached_property
    def template_id(self) -> int:
        return LetterTemplate.objects.order_by("pk").values_list("pk", flat=True)[0]

    @cached_property
    def touch(self) -> Touch:
        """The owner's open call of his client."""
        return Touch.objects.create(
            client=self.client, kind=TouchKind.FOLLOW_UP, assignee=self.owner, due_from=NOW.date(), due_on=NOW.date()
        )

    @cached_property
    def complaint(self) -> Complaint:
        return Complaint.objects.create(
            client=self.client, what_happened="Опоздали", responsible=self.owner, opened_at=NOW, deadline=NOW
        )

    @cached_property
    def renewal(self) -> Renewal:
        contract = self.client.contracts.order_by("pk")[0]
        return Renewal.objects.create(client=self.client, contract=contract, due_on=NOW.date(), monthly_value=1)

    @cached_property
    def renewal_offer(self) -> RenewalOffer:
        return RenewalOffer.objects.create(
            renewal=self.renewal, amount=1, months=1, discount=50, state=OfferState.WAITING, made_by=self.owner
        )

    @cached_property
    def refusal(self) -> Refusal:
        """The owner's client left; the head is to ask why."""
        return record_refusal(
            client=self.client,
            contract=None,
            refused_on=date(2026, 11, 2),
            stated_reason=RefusalReason.objects.order_by("pk")[0],
            stated_words="",
            tried="",
            actor=self.owner,
            now=NOW,
        )

    @cached_property
    def retro(self) -> Retro:
        return Retro.objects.create(refusal=self.refusal, written_by=self.owner)

    @cached_property
    def freeze(self) -> Freeze:
        return Freeze.objects.create(client=self.client, stopped_on=date(2026, 11, 2))

    @cached_property
    def objection(self) -> Objection:
        return Objection.objects.create(kind="terms", text="Слишком долго")

    @cached_property
    def win_back(self) -> WinBack:
        return WinBack.objects.create(client=self.client, segment="silent", assignee=self.owner, opened_on=NOW.date())

    @cached_property
    def trust_campaign(self) -> TrustCampaign:
        return TrustCampaign.objects.create(
            name="Вернуть доверие", segments=["silent"], starts_on=NOW.date(), ends_on=NOW.date()
        )

    @cached_property
    def saved_view(self) -> SavedView:
        return SavedView.objects.create(owner=self.owner, page=ViewPage.DEPARTMENT, name="Мой", shared=True)

    @cached_property
    def figure_alert(self) -> FigureAlert:
        """Of the owner's own scores."""
        return FigureAlert.objects.create(
            kind=AlertKind.SCORE,
            metric="csat10",
            month=date(2026, 11, 1),
            manager=self.owner,
            value=7,
            limit=9,
            created_at=NOW,
        )

    @cached_property
    def annotation(self) -> Annotation:
        return Annotation.objects.create(day=date(2026, 11, 2), text="Новый сценарий")

    @cached_property
    def script(self) -> Script:
        return Script.objects.create(code="matrix", title="Сценарий")

    @cached_property
    def import_run(self) -> ImportRun:
        return ImportRun.objects.create(user=self.head)

    @cached_property
    def stored_file(self) -> StoredFile:
        name = "dogovor.pdf"
        content = ContentFile(b"%PDF-1.4", name=name)
        return StoredFile.objects.create(
            client=self.client, name=name, content=content, size=content.size, uploaded_by=self.owner
        )

    @cached_property
    def product(self) -> Product:
        return Product.objects.create(code="matrix", name="Бухгалтерия", price=100)

    @cached_property
    def order(self) -> Order:
        return make_order(self.client, NOW)

    @cached_property
    def bonus(self) -> BonusStatement:
        month = date(2026, 10, 1)
        rules = BonusRules.objects.create(version=1, from_month=month, base=10000)
        return BonusStatement.objects.create(manager=self.owner, month=month, rules=rules, as_of=NOW, total=0)

    @cached_property
    def absence(self) -> Absence:
        return Absence.objects.create(user=self.owner, starts_on=NOW.date(), ends_on=NOW.date())

    @cached_property
    def api_token_id(self) -> int:
        return issue_token(user=self.owner, scopes=[Scope.CLIENTS_READ], actor=None, now=NOW)[0].pk


def nothing(_world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Route:
    name: str
    method: str
    profile: Profile
    kwargs: Callable[[World], dict[str, Any]] = nothing
    data: Callable[[World], dict[str, Any]] = nothing
    scope: Scope | None = None
    token_of: str = "admin"  # whose token the program has
    query: str = ""
    csrf: bool = True  # False where the address itself is the secret (a survey's link)
    id: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "id", f"{self.method} {self.name}")


def _refusal(world: World) -> dict[str, Any]:
    return {"pk": world.refusal.pk}


def _reason(_world: World) -> dict[str, Any]:
    return {"pk": RefusalReason.objects.order_by("pk")[0].pk}


def _freeze(world: World) -> dict[str, Any]:
    return {"pk": world.freeze.pk}


def _objection(world: World) -> dict[str, Any]:
    return {"pk": world.objection.pk}


def _owner(world: World) -> dict[str, Any]:
    return {"pk": world.owner.pk}


def _name(world: World) -> dict[str, Any]:
    return {"username": world.owner.username}


def _bonus(world: World) -> dict[str, Any]:
    return {"username": world.owner.username, "year": world.bonus.month.year, "month": world.bonus.month.month}


def _handoff(world: World) -> dict[str, Any]:
    return {"pk": world.handoff.pk}


def _draft(world: World) -> dict[str, Any]:
    return {"pk": world.draft.pk}


def _letter(world: World) -> dict[str, Any]:
    return {"pk": world.letter.pk}


def _template(world: World) -> dict[str, Any]:
    return {"pk": world.template_id}


def _touch(world: World) -> dict[str, Any]:
    return {"pk": world.touch.pk}


def _complaint(world: World) -> dict[str, Any]:
    return {"pk": world.complaint.pk}


def _renewal(world: World) -> dict[str, Any]:
    return {"pk": world.renewal.pk}


def _win_back(world: World) -> dict[str, Any]:
    return {"pk": world.win_back.pk}


def _trust_campaign(world: World) -> dict[str, Any]:
    return {"pk": world.trust_campaign.pk}


def _script(world: World) -> dict[str, Any]:
    return {"pk": world.script.pk}


def _run(world: World) -> dict[str, Any]:
    return {"pk": world.import_run.pk}


def _wrong_token(_world: World) -> dict[str, Any]:
    return {"token": "wrong"}


def _client(world: World) -> dict[str, Any]:
    return {"pk": world.client.pk}


def _contact(world: World) -> dict[str, Any]:
    return {"pk": world.client.contacts.order_by("pk")[0].pk}


def _contract(world: World) -> dict[str, Any]:
    return {"pk": world.client.contracts.order_by("pk")[0].pk}


def _order(world: World) -> dict[str, Any]:
    return {"pk": world.order.pk}


def _product(world: World) -> dict[str, Any]:
    return {"pk": world.product.pk}


#: Nobody has these in the world: a key or a session of somebody else does not exist for anyone.
def _missing(_world: World) -> dict[str, Any]:
    return {"pk": 10**9}


#: The hand-off that waits for its proposed owner's answer.
_ANSWER: Profile = {**dict.fromkeys(Persona, NO), **_STRANGERS, Persona.OWNER: IN, Persona.SALES_FOREIGN: HIDDEN}
#: A draft is its author's alone.
_DRAFT: Profile = {**dict.fromkeys(Persona, HIDDEN), **_STRANGERS, Persona.SALES_OWN: IN}
_NOBODY: Profile = {**dict.fromkeys(Persona, HIDDEN), **_STRANGERS}
_OCTOBER = "?from=2026-10-01&to=2026-11-01"
#: Leads to the log-in whoever asks.
_TO_LOGIN: Profile = dict.fromkeys(Persona, LOGIN)

ROUTES: list[Route] = [
    # Operations
    Route("livez", "GET", PUBLIC),
    Route("readyz", "GET", PUBLIC),
    Route("metrics", "GET", PUBLIC),  # from this machine only: tests/platform prove the rest
    # Frame
    Route("desk:start", "GET", ANYONE),
    Route("desk:theme", "POST", PUBLIC),
    Route("desk:language", "POST", PUBLIC),
    Route("desk:counts", "GET", ANYONE),
    Route("desk:palette", "GET", ANYONE),
    Route("desk:styleguide", "GET", LEADS),
    # Log-in, password, second factor
    Route("account_login", "GET", PUBLIC),
    Route("account_login", "POST", PUBLIC),
    Route("account_logout", "GET", ANYONE),
    Route("account_logout", "POST", _TO_LOGIN),
    Route("account_inactive", "GET", PUBLIC),
    Route("account_reauthenticate", "GET", ANYONE),
    Route("account_reauthenticate", "POST", ANYONE),
    Route("account_change_password", "GET", ANYONE),
    Route("account_change_password", "POST", ANYONE),
    Route("account_set_password", "GET", ANYONE),
    Route("account_set_password", "POST", ANYONE),
    Route("account_reset_password", "GET", PUBLIC),
    Route("account_reset_password", "POST", PUBLIC),
    Route("account_reset_password_done", "GET", PUBLIC),
    Route("account_reset_password_from_key_done", "GET", PUBLIC),
    Route("account_reset_password_from_key", "GET", PUBLIC, lambda _w: {"uidb36": "1", "key": "x-y"}),
    Route("account_reset_password_from_key", "POST", PUBLIC, lambda _w: {"uidb36": "1", "key": "x-y"}),
    Route("mfa_index", "GET", ANYONE),
    Route("mfa_authenticate", "GET", PUBLIC | dict.fromkeys([Persona.ANONYMOUS, *PROGRAMS], LOGIN)),
    Route("mfa_authenticate", "POST", PUBLIC | dict.fromkeys([Persona.ANONYMOUS, *PROGRAMS], LOGIN)),
    Route("mfa_reauthenticate", "GET", ANYONE),
    Route("mfa_reauthenticate", "POST", ANYONE),
    Route("mfa_activate_totp", "GET", ANYONE),
    Route("mfa_activate_totp", "POST", ANYONE),
    Route("mfa_deactivate_totp", "GET", _NOBODY),
    Route("mfa_deactivate_totp", "POST", _NOBODY),
    Route("mfa_view_recovery_codes", "GET", _NOBODY),
    Route("mfa_generate_recovery_codes", "GET", ANYONE),
    Route("mfa_generate_recovery_codes", "POST", ANYONE),
    Route("mfa_download_recovery_codes", "GET", _NOBODY),
    Route("mfa_list_webauthn", "GET", ANYONE),
    Route("mfa_add_webauthn", "GET", ANYONE),
    Route("mfa_add_webauthn", "POST", ANYONE),
    Route("mfa_reauthenticate_webauthn", "GET", ANYONE),
    Route("mfa_reauthenticate_webauthn", "POST", ANYONE),
    Route("mfa_remove_webauthn", "GET", _NOBODY, _missing),
    Route("mfa_remove_webauthn", "POST", _NOBODY, _missing),
    Route("mfa_edit_webauthn", "GET", _NOBODY, _missing),
    Route("mfa_edit_webauthn", "POST", _NOBODY, _missing),
    Route("mfa_login_webauthn", "GET", PUBLIC | dict.fromkeys([Persona.ANONYMOUS, *PROGRAMS], LOGIN)),
    Route("mfa_login_webauthn", "POST", PUBLIC | dict.fromkeys([Persona.ANONYMOUS, *PROGRAMS], LOGIN)),
    # People
    Route("staff:users", "GET", LEADS),
    Route("staff:invite", "GET", LEADS),
    Route("staff:invite", "POST", LEADS),
    Route("staff:user", "GET", LEADS, _owner),
    Route("staff:user", "POST", LEADS, _owner),
    Route("staff:resend_invitation", "POST", LEADS, _owner),
    Route("staff:reset_password", "POST", LEADS, _owner),
    Route("staff:reset_second_factor", "POST", LEADS, _owner),
    Route("staff:end_sessions", "POST", LEADS, _owner),
    Route("staff:deactivate", "POST", LEADS, _owner),
    Route("staff:reactivate", "POST", LEADS, _owner),
    Route("staff:photo", "POST", OWN, _owner),
    Route("staff:add_absence", "POST", OWN, _owner),
    Route("staff:remove_absence", "POST", OWN, lambda w: {"pk": w.absence.pk}),
    Route("staff:profile", "GET", ANYONE),
    Route("staff:profile", "POST", ANYONE),
    Route("staff:sessions", "GET", ANYONE),
    Route("staff:end_other_sessions", "POST", ANYONE),
    Route("staff:end_session", "POST", _NOBODY, _missing),
    Route("staff:tokens", "GET", ANYONE),
    Route("staff:tokens", "POST", ANYONE),
    Route("staff:revoke_token", "POST", OWN, lambda w: {"pk": w.api_token_id}),
    Route("staff:photo_file", "GET", ABSENT, lambda _w: {"name": "0" * 32 + ".jpg"}),
    # Settings
    Route("settings:company", "GET", LEADS),
    Route("settings:company", "POST", LEADS),
    Route("settings:hours", "GET", LEADS),
    Route("settings:hours", "POST", LEADS),
    Route("settings:calendar", "GET", LEADS),
    Route("settings:calendar", "POST", LEADS),
    Route("settings:remove_override", "POST", LEADS, lambda _w: {"day": date(2026, 1, 1)}),
    Route("settings:audit", "GET", LEADS),
    Route("settings:audit_user", "GET", LEADS, _owner),
    # Clients
    Route("clients:list", "GET", ANYONE),
    Route("clients:owner", "GET", LEADS, lambda w: {"pk": w.client.pk}),
    Route("clients:owner", "POST", LEADS, lambda w: {"pk": w.client.pk}),
    Route("clients:letter_photo", "GET", ABSENT, lambda _w: {"token": "forged"}),
    Route("clients:card", "GET", CLIENT, _client),
    Route("clients:contracts", "GET", CLIENT, _client),
    Route("clients:orders", "GET", CLIENT, _client),
    Route("clients:create", "GET", DEPARTMENT),
    Route("clients:create", "POST", DEPARTMENT),
    Route("clients:edit", "GET", CLIENT_WRITING, _client),
    Route("clients:edit", "POST", CLIENT_WRITING, _client),
    Route("clients:archive", "POST", CLIENT_WRITING, _client),
    Route("clients:restore", "POST", CLIENT_WRITING, _client),
    Route("clients:note", "POST", CLIENT_WRITING, _client),
    Route("clients:letter", "GET", CLIENT_WRITING, _client),
    Route("clients:letter", "POST", CLIENT_WRITING, _client),
    Route("clients:upload", "GET", CLIENT_WRITING, _client),
    Route("clients:upload", "POST", CLIENT_WRITING, _client),
    Route("clients:file", "GET", CLIENT, lambda w: {"pk": w.stored_file.pk}),
    Route("clients:contact_new", "GET", CLIENT_WRITING, _client),
    Route("clients:contact_new", "POST", CLIENT_WRITING, _client),
    Route("clients:contact_edit", "GET", CLIENT_WRITING, _contact),
    Route("clients:contact_edit", "POST", CLIENT_WRITING, _contact),
    Route("clients:contact_archive", "POST", CLIENT_WRITING, _contact),
    Route("clients:contract_new", "GET", CLIENT_WRITING, _client),
    Route("clients:contract_new", "POST", CLIENT_WRITING, _client),
    Route("clients:contract_edit", "GET", CLIENT_WRITING, _contract),
    Route("clients:contract_edit", "POST", CLIENT_WRITING, _contract),
    Route("clients:order_new", "GET", CLIENT_WRITING, _client),
    Route("clients:order_new", "POST", CLIENT_WRITING, _client),
    Route("clients:order_edit", "GET", CLIENT_WRITING, _order),
    Route("clients:order_edit", "POST", CLIENT_WRITING, _order),
    Route("clients:order_refund", "GET", CLIENT_WRITING, _order),
    Route("clients:order_refund", "POST", CLIENT_WRITING, _order),
    Route("clients:products", "GET", DEPARTMENT),
    Route("clients:product_new", "GET", LEADS),
    Route("clients:product_new", "POST", LEADS),
    Route("clients:product_edit", "GET", LEADS, _product),
    Route("clients:product_edit", "POST", LEADS, _product),
    Route("clients:product_archive", "POST", LEADS, _product),
    Route("clients:taxonomies", "GET", LEADS),
    Route("clients:taxonomies", "POST", LEADS),
    # Hand-offs
    Route("handoffs:list", "GET", ANYONE),
    Route("handoffs:new", "GET", LEADS | {Persona.SALES_OWN: IN, Persona.SALES_FOREIGN: IN}),
    Route("handoffs:new", "POST", LEADS | {Persona.SALES_OWN: IN, Persona.SALES_FOREIGN: IN}),
    Route("handoffs:detail", "GET", CLIENT, _handoff),
    Route("handoffs:edit", "GET", _DRAFT, _draft),
    Route("handoffs:edit", "POST", _DRAFT, _draft),
    Route("handoffs:accept", "POST", _ANSWER, _handoff),
    Route("handoffs:return", "POST", _ANSWER, _handoff, lambda _w: {"reason": "incomplete", "comment": "Нет цели"}),
    Route("handoffs:redirect", "POST", LEADS | {Persona.SALES_FOREIGN: HIDDEN}, _handoff),
    Route("handoffs:discard", "POST", _DRAFT, _draft),
    Route("handoffs:file", "GET", _NOBODY, _handoff),  # nothing was attached
    Route("handoffs:ask", "GET", DEPARTMENT | {Persona.SALES_FOREIGN: HIDDEN}, lambda w: {"client_pk": w.client.pk}),
    Route("handoffs:ask", "POST", DEPARTMENT | {Persona.SALES_FOREIGN: HIDDEN}, lambda w: {"client_pk": w.client.pk}),
    Route("handoffs:dismiss", "GET", _NOBODY, _missing),
    Route("handoffs:dismiss", "POST", _NOBODY, _missing),
    # Outbox and the wording of letters
    Route("mail:outbox", "GET", LEADS),
    Route("mail:letter", "GET", LEADS, _letter),
    Route("mail:letter_html", "GET", LEADS, _letter),
    Route("mail:decide", "POST", LEADS, _letter),
    Route("mail:retry", "POST", LEADS),
    Route("letters:list", "GET", LEADS),
    Route("letters:edit", "GET", LEADS, _template),
    Route("letters:edit", "POST", LEADS, _template),
    Route("letters:preview", "GET", LEADS, _template),
    # Calls, touches, scripts
    Route("calls:queue", "GET", DEPARTMENT),
    Route("calls:screen", "GET", CLIENT_OF_DEPARTMENT, _touch),
    Route("calls:screen", "POST", CLIENT_OF_DEPARTMENT, _touch),
    Route("calls:answers", "GET", DEPARTMENT, _script),
    Route("refusals:list", "GET", DEPARTMENT),
    Route("refusals:reasons", "GET", DEPARTMENT),
    Route("refusals:interviews", "GET", DEPARTMENT),
    Route("refusals:retros", "GET", DEPARTMENT),
    Route("refusals:unexplained", "GET", DEPARTMENT),
    Route("refusals:create", "GET", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("refusals:create", "POST", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("refusals:detail", "GET", DEPARTMENT, _refusal),
    Route("refusals:edit", "GET", DEPARTMENT, _refusal),
    Route("refusals:edit", "POST", DEPARTMENT, _refusal),
    Route("refusals:withdraw", "POST", DEPARTMENT, _refusal),
    Route("refusals:interview", "GET", DEPARTMENT | {Persona.OWNER: NO}, _refusal),
    Route("refusals:interview", "POST", DEPARTMENT | {Persona.OWNER: NO}, _refusal),
    Route("refusals:interviewer", "POST", DEPARTMENT, _refusal),
    Route("refusals:retro", "GET", DEPARTMENT, _refusal),
    Route("refusals:retro", "POST", DEPARTMENT, _refusal),
    Route("refusals:retro_done", "POST", DEPARTMENT, lambda w: {"pk": w.retro.refusal_id}),
    Route("refusals:objection", "GET", DEPARTMENT, _refusal),
    Route("refusals:objection", "POST", DEPARTMENT, _refusal),
    Route("refusal_reasons:list", "GET", LEADS),
    Route("refusal_reasons:list", "POST", LEADS),
    Route("refusal_reasons:rename", "POST", LEADS, _reason),
    Route("refusal_reasons:retire", "POST", LEADS, _reason),
    Route("freezes:list", "GET", DEPARTMENT),
    Route("freezes:figures", "GET", DEPARTMENT),
    Route("freezes:create", "GET", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("freezes:create", "POST", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("freezes:detail", "GET", DEPARTMENT, _freeze),
    Route("freezes:detail", "POST", DEPARTMENT, _freeze),
    Route("freezes:resume", "POST", DEPARTMENT, _freeze),
    Route("scripts:objections", "GET", DEPARTMENT),
    Route("scripts:objection_new", "GET", DEPARTMENT),
    Route("scripts:objection_new", "POST", DEPARTMENT),
    Route("scripts:objection", "GET", DEPARTMENT, _objection),
    Route("scripts:objection", "POST", DEPARTMENT, _objection),
    Route("scripts:objection_archive", "POST", LEADS, _objection),
    Route("touches:new", "GET", DEPARTMENT),
    Route("touches:new", "POST", DEPARTMENT),
    Route("touches:edit", "GET", CLIENT_OF_DEPARTMENT, _touch),
    Route("touches:edit", "POST", CLIENT_OF_DEPARTMENT, _touch),
    Route("touches:cancel", "POST", CLIENT_OF_DEPARTMENT, _touch),
    Route("scripts:list", "GET", DEPARTMENT),
    Route("scripts:view", "GET", DEPARTMENT, _script),
    Route("scripts:new", "GET", LEADS, lambda _w: {"code": "reminder"}),
    Route("scripts:new", "POST", LEADS, lambda _w: {"code": "reminder"}),
    Route("scripts:edit", "GET", LEADS, _script),
    Route("scripts:edit", "POST", LEADS, _script),
    Route("policies:page", "GET", LEADS),
    Route("policies:page", "POST", LEADS),
    # Renewals
    Route("renewals:board", "GET", DEPARTMENT),
    Route("renewals:stages", "GET", DEPARTMENT),
    Route("renewals:list", "GET", DEPARTMENT),
    Route("renewals:calendar", "GET", DEPARTMENT),
    Route("renewals:forecast", "GET", DEPARTMENT),
    Route("renewals:disputes", "GET", LEADS),
    Route("renewals:offers", "GET", LEADS),
    Route("renewals:decide_offer", "POST", LEADS, lambda w: {"pk": w.renewal_offer.pk}),
    Route("renewals:mismatches", "GET", LEADS),
    Route("renewals:settings", "GET", LEADS),
    Route("renewals:settings", "POST", LEADS),
    Route("renewals:page", "GET", DEPARTMENT, _renewal),
    Route("renewals:stage", "POST", DEPARTMENT, _renewal),
    Route("renewals:opinion", "POST", DEPARTMENT, _renewal),
    Route("renewals:verdict", "POST", LEADS, _renewal),
    Route("renewals:postpone", "POST", DEPARTMENT, _renewal),
    Route("renewals:offer", "POST", DEPARTMENT, _renewal),
    Route("renewals:link", "POST", DEPARTMENT, _renewal),
    Route("renewals:renew", "POST", DEPARTMENT, _renewal),
    Route("renewals:refuse", "POST", DEPARTMENT, _renewal),
    Route("renewals:reopen", "POST", LEADS, _renewal),
    # Complaints and surveys
    Route("complaints:list", "GET", DEPARTMENT),
    Route("complaints:create", "GET", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("complaints:create", "POST", DEPARTMENT, lambda w: {"client_id": w.client.pk}),
    Route("complaints:detail", "GET", DEPARTMENT, _complaint),
    Route("complaints:edit", "GET", DEPARTMENT, _complaint),
    Route("complaints:edit", "POST", DEPARTMENT, _complaint),
    Route("complaints:resolve", "POST", DEPARTMENT, _complaint),
    Route(
        "complaints:reassign",
        "POST",
        DEPARTMENT | {Persona.COLLEAGUE: NO},
        _complaint,
        lambda w: {"responsible": w.colleague.pk, "original": f'{{"responsible": "{w.complaint.responsible_id}"}}'},
    ),
    # Win-back and early signs: seen by the department, worked by whoever was given the client, led by the head
    Route("attention:list", "GET", DEPARTMENT),
    *(Route(f"winbacks:{name}", "GET", DEPARTMENT) for name in ("segments", "board", "list", "returns", "campaigns")),
    Route("winbacks:take", "POST", DEPARTMENT),
    Route("winbacks:campaign_new", "GET", LEADS),
    Route("winbacks:campaign_new", "POST", LEADS),
    Route("winbacks:campaign", "GET", DEPARTMENT, _trust_campaign),
    Route("winbacks:campaign_fill", "POST", LEADS, _trust_campaign),
    Route("winbacks:campaign_close", "POST", LEADS, _trust_campaign),
    Route("winbacks:page", "GET", DEPARTMENT, _win_back),
    *(
        Route(f"winbacks:{name}", "POST", DEPARTMENT | {Persona.COLLEAGUE: NO}, _win_back, data)
        for name, data in (
            ("stage", lambda _w: {"stage": "talking", "seen": "new"}),
            ("step", lambda w: {"on": f"{NOW:%Y-%m-%d}", "version": w.win_back.version}),
            ("offer", lambda w: {"offer": "Пробный месяц", "version": w.win_back.version}),
            ("win", lambda w: {"version": w.win_back.version}),
            ("lose", lambda w: {"lost_reason": RefusalReason.objects.all()[0].pk, "version": w.win_back.version}),
        )
    ),
    Route("winbacks:reopen", "POST", LEADS, _win_back),
    Route("winbacks:pass_on", "POST", LEADS, _win_back),
    Route("surveys:list", "GET", DEPARTMENT),
    Route("surveys:invitations", "GET", DEPARTMENT),
    # A survey has no session to ride on: its address is the secret, so it needs no CSRF token.
    Route("portal:survey", "GET", ABSENT, _wrong_token, csrf=False),
    Route("portal:survey", "POST", ABSENT, _wrong_token, csrf=False),
    Route("portal:thanks", "GET", ABSENT, _wrong_token, csrf=False),
    Route("portal:thanks", "POST", ABSENT, _wrong_token, csrf=False),
    # Figures: a manager sees his own
    Route("reports:kpi", "GET", DEPARTMENT),
    Route("reports:who", "GET", DEPARTMENT, lambda _w: {"metric": "repeat_order_share"}, query=_OCTOBER),
    Route("reports:cohorts", "GET", DEPARTMENT),
    Route("reports:cell", "GET", DEPARTMENT, query=_OCTOBER + "&month=2026-10-01"),
    Route("reports:department", "GET", DEPARTMENT),
    Route("reports:department_xlsx", "GET", DEPARTMENT),
    Route("reports:department_pdf", "GET", DEPARTMENT),
    Route("reports:flow", "GET", DEPARTMENT, lambda _w: {"name": "back"}, query=_OCTOBER),
    Route("reports:money", "GET", LEADS),
    Route("reports:money_xlsx", "GET", LEADS),
    Route("reports:money_pdf", "GET", LEADS),
    Route("reports:money_clients", "GET", LEADS),
    Route("reports:money_served", "GET", LEADS),
    Route("reports:client", "GET", CLIENT_WRITING, _client),
    Route("reports:voice", "GET", DEPARTMENT),
    Route("reports:voice_xlsx", "GET", DEPARTMENT),
    Route("reports:voice_pdf", "GET", DEPARTMENT),
    Route("reports:lifecycle", "GET", DEPARTMENT),
    Route("reports:lifecycle_xlsx", "GET", DEPARTMENT),
    Route("reports:lifecycle_pdf", "GET", DEPARTMENT),
    Route("reports:group", "GET", DEPARTMENT, lambda _w: {"kind": "talks"}, query=_OCTOBER + "&band=1"),
    Route("reports:compare", "GET", DEPARTMENT),
    Route("reports:compare_xlsx", "GET", DEPARTMENT),
    Route("reports:compare_pdf", "GET", DEPARTMENT),
    Route("reports:keep_view", "POST", DEPARTMENT, lambda _w: {"page": "department"}),
    Route("reports:drop_view", "POST", DEPARTMENT, lambda w: {"pk": w.saved_view.pk}),
    Route("reports:see_alert", "POST", LEADS, lambda w: {"pk": w.figure_alert.pk}),
    Route("reports:targets_entry", "GET", LEADS),
    Route("reports:targets_entry", "POST", LEADS),
    Route("reports:standards", "GET", LEADS, lambda _w: {"section": "annotations"}),
    Route("reports:standards", "POST", LEADS, lambda _w: {"section": "annotations"}),
    Route("reports:standard", "GET", LEADS, lambda w: {"section": "annotations", "pk": w.annotation.pk}),
    Route("reports:standard", "POST", LEADS, lambda w: {"section": "annotations", "pk": w.annotation.pk}),
    Route("reports:remove_standard", "POST", LEADS, lambda w: {"section": "annotations", "pk": w.annotation.pk}),
    Route("reports:managers", "GET", DEPARTMENT),
    Route("reports:managers_xlsx", "GET", LEADS),
    Route("reports:managers_pdf", "GET", LEADS),
    Route("reports:manager", "GET", OWN_FIGURES, _name),
    Route("reports:manager_xlsx", "GET", OWN_FIGURES, _name),
    Route("reports:manager_pdf", "GET", OWN_FIGURES, _name),
    Route("reports:manager_late", "GET", OWN_FIGURES, _name),
    Route("reports:leader_cases", "GET", LEADS, lambda w: {**_name(w), "outcome": "saved"}),
    Route("reports:bonus", "GET", DEPARTMENT),
    Route("reports:bonus_work_out", "POST", LEADS),
    Route("reports:bonus_rules", "GET", LEADS),
    Route("reports:bonus_rules", "POST", LEADS),
    Route("reports:bonus_of", "GET", OWN_FIGURES, _name),
    Route("reports:bonus_statement", "GET", OWN_FIGURES, _bonus),
    Route("reports:bonus_xlsx", "GET", OWN_FIGURES, _bonus),
    Route("reports:bonus_pdf", "GET", OWN_FIGURES, _bonus),
    Route("reports:bonus_sign", "POST", LEADS, _bonus),
    # Import and export
    Route("imports:list", "GET", LEADS),
    Route("imports:list", "POST", LEADS),
    Route("imports:run", "GET", LEADS, _run),
    Route("imports:issues", "GET", LEADS, _run),
    Route("imports:undo", "POST", LEADS, _run),
    Route("imports:export", "GET", LEADS, lambda _w: {"kind": "clients"}),
    # API
    Route("api:handoffs", "POST", API, scope=Scope.HANDOFFS_WRITE),
    Route("api:handoff", "GET", API, _handoff, scope=Scope.HANDOFFS_WRITE),
    Route("api:handoff_accept", "POST", API, _handoff, scope=Scope.HANDOFFS_WRITE, token_of="owner"),
    Route("api:handoff_return", "POST", API, _handoff, scope=Scope.HANDOFFS_WRITE, token_of="owner"),
    Route("api:order", "PUT", API, lambda _w: {"external_id": "o-1"}, scope=Scope.ORDERS_WRITE),
    Route("api:stops", "POST", API, scope=Scope.STOPS_WRITE),
    Route("api:stop", "GET", API, _freeze, scope=Scope.STOPS_WRITE),
    Route("api:stop_resume", "POST", API, _freeze, scope=Scope.STOPS_WRITE),
    Route("api:stop_resume", "PUT", API, _freeze, scope=Scope.STOPS_WRITE),
    Route("api:clients", "GET", API, scope=Scope.CLIENTS_READ),
    Route("api:client", "GET", API, _client, scope=Scope.CLIENTS_READ),
    Route("api:reports_kpi", "GET", API, scope=Scope.REPORTS_READ),
    Route("api:reports_cohorts", "GET", API, scope=Scope.REPORTS_READ),
    Route("api:reports_behind", "GET", API, lambda _w: {"metric": "revenue"}, scope=Scope.REPORTS_READ),
    Route("api:renewals", "GET", API, scope=Scope.CLIENTS_READ),
    Route("api:renewal", "GET", API, _renewal, scope=Scope.CLIENTS_READ),
    Route("api:schema", "GET", PUBLIC),
    Route("api:docs", "GET", PUBLIC),
    Route("api:nothing", "GET", ABSENT),
]
