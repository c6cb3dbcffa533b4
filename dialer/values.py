"""Small immutable records by the million: frozen for whoever writes code, and cheap to make when it runs.

``from dialer.values import dataclass`` instead of the standard one, in modules whose records are made for every event.
The type checker sees the standard decorator and refuses every assignment to a field of a frozen record. At run time
the record is a plain slotted one, hashable as a frozen one would be: to set each field past the guard of
``frozen=True`` makes a record three times as dear, and that was a twentieth of all that the engine does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    def dataclass(*, frozen=False, **options):
        return dataclasses.dataclass(unsafe_hash=frozen, **options)
