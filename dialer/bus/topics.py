"""Every topic of the bus and every field of its payload, in one table; and how topics are matched.

A topic is ``{campaign}/{name}`` or, for the process itself, ``{name}``. Over MQTT all of them live under
``dialer/v1/``. Payloads are JSON objects; times are RFC 3339 in UTC. Receivers ignore fields that they do not know:
new ones may appear under the same ``v``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from dialer.ports import BusMessage

VERSION = 1


class Sort(StrEnum):
    EVENT = "event"  #: something happened; delivered at least once
    GAUGE = "gauge"  #: how things are; the next one replaces it, the broker keeps the latest
    ORDER = "order"  #: somebody asks for something; answered on ``command.done`` or ``command.refused``


class Kind(StrEnum):
    """What a field may hold."""

    TEXT = "text"
    COUNT = "count"  #: an integer, 0 or more
    NUMBER = "number"
    FLAG = "flag"
    TIME = "time"  #: RFC 3339 with an offset
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a payload. Where ``required`` is False it may be missing or null."""

    kind: Kind
    meaning: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Topic:
    """One kind of message: what it tells, and its fields besides those that all messages share."""

    meaning: str
    sort: Sort = Sort.EVENT
    fields: Mapping[str, Field] = field(default_factory=dict)


_CALL = Field(Kind.TEXT, "the call: attempt id, ChannelId and recording name in one")
_AGENT = Field(Kind.TEXT, "what the agent signs in with")

#: In every payload but an order's.
SHARED: Mapping[str, Field] = {
    "campaign": Field(Kind.TEXT, "name of the campaign"),
    "at": Field(Kind.TIME, "when it happened"),
    "v": Field(Kind.COUNT, "version of the payload, 1"),
}


def _call(meaning: str, **more: Field) -> Topic:
    return Topic(meaning, fields={"call_id": _CALL, **more})


_OF_A_DEBT: Mapping[str, Field] = {
    "debtor_id": Field(Kind.COUNT, "whose debt"),
    "debt_id": Field(Kind.COUNT, "which debt"),
}
_PAID: Mapping[str, Field] = {
    "paid_minor": Field(Kind.COUNT, "what was paid since it was made"),
    "currency": Field(Kind.TEXT, "ISO 4217"),
}


def _promise(meaning: str, **more: Field) -> Topic:
    return Topic(
        meaning,
        fields={
            **_OF_A_DEBT,
            "promise_id": Field(Kind.COUNT, "the promise"),
            "reference": Field(Kind.TEXT, "what the debtor was given to name it by"),
            "total_minor": Field(Kind.COUNT, "in the currency's smallest unit", required=False),
            **more,
        },
    )


def _agent(meaning: str, **more: Field) -> Topic:
    return Topic(
        meaning,
        fields={
            "agent_id": _AGENT,
            "name": Field(Kind.TEXT, "the agent's name", required=False),
            "call_id": Field(Kind.TEXT, "the call that the agent has, or had last", required=False),
            "reason": Field(Kind.TEXT, "why the agent pauses", required=False),
            "home": Field(Kind.TEXT, "the campaign that the agent signed in to", required=False),
            "since": Field(Kind.TIME, "when the state began", required=False),
            "talk": Field(Kind.OBJECT, "of a call in hand: state, since, role, other, number, muted", required=False),
            "until": Field(Kind.TIME, "of a preview or wrap-up: when it ends by itself", required=False),
            "extended": Field(Kind.FLAG, "of a wrap-up: whether it has had its extension", required=False),
            **more,
        },
    )


def _supervision(meaning: str, **more: Field) -> Topic:
    return Topic(
        meaning,
        fields={
            "agent_id": _AGENT,
            "by": Field(Kind.TEXT, "the supervisor's login"),
            "mode": Field(Kind.TEXT, "listen, whisper (the agent hears the supervisor) or barge (both do)"),
            **more,
        },
    )


