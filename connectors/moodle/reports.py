"""Finding the reports that fit among those of a site, so that nobody has to type a number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.errors import ConnectorError
from connectors.moodle import functions, report
from connectors.moodle.client import MoodleClient

AT_MOST = 8
"""Reports looked into: each costs one call."""
ACCESS, GRADE, PROGRESS = "Last access to course", "Grade", "Student progress"


@dataclass(frozen=True)
class Reports:
    """``usual``: the one for every reading. ``thorough``: one that also tells the progress, which costs the site some
    fifteen times as much; the same where there is only one. Empty: none.
    """

    usual: str = ""
    thorough: str = ""


def columns(client: MoodleClient, report_id: str) -> list[str]:
    """The columns of a report: one call. Raises ``ConnectorError``."""
    return report.headers_of(client.read(functions.RETRIEVE_REPORT, report.params(report_id, 0, 1)))


def find(client: MoodleClient, configured: str = "") -> Reports:
    """The reports to use: the ``configured`` one and what fits beside it. A right that lacks means no report."""
    try:
        listed = report.candidates(client.read(functions.LIST_REPORTS, {"page": 0, "perpage": 100}))
        some = list(dict.fromkeys([*filter(None, [configured]), *listed]))[:AT_MOST]
        known = {one: columns(client, one) for one in some}
    except ConnectorError:
        return Reports(configured, configured)
    return choose(known, configured)


def choose(known: Mapping[str, Sequence[str]], configured: str = "") -> Reports:
    """The best of some reports, by their columns; the first of equals."""
    fitting = {one: set(names) for one, names in known.items() if not report.lacks(names)}
    if not fitting:
        return Reports(configured, configured)
    best = max(fitting, key=lambda one: (ACCESS in fitting[one], GRADE in fitting[one], PROGRESS not in fitting[one]))
    usual = configured or best
    full = [one for one in fitting if PROGRESS in fitting[one]]
    if PROGRESS in fitting.get(usual, ()) or not full:
        return Reports(usual, usual)
    return Reports(usual, full[0])
