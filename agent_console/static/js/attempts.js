// The log of attempts: newest first, page by page, filtered; one attempt opens beside it.
import { html, useEffect, useRef, useState } from './lib.js';
import { get, query } from './api.js';
import { useCampaigns } from './campaigns.js';
import { day, duration, masked, seconds, time } from './format.js';
import { t } from './i18n.js';
import { Badge, Banner, Empty, Icon } from './parts.js';
import { AttemptDetail } from './attempt-detail.js';

export const OUTCOMES = [
  'conversation', 'abandoned', 'hung_up_early', 'machine', 'message_left', 'announcement', 'fax', 'silence',
  'no_answer', 'busy', 'rejected', 'unallocated', 'congestion', 'failed', 'cancelled', 'lost',
];
export const OUTCOME_TONE = { conversation: 'ok', abandoned: 'bad', hung_up_early: 'warn', lost: 'bad', failed: 'warn', congestion: 'warn' };

const PAGE = 50;
const TYPING_MS = 300;
const NO_FILTER = { campaign: '', outcome: '', agent: '', number: '' };

export function Attempts() {
  const [campaigns] = useCampaigns();
  const [filter, setFilter] = useState(NO_FILTER);
  const [rows, setRows] = useState(null);
  const [cursor, setCursor] = useState(null);
  const [problem, setProblem] = useState(null);
  const [round, setRound] = useState(0);
  const [open, setOpen] = useState(new URLSearchParams(location.search).get('call'));
  const asked = useRef(0);

  const read = async (from) => {
    const mine = ++asked.current;
    try {
      const page = await get(`/attempts${query({ ...filter, cursor: from, limit: PAGE })}`);
      if (mine !== asked.current) return; // a later question has been asked meanwhile
      setRows((before) => (from ? [...before, ...page.rows] : page.rows));
      setCursor(page.next_cursor);
      setProblem(null);
    } catch (failure) {
      if (mine === asked.current) setProblem(failure);
    }
  };
  useEffect(() => {
    const timer = setTimeout(() => read(null), rows ? TYPING_MS : 0);
    return () => clearTimeout(timer);
  }, [filter, round]);

  const show = (id) => {
    history.replaceState(null, '', id ? `/attempts?call=${id}` : '/attempts');
    setOpen(id);
  };
  const set = (name) => (event) => setFilter({ ...filter, [name]: event.target.value });
  const filtered = Object.values(filter).some(Boolean);
  return html`
    <div class="page-head"><h1>${t('attempts.title')}</h1>
      <button type="button" class="button" onClick=${() => setRound(round + 1)}>${t('action.refresh')}</button></div>
    <form class="filters" role="search" onSubmit=${(event) => event.preventDefault()}>
      ${campaigns?.length > 1 && html`
        <label class="field"><span>${t('attempts.campaign')}</span>
          <select value=${filter.campaign} onChange=${set('campaign')}>
            <option value="">${t('filter.all')}</option>${campaigns.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select></label>`}
      <label class="field"><span>${t('attempts.outcome')}</span>
        <select name="outcome" value=${filter.outcome} onChange=${set('outcome')}>
          <option value="">${t('filter.all')}</option>${OUTCOMES.map((one) => html`<option value=${one}>${t(`outcome.${one}`)}</option>`)}</select></label>
      <label class="field"><span>${t('attempts.number')}</span>
        <input type="search" name="number" inputmode="tel" autocomplete="off" placeholder=${t('filter.number')} value=${filter.number} onInput=${set('number')} /></label>
      <label class="field"><span>${t('attempts.agent')}</span>
        <input type="search" name="agent" autocomplete="off" placeholder=${t('filter.agent')} value=${filter.agent} onInput=${set('agent')} /></label>
      ${filtered && html`<button type="button" class="button button-plain" onClick=${() => setFilter(NO_FILTER)}>${t('filter.clear')}</button>`}
    </form>
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    <div class=${open ? 'split split-open' : 'split'}>
      <section class="card" aria-label=${t('attempts.title')}>
        ${rows === null ? html`<p class="loading">${t('state.loading')}</p>` : rows.length === 0
          ? html`<${Empty} title=${t(filtered ? 'attempts.none_filtered' : 'attempts.none')}>${!filtered && t('attempts.none_hint')}</${Empty}>`
          : html`<${Log} rows=${rows} open=${open} onOpen=${show} />`}
        ${cursor && html`<div class="more"><button type="button" class="button" onClick=${() => read(cursor)}>${t('action.more')}</button></div>`}
      </section>
      ${open && html`<${AttemptDetail} key=${open} id=${open} onClose=${() => show(null)} />`}
    </div>`;
}

function Log({ rows, open, onOpen }) {
  return html`
    <div class="scroll-x"><table class="table log">
      <caption class="hidden">${t('attempts.title')}</caption>
      <thead><tr>
        <th scope="col">${t('attempts.time')}</th><th scope="col">${t('attempts.number')}</th><th scope="col">${t('attempts.outcome')}</th>
        <th scope="col" class="wide">${t('attempts.verdict')}</th><th scope="col" class="wide">${t('attempts.agent')}</th>
        <th scope="col" class="num wide">${t('attempts.ring')}</th><th scope="col" class="num mid">${t('attempts.talk')}</th>
        <th scope="col" class="wide">${t('attempts.disposition')}</th><th scope="col"><span class="hidden">${t('attempts.recording')}</span></th>
      </tr></thead>
      <tbody>${rows.map((row) => html`<${Row} key=${row.call_id} row=${row} current=${row.call_id === open} onOpen=${onOpen} />`)}</tbody>
    </table></div>`;
}

export const Outcome = ({ outcome, released }) => html`
  <${Badge} tone=${outcome ? OUTCOME_TONE[outcome] : released ? 'quiet' : 'info'}>${t(`outcome.${outcome ?? (released ? 'released' : 'open')}`)}</${Badge}>`;

function Row({ row, current, onOpen }) {
  return html`
    <tr class=${current ? 'current' : ''} onClick=${() => onOpen(row.call_id)} data-call=${row.call_id}>
      <td class="when"><button type="button" class="row-button" aria-expanded=${current} aria-label=${t('attempts.open', { time: time(row.reserved_at) })}
        onClick=${(event) => { event.stopPropagation(); onOpen(row.call_id); }}>${time(row.reserved_at)}</button> <small class="quiet">${day(row.reserved_at)}</small></td>
      <td class="mono">${masked(row.number_masked)}</td>
      <td><${Outcome} outcome=${row.outcome} released=${row.released} /></td>
      <td class="wide">${row.verdict ? t(`verdict.${row.verdict}`) : ''}</td>
      <td class="wide">${row.agent_id ?? ''}</td>
      <td class="num wide">${row.ring_s === null ? '' : seconds(row.ring_s)}</td>
      <td class="num mid">${row.talk_s === null ? '' : duration(row.talk_s)}</td>
      <td class="wide">${row.disposition ? t(`disposition.${row.disposition}`) : ''}</td>
      <td>${row.recorded && html`<span class="recorded" title=${t('attempts.recorded')}><${Icon} name="audio" /></span>`}</td>
    </tr>`;
}
