// The browser's own telephone. It registers with Asterisk through the console, answers by itself what the console's own
// engine calls it for, and comes back by itself after a loss of the network. No page is needed for any of this.
import { del, post } from './api.js';
import { Store } from './lib.js';
import { Microphone, newSink } from './softphone-audio.js';
import { PhoneSocket } from './softphone-socket.js';
import { oneTab } from './softphone-tabs.js';

const CALLED_BY_US = 'X-Cadencia-Leg';
const OURS = /^(leg|ear)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** However a call of ours ends from this side, the agent has not hung up: the engine waits for them to come back. */
const LOST = 'Reason: Q.850;cause=41;text="phone lost"';
const GATHER_MS = 500;
const REGISTER_S = 300;
const REFRESH_MS = 60000;
const RECONNECT_MS = 2000;

/**
 * state: off | starting | elsewhere | no_microphone | no_phone | connecting | registered | lost
 * leg: the agent's standing leg is up; ear: a supervisor's ear is; echo: the test is on
 */
const OFF = { state: 'off', leg: false, ear: false, echo: false, muted: false, blocked: false, problem: '' };
export const phone = new Store(OFF);
const set = (change) => phone.update((now) => ({ ...now, ...change }));

let tab = null;
let line = null;

/** Begin to be a telephone, unless this tab already is one. */
export function startPhone() {
  if (tab) return;
  set({ ...OFF, state: 'starting' });
  tab = oneTab({ begin: open, wait: () => set({ ...OFF, state: 'elsewhere' }), end: close });
}

/** Be none any more; the credentials are worth nothing from now on. */
export async function stopPhone() {
  if (!tab) return;
  const had = line !== null;
  await close();
  tab.leave();
  tab = null;
  set(OFF);
  if (had) await del('/phone').catch(() => {});
}

/** Take the phone from another tab of this browser. */
export const takePhoneHere = () => tab?.take();
/** Ask for the microphone again, or reach the server again, after a person has put something right. */
export const retryPhone = async () => {
  await close();
  await open();
};
export const mutePhone = (muted) => line?.mute(muted);
export const echoTest = (on) => line?.echo(on);
export const chooseMicrophone = (id) => line?.microphone.choose(id);
export const hearPhone = () => line?.unblock();
export const lookAtLevel = () => line?.microphone.tick();
/** For tests and the curious: what the peer connections say of the calls at hand. */
export const phoneStats = async () => {
  const all = [];
  for (const [kind, { session }] of line?.calls ?? []) {
    for (const report of (await session.connection?.getStats())?.values() ?? []) all.push({ call: kind, ...report });
  }
  return all;
};

async function open() {
  set({ ...OFF, state: 'starting' });
  const opened = new Line();
  line = opened;
  try {
    await opened.microphone.open();
  } catch (problem) {
    set({ state: 'no_microphone', problem: problem.name });
    return;
  }
  try {
    const [{ default: JsSIP }, account] = await Promise.all([import('../vendor/jssip.js'), post('/phone')]);
    if (line === opened) opened.connect(JsSIP, account);
  } catch (problem) {
    set({ state: 'no_phone', problem: problem.words ?? String(problem) });
  }
}

async function close() {
  const old = line;
  line = null;
  await old?.close();
}

class Line {
  constructor() {
    this.microphone = new Microphone((track) => this.useTrack(track));
    this.calls = new Map(); // 'leg' | 'ear' | 'echo' -> { session, sink, track }
    this.muted = false;
    /** @type {any} */
    this.ua = null;
    /** @type {any} */
    this.socket = null;
    /** @type {Worker | null} */
    this.ticks = null;
    this.registerAt = Infinity; // not before it was registered once
    this.reconnectAt = Infinity;
    this.gone = () => this.hangUpAll();
    this.offline = () => this.socket?.lost(true, 1006, 'offline');
    addEventListener('pagehide', this.gone);
    addEventListener('offline', this.offline);
  }

  connect(JsSIP, account) {
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    this.account = account;
    this.socket = new PhoneSocket(`${scheme}://${location.host}/phone/ws`, account.domain);
    this.ua = new JsSIP.UA({
      sockets: [this.socket],
      uri: `sip:${account.name}@${account.domain}`,
      password: account.password,
      register_expires: REGISTER_S,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 3,
      user_agent: 'Cadencia',
    });
    this.ua.on('connected', () => this.connected());
    this.ua.on('disconnected', () => {
      this.reconnectAt = performance.now() + RECONNECT_MS;
      this.wasLost = true;
      this.tell({ state: 'lost' });
    });
    this.ua.on('registered', () => {
      this.registerAt = performance.now() + REFRESH_MS;
      if (phone.value.state !== 'registered') this.tell({ state: 'registered', problem: '' });
    });
    this.ua.on('registrationFailed', ({ cause }) => {
      if (this.socket.socket) this.tell({ state: 'lost', problem: cause });
      this.registerAt = performance.now() + 2000;
    });
    this.ua.on('newRTCSession', ({ originator, session, request }) => originator === 'remote' && this.called(session, request));
    this.tell({ state: 'connecting' });
    this.ua.start();
    this.ticks = new Worker('/static/js/softphone-ticks.js');
    this.ticks.onmessage = () => this.tick();
  }

