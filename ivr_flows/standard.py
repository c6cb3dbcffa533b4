"""The prompts that nodes say by themselves, with the values that each gets. A catalogue may word them anew."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from ivr_flows.nodes import HEARING, Node, kind_of

_ANYWHERE: Mapping[str, tuple[str, ...]] = {
    "not_understood": (),
    "nothing_heard": (),
    "use_keypad": (),
    "too_many_tries": (),
    "goodbye": (),
}
_DATES: Mapping[str, tuple[str, ...]] = {"date_too_early": ("earliest",), "date_too_late": ("latest",)}
_AMOUNTS: Mapping[str, tuple[str, ...]] = {"amount_too_small": ("least",), "amount_too_large": ("most",)}
_BY_KIND: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "date": _DATES,
    "amount": _AMOUNTS,
    "verify_identity": {
        "ask_for_person": ("name",),
        "who_are_you": (),
        "third_party_thanks": (),
        "ask_document_last": ("count",),
        "ask_document": (),
        "ask_birth_date": (),
        "code_sent": (),
        "link_not_sent": (),
        "message_not_allowed": (),
        "ask_code": ("count",),
        "identity_passed": (),
        "identity_failed": (),
        "identity_impossible": (),
    },
    "balance": {
        "balance_none": (),
        "balance_total": ("count", "amount"),
        "balance_one": ("debt", "amount"),
        "balance_due": ("debt", "amount", "due"),
    },
    "offer": {"offer_one": ("key", "debt", "percent", "amount", "date"), "offer_decline": ("key",)},
    "promise": {
        "which_debt": (),
        "debt_choice": ("key", "debt", "amount"),
        "promise_none_left": (),
        "promise_pending": ("date", "amount"),
        "promise_how": ("debt",),
        "promise_full": ("key", "amount"),
        "promise_minimum": ("key", "amount"),
        "promise_instalments": ("key",),
        "promise_other": ("key",),
        "ask_amount": ("least", "most"),
        "ask_instalments": ("most",),
        "instalments_out_of_range": ("most",),
        "ask_pay_date": ("latest",),
        "ask_first_date": ("latest",),
        "readback_one": ("amount", "date"),
        "readback_instalments": ("count", "amount", "date"),
        "readback_last": ("amount", "date"),
        "readback_choices": (),
        "promise_saved": ("reference",),
        "promise_noted": (),
        "promise_not_saved": (),
        "promise_cancelled": (),
        **_DATES,
        **_AMOUNTS,
    },
    "pay_by": {
        "pay_link": ("key",),
        "pay_instructions": ("key",),
        "pay_neither": ("key",),
        "link_sent": (),
        "link_not_sent": (),
        "message_not_allowed": (),
    },
    "transfer": {"transfer_wait": (), "queue_position": ("position",), "queue_call_back": (), "no_agent": ()},
    "call_back": {
        "call_back_when": (),
        "call_back_morning": ("key", "date"),
        "call_back_afternoon": ("key", "date"),
        "call_back_evening": ("key", "date"),
        "call_back_noted": (),
        "call_back_refused": (),
    },
    "opt_out": {"opt_out_ask": (), "opt_out_done": ()},
}
#: Lists of words by which choices of the nodes themselves may be said.
WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "verify_identity": ("wrong_number", "knows_debtor", "deceased"),
        "offer": ("accept", "decline"),
        "promise": (
            *("promise_full", "promise_minimum", "promise_instalments", "promise_other"),
            *("confirm", "change", "cancel"),
        ),
        "pay_by": ("pay_link", "pay_instructions", "decline"),
        "transfer": ("call_back",),
        "opt_out": ("confirm", "decline"),
    }
)

#: Every one of them, with its values.
STANDARD: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {**_ANYWHERE, **{key: values for prompts in _BY_KIND.values() for key, values in prompts.items()}}
)


def prompts_of(node: Node) -> tuple[str, ...]:
    """The prompts that a node may say besides those of the flow file."""
    anywhere = tuple(_ANYWHERE) if isinstance(node, HEARING) else ()
    return (*anywhere, *_BY_KIND.get(kind_of(node), {}))
