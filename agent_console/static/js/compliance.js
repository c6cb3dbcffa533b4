// For whoever answers for the law: what does not add up, legal holds, rules set aside by two people, the trail, erasure.
import { html, useEffect, useState, useStore } from './lib.js';
import { get, getPatiently, post, query } from './api.js';
import { dateTime } from './format.js';
import { t, useLanguage, word } from './i18n.js';
import { mayRun, me } from './me.js';
import { Badge, Banner, Card, Confirm, Empty, useAction, useLatest } from './parts.js';

const TABS = ['incidents', 'holds', 'overrides', 'trail', 'erasure'];

export function Compliance() {
  useLanguage();
  const isAdmin = useStore(me).user.role === 'admin';
  const [tab, setTab] = useState(location.hash.slice(1) || TABS[0]);
  const shown = TABS.filter((one) => one !== 'erasure' || isAdmin);
  const choose = (one) => {
    history.replaceState(null, '', `/compliance#${one}`);
    setTab(one);
  };
  const Shown = { incidents: Incidents, holds: Holds, overrides: Overrides, trail: Trail, erasure: Erasure }[tab] ?? Incidents;
  return html`
    <div class="page-head"><h1>${t('compliance.title')}</h1></div>
    <div class="tabs" role="group" aria-label=${t('compliance.title')}>
      ${shown.map((one) => html`<button type="button" key=${one} aria-pressed=${one === tab} onClick=${() => choose(one)}>${t(`compliance.${one}`)}</button>`)}
    </div>
    <${Shown} />`;
}

/** The latest answer of `path` and how to ask again. */
function useAnswer(path) {
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const ask = useLatest();
  const read = () => ask(path).then((found) => { setAnswer(found); setProblem(null); }, setProblem);
  useEffect(() => {
    setAnswer(null);
    read();
  }, [path]);
  return [answer, problem, read];
}

const Waiting = ({ problem }) => (problem ? html`<${Banner} tone="bad">${problem.words}</${Banner}>` : html`<p class="loading">${t('state.loading')}</p>`);

/** One sentence and a button: `onDone` gets what was written. */
function Sentence({ label, action, onDone, fields }) {
  const [busy, run] = useAction();
  const [round, setRound] = useState(0);
  const submit = (event) => {
    event.preventDefault();
    const form = Object.fromEntries(new FormData(event.target));
    run(async () => {
      await onDone(form);
      setRound(round + 1);
    }, t('compliance.done'));
  };
  return html`
    <form key=${round} class="form" aria-label=${action} onSubmit=${submit}>
      ${fields}
      <label class="field"><span>${label}</span><input name="reason" required minlength="3" maxlength="500" autocomplete="off" /></label>
      <div class="button-row"><button class="button button-main" disabled=${busy}>${action}</button></div>
    </form>`;
}

function Incidents() {
  const [resolved, setResolved] = useState(false);
  const [answer, problem, read] = useAnswer(`/compliance/incidents${query({ resolved, limit: 100 })}`);
  return html`
    <${Card} id="incidents" title=${t('compliance.incidents')} aside=${html`<label class="field-inline"><input type="checkbox" checked=${resolved} onChange=${(event) => setResolved(event.target.checked)} />${t('compliance.resolved_too')}</label>`}>
      <p class="quiet card-hint">${t('compliance.incidents_hint')}</p>
      ${!answer ? html`<${Waiting} problem=${problem} />` : answer.rows.length === 0 ? html`<${Empty} title=${t(resolved ? 'compliance.none_resolved' : 'compliance.none_open')} />`
        : html`<ul class="fact-list">${answer.rows.map((one) => html`
          <li key=${one.id} class="incident" data-incident=${one.id}>
            <p><strong>${word('incident', one.kind)}</strong> <span class="quiet">${dateTime(one.at)} · <span class="mono">${one.ref}</span></span></p>
            <details><summary>${t('compliance.detail')}</summary><pre class="record">${JSON.stringify(one.detail, null, 2)}</pre></details>
            ${one.resolved_at ? html`<p class="quiet">${t('compliance.resolved_by', { who: one.resolved_by, when: dateTime(one.resolved_at) })}: ${one.note}</p>`
              : mayRun() && html`<${Sentence} label=${t('compliance.explanation')} action=${t('compliance.resolve')} onDone=${async ({ reason }) => { await post(`/compliance/incidents/${one.id}/resolve`, { note: reason }); await read(); }} />`}
          </li>`)}</ul>`}
    </${Card}>`;
}

