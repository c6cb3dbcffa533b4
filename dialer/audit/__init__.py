"""The audit trail: a hash chain over what was decided and done, signed checkpoints, exports, and what checks them.

Pure rooms; reading and writing the trail is the store's, running it is ``dialer/keepers/audit.py``. ``verifier.py``
imports nothing of this: whoever checks an export needs that one file.
"""
