"""Whether the self-service flows of one's own may be used."""

from __future__ import annotations

from dialer.doctor.finding import Finding, found
from dialer.errors import InvalidFlow, UnknownFlow
from dialer.settings import Settings
from ivr_flows.findings import findings_of
from ivr_flows.shelf import checked


def flows(settings: Settings) -> list[Finding]:
    """A broken file is refused by the engine, which goes on with the text before. Reads every file of the folder."""
    folder = settings.ivr.flows_dir
    if folder is None:
        return [found("flows.shipped")]
    if not folder.is_dir():
        return [found("flows.absent", folder=str(folder))]
    files = sorted(folder.glob("*.yaml"))
    broken = []
    for file in files:
        try:
            checked(file)
        except (InvalidFlow, UnknownFlow) as exc:
            count = len(findings_of(exc)) if isinstance(exc, InvalidFlow) else 1
            broken.append(found("flows.broken", file=str(file), count=count))
    return broken or [found("flows.usable", folder=str(folder), count=len(files))]
