"""One thread for linear algebra, unless the environment asks for more. Import it before anything that loads numpy.

The pacer's sums take microseconds; several threads that share one take longer, and keep the other cores from Asterisk.
"""

from __future__ import annotations

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
