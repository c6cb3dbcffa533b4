// The supervisor's floor: one campaign, live.
import { html, useEffect, useState, useStore } from './lib.js';
import { STATE_TONE, useCampaigns } from './campaigns.js';
import { t, useLanguage } from './i18n.js';
import { campaigns as live } from './live.js';
import { Badge, Banner, Empty, useLatest } from './parts.js';
import { useNow } from './clock.js';
import { Abandonment, Lines } from './floor-cards.js';
import { Agents } from './floor-agents.js';
import { Controls } from './floor-controls.js';
import { Why } from './floor-why.js';
import { Charts } from './floor-charts.js';
import { Figures } from './floor-figures.js';
import { WhatIf } from './floor-whatif.js';

const SILENT_AFTER_MS = 4000;
const BACKLOG_MS = 10000;
const HOUR_MS = 15000;
const FORECASTS_MS = 60000;

export function Floor() {
  const [known, problem] = useCampaigns();
  const [wanted, setWanted] = useState(new URLSearchParams(location.search).get('c'));
  if (problem && !known) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!known) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!known.length) return html`<${Empty} title=${t('floor.no_campaign')}>${t('floor.no_campaign_hint')}</${Empty}>`;
  const campaign = known.find((one) => one.name === wanted) ?? known[0];
  const choose = (name) => {
    history.replaceState(null, '', `/?c=${encodeURIComponent(name)}`);
    setWanted(name);
  };
  return html`
    ${known.length > 1 && html`
      <div class="tabs" role="group" aria-label=${t('floor.campaigns')}>
        ${known.map(({ name }) => html`<${CampaignTab} key=${name} name=${name} current=${name === campaign.name} onChoose=${choose} />`)}
      </div>`}
    <${CampaignFloor} key=${campaign.name} campaign=${campaign} />`;
}

function CampaignTab({ name, current, onChoose }) {
  const state = useStore(live)[name]?.state.state ?? 'stopped';
  return html`
    <button type="button" aria-pressed=${current} onClick=${() => onChoose(name)}>
      <i class=${`dot dot-${STATE_TONE[state]}`}></i>${name}<span class="quiet">${t(`campaign.${state}`)}</span></button>`;
}

/** The latest answer of `path`, asked again while somebody looks; null until there is one. */
function useRead(path, everyMs) {
  const [answer, setAnswer] = useState(null);
  const ask = useLatest();
  useEffect(() => {
    setAnswer(null);
    if (!path) return undefined;
    const read = () => {
      if (document.visibilityState === 'visible') ask(path).then(setAnswer, () => {});
    };
    read();
    const timer = setInterval(read, everyMs);
    return () => clearInterval(timer);
  }, [path]);
  return answer;
}

function CampaignFloor({ campaign }) {
  const language = useLanguage();
  const known = useStore(live)[campaign.name];
  const backlog = useRead(`/campaigns/${encodeURIComponent(campaign.name)}/backlog`, BACKLOG_MS)?.backlog ?? null;
  const hour = useRead(`/campaigns/${encodeURIComponent(campaign.name)}/last-hour`, HOUR_MS);
  const state = known?.state ?? null;
  const phase = state?.state ?? 'stopped';
  const mode = state?.mode ?? campaign.mode;
  const calibration = `/campaigns/${encodeURIComponent(campaign.name)}/calibration`;
  const forecasts = useRead(mode === 'predictive' ? calibration : null, FORECASTS_MS)?.whole ?? null;
  return html`
    <div class="page-head">
      <div>
        <p class="eyebrow">${campaign.creditor || t('floor.campaign')} · <a href=${`/wallboard?c=${encodeURIComponent(campaign.name)}`} target="_blank" rel="noopener">${t('nav.wallboard')}</a></p>
        <h1>${campaign.name} <${Badge} tone=${STATE_TONE[phase]}>${t(`campaign.${phase}`)}</${Badge}></h1>
      </div>
      <${Controls} campaign=${campaign} state=${state} />
    </div>
    <${Banners} state=${state} heardAt=${known?.heardAt} />
    <${Figures} state=${state} samples=${known?.samples ?? []} hour=${hour} />
    <div class="floor">
      <${Charts} samples=${known?.samples ?? []} limit=${state?.target_abandonment ?? campaign.target_abandonment} language=${language} />
      <${Abandonment} state=${state} forecasts=${forecasts} limit=${state?.target_abandonment ?? campaign.target_abandonment} />
      <${Agents} agents=${state?.agents ?? []} lent=${state?.lent ?? []} campaign=${campaign.name} mode=${mode} />
      <${Lines} lines=${state?.lines ?? {}} />
      <${Why} state=${state} backlog=${backlog} />
      <${WhatIf} campaign=${campaign.name} target=${state?.target_abandonment ?? campaign.target_abandonment} mode=${mode} />
    </div>`;
}

function Banners({ state, heardAt }) {
  useNow();
  if (!state) return null;
  const silent = heardAt !== undefined && performance.now() - heardAt > SILENT_AFTER_MS;
  if (state.link === 'down') {
    return html`<${Banner} tone="bad"><strong>${t('banner.link_down')}</strong> ${t('banner.link_down_hint')}</${Banner}>`;
  }
  if (silent && state.state !== 'stopped') {
    return html`<${Banner} tone="bad"><strong>${t('banner.silent')}</strong> ${t('banner.silent_hint')}</${Banner}>`;
  }
  if (state.exhausted && state.state === 'running') {
    return html`<${Banner} tone="info"><strong>${t('banner.exhausted')}</strong> ${t('banner.exhausted_hint')}</${Banner}>`;
  }
  return null;
}
