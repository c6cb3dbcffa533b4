// Why so many calls and no more, in words; what the rules refused; where the list stands.
import { html } from './lib.js';
import { hourMinute, number, percent } from './format.js';
import { t, word } from './i18n.js';
import { Badge, Card } from './parts.js';
import { ruleWords } from './rules.js';
import { DENIALS_BY_SIZE, explain } from './why.js';

const STOCK = ['ready', 'in_flight', 'later', 'finished'];

export function Why({ state, backlog }) {
  const { tone, key, values, at } = explain(state, backlog);
  const decision = state?.last_decision;
  const said = key === `reason.${decision?.reason}`;
  return html`
    <${Card} id="why" title=${t('why.title')} className="floor-why">
      <p class=${`verdict verdict-${tone}`} data-why=${key}>
        <i class=${`dot dot-${tone}`}></i><span>${t(key, values)}${at ? ` ${t('why.next', { time: hourMinute(at) })}` : ''}</span></p>
      ${decision && html`
        <p class="decision"><span class="quiet">${t('why.last_decision')}</span>${' '}<strong>${t('why.calls', { n: decision.calls })}</strong>${' '}${said ? '' : word('reason', decision.reason)}</p>`}
      ${decision?.forecast && html`<p class="forecast" data-forecast>${forecastWords(decision.forecast)}</p>`}
      <${Denials} denied=${state?.denied ?? {}} />
      ${backlog && html`<${Stock} backlog=${backlog} />`}
    </${Card}>`;
}

const forecastWords = (forecast) => t('why.forecast', {
  seconds: number(forecast.horizon_s), people: number(forecast.people, 1), agents: number(forecast.agents_free, 1), risk: percent(forecast.abandonment),
});

function Denials({ denied }) {
  const rows = DENIALS_BY_SIZE(denied);
  if (!rows.length) return null;
  const most = rows[0][1];
  return html`
    <h3>${t('why.denied_title')}</h3>
    <ul class="bars">
      ${rows.map(([id, n]) => {
        const { text, pack } = ruleWords(id);
        return html`
          <li key=${id} data-rule=${id}>
            <span class="bar-label">${text} ${pack && html`<${Badge}>${pack}</${Badge}>`}</span><b>${number(n)}</b>
            <i class="bar" style=${{ width: `${(n / most) * 100}%` }}></i>
          </li>`;
      })}
    </ul>`;
}

function Stock({ backlog }) {
  return html`
    <h3>${t('stock.title', { n: backlog.debtors })}</h3>
    <div class="stack" aria-hidden="true">${STOCK.map((name) => html`<i class=${`stock-${name}`} style=${{ flexGrow: backlog[name] }}></i>`)}</div>
    <dl class="pairs pairs-4">
      ${STOCK.map((name) => html`
        <div key=${name}><dt><i class=${`swatch stock-${name}`}></i>${t(`stock.${name}`)}</dt><dd>${number(backlog[name])}</dd></div>`)}
    </dl>`;
}
