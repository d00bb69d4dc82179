"""What ``hub doctor`` looks at. Each check gives findings in plain words; none of them changes anything."""

import shutil
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import distributions

from hub import COMPANIONS
from hub.config import Config
from hub.db import migrate, sealed_key
from hub.db.directory import Installation
from hub.db.errors import DatabaseAway, DatabaseError
from hub.db.filesystem import NETWORK_TYPES, file_system_type
from hub.db.replica import NO_REPLICA
from hub.db.stores import open_store
from hub.db.vault import Vault
from hub.services import health
from hub.services.backup import STATE
from hub.services.health import Finding
from hub.services.settings import get_setting
from hub.texts import _
from hub.urls.content import is_single, pattern
from hub.web import assets

GIB = 1 << 30
LOW_SPACE, NO_SPACE = 5 * GIB, GIB // 2
SPARE_NIGHTS = 3
"""Nights whose backups should fit before anybody has to look: a weekend."""


def before_opening(config: Config) -> Iterator[Finding]:
    """What can be seen without a database: folder, space, key file, browser libraries, packages."""
    yield file_system(config)
    yield space(config)
    yield key_file(config)
    yield sealed_copy(config)
    yield from switches(config)
    yield content_host(config)
    yield browser_libraries()
    yield foreign_packages()


def file_system(config: Config) -> Finding:
    """SQLite needs a local file system."""
    kind = (file_system_type(config.data) or "").removeprefix("fuse.")
    if config.database_url is None and kind in NETWORK_TYPES:
        return Finding(
            "fault",
            _("Le dossier des données est sur un disque réseau (%(kind)s) : SQLite y perd des écritures.", kind=kind),
            _("Choisissez un dossier local (HUB_DATA) ou PostgreSQL (HUB_DATABASE_URL)."),
        )
    return Finding("ok", _("Le dossier des données est sur un disque local."))


