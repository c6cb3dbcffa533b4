"""Nodes that lead out of the flow: to an agent, to a call back, off the list."""

from __future__ import annotations

from ivr_flows.actions import LeaveQueue, OptOut, RequestCallBack, Transfer
from ivr_flows.actions import Outcome as Ended
from ivr_flows.facts import CallBackSlot
from ivr_flows.inputs import AgentAnswered, Input, NoAgent, QueuePosition, Refused, Saved
from ivr_flows.nodes import CallBack
from ivr_flows.nodes import OptOut as OptOutNode
from ivr_flows.nodes import Transfer as TransferNode
from ivr_flows.play.ears import Answer
from ivr_flows.play.turn import MOST_TRANSFERS, Turn
from ivr_flows.spoken.values import Part
from ivr_flows.state import Choice

_QUEUE, _NOTING = "queue", "noting"
_MOST_SLOTS = 5


def transfer(turn: Turn, node: TransferNode) -> None:
    state = turn.state
    if not state.call.agents or state.transfers >= MOST_TRANSFERS:
        turn.say(turn.prompt("no_agent"))
        turn.go(node.no_agent)
        return
    turn.say(*(turn.lines(node.prompts) or (turn.prompt("transfer_wait"),)))
    turn.do(Transfer(reason=node.reason, wait_s=node.wait_s))
    turn.set(transfers=state.transfers + 1)
    turn.wait(_QUEUE)


def transfer_told(turn: Turn, node: TransferNode, news: Input) -> None:
    if turn.state.phase != _QUEUE:
        return
    match news:
        case QueuePosition(position):
            parts: list[Part] = [turn.prompt("queue_position", position=max(1, position))]
            if node.call_back:
                parts.append(turn.prompt("queue_call_back"))
                turn.ask_key(parts, [Choice("1", "call_back", "call_back")], optional=True)
            else:
                turn.say(*parts)
        case AgentAnswered():
            turn.end(Ended.AGENT, hang_up=False)
        case NoAgent() | Refused():
            turn.say(turn.prompt("no_agent"))
            turn.go(node.no_agent)


def transfer_answered(turn: Turn, node: TransferNode, answer: Answer) -> None:
    turn.do(LeaveQueue())
    turn.go(node.call_back)


def call_back(turn: Turn, node: CallBack) -> None:
    turn.say(*turn.lines(node.prompts))
    slots = _slots(turn)
    if _key(turn) in turn.state.sent:
        turn.say(turn.prompt("call_back_noted"))
        turn.go(node.next)
    elif slots:
        parts: list[Part] = [turn.prompt("call_back_when")]
        parts += [turn.prompt(f"call_back_{slot.part}", key=key, date=slot.on) for key, slot in enumerate(slots, 1)]
        turn.ask_key(parts, [Choice(str(key), slot.id) for key, slot in enumerate(slots, 1)])
    else:
        _request(turn, "")


def call_back_answered(turn: Turn, node: CallBack, answer: Answer) -> None:
    _request(turn, str(answer))


def call_back_told(turn: Turn, node: CallBack, news: Input) -> None:
    match turn.state.phase, news:
        case "noting", Saved():
            turn.set(sent=(*turn.state.sent, _key(turn)))
            turn.say(turn.prompt("call_back_noted"))
            turn.go(node.next)
        case "noting", Refused():
            turn.say(turn.prompt("call_back_refused"))
            turn.go(node.next)


def _request(turn: Turn, slot: str) -> None:
    turn.do(RequestCallBack(key=_key(turn), slot=slot))
    turn.wait(_NOTING)


def _key(turn: Turn) -> str:
    return f"{turn.state.call.call_id}:call_back"


def _slots(turn: Turn) -> tuple[CallBackSlot, ...]:
    return turn.state.call.slots[:_MOST_SLOTS]


def opt_out(turn: Turn, node: OptOutNode) -> None:
    turn.say(*turn.lines(node.prompts))
    if _opted(node) in turn.state.sent:
        turn.say(turn.prompt("opt_out_done"))
        turn.go(node.next)
    else:
        choices = [Choice("1", "yes", "confirm"), Choice("2", "no", "decline")]
        turn.ask_key([turn.prompt("opt_out_ask")], choices, binding=True)


def opt_out_answered(turn: Turn, node: OptOutNode, answer: Answer) -> None:
    if answer == "no":
        turn.go(node.declined)
        return
    turn.do(OptOut(node.scope))
    turn.set(sent=(*turn.state.sent, _opted(node)))
    turn.say(turn.prompt("opt_out_done"))
    turn.go(node.next)


def _opted(node: OptOutNode) -> str:
    return f"opt_out:{node.scope}"
