"""The operations, one module an area; ``ALL`` holds them in the order of the document."""

from hub.web.api.areas import (
    enrolments,
    groups,
    me,
    organisations,
    paths,
    people,
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
        enrolments,
        steps,
    )
    for operation in module.api.operations
)
