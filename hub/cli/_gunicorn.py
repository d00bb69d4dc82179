"""``hub serve --processes``: several processes by gunicorn, so that more than one core answers (extra ``server``).

Each process opens the databases after it was forked: connections are never shared. Jobs and deliveries are done by
``hub worker`` beside it.
"""

from typing import Any

from gunicorn.app.base import BaseApplication

from hub.cli._process import leave_out_of_collections
from hub.config import Config
from hub.db.directory import Installation
from hub.web.app import create_app

LEAVE_SECONDS = 30


class HubServer(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's arbiter over ``processes`` workers of ``config.web_threads`` threads each."""

    def __init__(self, config: Config, port: int, processes: int) -> None:
        self._config, self._port, self._processes = config, port, processes
        super().__init__()

    def load_config(self) -> None:
        """Tell gunicorn what the hub's settings say; whose X-Forwarded headers count is the application's affair."""
        host = f"[{self._config.listen}]" if ":" in self._config.listen else self._config.listen
        settings: dict[str, Any] = {
            "bind": f"{host}:{self._port}",
            "workers": self._processes,
            "threads": self._config.web_threads,
            "worker_class": "gthread",
            "timeout": 120,
            "graceful_timeout": LEAVE_SECONDS,
            "forwarded_allow_ips": "",
            "secure_scheme_headers": {},
            "accesslog": None,
            "logconfig_dict": {"version": 1, "disable_existing_loggers": False},
            "proc_name": "hub",
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application of one process."""
        application = create_app(Installation(self._config))
        leave_out_of_collections()
        return application
