// The agent's desk. All its state lives on the server: a reload or a second tab shows the same.
import { html, useEffect, useRef, useState, useStore } from './lib.js';
import { get, post } from './api.js';
import { learnServerTime, useNow } from './clock.js';
import { duration } from './format.js';
import { t, word } from './i18n.js';
import { campaigns as live, secondLooks } from './live.js';
import { Banner, Icon, useAction } from './parts.js';
import { DebtorCard } from './desk-card.js';
import { DeskSignIn, Disposition } from './desk-forms.js';

const REFRESH_MS = 15000;
const WITHDRAWN_SHOWN_MS = 8000;
const ON_CALL = new Set(['preview', 'reserved', 'talking', 'wrap_up']);

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
    }, setProblem);
  };
  const [here, pushed] = whereabouts(useStore(live), desk?.desk);
  // The push says that something changed; the card itself comes only from the server, which checks whose call it is.
  useEffect(read, [here, pushed?.state, pushed?.call_id, pushed?.since]);
  useEffect(() => {
    const timer = setInterval(read, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  if (problem && !desk) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!desk) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!desk.desk) return html`<${DeskSignIn} onDone=${read} />`;
  const agent = pushed ?? desk.agent;
  const card = ON_CALL.has(agent?.state) && desk.card?.call_id === agent.call_id ? desk.card : null;
  return html`
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    <${Seat} desk=${desk} agent=${agent} card=${card} onChange=${read} />`;
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

function Seat({ desk, agent, card, onChange }) {
  const state = agent?.state ?? 'offline';
  const now = useNow();
  const elapsed = agent ? (now - Date.parse(agent.since)) / 1000 : 0;
  return html`
    <div class=${`desk desk-${state}`}>
      <section class="card desk-state" aria-live="polite">
        <div class="desk-now">
          <p class="eyebrow">${desk.desk.name} · ${desk.desk.campaign}${desk.campaign !== desk.desk.campaign ? html` · <b data-lent-to=${desk.campaign}>${t('desk.lent', { campaign: desk.campaign })}</b>` : ''}</p>
          <h1><i class=${`dot agent-${state}`}></i>${t(`desk.state.${state}`)}</h1>
          <p class="quiet">${t(`desk.hint.${state}`, { phone: desk.desk.phone })}</p>
        </div>
        <${Timer} state=${state} elapsed=${elapsed} desk=${desk} />
        <${Buttons} state=${state} onChange=${onChange} />
      </section>
      <${SecondLook} agent=${agent} />
      ${card && html`<${DebtorCard} card=${card} />`}
      ${agent?.call_id && (state === 'talking' || state === 'wrap_up') && html`
        <${Disposition} key=${agent.call_id} callId=${agent.call_id} codes=${desk.dispositions} onDone=${onChange} />`}
    </div>`;
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

/** Counts up, or down where the engine will end the state by itself. */
function Timer({ state, elapsed, desk }) {
  const limit = { wrap_up: desk.wrap_up_s, preview: desk.preview_s }[state];
  if (state === 'offline') return null;
  if (!limit) return html`<p class="timer" role="timer">${duration(elapsed)}</p>`;
  const left = Math.max(0, limit - elapsed);
  return html`
    <div class=${left < 10 ? 'timer timer-short' : 'timer'} role="timer" aria-label=${t(`desk.left.${state}`)}>
      ${duration(Math.ceil(left))}
      <div class="countdown"><i style=${{ width: `${(left / limit) * 100}%` }}></i></div>
    </div>`;
}

function Buttons({ state, onChange }) {
  const [busy, run] = useAction();
  const [pausing, setPausing] = useState(false);
  useEffect(() => setPausing(false), [state === 'ready' || state === 'paused']);
  const act = (verb, words) => run(async () => {
    await post(`/desk/${verb}`);
    onChange();
  }, words);
  const button = (verb, icon, tone, words) => html`
    <button type="button" class=${`button button-large ${tone}`} disabled=${busy} onClick=${() => act(verb, words)}>
      <${Icon} name=${icon} />${t(`desk.${verb}`)}</button>`;
  const later = () => {
    setPausing(true);
    act('pause', t('desk.pause_later'));
  };
  return html`
    <div class="button-row desk-buttons">
      ${state === 'paused' && button('ready', 'check', 'button-main')}
      ${state === 'ready' && button('pause', 'pause', '')}
      ${state === 'preview' && html`${button('preview-accept', 'phone', 'button-main')}${button('preview-skip', 'skip', '')}`}
      ${(state === 'talking' || state === 'reserved') && button('hang-up', 'phone', 'button-bad')}
      ${(state === 'talking' || state === 'wrap_up') && html`
        <button type="button" class="button" aria-pressed=${pausing} disabled=${busy || pausing} onClick=${later}><${Icon} name="pause" />${t('desk.pause_after')}</button>`}
      ${state !== 'talking' && state !== 'reserved' && html`
        <button type="button" class="button button-plain" disabled=${busy} onClick=${() => act('sign-out', t('desk.signed_out'))}><${Icon} name="exit" />${t('desk.sign-out')}</button>`}
    </div>`;
}
