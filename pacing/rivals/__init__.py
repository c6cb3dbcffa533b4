"""How others pace, re-made from what their documentation and users say of them, to be measured against.

Nothing here dials for anybody: no mode of a campaign leads here. The formulas are described in the modules' own words;
where a source leaves something open, the module says what was assumed.
"""

from __future__ import annotations
