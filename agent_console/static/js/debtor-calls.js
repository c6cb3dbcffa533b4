// Every attempt at a debtor; each opens with its timeline, the decision behind it and its recording.
import { html, useEffect, useState } from './lib.js';
import { get, query } from './api.js';
import { AttemptDetail } from './attempt-detail.js';
import { Outcome } from './attempts.js';
import { dateTime, duration, masked } from './format.js';
import { t, word } from './i18n.js';
import { Banner, Card, Empty, Icon } from './parts.js';

export function Calls({ debtor }) {
  const [page, setPage] = useState(null);
  const [problem, setProblem] = useState(null);
  const [open, setOpen] = useState('');
  useEffect(() => {
    get(`/attempts${query({ debtor, limit: 50 })}`).then(setPage, setProblem);
  }, [debtor]);
  const more = async () => {
    const next = await get(`/attempts${query({ debtor, limit: 50, cursor: page.next_cursor })}`);
    setPage({ rows: [...page.rows, ...next.rows], next_cursor: next.next_cursor });
  };
  return html`
    <div class=${open ? 'two debtor-calls' : 'debtor-calls'}>
      <${Card} id="debtor-calls" title=${t('debtor.attempts')} aside=${page && html`<span class="count">${page.rows.length}${page.next_cursor ? '+' : ''}</span>`}>
        ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
        ${page && (page.rows.length === 0 ? html`<${Empty} title=${t('debtor.no_attempts')} />` : html`
          <ul class="campaign-list">${page.rows.map((row) => html`
            <li key=${row.call_id} data-attempt=${row.call_id}><a href=${`/attempts?id=${row.call_id}`} aria-current=${row.call_id === open ? 'true' : undefined} onClick=${(event) => { event.preventDefault(); setOpen(row.call_id); }}>
              <strong><span><${Outcome} outcome=${row.outcome} released=${row.released} /></span>${row.recorded && html`<${Icon} name="audio" />`}</strong>
              <small class="quiet">${[dateTime(row.reserved_at), masked(row.number_masked), row.campaign, row.agent_id, row.talk_s && duration(row.talk_s)].filter(Boolean).join(' · ')}</small></a></li>`)}</ul>
          ${page.next_cursor && html`<button type="button" class="button" onClick=${more}>${t('action.more')}</button>`}`)}
      </${Card}>
      ${open && html`<${AttemptDetail} key=${open} id=${open} onClose=${() => setOpen('')} />`}
    </div>`;
}

/** The debtor's own calls: what came of each, and who said so. */
export function CameIn({ calls }) {
  if (!calls.length) return null;
  return html`
    <${Card} id="debtor-came-in" className="debtor-calls" title=${t('debtor.came_in')} aside=${html`<span class="count">${calls.length}</span>`}>
      <ol class="history">${calls.map((one) => html`
        <li key=${one.at}><time datetime=${one.at}>${dateTime(one.at)}</time>
          <div><${Outcome} outcome=${one.outcome} /> ${one.disposition && html`<strong>${word('disposition', one.disposition)}</strong>`} <small class="quiet">${one.agent_id ?? t('debtor.self_service')}</small>
          ${one.notes && html`<p>${one.notes}</p>`}</div></li>`)}</ol>
    </${Card}>`;
}
