"""Why a line was refused, and what an import has to tell, in Spanish and English."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Stable ids: they are in rejected.csv beside the words."""

    NUL_BYTE = "nul-byte"
    LINE_TOO_LONG = "line-too-long"
    UNCLOSED_QUOTE = "unclosed-quote"
    TOO_MANY_COLUMNS = "too-many-columns"
    FIELD_TOO_LONG = "field-too-long"
    NO_PHONE = "no-phone"
    BAD_PHONE = "bad-phone"
    BAD_AMOUNT = "bad-amount"
    AMBIGUOUS_AMOUNT = "ambiguous-amount"
    NEGATIVE_AMOUNT = "negative-amount"
    BAD_CURRENCY = "bad-currency"
    BAD_DATE = "bad-date"
    BAD_DAYS = "bad-days"
    BAD_COUNTRY = "bad-country"
    BAD_LANGUAGE = "bad-language"
    BAD_TIME_ZONE = "bad-time-zone"
    BAD_PRIORITY = "bad-priority"
    # Of payments.
    NO_REFERENCE = "no-reference"
    UNKNOWN_DEBT = "unknown-debt"
    AMBIGUOUS_DEBT = "ambiguous-debt"
    PAYMENT_CONTRADICTS = "payment-contradicts"


class Notice(StrEnum):
    NOT_UTF8 = "not-utf8"
    PHONES_SKIPPED = "phones-skipped"
    CUSTOM_COLUMNS = "custom-columns"


_TEXTS: dict[str, tuple[str, str]] = {
    Reason.NUL_BYTE: ("la línea contiene un carácter nulo", "the line contains a NUL character"),
    Reason.LINE_TOO_LONG: ("la línea es demasiado larga", "the line is too long"),
    Reason.UNCLOSED_QUOTE: ("hay unas comillas que no se cierran", "a quotation mark is never closed"),
    Reason.TOO_MANY_COLUMNS: (
        "tiene más columnas que el encabezado: ¿un separador sin comillas dentro de un campo?",
        "more columns than the header: a delimiter without quotes inside a field?",
    ),
    Reason.FIELD_TOO_LONG: ("un campo es demasiado largo: {value}", "a field is too long: {value}"),
    Reason.NO_PHONE: ("no tiene teléfono", "no phone number"),
    Reason.BAD_PHONE: ("el teléfono no existe: {value}", "no such phone number: {value}"),
    Reason.BAD_AMOUNT: ("el monto no se entiende: {value}", "the amount cannot be read: {value}"),
    Reason.AMBIGUOUS_AMOUNT: (
        "el monto es ambiguo: {value} (escríbalo sin separador de miles, o indique el separador decimal)",
        "the amount is ambiguous: {value} (write it without thousands separator, or name the decimal separator)",
    ),
    Reason.NEGATIVE_AMOUNT: ("el monto es negativo: {value}", "the amount is negative: {value}"),
    Reason.BAD_CURRENCY: ("la moneda no se conoce: {value}", "unknown currency: {value}"),
    Reason.BAD_DATE: ("la fecha no existe o no se entiende: {value}", "no such date, or not readable: {value}"),
    Reason.BAD_DAYS: ("los días de mora no son un número: {value}", "the days past due are no number: {value}"),
    Reason.BAD_COUNTRY: (
        "el país no es un código de dos letras conocido: {value}",
        "the country is no known two-letter code: {value}",
    ),
    Reason.BAD_LANGUAGE: ("el idioma debe ser es o en: {value}", "the language must be es or en: {value}"),
    Reason.BAD_TIME_ZONE: (
        "la zona horaria no existe: {value} (por ejemplo America/Bogota)",
        "no such time zone: {value} (for example America/Bogota)",
    ),
    Reason.BAD_PRIORITY: (
        "la prioridad debe ser un número de 0 a 100: {value}",
        "the priority must be a number from 0 to 100: {value}",
    ),
    Reason.NO_REFERENCE: (
        "faltan la cuenta o la referencia propia del pago",
        "the account, or the payment's own reference, is missing",
    ),
    Reason.UNKNOWN_DEBT: ("ninguna deuda tiene esta referencia: {value}", "no debt has this reference: {value}"),
    Reason.AMBIGUOUS_DEBT: (
        "varias deudas tienen esta referencia: {value} (agregue el acreedor o el documento)",
        "several debts have this reference: {value} (add the creditor or the document)",
    ),
    Reason.PAYMENT_CONTRADICTS: (
        "este pago ya se registró con otro monto, fecha o deuda: {value}",
        "this payment was recorded before with another amount, date or debt: {value}",
    ),
    Notice.NOT_UTF8: (
        "{value} líneas no estaban en UTF-8; se leyeron como Windows-1252 (Latin-1).",
        "{value} lines were not UTF-8; they were read as Windows-1252 (Latin-1).",
    ),
    Notice.PHONES_SKIPPED: (
        "{value} números no válidos se omitieron en filas que tenían otro número válido.",
        "{value} numbers that do not exist were left out of rows that had another one.",
    ),
    Notice.CUSTOM_COLUMNS: (
        "Estas columnas se guardaron como campos propios: {value}.",
        "These columns were kept as custom fields: {value}.",
    ),
}


def text(what: Reason | Notice, language: str, value: object = "") -> str:
    """The words for a reason or notice in ``language`` (``es``, otherwise English)."""
    spanish, english = _TEXTS[what]
    return (spanish if language == "es" else english).format(value=value)


class Rejected(Exception):
    """A line that cannot be taken in. ``value`` is the offending text, shortened."""

    def __init__(self, reason: Reason, value: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.value = value if len(value) <= 60 else value[:57] + "..."
