// Series over time, drawn by uPlot. Colours come from the style sheet, so both themes fit.
import { html, useEffect, useRef } from './lib.js';
import { number, percent } from './format.js';
import { locale } from './i18n.js';
import uPlot from '../vendor/uplot.js';

/** Seconds between the marks of the time axis: they show hours and minutes, and none may show the same twice. */
const WHOLE_MINUTES = [60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];

const LONGEST_SPAN_S = 60 * 60;
const SHORTEST_SPAN_S = 5 * 60;
const HEIGHT = 196; // pixels, as in floor.css

/** Seconds that the charts show: what there is, within limits, in whole minutes. */
export function span(samples) {
  const elapsed = samples.length ? samples.at(-1)[0] - samples[0][0] : 0;
  return Math.ceil(Math.min(LONGEST_SPAN_S, Math.max(SHORTEST_SPAN_S, elapsed)) / 60) * 60;
}

// Samples `[t, calls/min, attempts, people, abandoned, ready, talking, busy, waiting]` -> uPlot's columns.

export function paceColumns(samples) {
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

export const agentColumns = (samples) => [
  samples.map((one) => one[0]), samples.map((one) => one[7] ?? null), samples.map((one) => one[5]), samples.map((one) => one[8] ?? null),
];

/** Today's abandonment as it went, against what is allowed. */
export const abandonmentColumns = (samples, limit) => [
  samples.map((one) => one[0]), samples.map((one) => (one[3] ? one[4] / one[3] : null)), samples.map(() => limit),
];

function options(width, chart, shown) {
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--ink-3'), grid: { stroke: color('--line'), width: 1 }, ticks: { show: false },
    font: '12px InterVariable, system-ui, sans-serif',
  };
  const hour = new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const round = (max) => (chart.percent ? Math.ceil(max * 115) / 100 : Math.ceil((max * 1.15) / 5) * 5);
  return {
    width, height: HEIGHT, legend: { show: false }, cursor: { show: false }, padding: [12, 22, 0, 0],
    scales: {
      x: { time: true, range: (plot, min, max) => [max - shown.seconds, max] },
      y: { range: (plot, min, max) => [0, Math.max(chart.least, round(max))] },
    },
    axes: [
      { ...axis, size: 28, space: 70, incrs: WHOLE_MINUTES, values: (plot, ticks) => ticks.map((tick) => hour.format(tick * 1000)) },
      { ...axis, size: 44, space: 40, values: (plot, ticks) => ticks.map((tick) => (chart.percent ? percent(tick, 0) : number(tick))) },
    ],
    series: [
      {},
      ...chart.series.map((one) => ({
        stroke: color(one.color), fill: one.wash && color(one.wash), dash: one.dash, width: 2, points: { show: false },
      })),
    ],
  };
}

export function TimeChart({ chart, data, seconds, language, label }) {
  const box = useRef(null);
  const plot = useRef(null);
  const latest = useRef(data);
  latest.current = data;
  const shown = useRef({ seconds });
  shown.current.seconds = seconds;
  useEffect(() => {
    const element = box.current; // a late callback must not find it gone
    const theme = matchMedia('(prefers-color-scheme: dark)');
    const draw = () => {
      plot.current?.destroy();
      plot.current = new uPlot(options(element.clientWidth, chart, shown.current), latest.current, element);
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
  return html`<div class="chart" role="img" aria-label=${label} ref=${box}></div>`;
}
