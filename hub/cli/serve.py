"""``hub serve``: pages and, on the side, the work that waits."""

import logging
import threading
from importlib import import_module
from typing import Any

import click

from hub.cli._opened import opened
from hub.cli._process import end_on_sigterm, finish, leave_out_of_collections, log_to_stderr, start_workers
from hub.config import Config, ConfigError, load_config
from hub.db.directory import Installation
from hub.web.app import create_app
from hub.web.serving import create_server

log = logging.getLogger("hub.cli")


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="Port instead of HUB_PORT.")
@click.option("--processes", type=click.IntRange(1, 64), help="Several processes, by gunicorn; hub worker apart.")
def command(port: int | None, processes: int | None) -> None:
    """Serve every tenant, with HUB_WEB_THREADS threads for pages and HUB_WORKER_THREADS for jobs and deliveries."""
    config = load_config()
    log_to_stderr(config)
    if processes is not None:
        serve_by_gunicorn(config, config.port if port is None else port, processes)
        return
    end_on_sigterm()
    with opened() as installation:
        serve(installation, port)


def serve_by_gunicorn(config: Config, port: int, processes: int) -> None:
    """Answer requests by several processes until told to stop. Raises ConfigError without the extra ``server``."""
    try:
        module = import_module("hub.cli._gunicorn")
    except ImportError as error:
        raise ConfigError("--processes needs gunicorn: pip install 'tiers-lieu-hub[server]'") from error
    Installation(config).close()  # the key and the directory are there before the processes start
    module.HubServer(config, port, processes).run()


def serve(installation: Installation, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; the workers then finish what they hold."""
    config = installation.config
    chosen = config.port if port is None else port
    server = create_server(create_app(installation), host=config.listen, port=chosen, **proxy_options(config))
    leave_out_of_collections()
    stop = threading.Event()
    workers = start_workers(installation, stop, config.worker_threads)
    try:
        log.info("serving %s on %s port %s", config.base_url, config.listen, chosen)
        server.run()
    finally:
        server.close()
        finish(stop, workers)


def proxy_options(config: Config) -> dict[str, Any]:
    """Waitress' settings: threads, and whose X-Forwarded headers are believed: nobody's unless proxies are declared."""
    options: dict[str, Any] = {
        "threads": config.web_threads,
        "ident": None,
        "clear_untrusted_proxy_headers": True,
        # A batch of statements comes in one piece instead of in twenty.
        "recv_bytes": 262_144,
    }
    if config.trusted_proxies:
        options |= {
            "trusted_proxy": "*",
            "trusted_proxy_count": config.trusted_proxies,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"},
        }
    return options
