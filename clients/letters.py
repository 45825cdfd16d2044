"""Letters: wording, greeting, signature; written to the outbox and onto the timeline together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

import css_inline
from django.conf import settings
from django.core.signing import Signer
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from clients.enums import EventKind
from clients.models import ClientLetter, Contact, LetterTemplate
from clients.queries import owners_of
from clients.rules.greetings import greeting_for
from clients.rules.wording import blocks, fill, with_greeting
from clients.services.events import new_event, record_events
from core.errors import DomainError
from core.models import Company
from core.phones import format_phone
from core.queries import company as load_company
from gateways.enums import MessageClass
from gateways.models import OutboxMessage
from gateways.services import LetterDraft, enqueue_letter, enqueue_letters
from staff.models import User

PHOTO_SALT = "clients.letters.photo"


@dataclass(frozen=True, slots=True)
class ComposedLetter:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRequest:
    """One letter to be. ``key`` names its reason: asked for twice, it is written once.

    Either ``template_code`` or ``subject`` and ``body`` (a text that a person has finished by hand).
    """

    contact: Contact
    key: str
    template_code: str = ""
    subject: str = ""
    body: str = ""
    actor: User | None = None
    message_class: MessageClass = MessageClass.SERVICE
    send_after: datetime | None = None
    expires_at: datetime | None = None
    language: str = "ru"
    extra: Mapping[str, str] = field(default_factory=dict)


def find_template(code: str, language: str) -> LetterTemplate:
    """In that language, or in Russian when the wording was never translated."""
    rows = {row.language: row for row in LetterTemplate.objects.filter(code=code, language__in={language, "ru"})}
    row = rows.get(language) or rows.get("ru")
    if row is None:
        raise DomainError(_("There is no letter template “%(code)s”.") % {"code": code}, code="no_template")
    return row


def compose(
    *,
    template_code: str,
    contact: Contact,
    owner: User,
    language: str = "ru",
    extra: Mapping[str, str] | None = None,
) -> ComposedLetter:
    """The finished letter of that occasion to that person; nothing is written or sent."""
    return _composed(
        find_template(template_code, language), contact, owner, load_company(), language=language, extra=extra or {}
    )


def compose_by_hand(
    *, subject: str, body: str, contact: Contact, owner: User, language: str = "ru", company: Company | None = None
) -> ComposedLetter:
    """A person's own text: taken literally, but greeted and signed like every letter."""
    greeting = greeting_of(contact, language)
    return _dressed(subject, with_greeting(body, greeting), owner, company or load_company(), language)


def greeting_of(contact: Contact, language: str = "ru") -> str:
    return greeting_for(
        greeting=contact.greeting, name=contact.name, address_form=contact.address_form, language=language
    )


def send_to_contact(
    *,
    contact: Contact,
    key: str,
    now: datetime,
    template_code: str = "",
    subject: str = "",
    body: str = "",
    actor: User | None = None,
    message_class: MessageClass = MessageClass.SERVICE,
    send_after: datetime | None = None,
    extra: Mapping[str, str] | None = None,
) -> ClientLetter:
    """Outbox and timeline in one transaction; the same key again answers with the letter that is there."""
    if not contact.email:
        raise DomainError(_("This contact has no e-mail."), code="no_email", fields={"contact": [_("No e-mail.")]})
    request = LetterRequest(
        contact=contact,
        key=key,
        template_code=template_code,
        subject=subject,
        body=body,
        actor=actor,
        message_class=message_class,
        send_after=send_after,
        extra=extra or {},
    )
    return send_to_contacts([request], now=now)[key]


@transaction.atomic
def send_to_contacts(requests: Sequence[LetterRequest], *, now: datetime) -> dict[str, ClientLetter]:
    """Many letters set-based: a handful of queries however many there are. Contacts without e-mail are left out."""
    wanted = {request.key: request for request in requests if request.contact.email}
    prefetch_related_objects([request.contact for request in wanted.values()], "client")
    owners = owners_of({request.contact.client_id for request in wanted.values()})
    company = load_company()
    templates: dict[tuple[str, str], LetterTemplate] = {}
    drafts = []
    for request in wanted.values():
        owner = owners[request.contact.client_id]
        letter = _compose_request(request, owner, company, templates)
        drafts.append(_draft(request, owner, letter))
    message_ids = enqueue_letters(drafts, now=now)
    return _put_on_timeline(wanted, message_ids, {draft.key: draft.subject for draft in drafts}, now)


def send_to_staff(
    *,
    user: User,
    template_code: str,
    key: str,
    now: datetime,
    extra: Mapping[str, str] | None = None,
    send_after: datetime | None = None,
    reply_to: str = "",
) -> OutboxMessage | None:
    """A plain letter to a colleague in that person's language; nobody is written to without an address."""
    if not user.email:
        return None
    company = load_company()
    template = find_template(template_code, user.language)
    values = {"name": user.name, "department": company.department_name, "company": company.name, **(extra or {})}
    letter = _dressed(fill(template.subject, values), fill(template.body, values), None, company, user.language)
    draft = LetterDraft(
        key=key,
        to_address=user.email,
        to_name=user.name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        reply_to=reply_to,
        message_class=MessageClass.STAFF,
        send_after=send_after,
    )
    return enqueue_letter(draft, now=now)


