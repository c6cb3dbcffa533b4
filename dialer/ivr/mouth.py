"""What a flow says, as sounds: whole sentences where the voice was quick enough, else put together from phrases."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import tzinfo

import structlog

from dialer.errors import CadenciaError
from ivr_flows.spoken.sound_plan import SoundPlan
from ivr_flows.spoken.values import Locale, Part

log = structlog.get_logger(__name__)

#: A caller hears silence meanwhile: later the sentence is put together from phrases, and spoken for the next time.
_SPEAK_WITHIN_S = 0.15
_FIRST_WORDS_WITHIN_S = 1.0

Speak = Callable[[Iterable[str], str], int]  #: blocks; ``dialer.provision.ivr_sounds.Sentences.speak``


class PlannedMouth:
    """``dialer.ivr.ports.Mouth``. ``speak`` None: nothing is spoken for a call."""

    def __init__(self, plan: SoundPlan, *, country: str, zone: tzinfo, speak: Speak | None = None) -> None:
        self._plan = plan
        self._country = country
        self._zone = zone
        self._speak = speak
        self._spoken: set[asyncio.Task[int]] = set()

    async def sounds(self, parts: Sequence[Part], language: str) -> Sequence[str]:
        locale = Locale(language, self._country, self._zone)
        try:
            await self._prepare(parts, locale, _SPEAK_WITHIN_S)
            planned = self._plan(parts, locale)
        except CadenciaError as exc:
            log.error("ivr.not_said", code=exc.code)
            return ()
        if planned.left_out:
            log.error("ivr.sounds_missing", language=language, count=len(planned.left_out))
        return planned.sounds

    async def prepare(self, parts: Sequence[Part], language: str) -> None:
        """Speak the first words of a call before they are wanted: those may take a moment."""
        try:
            await self._prepare(parts, Locale(language, self._country, self._zone), _FIRST_WORDS_WITHIN_S)
        except CadenciaError as exc:
            log.error("ivr.not_said", code=exc.code)

    async def _prepare(self, parts: Sequence[Part], locale: Locale, within_s: float) -> None:
        speak = self._speak
        if speak is None:
            return
        texts = self._plan.to_speak(parts, locale)
        if not texts:
            return
        work = asyncio.create_task(asyncio.to_thread(speak, texts, locale.language), name="ivr sentence")
        self._spoken.add(work)
        work.add_done_callback(self._spoken.discard)
        await asyncio.wait([work], timeout=within_s)
