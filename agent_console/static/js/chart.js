// Calls and people a minute, drawn by uPlot. Colours come from the style sheet, so both themes fit.
import { html, useEffect, useMemo, useRef } from './lib.js';
import { number } from './format.js';
import { locale, t } from './i18n.js';
import uPlot from '../vendor/uplot.js';

const LONGEST_SPAN_S = 30 * 60;
const SHORTEST_SPAN_S = 5 * 60;
const HEIGHT = 196; // pixels, as in floor.css

/** Seconds that the chart shows: what there is, within limits, in whole minutes. */
export function span(samples) {
  const elapsed = samples.length ? samples.at(-1)[0] - samples[0][0] : 0;
  return Math.ceil(Math.min(LONGEST_SPAN_S, Math.max(SHORTEST_SPAN_S, elapsed)) / 60) * 60;
}

/** Samples `[t, calls/min, attempts, people, abandoned, ready, talking]` -> uPlot's columns. */
export function columns(samples) {
  const times = [];
  const calls = [];
  const people = [];
  let from = 0;
  for (let i = 0; i < samples.length; i += 1) {
    const [at, callsPerMin, , reached] = samples[i];
    while (from < i && samples[from][0] <= at - 60) from += 1;
    const before = samples[Math.max(0, from - 1)];
    const elapsed = at - before[0];
    times.push(at);
    calls.push(callsPerMin);
    // Under half a minute of history a rate would be a guess.
    people.push(elapsed >= 30 && reached >= before[3] ? ((reached - before[3]) / elapsed) * 60 : null);
  }
  return [times, calls, people];
}

function options(width, shown) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-3'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false },
    font: '12px InterVariable, system-ui, sans-serif',
  };
  const hour = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, padding: [12, 22, 0, 0],
    scales: {
      x: { time: true, range: (plot, min, max) => [max - shown.seconds, max] },
      y: { range: (plot, min, max) => [0, Math.max(10, Math.ceil((max * 1.15) / 5) * 5)] },
    },
    axes: [
      { ...axis, size: 28, space: 70, values: (plot, ticks) => ticks.map((tick) => hour.format(tick * 1000)) },
      { ...axis, size: 40, space: 40, values: (plot, ticks) => ticks.map((tick) => number(tick)) },
    ],
    series: [
      {},
      { stroke: color('--accent'), fill: color('--accent-wash'), width: 2, points: { show: false } },
      { stroke: color('--people'), width: 2, points: { show: false } },
    ],
  };
}

export function RateChart({ samples, language }) {
  const box = useRef(null);
  const plot = useRef(null);
  const data = useMemo(() => columns(samples), [samples]);
  const latest = useRef(data);
  latest.current = data;
  const shown = useRef({ seconds: LONGEST_SPAN_S });
  shown.current.seconds = span(samples);
  useEffect(() => {
    const element = box.current; // a late callback must not find it gone
    const theme = matchMedia('(prefers-color-scheme: dark)');
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.clientWidth, shown.current), latest.current, element);
    };
    draw();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    theme.addEventListener('change', draw);
    return () => {
      resized.disconnect();
      theme.removeEventListener('change', draw);
      plot.current.destroy();
      plot.current = null;
    };
  }, [language]);
  useEffect(() => plot.current?.setData(data), [data]);
  const last = samples.at(-1);
  const label = last ? t('chart.label', { calls: number(last[1]) }) : t('chart.empty');
  return html`<div class="chart" role="img" aria-label=${label} ref=${box}></div>`;
}

export const RateLegend = ({ samples }) => html`
  <ul class="legend">
    <li><i class="swatch swatch-accent"></i>${t('chart.calls')}</li>
    <li><i class="swatch swatch-people"></i>${t('chart.people')}</li>
    <li class="quiet">${t('chart.span', { n: span(samples) / 60 })}</li>
  </ul>`;
