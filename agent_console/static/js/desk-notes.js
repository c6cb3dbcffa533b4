// What supervisors wrote to the agent: shown until it is put away; a tab that is opened later shows what is new there.
import { html, useState, useStore } from './lib.js';
import { hourMinute } from './format.js';
import { t } from './i18n.js';
import { notes as live } from './live.js';
import { useKeys } from './desk-keys.js';

const KEY = 'cadencia.desk.read';
const MOST = 200;

const readIds = () => {
  try {
    return new Set(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
  } catch {
    return new Set();
  }
};

export function Notes({ agentId, known }) {
  const pushed = useStore(live)[agentId] ?? [];
  const [read, setRead] = useState(readIds);
  const all = new Map([...known, ...pushed].map((one) => [one.id, one]));
  const fresh = [...all.values()].filter((one) => !read.has(one.id));
  const putAway = (id) => {
    const next = new Set([...[...readIds()].slice(-MOST), id]);
    localStorage.setItem(KEY, JSON.stringify([...next]));
    setRead(next);
  };
  useKeys([{ key: 'm', label: 'keys.message', run: fresh.length ? () => putAway(fresh[0].id) : undefined }]);
  return html`
    <div class="notes" role="log" aria-live="assertive" aria-label=${t('note.title')}>
      ${fresh.map((one) => html`
        <div key=${one.id} class="note"><div><p class="eyebrow">${t('note.from', { from: one.from, time: hourMinute(one.at) })}</p><p>${one.text}</p></div>
          <button type="button" class="button" onClick=${() => putAway(one.id)}>${t('note.read')}</button></div>`)}
    </div>`;
}
