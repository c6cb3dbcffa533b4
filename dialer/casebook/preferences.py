"""Times a debtor asked to be left alone, in whatever words a case file says them.

``{days: [tue], from: "12:00", to: "13:00"}`` anywhere under a key such as ``prefs``, ``quiet`` or ``inconvenient``
forbids; under ``only``, ``allow`` or ``convenient`` it is all the rest of the week that is forbidden.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dialer.casebook.loose import plain, truth, words
from dialer.compliance.facts import QuietTime
from dialer.errors import InvalidCaseFile

_DAY_S = 86_400
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ALL = frozenset(range(7))
_SETS = {
    "all": _ALL, "any": _ALL, "daily": _ALL, "every": _ALL, "everyday": _ALL, "week": _ALL,
    "weekday": frozenset(range(5)), "weekdays": frozenset(range(5)), "workdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}), "weekends": frozenset({5, 6}),
}  # fmt: skip
_SPAN = re.compile(r"(\d{1,2}(?::\d{2}){1,2})\s*(?:-|–|to|until)\s*(\d{1,2}(?::\d{2}){1,2})")
_DENIES = re.compile(r"inconvenient|forbid|quiet|unavailable|^no$|^not$|^no_|_no_|^not_|dont|do_not|never|except|avoid")
_ALLOWS = re.compile(r"^only|_only$|allow|^convenient|available|prefer(?!ences?$|s$)|permit|^ok$|best|within|reachable")
_EDGE = re.compile(r"^(no|not|dont|do_not|never)_.*(before|after)$")
_SILENT = frozenset({"tz", "zone", "note", "at", "since", "source", "kind", "type", "id", "by", "reason", "channel"})

_Span = tuple[frozenset[int], int, int]  # days, seconds of the day


def quiet_times(value: Any, key: str, path: str) -> tuple[QuietTime, ...]:
    """The quiet times that ``value``, found under ``key``, states. Raises InvalidCaseFile."""
    forbidden: list[_Span] = []
    allowed: list[_Span] = []
    for allows, span in _spans(value, _polarity(key, allows=False), _ALL, path):
        (allowed if allows else forbidden).extend(_split(span))
    if allowed:
        forbidden += _complement(allowed)
    return tuple(QuietTime(days=days, from_s=start, to_s=end) for days, start, end in forbidden)


def _polarity(key: str, *, allows: bool) -> bool:
    if _DENIES.search(plain(key)):
        return False
    return True if _ALLOWS.search(plain(key)) else allows


def _spans(value: Any, allows: bool, days: frozenset[int], path: str) -> Iterator[tuple[bool, _Span]]:
    if value is None or value is False:
        return
    if value is True:
        yield allows, (days, 0, _DAY_S)
    elif isinstance(value, str):
        yield from ((allows, span) for span in _text_spans(value, days, path))
    elif isinstance(value, Mapping):
        yield from _mapping_spans({plain(key): each for key, each in value.items()}, allows, days, path)
    elif isinstance(value, (list, tuple)):
        if len(value) == 2 and all(isinstance(each, str) and re.fullmatch(r"\d{1,2}:\d{2}", each) for each in value):
            yield allows, (days, clock(value[0], path), clock(value[1], path))
            return
        for each in value:
            yield from _spans(each, allows, days, path)
    else:
        raise InvalidCaseFile(f"{path}: {value!r} says no time of the week")


def _mapping_spans(
    value: dict[str, Any], allows: bool, days: frozenset[int], path: str
) -> Iterator[tuple[bool, _Span]]:
    for key in ("kind", "type", "mode"):
        if isinstance(value.get(key), str):
            allows = _polarity(value.pop(key), allows=allows)
    for key in [key for key, each in value.items() if isinstance(each, bool) and len(value) > 1]:
        if _ALLOWS.search(key) or _DENIES.search(key):  # {days, from, to, allow: true}
            allows = _polarity(key, allows=allows) is value.pop(key)
    named = [value.pop(key) for key in ("days", "day", "weekdays", "weekday", "on", "dow") if key in value]
    if named:
        days = frozenset(day for each in named for word in words(each) for day in _days(word, path))
    start, end = _first(value, "from", "start", "begin"), _first(value, "to", "until", "end", "till")
    for key, word in (("not_before", "before"), ("not_after", "after"), ("earliest", "before"), ("latest", "after")):
        if key in value:  # said of when one may call, whatever is around it
            edge = clock(value.pop(key), path)
            yield False, ((days, 0, edge) if word == "before" else (days, edge, _DAY_S))
    for key in [key for key in value if _EDGE.search(key) and key not in ("after", "before")]:
        edge = clock(value.pop(key), path)
        yield False, ((days, 0, edge) if key.endswith("before") else (days, edge, _DAY_S))
    after, before = _first(value, "after"), _first(value, "before")
    start, end = after if start is None else start, before if end is None else end
    if start is not None or end is not None:
        opens = 0 if start is None else clock(start, path)
        yield allows, (days, opens, _DAY_S if end is None else clock(end, path))
    timed = bool(named) or start is not None or end is not None
    inner = {key: each for key, each in value.items() if key not in _SILENT and not (timed and _is_a_name(each))}
    if named and start is None and end is None and not any(each not in (None, False) for each in inner.values()):
        yield allows, (days, 0, _DAY_S)
    for key, each in inner.items():
        if key in _SETS or key[:3] in _DAYS:
            yield from _spans(each, allows, frozenset(_days(key, path)), path)
        else:
            yield from _spans(each, _polarity(key, allows=allows), days, path)


def _is_a_name(value: Any) -> bool:
    """What hours are called, or where they hold: they are said beside it."""
    return isinstance(value, str) and not _SPAN.search(value)


def _first(value: dict[str, Any], *keys: str) -> Any:
    found = [value.pop(key) for key in keys if key in value]
    return found[0] if found else None


def _text_spans(text: str, days: frozenset[int], path: str) -> Iterator[_Span]:
    hours = [(clock(match[1], path), clock(match[2], path)) for match in _SPAN.finditer(text)]
    named = [
        day for word in re.findall(r"[a-z]+(?:-[a-z]+)?", _SPAN.sub(" ", text.lower())) for day in _days(word, path)
    ]
    if not hours and not named:
        raise InvalidCaseFile(f"{path}: {text!r} says no time of the week")
    for start, end in hours or [(0, _DAY_S)]:
        yield frozenset(named) or days, start, end


def _days(word: str, path: str) -> frozenset[int]:
    name = plain(word)
    span = re.fullmatch(r"([a-z]{3})[a-z]*_(?:to_)?([a-z]{3})[a-z]*", name)
    if span and span[1] in _DAYS and span[2] in _DAYS:
        first, last = _DAYS.index(span[1]), _DAYS.index(span[2])
        return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
    if name in _SETS:
        return _SETS[name]
    if name[:3] in _DAYS:
        return frozenset({_DAYS.index(name[:3])})
    if name.isdigit() and int(name) < 7:
        return frozenset({int(name)})
    raise InvalidCaseFile(f"{path}: {word!r} is no day of the week")


def clock(value: Any, path: str) -> int:
    """Seconds of the local day of ``"12:30"``, ``"12:30:15"``, ``24:00`` or the hour ``9``. Raises InvalidCaseFile."""
    if isinstance(value, int) and not isinstance(value, bool):
        seconds = value * 3600 if value <= 24 else value * 60
    else:
        match = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", str(value).strip())
        if match is None:
            raise InvalidCaseFile(f'{path}: {value!r} is no time of the day; write it as "07:30"')
        seconds = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3] or 0)
    if seconds > _DAY_S:
        raise InvalidCaseFile(f"{path}: {value!r} is later than 24:00")
    return seconds


def _split(span: _Span) -> list[_Span]:
    """A night is two spans: the second belongs to the mornings after."""
    days, start, end = span
    if start < end:
        return [span]
    mornings = frozenset((day + 1) % 7 for day in days)
    return [(days, start, _DAY_S), *([(mornings, 0, end)] if end else [])]


def _complement(allowed: list[_Span]) -> Iterator[_Span]:
    for day in range(7):
        at = 0
        for start, end in sorted((start, end) for days, start, end in allowed if day in days):
            if at < start:
                yield frozenset({day}), at, start
            at = max(at, end)
        if at < _DAY_S:
            yield frozenset({day}), at, _DAY_S


def forbids_always(value: Any) -> tuple[QuietTime, ...]:
    """For ``debtor_pref_forbids_now: true``: no hour is left."""
    return (QuietTime(days=_ALL, from_s=0, to_s=_DAY_S),) if truth(value) else ()
