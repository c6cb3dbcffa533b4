"""Importing a lead file into a campaign: the way in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from dialer.domain.campaign import Campaign
from dialer.errors import InvalidLeadFile
from dialer.store.database import Database
from dialer.store.importing.reasons import Reason
from dialer.store.importing.source import ImportOptions, Summary, messages
from dialer.store.importing.writer import Merger

log = structlog.get_logger(__name__)

#: Called with the bytes read so far and the bytes of the file.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import came to: ``rows`` = ``accepted`` + ``duplicates`` + ``rejected``.

    A row is accepted when it added or changed something, and a duplicate when everything it says was known, from
    earlier in the file or from the campaign. ``debtors``, ``debts``, ``phones`` count what is new; ``debts`` new to the
    campaign. ``rejected_path`` is None where nothing was rejected.
    """

    accepted: int
    debtors: int
    debts: int
    phones: int
    duplicates_in_file: int
    duplicates_in_campaign: int
    rejected: int
    rejected_path: Path | None
    reasons: Mapping[Reason, int] = field(default_factory=dict)
    notices: tuple[str, ...] = ()

    @property
    def duplicates(self) -> int:
        return self.duplicates_in_file + self.duplicates_in_campaign

    @property
    def rows(self) -> int:
        return self.accepted + self.duplicates + self.rejected


async def import_leads(
    database: Database,
    path: Path,
    campaign: Campaign,
    *,
    now: datetime,
    options: ImportOptions | None = None,
    progress: Progress | None = None,
) -> ImportReport:
    """Read ``path`` and merge every readable row into ``campaign``.

    Rows are committed chunk by chunk: where the import breaks off, what was taken in stays, and importing the file
    again adds only the rest. ``now`` dates the first try and the days past due. Raises InvalidLeadFile, StoreError,
    and ConfigurationError where rejected lines could not be written down.
    """
    merger = Merger(campaign.id, now)
    async with aclosing(messages(path, campaign, now, options or ImportOptions())) as source:
        async for message in source:
            if isinstance(message, Summary):
                report = _report(merger, message)
                log.info(
                    "leads.imported",
                    campaign=campaign.name,
                    accepted=report.accepted,
                    duplicates=report.duplicates,
                    rejected=report.rejected,
                )
                return report
            if message.rows:
                merger.add(await database.write(merger.merge, message.rows))
            if progress is not None:
                progress(message.bytes_read, message.bytes_total)
    raise InvalidLeadFile(f"Reading {path} ended without a result. What was taken in stays; import the file again.")


def _report(merger: Merger, summary: Summary) -> ImportReport:
    tally = merger.tally
    return ImportReport(
        accepted=tally.accepted,
        debtors=tally.debtors,
        debts=tally.debts,
        phones=tally.phones,
        duplicates_in_file=tally.duplicates_in_file,
        duplicates_in_campaign=tally.duplicates_in_campaign,
        rejected=sum(summary.reasons.values()),
        rejected_path=summary.rejected_path,
        reasons=summary.reasons,
        notices=summary.notices,
    )
