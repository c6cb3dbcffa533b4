"""An installation that is nearly sound, as the console's health room would describe it."""

from __future__ import annotations

from agent_console.ports_health import CheckView, Examination, HealthNow, Language, RegistrationView, TrunksNow
from dialer.clock import Clock

_WORDS = {
    "es": ("Disco", "Quedan 2 GB.", "Haga sitio en la carpeta de datos.", "Troncal default", "Asterisk la conoce."),
    "en": ("Disk", "2 GB are left.", "Make room in the data folder.", "Trunk default", "Asterisk knows it."),
}


class SoundHealth:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def now(self) -> HealthNow:
        return HealthNow(
            at=self._clock.now(),
            up_since=self._clock.now(),
            version="0.1",
            database="sqlite",
            database_ms=0.4,
            outbox_waiting=3,
            disk_free_bytes=2_000_000_000,
            disk_total_bytes=100_000_000_000,
        )

    async def examine(self, language: Language) -> Examination:
        disk, low, mend, trunk, known = _WORDS[language]
        checks = (
            CheckView(check="disk-space", status="warning", title=disk, found=low, mend=mend),
            CheckView(check="trunk", status="ok", title=trunk, found=known, mend=""),
        )
        return Examination(at=self._clock.now(), verdict="1/2", checks=checks)

    async def trunks(self, language: Language) -> TrunksNow:
        examination = await self.examine(language)
        registration = RegistrationView(name="carrier", server="sip:carrier.example", status="Registered")
        return TrunksNow(at=self._clock.now(), checks=examination.checks[1:], registrations=(registration,))
