// All campaigns, a new one, and the settings of the one that is chosen.
import { html, useEffect, useState, useStore } from './lib.js';
import { get, post } from './api.js';
import { STATE_TONE } from './campaigns.js';
import { CampaignSettings } from './campaign-settings.js';
import { weekdayTime } from './format.js';
import { t, useLanguage } from './i18n.js';
import { campaigns as live } from './live.js';
import { mayRun } from './me.js';
import { Badge, Banner, Card, Empty, Icon, useAction, useLatest } from './parts.js';

export function Campaigns() {
  useLanguage();
  const [rows, setRows] = useState(null);
  const [choices, setChoices] = useState(null);
  const [problem, setProblem] = useState(null);
  const [wanted, setWanted] = useState(new URLSearchParams(location.search).get('c') ?? '');
  const ask = useLatest();
  const read = () => ask('/campaign-settings').then((found) => setRows(found.campaigns), setProblem);
  useEffect(() => {
    read();
    get('/campaign-choices').then(setChoices, setProblem);
  }, []);
  if (problem) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!rows || !choices) return html`<p class="loading">${t('state.loading')}</p>`;
  const chosen = rows.find((row) => row.name === wanted)?.name ?? rows[0]?.name;
  const choose = (name) => {
    history.replaceState(null, '', `/campaigns?c=${encodeURIComponent(name)}`);
    setWanted(name);
  };
  const made = async (name) => {
    await read();
    choose(name);
  };
  return html`
    <div class="page-head"><h1>${t('campaigns.title')}</h1></div>
    <div class="campaigns">
      <div class="column">
        <${Card} id="campaign-list" title=${t('campaigns.all')} aside=${html`<span class="count">${rows.length}</span>`}>
          ${rows.length ? html`<ul class="campaign-list">${rows.map((row) => html`<${Row} key=${row.name} row=${row} current=${row.name === chosen} onChoose=${choose} />`)}</ul>`
            : html`<${Empty} title=${t('floor.no_campaign')} />`}
        </${Card}>
        ${mayRun() && html`<${NewCampaign} names=${rows.map((row) => row.name)} from=${chosen} onMade=${made} />`}
      </div>
      ${chosen && html`<${CampaignSettings} key=${chosen} name=${chosen} choices=${choices} onSaved=${read} />`}
    </div>`;
}

function Row({ row, current, onChoose }) {
  const state = useStore(live)[row.name]?.state.state ?? row.state;
  const open = (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    onChoose(row.name);
  };
  return html`
    <li><a href=${`/campaigns?c=${encodeURIComponent(row.name)}`} aria-current=${current ? 'true' : undefined} onClick=${open} data-campaign=${row.name}>
      <strong>${row.name} <${Badge} tone=${STATE_TONE[state]}>${t(`campaign.${state}`)}</${Badge}></strong>
      <small class="quiet">${[row.creditor, t(`mode.${row.mode}`)].filter(Boolean).join(' · ')}</small>
      ${row.next_at && html`<small class="quiet">${t(row.next_starts ? 'campaigns.starts_at' : 'campaigns.stops_at', { when: weekdayTime(row.next_at) })}</small>`}
    </a></li>`;
}

function NewCampaign({ names, from, onMade }) {
  const [busy, run] = useAction();
  const [round, setRound] = useState(0);
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const name = String(form.get('name')).trim();
    run(async () => {
      await post('/campaigns', { name, copy_of: form.get('copy_of') || null });
      setRound(round + 1);
      await onMade(name);
    }, t('campaigns.made', { name }));
  };
  return html`
    <${Card} id="campaign-new" title=${t('campaigns.new')}>
      <form key=${round} class="form" aria-label=${t('campaigns.new')} onSubmit=${submit}>
        <label class="field"><span>${t('campaigns.name')}</span>
          <input name="name" required maxlength="64" pattern="[A-Za-z0-9_.\\-]+" autocomplete="off" spellcheck="false" />
          <small>${t('campaigns.name_hint')}</small></label>
        ${names.length > 0 && html`<label class="field"><span>${t('campaigns.copy_of')}</span>
          <select name="copy_of"><option value="">${t('campaigns.copy_none')}</option>
            ${names.map((one) => html`<option value=${one} selected=${one === from}>${one}</option>`)}</select></label>`}
        <button class="button button-main" disabled=${busy}><${Icon} name="plus" />${t('campaigns.create')}</button>
      </form>
    </${Card}>`;
}
