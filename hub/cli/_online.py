"""What ``hub doctor`` learns by calling: the certificate and headers of its own address, the mail server, the clock of
partners. Each call ends within seconds; nothing is sent."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import orjson
from sqlalchemy.exc import SQLAlchemyError

from connectors.addresses import AddressPolicy
from connectors.errors import ConnectorError, SettingRefused
from connectors.http import HttpClient, HttpOptions
from connectors.records import SymptomLevel
from hub.cli import _certificate as certificate
from hub.config import Config
from hub.db.directory import Installation, TenantRecord
from hub.db.errors import DatabaseError
from hub.jobs.handlers.email import reach
from hub.services import platform_doctor
from hub.services.deliveries import mail_server
from hub.services.health import Finding, Level
from hub.services.platform_admin import addresses, read_platforms
from hub.services.platforms import connection
from hub.texts import _, ngettext

SOON = 21
"""Days before its end from which a certificate is worth a word: it should have renewed itself."""
LEVELS: Mapping[SymptomLevel, Level] = {SymptomLevel.FAULT: "fault", SymptomLevel.MISSING: "warning"}
CLOCK_TOLERANCE = timedelta(seconds=90)


def limits() -> HttpOptions:
    """Of each call. Whoever has an authority of their own for certificates says so to OpenSSL, and here."""
    authority = os.environ.get("SSL_CERT_FILE")
    return HttpOptions(
        read_timeout=5.0, deadline=8.0, max_bytes=65_536, max_redirects=0, retries=0, ca_bundle=authority
    )


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
        yield from read_partners(installation, record)


def read_partners(installation: Installation, record: TenantRecord) -> Iterator[Finding]:
    """Each platform tried as a reading would: its address and our address policy, token, rights, functions, cron."""
    with installation.tenant(record.key).read() as session:
        rows = read_platforms(session)
    for platform_id, name in rows:
        place = f"{record.name} : {name}"
        try:
            with installation.tenant(record.key).read() as session:
                to = connection(session, platform_id)
            found = platform_doctor.examine(to, installation.config, place=record.name)
        except (DatabaseError, SettingRefused):
            text = _("%(name)s : un réglage de la plateforme manque ou ne se lit pas.", name=place)
            yield Finding("fault", text, _("Saisissez-le de nouveau sur la page de la plateforme."))
            continue
        wrong = [one for one in found.findings if one.level in LEVELS]
        for one in wrong:
            yield Finding(LEVELS[one.level], f"{place} : {one.text}", one.ask)
        if not wrong:
            yield Finding("ok", _("%(name)s : essayée, elle se lit.", name=place))


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
    parts = urlsplit(config.base_url)
    found = certificate.look(config.host, parts.port or 443)
    if found is not None:
        yield certificate_words(config.host, found)
    if found is not None and found.fault:
        return
    try:
        with HttpClient(limits(), AddressPolicy(development=config.allow_loopback)) as http:
            answer = http.request("GET", f"{config.base_url.rstrip('/')}/readyz")
    except ConnectorError as error:
        yield Finding(
            "warning",
            _("%(url)s ne répond pas d’ici (%(code)s).", url=config.base_url, code=error.code),
            _("Vérifiez le nom de domaine, le serveur web et que « hub serve » tourne."),
        )
        return
    yield seen(answer.body)


def certificate_words(host: str, found: certificate.Certificate) -> Finding:
    """What a certificate is worth, in plain words, with the days it has left."""
    renewal = _("Il devrait s’être renouvelé seul : regardez le journal de Caddy ou de certbot, qui dit pourquoi.")
    if found.fault == "expired":
        text = ngettext(
            "Le certificat de %(host)s a expiré il y a %(num)s jour : les navigateurs refusent d’ouvrir le site.",
            "Le certificat de %(host)s a expiré il y a %(num)s jours : les navigateurs refusent d’ouvrir le site.",
            -found.days,
            host=host,
        )
        return Finding("fault", text, renewal)
    if found.fault == "early":
        text = _("Le certificat de %(host)s n’est pas encore valable ; ou l’horloge de ce serveur retarde.", host=host)
        return Finding("fault", text, _("Mettez l’horloge à l’heure : timedatectl set-ntp true."))
    if found.fault == "name":
        text = _("Le certificat que montre %(host)s est celui d’un autre nom.", host=host)
        return Finding("fault", text, _("Donnez à Caddy ou à nginx le nom de base_url."))
    if found.fault:
        text = _("Le certificat de %(host)s ne vient d’aucune autorité connue.", host=host)
        return Finding("fault", text, _("Laissez Caddy ou certbot en demander un à Let’s Encrypt."))
    text = ngettext("Le certificat finit dans %(num)s jour.", "Le certificat finit dans %(num)s jours.", found.days)
    return Finding("warning", text, renewal) if found.days < SOON else Finding("ok", text)


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


def clock(config: Config, partners: list[str]) -> Iterator[Finding]:
    """Compare our clock with the ``Date`` of the first partner that answers: two clocks rarely err alike."""
    for address in partners:
        try:
            with HttpClient(limits(), AddressPolicy(development=config.allow_loopback)) as http:
                told = http.request("HEAD", address).headers.get("Date", "")
            theirs = parsedate_to_datetime(told)
            theirs = theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)  # "-0000", and odd ones
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
