// The live WebSocket: a snapshot first, then changes by number. After a gap it asks only for what it missed.
import { get } from './api.js';
import { learnServerTime } from './clock.js';
import { Store } from './lib.js';

const LONGEST_WAIT_MS = 8000;
const SAMPLES_KEPT = 720;
/** The server speaks every five seconds at least: after this silence the link is gone, whatever the socket believes. */
const SILENCE_MS = 12000;
const WATCH_MS = 2000;

/** Campaign name -> { state, samples, heardAt }. `heardAt` is on this browser's monotonic clock. */
export const campaigns = new Store({});
/** Agent id -> the latest machine heard on a call of theirs: { call_id, category, reason, certain, withdrawn, at }. */
export const secondLooks = new Store({});
/** Agent id -> what supervisors wrote to them since this page was opened: { id, text, from, at }. */
export const notes = new Store({});
/** The latest draft that was kept, in whatever tab: { agent_id, call_id, version }. */
export const draftKept = new Store(null);
/** Id of a file that was handed in -> how far it has been read: { id, kind, state, done, total }. */
export const uploads = new Store({});
/** 'connecting' | 'open' | 'lost' */
export const link = new Store('connecting');
/** On this browser's monotonic clock: since when the link is lost; null while it is not. */
export const lostSince = new Store(null);

let socket = null;
let epoch = '';
let seq = -1;
let failures = 0;
let timer = 0;
let heard = 0;

/** What came since the page was last drawn; null where nothing did. A big floor changes far more often than a screen. */
let fresh = null;
let drawing = 0;
const latest = () => fresh ?? campaigns.value;

function change(name, next) {
  const all = latest();
  fresh = { ...all, [name]: { ...all[name], ...next, heardAt: performance.now() } };
  if (document.visibilityState !== 'visible') draw(); // nobody draws a hidden page, and its timers are slow
  else if (!drawing) drawing = requestAnimationFrame(draw);
}

function draw() {
  cancelAnimationFrame(drawing);
  drawing = 0;
  if (fresh) campaigns.set(fresh);
  fresh = null;
}

/** Agents as they were, where nothing about them changed: pages draw again only what is new. */
function known(agents, before = []) {
  const byId = new Map(before.map((agent) => [agent.id, agent]));
  return agents.map((agent) => {
    const old = byId.get(agent.id);
    return old && Object.keys(agent).every((name) => agent[name] === old[name]) ? old : agent;
  });
}

function receive(message) {
  if (message.type === 'alive') return;
  if (message.type !== 'snapshot' && message.seq !== seq + 1) {
    socket.close(); // something is missing: resume from the last number
    return;
  }
  seq = message.seq;
  if (message.type === 'snapshot') {
    epoch = message.epoch;
    learnServerTime(message.at);
    const now = performance.now();
    fresh = {};
    for (const [name, { state, age_ms: age, samples }] of Object.entries(message.campaigns)) {
      fresh[name] = { state, samples, heardAt: now - age };
    }
    draw();
  } else if (message.type === 'state') {
    learnServerTime(message.state.at);
    const { samples: before = [], state } = latest()[message.campaign] ?? {};
    const samples = message.sample ? [...before, message.sample].slice(-SAMPLES_KEPT) : before;
    change(message.campaign, { state: { ...message.state, agents: known(message.state.agents, state?.agents) }, samples });
  } else if (message.type === 'upload') {
    uploads.update((all) => ({ ...all, [message.upload.id]: message.upload }));
  } else if (message.type === 'second_look') {
    secondLooks.update((all) => ({ ...all, [message.look.agent_id]: { ...message.look, at: performance.now() } }));
  } else if (message.type === 'message') {
    const { agent_id: agent, ...note } = message.message;
    notes.update((all) => ({ ...all, [agent]: [...(all[agent] ?? []), note].slice(-20) }));
  } else if (message.type === 'draft') {
    draftKept.set(message.draft);
  } else if (message.type === 'agent') {
    const { state } = latest()[message.campaign] ?? {};
    if (!state) return;
    const others = state.agents.filter((agent) => agent.id !== message.agent.id);
    const agents = message.agent.state === 'offline' ? others : [...others, message.agent];
    agents.sort((a, b) => (a.id < b.id ? -1 : 1));
    change(message.campaign, { state: { ...state, agents } });
  }
}

function connect() {
  clearTimeout(timer);
  forsake();
  const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
  const resume = seq >= 0 ? `?epoch=${encodeURIComponent(epoch)}&after=${seq}` : '';
  socket = new WebSocket(`${scheme}://${location.host}/api/v1/live${resume}`);
  socket.onopen = () => {
    failures = 0;
    heard = performance.now();
    lostSince.set(null);
    link.set('open');
  };
  socket.onmessage = (event) => {
    heard = performance.now();
    receive(JSON.parse(event.data));
  };
  socket.onclose = closed;
}

function closed() {
  failures += 1;
  if (failures > 1) {
    lost();
    get('/campaigns').catch(() => {}); // tells a lost session from a lost server
  }
  const wait = Math.min(LONGEST_WAIT_MS, 250 * 2 ** failures);
  clearTimeout(timer);
  timer = setTimeout(connect, wait * (0.75 + Math.random() / 2));
}

function lost() {
  if (lostSince.value === null) lostSince.set(performance.now());
  link.set('lost');
}

/** Nothing is heard of the socket any more, whatever becomes of it. */
function forsake() {
  if (!socket) return;
  socket.onopen = socket.onmessage = socket.onclose = null;
  socket.close();
}

/** The network is gone without a word: a socket that is shut now would say so only much later. */
function drop() {
  forsake();
  lost();
  closed();
}

export function startLive() {
  connect();
  const wake = () => {
    if (document.visibilityState === 'visible' && (link.value === 'lost' || socket.readyState === WebSocket.CLOSED)) connect();
  };
  setInterval(() => {
    if (link.value === 'open' && performance.now() - heard > SILENCE_MS) drop();
  }, WATCH_MS);
  addEventListener('offline', drop);
  document.addEventListener('visibilitychange', wake);
  document.addEventListener('visibilitychange', draw); // a page that is hidden draws no further frame
  addEventListener('online', wake);
}
