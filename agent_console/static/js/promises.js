// What debtors of a campaign promised: by state and by day, and as a file for a spreadsheet.
import { html, useEffect, useState } from './lib.js';
import { get, query } from './api.js';
import { useCampaigns } from './campaigns.js';
import { day, dateTime, money } from './format.js';
import { t, useLanguage } from './i18n.js';
import { Badge, Banner, Card, Empty, Icon } from './parts.js';

const STATES = ['pending', 'kept', 'partly_kept', 'broken', 'replaced'];
const TONE = { kept: 'ok', partly_kept: 'warn', broken: 'bad', pending: 'info' };
/** The first instant of a day of this computer, and of the day after. */
const from = (text) => (text ? new Date(`${text}T00:00:00`).toISOString() : '');
const after = (text) => (text ? new Date(new Date(`${text}T00:00:00`).getTime() + 86400000).toISOString() : '');
/** As dialer/store/money.py counts them: a browser's own table gives the peso of Colombia no cents. */
const WITHOUT_MINOR_UNIT = new Set(['CLP', 'PYG', 'JPY', 'KRW', 'VND', 'ISK', 'UGX']);
/** Minor units as the decimal string that money() takes. */
const whole = (minor, currency) => String(WITHOUT_MINOR_UNIT.has(currency) ? minor : minor / 100);

export function Promises() {
  useLanguage();
  const [campaigns, unknown] = useCampaigns();
  const [filter, setFilter] = useState({ campaign: '', state: '', since: '', until: '' });
  const [page, setPage] = useState(null);
  const [problem, setProblem] = useState(null);
  const name = filter.campaign || campaigns?.[0]?.name;
  const asked = { state: filter.state, since: from(filter.since), until: after(filter.until) };
  const path = name && `/campaigns/${encodeURIComponent(name)}/promises`;
  useEffect(() => {
    if (!path) return undefined;
    let current = true;
    get(`${path}${query({ ...asked, limit: 100 })}`).then((found) => { if (current) { setPage(found); setProblem(null); } }, (failure) => { if (current) setProblem(failure); });
    return () => { current = false; };
  }, [path, filter]);
  if (unknown) return html`<${Banner} tone="bad">${unknown.words}</${Banner}>`;
  if (!campaigns) return html`<p class="loading">${t('state.loading')}</p>`;
  if (!campaigns.length) return html`<${Empty} title=${t('floor.no_campaign')} />`;
  const set = (field) => (event) => setFilter({ ...filter, [field]: event.target.value });
  const more = async () => {
    const next = await get(`${path}${query({ ...asked, limit: 100, cursor: page.next_cursor })}`);
    setPage({ items: [...page.items, ...next.items], next_cursor: next.next_cursor });
  };
  return html`
    <div class="page-head"><h1>${t('promises.title')}</h1>
      <a class="button" href=${`/api/v1${path}.csv${query(asked)}`} download><${Icon} name="download" />${t('promises.export')}</a></div>
    <form class="filters" aria-label=${t('promises.filter')} onSubmit=${(event) => event.preventDefault()}>
      <label class="field"><span>${t('attempts.campaign')}</span><select value=${name} onChange=${set('campaign')}>${campaigns.map((one) => html`<option value=${one.name} selected=${one.name === name}>${one.name}</option>`)}</select></label>
      <label class="field"><span>${t('promises.state')}</span><select value=${filter.state} onChange=${set('state')}><option value="">${t('promises.any')}</option>${STATES.map((one) => html`<option value=${one}>${t(`promise.state.${one}`)}</option>`)}</select></label>
      <label class="field"><span>${t('promises.since')}</span><input type="date" value=${filter.since} onChange=${set('since')} /></label>
      <label class="field"><span>${t('promises.until')}</span><input type="date" value=${filter.until} onChange=${set('until')} /></label>
    </form>
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    ${page && html`<${Card} id="promises" title=${t('promises.title')} aside=${html`<span class="count">${page.items.length}${page.next_cursor ? '+' : ''}</span>`}>
      ${page.items.length === 0 ? html`<${Empty} title=${t('promises.none')} />` : html`
        <div class="scroll-x" tabindex="0" role="group" aria-label=${t('promises.title')}><table class="table">
          <caption class="hidden">${t('promises.title')}</caption>
          <thead><tr><th scope="col">${t('promises.reference')}</th><th scope="col">${t('promises.state')}</th><th scope="col" class="num">${t('promises.total')}</th><th scope="col" class="num">${t('promises.paid')}</th><th scope="col">${t('promises.due')}</th><th scope="col">${t('promises.made')}</th><th scope="col">${t('promises.by')}</th><th scope="col">${t('promises.debtor')}</th></tr></thead>
          <tbody>${page.items.map((one) => html`
            <tr key=${one.id} data-promise=${one.reference}>
              <th scope="row" class="mono">${one.reference}</th>
              <td><${Badge} tone=${TONE[one.state]}>${t(`promise.state.${one.state}`)}</${Badge}></td>
              <td class="num">${money(whole(one.total_minor, one.currency), one.currency)}</td>
              <td class="num">${money(whole(one.paid_minor, one.currency), one.currency)}</td>
              <td>${one.instalments.map((each) => day(`${each.due_on}T12:00:00`)).join(', ')}</td>
              <td>${dateTime(one.promised_at)}</td>
              <td>${one.captured_by}</td>
              <td><a href=${`/debtor?id=${one.debtor_id}&campaign=${encodeURIComponent(one.campaign)}`}>${t('promises.see', { id: one.debtor_id })}</a></td>
            </tr>`)}</tbody>
        </table></div>
        ${page.next_cursor && html`<p><button type="button" class="button" onClick=${more}>${t('action.more')}</button></p>`}`}
    </${Card}>`}`;
}
