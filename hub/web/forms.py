"""Reading forms: what was typed is kept, what is wrong is said beside its field. Small parse functions, no form
library."""

from collections.abc import Collection, Iterable
from datetime import date
from typing import Any
from uuid import UUID

from flask import request
from pydantic import ValidationError

from hub.services.errors import Invalid
from hub.texts import gettext
from hub.web.error_words import FIELD_FAULTS

_PYDANTIC = {
    "missing": "required",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "int_parsing": "not_a_number",
    "float_parsing": "not_a_number",
    "date_from_datetime_parsing": "not_a_date",
    "date_parsing": "not_a_date",
    "enum": "unknown",
    "literal_error": "unknown",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "greater_than": "out_of_range",
    "less_than": "out_of_range",
}


class FormErrors(dict[str, str]):
    """Field -> sentence in the reader's language. Empty when the form is right."""

    def of(self, name: str) -> list[str]:
        """The sentences of a field, as the macros of ``_macros/forms.html`` take them."""
        return [self[name]] if name in self else []

    def summary(self) -> list[tuple[str, str]]:
        """(field, sentence) for ``error_summary``."""
        return list(self.items())

    def fault(self, name: str, code: str) -> None:
        """Say what is wrong with a field by a code of ``FIELD_FAULTS``; the first fault of a field stays."""
        self.setdefault(name, gettext(FIELD_FAULTS.get(code, FIELD_FAULTS["incorrect"])))

    def add_invalid(self, error: Invalid) -> None:
        """Take over the faults that a service found."""
        for name, code in error.fields.items():
            self.fault(name, code)

    def add_pydantic(self, error: ValidationError) -> None:
        """Take over the faults that a pydantic model found; nested fields are joined with a hyphen."""
        for one in error.errors(include_url=False, include_context=False, include_input=False):
            self.fault("-".join(str(part) for part in one["loc"]) or "form", _PYDANTIC.get(one["type"], "incorrect"))


class Form:
    """The fields of the present request and what is wrong with them.

    ``form = Form(); title = form.text("title", required=True); if form.errors: return page(..., form=form,
    errors=form.errors)``
    """

    def __init__(self) -> None:
        self.errors = FormErrors()

    def typed(self, name: str, default: str = "") -> str:
        """What was typed, to be shown again."""
        return request.form.get(name, default)

    def text(self, name: str, *, required: bool = False, longest: int = 2000) -> str:
        """A text without outer blanks."""
        value = request.form.get(name, "").replace("\x00", "").strip()
        if required and not value:
            self.errors.fault(name, "required")
        elif len(value) > longest:
            self.errors.fault(name, "too_long")
        return value

    def secret(self, name: str) -> str:
        """A password or PIN exactly as typed; required."""
        value = request.form.get(name, "")
        if not value:
            self.errors.fault(name, "required")
        return value

    def flag(self, name: str) -> bool:
        """Whether a box is ticked."""
        return bool(request.form.get(name))

    def choice(self, name: str, allowed: Iterable[str], *, required: bool = False) -> str:
        """One of ``allowed``, or the empty text."""
        value = request.form.get(name, "")
        if value and value not in set(allowed):
            self.errors.fault(name, "unknown")
            return ""
        if required and not value:
            self.errors.fault(name, "required")
        return value

    def choices(self, name: str, allowed: Collection[str]) -> list[str]:
        """Those ticked among ``allowed``, in the order of ``allowed``."""
        ticked = set(request.form.getlist(name))
        if ticked - set(allowed):
            self.errors.fault(name, "unknown")
        return [value for value in allowed if value in ticked]

    def number(
        self, name: str, *, low: int | None = None, high: int | None = None, required: bool = False
    ) -> int | None:
        """A whole number between ``low`` and ``high``, both included; None when nothing was typed."""
        typed = (
            self.text(name, required=required, longest=20).replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
        )
        if not typed or name in self.errors:
            return None
        try:
            value = int(typed)
        except ValueError:
            self.errors.fault(name, "not_a_number")
            return None
        if (low is not None and value < low) or (high is not None and value > high):
            self.errors.fault(name, "out_of_range")
        return value

    def day(self, name: str, *, required: bool = False) -> date | None:
        """A date as browsers send it (2026-11-24) or as people type it (24/11/2026)."""
        typed = self.text(name, required=required, longest=20)
        if not typed or name in self.errors:
            return None
        parts = typed.split("/")
        try:
            return date.fromisoformat("-".join(reversed(parts)) if len(parts) == 3 else typed)
        except ValueError:
            self.errors.fault(name, "not_a_date")
            return None

    def ids(self, name: str) -> list[UUID]:
        """The ids ticked, each once; one that is no id is a fault."""
        found: dict[UUID, Any] = {}
        for text in request.form.getlist(name):
            try:
                found[UUID(text)] = None
            except ValueError:
                self.errors.fault(name, "unknown")
        return list(found)
