"""Role vocabularies of LTI Core 1.3, appendix A.2: the URIs that a message's ``roles`` claim carries.

Reading is tolerant (:func:`read_roles`): the short names of context roles and the older URNs of LTI 1.1 count, and what
is in no vocabulary is kept as it came. Writing takes members of the vocabularies only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTITUTION: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
_SYSTEM: Final = "http://purl.imsglobal.org/vocab/lis/v2/system/person"
_ADMINISTRATOR: Final = f"{_MEMBERSHIP}/Administrator#"
_CONTENT_DEVELOPER: Final = f"{_MEMBERSHIP}/ContentDeveloper#"
_INSTRUCTOR: Final = f"{_MEMBERSHIP}/Instructor#"
_LEARNER: Final = f"{_MEMBERSHIP}/Learner#"
_MANAGER: Final = f"{_MEMBERSHIP}/Manager#"
_MENTOR: Final = f"{_MEMBERSHIP}/Mentor#"
_OFFICER: Final = f"{_MEMBERSHIP}/Officer#"


class ContextRole(StrEnum):
    """Principal roles in a context (A.2.3), and below each its sub-roles (A.2.3.1)."""

    ADMINISTRATOR = f"{_MEMBERSHIP}#Administrator"
    CONTENT_DEVELOPER = f"{_MEMBERSHIP}#ContentDeveloper"
    INSTRUCTOR = f"{_MEMBERSHIP}#Instructor"
    LEARNER = f"{_MEMBERSHIP}#Learner"
    MENTOR = f"{_MEMBERSHIP}#Mentor"
    MANAGER = f"{_MEMBERSHIP}#Manager"
    MEMBER = f"{_MEMBERSHIP}#Member"
    OFFICER = f"{_MEMBERSHIP}#Officer"

    ADMINISTRATOR_ADMINISTRATOR = f"{_ADMINISTRATOR}Administrator"
    DEVELOPER = f"{_ADMINISTRATOR}Developer"
    EXTERNAL_DEVELOPER = f"{_ADMINISTRATOR}ExternalDeveloper"
    EXTERNAL_SUPPORT = f"{_ADMINISTRATOR}ExternalSupport"
    EXTERNAL_SYSTEM_ADMINISTRATOR = f"{_ADMINISTRATOR}ExternalSystemAdministrator"
    SUPPORT = f"{_ADMINISTRATOR}Support"
    SYSTEM_ADMINISTRATOR = f"{_ADMINISTRATOR}SystemAdministrator"

    CONTENT_DEVELOPER_CONTENT_DEVELOPER = f"{_CONTENT_DEVELOPER}ContentDeveloper"
    CONTENT_EXPERT = f"{_CONTENT_DEVELOPER}ContentExpert"
    EXTERNAL_CONTENT_EXPERT = f"{_CONTENT_DEVELOPER}ExternalContentExpert"
    LIBRARIAN = f"{_CONTENT_DEVELOPER}Librarian"

    EXTERNAL_INSTRUCTOR = f"{_INSTRUCTOR}ExternalInstructor"
    GRADER = f"{_INSTRUCTOR}Grader"
    GUEST_INSTRUCTOR = f"{_INSTRUCTOR}GuestInstructor"
    LECTURER = f"{_INSTRUCTOR}Lecturer"
    PRIMARY_INSTRUCTOR = f"{_INSTRUCTOR}PrimaryInstructor"
    SECONDARY_INSTRUCTOR = f"{_INSTRUCTOR}SecondaryInstructor"
    TEACHING_ASSISTANT = f"{_INSTRUCTOR}TeachingAssistant"
    TEACHING_ASSISTANT_GROUP = f"{_INSTRUCTOR}TeachingAssistantGroup"
    TEACHING_ASSISTANT_OFFERING = f"{_INSTRUCTOR}TeachingAssistantOffering"
    TEACHING_ASSISTANT_SECTION = f"{_INSTRUCTOR}TeachingAssistantSection"
    TEACHING_ASSISTANT_SECTION_ASSOCIATION = f"{_INSTRUCTOR}TeachingAssistantSectionAssociation"
    TEACHING_ASSISTANT_TEMPLATE = f"{_INSTRUCTOR}TeachingAssistantTemplate"

    EXTERNAL_LEARNER = f"{_LEARNER}ExternalLearner"
    GUEST_LEARNER = f"{_LEARNER}GuestLearner"
    LEARNER_INSTRUCTOR = f"{_LEARNER}Instructor"
    LEARNER_LEARNER = f"{_LEARNER}Learner"
    NON_CREDIT_LEARNER = f"{_LEARNER}NonCreditLearner"

    AREA_MANAGER = f"{_MANAGER}AreaManager"
    COURSE_COORDINATOR = f"{_MANAGER}CourseCoordinator"
    EXTERNAL_OBSERVER = f"{_MANAGER}ExternalObserver"
    MANAGER_MANAGER = f"{_MANAGER}Manager"
    OBSERVER = f"{_MANAGER}Observer"

    MEMBER_MEMBER = f"{_MEMBERSHIP}/Member#Member"

    ADVISOR = f"{_MENTOR}Advisor"
    AUDITOR = f"{_MENTOR}Auditor"
    EXTERNAL_ADVISOR = f"{_MENTOR}ExternalAdvisor"
    EXTERNAL_AUDITOR = f"{_MENTOR}ExternalAuditor"
    EXTERNAL_LEARNING_FACILITATOR = f"{_MENTOR}ExternalLearningFacilitator"
    EXTERNAL_MENTOR = f"{_MENTOR}ExternalMentor"
    EXTERNAL_REVIEWER = f"{_MENTOR}ExternalReviewer"
    EXTERNAL_TUTOR = f"{_MENTOR}ExternalTutor"
    LEARNING_FACILITATOR = f"{_MENTOR}LearningFacilitator"
    MENTOR_MENTOR = f"{_MENTOR}Mentor"
    REVIEWER = f"{_MENTOR}Reviewer"
    TUTOR = f"{_MENTOR}Tutor"

    CHAIR = f"{_OFFICER}Chair"
    COMMUNICATIONS = f"{_OFFICER}Communications"
    SECRETARY = f"{_OFFICER}Secretary"
    TREASURER = f"{_OFFICER}Treasurer"
    VICE_CHAIR = f"{_OFFICER}Vice-Chair"

    @property
    def principal(self) -> "ContextRole":
        """The principal role: of a sub-role the one above it, which a message should carry too; else itself."""
        found = _SUB_ROLE.fullmatch(self.value)
        return self if found is None else ContextRole(f"{_MEMBERSHIP}#{found['principal']}")


class InstitutionRole(StrEnum):
    """Roles in the institution (A.2.2)."""

    ADMINISTRATOR = f"{_INSTITUTION}#Administrator"
    FACULTY = f"{_INSTITUTION}#Faculty"
    GUEST = f"{_INSTITUTION}#Guest"
    NONE = f"{_INSTITUTION}#None"
    OTHER = f"{_INSTITUTION}#Other"
    STAFF = f"{_INSTITUTION}#Staff"
    STUDENT = f"{_INSTITUTION}#Student"
    ALUMNI = f"{_INSTITUTION}#Alumni"
    INSTRUCTOR = f"{_INSTITUTION}#Instructor"
    LEARNER = f"{_INSTITUTION}#Learner"
    MEMBER = f"{_INSTITUTION}#Member"
    MENTOR = f"{_INSTITUTION}#Mentor"
    OBSERVER = f"{_INSTITUTION}#Observer"
    PROSPECTIVE_STUDENT = f"{_INSTITUTION}#ProspectiveStudent"


class SystemRole(StrEnum):
    """Roles on the platform as a system (A.2.1)."""

    ADMINISTRATOR = f"{_SYSTEM}#Administrator"
    NONE = f"{_SYSTEM}#None"
    ACCOUNT_ADMIN = f"{_SYSTEM}#AccountAdmin"
    CREATOR = f"{_SYSTEM}#Creator"
    SYS_ADMIN = f"{_SYSTEM}#SysAdmin"
    SYS_SUPPORT = f"{_SYSTEM}#SysSupport"
    USER = f"{_SYSTEM}#User"
    TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


Role = ContextRole | InstitutionRole | SystemRole


class ContextType(StrEnum):
    """Types of a context (appendix A.1)."""

    COURSE_TEMPLATE = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseTemplate"
    COURSE_OFFERING = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
    COURSE_SECTION = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"
    GROUP = "http://purl.imsglobal.org/vocab/lis/v2/course#Group"


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a message: those of the vocabularies, each once, in the order they came, and the rest as it came."""

    known: tuple[Role, ...] = ()
    unrecognised: tuple[str, ...] = ()

    def principals(self) -> frozenset[ContextRole]:
        """The principal context roles held, also through a sub-role."""
        return frozenset(role.principal for role in self.known if isinstance(role, ContextRole))

    def has(self, role: Role) -> bool:
        """Whether the role is held; a principal context role also through one of its sub-roles."""
        return role in self.known or role in self.principals()


