"""The tree of errors: stable codes, nothing secret shown."""

import inspect

import pytest

from connectors import errors
from connectors.errors import ConnectorError, FunctionMissing, MissingRight, RateLimited, RemoteFailure, SettingRefused


def classes() -> list[type[ConnectorError]]:
    found = [one for _, one in inspect.getmembers(errors, inspect.isclass)]
    return [one for one in found if issubclass(one, ConnectorError)]


def test_every_class_has_a_code_of_its_own() -> None:
    codes = [one.code for one in classes()]
    assert len(set(codes)) == len(codes) == 21


def test_codes_are_those_stored_in_sync_runs() -> None:
    assert {one.code for one in classes()} == {
        "connector_error",
        "configuration_fault",
        "setting_refused",
        "invalid_token",
        "function_missing",
        "address_refused",
        "redirect_refused",
        "certificate_fault",
        "missing_right",
        "data_drift",
        "remote_refused",
        "remote_rejected",
        "too_large",
        "remote_fault",
        "remote_down",
        "remote_slow",
        "rate_limited",
        "unreadable_answer",
        "not_json",
        "remote_failure",
        "not_possible",
    }


def test_the_docstring_draws_every_class() -> None:
    drawing = errors.__doc__ or ""
    assert [one.__name__ for one in classes() if one.__name__ not in drawing] == []


@pytest.mark.parametrize(("kind", "transient"), [("RemoteDown", True), ("NotJson", True), ("DataDrift", False)])
def test_transient_says_whether_later_may_help(kind: str, transient: bool) -> None:
    assert getattr(errors, kind)().transient is transient


def test_text_tells_code_place_and_status_but_not_what_the_remote_said() -> None:
    fault = RateLimited("slow down", where="moodle.example.org/api", status=429, excerpt="token=abc", retry_after=30.0)
    assert str(fault) == "rate_limited: moodle.example.org/api: HTTP 429: slow down"
    assert repr(fault) == f"<RateLimited {fault}>"
    assert (fault.excerpt, fault.retry_after) == ("token=abc", 30.0)


def test_faults_name_what_the_administrator_has_to_change() -> None:
    assert SettingRefused("url", "required").field == "url"
    assert FunctionMissing("core_course_get_courses").function == "core_course_get_courses"
    missing = MissingRight("f", ("report/progress:view",), "nopermissions")
    assert missing.rights == ("report/progress:view",)
    assert str(missing) == "missing_right: f needs report/progress:view (nopermissions)"
    assert RemoteFailure("sitemaintenance").remote_code == "sitemaintenance"
