"""Kinds of fields of what people send: bounded, one meaning, nothing hidden in them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from kinelab.core.plain_text import plain_text


class Strict(BaseModel):
    """What came in: a name that is not known, or a number that is none, is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("has a line break or a tabulator; write one line")
    return plain_text(text)


Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(_one_line)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(plain_text)]
# A pseudonym or the name of a model: letters that no path, page or table reads in another way.
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
RowId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$")]
Version = Annotated[
    int, Field(ge=1, le=2**31 - 1, description="the version that was read; a newer one refuses it")
]
