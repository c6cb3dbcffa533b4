// Small pieces that every page uses.
import { html, Store, useEffect, useMemo, useRef, useState, useStore } from './lib.js';
import { get } from './api.js';
import { t } from './i18n.js';

const PATHS = {
  floor: 'M3 20V10m6 10V4m6 16v-7m6 7V8',
  attempts: 'M4 6h16M4 12h16M4 18h10',
  desk: 'M4 13v-1a8 8 0 0 1 16 0v1M4 13h3v6H5a1 1 0 0 1-1-1zm16 0h-3v6h2a1 1 0 0 0 1-1z',
  campaigns: 'M4 6h16v4H4zm0 8h10v4H4zm14 0h2m-2 4h2',
  calls: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  money: 'M3 7h18v10H3zm9 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 10v4m12-4v4',
  rules: 'M12 4v16m-5 0h10M5 8l7-2 7 2M5 8l-2.5 6h5zm14 0l-2.5 6h5z',
  system: 'M12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6zm0-12v3m0 12v3m9-9h-3M6 12H3m15.4-6.4l-2.1 2.1M7.7 16.3l-2.1 2.1m12.8 0l-2.1-2.1M7.7 7.7L5.6 5.6',
  payments: 'M3 7h18v10H3zm9 7.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM6 10v4m12-4v4',
  lists: 'M12 16V4m0 0L7 9m5-5l5 5M4 20h16',
  compliance: 'M12 4v16m-5 0h10M5 8l7-2 7 2M5 8l-2.5 6h5zm14 0l-2.5 6h5z',
  health: 'M3 12h4l3-7 4 14 3-7h4',
  promises: 'M5 12l5 5L20 7',
  trunks: 'M4 12h16M14 6l6 6-6 6',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  plus: 'M12 5v14M5 12h14',
  upload: 'M12 16V4m0 0L7 9m5-5l5 5M4 20h16',
  download: 'M12 4v12m0 0l-5-5m5 5l5-5M4 20h16',
  funnel: 'M4 5h16l-6 8v6l-4-2v-4z',
  play: 'M7 5l12 7-12 7z',
  drain: 'M12 4v12m0 0l-5-5m5 5l5-5M5 20h14',
  stop: 'M6 6h12v12H6z',
  close: 'M6 6l12 12M18 6L6 18',
  phone: 'M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z',
  alert: 'M12 4l9 16H3zm0 6v4m0 3v.01',
  audio: 'M5 10v4m4-7v10m4-13v16m4-12v8m4-5v2',
  pause: 'M8 5v14M16 5v14',
  review: 'M5 10v4m4-7v10m4-13v16M16 14l3 3 4-6',
  check: 'M5 12l5 5L20 7',
  skip: 'M6 5l9 7-9 7zM18 5v14',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 8a8 8 0 0 1 16 0',
  users: 'M9 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-7 9a7 7 0 0 1 14 0M16 4a4 4 0 0 1 0 7m2 4a7 7 0 0 1 4 5',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zm-8 8a8 8 0 0 1 16 0',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zm0 4v5l3 3',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zm5-2l5 5',
  exit: 'M14 4h5a1 1 0 0 1 1 1v14a1 1 0 0 1-1 1h-5M10 8l-4 4 4 4m-4-4h10',
};

export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${PATHS[name]} /></svg>`;

export const Card = ({ title, id, aside, children, className = '' }) => html`
  <section class=${`card ${className}`} aria-labelledby=${id}>
    <header class="card-head"><h2 id=${id}>${title}</h2>${aside}</header>
    ${children}
  </section>`;

export const Badge = ({ tone = 'quiet', children }) => html`<span class=${`badge badge-${tone}`}>${children}</span>`;

export const Banner = ({ tone, children }) => html`
  <div class=${`banner banner-${tone}`} role=${tone === 'bad' ? 'alert' : 'status'}><${Icon} name="alert" /><div>${children}</div></div>`;

export const Empty = ({ title, children }) => html`
  <div class="empty"><p class="empty-title">${title}</p>${children && html`<p>${children}</p>`}</div>`;

// ---------------------------------------------------------------- short messages at the foot of the page

const toasts = new Store([]);
let nextToast = 0;

export function toast(text, tone = 'ok') {
  const id = nextToast++;
  toasts.update((all) => [...all.slice(-2), { id, text, tone }]);
  setTimeout(() => toasts.update((all) => all.filter((one) => one.id !== id)), tone === 'bad' ? 9000 : 4000);
}

export function Toasts() {
  const all = useStore(toasts);
  return html`<div class="toasts" role="status" aria-live="polite">
    ${all.map((one) => html`<div key=${one.id} class=${`toast toast-${one.tone}`}>${one.text}</div>`)}
  </div>`;
}

/**
 * Runs an action of a button: busy while it lasts, then a word on how it went. Gives [busy, run].
 * @returns {[boolean, (action: () => any, success?: string) => Promise<any>]}
 */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const run = async (action, success) => {
    setBusy(true);
    try {
      const result = await action();
      if (success) toast(success);
      return result;
    } catch (problem) {
      toast(problem.words ?? String(problem), 'bad');
      return undefined;
    } finally {
      setBusy(false);
    }
  };
  return [busy, run];
}

/**
 * `ask`, whose answers may come in any order: whoever was overtaken by a later asking gets the later one's answer. Each
 * question that a component asks again wants one of its own.
 * @param {(...given: any[]) => Promise<any>} ask
 * @returns {(...given: any[]) => Promise<any>}
 */
export function useLatest(ask = get) {
  return useMemo(() => {
    let last;
    /** @returns {Promise<any>} */
    const follow = (one) => one.then(
      (found) => (one === last ? found : follow(last)),
      (problem) => {
        if (one !== last) return follow(last);
        throw problem;
      });
    return (...given) => follow((last = ask(...given)));
  }, []);
}

// ---------------------------------------------------------------- a question before something weighty

export function Confirm({ title, text, action, tone = 'bad', onYes, onNo }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} class="dialog" onClose=${onNo} aria-labelledby="confirm-title">
      <h2 id="confirm-title">${title}</h2>
      <p>${text}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.cancel')}</button>
        <button type="button" class=${`button button-${tone}`} onClick=${() => { onYes(); dialog.current.close(); }}>${action}</button>
      </div>
    </dialog>`;
}
