// Who may sign in, and as what. Accounts are disabled, never deleted.
import { html, useEffect, useState, useStore } from './lib.js';
import { del, get, patch, post, put, query } from './api.js';
import { LANGUAGES, t } from './i18n.js';
import { Login, Name, NewPassword } from './access.js';
import { me } from './me.js';
import { Badge, Banner, Card, Confirm, useAction, useLatest } from './parts.js';

const ROLES = ['agent', 'supervisor', 'admin', 'auditor'];

async function everybody() {
  const found = [];
  let cursor;
  do {
    const page = await get(`/users${query({ cursor, limit: 200 })}`);
    found.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor);
  return found;
}

export function Users() {
  const [users, setUsers] = useState(null);
  const [problem, setProblem] = useState(null);
  const [editing, setEditing] = useState(null);
  const ask = useLatest(everybody);
  const read = () => ask().then(setUsers, setProblem);
  useEffect(() => {
    read();
  }, []);
  if (problem) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!users) return html`<p class="loading">${t('state.loading')}</p>`;
  const open = users.find((user) => user.id === editing);
  const changed = () => {
    setEditing(null);
    read();
  };
  return html`
    <div class="page-head"><h1>${t('users.title')}</h1></div>
    <div class="two">
      <${Card} id="user-list" title=${t('users.title')} aside=${html`<span class="count">${users.length}</span>`}>
        <ul class="user-list">${users.map((user) => html`<${Line} key=${user.id} user=${user} current=${user.id === editing} onEdit=${() => setEditing(user.id)} />`)}</ul>
      </${Card}>
      <div class="column">${open ? html`<${Edit} key=${open.id} user=${open} onDone=${changed} onChange=${read} />` : html`<${Add} onDone=${read} />`}</div>
    </div>`;
}

function Line({ user, current, onEdit }) {
  return html`
    <li data-user=${user.login} class=${current ? 'current' : ''}>
      <div><strong>${user.name}</strong> <span class="quiet">${user.login}${user.agent_id && ` · ${user.agent_id}`}</span></div>
      <div><${Badge} tone=${user.role === 'admin' ? 'info' : 'quiet'}>${t(`role.${user.role}`)}</${Badge}>
        ${user.state === 'disabled' && html` <${Badge} tone="bad">${t('users.disabled')}</${Badge}>`}
        ${user.password_given && user.state === 'active' && html` <${Badge}>${t('users.given')}</${Badge}>`}</div>
      <button type="button" class="button button-plain" aria-label=${t('users.edit_this', { login: user.login })} onClick=${onEdit}>${t('users.edit')}</button>
    </li>`;
}

/** @param {{ user?: any }} props */
function Fields({ user = {} }) {
  const [role, setRole] = useState(user.role ?? 'agent');
  return html`
    <${Name} value=${user.name} />
    <label class="field"><span>${t('user.role')}</span>
      <select name="role" value=${role} onChange=${(event) => setRole(event.target.value)}>${ROLES.map((one) => html`<option value=${one} selected=${one === role}>${t(`role.${one}`)}</option>`)}</select>
      <small>${t(`role.${role}.hint`)}</small></label>
    <label class="field"><span>${t('user.language')}</span>
      <select name="language">${LANGUAGES.map((code) => html`<option value=${code} selected=${code === (user.language ?? 'es')}>${t(`language.${code}`)}</option>`)}</select></label>
    <label class="field"><span>${t('user.agent_id')}</span>
      <input name="agent_id" maxlength="64" pattern="[A-Za-z0-9_.\\-]*" autocomplete="off" spellcheck="false" defaultValue=${user.agent_id ?? ''} />
      <small>${t('user.agent_id_hint')}</small></label>`;
}

const filled = (target) => Object.fromEntries([...new FormData(target)].map(([name, value]) => [name, name === 'password' ? value : String(value).trim()]));

function Add({ onDone }) {
  const [busy, run] = useAction();
  const [round, setRound] = useState(0);
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      await post('/users', filled(event.target));
      setRound(round + 1);
      onDone();
    }, t('users.created'));
  };
  return html`
    <${Card} id="user-add" title=${t('users.add')}>
      <form key=${round} class="form" onSubmit=${submit} aria-label=${t('users.add')}>
        <${Login} /><${Fields} />
        <${NewPassword} label=${t('user.first_password')} hint=${t('user.first_password_hint')} name="password" />
        <button class="button button-main" disabled=${busy}>${t('users.add')}</button>
      </form>
    </${Card}>`;
}

function Edit({ user, onDone, onChange }) {
  const [busy, run] = useAction();
  const [asking, setAsking] = useState(false);
  const own = useStore(me).user.id === user.id;
  const save = (event) => {
    event.preventDefault();
    run(async () => {
      await patch(`/users/${user.id}`, filled(event.target));
      onDone();
    }, t('users.saved'));
  };
  const give = (event) => {
    event.preventDefault();
    run(async () => {
      await put(`/users/${user.id}/password`, filled(event.target));
      event.target.reset();
      onChange();
    }, t('users.password_given'));
  };
  const become = (state) => run(async () => {
    await patch(`/users/${user.id}`, { state });
    onDone();
  }, t('users.saved'));
  return html`
    <${Card} id="user-edit" title=${t('users.edit_this', { login: user.login })}>
      <form class="form" onSubmit=${save} aria-label=${t('users.edit_this', { login: user.login })}>
        <${Fields} user=${user} />
        <div class="button-row"><button class="button button-main" disabled=${busy}>${t('users.save')}</button>
          <button type="button" class="button" onClick=${onDone}>${t('action.cancel')}</button></div>
      </form>
    </${Card}>
    ${!own && html`
      <${Card} id="user-password" title=${t('users.new_password')}>
        <form class="form" onSubmit=${give} aria-label=${t('users.new_password')}>
          <${NewPassword} label=${t('user.first_password')} hint=${t('user.first_password_hint')} name="password" />
          <button class="button" disabled=${busy}>${t('users.new_password')}</button>
        </form>
        <div class="form"><div class="button-row">
          <button type="button" class="button" disabled=${busy} onClick=${() => run(() => del(`/users/${user.id}/sessions`), t('users.sessions_ended'))}>${t('users.end_sessions')}</button>
          ${user.state === 'active'
            ? html`<button type="button" class="button button-bad" disabled=${busy} onClick=${() => setAsking(true)}>${t('users.disable')}</button>`
            : html`<button type="button" class="button" disabled=${busy} onClick=${() => become('active')}>${t('users.enable')}</button>`}
        </div></div>
      </${Card}>`}
    ${asking && html`<${Confirm} title=${t('users.disable_title', { login: user.login })} text=${t('users.disable_text')} action=${t('users.disable')}
      onYes=${() => become('disabled')} onNo=${() => setAsking(false)} />`}`;
}
