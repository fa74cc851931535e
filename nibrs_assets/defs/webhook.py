"""The webhook that failures are posted to. Its address is a secret: whoever has it can write there."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from pydantic import SecretStr
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from nibrs_assets.core.errors import NibrsError
from nibrs_assets.core.http_session import quiet_session
from nibrs_assets.core.settings import Settings

_BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Webhook:
    """Posts JSON to `url`, if there is one; tries again what was not taken, with `pause` seconds and more between.

    `timeout` is in seconds, to connect and to wait for the answer.
    """

    url: SecretStr | None
    pause: float = 1.0
    timeout: tuple[float, float] = (5.0, 10.0)

    @classmethod
    def of(cls, settings: Settings) -> "Webhook":
        """The webhook of the settings, which may have none."""
        return cls(settings.webhook_url)

    def post(self, message: dict[str, Any]) -> None:
        """Raises `NibrsError`, which does not tell the address, when it is not taken."""
        if not self.url:
            return
        retries = Retry(
            total=2, backoff_factor=self.pause, status_forcelist=_BUSY, allowed_methods=None, raise_on_status=False
        )
        url = self.url.get_secret_value()
        host = urlsplit(url).hostname
        with quiet_session() as session:
            for scheme in ("http://", "https://"):
                session.mount(scheme, HTTPAdapter(max_retries=retries))
            try:
                answer = session.post(url, json=message, timeout=self.timeout)
            except requests.RequestException as error:
                problem = type(error).__name__
            else:
                if answer.ok:
                    return
                problem = f"it answered {answer.status_code}"
        raise NibrsError(f"the webhook at {host} did not take the message: {problem} (NIBRS_WEBHOOK_URL)")
