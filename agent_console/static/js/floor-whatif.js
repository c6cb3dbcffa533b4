// "At 2 % you would have had …": the campaign's own calls played again under another target or mode.
import { html, useState } from './lib.js';
import { getPatiently, query } from './api.js';
import { serverNow } from './clock.js';
import { hourMinute, number, percent } from './format.js';
import { t } from './i18n.js';
import { Banner, Card } from './parts.js';

const PACERS = ['progressive', 'power', 'predictive'];
const HOURS = [1, 2, 4, 8];

export function WhatIf({ campaign, target, mode }) {
  const [wanted, setWanted] = useState(null);
  const [pacer, setPacer] = useState('');
  const [hours, setHours] = useState(4);
  const [busy, setBusy] = useState(false);
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const shown = wanted ?? String(Math.round(target * 1000) / 10);
  const ask = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    setAnswer(null);
    const since = new Date(serverNow() - hours * 3600e3).toISOString();
    try {
      setAnswer(await getPatiently(`/campaigns/${encodeURIComponent(campaign)}/pacing/what-if${query({ target: Number(shown) / 100, pacer, since })}`));
    } catch (failure) {
      setProblem(failure);
    }
    setBusy(false);
  };
  return html`
    <${Card} id="whatif" title=${t('whatif.title')} className="floor-whatif">
      <form class="whatif-form" onSubmit=${ask} aria-label=${t('whatif.title')}>
        <label class="field"><span>${t('whatif.target')}</span><span class="with-unit"><input type="number" min="0.1" max="20" step="0.1" required value=${shown} onInput=${(event) => setWanted(event.target.value)} /><span>%</span></span></label>
        <label class="field"><span>${t('whatif.pacer')}</span><select value=${pacer} onChange=${(event) => setPacer(event.target.value)}>
          <option value="">${t('whatif.same_pacer', { mode: t(`mode.${mode}`) })}</option>${PACERS.map((one) => html`<option value=${one}>${t(`mode.${one}`)}</option>`)}</select></label>
        <label class="field"><span>${t('whatif.hours')}</span><select value=${hours} onChange=${(event) => setHours(Number(event.target.value))}>
          ${HOURS.map((one) => html`<option value=${one} selected=${one === hours}>${t('whatif.last_hours', { n: one })}</option>`)}</select></label>
        <button class="button button-main" disabled=${busy}>${t(busy ? 'whatif.playing' : 'whatif.ask')}</button>
      </form>
      ${!answer && !problem && html`<p class="quiet card-hint">${t('whatif.hint')}</p>`}
      ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      ${answer && html`<${Answer} answer=${answer} />`}
    </${Card}>`;
}

function Answer({ answer }) {
  const { happened, same, other, agreement } = answer;
  const would = other ?? same;
  const honest = agreement.utilisation && agreement.abandonment;
  const words = {
    target: percent(answer.other_target), mode: t(`mode.${answer.other_pacer}`), abandonment: percent(would.abandonment.mean), low: percent(would.abandonment.low), high: percent(would.abandonment.high),
    utilisation: percent(would.utilisation.mean, 0), was: percent(happened.abandonment), was_busy: percent(happened.utilisation, 0),
  };
  const rows = [
    ['abandonment', percent, happened.abandonment, same.abandonment, other?.abandonment],
    ['utilisation', (value) => percent(value, 0), happened.utilisation, same.utilisation, other?.utilisation],
    ['people', (value) => number(value), happened.people, same.people, other?.people],
    ['dialed', (value) => number(value), happened.dialed, same.dialed, other?.dialed],
    ['idle', (value) => `${number(value, 1)} s`, happened.idle_wait_s, same.idle_wait_s, other?.idle_wait_s],
  ];
  return html`
    <p class=${`verdict verdict-${honest ? 'ok' : 'warn'}`} data-whatif><i class=${`dot dot-${honest ? 'ok' : 'warn'}`}></i><span>${t('whatif.answer', words)} ${!honest && t('whatif.unsure')}</span></p>
    <div class="scroll-x"><table class="table whatif-table">
      <caption class="hidden">${t('whatif.title')}</caption>
      <thead><tr><th></th><th scope="col" class="num">${t('whatif.happened')}</th><th scope="col" class="num">${t('whatif.simulated')}</th>${other && html`<th scope="col" class="num">${t('whatif.would')}</th>`}</tr></thead>
      <tbody>${rows.map(([name, say, was, played, otherwise]) => html`
        <tr key=${name}><th scope="row">${t(`whatif.row.${name}`)}</th><td class="num">${say(was)}</td><td class="num">${say(played.mean)}</td>${other && html`<td class="num"><b>${say(otherwise.mean)}</b> <small class="quiet">${say(otherwise.low)}–${say(otherwise.high)}</small></td>`}</tr>`)}</tbody>
    </table></div>
    <p class="quiet card-hint">${t('whatif.based', { n: answer.calls, from: hourMinute(answer.began), to: hourMinute(answer.ended), agents: answer.agents })}</p>`;
}