def read_role(text: str) -> Role | None:
    """The role that a text names, None where no vocabulary has it.

    Taken besides the URIs: short names of principal context roles (``Instructor``), which A.2.3 allows for older
    platforms, and the URNs of LTI 1.1 (its appendix A).
    """
    text = text.strip()
    found = _BY_URI.get(text)
    if found is not None:
        return found
    urn = _URN.fullmatch(text)
    if urn is not None:
        return _from_urn(urn["kind"], urn["name"])
    return _BY_URI.get(f"{_MEMBERSHIP}#{text}")


def read_roles(texts: Iterable[str]) -> Roles:
    """The roles that the texts name (``roles`` of a message, or the comma-separated parts of LTI 1.1's parameter)."""
    known: dict[Role, None] = {}
    unrecognised: list[str] = []
    for text in texts:
        role = read_role(text)
        if role is None:
            unrecognised.append(text)
        else:
            known[role] = None
    return Roles(tuple(known), tuple(unrecognised))


_SUB_ROLE: Final = re.compile(re.escape(_MEMBERSHIP) + r"/(?P<principal>[A-Za-z]+)#[A-Za-z-]+")
_URN: Final = re.compile(r"urn:lti:(?P<kind>role|instrole|sysrole):ims/lis/(?P<name>[A-Za-z-]+(/[A-Za-z-]+)?)")
_BY_URI: Final[dict[str, Role]] = {
    role.value: role for kind in (ContextRole, InstitutionRole, SystemRole) for role in kind
}


def _from_urn(kind: str, name: str) -> Role | None:
    principal, _, sub_role = name.partition("/")
    if kind == "instrole":
        return _BY_URI.get(f"{_INSTITUTION}#{name}")
    if kind == "sysrole":
        return _BY_URI.get(f"{_SYSTEM}#{name}")
    # LTI 1.1 has TeachingAssistant as a principal role; LTI 1.3 puts it below Instructor.
    if principal == "TeachingAssistant":
        return _BY_URI.get(f"{_INSTRUCTOR}{sub_role or 'TeachingAssistant'}")
    return _BY_URI.get(f"{_MEMBERSHIP}/{principal}#{sub_role}" if sub_role else f"{_MEMBERSHIP}#{principal}")
