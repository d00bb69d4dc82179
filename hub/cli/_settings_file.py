"""Writing ``hub.toml``: the settings given, beside those that are there already."""

import tomllib
from pathlib import Path
from typing import Any

from hub.config import FILE_NAME, ConfigError


def write_settings(data: Path, given: dict[str, Any]) -> Path:
    """Put settings into ``hub.toml`` of the folder; those it holds already and that are not given stay. Gives its path.

    Comments of a file that is there are lost, so it is kept beside as ``hub.toml.before``. Raises ConfigError for a
    file that is not TOML.
    """
    path = data / FILE_NAME
    known: dict[str, Any] = {}
    if path.exists():
        try:
            known = tomllib.loads(path.read_text("utf-8"))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigError(f"{FILE_NAME}: {error}") from error
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = [f"{name} = {_written(value)}" for name, value in {**known, **given}.items() if value is not None]
    fresh = path.with_name(f"{FILE_NAME}.new")
    fresh.write_text(
        "\n".join(["# Settings of the hub: docs/operations.md says what each means.", *lines, ""]), "utf-8"
    )
    if path.exists():
        path.replace(path.with_name(f"{FILE_NAME}.before"))
    fresh.replace(path)
    return path


def _written(value: Any) -> str:
    """A value in TOML (1.0.0, sections on strings, booleans and numbers)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = str(value)
    if any(ord(c) < 32 or ord(c) == 127 for c in text):
        raise ConfigError("a setting holds a control character")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
