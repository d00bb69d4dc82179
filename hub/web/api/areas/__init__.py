"""The operations, one module an area; ``ALL`` holds them in the order of the document."""

from hub.web.api.areas import (
    administration,
    catalogue,
    deposits,
    enrolments,
    groups,
    help_requests,
    identities,
    me,
    organisations,
    paths,
    people,
    platforms,
    seances,
    sources,
    steps,
    versions,
)
from hub.web.api.operation import Operation

ALL: tuple[Operation, ...] = tuple(
    operation
    for module in (
        me,
        people,
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
        sources,
        identities,
        administration,
    )
    for operation in module.api.operations
)
