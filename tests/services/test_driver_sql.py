"""Lists as one parameter: every text that a statement may name comes back as it went."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.db.uow import TenantDatabase
from hub.models.river import XapiActivity
from hub.services.dictionaries import activity_ids, known_ids
from hub.services.driver_sql import among

QUOTED = ['"', "\\", '\\"', '","', '\\\\"}', "'"]
HARD = [*QUOTED, "{a,b}", "{}", "NULL", "null", "", " ", "a,b", "é’ 🙂", "\n\t\r", "%s", "?"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@pytest.mark.parametrize("text", HARD)
def test_a_text_is_found_under_itself(tenant: TenantDatabase, text: str) -> None:
    with tenant.write() as session:
        made = activity_ids(session, {text, "another"})
        assert known_ids(session, XapiActivity, [text, "another", text + "x"]) == made


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(texts=st.sets(TEXTS, min_size=1, max_size=20))
def test_a_set_of_texts_is_found_whole(tenant: TenantDatabase, texts: set[str]) -> None:
    with tenant.write() as session:
        keys = set(activity_ids(session, texts).values())
        assert {row.id for row in among(session, "SELECT id FROM activity WHERE iri {among}", sorted(texts))} == keys
        assert {row.id for row in among(session, "SELECT id FROM activity WHERE id {among}", sorted(keys))} == keys
