"""``hub worker``: jobs and deliveries in a process of their own, beside ``hub serve`` with HUB_WORKER_THREADS=0."""

import logging
import threading

import click

from hub.cli._opened import opened
from hub.cli._process import end_on_sigterm, finish, leave_out_of_collections, log_to_stderr, start_workers
from hub.config import load_config

log = logging.getLogger("hub.cli")


@click.command()
@click.option("--threads", type=click.IntRange(1, 64), help="Threads instead of HUB_WORKER_THREADS.")
def command(threads: int | None) -> None:
    """Do the jobs and deliveries of every tenant until told to stop."""
    log_to_stderr(load_config())
    end_on_sigterm()
    stop = threading.Event()
    with opened() as installation:
        leave_out_of_collections()
        count = threads or max(1, installation.config.worker_threads)
        workers = start_workers(installation, stop, count)
        log.info("working with %s threads", count)
        try:
            for worker in workers:
                worker.join()
        except KeyboardInterrupt:
            click.echo("stopping", err=True)
        finally:
            finish(stop, workers)