def space(config: Config) -> Finding:
    """Free space where the data lies."""
    folder = next(path for path in (config.data, *config.data.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    text = _("Il reste %(free)s Gio sur le disque des données.", free=f"{free / GIB:.1f}")
    if free >= LOW_SPACE:
        return Finding("ok", text)
    return Finding("fault" if free < NO_SPACE else "warning", text, _("Libérez de la place ou agrandissez le disque."))


def key_file(config: Config) -> Finding:
    """The key file is there and closed to other users."""
    path = config.keys_path
    if not path.exists():
        return Finding("warning", _("Le fichier de clé n’existe pas encore : il sera créé au premier démarrage."))
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        remedy = _("Refermez-le : chmod 600 %(path)s", path=path)
        return Finding(
            "fault", _("Le fichier de clé est lisible par d’autres utilisateurs (%(mode)s).", mode=f"{mode:o}"), remedy
        )
    return Finding("ok", _("Le fichier de clé n’est lisible que par son propriétaire."))


def sealed_copy(config: Config) -> Finding:
    """Whether a printed passphrase would bring the key back."""
    copy, seal = sealed_key.sealed_path(config.keys_path), _("Lancez : hub key seal, puis imprimez la phrase.")
    if not config.keys_path.exists():
        return Finding("ok", _("Pas encore de clé à sceller."))
    if not copy.exists():
        return Finding("warning", _("Si ce disque meurt, la clé des secrets meurt avec lui."), seal)
    try:
        held = set(sealed_key.held_by(copy.read_bytes()))
        if set(Vault(config.keys_path.read_bytes().split()).fingerprints) <= held:
            return Finding("ok", _("La copie scellée est celle de la clé actuelle."))
    except (DatabaseError, OSError):
        return Finding("fault", _("La copie scellée de la clé ne se lit pas."), seal)
    return Finding("fault", _("La copie scellée est celle d’une autre clé."), seal)


def switches(config: Config) -> Iterator[Finding]:
    """Settings that go together badly."""
    if config.secure and config.allow_loopback:
        yield Finding(
            "fault",
            _("Le hub peut appeler le réseau intérieur (allow_loopback) : c’est un réglage de développement."),
            _("Retirez allow_loopback de hub.toml ou HUB_ALLOW_LOOPBACK."),
        )
    if config.secure and not config.trusted_proxies:
        yield Finding(
            "warning",
            _("L’adresse est en https et aucun serveur web n’est déclaré devant le hub (trusted_proxies = 0)."),
            _("Avec Caddy ou nginx devant : trusted_proxies = 1. Sans cela, les visiteurs ont tous la même adresse."),
        )
    if config.trusted_proxies and config.listen not in ("127.0.0.1", "::1"):
        yield Finding(
            "warning",
            _("Le hub écoute sur %(listen)s et croit les en-têtes X-Forwarded.", listen=config.listen),
            _("Seul le serveur web doit pouvoir le joindre : écoutez sur 127.0.0.1 ou fermez le port."),
        )


def content_host(config: Config) -> Finding:
    """Whether packages can be played, and how well they are kept apart."""
    found = pattern(config)
    if not found:
        return Finding(
            "warning",
            _("Les contenus ne se jouent pas : il n’y a pas d’adresse à part pour eux (content_host)."),
            _("Donnez un second nom de machine au même serveur, puis réglez content_host ; voir docs/operations.md."),
        )
    if is_single(config):
        return Finding(
            "warning",
            _(
                "Les contenus se jouent tous sur %(host)s : l’un peut lire ce qu’un autre garde au navigateur.",
                host=found,
            ),
            _("Avec un nom générique (*.%(host)s) au DNS et au certificat, chaque contenu a le sien.", host=found),
        )
    return Finding("ok", _("Chaque contenu se joue à une adresse à lui (%(host)s).", host=found))


def browser_libraries() -> Finding:
    """Whether pages find their scripts."""
    if assets.is_built():
        return Finding("ok", _("Les bibliothèques du navigateur sont là."))
    return Finding("fault", _("Les bibliothèques du navigateur manquent."), _("Lancez : hub assets"))


def foreign_packages() -> Finding:
    """No other distribution writes into a folder of ours."""
    names = {"hub", *COMPANIONS}
    others = sorted(
        {
            str(dist.metadata["Name"])
            for dist in distributions()
            if dist.metadata["Name"] != "tiers-lieu-hub" and any(file.parts[0] in names for file in dist.files or ())
        }
    )
    if others:
        text = _("D’autres paquets Python portent le nom d’un des nôtres : %(names)s.", names=", ".join(others))
        return Finding("fault", text, _("Installez le hub dans un environnement virtuel à lui."))
    return Finding("ok", _("Aucun autre paquet Python ne porte le nom d’un des nôtres."))


def tenants(installation: Installation) -> Iterator[Finding]:
    """Each tenant's database: reachable, at the expected revision."""
    records = installation.tenants()
    if not records:
        yield Finding("warning", _("Aucun lieu n’est encore créé."), _("Lancez : hub tenant add CLÉ NOM"))
    expected = migrate.head(migrate.TENANT)
    for record in records:
        found = installation.revision(record.key)
        if found == expected:
            yield Finding("ok", _("%(name)s : la base répond et est à jour.", name=record.name))
            with installation.tenant(record.key).read() as session:
                for one in health.look(session, installation.config, datetime.now(UTC)):
                    yield Finding(one.level, f"{record.name} : {one.text}", one.remedy)
        else:
            text = _("%(name)s : la base n’est pas à jour (%(found)s).", name=record.name, found=found or "–")
            yield Finding("fault", text, _("Lancez : hub migrate %(key)s", key=record.key))


def backup_space(installation: Installation) -> Iterator[Finding]:
    """Whether the coming night's backups still fit where they go: each place's is taken to be as large as its last."""
    config, expected = installation.config, migrate.head(migrate.TENANT)
    if config.backup_to is None:
        return
    needed = 0
    for record in installation.tenants():
        if installation.revision(record.key) == expected:
            with installation.tenant(record.key).read() as session:
                needed += int(get_setting(session, STATE).get("size") or 0)
    free = open_store(config.backup_to, config).free()
    if free is None or not needed:
        return
    text = _(
        "Il reste %(free)s Gio sur le disque des sauvegardes ; celles d’une nuit en prennent %(needed)s.",
        free=f"{free / GIB:.1f}",
        needed=f"{needed / GIB:.1f}",
    )
    if free >= SPARE_NIGHTS * needed:
        yield Finding("ok", text)
        return
    remedy = _("Libérez de la place, agrandissez ce disque, ou gardez moins de sauvegardes (backup_daily, hub.toml).")
    yield Finding("fault" if free < needed else "warning", text, remedy)


def replica(installation: Installation) -> Iterator[Finding]:
    """Whether the database's replica answers, copies, and keeps up."""
    if installation.replica is None:
        return
    state, most = installation.replica.state(), installation.config.replica_lag_seconds
    if state.fault == NO_REPLICA:
        yield Finding(
            "fault",
            _("replica_url mène à une base qui n’est la copie d’aucune autre : personne n’y lit."),
            _("Donnez l’adresse d’un serveur PostgreSQL en réplication (pg_basebackup -R), ou retirez replica_url."),
        )
    elif state.fault:
        yield Finding(
            "warning",
            _("La copie de lecture ne répond pas : toutes les pages lisent la base elle-même."),
            _("Vérifiez replica_url et que ce serveur tourne. Rien n’est perdu, les pages sont seulement moins vives."),
        )
    elif state.lag_seconds > most:
        yield Finding(
            "warning",
            _(
                "La copie de lecture a %(seconds)s secondes de retard : personne n’y lit.",
                seconds=round(state.lag_seconds),
            ),
            _("Regardez pg_stat_replication sur la base : réseau, disque, ou un transfert arrêté."),
        )
    else:
        text = _("La copie de lecture suit, avec %(seconds)s s de retard.", seconds=f"{state.lag_seconds:.1f}")
        yield Finding("ok", text)


def unreachable(error: DatabaseError | Exception) -> Finding:
    """For an installation that could not be opened. A driver's words may hold the password: only their kind is said."""
    plain = isinstance(error, DatabaseError) and not isinstance(error, DatabaseAway)
    reason = str(error) if plain else type(error.__cause__ or error).__name__
    return Finding(
        "fault",
        _("La base de données ne répond pas : %(reason)s", reason=reason),
        _("Vérifiez HUB_DATABASE_URL ou HUB_DATA, et que le serveur de base de données est lancé."),
    )
