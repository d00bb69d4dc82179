"""The link for a new password, by e-mail. Its token is made when it is sent: no queue and no journal holds one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any
from uuid import UUID

from hub.db.uow import TenantDatabase
from hub.jobs.handlers.email import email
from hub.jobs.registry import Outcome, delivery
from hub.jobs.report import Report
from hub.models.person import Person
from hub.services.accounts import create_sign_in_link
from hub.services.deliveries import mail_server
from hub.services.jobs import WAITING
from hub.texts import Translator
from hub.urls.addresses import base_address


@delivery("sign_in_link")
def sign_in_link(tenant: TenantDatabase, payload: Mapping[str, Any], report: Report) -> Outcome | None:
    """Send the person of ``payload`` (``person_id``) a ``reset`` link, valid two hours.

    Without a mail server or an address it waits: an administrator shows the person a link (``/hand-over/<person>``).
    """
    with tenant.read() as session:
        person = session.get(Person, UUID(payload["person_id"]))
        server = mail_server(session)
    if person is None or person.erased_at is not None:
        return Outcome(answer="")
    _ = Translator(person.language if person.language in ("fr", "en") else "fr").gettext
    record = report.installation.record(tenant.key)
    base = base_address(report.installation.config, record.hosts[0])
    if server is None or not person.email:
        return Outcome(WAITING, _("À remettre en main propre : %(address)s", address=f"{base}/hand-over/{person.id}"))
    with tenant.write() as session:
        vault = report.installation.vault_of(tenant.key)
        token = create_sign_in_link(session, vault, person.id, "reset", report.now().astimezone(UTC))
    text = _(
        "Bonjour %(name)s,\n\n"
        "Voici le lien pour choisir un nouveau mot de passe. Il sert une fois, pendant deux heures :\n"
        "%(address)s\n\nVous n’avez rien demandé ? Ne faites rien : votre mot de passe reste le même.\n",
        name=person.given_name,
        address=f"{base}/s/{token}",
    )
    return email(tenant, {"to": person.email, "subject": _("Votre nouveau mot de passe"), "text": text}, report)
