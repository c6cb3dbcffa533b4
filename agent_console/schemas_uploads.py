"""Files that people hand in, on the wire."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from agent_console.ports_uploads import UploadOptions, UploadView
from agent_console.schemas import Body

Role = Annotated[str, StringConstraints(max_length=32)]
Origin = Annotated[str, StringConstraints(strip_whitespace=True, max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class ReadingIn(Body):
    """How to read a file. ``roles``: what each column is; None: by the headers. ``origin``: who sends such payments: a
    payment's reference is unique with it."""

    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] | None = None
    roles: tuple[Role, ...] | None = Field(default=None, max_length=300)
    language: Literal["es", "en"] = "es"
    origin: Origin = ""
    country: str = Field(default="CO", pattern=r"^[A-Z]{2}$")

    def options(self) -> UploadOptions:
        return UploadOptions(
            delimiter=self.delimiter,
            decimal=self.decimal,
            roles=self.roles,
            language=self.language,
            origin=self.origin,
            country=self.country,
        )


class UploadList(BaseModel):
    uploads: list[UploadView]
