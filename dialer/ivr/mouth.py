"""What a flow says, as sounds: whole sentences where the voice was quick enough, else put together from phrases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

import structlog

from dialer.errors import CadenciaError
from dialer.ivr.voice import CallVoice
from ivr_flows.spoken.sound_plan import SoundPlan
from ivr_flows.spoken.values import Locale, Part

log = structlog.get_logger(__name__)

#: A caller hears silence meanwhile: later the sentence is put together from phrases, and spoken for the next time.
_SPEAK_WITHIN_S = 0.12
#: So long where phrases cannot say it: who calls, and whom we ask for.
_NEEDED_WITHIN_S = 3.0


class PlannedMouth:
    """``dialer.ivr.ports.Mouth``. ``voice`` None: nothing is spoken for a call."""

    def __init__(self, plan: SoundPlan, *, country: str, zone: tzinfo, voice: CallVoice | None = None) -> None:
        self._plan = plan
        self._country = country
        self._zone = zone
        self._voice = voice

    def begin(self, parts: Sequence[Part], language: str) -> None:
        if self._voice is None:
            return
        locale = self._locale(language)
        try:
            for part in parts:
                texts = self._plan.to_speak([part], locale)
                needed = bool(texts) and bool(self._plan([part], locale).left_out)
                for text in texts:
                    self._voice.begin(text, language, needed=needed)
        except CadenciaError as exc:
            log.error("ivr.not_said", code=exc.code)

    def patience_s(self, part: Part, language: str) -> float:
        locale = self._locale(language)
        if not self._at_work(part, locale):
            return 0.0
        return _NEEDED_WITHIN_S if self._plan([part], locale).left_out else _SPEAK_WITHIN_S

    def sounds(self, part: Part, language: str) -> Sequence[str]:
        try:
            planned = self._plan([part], self._locale(language))
        except CadenciaError as exc:
            log.error("ivr.not_said", code=exc.code)
            return ()
        if planned.left_out:
            log.error("ivr.sounds_missing", language=language, count=len(planned.left_out))
        return planned.sounds

    def _at_work(self, part: Part, locale: Locale) -> tuple[str, ...]:
        """What the voice is about to speak for this part."""
        voice = self._voice
        if voice is None:
            return ()
        try:
            texts = self._plan.to_speak([part], locale)
        except CadenciaError:
            return ()  # said when it is to be played
        return tuple(text for text in texts if voice.at_work(text, locale.language))

    def _locale(self, language: str) -> Locale:
        return Locale(language, self._country, self._zone)
