// The figures above the floor: what is so now, what was in the last hour, what came of today.
import { html } from './lib.js';
import { number, percent, seconds } from './format.js';
import { t } from './i18n.js';

const Figure = ({ name, value, note, tone = '' }) => html`
  <div class="figure" data-figure=${name}><dt>${t(`figures.${name}`)}</dt><dd class=${tone && `tone-${tone}`}>${value}</dd><dd class="figure-note">${note ?? '\u00a0'}</dd></div>`;

/** Agents at work, of those who could be: over the samples of the last hour. Null while there is no agent. */
export function occupancy(samples) {
  let busy = 0;
  let there = 0;
  for (const [, , , , , ready, , occupied = 0] of samples) {
    busy += occupied;
    there += occupied + ready;
  }
  return there ? busy / there : null;
}

export function Figures({ state, samples, hour }) {
  const today = state?.today ?? {};
  const count = (name) => today[name] ?? 0;
  const agents = state?.agents ?? [];
  const inState = (...names) => agents.filter((agent) => names.includes(agent.state)).length;
  const share = (part, whole) => (whole > 0 ? percent(part / whole, 0) : '–');
  const lines = Object.values(state?.lines ?? {}).reduce((sum, n) => sum + n, 0);
  const waiting = state?.lines.waiting ?? 0;
  const busy = occupancy(samples);
  const said = (value, words) => (value === null || value === undefined ? '–' : words(value));
  return html`
    <dl class="figures" aria-label=${t('figures.label')}>
      <${Figure} name="calls_per_min" value=${number(state?.calls_per_min ?? 0)} note=${t('figures.lines', { n: lines })} />
      <${Figure} name="waiting" value=${number(waiting)} tone=${waiting ? 'warn' : ''} note=${t('figures.wait', { wait: said(hour?.wait_s, (s) => seconds(s)) })} />
      <${Figure} name="talking" value=${number(inState('talking'))} note=${t('figures.of_agents', { n: agents.length })} />
      <${Figure} name="ready" value=${number(inState('ready'))} note=${t('figures.wrap_up', { n: inState('wrap_up') })} />
      <${Figure} name="occupancy" value=${said(busy, (fraction) => percent(fraction, 0))} note=${t('figures.talk', { talk: said(hour?.talk_s, (s) => seconds(s, 0)) })} />
      <${Figure} name="answer_rate" value=${said(hour?.answer_rate, (fraction) => percent(fraction, 0))} note=${t('figures.today', { share: share(count('answered'), count('attempts')) })} />
      <${Figure} name="people" value=${number(count('people'))} note=${t('figures.reached', { share: share(count('people'), count('attempts')) })} />
      <${Figure} name="bridged" value=${number(count('bridged'))} note=${t('figures.machines', { n: count('machines') })} />
    </dl>`;
}
