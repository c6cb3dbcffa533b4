"""An order that means nothing now."""

from __future__ import annotations


class OrderRefused(Exception):
    """``args[0]`` is a stable code; ``message`` says what to do about it, where the code does not."""

    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message
