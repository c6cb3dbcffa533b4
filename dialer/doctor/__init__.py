"""The doctor: looks at everything an installation needs and says how to mend what is wrong. It changes nothing."""

from __future__ import annotations
