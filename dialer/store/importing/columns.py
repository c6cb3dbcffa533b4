"""What each column of a lead file means, from its header in Spanish or English."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from dialer.errors import InvalidLeadFile

_SYNONYMS: dict[str, str] = {
    "phone": "telefono tel phone phone_number telephone numero_telefono numero_de_telefono telefono_contacto fono "
    "alt_phone otro_telefono telefono_alterno numero_telefonico contact_phone",
    "phone:mobile": "celular movil mobile cell cellphone cell_phone cel mobile_phone telefono_celular telefono_movil "
    "tel_celular whatsapp numero_celular",
    "phone:home": "telefono_casa casa home home_phone residencia telefono_residencia tel_casa telefono_fijo fijo",
    "phone:work": "telefono_trabajo trabajo work work_phone oficina telefono_oficina tel_oficina tel_trabajo laboral",
    "given": "nombre nombres name first_name primer_nombre full_name nombre_completo deudor titular razon_social "
    "nombre_cliente nombre_deudor customer_name debtor_name given_name",
    "middle": "segundo_nombre middle_name middle",
    "family": "apellido apellidos last_name surname primer_apellido apellido_paterno family_name",
    "family2": "segundo_apellido apellido_materno second_last_name",
    "document": "documento cedula dni cc nit rut run rfc curp ruc cpf cnpj identificacion document id_number "
    "national_id ssn numero_documento numero_de_documento no_documento nro_documento ci documento_identidad",
    "debtor_ref": "id_cliente cliente_id codigo_cliente cod_cliente numero_cliente customer_id client_id debtor_id "
    "id_deudor external_id external_ref vendor_lead_code id cliente codigo customer_ref debtor_ref",
    "ref": "referencia ref reference",
    "debt_ref": "account account_number cuenta numero_cuenta obligacion numero_obligacion "
    "credito numero_credito contrato numero_contrato factura loan loan_id loan_number debt_id debt_ref pagare "
    "operacion numero_operacion invoice",
    "amount": "monto saldo amount balance deuda valor saldo_total monto_total total saldo_vencido valor_mora importe "
    "monto_deuda amount_due debt debt_amount adeudado saldo_deuda valor_deuda total_deuda monto_adeudado",
    "currency": "moneda currency divisa",
    "due": "fecha_vencimiento fecha_de_vencimiento vencimiento due_date due fecha_mora fecha_vto",
    "days": "dias_mora dias_de_mora mora days_past_due dpd dias_vencido dias_atraso dias_de_atraso days_overdue",
    "creditor": "acreedor creditor entidad banco bank cartera lender originador",
    "product": "producto product tipo_producto linea_producto",
    "language": "idioma language lang",
    "country": "pais country",
    "subdivision": "departamento provincia region estado state province",
    "time_zone": "zona_horaria huso_horario timezone time_zone tz",
    "priority": "prioridad priority rank",
    "ignored": "cadencia_line cadencia_reason",
}
_ROLES = {name: role for role, names in _SYNONYMS.items() for name in names.split()}

#: Roles of which a row may have several, told apart by a number at the end of the header.
_PER_DEBT = frozenset({"debt_ref", "amount", "currency", "due", "days", "creditor", "product"})
_NAME_PARTS = ("given", "middle", "family", "family2")
_MOST_COLUMNS = 300


@dataclass(frozen=True, slots=True)
class DebtColumns:
    """Where one debt of a row stands. None: the file has no such column."""

    debt_ref: int | None = None
    amount: int | None = None
    currency: int | None = None
    due: int | None = None
    days: int | None = None
    creditor: int | None = None
    product: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns of a file, as indexes into its rows. ``phones`` have their kind; ``custom`` their header."""

    count: int
    phones: tuple[tuple[int, str], ...]
    names: tuple[int, ...]
    document: int | None
    debtor_ref: int | None
    language: int | None
    country: int | None
    subdivision: int | None
    time_zone: int | None
    priority: int | None
    debts: tuple[DebtColumns, ...]
    custom: tuple[tuple[int, str], ...] = field(default=())


def normal(header: str) -> str:
    """``Teléfono  (2)`` becomes ``telefono_2``."""
    plain = unicodedata.normalize("NFKD", header.strip().casefold())
    plain = "".join(each for each in plain if not unicodedata.combining(each))
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")


