// Signing in, making the first administrator, and one's own account.
import { html, useState, useStore } from './lib.js';
import { patch, post, put } from './api.js';
import { LANGUAGES, language, setLanguage, t } from './i18n.js';
import { me, readMe } from './me.js';
import { Banner, useAction } from './parts.js';

const text = (form, name) => String(form.get(name) ?? '');

/** Only a page of ours: what begins with two slashes would be another site. */
function wayBack(pages) {
  const wanted = new URLSearchParams(location.search).get('next') ?? '';
  return /^\/(?![/\\])/.test(wanted) && pages.includes(wanted.split('?')[0]) ? wanted : pages[0];
}

async function enter(answer) {
  if (LANGUAGES.includes(answer.user.language)) await setLanguage(answer.user.language);
  location.assign(answer.user.password_given ? '/account' : wayBack(answer.pages));
}

/** Sends a form; what goes wrong is said above it, where a screen reader hears it. */
function useForm(send) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState(null);
  const submit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setProblem(null);
    try {
      await send(new FormData(event.target), event.target);
    } catch (failure) {
      setProblem(failure);
    }
    setBusy(false);
  };
  return [busy, problem, submit];
}

export function SignIn() {
  const [busy, problem, submit] = useForm(async (form) => {
    await enter(await post('/session', { login: text(form, 'login').trim(), password: text(form, 'password') }));
  });
  return html`
    <div class="narrow"><section class="card" aria-labelledby="login-title">
      <h1 id="login-title">${t('login.title')}</h1>
      ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      <form class="form" onSubmit=${submit}>
        <label class="field"><span>${t('login.login')}</span>
          <input name="login" required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false" autofocus /></label>
        <label class="field"><span>${t('login.password')}</span>
          <input name="password" type="password" required maxlength="128" autocomplete="current-password" /></label>
        <button class="button button-main button-large" disabled=${busy}>${t('login.submit')}</button>
        <p class="quiet">${t('login.lost')}</p>
      </form>
    </section></div>`;
}

export function SetUp() {
  const [token] = useState(location.hash.slice(1));
  const [busy, problem, submit] = useForm(async (form) => {
    const answer = await post('/setup', {
      token, login: text(form, 'login').trim(), name: text(form, 'name').trim(),
      password: text(form, 'password'), language: language.value,
    });
    history.replaceState(null, '', '/setup');
    await enter(answer);
  });
  return html`
    <div class="narrow"><section class="card" aria-labelledby="setup-title">
      <h1 id="setup-title">${t('setup.title')}</h1>
      ${token ? html`<p class="quiet">${t('setup.text')}</p>` : html`<${Banner} tone="info">${t('setup.no_token')}</${Banner}>`}
      ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      ${token && html`<form class="form" onSubmit=${submit}>
        <${Login} /><${Name} />
        <${NewPassword} label=${t('login.password')} hint=${t('user.password_hint')} name="password" />
        <button class="button button-main button-large" disabled=${busy}>${t('setup.submit')}</button>
      </form>`}
    </section></div>`;
}

export const Login = () => html`
  <label class="field"><span>${t('login.login')}</span>
    <input name="login" required minlength="2" maxlength="32" pattern="[A-Za-z0-9][A-Za-z0-9._\\-]+" autocomplete="off" autocapitalize="none" spellcheck="false" />
    <small>${t('user.login_hint')}</small></label>`;

export const Name = ({ value = '' }) => html`
  <label class="field"><span>${t('user.name')}</span>
    <input name="name" required maxlength="64" autocomplete="off" defaultValue=${value} /></label>`;

export const NewPassword = ({ label, hint, name }) => html`
  <label class="field"><span>${label}</span>
    <input name=${name} type="password" required minlength="10" maxlength="128" autocomplete="new-password" /><small>${hint}</small></label>`;

export function Account() {
  const { user } = useStore(me);
  const [, run] = useAction();
  const [done, setDone] = useState(false);
  const [busy, problem, submit] = useForm(async (form, element) => {
    await put('/me/password', { old: text(form, 'old'), new: text(form, 'new') });
    element.reset();
    if (user.password_given) {
      await readMe();
      location.assign(wayBack(me.value.pages));
    } else setDone(true);
  });
  const speak = (code) => run(async () => {
    await patch('/me', { language: code });
    await setLanguage(code);
    await readMe();
  }, t('users.saved'));
  return html`
    <div class="narrow">
      <section class="card" aria-labelledby="account-title">
        <h1 id="account-title">${t('account.title')}</h1>
        <p>${user.name} · ${user.login} · ${t(`role.${user.role}`)}</p>
        ${!user.password_given && html`<div class="form"><label class="field"><span>${t('user.language')}</span>
          <select value=${user.language} onChange=${(event) => speak(event.target.value)}>${LANGUAGES.map((code) => html`<option value=${code} selected=${code === user.language}>${t(`language.${code}`)}</option>`)}</select></label></div>`}
      </section>
      <section class="card" aria-labelledby="account-password">
        <h2 id="account-password">${t('account.password')}</h2>
        ${user.password_given && html`<${Banner} tone="info">${t('account.must')}</${Banner}>`}
        ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
        ${done && html`<p role="status">${t('account.changed')}</p>`}
        <form class="form" onSubmit=${submit}>
          <input class="hidden" name="login" autocomplete="username" value=${user.login} readonly tabindex="-1" aria-hidden="true" />
          <label class="field"><span>${t('account.old')}</span>
            <input name="old" type="password" required maxlength="128" autocomplete="current-password" /></label>
          <${NewPassword} label=${t('account.new')} hint=${t('user.password_hint')} name="new" />
          <button class="button button-main" disabled=${busy}>${t('account.password')}</button>
        </form>
      </section>
    </div>`;
}
