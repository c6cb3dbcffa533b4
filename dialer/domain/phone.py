"""Phone numbers: parsed once at the border, E.164 inside, masked wherever they are shown by accident."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers

from dialer.errors import InvalidPhoneNumber

_LONGEST_INPUT = 40  # characters; real numbers with punctuation stay well below


@dataclass(frozen=True, slots=True, order=True)
class PhoneNumber:
    """A number in E.164 form, such as ``+573101234567``. ``str()`` gives it whole; ``repr()`` masks the middle."""

    e164: str

    def __str__(self) -> str:
        return self.e164

    def __repr__(self) -> str:
        return f"PhoneNumber({self.masked!r})"

    @property
    def masked(self) -> str:
        """The number with all but the first three and last two digits hidden: ``+57*******67``."""
        return self.e164[:3] + "*" * max(0, len(self.e164) - 5) + self.e164[-2:]

    @classmethod
    def parse(cls, text: str, country: str | None = None) -> PhoneNumber:
        """Read a number as people write it.

        ``country`` (ISO 3166-1 alpha-2) is assumed where the text has no country code.
        Raises InvalidPhoneNumber when the text is no number, or none that the numbering plan knows.
        """
        if len(text) > _LONGEST_INPUT:
            raise InvalidPhoneNumber(f"A phone number has at most {_LONGEST_INPUT} characters.")
        try:
            number = phonenumbers.parse(text, country)
        except phonenumbers.NumberParseException as exc:
            raise InvalidPhoneNumber() from exc
        if not phonenumbers.is_valid_number(number):
            raise InvalidPhoneNumber(
                "This number does not exist in the numbering plan of its country. "
                "Check for a missing or extra digit, and for the country code."
            )
        return cls(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))

    @property
    def country(self) -> str | None:
        """ISO 3166-1 alpha-2 code of the number's region, or None where it has none (satellite, toll-free)."""
        region = phonenumbers.region_code_for_number(phonenumbers.parse(self.e164))
        return region if region and region != "001" else None
