"""``hub init``: from an empty folder to a place with its first administrator."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from hub.cli._operator import note
from hub.cli._settings_file import write_settings
from hub.config import Config, ConfigError, load_config
from hub.db import sealed_key
from hub.db.directory import Installation
from hub.services.clock import DEFAULT_ZONE
from hub.services.deliveries import MailServer
from hub.services.first_day import FirstDay, faults, set_up
from hub.texts import LANGUAGES, Translator, _, speaking
from hub.urls.addresses import base_address


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered; ``settings`` go into hub.toml, ``place`` into the database."""

    settings: dict[str, Any]
    place: FirstDay


@click.command()
@click.option("--name", help="Name of the place.")
@click.option("--base-url", help="Address people will use, such as https://parcours.example.org.")
@click.option("--zone", help=f"IANA time zone ({DEFAULT_ZONE}).")
@click.option("--organisation", help="The body that trains; the name of the place by default, '-' for none.")
@click.option("--given-name", help="First administrator's given name.")
@click.option("--family-name", help="First administrator's family name.")
@click.option("--email", help="First administrator's e-mail.")
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the place (fr).")
@click.option("--mail-host", help="Mail server; '-' for no mail.")
@click.option("--mail-port", type=click.IntRange(1, 65535), default=587, show_default=True)
@click.option("--mail-security", type=click.Choice(["starttls", "tls", "none"]), default="starttls", show_default=True)
@click.option("--mail-from", help="Address in From.")
@click.option("--mail-user", default="", help="Login at the mail server.")
@click.option("--mail-password-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--backup-to", help="Folder or s3://bucket/prefix for the backups of each night; '-' for none.")
@click.option(
    "--content-host", help="Where packages are played: *.contenu.example.org, or contenu.example.org; '-' for nowhere."
)
@click.option("--key-file", type=click.Path(path_type=Path), help="The secrets key; in a folder apart by default.")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given has its default.")
def command(**given: Any) -> None:
    """Set up the hub in HUB_DATA: settings, key, place, first administrator. Nothing is changed where a place is."""
    config = load_config()
    with speaking(Translator(given["language"] or config.language)):
        _refuse_used(config)
        answers = ask(config, given)
        wrong = faults(answers.place, datetime.now(UTC))
        if wrong:
            raise click.UsageError(
                _("À corriger : %(fields)s", fields=", ".join(f"{k} ({v})" for k, v in wrong.items()))
            )
        path = write_settings(config.data, answers.settings)
        click.echo(_("Réglages écrits : %(path)s", path=path))
        make(load_config(), answers.place)


def _refuse_used(config: Config) -> None:
    """Opening makes the key, so a folder without a directory is not opened at all."""
    if config.database_url is None and not (config.data / "directory.sqlite").exists():
        return
    installation = Installation(config)
    there = [record.name for record in installation.tenants()]
    installation.close()
    if there:
        raise click.UsageError(_("Un lieu est déjà installé ici : %(names)s.", names=", ".join(there)))