const DebtorField = ({ optional }) => html`<label class="field"><span>${t('compliance.debtor')}</span><input name="debtor" type="number" min="1" required=${!optional} placeholder=${optional ? t('compliance.everybody') : ''} /></label>`;
const debtorOf = (form) => (form.debtor ? Number(form.debtor) : null);

function Holds() {
  const [answer, problem, read] = useAnswer('/compliance/holds');
  return html`
    <div class="two">
      <${Card} id="holds" title=${t('compliance.holds')}>
        <p class="quiet card-hint">${t('compliance.holds_hint')}</p>
        ${!answer ? html`<${Waiting} problem=${problem} />` : answer.holds.length === 0 ? html`<${Empty} title=${t('compliance.no_holds')} />`
          : html`<ul class="fact-list">${answer.holds.map((one) => html`
            <li key=${one.id} data-hold=${one.id}>
              <p><strong>${one.debtor_id ? t('promises.see', { id: one.debtor_id }) : t('compliance.everybody')}</strong>: ${one.reason}</p>
              <p class="quiet">${one.placed_by} · ${dateTime(one.placed_at)}</p>
              ${mayRun() && html`<details><summary>${t('compliance.lift')}</summary><${Sentence} label=${t('compliance.why')} action=${t('compliance.lift')} onDone=${async ({ reason }) => { await post('/compliance/holds/lift', { debtor: one.debtor_id, reason }); await read(); }} /></details>`}
            </li>`)}</ul>`}
      </${Card}>
      ${mayRun() && html`<${Card} id="hold-new" title=${t('compliance.place')}>
        <${Sentence} label=${t('compliance.why')} action=${t('compliance.place')} fields=${html`<${DebtorField} optional=${true} />`} onDone=${async (form) => { await post('/compliance/holds', { debtor: debtorOf(form), reason: form.reason }); await read(); }} />
      </${Card}>`}
    </div>`;
}

function Overrides() {
  const [answer, problem, read] = useAnswer('/overrides');
  const own = useStore(me).user.login;
  const [busy, run] = useAction();
  const settle = (id, verb) => run(async () => {
    await post(`/overrides/${id}/${verb}`, {});
    await read();
  }, t('compliance.done'));
  const state = (one) => (one.revoked_at ? 'revoked' : one.in_force ? 'in_force' : one.approved_at ? (Date.parse(one.until_at) < Date.parse(answer.now) ? 'over' : 'approved') : 'waiting');
  const TONE = { in_force: 'warn', waiting: 'info', approved: 'ok' };
  return html`
    <div class="two">
      <${Card} id="overrides" title=${t('compliance.overrides')}>
        <p class="quiet card-hint">${t('compliance.overrides_hint')}</p>
        ${!answer ? html`<${Waiting} problem=${problem} />` : answer.overrides.length === 0 ? html`<${Empty} title=${t('compliance.no_overrides')} />`
          : html`<ul class="fact-list">${answer.overrides.map((one) => html`
            <li key=${one.id} data-override=${one.id}>
              <p><strong>${one.rule}</strong> <${Badge} tone=${TONE[state(one)]}>${t(`compliance.override.${state(one)}`)}</${Badge}></p>
              <p>${one.reason}</p>
              <p class="quiet">${dateTime(one.from_at)} – ${dateTime(one.until_at)} · ${one.debtor_id ? t('promises.see', { id: one.debtor_id }) : t('compliance.everybody')}</p>
              <p class="quiet">${t('compliance.asked_by', { who: one.asked_by })}${one.approved_by ? ` · ${t('compliance.approved_by', { who: one.approved_by })}` : ''}${one.revoked_by ? ` · ${t('compliance.revoked_by', { who: one.revoked_by })}` : ''}</p>
              ${mayRun() && ['waiting', 'in_force', 'approved'].includes(state(one)) && html`<div class="button-row">
                ${state(one) === 'waiting' && html`<button type="button" class="button button-main" disabled=${busy || one.asked_by === own} title=${one.asked_by === own ? t('compliance.another_person') : undefined} onClick=${() => settle(one.id, 'approve')}>${t('compliance.approve')}</button>`}
                <button type="button" class="button" disabled=${busy} onClick=${() => settle(one.id, 'revoke')}>${t(state(one) === 'waiting' ? 'compliance.turn_down' : 'compliance.revoke')}</button></div>
                ${state(one) === 'waiting' && one.asked_by === own && html`<p class="quiet card-hint">${t('compliance.another_person')}</p>`}`}
            </li>`)}</ul>`}
      </${Card}>
      ${mayRun() && html`<${Card} id="override-new" title=${t('compliance.ask')}>
        <${Sentence} label=${t('compliance.why')} action=${t('compliance.ask')} fields=${html`
          <label class="field"><span>${t('compliance.rule')}</span><input name="rule" required maxlength="120" placeholder="house/gap-2h" spellcheck="false" autocomplete="off" /><small>${t('compliance.rule_hint')}</small></label>
          <${DebtorField} optional=${true} />
          <div class="pair"><label class="field"><span>${t('promises.since')}</span><input type="datetime-local" name="from_at" required /></label>
          <label class="field"><span>${t('promises.until')}</span><input type="datetime-local" name="until_at" required /></label></div>`}
          onDone=${async (form) => { await post('/overrides', { rule: form.rule.trim(), reason: form.reason, debtor: debtorOf(form), from_at: new Date(form.from_at).toISOString(), until_at: new Date(form.until_at).toISOString() }); await read(); }} />
      </${Card}>`}
    </div>`;
}

