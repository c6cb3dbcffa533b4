// The last hour in three pictures: the pace, the agents, abandonment against its limit.
import { html, useMemo, useState } from './lib.js';
import { number, percent } from './format.js';
import { t } from './i18n.js';
import { Card } from './parts.js';
import { agentColumns, paceColumns, span, TimeChart, abandonmentColumns } from './chart.js';

const CHARTS = {
  pace: {
    columns: paceColumns, least: 10,
    series: [{ color: '--accent', wash: '--accent-wash', words: 'chart.calls' }, { color: '--people', words: 'chart.people' }],
    label: ([, calls]) => t('chart.label', { calls: number(calls?.at(-1) ?? 0) }),
  },
  agents: {
    columns: agentColumns, least: 5,
    series: [{ color: '--c-green', wash: '--ok-wash', words: 'chart.busy' }, { color: '--c-blue', words: 'chart.ready' }, { color: '--c-amber', words: 'chart.waiting' }],
    label: ([, busy, ready]) => t('chart.agents_label', { busy: number(busy?.at(-1) ?? 0), ready: number(ready?.at(-1) ?? 0) }),
  },
  abandonment: {
    columns: abandonmentColumns, least: 0.05, percent: true,
    series: [{ color: '--bad', wash: '--bad-wash', words: 'chart.abandoned' }, { color: '--ink-3', dash: [6, 4], words: 'chart.limit' }],
    label: ([, rate]) => t('chart.abandonment_label', { rate: percent(rate?.at(-1) ?? 0) }),
  },
};

export function Charts({ samples, limit, language }) {
  const [shown, setShown] = useState('pace');
  const chart = CHARTS[shown];
  const data = useMemo(() => chart.columns(samples, limit), [samples, limit, chart]);
  return html`
    <${Card} id="rate" title=${t('chart.title')} className="floor-chart"
      aside=${html`<div class="chart-tabs" role="group" aria-label=${t('chart.choose')}>
        ${Object.keys(CHARTS).map((name) => html`<button type="button" key=${name} aria-pressed=${name === shown} onClick=${() => setShown(name)}>${t(`chart.tab.${name}`)}</button>`)}</div>`}>
      <ul class="legend">
        ${chart.series.map((one) => html`<li key=${one.words}><i class=${`swatch series${one.color}`}></i>${t(one.words)}</li>`)}
        <li class="quiet">${t('chart.span', { n: span(samples) / 60 })}</li>
      </ul>
      <${TimeChart} key=${shown} chart=${chart} data=${data} seconds=${span(samples)} language=${language} label=${samples.length ? chart.label(data) : t('chart.empty')} />
    </${Card}>`;
}
