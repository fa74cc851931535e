"""What locust's users do: see `load_test.py`."""

import random
from typing import Any

from locust import HttpUser, between, task

_YEARS = (1995, 2024)
_OFFENSES = ("violent", "property", "murder", "robbery_total", "burglary_total", "mvt_total")


class Reader(HttpUser):
    """Opens pages as a browser does, mostly agencies."""

    wait_time = between(0.5, 1.5)

    def on_start(self) -> None:
        self.client.get("/", name="the frame")
        callbacks = self.client.get("/_dash-dependencies", name="the frame").json()
        self.page = next(c for c in callbacks if "_pages_content" in c["output"])
        found = self.client.get("/csv/states.csv?year=2024", name="CSV").text.split()[1:]
        self.states = sorted(found)

    def open(self, path: str, search: str, name: str) -> None:
        wanted = self.page["output"].strip(".").split("...")
        values = {"pathname": path, "search": search}
        body: dict[str, Any] = {
            "output": self.page["output"],
            "outputs": [dict(zip(("id", "property"), o.rsplit(".", 1), strict=True)) for o in wanted],
            "inputs": [{**i, "value": values[i["property"]]} for i in self.page["inputs"]],
            "changedPropIds": [f"{i['id']}.{i['property']}" for i in self.page["inputs"]],
            "state": [],
        }
        with self.client.post("/_dash-update-component", json=body, name=name, catch_response=True) as answer:
            if answer.status_code != 200 or '"H1"' not in answer.text or "No such agency" in answer.text:
                answer.failure(f"{answer.status_code}: {answer.text[:200]}")

    @task(10)
    def agency(self) -> None:
        number = random.randrange(25_000)
        state = self.states[number % len(self.states)]
        year, offense = random.randint(*_YEARS), random.choice(_OFFENSES)
        self.open(f"/agency/{state}{number:05d}", f"?year={year}&offense={offense}", "an agency")

    @task(1)
    def first(self) -> None:
        self.open("/", "", "the first page")

    @task(1)
    def search(self) -> None:
        self.open("/", f"?q=town {random.randrange(25_000)}", "a search")

    @task(1)
    def compliance(self) -> None:
        self.open(
            "/compliance", f"?year={random.randint(*_YEARS)}&state={random.choice(self.states)}", "who reports, a state"
        )

    @task(1)
    def places(self) -> None:
        self.open("/places", f"?year={random.randint(*_YEARS)}&level=state", "places, states")
