"""The rules of the law, restated by hand, and a slow checker that applies them to the rows of a finished ledger.

It stands apart from the engine so that the two can disagree: it imports nothing of the project, reads SQLite with the
standard library, the time zones from the tzdata package and the holidays as plain YAML, and counts by looking at every
event. What was in the ledger at the instant of a decision is worked out from the times in the rows.
"""
