"""Letters over SMTP, one connection for many letters."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMultiAlternatives

from gateways.models import OutboxMessage
from gateways.transport import LostContactError, RefusedError, UnreachableError

_LETTERS_PER_CONNECTION = 100
_TIMEOUT = 30
_TOO_BIG = 552
_NOT_COMPOSABLE = 554
_TRY_LATER = 421


class SmtpTransport:
    is_local = False

    def __init__(self) -> None:
        self._server: smtplib.SMTP | None = None
        self._handed_over = 0

    def deliver(self, letter: OutboxMessage, *, before_data: Callable[[], None]) -> None:
        content = compose(letter)
        server = self._connected()
        self._envelope(server, letter.to_address)
        try:
            before_data()
        except BaseException:
            self.close()  # an envelope without a letter: the connection is not used again
            raise
        self._data(server, content)

    def close(self) -> None:
        if self._server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                self._server.quit()
        self._server = None

    def _connected(self) -> smtplib.SMTP:
        if self._handed_over >= _LETTERS_PER_CONNECTION:
            self.close()
        if self._server is None:
            self._handed_over = 0
            try:
                self._server = _connect()
            except (smtplib.SMTPException, OSError) as error:
                raise UnreachableError(str(error)) from error
        return self._server

    def _envelope(self, server: smtplib.SMTP, to_address: str) -> None:
        """Until the recipient is taken nothing has left: every trouble here is safe to try again."""
        try:
            code, text = server.mail(_ascii(parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
            if code >= 500 and code != _TOO_BIG:
                raise UnreachableError(_said(code, text))  # the sender itself is refused: true of every letter
            if _is_yes(code):
                code, text = server.rcpt(_ascii(to_address))
            if not _is_yes(code):
                server.rset()
                raise RefusedError(code, _said(code, text))
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise RefusedError(_TRY_LATER, str(error)) from error

    def _data(self, server: smtplib.SMTP, content: bytes) -> None:
        try:
            code, text = server.data(content)
        except smtplib.SMTPDataError as error:
            self.close()
            raise RefusedError(error.smtp_code, _said(error.smtp_code, error.smtp_error)) from error
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise LostContactError(str(error)) from error
        self._handed_over += 1
        if code >= 400:
            raise RefusedError(code, _said(code, text))
        if not _is_yes(code):
            self.close()
            raise LostContactError(f"an answer that is none: {_said(code, text)}")


def compose(letter: OutboxMessage) -> bytes:
    """The letter as it goes over the wire. Django refuses line breaks in headers; the standard library's newer
    classes are not used because they lose spaces when they fold long Cyrillic headers.
    """
    try:
        message = EmailMultiAlternatives(
            subject=letter.subject,
            body=letter.text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[formataddr((letter.to_name, letter.to_address))],
            reply_to=[letter.reply_to] if letter.reply_to else None,
            headers={**letter.headers, "Message-ID": letter.message_id, "Date": format_datetime(_moment(letter))},
        )
        if letter.html:
            message.attach_alternative(letter.html, "text/html")
        content: bytes = message.message().as_bytes(linesep="\r\n")
    except (ValueError, LookupError, TypeError) as error:
        raise RefusedError(_NOT_COMPOSABLE, str(error)) from error
    return content


def _moment(letter: OutboxMessage) -> datetime:
    return max(letter.created_at, letter.send_after)


def _ascii(address: str) -> str:
    local, _, domain = address.rpartition("@")
    return f"{local}@{_ascii_domain(domain)}"


def _ascii_domain(domain: str) -> str:
    return domain if domain.isascii() else domain.encode("idna").decode("ascii")


def _is_yes(code: int) -> bool:
    return 200 <= code < 300


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {' '.join(words.split())}"[:500]


def _connect() -> smtplib.SMTP:
    """TLS is checked against the system's authorities. No name look-up of this host: EHLO says the sender's domain."""
    greeting = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    secure = ssl.create_default_context()
    server: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        server = smtplib.SMTP_SSL(settings.EMAIL_HOST, settings.EMAIL_PORT, greeting, timeout=_TIMEOUT, context=secure)
    else:
        server = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, greeting, timeout=_TIMEOUT)
    try:
        if settings.EMAIL_USE_TLS:
            server.starttls(context=secure)
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        server.ehlo_or_helo_if_needed()
    except (smtplib.SMTPException, OSError):
        server.close()
        raise
    return server
