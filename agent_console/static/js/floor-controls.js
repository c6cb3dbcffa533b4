// Start, pause, drain and stop; mode, ratio and target. Each acts through the engine and says whether it was done or refused.
import { html, useEffect, useState } from './lib.js';
import { post, put } from './api.js';
import { t } from './i18n.js';
import { mayRun } from './me.js';
import { Confirm, Icon, useAction } from './parts.js';

const MODES = ['preview', 'progressive', 'power', 'predictive', 'agentless'];
const HELD_TO_A_TARGET = ['power', 'predictive'];

export function Controls({ campaign, state }) {
  const [busy, run] = useAction();
  const [asking, setAsking] = useState(false);
  const phase = state?.state ?? 'stopped';
  const path = `/campaigns/${encodeURIComponent(campaign.name)}`;
  if (!mayRun()) return null;
  const order = (verb) => run(() => post(`${path}/${verb}`), t(`done.${verb}`));
  return html`
    <div class="controls">
      <${ModeForm} path=${path} mode=${state?.mode ?? campaign.mode} ratio=${state?.ratio ?? campaign.ratio}
        target=${state?.target_abandonment ?? campaign.target_abandonment} />
      <div class="button-row" role="group" aria-label=${t('controls.label')}>
        <${StateButtons} state=${phase} busy=${busy} main="button-main" onOrder=${order} />
        <button type="button" class="button button-quiet-bad" disabled=${busy || phase === 'stopped'} onClick=${() => setAsking(true)}>
          <${Icon} name="stop" />${t('action.stop')}</button>
      </div>
      ${asking && html`<${Confirm} title=${t('stop.title', { campaign: campaign.name })} text=${t('stop.text')} action=${t('action.stop')}
        onYes=${() => order('stop')} onNo=${() => setAsking(false)} />`}
    </div>`;
}

/** Start or resume, pause, drain: each where it changes anything. `main`: the class of the first. */
export const StateButtons = ({ state, busy, main = '', onOrder }) => html`
  <button type="button" class=${`button ${main}`} disabled=${busy || state === 'running'} onClick=${() => onOrder('start')}>
    <${Icon} name="play" />${t(state === 'paused' ? 'action.resume' : 'action.start')}</button>
  <button type="button" class="button" disabled=${busy || !['running', 'draining'].includes(state)} onClick=${() => onOrder('pause')} title=${t('controls.pause_hint')}>
    <${Icon} name="pause" />${t('action.pause')}</button>
  <button type="button" class="button" disabled=${busy || !['running', 'paused'].includes(state)} onClick=${() => onOrder('drain')} title=${t('controls.drain_hint')}>
    <${Icon} name="drain" />${t('action.drain')}</button>`;

/** What is chosen but not yet applied stays, while the live state goes on changing under it. */
function ModeForm({ path, mode, ratio, target }) {
  const [busy, run] = useAction();
  const [chosen, setChosen] = useState(null);
  const [lines, setLines] = useState(null);
  const [allowed, setAllowed] = useState(null);
  useEffect(() => setChosen(null), [mode]);
  useEffect(() => setLines(null), [ratio]);
  useEffect(() => setAllowed(null), [target]);
  const shownMode = chosen ?? mode;
  const shownRatio = lines ?? String(ratio);
  const shownTarget = allowed ?? String(inPercent(target));
  const held = HELD_TO_A_TARGET.includes(shownMode);
  const newRatio = shownMode === 'power' && Number(shownRatio) !== ratio;
  const newTarget = held && Number(shownTarget) !== inPercent(target);
  const changed = shownMode !== mode || newRatio || newTarget;
  const apply = (event) => {
    event.preventDefault();
    const body = { mode: shownMode };
    if (shownMode === 'power') body.ratio = Number(shownRatio);
    if (newTarget) body.target = Number(shownTarget) / 100;
    run(() => put(`${path}/mode`, body), t('done.mode'));
  };
  return html`
    <form class="mode" onSubmit=${apply} aria-label=${t('mode.label')}>
      <label class="field-inline"><span>${t('mode.mode')}</span>
        <select value=${shownMode} onChange=${(event) => setChosen(event.target.value)}>
          ${(MODES.includes(mode) ? MODES : [mode, ...MODES]).map((one) => html`<option value=${one} disabled=${!MODES.includes(one)} selected=${one === shownMode}>${t(`mode.${one}`)}</option>`)}
        </select></label>
      ${shownMode === 'power' && html`
        <label class="field-inline"><span>${t('mode.ratio')}</span>
          <input type="number" min="1" max="10" step="0.1" required value=${shownRatio} onInput=${(event) => setLines(event.target.value)} /></label>`}
      ${held && html`
        <label class="field-inline" title=${t('mode.target_hint')}><span>${t('mode.target')}</span>
          <input type="number" min="0.1" max="20" step="0.1" required value=${shownTarget} onInput=${(event) => setAllowed(event.target.value)} /></label>`}
      ${changed && html`<button class="button button-main" disabled=${busy}>${t('action.apply')}</button>`}
    </form>`;
}

const inPercent = (fraction) => Math.round(fraction * 1000) / 10;
