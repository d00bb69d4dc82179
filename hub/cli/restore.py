"""``hub restore``: a place from its backup, here or on another machine."""

from datetime import UTC, datetime
from pathlib import Path

import click

from hub.cli._opened import opened
from hub.cli._operator import note
from hub.config import Config, load_config
from hub.db.directory import Installation
from hub.db.errors import VaultError
from hub.db.sealed_key import SEALED_NAME
from hub.db.stores import FolderStore, Store, open_store
from hub.services.backup import manifest
from hub.services.backup.restore import Restored, fetch_key, restore
from hub.texts import Translator, _, speaking


@click.command()
@click.argument("keys", nargs=-1)
@click.option("--all", "everyone", is_flag=True, help="Every tenant of the store.")
@click.option("--from", "place", help="A folder or s3://bucket/prefix instead of HUB_BACKUP_TO.")
@click.option("--stamp", help="Which backup; the newest when absent (see: hub backup --list).")
@click.option("--host", "hosts", multiple=True, help="Host name here, where it is not that of the backup.")
@click.option("--replace", is_flag=True, help="Replace a tenant that is here; a copy of it is kept first.")
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="File with the printed passphrase, instead of asking.")  # fmt: skip
@click.option("--without-key", is_flag=True, help="The key and its passphrase are lost: partners' secrets go.")
def command(
    keys: tuple[str, ...],
    everyone: bool,
    place: str | None,
    stamp: str | None,
    hosts: tuple[str, ...],
    replace: bool,
    passphrase_file: Path | None,
    without_key: bool,
) -> None:
    """Restore the tenants KEYS: tried first in a scratch database, erasures applied again, then put in place at once.

    On a machine without key file the sealed copy beside the backups is opened with the printed passphrase.
    """
    if bool(keys) == everyone or (len(keys) != 1 and (stamp or hosts)):
        raise click.UsageError("name tenants, or give --all; --stamp and --host go with one tenant")
    config = load_config()
    store = _store(config, place)
    with speaking(Translator(config.language)):
        if not config.keys_path.exists() and not without_key:
            _bring_key(config, store, passphrase_file)
    with opened() as installation:
        for key in keys or manifest.tenants_in(store):
            _one(installation, store, key, stamp, hosts, replace, without_key)


def _store(config: Config, place: str | None) -> Store:
    if place or config.backup_to:
        return open_store(place or str(config.backup_to), config)
    return FolderStore(config.data / "backups")


def _bring_key(config: Config, store: Store, passphrase_file: Path | None) -> None:
    if SEALED_NAME not in set(store.names(SEALED_NAME)):
        raise VaultError(
            "no key file here and no sealed copy beside the backups: bring secret.key, or give --without-key and "
            "enter the partners' credentials again"
        )
    passphrase = (
        passphrase_file.read_text("utf-8").strip()
        if passphrase_file
        else click.prompt(_("Phrase de secours imprimée"), hide_input=True)
    )
    fetch_key(config.keys_path, store, passphrase)
    click.echo(_("La clé est restaurée : %(path)s", path=config.keys_path))


def _one(
    installation: Installation,
    store: Store,
    key: str,
    stamp: str | None,
    hosts: tuple[str, ...],
    replace: bool,
    without_key: bool,
) -> None:
    done = restore(
        installation,
        store,
        key,
        datetime.now(UTC),
        stamp=stamp,
        hosts=hosts,
        replace=replace,
        without_key=without_key,
    )
    note(installation, "tenant.restored", key, backup=done.manifest.stamp)
    _tell(key, done)


def _tell(key: str, done: Restored) -> None:
    click.echo(_("✓ %(key)s est restauré depuis %(stamp)s.", key=key, stamp=done.manifest.stamp))
    tell_restored(done)


def tell_restored(done: Restored) -> None:
    """What a restore or an import did beside: erasures, what was replaced, secrets that are lost."""
    if done.replayed.persons or done.replayed.identities:
        click.echo(
            _("  Effacements appliqués de nouveau : %(persons)s personne(s), %(identities)s identité(s).",
              persons=done.replayed.persons, identities=done.replayed.identities)
        )  # fmt: skip
    if done.before:
        click.echo(_("  Ce qui a été remplacé est gardé là : %(path)s", path=done.before))
    for lost in done.lost:
        click.echo(_("  Secret perdu, à saisir de nouveau : %(what)s", what=lost))
