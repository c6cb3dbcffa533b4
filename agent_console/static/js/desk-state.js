// What the agent is doing, since when and until when, and what they can do about it.
import { html, useEffect, useState } from './lib.js';
import { post } from './api.js';
import { useNow } from './clock.js';
import { duration } from './format.js';
import { t, word } from './i18n.js';
import { Icon, useAction } from './parts.js';
import { useKeys } from './desk-keys.js';
import { forgetDrafts } from './desk-draft.js';

const WORKING = new Set(['talking', 'reserved', 'wrap_up']);

/** `written`: what came of the call is recorded, so that nothing keeps the agent in its wrap-up. */
export function StateBar({ desk, agent, written, onChange }) {
  const state = agent?.state ?? 'offline';
  const now = useNow();
  const elapsed = agent ? (now - Date.parse(agent.since)) / 1000 : 0;
  const { desk: seat, campaign } = desk;
  return html`
    <section class="card desk-state" aria-label=${t('desk.bar')}>
      <div class="desk-now">
        <p class="eyebrow">${seat.name} · ${seat.campaign}${campaign !== seat.campaign ? html` · <b data-lent-to=${campaign}>${t('desk.lent', { campaign })}</b>` : ''}</p>
        <h1><i class=${`dot agent-${state}`}></i>${t(`desk.state.${state}`)}</h1>
        <p class="quiet">${state === 'paused' && agent.reason ? word('pause', agent.reason) : t(`desk.hint.${state}`, { phone: seat.phone === 'browser' ? t('desk.this_browser') : seat.phone })}</p>
      </div>
      <${Timer} state=${state} elapsed=${elapsed} now=${now} agent=${agent} desk=${desk} />
      <${Buttons} state=${state} agent=${agent} desk=${desk} written=${written} onChange=${onChange} />
    </section>`;
}

/** Counts up, or down where the engine will end the state by itself. */
function Timer({ state, elapsed, now, agent, desk }) {
  if (state === 'offline') return null;
  const usual = { wrap_up: desk.wrap_up_s, preview: desk.preview_s }[state];
  if (!usual) return html`<p class="timer" role="timer">${duration(elapsed)}</p>`;
  const limit = agent.until ? (Date.parse(agent.until) - Date.parse(agent.since)) / 1000 : usual;
  const left = Math.max(0, agent.until ? (Date.parse(agent.until) - now) / 1000 : limit - elapsed);
  return html`
    <div class=${left < 10 ? 'timer timer-short' : 'timer'} role="timer" aria-label=${t(`desk.left.${state}`)}>
      ${duration(Math.ceil(left))}
      <div class="countdown"><i style=${{ width: `${Math.min(100, (left / limit) * 100)}%` }}></i></div>
    </div>`;
}

function Buttons({ state, agent, desk, written, onChange }) {
  const [busy, run] = useAction();
  const [choosing, setChoosing] = useState(false);
  useEffect(() => setChoosing(false), [state, agent?.wants, agent?.reason]);
  const act = (verb, words, body) => run(async () => {
    await post(`/desk/${verb}`, body);
    if (verb === 'sign-out') forgetDrafts();
    onChange();
  }, words);
  const pause = (reason) => {
    setChoosing(false);
    act('pause', WORKING.has(state) ? t('desk.pause_later') : undefined, { reason });
  };
  const will = agent?.wants === 'paused';
  const idle = state === 'paused' || (state === 'wrap_up' && written && !will);
  const can = {
    ready: idle || (will && state === 'talking'),
    pause: state === 'ready' || state === 'paused' || state === 'preview' || WORKING.has(state),
    extend: state === 'wrap_up' && desk.wrap_up_extension_s > 0 && !agent.extended,
    hang: state === 'reserved', // a conversation has its own bar
  };
  const unless = (allowed, go) => (allowed && !busy ? go : undefined);
  useKeys([
    { key: 'r', label: 'keys.ready', run: unless(can.ready, () => act('ready')) },
    { key: 'p', label: 'keys.pause', run: unless(can.pause, () => setChoosing(true)) },
    { key: 'e', label: 'keys.extend', run: unless(can.extend, () => act('extend-wrap-up')) },
    { key: 'a', label: 'keys.accept', run: unless(state === 'preview', () => act('preview-accept')) },
    { key: 'o', label: 'keys.skip', run: unless(state === 'preview', () => act('preview-skip')) },
    ...(can.hang ? [{ key: 'H', label: 'keys.hang_up', run: unless(true, () => act('hang-up')) }] : []),
  ]);
  const button = (verb, icon, tone, words, label = t(`desk.${verb}`)) => html`
    <button type="button" class=${`button button-large ${tone}`} disabled=${busy} onClick=${() => act(verb, words)}>
      <${Icon} name=${icon} />${label}</button>`;
  const pauseLabel = t(WORKING.has(state) ? 'desk.pause_after' : state === 'paused' ? 'desk.pause_other' : 'desk.pause');
  return html`
    <div class="button-row desk-buttons">
      ${idle && button('ready', 'check', 'button-main')}
      ${state === 'preview' && html`${button('preview-accept', 'phone', 'button-main')}${button('preview-skip', 'skip', '')}`}
      ${can.hang && button('hang-up', 'phone', 'button-bad')}
      ${can.extend && button('extend-wrap-up', 'clock', '', undefined, t('desk.extend', { seconds: Math.round(desk.wrap_up_extension_s) }))}
      ${can.pause && html`
        <button type="button" class=${`button ${state === 'ready' ? 'button-large' : ''}`} aria-expanded=${choosing} disabled=${busy} onClick=${() => setChoosing(!choosing)}><${Icon} name="pause" />${pauseLabel}</button>`}
      ${!WORKING.has(state) && html`
        <button type="button" class="button button-plain" disabled=${busy} onClick=${() => act('sign-out', t('desk.signed_out'))}><${Icon} name="exit" />${t('desk.sign-out')}</button>`}
    </div>
    ${will && html`<p class="desk-will" role="status"><${Icon} name="pause" /><span>${t('desk.will_pause', { reason: agent.reason ? word('pause', agent.reason) : t('desk.pause') })}</span>
      ${state === 'talking' && html`<button type="button" class="button" disabled=${busy} onClick=${() => act('ready')}>${t('desk.pause_not')}</button>`}</p>`}
    ${choosing && html`<${Reasons} reasons=${desk.pause_reasons} onChoose=${pause} onClose=${() => setChoosing(false)} />`}`;
}

function Reasons({ reasons, onChoose, onClose }) {
  useEffect(() => /** @type {HTMLElement | null} */ (document.querySelector('.desk-reasons button'))?.focus(), []);
  return html`
    <div class="desk-reasons" role="group" aria-label=${t('desk.why_pause')} onKeyDown=${(event) => event.key === 'Escape' && onClose()}>
      <span class="quiet">${t('desk.why_pause')}</span>
      ${reasons.map((one) => html`<button key=${one} type="button" class="button" onClick=${() => onChoose(one)}>${word('pause', one)}</button>`)}
    </div>`;
}
