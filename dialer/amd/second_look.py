"""The second look: what is heard after the connection and speaks for a machine. Pure.

A person at the other end is talking with an agent now, so the bar is another one: a tone or a recorded phrase is
certain, because no person makes it; that somebody talks on is a hint for the desk and no more, for people do.
"""

from __future__ import annotations

from typing import Final

from dialer.amd.classifier import Evidence, Reason, facts_of
from dialer.amd.phrases import SpokenKind
from dialer.amd.tones import ToneKind
from dialer.domain.verdict import AmdCategory, SecondLook

#: A busy tone is not among them: it is what a person's exchange sends when they have hung up.
_BY_TONE: Final = {
    ToneKind.BEEP: (AmdCategory.MACHINE, Reason.BEEP),
    ToneKind.SIT: (AmdCategory.ANNOUNCEMENT, Reason.SIT),
    ToneKind.FAX: (AmdCategory.FAX, Reason.FAX),
    ToneKind.FAX_CALLING: (AmdCategory.FAX, Reason.FAX),
}
# Behind a screener there is a person: the agent is told, and never loses that call.
_BY_WORDS: Final = {
    SpokenKind.MACHINE: (AmdCategory.MACHINE, Reason.MACHINE_PHRASE, True),
    SpokenKind.ANNOUNCEMENT: (AmdCategory.ANNOUNCEMENT, Reason.ANNOUNCEMENT_PHRASE, True),
    SpokenKind.SCREENER: (AmdCategory.SCREENER, Reason.SCREENER_PHRASE, False),
}
#: So much speech: whoever has just been greeted by an agent says less.
TALKED_ON_MS: Final = 1000
#: Few people say so much when they answer, and most of those who do have more to say.
LONG_GREETING_MS: Final = 2700


def look_again(evidence: Evidence, after_ms: int) -> SecondLook | None:
    """What the evidence says ``after_ms`` after the connection, or None. Its ``cadence`` starts at the connection,
    its ``tones`` at the verdict."""
    for tone in evidence.tones:
        if tone.kind in _BY_TONE:
            category, reason = _BY_TONE[tone.kind]
            return _look(evidence, category, reason, after_ms, certain=True)
    if evidence.telling is not None and evidence.telling.kind in _BY_WORDS:
        category, reason, certain = _BY_WORDS[evidence.telling.kind]
        return _look(evidence, category, reason, after_ms, certain=certain)
    if evidence.cadence.speech_ms >= TALKED_ON_MS:
        return _look(evidence, AmdCategory.MACHINE, Reason.TALKED_ON, after_ms, certain=False)
    return None


def last_look(evidence: Evidence, after_ms: int, greeting_ms: int) -> SecondLook | None:
    """What is to be said when the second look is over and nothing else was heard; ``greeting_ms`` is the speech before
    the verdict."""
    if greeting_ms >= LONG_GREETING_MS and evidence.cadence.onset_ms is None:
        return _look(evidence, AmdCategory.MACHINE, Reason.SAID_NO_MORE, after_ms, certain=False)
    return None


def _look(evidence: Evidence, category: AmdCategory, reason: Reason, after_ms: int, *, certain: bool) -> SecondLook:
    return SecondLook(
        category=category,
        reason=reason.value,
        certain=certain,
        after_ms=after_ms,
        heard_beep=reason is Reason.BEEP,
        evidence=facts_of(evidence),
    )
