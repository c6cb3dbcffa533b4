"""Counts of a rate's period, where a case tells of days or of calls instead of counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dialer.casebook.loose import Loose, day_or_instant, entries, instant, number, plain, words
from dialer.compliance.ratios import period_of
from dialer.compliance.rules import RatioRule
from dialer.compliance.zones import zone


def tally(given: Loose, rule: RatioRule) -> dict[str, float] | None:
    """What lies within the rule's period at ``given.now``; None where there are neither days nor calls.

    Days are dates with their counts; calls say when (``at``) and what (``outcome``), and may say how many (``count``).
    """
    dated = [*_days(given), *_calls(given)]
    if not dated:
        return None
    now = given.take("now", "at")
    where = words(given.take("tz", "zone", "address_tz"))
    local = (zone(where[0]) if where else None) or ZoneInfo("UTC")
    began = given.take("campaign_started", "campaign_started_at", "campaign_start", "started", "started_at")
    campaign = given.take("campaign")
    if isinstance(campaign, Mapping):
        began = next((each for key, each in campaign.items() if "start" in plain(key)), began)
    latest = max(at for at, _, _ in dated)
    asked = latest if now is None else instant(now, "given.now")
    first = min(at for at, _, _ in dated) if began is None else day_or_instant(began, "given.campaign_started")
    since, until = period_of(rule, first, asked, local)
    counts: dict[str, float] = {}
    for at, name, many in dated:
        if since <= at < until:
            counts[name] = counts.get(name, 0) + many
    return counts


def _days(given: Loose) -> Iterator[tuple[datetime, str, float]]:
    said = given.take("days", "by_day", "counts_by_day", "daily")
    if isinstance(said, Mapping):
        said = [{"date": day, **counts} for day, counts in said.items() if isinstance(counts, Mapping)]
    for item in said if isinstance(said, list) else ():
        day = Loose(item, "given.days", given.ignored)
        at = day_or_instant(day.take("date", "day", "at"), "given.days.date")
        counts = day.take("counts")
        for name, many in (counts if isinstance(counts, Mapping) else day.rest()).items():
            yield at.astimezone(UTC), plain(name), number(many, f"given.days.{name}")


def _calls(given: Loose) -> Iterator[tuple[datetime, str, float]]:
    for item in entries(given.take("history", "events")):
        call = Loose(item, "given.history", given.ignored)
        at = day_or_instant(call.take("at", "start", "date"), "given.history.at")
        outcome = plain(call.take("outcome", "result") or "")
        yield at, outcome, number(call.take("count", "times", "n", default=1), "given.history.count")