def ask(config: Config, given: dict[str, Any]) -> Answers:
    """The answers: what was given, else asked with a default, else (with ``--yes``) the default."""

    def answer(option: str, question: str, default: str | None, check: Callable[[str], str] = str.strip) -> str:
        value = given[option]
        if value is None and not given["yes"]:
            value = click.prompt(question, default=default, value_proc=check)
        value = default if value is None else value
        if value is None:
            raise click.UsageError(_("Il manque --%(option)s", option=option.replace("_", "-")))
        return "" if value == "-" else check(str(value))

    name = answer("name", _("Nom du lieu"), None)
    base_url = answer("base_url", _("Adresse du hub"), config.base_url, _base_url)
    organisation = answer("organisation", _("Organisme de formation ('-' : aucun)"), name)
    zone = answer("zone", _("Fuseau horaire"), DEFAULT_ZONE)
    given_name = answer("given_name", _("Votre prénom (vous serez administrateur)"), None)
    family_name = answer("family_name", _("Votre nom de famille"), None)
    email = answer("email", _("Votre e-mail"), None)
    mail = _mail(given, answer, email)
    backup_to = answer("backup_to", _("Dossier des sauvegardes ('-' : aucun)"), str(config.data.parent / "hub-backups"))
    content_host = answer("content_host", _("Adresse à part des contenus à jouer ('-' : aucune)"), _content(base_url))
    key_file = given["key_file"] or config.key_file or config.data.with_name(f"{config.data.name}-key") / "secret.key"
    settings: dict[str, Any] = {"base_url": base_url, "key_file": str(Path(key_file).absolute())}
    settings |= {"backup_to": backup_to or None, "language": given["language"] or config.language}
    if not _is_here(base_url):
        settings["content_host"] = _checked_host(base_url, content_host or "none")
    if base_url.startswith("https:") and not config.trusted_proxies:
        settings["trusted_proxies"] = 1  # the recipe: one web server with TLS before the hub
    return Answers(
        settings, FirstDay(name, zone, given_name, family_name, email, organisation, settings["language"], mail)
    )


def _is_here(base_url: str) -> bool:
    """On this machine alone ``*.content.localhost`` serves without any setting."""
    host = urlsplit(base_url).hostname or ""
    return host == "localhost" or host.endswith(".localhost")


def _content(base_url: str) -> str:
    """Proposed: what needs no more than a second name of the same server."""
    return "*.content.localhost" if _is_here(base_url) else f"contenu.{urlsplit(base_url).hostname}"


def _checked_host(base_url: str, host: str) -> str:
    try:
        Config(data=Path("/"), base_url=base_url, content_host=host)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    return host


def _mail(given: dict[str, Any], answer: Callable[..., str], email: str) -> MailServer | None:
    host = answer("mail_host", _("Serveur d’e-mail ('-' : pas d’e-mail)"), "-")
    if not host:
        return None
    sender = answer("mail_from", _("Adresse d’envoi"), email)
    file: Path | None = given["mail_password_file"]
    password = file.read_text("utf-8").strip() if file else ""
    if given["mail_user"] and not file and not given["yes"]:
        password = click.prompt(_("Mot de passe du serveur d’e-mail"), hide_input=True)
    return MailServer(host, given["mail_port"], sender, given["mail_security"], given["mail_user"], password)


def _base_url(text: str) -> str:
    address = text.strip().rstrip("/")
    try:
        Config(data=Path("/"), base_url=address)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    return address


def make(config: Config, asked: FirstDay) -> None:
    """Make the key, the place and its first administrator; print what must be kept."""
    installation = Installation(config)
    try:
        key = key_of(asked.name)
        hosts = [urlsplit(config.base_url).hostname or "localhost"]
        tenant = installation.create_tenant(key, asked.name, hosts)
        with tenant.write() as session:
            token = set_up(session, installation.vault, asked, datetime.now(UTC))
        note(installation, "tenant.created", key, name=asked.name)
        passphrase = sealed_key.write_sealed(installation.vault, config.keys_path)
    finally:
        installation.close()
    click.echo(_("Le lieu « %(name)s » est prêt (clé : %(key)s).", name=asked.name, key=key))
    click.echo(_("Clé des secrets : %(path)s", path=config.keys_path))
    click.echo(_("\nImprimez cette phrase de secours et rangez-la loin du serveur. Elle n’est gardée nulle part :"))
    click.echo(f"\n    {passphrase}\n")
    click.echo(_("Votre lien pour choisir un mot de passe (quatorze jours, une fois) :"))
    click.echo(f"\n    {base_address(config, hosts[0])}/s/{token}\n")
    click.echo(_("Et maintenant : hub doctor, puis hub serve."))


def key_of(name: str) -> str:
    """A tenant's key from its name: ``Le Générateur`` -> ``le_generateur``."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    key = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_")
    return key if key[:1].isalpha() and key != "directory" else f"lieu_{key}"[:40].strip("_")