TOPICS: Mapping[str, Topic] = {
    "call.dialed": _call(
        "a call left for the carrier", number=Field(Kind.TEXT, "the number, its middle hidden", required=False)
    ),
    "call.ringing": _call("the called phone rings"),
    "call.answered": _call("the call was answered, by whom is not known yet"),
    "call.verdict": _call(
        "the detector decided who answered",
        category=Field(Kind.TEXT, "human, machine, announcement, fax, screener, silence or unknown"),
        reason=Field(Kind.TEXT, "stable id of the evidence that decided"),
        delay_ms=Field(Kind.COUNT, "milliseconds from the answer to the verdict"),
        shadow=Field(Kind.FLAG, "whether nothing was done about it, because the campaign only watches", required=False),
    ),
    "call.second_look": _call(
        "after the connection a machine was heard",
        agent_id=_AGENT,
        category=Field(Kind.TEXT, "machine, announcement, fax or screener"),
        reason=Field(Kind.TEXT, "stable id of what was heard"),
        certain=Field(Kind.FLAG, "whether no person does that; otherwise it is only a hint"),
        after_ms=Field(Kind.COUNT, "milliseconds from the connection"),
        withdrawn=Field(Kind.FLAG, "whether the call was taken away from the agent"),
    ),
    "call.bridged": _call(
        "the person and an agent hear each other",
        agent_id=_AGENT,
        latency_ms=Field(Kind.NUMBER, "milliseconds from the verdict to the bridge", required=False),
    ),
    "call.abandoned": _call(
        "a person answered and no agent came in time; the recorded message plays",
        waited_s=Field(Kind.NUMBER, "seconds the person had waited since the verdict", required=False),
    ),
    "call.talk": _call(
        "something was done in a conversation",
        did=Field(
            Kind.TEXT,
            "joined, held, resumed, reaching, consulting, conference, handing, handed-over, returned, to-ivr or "
            "announced",
        ),
        agent_id=Field(Kind.TEXT, "whose call it was", required=False),
        other=Field(Kind.TEXT, "whom or what it was about: an agent, a number's name, an announcement", required=False),
    ),
    "call.self_service": _call(
        "the person serves themselves",
        flow=Field(Kind.TEXT, "name of the flow"),
        mode=Field(
            Kind.TEXT, "agentless, overflow (nobody free in time: abandoned, too), inbound or handed (by an agent)"
        ),
    ),
    "message.requested": _call(
        "whoever serves themselves asked for a message, or must get a code: for the program that sends messages",
        contact_id=Field(Kind.TEXT, "its row in the ledger of contacts, where it counts as delivered", required=False),
        debtor_id=Field(Kind.COUNT, "to whom"),
        template=Field(Kind.TEXT, "what to send: payment_link, code, or what the flow names"),
        channel=Field(Kind.TEXT, "sms, whatsapp or email"),
        number=Field(Kind.TEXT, "the number they are on, E.164", required=False),
        debt_id=Field(Kind.COUNT, "about which debt", required=False),
        key=Field(Kind.TEXT, "the same for the same request", required=False),
        values=Field(Kind.OBJECT, "what the message says: code", required=False),
    ),
    "call.breach": _call(
        "a call did not meet what the law asked of it",
        breaches=Field(Kind.LIST, "stable ids: ring-minimum, connect-deadline, message"),
    ),
    "call.closed": _call(
        "the attempt is over and written down",
        outcome=Field(Kind.TEXT, "how it ended, one of the outcomes of the attempt log"),
        debtor_id=Field(Kind.COUNT, "who was called", required=False),
        external_ref=Field(Kind.TEXT, "the debtor's reference in the file they came from", required=False),
        cause=Field(Kind.COUNT, "Q.850 hang-up cause, 0 where unknown", required=False),
        dial_status=Field(Kind.TEXT, "Asterisk's DIALSTATUS", required=False),
        answered_at=Field(Kind.TIME, "when it was answered", required=False),
        verdict=Field(Kind.TEXT, "who answered, by the detector", required=False),
        verdict_reason=Field(Kind.TEXT, "stable id of the evidence that decided", required=False),
        agent_id=Field(Kind.TEXT, "the agent whom the person was connected to", required=False),
        talk_s=Field(Kind.NUMBER, "seconds of conversation", required=False),
        verdict_to_bridge_ms=Field(Kind.NUMBER, "milliseconds from the verdict to the bridge", required=False),
        abandoned_message_played=Field(Kind.FLAG, "whether the recorded message was played", required=False),
        recorded=Field(Kind.FLAG, "whether there is a recording", required=False),
        disposition=Field(Kind.TEXT, "what the agent said came of it", required=False),
        next_try_at=Field(Kind.TIME, "when the debtor is ready again", required=False),
        stop_reason=Field(Kind.TEXT, "why the debtor is not tried again", required=False),
    ),
    "promise.made": _promise(
        "a debtor promised to pay",
        currency=Field(Kind.TEXT, "ISO 4217"),
        instalments=Field(Kind.LIST, "due_on and amount_minor of each"),
        discount=Field(Kind.NUMBER, "the share of the balance that is forgiven once it is kept"),
        channel=Field(Kind.TEXT, "ivr, agent or api"),
        captured_by=Field(Kind.TEXT, "the agent, the flow or the user of the API"),
        call_id=Field(Kind.TEXT, "the call in which it was given", required=False),
    ),
    "promise.kept": _promise("all of it was paid in time", **_PAID),
    "promise.partly_kept": _promise("its date is over, and a part of it was paid", **_PAID),
    "promise.broken": _promise("its date is over, and nothing of it was paid", **_PAID),
    "promise.replaced": _promise("a later promise of the same debt took its place"),
    "payment.received": Topic(
        "a payment was recorded",
        fields={
            **_OF_A_DEBT,
            "amount_minor": Field(Kind.COUNT, "in the currency's smallest unit"),
            "currency": Field(Kind.TEXT, "ISO 4217"),
            "paid_on": Field(Kind.TEXT, "the date of the payment"),
            "settled": Field(Kind.FLAG, "whether the debt is settled by it: it is not called about any more"),
        },
    ),
    "agent.signed_in": _agent("the agent's phone is connected"),
    "agent.connecting": _agent("the agent signed in and their phone is being rung"),
    "agent.ready": _agent("the agent takes calls"),
    "agent.paused": _agent("the agent takes a break, or has not begun"),
    "agent.preview": _agent("the agent looks at a debtor before dialing"),
    "agent.reserved": _agent("a call is being connected to the agent"),
    "agent.talking": _agent("the agent talks to a person"),
    "agent.wrap_up": _agent("the call is over, the agent writes it down"),
    "agent.offline": _agent("the agent signed out or their phone went away"),
    "agent.phone_lost": _agent("the agent's phone was lost; it is called again, and whom they talked with waits"),
    "agent.phone_back": _agent("the lost phone is back"),
    "agent.moved": _agent(
        "the agent works for another campaign from now on: lent, or home again",
        to=Field(Kind.TEXT, "that campaign"),
    ),
    "agent.message": Topic(
        "a supervisor wrote to an agent",
        fields={
            "agent_id": _AGENT,
            "text": Field(Kind.TEXT, "what"),
            "from": Field(Kind.TEXT, "the supervisor's name"),
        },
    ),
    "supervision.began": _supervision("a supervisor's telephone is on an agent's"),
    "supervision.heard": _supervision("the supervisor hears this call from now on, in this way", call_id=_CALL),
    "supervision.ended": _supervision("the supervisor listens no more"),
    "campaign.changed": Topic(
        "the campaign was started, paused, set to drain or stopped, or is paced otherwise",
        fields={
            "state": Field(Kind.TEXT, "running, paused, draining or stopped"),
            "mode": Field(Kind.TEXT, "preview, progressive, power, predictive or agentless"),
            "ratio": Field(Kind.NUMBER, "lines per idle agent in power mode"),
            "target_abandonment": Field(Kind.NUMBER, "the abandonment rate allowed, a fraction", required=False),
            "paced": Field(Kind.FLAG, "mode, ratio or rate were ordered anew", required=False),
        },
    ),
    "campaign.configured": Topic("a supervisor changed settings of the campaign: they are in the store"),
    "pacing.decided": Topic(
        "the pacer's answer changed",
        fields={
            "calls": Field(Kind.COUNT, "calls to place now"),
            "reason": Field(Kind.TEXT, "stable id: why so many and no more"),
            "since_last": Field(Kind.COUNT, "calls decided on since the message before", required=False),
            "forecast": Field(
                Kind.OBJECT,
                "of a pacer that makes one: horizon_s, and within it people who answer and agents_free to take them; "
                "abandonment, the chance that the next person who answers finds nobody",
                required=False,
            ),
        },
    ),
    "pacing.compared": Topic(
        "some minutes of dialing are over: what was forecast of their calls, and what came",
        fields={
            "since": Field(Kind.TIME, "the first instant counted"),
            "until": Field(Kind.TIME, "the last"),
            "mode": Field(Kind.TEXT, "the mode at the end"),
            "target": Field(Kind.NUMBER, "the abandonment rate allowed, a fraction"),
            "people": Field(Kind.COUNT, "people answered: connected or abandoned"),
            "abandoned": Field(Kind.COUNT, "of these, abandoned"),
            "forecast_people": Field(Kind.COUNT, "people answered whose calls had a forecast"),
            "expected": Field(Kind.NUMBER, "of these, abandoned by the forecast"),
            "bins": Field(Kind.LIST, "calls by their forecast chance: low, calls, people, expected, abandoned"),
        },
    ),
    "compliance.denied": Topic(
        "a debtor may not be called now",
        fields={
            "debtor_id": Field(Kind.COUNT, "whom"),
            "reasons": Field(Kind.LIST, "all rules that deny, pack/rule"),
            "next_allowed_at": Field(Kind.TIME, "the first instant that no rule denies", required=False),
        },
    ),
    "state": Topic(
        "the whole floor of one campaign, every 500 ms while it runs",
        sort=Sort.GAUGE,
        fields={
            "state": Field(Kind.TEXT, "running, paused, draining or stopped"),
            "mode": Field(Kind.TEXT, "preview, progressive, power or predictive"),
            "ratio": Field(Kind.NUMBER, "lines per idle agent in power mode"),
            "target_abandonment": Field(Kind.NUMBER, "the rate allowed, a fraction", required=False),
            "lines": Field(Kind.OBJECT, "calls by what they do: dialing, ringing, early, detecting, waiting, …"),
            "agents": Field(
                Kind.LIST,
                "id, name, state, since, call_id, wants (paused or offline), home (the campaign they signed in to), "
                "reason of a break, until (when a preview or wrap-up ends by itself) and extended of each who is here",
            ),
            "lent": Field(Kind.LIST, "id, name and to of each agent who helps another campaign now", required=False),
            "today": Field(
                Kind.OBJECT,
                "attempts, answered, people, bridged, abandoned, machines, given_up, self_service, overflow",
            ),
            "abandonment_rate": Field(Kind.NUMBER, "people abandoned over people answered today, a fraction"),
            "calls_per_min": Field(Kind.NUMBER, "calls placed in the last minute"),
            "last_decision": Field(
                Kind.OBJECT, "calls, reason and forecast of the pacer's last answer", required=False
            ),
            "denied": Field(Kind.OBJECT, "denials by rule today"),
            "link": Field(Kind.TEXT, "up or down: whether the engine sees Asterisk"),
            "trunk": Field(Kind.TEXT, "open, slowed, probing or down", required=False),
            "abandonment": Field(
                Kind.LIST,
                "of each rule: rule, rate, maximum, target, headroom (abandoned calls that still fit), overdial "
                "(whether more lines than free agents are dialed), window_from, window_to",
                required=False,
            ),
            "breaches": Field(Kind.OBJECT, "obligations not met today, by their id", required=False),
            "exhausted": Field(Kind.FLAG, "no debtor is left to dial today"),
        },
    ),
    "command": Topic("an order; its other fields depend on the verb", sort=Sort.ORDER),
    "command.done": Topic(
        "an order was carried out",
        fields={
            "request_id": Field(Kind.TEXT, "the order's own request_id"),
            "call_id": Field(Kind.TEXT, "the call that the order made", required=False),
        },
    ),
    "command.refused": Topic(
        "an order was not carried out",
        fields={
            "request_id": Field(Kind.TEXT, "the order's own request_id"),
            "code": Field(Kind.TEXT, "stable id of the reason"),
            "message": Field(Kind.TEXT, "what to do about it", required=False),
            "debtor_id": Field(Kind.COUNT, "of a denial: whom", required=False),
            "reasons": Field(Kind.LIST, "of a denial: all rules that deny, pack/rule", required=False),
            "next_allowed_at": Field(Kind.TIME, "of a denial: when no rule denies any more", required=False),
        },
    ),
}

