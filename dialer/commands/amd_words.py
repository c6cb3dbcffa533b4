"""What the detector's commands say, in Spanish and English. Labels, reasons and settings are the same in both."""

from __future__ import annotations

from collections.abc import Mapping

AMD_WORDS: Mapping[str, Mapping[str, str]] = {
    "es": {
        "missing": "No existe el archivo {file}.",
        "unreadable": "El archivo {file} no se puede leer: revise sus permisos.",
        "damaged": "{file} es un WAV dañado: vuelva a exportarlo.",
        "empty": "{file} no contiene audio.",
        "unsupported": "{file} no es audio que se pueda leer. Use WAV, mu-law sin cabecera (.ulaw) o A-law (.alaw); "
        "otros formatos necesitan ffmpeg.",
        "no_model": "No hay modelo de voz para el idioma {language}: configure CADENCIA_AMD__VOSK_MODEL_{LANGUAGE}, "
        "o use --no-words.",
        "file": "archivo",
        "label": "etiqueta",
        "reason": "motivo",
        "decision": "decisión ms",
        "beep": "tono ms",
        "words": "palabras",
        "cpu": "cpu ms",
        "said": "escuchado",
        "calls": "{calls} llamadas etiquetadas.",
        "unclear": "{many} sin aclarar o sin archivo no cuentan.",
        "right": "acertadas",
        "people_lost": "personas tomadas por máquina",
        "machines_passed": "máquinas tomadas por persona",
        "undecided": "sin decisión",
        "false_positives": "personas entre lo tomado por máquina",
        "interval": "intervalo 95 %",
        "silence": "silencio que oyó una persona antes del veredicto",
        "silence_short": "  de ellas, respuestas de {ms} ms o menos",
        "machine_delay": "de la respuesta al veredicto de máquina",
        "share": "Proporción de falsos positivos que suma el registro de abandono: {share} "
        "(95 %: de {low} a {high}; {count} de {total}).",
        "share_set": "Para usarla: cadencia amd eval --campaign {campaign} --apply, con el motor detenido; o "
        "--amd-false-positive-share {value} al crear la campaña. El extremo prudente es {high_value}.",
        "share_none": "Nada de lo etiquetado fue tomado por máquina: aún no se puede estimar la proporción de falsos "
        "positivos.",
        "share_mix": "Un manifiesto rara vez tiene la mezcla de llamadas de una campaña: solo una muestra al azar de "
        "sus propias llamadas (--campaign) da una proporción que se pueda declarar.",
        "applied": "La campaña {campaign} suma desde ahora {share} de sus máquinas al abandono.",
        "no_labels": "La campaña {campaign} no tiene llamadas etiquetadas. Etiquételas en la página Revisión de la "
        "consola.",
        "heard": "{calls} llamadas oídas; se aprende y se mide en cinco partes.",
        "compared": "En llamadas apartadas",
        "rules": "reglas",
        "model": "modelo",
        "lost": "personas perdidas",
        "passed": "máquinas conectadas",
        "better": "El modelo es mejor que las reglas: {file} está escrito.",
        "use": "Para usarlo, ponga CADENCIA_AMD__TIMING_MODEL={file}",
        "not_better": "El modelo no es mejor que las reglas (menos máquinas conectadas y ninguna persona más perdida): "
        "no se instala.",
    },
    "en": {
        "missing": "There is no file {file}.",
        "unreadable": "The file {file} cannot be read: look at its permissions.",
        "damaged": "{file} is a damaged WAV file: export it again.",
        "empty": "There is no audio in {file}.",
        "unsupported": "{file} is no audio that can be read. Use WAV, headerless mu-law (.ulaw) or A-law (.alaw); "
        "anything else needs ffmpeg.",
        "no_model": "There is no speech model for the language {language}: set CADENCIA_AMD__VOSK_MODEL_{LANGUAGE}, or "
        "use --no-words.",
        "file": "file",
        "label": "label",
        "reason": "reason",
        "decision": "decision ms",
        "beep": "beep ms",
        "words": "words",
        "cpu": "cpu ms",
        "said": "heard",
        "calls": "{calls} labelled calls.",
        "unclear": "{many} that are unclear or have no file do not count.",
        "right": "right",
        "people_lost": "people taken for a machine",
        "machines_passed": "machines taken for a person",
        "undecided": "undecided",
        "false_positives": "people among what was taken for a machine",
        "interval": "95 % interval",
        "silence": "silence that a person heard before the verdict",
        "silence_short": "  of these, answers of {ms} ms or less",
        "machine_delay": "from the answer to a machine's verdict",
        "share": "False-positive share that the abandonment ledger adds: {share} (95 %: {low} to {high}; {count} of "
        "{total}).",
        "share_set": "To use it: cadencia amd eval --campaign {campaign} --apply, with the engine stopped; or "
        "--amd-false-positive-share {value} when the campaign is made. The cautious end is {high_value}.",
        "share_none": "Nothing that is labelled was taken for a machine: the share of false positives cannot be "
        "estimated yet.",
        "share_mix": "A manifest seldom has a campaign's mix of calls: only a random sample of its own calls "
        "(--campaign) gives a share that can be declared.",
        "applied": "Campaign {campaign} now adds {share} of its machines to abandonment.",
        "no_labels": "Campaign {campaign} has no labelled calls. Label them on the console's Review page.",
        "heard": "{calls} calls heard; learning, and measuring in five parts.",
        "compared": "On calls held back",
        "rules": "rules",
        "model": "model",
        "lost": "people lost",
        "passed": "machines connected",
        "better": "The model is better than the rules: {file} is written.",
        "use": "To use it, set CADENCIA_AMD__TIMING_MODEL={file}",
        "not_better": "The model is not better than the rules (fewer machines connected, no more people lost): it is "
        "not installed.",
    },
}  # fmt: skip


def said(catalogue: str, key: str, /, **holes: object) -> str:
    """The words of ``key`` in the language ``catalogue``, with its holes filled."""
    return AMD_WORDS[catalogue][key].format(**holes)
