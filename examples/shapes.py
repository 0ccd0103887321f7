"""A card with somebody's address on it, as a Pydantic model: pip install pydantic

edgeomni ask -i card.jpg "Copy the card." --schema examples.shapes:Card
"""

from typing import Annotated

from pydantic import BaseModel, Field, field_validator

Short = Annotated[str, Field(max_length=60)]


class Card(BaseModel):
    name: Short
    company: Short | None
    telephones: list[Annotated[str, Field(max_length=25)]] = Field(max_length=4)
    mail: Short | None
    address: list[Short] = Field(max_length=5)

    @field_validator("mail")
    @classmethod
    def has_an_at(cls, mail: str | None) -> str | None:
        """What no grammar can hold a model to: an answer without it is an error."""
        if mail and "@" not in mail:
            raise ValueError(f"{mail!r} is no mail address")
        return mail
