"""Settings of an installation, from the environment and from ``hub.toml`` in the data folder.

The environment wins over the file. Every setting has one name: ``HUB_BASE_URL`` in the environment is ``base_url`` in
the file.
"""

import ipaddress
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PREFIX = "HUB_"
FILE_NAME = "hub.toml"


_HOST = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class ConfigError(Exception):
    """A setting is wrong. The message names the setting and what is expected, never the value of a secret one."""

    code = "config"


_LOWEST = (
    *(("port", 0), ("web_threads", 1), ("worker_threads", 0), ("trusted_proxies", 0)),
    *(("pool_size", 1), ("pool_overflow", 0)),
    *(("lti_clock_seconds", 0), ("lti_oldest_minutes", 0)),
    *(("backup_daily", 1), ("backup_weekly", 0), ("backup_monthly", 0)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the operator decides; no code of the domain reads it.

    Build it with ``load_config``; tests and the demo may build it directly.
    """

    data: Path
    """Folder of the databases (SQLite), the blobs and the key file."""
    database_url: str | None = field(default=None, repr=False)
    """``postgresql://…`` puts every tenant into a schema of that database; absent: one SQLite file per tenant."""
    key_file: Path | None = None
    """File of the secrets key; absent: ``secret.key`` in the data folder. Elsewhere is better: backups then lack it."""
    base_url: str = "http://localhost:8080"
    """Address under which the first tenant is reached: scheme, host and port, no path."""
    listen: str = "127.0.0.1"
    """Address that ``hub serve`` binds."""
    port: int = 8080
    """Port that ``hub serve`` binds."""
    web_threads: int = 8
    """Threads that answer requests in one process."""
    worker_threads: int = 2
    """Threads of ``hub serve`` that do jobs and deliveries; 0 where ``hub worker`` runs apart."""
    content_host: str | None = None
    """Where packages are played, never the hub's own host: ``*.contenu.example.org`` gives each package a host of its
    own, ``contenu.example.org`` is one for all (less apart), ``none`` plays nothing. Absent: ``*.content.localhost``
    where ``base_url`` is this machine, else ``none``."""
    trusted_proxies: int = 0
    """How many reverse proxies stand before the hub; their X-Forwarded headers are believed, no others."""
    allow_loopback: bool = False
    """Development switch: the HTTP client may call loopback and private addresses."""
    open_tenants: int = 64
    """How many SQLite tenants are kept open at once."""
    pool_size: int = 10
    """Connections to PostgreSQL that one process keeps; together with ``pool_overflow`` times the processes they must
    stay below the server's max_connections."""
    pool_overflow: int = 20
    """Connections that one process may add for a while."""
    replica_url: str | None = field(default=None, repr=False)
    """A streaming replica of ``database_url``, from which pages may be read; absent: all is read from the database."""
    replica_lag_seconds: float = 5.0
    """A replica further behind than so many seconds is not read until it has caught up."""
    slow_unit_seconds: float = 2.0
    """A writing unit open longer is logged."""
    lti_clock_seconds: int = 60
    """How far the clock of a partner's platform that launches into the hub may differ from ours."""
    lti_oldest_minutes: int = 60
    """How old a launch into the hub may be, whatever its own end says; 0: as old as it says."""
    lti_anonymous: bool = False
    """Whether a launch without a user (``sub``) shows its path, signing nobody in; else it is refused."""
    language: str = "fr"
    """Language of what nobody chose a language for: ``fr`` or ``en``."""

    blobs_to: str | None = None
    """Where stored files lie: ``s3://bucket/prefix`` for several machines; absent: a folder of the data folder."""
    backup_to: str | None = None
    """Where backups go: a folder, better on another disk, or ``s3://bucket/prefix``; absent: none are made at night."""
    backup_daily: int = 7
    """How many days keep their last backup."""
    backup_weekly: int = 5
    """How many weeks keep their last backup."""
    backup_monthly: int = 12
    """How many months keep their last backup."""
    metrics_token: str | None = field(default=None, repr=False)
    """Whoever sends it as ``Authorization: Bearer`` may read ``/metrics``; absent: nobody may."""
    log_format: str = "text"
    """``text`` for people, ``json`` for what collects logs: one object a line."""
    s3_endpoint: str | None = None
    """Address of an S3 service other than Amazon's, such as https://s3.gra.io.cloud.ovh.net."""

    def __post_init__(self) -> None:
        """Raises ConfigError for a value that cannot work."""
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ConfigError("base_url: expected scheme, host and port, such as https://parcours.example.org")
        if self.database_url is not None and urlsplit(self.database_url).scheme.partition("+")[0] != "postgresql":
            raise ConfigError("database_url: expected postgresql://user@host/database")
        if self.replica_url is not None and (
            self.database_url is None or urlsplit(self.replica_url).scheme.partition("+")[0] != "postgresql"
        ):
            raise ConfigError("replica_url: expected postgresql://user@host/database, besides database_url")
        if self.blobs_to is not None and not self.blobs_to.startswith("s3://"):
            raise ConfigError("blobs_to: expected s3://bucket/prefix")
        if self.log_format not in ("text", "json"):
            raise ConfigError("log_format: expected text or json")
        if self.content_host is not None and not _may_be_content_host(self.content_host, self.host):
            raise ConfigError("content_host: expected *.host, host, or none; another host than base_url's, no port")
        if self.metrics_token is not None and len(self.metrics_token) < 16:
            raise ConfigError("metrics_token: expected at least 16 characters")
        if self.language not in ("fr", "en"):
            raise ConfigError("language: expected fr or en")
        try:
            ipaddress.ip_address(self.listen)
        except ValueError:
            raise ConfigError("listen: expected an IP address, such as 127.0.0.1 or 0.0.0.0") from None
        for name, low in _LOWEST:
            if getattr(self, name) < low:
                raise ConfigError(f"{name}: expected a whole number from {low}")
        if self.port > 65535 or self.open_tenants < 1 or min(self.slow_unit_seconds, self.replica_lag_seconds) <= 0:
            raise ConfigError("port, open_tenants, slow_unit_seconds or replica_lag_seconds: out of range")

    @property
    def host(self) -> str:
        """Host name of ``base_url``, lower case, without port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def secure(self) -> bool:
        """Whether the hub is reached by https, so that its cookies ask for it."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def keys_path(self) -> Path:
        """The file of the secrets key."""
        return self.key_file or self.data / "secret.key"


def _may_be_content_host(text: str, hub: str) -> bool:
    """Whether a content host can be kept apart from the hub's."""
    name = text.removeprefix("*.")
    return text == "none" or (_HOST.fullmatch(name) is not None and name != hub and "." in name)


SETTINGS = tuple(f.name for f in fields(Config))


def load_config(environ: Mapping[str, str] = os.environ) -> Config:
    """The settings of this process. ``HUB_DATA`` says the data folder (``./var`` when absent) that holds ``hub.toml``.

    Raises ConfigError: an unknown name in the file, a value of the wrong kind, a file that is not TOML.
    """
    data = Path(environ.get(PREFIX + "DATA", "var")).absolute()
    values = {**_from_file(data / FILE_NAME), **_from_environment(environ), "data": data}
    return Config(**values)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    found = {name: environ[PREFIX + name.upper()] for name in SETTINGS if environ.get(PREFIX + name.upper())}
    return {name: _convert(name, text, PREFIX + name.upper()) for name, text in found.items() if name != "data"}


def _from_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path.name}: {error}") from error
    unknown = sorted(set(table) - set(SETTINGS) | ({"data"} & set(table)))
    if unknown:
        raise ConfigError(f"{path.name}: no such setting here: {', '.join(unknown)}")
    return {name: _convert(name, value, f"{path.name}: {name}") for name, value in table.items()}


def _convert(name: str, value: Any, shown: str) -> Any:
    kind = {f.name: str(f.type) for f in fields(Config)}[name]
    if "bool" in kind:
        return _boolean(value, shown)
    if "int" in kind or "float" in kind:
        number: type[int | float] = int if "int" in kind else float
        if isinstance(value, bool):
            raise ConfigError(f"{shown}: expected a number")
        try:
            return number(value)
        except (TypeError, ValueError):
            raise ConfigError(f"{shown}: expected a number") from None
    if not isinstance(value, str):
        raise ConfigError(f"{shown}: expected a text")
    return Path(value).absolute() if "Path" in kind else value


def _boolean(value: Any, shown: str) -> bool:
    if isinstance(value, bool):
        return value
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    found = words.get(str(value).lower())
    if found is None:
        raise ConfigError(f"{shown}: expected true or false")
    return found
