"""``hub serve``: pages and, on the side, the work that waits."""

import logging
import threading
from importlib import import_module
from typing import Any

import click
from waitress.server import create_server

from hub.cli._opened import opened
from hub.config import Config
from hub.db.directory import Installation

log = logging.getLogger("hub.cli")


@click.command()
@click.option("--port", type=int, help="Port instead of HUB_PORT.")
def command(port: int | None) -> None:
    """Serve every tenant, with HUB_WEB_THREADS threads for pages and HUB_WORKER_THREADS for jobs and deliveries."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with opened() as installation:
        serve(installation, port)


def serve(installation: Installation, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; the workers then finish what they hold."""
    config = installation.config
    app = import_module("hub.web.app").create_app(installation)
    stop = threading.Event()
    workers = start_workers(installation, stop)
    server = create_server(app, host=config.listen, port=config.port if port is None else port, **proxy_options(config))
    try:
        log.info("serving %s", config.base_url)
        server.run()
    finally:
        stop.set()
        server.close()
        for worker in workers:
            worker.join(timeout=30)


def start_workers(installation: Installation, stop: threading.Event) -> list[threading.Thread]:
    """The worker threads of this process, running until ``stop`` is set."""
    count = installation.config.worker_threads
    if not count:
        return []
    run = import_module("hub.jobs.worker").run
    threads = [
        threading.Thread(target=run, args=(installation, stop), name=f"hub-worker-{n}", daemon=True)
        for n in range(count)
    ]
    for thread in threads:
        thread.start()
    return threads


def proxy_options(config: Config) -> dict[str, Any]:
    """Waitress' settings: threads, and whose X-Forwarded headers are believed: nobody's unless proxies are declared."""
    options: dict[str, Any] = {"threads": config.web_threads, "ident": None, "clear_untrusted_proxy_headers": True}
    if config.trusted_proxies:
        options |= {
            "trusted_proxy": "*",
            "trusted_proxy_count": config.trusted_proxies,
            "trusted_proxy_headers": {"x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port"},
        }
    return options
