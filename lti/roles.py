"""Role vocabularies of LTI Core 1.3, appendix A.2: the URIs that a message's ``roles`` claim carries."""

from enum import StrEnum
from typing import Final

_MEMBERSHIP: Final = "http://purl.imsglobal.org/vocab/lis/v2/membership"
_INSTITUTION: Final = "http://purl.imsglobal.org/vocab/lis/v2/institution/person"
_SYSTEM: Final = "http://purl.imsglobal.org/vocab/lis/v2/system/person"


class ContextRole(StrEnum):
    """Roles in a context (A.2.3): the core ones, and the sub-roles (A.2.3.1) that training places use."""

    ADMINISTRATOR = f"{_MEMBERSHIP}#Administrator"
    CONTENT_DEVELOPER = f"{_MEMBERSHIP}#ContentDeveloper"
    INSTRUCTOR = f"{_MEMBERSHIP}#Instructor"
    LEARNER = f"{_MEMBERSHIP}#Learner"
    MENTOR = f"{_MEMBERSHIP}#Mentor"
    MANAGER = f"{_MEMBERSHIP}#Manager"
    MEMBER = f"{_MEMBERSHIP}#Member"
    OFFICER = f"{_MEMBERSHIP}#Officer"
    TEACHING_ASSISTANT = f"{_MEMBERSHIP}/Instructor#TeachingAssistant"


class InstitutionRole(StrEnum):
    """Roles in the institution (A.2.2)."""

    ADMINISTRATOR = f"{_INSTITUTION}#Administrator"
    FACULTY = f"{_INSTITUTION}#Faculty"
    GUEST = f"{_INSTITUTION}#Guest"
    INSTRUCTOR = f"{_INSTITUTION}#Instructor"
    LEARNER = f"{_INSTITUTION}#Learner"
    MENTOR = f"{_INSTITUTION}#Mentor"
    STAFF = f"{_INSTITUTION}#Staff"
    STUDENT = f"{_INSTITUTION}#Student"
    NONE = f"{_INSTITUTION}#None"


class SystemRole(StrEnum):
    """Roles on the platform as a system (A.2.1)."""

    ADMINISTRATOR = f"{_SYSTEM}#Administrator"
    NONE = f"{_SYSTEM}#None"
    USER = f"{_SYSTEM}#User"
    TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


Role = ContextRole | InstitutionRole | SystemRole


class ContextType(StrEnum):
    """Types of a context (appendix A.1)."""

    COURSE_TEMPLATE = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseTemplate"
    COURSE_OFFERING = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
    COURSE_SECTION = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseSection"
    GROUP = "http://purl.imsglobal.org/vocab/lis/v2/course#Group"
