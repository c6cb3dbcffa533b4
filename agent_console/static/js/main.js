// The frame around every page: navigation, language, the state of the link; and which page is shown.
import { html, render, useEffect, useState, useStore } from './lib.js';
import { LANGUAGES, setLanguage, startLanguage, t, useLanguage } from './i18n.js';
import { sessionLost } from './api.js';
import { link, startLive } from './live.js';
import { Banner, Icon, Toasts } from './parts.js';
import { Floor } from './floor.js';
import { Attempts } from './attempts.js';
import { Desk } from './desk.js';
import { Funnel } from './funnel.js';
import { Debtor } from './debtor.js';
import { Review } from './review.js';

const PAGES = [
  { path: '/', name: 'floor', page: Floor },
  { path: '/attempts', name: 'attempts', page: Attempts },
  { path: '/funnel', name: 'funnel', page: Funnel },
  { path: '/desk', name: 'desk', page: Desk },
  { path: '/review', name: 'review', page: Review },
  { path: '/debtor', name: 'debtor', page: Debtor, under: 'funnel' },
];

function App() {
  const language = useLanguage();
  const lost = useStore(sessionLost);
  const [path, setPath] = useState(location.pathname);
  useEffect(() => {
    const moved = () => setPath(location.pathname);
    addEventListener('popstate', moved);
    return () => removeEventListener('popstate', moved);
  }, []);
  const current = PAGES.find((one) => one.path === path) ?? PAGES[0];
  useEffect(() => {
    document.title = `${t(`nav.${current.name}`)} · Cadencia`;
  }, [current, language]);
  const go = (event, to) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    history.pushState(null, '', to);
    setPath(to);
    document.getElementById('main').focus({ preventScroll: true });
  };
  return html`
    <a class="skip" href="#main">${t('nav.skip')}</a>
    <header class="top">
      <a class="brand" href="/" onClick=${(event) => go(event, '/')}><img src="/static/icon.svg" alt="" width="26" height="26" /><span>Cadencia</span></a>
      <nav class="nav" aria-label=${t('nav.label')}>
        ${PAGES.filter((one) => !one.under).map(({ path: to, name }) => html`
          <a href=${to} aria-current=${name === (current.under ?? current.name) ? 'page' : undefined} onClick=${(event) => go(event, to)}>
            <${Icon} name=${name} /><span>${t(`nav.${name}`)}</span></a>`)}
      </nav>
      <${LinkState} />
      <${LanguageSwitch} />
    </header>
    <main id="main" tabindex="-1" key=${current.name}>
      ${lost ? html`<${Banner} tone="bad">${t('session.lost')}</${Banner}>` : html`<${current.page} />`}
    </main>
    <${Toasts} />`;
}

function LinkState() {
  const state = useStore(link);
  return html`<div class=${`link link-${state}`} role="status"><i class="dot"></i><span>${t(`live.${state}`)}</span></div>`;
}

function LanguageSwitch() {
  const current = useLanguage();
  return html`
    <div class="switch" role="group" aria-label=${t('nav.language')}>
      ${LANGUAGES.map((code) => html`
        <button type="button" lang=${code} aria-pressed=${code === current} title=${t(`language.${code}`)}
          onClick=${() => setLanguage(code)}>${code.toUpperCase()}</button>`)}
    </div>`;
}

await startLanguage();
startLive();
render(html`<${App} />`, document.getElementById('app'));
