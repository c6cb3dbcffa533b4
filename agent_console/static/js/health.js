// Is everything there, and what to do where not: quick figures, the engine by what it says, and the doctor's examination.
import { html, useEffect, useState, useStore } from './lib.js';
import { get, getPatiently, query } from './api.js';
import { useCampaigns } from './campaigns.js';
import { dateTime, number, percent, time } from './format.js';
import { language, t, useLanguage } from './i18n.js';
import { campaigns as live, link } from './live.js';
import { Badge, Banner, Card, Icon, useAction } from './parts.js';

const READ_MS = 10000;
const TONE = { ok: 'ok', warning: 'warn', failure: 'bad' };
const LOW = 0.05;

export function Health() {
  useLanguage();
  const [now, setNow] = useState(null);
  const [problem, setProblem] = useState(null);
  useEffect(() => {
    const read = () => get('/health').then((found) => { setNow(found); setProblem(null); }, setProblem);
    read();
    const timer = setInterval(read, READ_MS);
    return () => clearInterval(timer);
  }, []);
  return html`
    <div class="page-head"><h1>${t('health.title')}</h1></div>
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    <div class="two">
      <div class="column"><${Doctor} /></div>
      <div class="column">
        <${Card} id="health-now" title=${t('health.now')}>
          ${now && html`<dl class="facts">
            <div><dt>${t('health.version')}</dt><dd>${now.version}</dd></div>
            <div><dt>${t('health.up_since')}</dt><dd>${dateTime(now.up_since)}</dd></div>
            <div><dt>${t('health.database')}</dt><dd>${t('health.database_of', { kind: now.database, ms: number(now.database_ms, 1) })}</dd></div>
            <div><dt>${t('health.disk')}</dt><dd class=${now.disk_free_bytes < now.disk_total_bytes * LOW ? 'tone-bad' : ''}>${t('health.disk_of', { free: number(now.disk_free_bytes / 1e9, 1), share: percent(now.disk_free_bytes / now.disk_total_bytes, 0) })}</dd></div>
            <div><dt>${t('health.outbox')}</dt><dd>${number(now.outbox_waiting)}</dd></div>
            <div><dt>${t('health.push')}</dt><dd><${Push} /></dd></div></dl>`}
        </${Card}>
        <${Engine} />
      </div>
    </div>`;
}

const Push = () => {
  const state = useStore(link);
  return html`<${Badge} tone=${state === 'open' ? 'ok' : 'bad'}>${t(`live.${state}`)}</${Badge}>`;
};

/** The engine and Asterisk, as each campaign's last word tells. */
function Engine() {
  const [known] = useCampaigns();
  const states = useStore(live);
  return html`
    <${Card} id="health-engine" title=${t('health.engine')}>
      <ul class="fact-list">${(known ?? []).map(({ name }) => {
        const found = states[name];
        const up = found?.state.link === 'up';
        return html`
          <li key=${name} data-engine=${name}><p><strong>${name}</strong> <${Badge} tone=${!found ? 'quiet' : up ? 'ok' : 'bad'}>${t(!found ? 'health.silent' : up ? 'health.link_up' : 'health.link_down')}</${Badge}></p>
            ${found && html`<p class="quiet">${t('health.last_word', { at: time(found.state.at) })}</p>`}</li>`;
      })}</ul>
    </${Card}>`;
}

function Doctor() {
  const [found, setFound] = useState(null);
  const [busy, run] = useAction();
  const look = () => run(async () => setFound(await getPatiently(`/health/checks${query({ lang: language.value })}`)));
  return html`
    <${Card} id="doctor" title=${t('health.doctor')} aside=${html`<button type="button" class="button" disabled=${busy} onClick=${look}><${Icon} name="search" />${t(busy ? 'health.looking' : 'health.look')}</button>`}>
      ${!found && html`<p class="quiet">${t('health.doctor_hint')}</p>`}
      ${found && html`<p class="quiet card-hint">${found.verdict} · ${time(found.at)}</p><${Checks} checks=${found.checks} />`}
    </${Card}>`;
}

const RANK = ['failure', 'warning', 'ok'];

export function Checks({ checks }) {
  const sorted = [...checks].sort((a, b) => RANK.indexOf(a.status) - RANK.indexOf(b.status));
  return html`<ul class="rulings">${sorted.map((one) => html`
    <li class="ruling" key=${one.title} data-check=${one.check}>
      <${Badge} tone=${TONE[one.status]}>${t(`health.${one.status}`)}</${Badge}>
      <div><p><strong>${one.title}</strong></p><p>${one.found}</p>${one.mend && html`<p class="ruling-note">${one.mend}</p>`}</div></li>`)}</ul>`;
}
