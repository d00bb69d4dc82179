"""``hub key``: the file that opens the partners' credentials, and its sealed copy."""

from pathlib import Path

import click

from hub.cli._opened import opened
from hub.config import load_config
from hub.db import sealed_key
from hub.db.errors import VaultError
from hub.db.vault import write_closed
from hub.texts import Translator, _, speaking


@click.group()
def command() -> None:
    """The secrets key: seal a copy with a printed passphrase, check it, restore from it."""


@command.command()
def seal() -> None:
    """Seal a copy of the key beside it and print its new passphrase, once. An earlier copy is replaced."""
    with opened() as installation:
        passphrase = sealed_key.write_sealed(installation.vault, installation.config.keys_path)
        click.echo(_("Imprimez cette phrase de secours et rangez-la loin du serveur. Elle n’est gardée nulle part :"))
        click.echo(f"\n    {passphrase}\n")
        click.echo(_("Copie scellée de la clé : %(path)s", path=sealed_key.sealed_path(installation.config.keys_path)))


@command.command()
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(passphrase_file: Path | None) -> None:
    """Try the passphrase on the sealed copy, and see that the copy is that of the present key."""
    with opened() as installation:
        copy = sealed_key.sealed_path(installation.config.keys_path)
        if not copy.exists():
            raise VaultError("there is no sealed copy of the key: run hub key seal")
        opened_key = sealed_key.open_key(copy.read_bytes(), _passphrase(passphrase_file))
        if set(installation.vault.fingerprints) - set(opened_key.fingerprints):
            raise VaultError("the sealed copy is that of an earlier key: run hub key seal")
        click.echo(_("La phrase ouvre la copie, et la copie est celle de la clé actuelle."))


@command.command()
@click.argument("copy", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--passphrase-file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(copy: Path, passphrase_file: Path | None) -> None:
    """Make the key file again from its sealed COPY. Refused where a key file is."""
    config = load_config()
    with speaking(Translator(config.language)):
        if config.keys_path.exists():
            raise VaultError(f"the key file {config.keys_path.name} is there already: it is not replaced")
        vault = sealed_key.open_key(copy.read_bytes(), _passphrase(passphrase_file))
        config.keys_path.parent.mkdir(parents=True, exist_ok=True)
        write_closed(config.keys_path, vault.export())
        click.echo(_("La clé est restaurée : %(path)s", path=config.keys_path))


def _passphrase(file: Path | None) -> str:
    if file is not None:
        return file.read_text("utf-8").strip()
    return str(click.prompt(_("Phrase de secours imprimée"), hide_input=True))
