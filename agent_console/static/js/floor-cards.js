// Abandonment against its limit, and what the lines are doing.
import { html } from './lib.js';
import { day, number, percent } from './format.js';
import { t, word } from './i18n.js';
import { Badge, Card } from './parts.js';
import { headroom } from './why.js';

export const LINE_STATES = ['dialing', 'ringing', 'early', 'detecting', 'waiting', 'bridged', 'self_service', 'message'];

/** Under the law's own rates where there are any; else today's people against the campaign's own limit. */
export function Abandonment({ state, limit, forecasts }) {
  // A rule with a higher maximum watches something else, short calls say.
  const rates = (state?.abandonment ?? []).filter((one) => one.maximum <= MOST_ABANDONMENT);
  return rates.length
    ? html`<${LegalRates} rates=${rates} state=${state} forecasts=${forecasts} />`
    : html`<${OwnLimit} state=${state} limit=${limit} forecasts=${forecasts} />`;
}

const NEAR = 0.8;
const MOST_ABANDONMENT = 0.2;

function toneOf({ rate, maximum, headroom }) {
  if (rate > maximum) return 'bad';
  return (headroom !== null && headroom < 1) || rate > maximum * NEAR ? 'warn' : 'ok';
}

/** Did what the pacer forecast of the last day come true? */
function Forecasts({ forecasts }) {
  if (!forecasts?.people) return null;
  const [low, high] = forecasts.between;
  const words = { forecast: percent(forecasts.forecast), came: percent(forecasts.came), low: percent(low), high: percent(high), people: number(forecasts.people) };
  return html`<p class="forecast" data-forecasts>${t(forecasts.true ? 'abandonment.forecast_true' : 'abandonment.forecast_missed', words)}</p>`;
}

function LegalRates({ rates, state, forecasts }) {
  const sorted = [...rates].sort((a, b) => b.rate / b.maximum - a.rate / a.maximum);
  const tone = toneOf(sorted[0]);
  return html`
    <${Card} id="abandonment" title=${t('abandonment.title')} className="floor-abandonment"
      aside=${html`<${Badge} tone=${tone}>${t(`abandonment.${{ bad: 'above', warn: 'near', ok: 'within' }[tone]}`)}</${Badge}>`}>
      <ul class="rates">${sorted.map((one) => html`<${Rate} key=${one.rule} rate=${one} />`)}</ul>
      <dl class="pairs">
        <div><dt>${t('abandonment.abandoned_today')}</dt><dd>${number(state.today.abandoned ?? 0)}</dd></div>
        <div><dt>${t('abandonment.people_today')}</dt><dd>${number((state.today.bridged ?? 0) + (state.today.abandoned ?? 0))}</dd></div>
        <div><dt>${t('abandonment.rate_today')}</dt><dd>${percent(state.abandonment_rate)}</dd></div>
      </dl>
      <${Forecasts} forecasts=${forecasts} />
    </${Card}>`;
}

function Rate({ rate }) {
  const tone = toneOf(rate);
  const scale = Math.max(rate.maximum * 1.6, rate.rate * 1.1);
  const room = rate.headroom === null ? t('abandonment.not_yet') : rate.rate > rate.maximum ? t('abandonment.over_law')
    : rate.headroom < 1 ? t('abandonment.none_left_law') : t('abandonment.left', { n: rate.headroom });
  const limit = t('abandonment.limit', { limit: percent(rate.maximum) });
  return html`
    <li class="rate" data-rate=${rate.rule}>
      <p class="rate-head"><span>${word('pack', rate.rule.split('/')[0])}</span><span><b class=${`tone-${tone}`}>${percent(rate.rate)}</b> <small class="quiet">${limit}</small></span></p>
      <div class="meter" role="meter" aria-label=${word('pack', rate.rule.split('/')[0])} aria-valuemin="0" aria-valuemax=${scale} aria-valuenow=${rate.rate} aria-valuetext=${`${percent(rate.rate)} ${limit}`}>
        <i class=${`meter-fill fill-${tone}`} style=${{ width: `${(rate.rate / scale) * 100}%` }}></i>
        <i class="meter-limit" style=${{ left: `${(rate.maximum / scale) * 100}%` }}></i>
      </div>
      <p class="meter-words">${room} <small class="quiet">${t('abandonment.window', { from: day(rate.window_from) })}</small></p>
    </li>`;
}

function OwnLimit({ state, limit, forecasts }) {
  const rate = state?.abandonment_rate ?? 0;
  const people = (state?.today.bridged ?? 0) + (state?.today.abandoned ?? 0);
  const abandoned = state?.today.abandoned ?? 0;
  const over = rate > limit;
  const near = !over && rate > limit * 0.8;
  const tone = over ? 'bad' : near ? 'warn' : 'ok';
  const scale = Math.max(limit * 1.6, rate * 1.1);
  const left = headroom(people, abandoned, limit);
  const words = over
    ? t('abandonment.over')
    : people === 0 ? t('abandonment.nobody') : left < 1 ? t('abandonment.none_left') : t('abandonment.left', { n: left });
  return html`
    <${Card} id="abandonment" title=${t('abandonment.title')} className="floor-abandonment"
      aside=${html`<${Badge} tone=${tone}>${t(`abandonment.${over ? 'above' : near ? 'near' : 'within'}`)}</${Badge}>`}>
      <p class="big"><span class=${`tone-${tone}`}>${percent(rate)}</span> <small>${t('abandonment.limit', { limit: percent(limit) })}</small></p>
      <div class="meter" role="meter" aria-labelledby="abandonment" aria-valuemin="0" aria-valuemax=${scale} aria-valuenow=${rate}
        aria-valuetext=${`${percent(rate)} ${t('abandonment.limit', { limit: percent(limit) })}`}>
        <i class=${`meter-fill fill-${tone}`} style=${{ width: `${(rate / scale) * 100}%` }}></i>
        <i class="meter-limit" style=${{ left: `${(limit / scale) * 100}%` }}></i>
      </div>
      <p class="meter-words">${words}</p>
      <dl class="pairs">
        <div><dt>${t('abandonment.abandoned')}</dt><dd>${number(abandoned)}</dd></div>
        <div><dt>${t('abandonment.people')}</dt><dd>${number(people)}</dd></div>
        <div><dt>${t('abandonment.headroom')}</dt><dd>${t('abandonment.points', { points: number((limit - rate) * 100, 1) })}</dd></div>
      </dl>
      <${Forecasts} forecasts=${forecasts} />
    </${Card}>`;
}

export function Lines({ lines }) {
  const total = LINE_STATES.reduce((sum, name) => sum + (lines[name] ?? 0), 0);
  return html`
    <${Card} id="lines" title=${t('lines.title')} className="floor-lines" aside=${html`<span class="count">${number(total)}</span>`}>
      <div class="stack" aria-hidden="true">
        ${LINE_STATES.map((name) => html`<i class=${`line-${name}`} style=${{ flexGrow: lines[name] ?? 0 }}></i>`)}
      </div>
      <dl class="line-list">
        ${LINE_STATES.map((name) => html`
          <div key=${name} class=${lines[name] ? '' : 'none'} data-line=${name}>
            <dt><i class=${`swatch line-${name}`}></i>${t(`line.${name}`)}</dt><dd>${number(lines[name] ?? 0)}</dd></div>`)}
      </dl>
    </${Card}>`;
}
