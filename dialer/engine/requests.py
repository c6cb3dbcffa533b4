"""What a core asks of the telephone system and waits for no answer of: events tell what came of it."""

from __future__ import annotations

from dialer.engine.effects import ConnectLeg, HangUpChannel, PlayMessage, StartRecording
from dialer.engine.talk_effects import Announce, CallThird, Confer, Consult, Hold, Mute, Part, Press, TalkEffect
from dialer.ports import Telephony

Request = HangUpChannel | PlayMessage | StartRecording | ConnectLeg | TalkEffect


async def ask(telephony: Telephony, request: Request) -> None:
    """Carry it out. Raises what the telephone system raises."""
    match request:
        case HangUpChannel():
            await telephony.hang_up(request.channel_id, request.cause)
        case PlayMessage():
            await telephony.play_message(request.call_id, request.kind, request.language, request.wording)
        case StartRecording():
            await telephony.start_recording(request.call_id, announce=request.announce, language=request.language)
        case ConnectLeg():
            leg = request.leg_id, request.dial_string
            await telephony.connect_agent(request.agent_id, *leg, home=request.home)
        case Hold(call_id=call_id):
            await telephony.hold(call_id)
        case CallThird(third=third):
            await telephony.place_third(third)
        case Consult():
            await telephony.consult(request.call_id, request.leg_id, request.target)
        case Confer():
            await telephony.confer(request.call_id, request.legs)
        case Part(leg_id=leg_id):
            await telephony.part(leg_id)
        case Press(call_id=call_id, digits=digits):
            await telephony.press(call_id, digits)
        case Mute(leg_id=leg_id, muted=muted):
            await telephony.mute(leg_id, muted=muted)
        case Announce():
            await telephony.announce(request.call_id, request.notice, request.language)
