// Every agent, what they are doing and for how long.
import { html, useMemo, useState } from './lib.js';
import { useNow } from './clock.js';
import { duration, number } from './format.js';
import { language, t, word } from './i18n.js';
import { mayRun } from './me.js';
import { Supervise } from './floor-supervise.js';
import { Card, Empty } from './parts.js';

const ORDER = ['talking', 'reserved', 'preview', 'ready', 'wrap_up', 'paused', 'connecting', 'offline'];
/** Minutes after which a state deserves a second look. */
const LONG_MIN = { wrap_up: 3, paused: 20, ready: 5, talking: 20, reserved: 1, connecting: 1, preview: 3 };

/** `lent` are agents of this campaign who help another one now. */
export function Agents({ agents, campaign, lent = [] }) {
  const now = useNow();
  const [helped, setWith] = useState(/** @type {string | null} */ (null));
  const assisted = agents.find((agent) => agent.id === helped);
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
              <thead><tr><th scope="col">${t('agents.agent')}</th><th scope="col">${t('agents.state')}</th><th scope="col" class="num">${t('agents.time')}</th>${mayRun() && html`<th scope="col"><span class="hidden">${t('supervise.column')}</span></th>`}</tr></thead>
              <tbody>${sorted.map((agent) => html`<${Row} key=${agent.id} agent=${agent} campaign=${campaign} now=${now} onAssist=${mayRun() && setWith} />`)}</tbody>
            </table>
          </div>`}
      ${assisted && html`<${Supervise} agent=${assisted} campaign=${campaign} onClose=${() => setWith(null)} />`}
      ${lent.length > 0 && html`<p class="quiet" data-lent>${t('agents.lent', { who: lent.map((one) => `${one.name || one.id} → ${one.to}`).join(', ') })}</p>`}
    </${Card}>`;
}

function Row({ agent, campaign, now, onAssist }) {
  const seconds = (now - Date.parse(agent.since)) / 1000;
  const long = seconds > (LONG_MIN[agent.state] ?? Infinity) * 60;
  const time = duration(seconds);
  const then = [agent.wants && t(`agents.then_${agent.wants}`), agent.reason && word('pause', agent.reason)].filter(Boolean).join(': ');
  // Hundreds of rows, few of which changed since the last frame.
  return useMemo(() => html`
    <tr data-agent=${agent.id}>
      <th scope="row" title=${agent.id}>${agent.name || agent.id}${agent.home && agent.home !== campaign ? html` <small class="quiet" data-home=${agent.home}>${t('agents.from', { campaign: agent.home })}</small>` : ''}</th>
      <td><i class=${`dot agent-${agent.state}`}></i>${t(`agent.${agent.state}`)}${then ? html` <small class="quiet">${then}</small>` : ''}</td>
      <td class=${long ? 'num tone-warn' : 'num'}>${time}</td>
      ${onAssist && html`<td class="num"><button type="button" class="button button-small supervise-button" aria-haspopup="dialog" aria-label=${t('supervise.open_label', { name: agent.name || agent.id })} onClick=${() => onAssist(agent.id)}>${t('supervise.open')}</button></td>`}
    </tr>`, [agent, campaign, then, time, long, onAssist, language.value]);
}