  /** What was given up tells nothing any more. */
  tell(change) {
    if (line === this) set(change);
  }

  tick() {
    this.socket.tick();
    const blocked = [...this.calls.values()].some(({ sink }) => sink.srcObject && sink.paused);
    if (blocked !== phone.value.blocked) this.tell({ blocked });
    // JsSIP does both by itself, but by timers of the page, which are held back where it is hidden.
    const now = performance.now();
    if (this.ua.isConnected() && now > this.registerAt) {
      this.registerAt = now + REFRESH_MS;
      this.ua.register();
    } else if (this.wasLost && now > this.reconnectAt) {
      this.reconnectAt = now + RECONNECT_MS;
      this.ua.transport.connect();
    }
  }

  /** The line is back: calls that live get a new way for their media, and Asterisk a new way to us. */
  connected() {
    if (!this.wasLost) return;
    this.wasLost = false;
    for (const { session } of this.calls.values()) {
      const cut = ['disconnected', 'failed'].includes(session.connection?.iceConnectionState);
      if (session.isEstablished()) session.renegotiate({ rtcOfferConstraints: { iceRestart: cut } });
    }
  }

  called(session, request) {
    const id = request.getHeader(CALLED_BY_US) ?? '';
    const kind = OURS.exec(id)?.[1];
    if (!kind) {
      session.terminate({ status_code: 403 });
      return;
    }
    this.end(kind); // one that we have not seen end yet
    if (kind === 'leg') this.end('echo');
    this.take(kind, session);
    session.answer({ mediaStream: this.calls.get(kind).stream, pcConfig: this.ice });
  }

  get ice() {
    return { iceServers: this.account.ice_servers.map((urls) => ({ urls })) };
  }

  /** Follow a call from its beginning to its end. */
  take(kind, session) {
    const track = this.microphone.track.clone();
    track.enabled = !(this.muted && kind === 'leg');
    const call = { session, sink: newSink(kind), track, stream: new MediaStream([track]) };
    this.calls.set(kind, call);
    const terminate = session.terminate.bind(session);
    session.terminate = (options = {}) => terminate({ ...options, extraHeaders: [...(options.extraHeaders ?? []), LOST] });
    const over = () => {
      track.stop();
      call.sink.remove();
      if (this.calls.get(kind) !== call) return;
      this.calls.delete(kind);
      this.tell({ [kind]: false });
    };
    const media = (connection) => connection.addEventListener('track', ({ track: remote }) => {
      call.sink.srcObject = new MediaStream([remote]);
      call.sink.play().catch(() => {}); // until the person has clicked somewhere: `blocked` tells the page
    });
    session.on('peerconnection', ({ peerconnection }) => media(peerconnection));
    if (session.connection) media(session.connection);
    let gathering = 0;
    session.on('icecandidate', ({ ready }) => {
      gathering ||= setTimeout(ready, GATHER_MS); // a STUN server that is silent holds nobody up
    });
    session.on('confirmed', () => this.tell({ [kind]: true }));
    session.on('ended', over);
    session.on('failed', over);
  }

  mute(muted) {
    this.muted = muted;
    const leg = this.calls.get('leg');
    if (leg) leg.track.enabled = !muted;
    this.tell({ muted });
  }

  useTrack(track) {
    for (const [kind, call] of this.calls) {
      const fresh = track.clone();
      fresh.enabled = call.track.enabled;
      const sender = call.session.connection?.getSenders().find((one) => one.track === call.track);
      sender?.replaceTrack(fresh);
      call.track.stop();
      this.calls.set(kind, Object.assign(call, { track: fresh }));
    }
  }

  echo(on) {
    if (!on) {
      this.end('echo');
      return;
    }
    if (this.calls.has('echo') || this.calls.has('leg')) return;
    const clone = this.microphone.track.clone();
    const session = this.ua.call(`sip:echo@${this.account.domain}`, {
      mediaStream: new MediaStream([clone]),
      pcConfig: this.ice,
      eventHandlers: { ended: () => clone.stop(), failed: () => clone.stop() },
    });
    this.take('echo', session);
    this.tell({ echo: true });
  }

  unblock() {
    for (const { sink } of this.calls.values()) sink.play().catch(() => {});
  }

  end(kind) {
    const call = this.calls.get(kind);
    if (call && !call.session.isEnded()) call.session.terminate();
  }

  hangUpAll() {
    for (const kind of [...this.calls.keys()]) this.end(kind);
  }

  async close() {
    removeEventListener('pagehide', this.gone);
    removeEventListener('offline', this.offline);
    this.hangUpAll();
    this.ticks?.terminate();
    this.ua?.stop();
    this.microphone.close();
  }
}