def photo_url(user: User) -> str:
    """An address that a mail program can open without logging in; signed, so that nobody can walk the photos."""
    if not user.photo:
        return ""
    return settings.APP_URL + reverse("clients:letter_photo", args=[Signer(salt=PHOTO_SALT).sign(str(user.pk))])


def _compose_request(
    request: LetterRequest, owner: User, company: Company, templates: dict[tuple[str, str], LetterTemplate]
) -> ComposedLetter:
    if not request.template_code:
        return compose_by_hand(
            subject=request.subject,
            body=request.body,
            contact=request.contact,
            owner=owner,
            language=request.language,
            company=company,
        )
    name = (request.template_code, request.language)
    if name not in templates:
        templates[name] = find_template(*name)
    return _composed(templates[name], request.contact, owner, company, language=request.language, extra=request.extra)


def _composed(
    template: LetterTemplate,
    contact: Contact,
    owner: User,
    company: Company,
    *,
    language: str,
    extra: Mapping[str, str],
) -> ComposedLetter:
    greeting = greeting_of(contact, language)
    values = {
        **extra,
        "greeting": greeting,
        "name": contact.name,
        "client": contact.client.name,
        "owner": owner.name,
        "owner_phone": _phone_of(owner, language),
        "owner_email": owner.email,
        "department": company.department_name,
        "company": company.name,
    }
    subject = fill(template.subject, values, address_form=contact.address_form)
    body = fill(template.body, values, address_form=contact.address_form)
    return _dressed(subject, with_greeting(body, greeting), owner, company, language)


def _dressed(subject: str, body: str, owner: User | None, company: Company, language: str) -> ComposedLetter:
    """Signature, text and HTML of a body that is final. The subject is one line, whatever it was made of."""
    line = " ".join(subject.split())
    signature = [body.strip()]
    if owner is not None:
        phone = _phone_of(owner, language)
        signature.append("\n".join(["—", *filter(None, [owner.name, company.department_name, phone, owner.email])]))
    values = {"blocks": blocks(body), "owner": _card(owner, language) if owner else None}
    html = letter_html("letters/letter.html", values, subject=line, company=company, language=language)
    return ComposedLetter(subject=line, text="\n\n".join(signature) + "\n", html=html)


def letter_html(template: str, values: Mapping[str, Any], *, subject: str, company: Company, language: str) -> str:
    """``template`` is ``letters/letter.html`` or one that extends it; what it is drawn with stands in the tags."""
    names = {"department": company.department_name, "company": company.name}
    html = render_to_string(template, {**values, **names, "language": language, "subject": subject})
    return css_inline.inline(html, keep_style_tags=False, load_remote_stylesheets=False)


def _card(owner: User, language: str) -> dict[str, str]:
    with translation.override(language):
        title = _("Your account manager")
    return {
        "name": owner.name,
        "title": title,
        "initials": "".join(word[0] for word in owner.name.split()[:2]).upper(),
        "photo_url": photo_url(owner),
        "phone": _phone_of(owner, language),
        "phone_link": quote(owner.phone, safe="+;="),
        "email": owner.email,
    }


def _phone_of(owner: User, language: str) -> str:
    if not owner.phone:
        return ""
    with translation.override(language):
        words = _("ext.")
        extension = f" {words} {owner.extension}" if owner.extension else ""
    return format_phone(owner.phone) + extension


def _draft(request: LetterRequest, owner: User, letter: ComposedLetter) -> LetterDraft:
    return LetterDraft(
        key=request.key,
        to_address=request.contact.email,
        to_name=request.contact.name,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        reply_to=owner.email,
        message_class=request.message_class,
        send_after=request.send_after,
        expires_at=request.expires_at,
    )


def _put_on_timeline(
    wanted: Mapping[str, LetterRequest], message_ids: Mapping[str, int], subjects: Mapping[str, str], now: datetime
) -> dict[str, ClientLetter]:
    ids = list(message_ids.values())
    present = {row.message_id: row for row in ClientLetter.objects.filter(message_id__in=ids)}
    fresh = [
        ClientLetter(
            client_id=request.contact.client_id,
            contact=request.contact,
            message_id=message_ids[key],
            template_code=request.template_code,
            author=request.actor,
        )
        for key, request in wanted.items()
        if message_ids[key] not in present
    ]
    ClientLetter.objects.bulk_create(fresh, batch_size=1000)
    present |= {row.message_id: row for row in fresh}
    keys = {message_ids[key]: key for key in wanted}
    record_events(
        [
            new_event(
                client_id=row.client_id,
                kind=EventKind.LETTER,
                at=now,
                actor=row.author,
                summary=subjects[keys[row.message_id]],
                data={"contact": row.contact_id, "template": row.template_code},
                subject=row,
            )
            for row in fresh
        ]
    )
    return {key: present[message_ids[key]] for key in wanted}