#: Of a process, not of a campaign.
PROCESS_TOPICS: Mapping[str, Topic] = {
    "status": Topic(
        "whether the engine is there; kept by the broker, which says offline itself when the engine goes away",
        sort=Sort.GAUGE,
        fields={
            "status": Field(Kind.TEXT, "online or offline"),
            "at": Field(Kind.TIME, "when it came online; when it went, if it said so itself"),
            "v": Field(Kind.COUNT, "version of the payload, 1"),
        },
    ),
    "audit.checkpoint": Topic(
        "the audit trail up to here is signed; whoever keeps this elsewhere can tell later whether it was rewritten",
        fields={
            "at": Field(Kind.TIME, "when it was made"),
            "v": Field(Kind.COUNT, "version of the payload, 1"),
            "number": Field(Kind.COUNT, "counts checkpoints from 1"),
            "first_seq": Field(Kind.COUNT, "the first record under it"),
            "last_seq": Field(Kind.COUNT, "the last record under it"),
            "root": Field(Kind.TEXT, "Merkle root over the hashes of those records, hexadecimal"),
            "head": Field(Kind.TEXT, "hash of the last record"),
            "previous": Field(Kind.TEXT, "hash of the checkpoint before, empty for the first"),
            "hash": Field(Kind.TEXT, "SHA-256 of the checkpoint's canonical JSON"),
            "key_id": Field(Kind.TEXT, "which key signed it"),
            "public_key": Field(Kind.TEXT, "that key, base64"),
            "signature": Field(Kind.TEXT, "Ed25519, base64"),
        },
    ),
    "upload.progress": Topic(
        "how far a file that somebody handed in has been read",
        fields={
            "at": Field(Kind.TIME, "when"),
            "v": Field(Kind.COUNT, "version of the payload, 1"),
            "id": Field(Kind.TEXT, "the file"),
            "kind": Field(Kind.TEXT, "leads or payments"),
            "state": Field(Kind.TEXT, "checking, running, checked, done or failed"),
            "done": Field(Kind.COUNT, "bytes read"),
            "total": Field(Kind.COUNT, "bytes there are"),
        },
    ),
    "compliance.incident": Topic(
        "something does not add up: a call without a decision, a decision without a call, a log that was touched",
        fields={
            "at": Field(Kind.TIME, "when it was found"),
            "v": Field(Kind.COUNT, "version of the payload, 1"),
            "kind": Field(Kind.TEXT, "stable id of what is wrong"),
            "ref": Field(Kind.TEXT, "the call or record"),
            "detail": Field(Kind.OBJECT, "what was found"),
        },
    ),
}

