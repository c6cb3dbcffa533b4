// Where a campaign's list went, and the way to one debtor.
import { html, useEffect, useState } from './lib.js';
import { get } from './api.js';
import { useCampaigns } from './campaigns.js';
import { dateTime, number, percent } from './format.js';
import { t, word } from './i18n.js';
import { Badge, Banner, Card, Empty, Icon } from './parts.js';
import { ruleWords } from './rules.js';

const PLACES = ['callable', 'resting', 'later', 'blocked', 'on-the-line', 'no-number', 'promised', 'in_flight', 'done', 'stopped'];
const HOURS_SHOWN = 12;

export function Funnel() {
  const [campaigns, trouble] = useCampaigns();
  const [wanted, setWanted] = useState(new URLSearchParams(location.search).get('c'));
  const [round, setRound] = useState(0);
  const [funnel, setFunnel] = useState(null);
  const [problem, setProblem] = useState(null);
  const name = campaigns?.find((one) => one.name === wanted)?.name ?? campaigns?.[0]?.name;
  useEffect(() => {
    if (!name) return undefined;
    let current = true;
    setFunnel(null);
    setProblem(null);
    get(`/campaigns/${encodeURIComponent(name)}/funnel`).then(
      (found) => current && setFunnel(found), (failure) => current && setProblem(failure));
    return () => { current = false; };
  }, [name, round]);
  if (trouble && !campaigns) return html`<${Banner} tone="bad">${trouble.words}</${Banner}>`;
  if (!campaigns) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!campaigns.length) return html`<${Empty} title=${t('floor.no_campaign')}>${t('floor.no_campaign_hint')}</${Empty}>`;
  const choose = (event) => {
    history.replaceState(null, '', `/funnel?c=${encodeURIComponent(event.target.value)}`);
    setWanted(event.target.value);
  };
  return html`
    <div class="page-head">
      <div><p class="eyebrow">${name}</p><h1>${t('funnel.title')}</h1></div>
      <div class="controls">
        ${campaigns.length > 1 && html`<label class="field-inline"><span>${t('attempts.campaign')}</span>
          <select value=${name} onChange=${choose}>${campaigns.map((one) => html`<option value=${one.name} selected=${one.name === name}>${one.name}</option>`)}</select></label>`}
        <button type="button" class="button" disabled=${!funnel && !problem} onClick=${() => setRound(round + 1)}>${t('action.refresh')}</button>
      </div>
    </div>
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    <div class="two">
      <div class="column">
        ${!funnel && !problem && html`<p class="loading">${t('funnel.asking')}</p>`}
        ${funnel && html`<${Places} funnel=${funnel} /><${Reasons} funnel=${funnel} />`}
      </div>
      <div class="column">
        <${Lookup} />
        ${funnel && html`<${Hours} funnel=${funnel} /><${Stopped} stopped=${funnel.stopped} />`}
      </div>
    </div>`;
}

const Bars = ({ rows, most, label }) => html`
  <ul class="bars" aria-label=${label}>
    ${rows.map(({ key, text, badge, n, note, swatch }) => html`
      <li key=${key} data-bar=${key}><span class="bar-label">${swatch && html`<i class=${`swatch ${swatch}`}></i>`}${text} ${badge && html`<${Badge}>${badge}</${Badge}>`}</span>
        <b>${number(n)}${note && html`<small class="quiet"> ${note}</small>`}</b>
        <i class="bar" style=${{ width: `${(n / most) * 100}%` }}></i></li>`)}
  </ul>`;

function Places({ funnel }) {
  const rows = PLACES.filter((place) => funnel.places[place] > 0).map((place) => ({
    key: place, text: t(`place.${place}`), n: funnel.places[place], note: percent(funnel.places[place] / funnel.leads, 0), swatch: `place-${place}`,
  }));
  return html`
    <${Card} id="places" title=${t('funnel.places', { n: funnel.leads })} aside=${html`<span class="quiet">${dateTime(funnel.at)}</span>`}>
      <div class="stack" aria-hidden="true">${rows.map(({ key, n }) => html`<i class=${`place-${key}`} style=${{ flexGrow: n }}></i>`)}</div>
      ${rows.length ? html`<${Bars} rows=${rows} most=${funnel.leads} label=${t('funnel.places', { n: funnel.leads })} />` : html`<${Empty} title=${t('funnel.empty')} />`}
    </${Card}>`;
}

function Reasons({ funnel }) {
  const rows = Object.entries(funnel.first_reasons).map(([id, n]) => {
    const { text, pack } = ruleWords(id);
    const all = funnel.all_reasons[id];
    return { key: id, text, badge: pack, n, note: all > n ? t('funnel.in_all', { n: all }) : '' };
  });
  return html`
    <${Card} id="reasons" title=${t('funnel.reasons')}>
      ${rows.length ? html`<p class="quiet card-hint">${t('funnel.reasons_hint')}</p><${Bars} rows=${rows} most=${rows[0].n} label=${t('funnel.reasons')} />`
        : html`<${Empty} title=${t('funnel.no_reasons')} />`}
    </${Card}>`;
}

function Hours({ funnel }) {
  const hours = funnel.callable_at;
  if (!hours.length) return null;
  const shown = hours.slice(0, HOURS_SHOWN);
  const rest = hours.slice(HOURS_SHOWN).reduce((sum, hour) => sum + hour.leads, 0);
  const most = Math.max(...shown.map((hour) => hour.leads));
  return html`
    <${Card} id="hours" title=${t('funnel.hours')}>
      <${Bars} rows=${shown.map((hour) => ({ key: hour.hour, text: dateTime(hour.hour), n: hour.leads }))} most=${most} label=${t('funnel.hours')} />
      ${rest > 0 && html`<p class="quiet card-hint">${t('funnel.hours_rest', { n: rest })}</p>`}
    </${Card}>`;
}

function Stopped({ stopped }) {
  const rows = Object.entries(stopped).map(([why, n]) => ({ key: why || '-', text: why ? word('stop', why) : t('funnel.unknown'), n }));
  if (!rows.length) return null;
  return html`<${Card} id="stopped" title=${t('funnel.stopped')}><${Bars} rows=${rows} most=${Math.max(...rows.map((row) => row.n))} label=${t('funnel.stopped')} /></${Card}>`;
}

/** The way to a debtor's own page. */
export function Lookup() {
  const submit = (event) => {
    event.preventDefault();
    const id = String(new FormData(event.target).get('id')).trim();
    if (id) location.assign(`/debtor?id=${encodeURIComponent(id)}`);
  };
  return html`
    <${Card} id="lookup" title=${t('lookup.title')}>
      <form class="lookup" role="search" onSubmit=${submit}>
        <label class="field"><span>${t('lookup.label')}</span>
          <input name="id" type="search" required maxlength="64" autocomplete="off" spellcheck="false" placeholder="CC-10492" /></label>
        <button class="button"><${Icon} name="search" />${t('lookup.submit')}</button>
      </form>
    </${Card}>`;
}
