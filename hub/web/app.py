"""The web application: tenant by host, viewer by session, views discovered, access enforced."""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from apiflask import APIFlask
from flask import Blueprint, Flask, current_app, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import hub.web.views
from hub.db.directory import Installation
from hub.services import second_factor_rule, sessions
from hub.services.settings import all_settings, recent_settings
from hub.texts import DEFAULT_ZONE, LANGUAGES, Translator, speaking
from hub.web import cookies, errors, gate, idle, measures, replica, security, static_files
from hub.web.access import TOKEN, Access, access_of, check
from hub.web.content_host.app import create_content_app, dispatch
from hub.web.context import Here, here
from hub.web.rules import LazyRule

Clock = Callable[[], datetime]
Health = Callable[[], Mapping[str, Any]]
INSTALLATION, CLOCK, HEALTH, CSRF = "hub.installation", "hub.clock", "hub.health", "hub.csrf"
CONTENT = "hub.content"
LARGEST_FORM = 16 * 1024 * 1024
"""Bytes of one request's body; a view that takes more (uploads) sets ``request.max_content_length`` for itself."""


def utc_now() -> datetime:
    """The present instant, aware, UTC."""
    return datetime.now(UTC)


def create_app(
    installation: Installation,
    *,
    clock: Clock = utc_now,
    development: bool | None = None,
    health: Health | None = None,
    views: list[ModuleType] | None = None,
) -> Flask:
    """The WSGI application of an installation.

    :param clock: gives the present instant; the demo and the tests hand in theirs.
    :param development: shows ``/style`` and reads static files anew at each request; by default the loopback switch
    decides.
    :param health: members to add to ``/healthz``.
    :param views: modules with a ``blueprint``; by default every module of ``hub.web.views``.
    :raises AccessError: a view has no ``@access``. :raises LookupError: a module of views has no ``blueprint``.
    """
    development = installation.config.allow_loopback if development is None else development
    app = APIFlask("hub.web", json_errors=False, enable_openapi=False, static_folder=None)  # type: ignore[arg-type]  # Flask takes None for no folder
    app.url_rule_class = LazyRule
    _configure(app, installation, development)
    app.extensions.update({INSTALLATION: installation, CLOCK: clock, HEALTH: health})
    app.session_interface = cookies.FormSession()
    csrf = CSRFProtect(app)
    app.extensions[CSRF] = csrf
    app.before_request(_begin)
    app.before_request(gate.enforce)
    app.teardown_request(_finish)
    security.install(app)
    idle.install(app)
    static_files.install(app, development=development)
    errors.install(app)
    measures.install(app, installation)
    replica.install(app, installation)
    for module in discover() if views is None else views:
        app.register_blueprint(_blueprint(module))
    check(app.view_functions)
    content = create_content_app(installation, clock, development=development)
    app.extensions[CONTENT] = content
    app.wsgi_app = dispatch(app.wsgi_app, content.wsgi_app, installation)  # type: ignore[assignment, method-assign]  # as Flask tells to wrap it
    if installation.config.trusted_proxies:
        n = installation.config.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=n, x_proto=n, x_host=n)  # type: ignore[method-assign]  # as Flask tells to wrap it
    return app


def discover() -> list[ModuleType]:
    """The modules of ``hub.web.views``, by name; one whose name begins with ``_`` is a helper of others."""
    names = sorted(m.name for m in pkgutil.iter_modules(hub.web.views.__path__) if not m.name.startswith("_"))
    return [importlib.import_module(f"hub.web.views.{name}") for name in names]


def _blueprint(module: ModuleType) -> Blueprint:
    found = getattr(module, "blueprint", None)
    if not isinstance(found, Blueprint):
        raise LookupError(f"{module.__name__} has no blueprint")
    return found


def _configure(app: Flask, installation: Installation, development: bool) -> None:
    secure = installation.config.secure
    app.config.update(
        SECRET_KEY=installation.vault.keyed_hash("web forms and messages", "1"),
        SESSION_COOKIE_NAME="__Host-hub-form" if secure else "hub-form",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,  # as long as the browser's session: a form may stay open over lunch
        WTF_CSRF_CHECK_DEFAULT=False,  # gate.enforce asks for it, by the view's declaration
        MAX_CONTENT_LENGTH=LARGEST_FORM,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        HUB_DEVELOPMENT=development,
        TRAP_HTTP_EXCEPTIONS=False,
        PROPAGATE_EXCEPTIONS=False,
    )


def _begin() -> None:
    """Find tenant, viewer and language of this request. Raises UnknownHost, TenantSuspended, TenantNotMigrated."""
    g.stack = ExitStack()
    declared = access_of(current_app.view_functions[request.endpoint]) if request.endpoint else None
    if declared is not None and declared.any_host:
        g.stack.enter_context(speaking(Translator(_negotiated())))
        return
    installation: Installation = current_app.extensions[INSTALLATION]
    language = _negotiated()
    g.stack.enter_context(speaking(Translator(language)))  # for what the next lines may raise
    record = installation.record_for_host(request.host)
    tenant = installation.tenant_for_host(request.host)
    now = current_app.extensions[CLOCK]()
    if declared is not None and declared.audience is TOKEN:
        settings, signed_in, owes = recent_settings(tenant), None, False
    else:
        with tenant.read() as session:
            settings = all_settings(session)
            token = cookies.session_token()
            signed_in = sessions.look_up(session, installation.vault_of(record.key), token, now) if token else None
            owes = signed_in is not None and second_factor_rule.owes(session, signed_in.viewer, settings)
    language = signed_in.viewer.language if signed_in else language
    zone = str(settings.get("place", {}).get("zone") or DEFAULT_ZONE)
    translator = g.stack.enter_context(speaking(Translator(language, zone, lambda: now)))
    g.here = Here(installation, record, tenant, translator, now, signed_in, settings, owes_second=owes)
    _touch(declared, signed_in)
    replica.begin(declared)


def _touch(declared: Access | None, signed_in: sessions.SignedIn | None) -> None:
    """Note the visit, at most every ten seconds, in a unit of its own that is over before the view begins."""
    if signed_in is not None and signed_in.due and not (declared and declared.passive):
        with here().tenant.write() as session:
            sessions.touch(session, signed_in.key, here().now)


def _finish(_error: BaseException | None) -> None:
    stack = g.pop("stack", None)
    if isinstance(stack, ExitStack):
        stack.close()


def _negotiated() -> str:
    """The language chosen before signing in, else the first that the browser asks for and we have, else the place's."""
    chosen = request.cookies.get(cookies.LANGUAGE)
    if chosen in LANGUAGES:
        return str(chosen)
    installation: Installation = current_app.extensions[INSTALLATION]
    return request.accept_languages.best_match(LANGUAGES) or installation.config.language
