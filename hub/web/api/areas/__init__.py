"""The operations, one module an area; ``ALL`` holds them in the order of the document."""

from hub.web.api.areas import (
    administration,
    catalogue,
    deposits,
    enrolments,
    groups,
    help_requests,
    identities,
    lti_old_tools,
    lti_tools,
    me,
    my_choices,
    organisations,
    paths,
    people,
    place,
    platform_settings,
    platforms,
    seances,
    sources,
    statements,
    steps,
    transfers,
    versions,
    ways_in,
)
from hub.web.api.operation import Operation

ALL: tuple[Operation, ...] = tuple(
    operation
    for module in (
        me,
        my_choices,
        people,
        ways_in,
        organisations,
        groups,
        paths,
        versions,
        catalogue,
        enrolments,
        steps,
        deposits,
        help_requests,
        seances,
        platforms,
        platform_settings,
        lti_tools,
        lti_old_tools,
        sources,
        statements,
        transfers,
        identities,
        place,
        administration,
    )
    for operation in module.api.operations
)
