// The agent's desk. All its state lives on the server: a reload or a second tab shows the same.
import { html, useEffect, useRef, useState, useStore } from './lib.js';
import { get } from './api.js';
import { learnServerTime, useNow } from './clock.js';
import { clockIn, duration, fullDay, minor } from './format.js';
import { t, word } from './i18n.js';
import { campaigns as live, link, lostSince, secondLooks } from './live.js';
import { Banner, Icon } from './parts.js';
import { CallControls } from './desk-call.js';
import { DebtorCard } from './desk-card.js';
import { ManualDial } from './desk-dial.js';
import { DeskSignIn } from './desk-forms.js';
import { Keys } from './desk-keys.js';
import { Notes } from './desk-notes.js';
import { Outcome } from './desk-outcome.js';
import { Script } from './desk-script.js';
import { Signal } from './desk-signal.js';
import { StateBar } from './desk-state.js';
import { Softphone } from './softphone-view.js';

const REFRESH_MS = 15000;
const WITHDRAWN_SHOWN_MS = 8000;
const ON_CALL = new Set(['preview', 'reserved', 'talking', 'wrap_up']);
const IDLE = new Set(['paused', 'ready']);

export function Desk() {
  const [desk, setDesk] = useState(null);
  const [problem, setProblem] = useState(null);
  const asked = useRef(0);
  const read = () => {
    const mine = ++asked.current;
    get('/desk').then((answer) => {
      if (mine !== asked.current) return;
      learnServerTime(answer.now);
      setDesk(answer);
      setProblem(null);
    }, (failure) => mine === asked.current && setProblem(failure));
  };
  const up = useStore(link) === 'open';
  const [here, pushed] = whereabouts(useStore(live), desk?.desk);
  // The push says that something changed; the card itself comes only from the server, which checks whose call it is.
  useEffect(read, [here, pushed?.state, pushed?.call_id, pushed?.since, up]);
  useEffect(() => {
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (problem && !desk) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!desk) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!desk.desk) return html`<${DeskSignIn} onDone=${read} />`;
  const agent = pushed ?? desk.agent;
  const mine = ON_CALL.has(agent?.state) && desk.card?.call_id === agent.call_id;
  return html`
    <${Offline} />
    ${desk.desk.phone === 'browser' && html`<${Softphone} />`}
    ${problem && problem.status !== 0 && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    <${Seat} desk=${desk} agent=${agent} card=${mine ? desk.card : null} onChange=${read} />`;
}

/** The campaign that the agent works for now, their own or one that borrowed them, and what they do there. */
function whereabouts(all, desk) {
  if (!desk) return [null, undefined];
  for (const name of [desk.campaign, ...Object.keys(all)]) {
    const agent = all[name]?.state.agents.find((one) => one.id === desk.agent_id);
    if (agent) return [name, agent];
  }
  return [desk.campaign, undefined];
}

/** Without the server the call goes on: the telephone does not need it. */
function Offline() {
  const since = useStore(lostSince);
  useNow();
  if (since === null) return null;
  return html`<div class="offline" role="status"><${Icon} name="alert" /><span>${t('desk.offline')}</span> <span class="mono" aria-hidden="true">${duration((performance.now() - since) / 1000)}</span></div>`;
}

function Seat({ desk, agent, card, onChange }) {
  const state = agent?.state ?? 'offline';
  const callId = agent?.call_id ?? null;
  const [saved, setSaved] = useState(null);
  const help = card && desk.help?.call_id === card.call_id ? desk.help : null;
  const writing = callId && (state === 'talking' || state === 'wrap_up');
  const written = writing && (Boolean(desk.written) || saved?.callId === callId);
  useEffect(() => {
    if (saved && callId && saved.callId !== callId) setSaved(null); // the next person is nobody's business of the last
  }, [callId]);
  return html`
    <div class=${`desk desk-${state} ${card || writing ? '' : 'desk-alone'}`}>
      <${Signal} state=${state} callId=${callId} />
      <${StateBar} desk=${desk} agent=${agent} written=${written} onChange=${onChange} />
      <${CallControls} desk=${desk} agent=${agent} card=${card} onChange=${onChange} />
      <div class="desk-aside"><${Notes} agentId=${desk.desk.agent_id} known=${desk.messages} />
        <${SecondLook} agent=${agent} />
        ${saved && html`<${Saved} saved=${saved} onClose=${() => setSaved(null)} />`}</div>
      ${card && html`<div class="desk-debtor">
        ${help && html`<${Script} card=${card} help=${help} agent=${desk.desk.name} />`}
        <${DebtorCard} card=${card} help=${help} /></div>`}
      ${writing && html`
        <${Outcome} key=${callId} desk=${desk} callId=${callId} agentId=${desk.desk.agent_id} onDone=${onChange} onSaved=${setSaved} />`}
      ${IDLE.has(state) && html`<${ManualDial} onDone=${onChange} />`}
      <${Keys} />
    </div>`;
}

/** What was recorded last, to be read to the debtor who is still there, or looked up a moment later. */
function Saved({ saved, onClose }) {
  const { promise, debt, callBackAt, zone } = saved;
  return html`
    <div class="saved" role="status"><div>
      <p><strong>${t('saved.title', { what: word('disposition', saved.code) })}</strong></p>
      ${promise && html`<p>${t('saved.promise', { reference: promise.reference })}</p>
        <ul>${promise.instalments.map((one) => html`<li key=${one.due_on}>${minor(one.amount_minor, debt)} · ${fullDay(one.due_on)}</li>`)}</ul>`}
      ${callBackAt && html`<p>${t('saved.call_back', { time: clockIn(callBackAt, zone) })}</p>`}</div>
      <button type="button" class="button button-icon" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" /></button></div>`;
}

/** What the detector heard on this call after the connection; or why the last one was taken away. */
function SecondLook({ agent }) {
  const look = useStore(secondLooks)[agent?.id];
  useNow();
  if (!look) return null;
  const current = look.call_id === agent.call_id;
  if (!current && !(look.withdrawn && performance.now() - look.at < WITHDRAWN_SHOWN_MS)) return null;
  const words = look.withdrawn ? 'desk.look.withdrawn' : look.certain ? 'desk.look.certain' : 'desk.look.hint';
  return html`<div data-second-look=${look.reason}><${Banner} tone=${look.certain ? 'bad' : 'info'}>${t(words, { reason: word('amd', look.reason) })}</${Banner}></div>`;
}
