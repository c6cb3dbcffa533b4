// Preact, htm and the hooks in one place, so that pages import them by one name.
import { createContext, Fragment, h, render } from '../vendor/preact.js';
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from '../vendor/preact-hooks.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
export { createContext, Fragment, h, render, useCallback, useContext, useEffect, useMemo, useRef, useState };

/** A value that components can watch. */
export class Store {
  constructor(value) {
    this.value = value;
    this.watchers = new Set();
  }

  set(value) {
    if (Object.is(value, this.value)) return;
    this.value = value;
    for (const watcher of [...this.watchers]) watcher(value);
  }

  update(change) {
    this.set(change(this.value));
  }
}

/** The value of a store, rendering again when it changes. */
export function useStore(store) {
  const [value, setValue] = useState(store.value);
  useEffect(() => {
    setValue(store.value);
    store.watchers.add(setValue);
    return () => store.watchers.delete(setValue);
  }, [store]);
  return value;
}