function Trail() {
  const [check, setCheck] = useState(null);
  const [busy, run] = useAction();
  const [purge, problem] = useAnswer('/compliance/purge');
  return html`
    <div class="two">
      <${Card} id="trail" title=${t('compliance.trail')}>
        <p class="quiet card-hint">${t('compliance.trail_hint')}</p>
        <button type="button" class="button button-main" disabled=${busy} onClick=${() => run(async () => setCheck(await getPatiently('/compliance/verify')))}>${t('compliance.verify')}</button>
        ${check && html`
          <p class=${`verdict verdict-${check.findings.length ? 'bad' : 'ok'} spaced`} data-verified><i class=${`dot dot-${check.findings.length ? 'bad' : 'ok'}`}></i><span>${t(check.findings.length ? 'compliance.broken' : 'compliance.sound', { records: check.records, checkpoints: check.checkpoints })}</span></p>
          <ul>${check.findings.map((one) => html`<li key=${one}>${one}</li>`)}</ul>`}
      </${Card}>
      <${Card} id="purge" title=${t('compliance.purge')}>
        <p class="quiet card-hint">${t('compliance.purge_hint')}</p>
        ${!purge ? html`<${Waiting} problem=${problem} />` : html`<dl class="pairs">${['recordings', 'calls', 'records'].map((one) => html`<div key=${one}><dt>${t(`compliance.purge.${one}`)}</dt><dd>${purge[one]}</dd></div>`)}</dl>`}
      </${Card}>
    </div>`;
}

function Erasure() {
  const [asked, setAsked] = useState(null);
  const [result, setResult] = useState(null);
  const [busy, run] = useAction();
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    setAsked({ debtor: Number(form.get('debtor')), reason: String(form.get('reason')) });
  };
  const erase = () => run(async () => setResult(await post(`/debtors/${asked.debtor}/erase`, { reason: asked.reason, confirm: asked.debtor })), t('compliance.erased'));
  return html`
    <div class="narrow-card"><${Card} id="erasure" title=${t('compliance.erasure')}>
      <p class="quiet card-hint">${t('compliance.erasure_hint')}</p>
      <form class="form" aria-label=${t('compliance.erasure')} onSubmit=${submit}>
        <${DebtorField} />
        <label class="field"><span>${t('compliance.why')}</span><input name="reason" required minlength="3" maxlength="500" autocomplete="off" /></label>
        <div class="button-row"><button class="button button-bad" disabled=${busy}>${t('compliance.erase')}</button></div>
      </form>
      ${result && html`<div data-erased><h3>${t('compliance.kept')}</h3>
        ${result.kept.length === 0 ? html`<p>${t('compliance.nothing_kept')}</p>` : html`<ul class="fact-list">${result.kept.map((one) => html`<li key=${one.cls}>${one.cls}: ${one.count} · ${one.rules.join(', ')}${one.until ? ` · ${one.until}` : ''}</li>`)}</ul>`}</div>`}
    </${Card}></div>
    ${asked && html`<${Confirm} title=${t('compliance.erase_title', { id: asked.debtor })} text=${t('compliance.erase_text')} action=${t('compliance.erase')} onYes=${erase} onNo=${() => setAsked(null)} />`}`;
}
