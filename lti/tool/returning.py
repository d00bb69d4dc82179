"""Sending the user back to the platform with a word (LTI Core 1.3 section 5.4.4; names from LTI 1.1 section 3)."""

from urllib.parse import urlencode

from lti.urls import origin_of


def return_address(
    return_url: str | None, *, message: str = "", log: str = "", error_message: str = "", error_log: str = ""
) -> str | None:
    """The platform's ``return_url`` with what to show the user (``lti_msg``, ``lti_errormsg``) and what to keep
    (``lti_log``, ``lti_errorlog``); None where it is no web address. Put no token and no personal datum in them."""
    if return_url is None or origin_of(return_url) is None:
        return None
    told = {"lti_msg": message, "lti_log": log, "lti_errormsg": error_message, "lti_errorlog": error_log}
    query = urlencode({name: value for name, value in told.items() if value})
    if not query:
        return return_url
    address, mark, fragment = return_url.partition("#")
    return f"{address}{'&' if '?' in address else '?'}{query}{mark}{fragment}"
