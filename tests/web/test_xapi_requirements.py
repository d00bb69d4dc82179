"""Every requirement of ADL's catalogue for LRSs (adlnet/xapi-lrs-conformance-requirements), in our own words: rows that
name what they show. One place and one application for all rows.

What concerns the grammar alone is shown in ``tests/content/xapi``, the parts of multipart bodies in
``test_xapi_attachments``, scopes in ``test_xapi_access``; the last test counts that no requirement is left out.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.config import Config
from hub.db.directory import Installation
from hub.web.app import create_app
from tests.conftest import TENANT_HOST, TENANT_KEY
from tests.web.conftest import Clock
from tests.web.xapi_client import Sender, new_sender
from tests.web.xapi_document_rows import ROWS  # with those of documents
from tests.web.xapi_requirement_rows import Row

ELSEWHERE = (
    "content/xapi/test_grammar.py",
    "content/xapi/test_parse.py",
    "web/test_xapi_attachments.py",
    "web/test_xapi_access.py",
)
#: Numbers that the catalogue has given up or never gave.
NONE = {136, 137, 138}
LAST = 336


@pytest.fixture(scope="module")
def sender(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sender]:
    data = tmp_path_factory.mktemp("requirements") / "data"
    shutil.copytree(sqlite_template, data)
    installation = Installation(Config(data=data, base_url=f"http://{TENANT_HOST}:8080"))
    clock = Clock()
    app = create_app(installation, clock=clock)
    yield new_sender(app.test_client(), installation, installation.tenant(TENANT_KEY), clock)
    installation.close()


@pytest.mark.parametrize(("ids", "row"), [pytest.param(i, r, id=f"{r.__name__}-{i.split()[0]}") for i, r in ROWS])
def test_requirement(sender: Sender, ids: str, row: Row) -> None:
    sender.version, sender.headers = "1.0.3", {}
    row(sender)


def test_no_requirement_is_left_out() -> None:
    named = " ".join(ids for ids, _ in ROWS)
    for path in ELSEWHERE:
        named += (Path(__file__).parents[1] / path).read_text("utf-8")
    found = {int(number) for number in re.findall(r"XAPI-00([0-9]{3})", named)}
    assert set(range(1, LAST + 1)) - NONE - found == set()