#: In every order.
ORDER_SHARED: Mapping[str, Field] = {
    "verb": Field(Kind.TEXT, "what to do"),
    "request_id": Field(Kind.TEXT, "comes back in the answer", required=False),
    "v": Field(Kind.COUNT, "version of the payload, 1", required=False),
}

_WHOM: Mapping[str, Field] = {
    "to_agent": Field(Kind.TEXT, "an agent who is ready", required=False),
    "to_number": Field(Kind.TEXT, "or the name of one of the campaign's transfer numbers", required=False),
}
#: What an agent does with the call in hand.
_IN_TALK: Mapping[str, Mapping[str, Field]] = {
    "hold": {},
    "resume": {},
    "mute": {},
    "unmute": {},
    "keypad": {"digits": Field(Kind.TEXT, "the keys to press: 0-9, * and #")},
    "announce": {"notice": Field(Kind.TEXT, "recording or disclosure")},
    "transfer": _WHOM,
    "consult": _WHOM,
    "complete": {},
    "conference": {},
    "cancel": {},
    "to-ivr": {},
}

COMMANDS: Mapping[str, Mapping[str, Field]] = {
    "campaign.start": {},
    "campaign.pause": {},
    "campaign.stop": {},
    "campaign.drain": {},
    "campaign.set_mode": {
        "mode": Field(Kind.TEXT, "the mode to dial in from now on"),
        "ratio": Field(Kind.NUMBER, "lines per idle agent, 1.0 to 10.0", required=False),
        "target": Field(Kind.NUMBER, "the abandonment rate allowed, a fraction from 0.001 to 0.2", required=False),
    },
    "agent.sign_in": {
        "agent_id": _AGENT,
        "name": Field(Kind.TEXT, "the agent's name"),
        "dial_string": Field(Kind.TEXT, "the Asterisk channel of the agent's phone, such as PJSIP/anna"),
        "also": Field(Kind.LIST, "names of other campaigns that may borrow the agent", required=False),
    },
    "agent.sign_out": {"agent_id": _AGENT},
    "agent.ready": {"agent_id": _AGENT},
    "agent.pause": {"agent_id": _AGENT, "reason": Field(Kind.TEXT, "why", required=False)},
    "agent.hang_up": {"agent_id": _AGENT},
    "agent.disposition": {
        "agent_id": _AGENT,
        "call_id": _CALL,
        "code": Field(Kind.TEXT, "one of the campaign's dispositions"),
        "notes": Field(Kind.TEXT, "what the agent wrote", required=False),
    },
    "agent.dial": {
        "agent_id": _AGENT,
        "debtor_id": Field(Kind.COUNT, "whom the agent calls by hand"),
        "number": Field(Kind.TEXT, "one of the debtor's numbers (E.164); else the next usable one", required=False),
    },
    "campaign.call_back": {
        "debtor_id": Field(Kind.COUNT, "whom to call back"),
        "at": Field(Kind.TIME, "when"),
        "number": Field(Kind.TEXT, "one of the debtor's numbers (E.164); else the next usable one", required=False),
        "agent_id": Field(Kind.TEXT, "who should call, if they are there then", required=False),
    },
    "agent.extend_wrap_up": {"agent_id": _AGENT},
    **{
        f"call.{verb}": {
            "agent_id": _AGENT,
            "call_id": Field(Kind.TEXT, "the call that is meant: refused where it is another by now", required=False),
            **fields,
        }
        for verb, fields in _IN_TALK.items()
    },
    "agent.preview_accept": {"agent_id": _AGENT},
    "supervision.listen": {
        "agent_id": _AGENT,
        "mode": Field(Kind.TEXT, "listen, whisper or barge"),
        "dial_string": Field(Kind.TEXT, "the Asterisk channel of the supervisor's telephone"),
        "by": Field(Kind.TEXT, "the supervisor's login"),
        "role": Field(Kind.TEXT, "the supervisor's role", required=False),
    },
    "supervision.stop": {"by": Field(Kind.TEXT, "the supervisor's login")},
    "agent.preview_skip": {"agent_id": _AGENT},
}


