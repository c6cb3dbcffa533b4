from __future__ import annotations


def load_behaviours() -> tuple[object, ...]:
    return ()
