"""What ``hub doctor`` learns by calling: the certificate and headers of its own address, the mail server, the clock of
partners. Each call ends within seconds; nothing is sent."""

import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import orjson
from sqlalchemy.exc import SQLAlchemyError

from connectors.addresses import AddressPolicy
from connectors.errors import CertificateFault, ConnectorError
from connectors.http import HttpClient, HttpOptions
from hub.config import Config
from hub.db.directory import Installation
from hub.db.errors import DatabaseError
from hub.jobs.handlers.email import reach
from hub.services.deliveries import mail_server
from hub.services.health import Finding
from hub.services.platform_admin import addresses
from hub.texts import _, ngettext

LIMITS = HttpOptions(read_timeout=5.0, deadline=8.0, max_bytes=65_536, max_redirects=0, retries=0)
SOON = 21
"""Days before its end from which a certificate is worth a word: it should have renewed itself."""
CLOCK_TOLERANCE = timedelta(seconds=90)


def online(installation: Installation) -> Iterator[Finding]:
    """Every finding that needs the network."""
    config = installation.config
    if config.secure:
        yield from own_address(config)
    for record in installation.tenants():
        try:
            with installation.tenant(record.key).read() as session:
                server, partners = mail_server(session), addresses(session)
        except (DatabaseError, SQLAlchemyError):
            continue  # said already
        if server is not None:
            fault = reach(server)
            yield mail(record.name, fault)
        yield from clock(config, partners)


def mail(place: str, fault: str | None) -> Finding:
    """Whether the mail server of a place lets us in."""
    if fault is None:
        return Finding("ok", _("%(name)s : le serveur d’e-mail répond.", name=place))
    return Finding(
        "fault",
        _("%(name)s : le serveur d’e-mail ne prend pas les envois (%(reason)s).", name=place, reason=fault),
        _("Corrigez-le sous « E-mail et SMS », puis « Essayer »."),
    )


def own_address(config: Config) -> Iterator[Finding]:
    """The certificate, and whether the hub sees https behind its web server."""
    try:
        with HttpClient(LIMITS, AddressPolicy(development=config.allow_loopback)) as http:
            answer = http.request("GET", f"{config.base_url.rstrip('/')}/readyz")
    except CertificateFault:
        yield Finding(
            "fault",
            _("Le certificat de %(host)s n’est pas valable.", host=config.host),
            _("Regardez le journal de Caddy ou de certbot : il dit pourquoi il n’a pas pu le renouveler."),
        )
        return
    except ConnectorError as error:
        yield Finding(
            "warning",
            _("%(url)s ne répond pas d’ici (%(code)s).", url=config.base_url, code=error.code),
            _("Vérifiez le nom de domaine, le serveur web et que « hub serve » tourne."),
        )
        return
    yield seen(answer.body)
    days = certificate_days(config.host)
    if days is not None and days < SOON:
        yield Finding(
            "warning",
            ngettext("Le certificat finit dans %(num)s jour.", "Le certificat finit dans %(num)s jours.", days),
            _("Il devrait s’être renouvelé seul : regardez le journal de Caddy ou de certbot."),
        )
    elif days is not None:
        yield Finding("ok", _("Le certificat est valable et se renouvelle."))


def seen(body: bytes) -> Finding:
    """What ``/readyz`` says of the scheme: behind a web server that does not tell, links and cookies would be wrong."""
    try:
        scheme = orjson.loads(body).get("scheme")
    except (orjson.JSONDecodeError, AttributeError):
        scheme = None
    if scheme == "https":
        return Finding("ok", _("Le hub sait que ses visiteurs viennent en https."))
    return Finding(
        "fault",
        _("Le hub ne voit pas que ses visiteurs viennent en https : X-Forwarded-Proto manque ou n’est pas cru."),
        _("Réglez trusted_proxies = 1 et reprenez deploy/Caddyfile ou deploy/nginx.conf."),
    )


def certificate_days(host: str, port: int = 443) -> int | None:
    """Days until the certificate at ``host`` ends; None where it cannot be seen."""
    try:
        with (
            socket.create_connection((host, port), timeout=5) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secure,
        ):
            ends = ssl.cert_time_to_seconds(str((secure.getpeercert() or {})["notAfter"]))
    except (OSError, KeyError, ValueError):
        return None
    return int((ends - datetime.now(UTC).timestamp()) // 86_400)


def clock(config: Config, partners: list[str]) -> Iterator[Finding]:
    """Compare our clock with the ``Date`` of the first partner that answers: two clocks rarely err alike."""
    for address in partners:
        try:
            with HttpClient(LIMITS, AddressPolicy(development=config.allow_loopback)) as http:
                told = http.request("HEAD", address).headers.get("Date", "")
            theirs = parsedate_to_datetime(told)
        except (ConnectorError, ValueError, TypeError):
            continue
        apart = datetime.now(UTC) - theirs
        if abs(apart) > CLOCK_TOLERANCE:
            seconds = int(abs(apart).total_seconds())
            yield Finding(
                "fault",
                _("L’horloge du serveur s’écarte de %(seconds)s secondes de celle d’un partenaire.", seconds=seconds),
                _("Mettez l’horloge à l’heure : timedatectl set-ntp true."),
            )
        else:
            yield Finding("ok", _("L’horloge du serveur est juste."))
        return
