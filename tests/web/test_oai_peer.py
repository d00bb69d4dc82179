"""Sickle, an OAI-PMH client that is not ours, harvests a hub: six verbs, sets, tokens, what was deleted."""

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from hub.cli._lti_peers import set_up
from hub.db.directory import Installation
from hub.db.uow import TenantDatabase
from hub.models.learning import Resource
from hub.services import oai_serve, offers
from hub.services.jobs import Unleased
from hub.web.app import create_app
from tests.lti.conformance.peers import Quiet
from tests.services.builders import person

pytestmark = [pytest.mark.peer, pytest.mark.parametrize("dialect", ["sqlite"])]
PAGES = 230


@pytest.fixture
def served(make_config: Any) -> Iterator[tuple[TenantDatabase, str]]:
    server = make_server("127.0.0.1", 0, lambda *_: [], threaded=True, request_handler=Quiet)
    address = f"http://localhost:{server.server_port}"
    installation = Installation(make_config(base_url=address, allow_loopback=True))
    tenant = installation.create_tenant("lieu", "Le Générateur", ["localhost"])
    server.app = create_app(installation)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield tenant, f"{address}/oai"
    server.shutdown()
    thread.join()
    server.server_close()
    installation.close()


def harvested(address: str, since: str) -> Any:
    folder = set_up("sickle")
    command = [str(folder / "venv" / "bin" / "python"), "harvest.py", address, since]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refreshed(tenant: TenantDatabase, at: datetime) -> None:
    oai_serve.refresh(tenant, Unleased(tenant), lambda: at)


def test_a_foreign_client_harvests_everything_then_what_changed(served: tuple[TenantDatabase, str]) -> None:
    tenant, address = served
    now = datetime.now(UTC).replace(microsecond=250_000) - timedelta(days=1)
    with tenant.write() as session:
        offers.publish(session, "oai", True, by=person(session), now=now)
        rows = [
            Resource(kind="package" if n % 10 == 0 else "web", iri=f"urn:x:{n}", url=f"https://e.org/{n}", minutes=20,
                     title=f"Souder & braser {n}", summary="Régler\x0b la machine", keywords=["atelier"],
                     codes=["rome:H2913"], created_at=now)
            for n in range(PAGES)
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        changed, gone = rows[3].id, rows[4].id
    refreshed(tenant, now)
    later = now + timedelta(hours=1)
    with tenant.write() as session:
        session.get_one(Resource, changed).title = "Plier"
        session.get_one(Resource, gone).withdrawn_at = later
    refreshed(tenant, later)
    found = harvested(address, later.strftime("%Y-%m-%dT%H:%M:%SZ"))
    assert found["identify"]["baseURL"] == address
    assert found["identify"]["protocolVersion"] == "2.0"
    assert (found["identify"]["deletedRecord"], found["identify"]["granularity"]) == (
        "persistent",
        "YYYY-MM-DDThh:mm:ssZ",
    )
    assert {"oai_dc", "lomfr"} <= set(found["formats"])
    assert found["sets"] == ["package", "web"]
    assert len({one["id"] for one in found["records"]}) == len(found["records"]) == PAGES
    assert [one["id"].rpartition(":")[2] for one in found["records"] if one["deleted"]] == [str(gone)]
    assert len(found["of_packages"]) == PAGES // 10
    assert len(found["at_once"]) == PAGES - 2  # a datestamp is the second that it names, whole
    assert found["got"]["metadata"]["title"] == ["Souder & braser 0"]
    assert {"atelier", "Soudage manuel"} <= set(found["got"]["metadata"]["subject"])
    assert "H2913" in found["lomfr"]
    assert {(one["id"].rpartition(":")[2], one["deleted"]) for one in found["since"]} == {
        (str(changed), False),
        (str(gone), True),
    }
    assert found["refused"] == ["CannotDisseminateFormat", "IdDoesNotExist", "NoRecordsMatch", "BadResumptionToken"]
