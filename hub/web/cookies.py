"""The hub's cookies: which names, how long, and no way to set one without its protections."""

from typing import Final

from flask import Flask, Request, Response, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object"})
OWN_DEVICE_SECONDS: Final = 90 * 86400
LANGUAGE: Final = "hub-language"
LANGUAGE_SECONDS: Final = 365 * 86400
PEOPLE_COLUMNS: Final = "hub-people"


def session_name(secure: bool) -> str:
    """``__Host-`` binds the cookie to this very host over https; browsers refuse that name over http."""
    return "__Host-hub" if secure else "hub"


def framed() -> bool:
    """Whether the browser says that this page goes into a frame of another site."""
    return request.headers.get("Sec-Fetch-Dest", "") in _FRAMES


class FormSession(SecureCookieSessionInterface):
    """The forms' own cookie. In a partner's frame it lives in that site's partition, or the forms there would fail.

    Most requests of machines bring no cookie and leave none: for them nothing is read, signed or looked up.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """What the cookie holds; an empty session where there is none."""
        brought = self.get_cookie_name(app) in request.cookies
        return super().open_session(app, request) if brought else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie if the request touched the session."""
        if session or session.accessed or session.modified:
            super().save_session(app, session, response)

    def get_cookie_samesite(self, app: Flask) -> str | None:
        """``None`` in a frame; the CSRF token within the cookie still guards every form."""
        return "None" if framed() else super().get_cookie_samesite(app)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Always in a frame: browsers ask it of partitioned cookies, and take it over http on this machine."""
        return framed() or super().get_cookie_secure(app)

    def get_cookie_partitioned(self, app: Flask) -> bool:
        """In a frame."""
        return framed() or super().get_cookie_partitioned(app)


def session_token() -> str | None:
    """The session token that this browser sends, if any."""
    return request.cookies.get(session_name(_secure()))


def set_session(response: Response, token: str, *, shared: bool, framed: bool = False) -> None:
    """Hand the browser its session; on a shared device it forgets it with its last window. ``framed``: a partner's
    platform shows us in a frame, where only a cookie of that site's own partition comes back."""
    if framed:
        response.set_cookie(
            session_name(_secure()), token, secure=True, httponly=True, samesite="None", partitioned=True
        )
        return
    response.set_cookie(
        session_name(_secure()),
        token,
        max_age=None if shared else OWN_DEVICE_SECONDS,
        secure=_secure(),
        httponly=True,
        samesite="Lax",
    )


def forget_session(response: Response) -> None:
    """Take the session cookie back."""
    response.delete_cookie(session_name(_secure()), secure=_secure(), httponly=True, samesite="Lax")


def set_language(response: Response, code: str) -> None:
    """Remember the language chosen before signing in."""
    response.set_cookie(LANGUAGE, code, max_age=LANGUAGE_SECONDS, secure=_secure(), httponly=True, samesite="Lax")


def forget_language(response: Response) -> None:
    """Forget it: the person's own language counts from here on."""
    response.delete_cookie(LANGUAGE, secure=_secure(), httponly=True, samesite="Lax")


def people_columns() -> list[str] | None:
    """Names of the columns chosen for the list of persons, as this browser remembers them; None before any choice."""
    kept = request.cookies.get(PEOPLE_COLUMNS)
    return None if kept is None else kept.split(".")


def set_people_columns(response: Response, names: list[str]) -> None:
    """Remember the columns of the list of persons."""
    kept = ".".join(names)
    response.set_cookie(PEOPLE_COLUMNS, kept, max_age=LANGUAGE_SECONDS, secure=_secure(), httponly=True, samesite="Lax")


def _secure() -> bool:
    return bool(current_app.config["SESSION_COOKIE_SECURE"])
