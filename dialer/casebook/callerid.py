"""Whether a campaign hides its number, in whatever words a case says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dialer.casebook.loose import Loose, plain, truth

_WITHHELD = frozenset(
    {"withheld", "anonymous", "hidden", "restricted", "none", "false", "blocked", "private", "prohibited", "suppressed"}
)
_HIDES = "withheld|hide_cli|hidden_cli|cli_hidden|hide_caller_id|anonymous"
_SHOWS = r"(cli|caller_id|clid)_(is_)?(presented|shown|visible)"
_CLI = r"^(cli|clid|caller_id)(_presentation|_mode|_number|_status)?$"


def withheld(said: Loose) -> bool | None:
    """Whether the caller id is withheld; None where nothing is said of it."""
    told = [truth(value) for _, value in said.take_matching(_HIDES)]
    told += [not truth(value) for _, value in said.take_matching(_SHOWS)]
    told += [_hidden(value) for _, value in said.take_matching(_CLI)]
    return any(told) if told else None


def _hidden(value: Any) -> bool:
    if isinstance(value, Mapping):
        return (
            any(truth(each) for key, each in value.items() if plain(key) in _WITHHELD)
            or any(plain(key) in ("presented", "shown", "visible") and not truth(each) for key, each in value.items())
            or plain(value.get("presentation", "")) in _WITHHELD
        )
    return plain(value) in _WITHHELD
