"""A small Vosk model of our own, trained from synthetic speech alone.

It makes Vosk run, words and all, on a machine that can download nothing: for tests, for the demonstration, and to try
spoken input. It understands the synthetic voices that it was trained on; with human voices it is of no use, and its
metadata (``dialer.amd.model_card``) says so to everything that would rely on it.

Everything is numpy and the standard library: speech and its exact times from espeak-ng, a telephone line, the features
of Kaldi, a small network, and the files that Vosk reads.
"""

from __future__ import annotations
