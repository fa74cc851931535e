"""The dashboard by a production server: gunicorn, processes of threads, over one warehouse."""

from typing import Any

from gunicorn.app.base import BaseApplication

from nibrs_assets.dashboard.app import create_app

_THREADS = 8


def serve(url: str, host: str, port: int, workers: int) -> None:
    """Serve the dashboard over the warehouse at `url` until SIGTERM or Ctrl-C."""
    _Server(
        url,
        {
            "bind": f"{host}:{port}",
            "workers": workers,
            "threads": _THREADS,
            "worker_class": "gthread",
            # The pages are loaded once; connections are opened by each process when it is first asked.
            "preload_app": True,
            "accesslog": None,
            "loglevel": "warning",
            "control_socket_disable": True,
            "timeout": 60,
        },
    ).run()


class _Server(BaseApplication):
    def __init__(self, url: str, options: dict[str, Any]) -> None:
        self._url, self._options = url, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        return create_app(self._url).server
