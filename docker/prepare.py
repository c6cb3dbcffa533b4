"""Runs once before the other containers: Asterisk's configuration, and the recorded messages spoken.

``CADENCIA_CREDITOR`` and ``CADENCIA_CALLBACK`` are named in the messages: whose debts these are, and the number to call
back.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dialer.commands.upkeep import asterisk_render
from dialer.provision.ivr_sounds import build_ivr_sounds, spoken_texts, voices_of
from dialer.provision.sounds import Speech, build_prompts
from dialer.settings import load_settings

CONFIGURATION = Path("/etc/asterisk")
SOUNDS = Path("/srv/sounds")
CACHE = SOUNDS / ".cache"  # beside the sounds: they are linked from it


def main() -> None:
    speech = Speech(creditor=os.environ.get("CADENCIA_CREDITOR", ""), callback=os.environ.get("CADENCIA_CALLBACK", ""))
    written = build_prompts(SOUNDS, CACHE, speech)
    sounds = build_ivr_sounds(SOUNDS, CACHE, voices_of(load_settings().voice), spoken_texts((speech.creditor,)))
    asterisk_render(CONFIGURATION)
    # Carriers and phones are yours: they come from a file that rendering never touches.
    with (CONFIGURATION / "pjsip.conf").open("a", encoding="utf-8") as file:
        file.write('\n#tryinclude "/etc/asterisk-own/pjsip.conf"\n')
    sys.stdout.write(f"{len(written)} messages and {sounds} sounds of flows spoken into {SOUNDS}\n")


if __name__ == "__main__":
    main()
