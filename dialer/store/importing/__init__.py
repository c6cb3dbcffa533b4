"""Lead files: from whatever a spreadsheet or a core banking system writes to debtors, debts, numbers and leads.

``importer`` is the way in. A row is read by ``sniff`` (encoding, delimiter), ``records`` (lines and quotes),
``columns`` (what each column means) and ``rows`` (one debtor with numbers and debts); ``writer`` merges chunks of rows
into the database; what cannot be read goes to ``rejects`` with its line and a reason.
"""

from __future__ import annotations
