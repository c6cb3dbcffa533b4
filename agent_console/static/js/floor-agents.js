// Every agent, what they are doing and for how long.
import { html } from './lib.js';
import { useNow } from './clock.js';
import { duration, number } from './format.js';
import { t } from './i18n.js';
import { Card, Empty } from './parts.js';

const ORDER = ['talking', 'reserved', 'preview', 'ready', 'wrap_up', 'paused', 'connecting', 'offline'];
/** Minutes after which a state deserves a second look. */
const LONG_MIN = { wrap_up: 3, paused: 20, ready: 5, talking: 20, reserved: 1, connecting: 1, preview: 3 };

/** `lent` are agents of this campaign who help another one now. */
export function Agents({ agents, campaign, lent = [] }) {
  const now = useNow();
  const counts = ORDER.map((state) => [state, agents.filter((agent) => agent.state === state).length]).filter(([, n]) => n);
  const rank = (agent) => ORDER.indexOf(agent.state);
  const sorted = [...agents].sort((a, b) => rank(a) - rank(b) || Date.parse(a.since) - Date.parse(b.since));
  return html`
    <${Card} id="agents" title=${t('agents.title')} className="floor-agents" aside=${html`<span class="count">${number(agents.length)}</span>`}>
      ${agents.length === 0
        ? html`<${Empty} title=${t('agents.none')}>${t('agents.none_hint')}</${Empty}>`
        : html`
          <ul class="chips">${counts.map(([state, n]) => html`<li key=${state}><i class=${`dot agent-${state}`}></i>${t(`agent.${state}`)} <b>${number(n)}</b></li>`)}</ul>
          <div class="scroll" tabindex="0">
            <table class="table">
              <caption class="hidden">${t('agents.title')}</caption>
              <thead><tr><th scope="col">${t('agents.agent')}</th><th scope="col">${t('agents.state')}</th><th scope="col" class="num">${t('agents.time')}</th></tr></thead>
              <tbody>${sorted.map((agent) => html`<${Row} key=${agent.id} agent=${agent} campaign=${campaign} now=${now} />`)}</tbody>
            </table>
          </div>`}
      ${lent.length > 0 && html`<p class="quiet" data-lent>${t('agents.lent', { who: lent.map((one) => `${one.name || one.id} → ${one.to}`).join(', ') })}</p>`}
    </${Card}>`;
}

function Row({ agent, campaign, now }) {
  const seconds = (now - Date.parse(agent.since)) / 1000;
  const long = seconds > (LONG_MIN[agent.state] ?? Infinity) * 60;
  return html`
    <tr data-agent=${agent.id}>
      <th scope="row" title=${agent.id}>${agent.name || agent.id}${agent.home && agent.home !== campaign ? html` <small class="quiet" data-home=${agent.home}>${t('agents.from', { campaign: agent.home })}</small>` : ''}</th>
      <td><i class=${`dot agent-${agent.state}`}></i>${t(`agent.${agent.state}`)}${agent.wants ? html` <small class="quiet">${t(`agents.then_${agent.wants}`)}</small>` : ''}</td>
      <td class=${long ? 'num tone-warn' : 'num'}>${duration(seconds)}</td>
    </tr>`;
}
