// Words in Spanish and English. Spanish is the house language; a person's choice is kept in this browser.
import { Store, useStore } from './lib.js';

export const LANGUAGES = ['es', 'en'];
const KEY = 'cadencia.language';
const catalogues = {};
export const language = new Store(null);

async function load(code) {
  if (!catalogues[code]) {
    const answer = await fetch(`/static/i18n/${code}.json`);
    catalogues[code] = await answer.json();
  }
}

export async function setLanguage(code) {
  await load(code);
  document.documentElement.lang = code;
  localStorage.setItem(KEY, code);
  language.set(code);
}

export async function startLanguage() {
  const wanted = new URLSearchParams(location.search).get('lang') ?? localStorage.getItem(KEY);
  await setLanguage(wanted !== null && LANGUAGES.includes(wanted) ? wanted : 'es');
}

/** All words of a language, whatever this page is read in: what is spoken to a debtor is in theirs. */
export async function wordsOf(code) {
  await load(code);
  return catalogues[code];
}

/** True where the catalogue has words for the key. */
export const known = (key) => catalogues[language.value]?.[key] !== undefined;

/** The words for a key; `{name}` is replaced from values, and `key.one` / `key.other` chosen by `values.n`. */
export function t(key, values = {}) {
  const words = catalogues[language.value] ?? {};
  let text = words[key];
  if (text === undefined && typeof values.n === 'number') {
    text = words[`${key}.${new Intl.PluralRules(language.value).select(values.n)}`] ?? words[`${key}.other`];
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === 'number' ? new Intl.NumberFormat(locale()).format(value) : String(value);
  });
}

/** The words for an id from outside (a reason, a rule): the id itself, made readable, where there are none. */
export function word(group, id) {
  const key = `${group}.${id}`;
  return known(key) ? t(key) : String(id).replaceAll(/[-_]/g, ' ');
}

export const localeOf = (code) => (code === 'en' ? 'en-GB' : 'es-CO');
export const locale = () => localeOf(language.value);

export function useLanguage() {
  return useStore(language);
}
