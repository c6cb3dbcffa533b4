// The ways out to the telephone network: what the settings say, what Asterisk says, and what they carry now.
import { html, useEffect, useState, useStore } from './lib.js';
import { get, getPatiently, query } from './api.js';
import { Checks } from './health.js';
import { number } from './format.js';
import { language, t, useLanguage, word } from './i18n.js';
import { campaigns as live } from './live.js';
import { Badge, Banner, Card, Empty, Icon, useAction } from './parts.js';

const TONE = { open: 'ok', slowed: 'warn', down: 'bad' };

export function Trunks() {
  const spoken = useLanguage();
  const [choices, setChoices] = useState(null);
  const [rows, setRows] = useState([]);
  const [problem, setProblem] = useState(null);
  const [said, setSaid] = useState(null);
  const [busy, run] = useAction();
  const ask = () => run(async () => setSaid(await getPatiently(`/trunks${query({ lang: language.value })}`)));
  useEffect(() => {
    get('/campaign-choices').then(setChoices, setProblem);
    get('/campaign-settings').then((found) => setRows(found.campaigns), setProblem);
  }, []);
  useEffect(() => {
    ask();
  }, [spoken]);
  const states = useStore(live);
  if (problem) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!choices) return html`<p class="loading">${t('state.loading')}</p>`;
  const carried = (name) => {
    const mine = rows.filter((row) => row.trunk === name).map((row) => states[row.name]?.state).filter(Boolean);
    return { lines: mine.reduce((sum, state) => sum + Object.values(state.lines).reduce((a, b) => a + b, 0), 0), health: mine.find((state) => state.trunk !== 'open')?.trunk ?? (mine.length ? 'open' : '') };
  };
  const example = JSON.stringify(Object.fromEntries(choices.trunks.map(({ name, ...trunk }) => [name, trunk])), null, 2);
  return html`
    <div class="page-head"><h1>${t('nav.trunks')}</h1></div>
    <div class="two">
      <div class="column">
        <${Card} id="trunks" title=${t('trunks.configured')}>
          ${choices.trunks.length === 0 ? html`<${Empty} title=${t('trunks.none')} />` : html`
            <div class="scroll-x" tabindex="0" role="group" aria-label=${t('trunks.configured')}><table class="table">
              <caption class="hidden">${t('trunks.configured')}</caption>
              <thead><tr><th scope="col">${t('trunks.name')}</th><th scope="col">${t('trunks.state')}</th><th scope="col" class="num">${t('trunks.calls')}</th><th scope="col" class="num">${t('trunks.per_second')}</th><th scope="col">${t('trunks.caller_id')}</th><th scope="col">${t('trunks.dial')}</th></tr></thead>
              <tbody>${choices.trunks.map((trunk) => {
                const { lines, health } = carried(trunk.name);
                return html`<tr key=${trunk.name} data-trunk=${trunk.name}><th scope="row">${trunk.name}</th>
                  <td>${health ? html`<${Badge} tone=${TONE[health] ?? 'warn'}>${word('trunk', health)}</${Badge}>` : '–'}</td>
                  <td class="num">${number(lines)} / ${number(trunk.max_lines)}</td><td class="num">${number(trunk.calls_per_second, 1)}</td>
                  <td>${trunk.caller_id || '–'}</td><td class="mono">${trunk.dial_string}</td></tr>`;
              })}</tbody>
            </table></div>`}
        </${Card}>
        <${Card} id="trunks-change" title=${t('trunks.change')}>
          <p>${t('trunks.change_hint')}</p>
          <pre class="record" tabindex="0">${`CADENCIA_TRUNKS='${example}'`}</pre>
        </${Card}>
      </div>
      <${Card} id="trunks-asterisk" title=${t('trunks.asterisk')} aside=${html`<button type="button" class="button" disabled=${busy} onClick=${ask}><${Icon} name="search" />${t('action.refresh')}</button>`}>
        ${said ? html`<${Checks} checks=${said.checks} />
          <h3>${t('trunks.registrations')}</h3>
          ${said.registrations.length === 0 ? html`<p class="quiet">${t('trunks.no_registrations')}</p>`
            : html`<ul class="fact-list">${said.registrations.map((one) => html`<li key=${one.name} data-registration=${one.name}><p><strong>${one.name}</strong> <${Badge} tone=${one.status === 'Registered' ? 'ok' : 'bad'}>${one.status}</${Badge}></p><p class="quiet">${one.server}</p></li>`)}</ul>`}`
          : html`<p class="loading">${t('state.loading')}</p>`}
      </${Card}>
    </div>`;
}
