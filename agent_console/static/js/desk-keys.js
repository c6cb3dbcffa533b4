// Shortcuts of the desk: one letter, never while something is being written, and off for who does not want them.
import { html, Store, useEffect, useRef, useStore } from './lib.js';
import { t } from './i18n.js';
import { toneOn } from './desk-signal.js';

const KEY = 'cadencia.desk.keys';
/** Whether single letters do anything. */
export const keysOn = new Store(localStorage.getItem(KEY) !== 'off');
/** [{ key, label, run, quiet }], those of the last component that asked win. */
const bound = new Store([]);
const helping = new Store(false);

const WRITES = 'input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]';

/**
 * While the component is there, each key does its `run`. `label` is a key of the catalogue; a binding without `run` is
 * shown in the help as one that does nothing now.
 */
export function useKeys(bindings) {
  const mine = useRef();
  mine.current = bindings;
  const names = bindings.map(({ key, run }) => `${key}${run ? '' : '-'}`).join();
  useEffect(() => {
    const entries = bindings.map(({ key, label }, index) => ({
      key, label, get run() { return mine.current[index]?.run; },
    }));
    bound.update((all) => [...entries, ...all]);
    return () => bound.update((all) => all.filter((one) => !entries.includes(one)));
  }, [names]);
}

function pressed(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest?.(WRITES)) {
    if (event.key === 'Escape') event.target.blur();
    return;
  }
  if (document.querySelector('dialog[open]')) return;
  if (event.key === '?') {
    event.preventDefault();
    helping.set(true);
    return;
  }
  if (!keysOn.value) return;
  const found = bound.value.find((one) => one.key === event.key && one.run);
  if (!found) return;
  event.preventDefault();
  found.run();
}

/** Listens as long as it is there, and shows all shortcuts when asked. */
export function Keys() {
  const on = useStore(keysOn);
  const open = useStore(helping);
  useEffect(() => {
    addEventListener('keydown', pressed);
    return () => removeEventListener('keydown', pressed);
  }, []);
  return html`
    <button type="button" class="button button-plain desk-help" aria-haspopup="dialog" title=${t('keys.title')} onClick=${() => helping.set(true)}>
      <kbd>?</kbd><span>${t('keys.open')}</span></button>
    ${open && html`<${Help} on=${on} />`}`;
}

function Help({ on }) {
  const dialog = useRef(null);
  const all = useStore(bound);
  const tone = useStore(toneOn);
  useEffect(() => dialog.current.showModal(), []);
  const seen = new Set();
  const shown = all.filter(({ key }) => !seen.has(key) && seen.add(key)).sort((a, b) => a.key.localeCompare(b.key));
  return html`
    <dialog ref=${dialog} class="dialog keys" aria-labelledby="keys-title" onClose=${() => helping.set(false)}>
      <h2 id="keys-title">${t('keys.title')}</h2>
      <p>${t('keys.text')}</p>
      <dl class="keys-list">${shown.map(({ key, label, run }) => html`
        <div key=${key} class=${run ? '' : 'keys-idle'}><dt><kbd>${key}</kbd></dt><dd>${t(label)}</dd></div>`)}
        <div><dt><kbd>Ctrl</kbd> <kbd>↵</kbd></dt><dd>${t('keys.save')}</dd></div>
        <div><dt><kbd>Esc</kbd></dt><dd>${t('keys.leave')}</dd></div>
        <div><dt><kbd>?</kbd></dt><dd>${t('keys.help')}</dd></div>
      </dl>
      <label class="choice"><input type="checkbox" checked=${on} onChange=${(event) => keep(keysOn, KEY, event.target.checked)} /><span>${t('keys.letters')}</span></label>
      <label class="choice"><input type="checkbox" checked=${tone} onChange=${(event) => keep(toneOn, 'cadencia.desk.tone', event.target.checked)} /><span>${t('keys.tone')}</span></label>
      <div class="dialog-buttons"><button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.close')}</button></div>
    </dialog>`;
}

function keep(store, name, on) {
  localStorage.setItem(name, on ? 'on' : 'off');
  store.set(on);
}
