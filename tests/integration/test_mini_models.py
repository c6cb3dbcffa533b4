"""The quick models of both languages, as the tests' set-up makes them: what demonstration and IVR may count on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
import vosk

from dialer.amd.model_card import Origin, checksum, read_card
from dialer.amd.model_trial import try_model
from dialer.amd.phrases import SpokenKind, phrasebook, plain
from dialer.amd.transcript import Heard, load_vosk
from dialer.amd.workers import WorkerTranscriber
from dialer.clock import SystemClock
from dialer.voskmini.built import QUICK, kept
from dialer.voskmini.corpus import LANGUAGES, load_texts
from dialer.voskmini.espeak import Espeak, Manner
from dialer.voskmini.line import noisy, through_mulaw
from dialer.voskmini.line import plain as clear
from dialer.voskmini.measure import Condition, score, transcribe

_VOICES = {"es": "es-419", "en": "en-us"}
_GREETINGS = {
    "es": [
        ("¿Bueno?", SpokenKind.ANSWER),
        ("¿Aló?", SpokenKind.ANSWER),
        ("En este momento no puedo contestar. Por favor deja tu mensaje después del tono.", SpokenKind.MACHINE),
        ("El número que usted marcó no existe, favor de verificarlo.", SpokenKind.ANNOUNCEMENT),
        ("Hola, si grabas tu nombre y el motivo de tu llamada, veré si está disponible.", SpokenKind.SCREENER),
    ],
    "en": [
        ("Hello?", SpokenKind.ANSWER),
        ("I can't come to the phone right now, please leave a message after the beep.", SpokenKind.MACHINE),
        ("The number you have dialed is not in service.", SpokenKind.ANNOUNCEMENT),
        ("If you record your name and reason for calling, I'll see if this person is available.", SpokenKind.SCREENER),
    ],
}
_GRAMMARS = {"es": ["sí", "no", "claro", "[unk]"], "en": ["yes", "no", "sure", "[unk]"]}


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def folder(language: str) -> Path:
    vosk.SetLogLevel(-1)
    return kept(language, QUICK, print)


def test_its_card_says_that_it_is_synthetic_and_may_not_decide(language: str, folder: Path) -> None:
    card = read_card(folder)
    assert (card.language, card.origin, card.may_decide) == (language, Origin.SYNTHETIC, False)
    assert card.checksum == checksum(folder)
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 5_000_000


def test_it_understands_most_words_of_voices_and_sentences_that_it_never_heard(language: str, folder: Path) -> None:
    result = score(folder, load_texts(language), Condition.MU_LAW, 32)
    assert result.error_rate < 0.3


def test_the_detector_reads_the_usual_greetings_from_it(language: str, folder: Path) -> None:
    model = vosk.Model(str(folder))
    book = phrasebook(language)
    espeak = Espeak()
    for text, kind in _GREETINGS[language]:
        samples = through_mulaw(clear(espeak.say(text, Manner(_VOICES[language]))).samples)
        spoken = book.read(transcribe(model, samples))
        assert spoken is not None, text
        assert spoken.kind is kind, (text, spoken)


def test_a_grammar_of_yes_and_no_is_answered_within_it(language: str, folder: Path) -> None:
    model = vosk.Model(str(folder))
    espeak = Espeak()
    grammar = _GRAMMARS[language]
    for word in grammar[:-1]:
        samples = clear(espeak.say(word, Manner(f"{_VOICES[language]}+Andrea"))).samples
        assert plain(transcribe(model, samples, grammar=grammar)) == plain(word)
    strange = clear(espeak.say(load_texts(language).held_back[4], Manner(_VOICES[language]))).samples
    assert "[unk]" in transcribe(model, strange, grammar=grammar)


def test_noise_after_an_answer_does_not_sound_like_words(language: str, folder: Path) -> None:
    answer = "hola" if language == "es" else "hello"
    model = vosk.Model(str(folder))
    chance = np.random.default_rng(1)
    voice = clear(Espeak().say(answer, Manner(f"{_VOICES[language]}+Andrea", 150))).samples.astype(np.float64)
    for ratio_db in (10.0, 15.0, 20.0):
        noise = noisy(np.concatenate([voice, np.zeros(3 * 8000)]), ratio_db, chance)
        samples = through_mulaw(np.clip(np.rint(noise), -32768, 32767).astype(np.int16))
        assert transcribe(model, samples) == answer


def test_the_detectors_recogniser_passes_its_trial_with_it(language: str, folder: Path) -> None:
    assert try_model(load_vosk(folder), language).passed


async def test_a_recognising_process_writes_down_a_phrase_with_the_times_of_its_words(
    language: str, folder: Path
) -> None:
    phrase = {"es": "Por favor deje su mensaje después del tono.", "en": "Please leave a message after the tone."}
    said = clear(Espeak().say(phrase[language], Manner(_VOICES[language]))).samples
    samples = np.concatenate([np.zeros(4000, dtype=np.int16), said, np.zeros(16_000, dtype=np.int16)])
    pcm = samples.astype("<i2").tobytes()
    settled: asyncio.Queue[Heard] = asyncio.Queue()
    transcriber = WorkerTranscriber(folder, language, clock=SystemClock(), workers=1, recognisers=1)
    await transcriber.start()
    try:
        stream = transcriber.open(lambda heard: settled.put_nowait(heard) if heard.words else None)
        assert stream is not None
        for at in range(0, len(pcm) - 319, 320):
            stream.accept(pcm[at : at + 320])
            if at % 1600 == 0:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(30):
            heard = await settled.get()
    finally:
        await transcriber.close()
    spoken = phrasebook(language).read(heard.text)
    assert spoken is not None
    assert spoken.kind is SpokenKind.MACHINE
    # The voice begins after half a second and ends with the samples; the model's own times run three to two.
    assert heard.words[0].started_ms > 300
    assert heard.words[-1].ended_ms < 500 + said.size // 8 + 300
    assert [word.started_ms for word in heard.words] == sorted(word.started_ms for word in heard.words)
