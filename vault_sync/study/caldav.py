"""Reviews pushed into a calendar on a CalDAV server (RFC 4791), by the optional library caldav.

Only events whose UID says that they are of this very vault are changed or deleted there.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from icalendar import Calendar

from vault_sync.errors import CalendarError

if TYPE_CHECKING:
    from collections.abc import Mapping

USER_VARIABLE: Final = "VAULT_SYNC_CALDAV_USER"
PASSWORD_VARIABLE: Final = "VAULT_SYNC_CALDAV_PASSWORD"  # noqa: S105 - the name of a variable
_SERVICE: Final = "vault-sync"
_TIMEOUT: Final = 30
_TELLING: Final = ("SUMMARY", "DESCRIPTION", "URL", "DTSTART", "DTEND", "TRANSP", "TRIGGER")


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks the server."""

    user: str
    password: str

    def __repr__(self) -> str:
        """Return it without the password, so that no traceback shows it."""
        return f"Credentials({self.user!r})"


@dataclass(slots=True)
class PushReport:
    """How many events were added, changed, deleted, and were right already."""

    added: int = 0
    changed: int = 0
    deleted: int = 0
    kept: int = 0


def find_credentials(environment: Mapping[str, str]) -> Credentials:
    """Return who asks: from the environment, the password otherwise from the system's keyring.

    Args:
        environment: the variables of the process.

    Raises:
        CalendarError: they are nowhere.
    """
    user = environment.get(USER_VARIABLE, "")
    password = environment.get(PASSWORD_VARIABLE) or (user and _ask_keyring(user))
    if user and password:
        return Credentials(user, password)
    raise CalendarError(
        f"Name the user in {USER_VARIABLE} and the password in {PASSWORD_VARIABLE}, or keep the"
        f" password in the keyring: `keyring set {_SERVICE} USER`. They never belong into the vault."
    )


def push_calendar(
    url: str, credentials: Credentials, events: Mapping[str, bytes], uid_start: str
) -> PushReport:
    """Make the events of a vault in a calendar on a server those that are given.

    Args:
        url: of the calendar itself, not of the account.
        credentials: who asks.
        events: each alone in an iCalendar object, by its UID.
        uid_start: with which the UIDs of this vault begin; all other events stay as they are.

    Raises:
        CalendarError: the address cannot be used, the library is missing, or the server refuses.
    """
    check_address(url)
    caldav = _import_caldav()
    try:
        # Nothing is asked of DNS: the password goes to the server that was named.
        with caldav.DAVClient(
            url=url,
            username=credentials.user,
            password=credentials.password,
            timeout=_TIMEOUT,
            enable_rfc6764=False,
        ) as client:
            return _replace_ours(client.calendar(url=url), events, uid_start)
    except (caldav.lib.error.DAVError, OSError) as error:
        raise CalendarError(
            f"The calendar server did not do it ({_explain(error)}). Check the address of the"
            " calendar, the user and the password; what was pushed before is still there."
        ) from error


def check_address(url: str) -> None:
    """Refuse an address to which a password must not be sent.

    Raises:
        CalendarError: it is no address of the web, is not encrypted, or holds a password.
    """
    parts = urlsplit(url)
    if parts.username or parts.password:
        raise CalendarError(
            f"Leave user and password out of the address; put them into {USER_VARIABLE} and {PASSWORD_VARIABLE}."
        )
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname))
    if not (is_safe and parts.hostname):
        raise CalendarError(
            "The address of the calendar must begin with https://, as your password is sent to it."
        )


def _is_here(host: str | None) -> bool:
    """Say whether a host is this computer, to which nobody listens on the way."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _replace_ours(calendar: Any, events: Mapping[str, bytes], uid_start: str) -> PushReport:
    report = PushReport()
    seen = set()
    for found in calendar.get_events():
        uid = str(found.icalendar_component.get("UID", ""))
        if not uid.startswith(uid_start):
            continue
        if uid not in events or uid in seen:
            found.delete()
            report.deleted += 1
            continue
        seen.add(uid)
        if _summarize(found.data) == _summarize(events[uid]):
            report.kept += 1
        else:
            found.data = events[uid]
            found.save()
            report.changed += 1
    for uid in events.keys() - seen:
        calendar.add_event(events[uid].decode())
        report.added += 1
    return report


def _summarize(data: str | bytes) -> list[tuple[str, str]]:
    """Return what an event tells people; servers reorder the rest and add to it."""
    return sorted(
        (name, value.to_ical().decode() if hasattr(value, "to_ical") else str(value))
        for name, value in Calendar.from_ical(data).property_items()
        if name in _TELLING
    )


def _import_caldav() -> Any:
    try:
        return import_module("caldav")
    except ImportError as error:
        raise CalendarError(
            "Pushing needs the library caldav: `pipx inject obsidian-vault-sync caldav keyring`,"
            " or `pip install 'obsidian-vault-sync[caldav]'` in an environment of your own."
        ) from error


def _ask_keyring(user: str) -> str | None:
    """Return a password from the system's keyring, None where there is none or no library."""
    try:
        keyring = import_module("keyring")
    except ImportError:
        return None
    try:
        found: str | None = keyring.get_password(_SERVICE, user)
    except keyring.errors.KeyringError:
        return None
    return found


def _explain(error: Exception) -> str:
    """Return the first line of what a library says; a page of a server is no sentence."""
    reason = str(getattr(error, "reason", "") or "") or str(error)
    return (reason.strip().splitlines() or [type(error).__name__])[0][:200]