def matches(pattern: str, topic: str) -> bool:
    """Whether ``topic`` fits ``pattern``: ``+`` stands for one level, a final ``#`` for any number, none included."""
    wanted, given = pattern.split("/"), topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return True
        if index >= len(given) or level not in ("+", given[index]):
            return False
    return len(wanted) == len(given)


def name_of(topic: str) -> str:
    """The part of a topic that the table is keyed by."""
    return topic.rpartition("/")[2]


def problems(message: BusMessage) -> tuple[str, ...]:
    """What is wrong with a message by the table; empty where nothing is. Never repeats values: they may be personal."""
    campaign, slash, name = message.topic.partition("/")
    topic = TOPICS.get(name)
    if topic is None or not slash:
        return ("no such topic",)
    if not campaign or any(sign in campaign for sign in "+#\x00"):
        return ("the campaign's name cannot be part of a topic",)
    if topic.sort is not Sort.ORDER:
        found = _wrong_fields({**SHARED, **topic.fields}, message.payload)
        if not found and message.payload["campaign"] != campaign:
            found = ("campaign: is not that of the topic",)
        return found
    verb = message.payload.get("verb")
    fields = COMMANDS.get(verb) if isinstance(verb, str) else None
    if fields is None:
        return ("verb: is not one of the commands",)
    return _wrong_fields({**ORDER_SHARED, **fields}, message.payload)


def _wrong_fields(fields: Mapping[str, Field], payload: Mapping[str, object]) -> tuple[str, ...]:
    found: list[str] = []
    for name, wanted in fields.items():
        value = payload.get(name)
        if value is None:
            if wanted.required:
                found.append(f"{name}: is missing")
        elif not _fits(wanted.kind, value):
            found.append(f"{name}: is not a {wanted.kind}")
        elif name == "v" and value != VERSION:
            found.append(f"v: is not {VERSION}")
    return tuple(found)


def _fits(kind: Kind, value: object) -> bool:
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.COUNT:
            return isinstance(value, int) and not isinstance(value, bool) and value >= 0
        case Kind.NUMBER:
            return isinstance(value, int | float) and not isinstance(value, bool)
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.TIME:
            return isinstance(value, str) and _is_time(value)
        case Kind.LIST:
            return isinstance(value, list | tuple)
        case Kind.OBJECT:
            return isinstance(value, dict)


def _is_time(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
