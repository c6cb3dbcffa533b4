// The frame around every page: navigation, language, the state of the link; and which page is shown.
import { html, render, useEffect, useState, useStore } from './lib.js';
import { LANGUAGES, setLanguage, startLanguage, t, useLanguage } from './i18n.js';
import { sessionLost } from './api.js';
import { link, startLive } from './live.js';
import { Banner, Icon, Toasts } from './parts.js';
import { Floor } from './floor.js';
import { Attempts } from './attempts.js';
import { Campaigns } from './campaign-list.js';
import { Compliance } from './compliance.js';
import { Desk } from './desk.js';
import { Funnel } from './funnel.js';
import { Health } from './health.js';
import { Debtor } from './debtor.js';
import { Promises } from './promises.js';
import { Review } from './review.js';
import { Account, SetUp, SignIn } from './access.js';
import { Lists, PaymentFiles } from './uploads.js';
import { Trunks } from './trunks.js';
import { Users } from './users.js';
import { Wallboard } from './wallboard.js';
import { mayOpen, me, readMe, signOut } from './me.js';

/** What is open to all: no navigation, no live link. */
const DOORS = { '/sign-in': { name: 'sign-in', page: SignIn }, '/setup': { name: 'setup', page: SetUp } };
/** Pages of a `group` share one entry of the navigation; the others of the group stand in a row below it. */
const PAGES = [
  { path: '/', name: 'floor', page: Floor, group: 'floor' },
  { path: '/campaigns', name: 'campaigns', page: Campaigns, group: 'campaigns' },
  { path: '/lists', name: 'lists', page: Lists, group: 'campaigns' },
  { path: '/attempts', name: 'attempts', page: Attempts, group: 'calls' },
  { path: '/funnel', name: 'funnel', page: Funnel, group: 'calls' },
  { path: '/review', name: 'review', page: Review, group: 'calls' },
  { path: '/promises', name: 'promises', page: Promises, group: 'money' },
  { path: '/payments', name: 'payments', page: PaymentFiles, group: 'money' },
  { path: '/compliance', name: 'compliance', page: Compliance, group: 'rules' },
  { path: '/desk', name: 'desk', page: Desk, group: 'desk' },
  { path: '/health', name: 'health', page: Health, group: 'system' },
  { path: '/trunks', name: 'trunks', page: Trunks, group: 'system' },
  { path: '/users', name: 'users', page: Users, group: 'system' },
  { path: '/account', name: 'account', page: Account, hidden: true },
  { path: '/debtor', name: 'debtor', page: Debtor, under: 'funnel', group: 'calls' },
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
  const mine = useStore(me);
  const current = PAGES.find((one) => one.path === path) ?? PAGES[0];
  const shown = PAGES.filter((one) => !one.under && !one.hidden && mayOpen(one.path));
  const groups = [...new Set(shown.map((one) => one.group))].map((group) => shown.filter((one) => one.group === group));
  const beside = shown.filter((one) => one.group === current.group);
  useEffect(() => {
    document.title = `${t(`nav.${current.name}`)} · Cadencia`;
  }, [current, language]);
  const go = (event, to) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    history.pushState(null, '', to);
    setPath(to);
    document.getElementById('main')?.focus({ preventScroll: true });
  };
  return html`
    <a class="skip" href="#main">${t('nav.skip')}</a>
    <header class="top">
      <a class="brand" href=${mine.pages[0]} onClick=${(event) => go(event, mine.pages[0])}><img src="/static/icon.svg" alt="" width="26" height="26" /><span>Cadencia</span></a>
      <nav class="nav" aria-label=${t('nav.label')}>
        ${groups.map(([{ path: to, name, group }, ...others]) => html`
          <a key=${group} href=${to} aria-current=${group === current.group ? 'page' : undefined} onClick=${(event) => go(event, to)}>
            <${Icon} name=${others.length ? group : name} /><span>${t(others.length ? `nav.group.${group}` : `nav.${name}`)}</span></a>`)}
      </nav>
      <${LinkState} />
      <${LanguageSwitch} />
      <${Person} current=${current} go=${go} />
    </header>
    ${beside.length > 1 && html`
      <nav class="subnav" aria-label=${t(`nav.group.${current.group}`)}>
        ${beside.map(({ path: to, name }) => html`
          <a key=${name} href=${to} aria-current=${name === (current.under ?? current.name) ? 'page' : undefined} onClick=${(event) => go(event, to)}>${t(`nav.${name}`)}</a>`)}
      </nav>`}
    <main id="main" tabindex="-1" key=${current.name}>
      ${lost ? html`<${Banner} tone="bad">${t('session.lost')} <a href=${`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`}>${t('session.sign_in')}</a></${Banner}>` : html`<${current.page} />`}
    </main>
    <${Toasts} />`;
}

/** Who is signed in, and the way out. */
function Person({ current, go }) {
  const mine = useStore(me);
  return html`
    <div class="person">
      <a href="/account" aria-current=${current.name === 'account' ? 'page' : undefined} title=${t('nav.account')} onClick=${(event) => go(event, '/account')}>
        <${Icon} name="person" /><span>${mine.user.name}</span></a>
      <button type="button" class="button button-plain" aria-label=${t('nav.sign_out')} title=${t('nav.sign_out')} onClick=${signOut}><${Icon} name="exit" /></button>
    </div>`;
}

/** The frame of the sign-in and of the first administrator. */
function Door({ door }) {
  const language = useLanguage();
  useEffect(() => {
    document.title = `${t(`nav.${door.name}`)} · Cadencia`;
  }, [language]);
  return html`
    <header class="top"><span class="brand"><img src="/static/icon.svg" alt="" width="26" height="26" /><span>Cadencia</span></span><${LanguageSwitch} /></header>
    <main id="main" tabindex="-1"><${door.page} /></main>
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
const root = /** @type {Element} */ (document.getElementById('app'));
const door = DOORS[location.pathname];
if (location.pathname === '/wallboard') {
  document.title = `${t('nav.wallboard')} · Cadencia`;
  render(html`<${Wallboard} />`, root);
} else if (door) render(html`<${Door} door=${door} />`, root);
else if (await readMe()) {
  if (!me.value.user.password_given) startLive();
  render(html`<${App} />`, root);
} else location.assign('/sign-in');
