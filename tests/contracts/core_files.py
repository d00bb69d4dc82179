"""The suite of a connector whose files a person hands in: what the core asks of a remote, asked of a file."""

from typing import Any

import pytest

from connectors import errors
from connectors.capabilities import WRITES, Capability
from connectors.registry import declaration
from tests.contracts.calls import READS
from tests.contracts.stage import Stage

BAD: dict[str, tuple[bytes, tuple[type[errors.ConnectorError], ...]]] = {
    "empty": (b"", (errors.Unreadable,)),
    "html": (b"<!doctype html><title>Maintenance</title>", (errors.Unreadable, errors.DataDrift)),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, (errors.Unreadable,)),
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", (errors.Unreadable,)),
    "an archive": (b"PK\x05\x06" + bytes(18), (errors.Unreadable,)),
    "half an archive": (b"PK\x03\x04" + bytes(200), (errors.Unreadable,)),
    "another header": (b"Couleur;Taille\nrouge;12\n", (errors.DataDrift,)),
    "too large": (b"Nom;Formation\n" + b"x" * (26 * 1024 * 1024), (errors.TooLarge,)),
}
#: Reads of the whole file: an odd header leaves them empty instead of telling of a course that is not there.
WHOLE = (Capability.CATALOGUE, Capability.BULK_COURSE_COMPLETION)


class CoreOfFiles:
    """See the module."""

    def test_negotiation_says_what_is_possible(self, stage: Stage) -> None:
        declared = declaration(stage.key)
        found = stage.connect().negotiate()
        assert found.possible | set(found.missing) >= set(declared.capabilities)
        assert found.possible <= set(declared.capabilities)
        assert found.site.name
        assert found.site.url.startswith("http")

    @pytest.mark.parametrize("bad", BAD)
    def test_every_read_of_a_bad_file_ends_in_a_typed_error_that_shows_nothing_of_it(
        self, stage: Stage, bad: str
    ) -> None:
        data, kinds = BAD[bad]
        for capability in self._reads(stage):
            connector = declaration(stage.key).open(stage.settings(stage.url), Any)
            for given in self._given(data):
                connector.give(given)
            if capability in WHOLE and errors.DataDrift in kinds:
                continue
            with pytest.raises(errors.ConnectorError) as caught:
                list(READS[capability](connector, stage.known))
            assert isinstance(caught.value, kinds), f"{capability}: {caught.value!r}"
            assert "rouge" not in f"{caught.value!r}{caught.value.excerpt}"

    def test_nothing_is_called_and_nothing_costs(self, stage: Stage) -> None:
        connector = stage.connect()
        connector.negotiate()
        for capability in self._reads(stage):
            list(READS[capability](connector, stage.known))
        assert stage.gate.requests == 0
        assert connector.meter.cost.calls == 0

    def test_without_a_file_there_is_nothing(self, stage: Stage) -> None:
        connector = declaration(stage.key).open(stage.settings(stage.url), Any)
        assert [page.items for page in connector.courses()] == [()]

    def _given(self, data: bytes) -> list[Any]:
        from connectors.files import Given, Kind

        return [Given(kind, data) for kind in Kind]

    def _reads(self, stage: Stage) -> list[Capability]:
        own = declaration(stage.key).capabilities
        return [one for one in READS if one in own and one not in WRITES]
