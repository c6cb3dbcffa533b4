"""A supervisor among the agents: hears their calls, whispers to them, joins in; sets their state; writes to them."""

from __future__ import annotations

from fastapi import APIRouter, Request

from agent_console.api.desk import BROWSER
from agent_console.api.wiring import FromRooms, Rooms
from agent_console.schemas import AgentIdText, Done
from agent_console.schemas_phone import AgentMessage, AgentStateChange, ListenIn, WantedState
from agent_console.who import person_of, who_of
from dialer.errors import CommandRefused
from dialer.ports import BusMessage

router = APIRouter(tags=["supervision"])

_VERB = {
    WantedState.READY: "agent.ready",
    WantedState.PAUSED: "agent.pause",
    WantedState.OFFLINE: "agent.sign_out",
}


@router.put("/campaigns/{name}/agents/{agent_id}/listen")
async def listen(name: str, agent_id: AgentIdText, body: ListenIn, request: Request, rooms: FromRooms) -> Done:
    """Ring the supervisor's telephone and put it on the agent's: it hears every call of theirs until it hangs up. Asked
    again with another mode, it changes what the supervisor is heard by. Who heard which call is on the audit trail."""
    person = person_of(request)
    here = await _whereabouts(name, agent_id, rooms)
    dial_string = body.phone
    if dial_string == BROWSER:
        dial_string = rooms.context.phones.phone_of(who_of(request).session).dial_string
    await rooms.commands.send(
        here,
        "supervision.listen",
        agent_id=agent_id,
        mode=body.mode.value,
        dial_string=dial_string,
        by=person.login,
        role=person.role.value,
    )
    return Done()


@router.delete("/campaigns/{name}/agents/{agent_id}/listen")
async def stop_listening(name: str, agent_id: AgentIdText, request: Request, rooms: FromRooms) -> Done:
    """Hang the supervisor's telephone up."""
    campaign = await rooms.campaign(name)
    await rooms.commands.send(campaign.name, "supervision.stop", by=person_of(request).login)
    return Done()


@router.put("/campaigns/{name}/agents/{agent_id}/state")
async def set_state(name: str, agent_id: AgentIdText, body: AgentStateChange, rooms: FromRooms) -> Done:
    """Send the agent on a break, back to work, or home. During a call it takes effect when the call is over."""
    here = await _whereabouts(name, agent_id, rooms)
    more = {"reason": body.reason} if body.state is WantedState.PAUSED and body.reason else {}
    await rooms.commands.send(here, _VERB[body.state], agent_id=agent_id, **more)
    return Done()


@router.post("/campaigns/{name}/agents/{agent_id}/messages")
async def write(name: str, agent_id: AgentIdText, body: AgentMessage, request: Request, rooms: FromRooms) -> Done:
    """Show the agent a few words on their desk."""
    here = await _whereabouts(name, agent_id, rooms)
    payload: dict[str, object] = {
        "campaign": here,
        "at": rooms.context.clock.now().isoformat(),
        "v": 1,
        "agent_id": agent_id,
        "text": body.text,
        "from": person_of(request).name,
    }
    await rooms.context.bus.publish(BusMessage(topic=f"{here}/agent.message", payload=payload))
    return Done()


async def _whereabouts(name: str, agent_id: str, rooms: Rooms) -> str:
    """The campaign that has the agent now. Raises UnknownCampaign, CommandRefused."""
    campaign = await rooms.campaign(name)
    here, agent = rooms.live.whereabouts(campaign.name, agent_id)
    if agent is None:
        raise CommandRefused("The agent is not signed in.", code="agent-not-signed-in")
    return here