def role_of(header: str) -> tuple[str, int] | None:
    """The role of a column and its number (1 where it has none), or None where the header says nothing to us."""
    name = normal(header)
    if name in _ROLES:
        return _ROLES[name], 1
    found = re.fullmatch(r"(.+?)_?(\d{1,2})", name)
    if found and found[1] in _ROLES:
        return _ROLES[found[1]], int(found[2])
    return None


def understood(headers: Sequence[str]) -> int:
    """How many of ``headers`` have a role: the right delimiter is the one that gives the most."""
    return sum(role_of(header) is not None for header in headers)


#: What a person may say that a column is; the first is a field of the house's own, under the header's name.
CHOICES = ("", "ignored", *(role for role in _SYNONYMS if role not in ("ref", "ignored")))


def guessed(headers: Sequence[str]) -> list[str]:
    """For each column what ``read_header`` takes it for, in the words of CHOICES."""
    roles = _roles(headers, None)
    return [role if role in CHOICES else "" for role, _ in roles]


def _roles(headers: Sequence[str], chosen: Sequence[str] | None) -> list[tuple[str, int]]:
    """The role and number of each column. ``chosen`` roles are numbered as they come."""
    if chosen is None:
        roles = [role_of(header) or ("", 1) for header in headers]
        # A bare "reference" names the debt, unless another column does: then it names the debtor.
        bare = "debtor_ref" if any(role == "debt_ref" for role, _ in roles) else "debt_ref"
        return [(bare if role == "ref" else role, number) for role, number in roles]
    unknown = sorted({role for role in chosen if role not in CHOICES})
    if unknown or len(chosen) != len(headers):
        raise InvalidLeadFile(f"The columns cannot be read so: {', '.join(unknown) or 'there are more or fewer'}.")
    seen: Counter[str] = Counter()
    numbered = []
    for role in chosen:
        seen[role.partition(":")[0]] += 1
        numbered.append((role, seen[role.partition(":")[0]] if role.startswith("phone") or role in _PER_DEBT else 1))
    return numbered


def read_header(headers: Sequence[str], chosen: Sequence[str] | None = None) -> Columns:
    """What the columns mean, by their headers, or as somebody chose from CHOICES. Raises InvalidLeadFile where no
    column has phone numbers, saying what was found instead."""
    if len(headers) > _MOST_COLUMNS:
        raise InvalidLeadFile(f"The file has more than {_MOST_COLUMNS} columns. Is the delimiter right?")
    phones: list[tuple[int, int, str]] = []
    names: list[tuple[int, int]] = []
    single: dict[str, int] = {}
    per_debt: dict[int, dict[str, int]] = {}
    custom: list[tuple[int, str]] = []
    roles = _roles(headers, chosen)
    for index, header in enumerate(headers):
        role, number = roles[index]
        if role.startswith("phone"):
            phones.append((number, index, role.partition(":")[2]))
        elif role in _NAME_PARTS:
            names.append((_NAME_PARTS.index(role), index))
        elif role in _PER_DEBT and role not in per_debt.get(number, {}):
            per_debt.setdefault(number, {})[role] = index
        elif role and role not in _PER_DEBT and number == 1 and role not in single:
            single[role] = index
            if role == "subdivision":  # only some of what stands there is a code: the words are kept as well
                custom.append((index, header.strip()[:64]))
        elif header.strip() and role != "ignored":
            custom.append((index, header.strip()[:64]))
    if not phones:
        shown = ", ".join(header.strip() for header in headers[:20]) or "nothing"
        raise InvalidLeadFile(
            "No column of the file has a header that means phone number. Name one of them telefono, celular or phone. "
            f"The first line reads: {shown[:300]}"
        )
    return Columns(
        count=len(headers),
        phones=tuple((index, kind) for _, index, kind in sorted(phones)),
        names=tuple(index for _, index in sorted(names)),
        document=single.get("document"),
        debtor_ref=single.get("debtor_ref"),
        language=single.get("language"),
        country=single.get("country"),
        subdivision=single.get("subdivision"),
        time_zone=single.get("time_zone"),
        priority=single.get("priority"),
        debts=_debts(per_debt),
        custom=tuple(custom),
    )


def _debts(per_debt: dict[int, dict[str, int]]) -> tuple[DebtColumns, ...]:
    """One for each number that has an amount or a reference; the others lend what is common, such as the creditor."""
    real = {number: found for number, found in per_debt.items() if found.keys() & {"amount", "debt_ref"}}
    shared = {role: index for role, index in per_debt.get(1, {}).items() if role in ("currency", "creditor", "product")}
    return tuple(DebtColumns(**{**shared, **found}) for _, found in sorted(real.items()))
