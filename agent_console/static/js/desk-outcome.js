// What came of a call: chosen during it or after, with what belongs to it, read back before it is recorded.
import { html, useEffect, useRef, useState } from './lib.js';
import { post } from './api.js';
import { clockIn } from './format.js';
import { language, t, word } from './i18n.js';
import { Card, toast } from './parts.js';
import { Against, PromiseForm, PromiseRead, promiseBody, promiseOf } from './desk-promise.js';
import { CallBackForm, callBackOf, Denied } from './desk-callback.js';
import { useDraft } from './desk-draft.js';
import { useKeys } from './desk-keys.js';
import { wallOf } from './desk-money.js';

const NOTES_MAX = 4000;
/** What each word is about; what is in no group stands with the first. */
const GROUPS = [
  ['money', ['PTP', 'PAID', 'REFUSED', 'NO_COMMITMENT', 'SALE', 'NI', 'NP', 'DEC']],
  ['later', ['CALLBACK', 'CALLBK', 'CBHOLD']],
  ['person', ['THIRD_PARTY', 'WRONG_PERSON', 'WN', 'DECEASED']],
  ['law', ['DISPUTE', 'DO_NOT_CALL', 'DNC', 'DNCL', 'DNCC', 'CEASE', 'ATTORNEY', 'BANKRUPTCY', 'MORATORIUM', 'EMPLOYER_BARS', 'CONSENT_REVOKED']],
];
/** These bind the rules from the moment they are saved: what they do is said first. */
const WEIGHTY = new Set(['DISPUTE', 'WRONG_PERSON', 'WN', 'DO_NOT_CALL', 'DNC', 'DNCL', 'DECEASED', 'CEASE', 'ATTORNEY', 'BANKRUPTCY', 'MORATORIUM', 'EMPLOYER_BARS', 'CONSENT_REVOKED', 'PAID']);
const PROMISES = 'PTP';
const CALLS_BACK = new Set(['CALLBACK', 'CALLBK', 'CBHOLD']);

export function Outcome({ desk, callId, agentId, onDone, onSaved }) {
  const { dispositions, help } = desk;
  const stored = desk.draft?.call_id === callId ? desk.draft : null;
  const [content, change, state, { hold, release, drop }] = useDraft(callId, agentId, stored, onDone);
  const [busy, setBusy] = useState(false);
  const [asking, setAsking] = useState(false);
  const [verdict, setVerdict] = useState(null);
  const [problem, setProblem] = useState(null);
  const form = useRef(null);
  const saving = useRef(false);
  const { code, notes, fields } = content;
  const zone = help?.zones[0] ?? 'UTC';
  const promise = code === PROMISES && help ? promiseOf(fields, help.debts) : null;
  const callBack = CALLS_BACK.has(code) && help ? callBackOf(fields, zone) : null;
  const ready = Boolean(code) && state !== 'card-number-refused' && !(promise && promise.against.length) && !(callBack && (!callBack.at || (verdict && !verdict.allowed)));

  const save = async () => {
    if (saving.current) return; // the second press of two comes before anything is drawn
    saving.current = true;
    setBusy(true);
    setProblem(null);
    await hold();
    try {
      const written = await post('/desk/disposition', {
        call_id: callId, code, notes, lang: language.value,
        ...(promise ? { promise: promiseBody(promise) } : {}),
        ...(callBack ? { call_back: callBack } : {}),
      });
      drop();
      toast(t('disposition.saved'));
      onSaved({ callId, code, promise: written.promise, debt: promise?.debt, callBackAt: written.call_back_at, zone });
      onDone();
    } catch (failure) {
      setProblem(failure);
      release();
    } finally {
      saving.current = false;
      setBusy(false);
      setAsking(false);
    }
  };
  const submit = (event) => {
    event?.preventDefault();
    if (!ready || busy) return;
    if (WEIGHTY.has(code) || promise || callBack) setAsking(true);
    else save();
  };
  const focusOn = (selector) => form.current?.querySelector(selector)?.focus();
  useKeys([
    { key: 'd', label: 'keys.outcome', run: () => focusOn('[name=code]:checked') ?? focusOn('[name=code]') },
    { key: 'n', label: 'keys.notes', run: () => focusOn('[name=notes]') },
    { key: 's', label: 'keys.save', run: ready ? () => submit() : undefined },
  ]);
  const onKeyDown = (event) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
  };
  return html`
    <${Card} id="disposition" title=${t('disposition.title')} className="desk-disposition"
      aside=${html`<small class="quiet" role="status">${t(state === 'kept' ? 'draft.kept' : state === 'waiting' ? 'draft.waiting' : 'draft.refused')}</small>`}>
      ${desk.written && html`<p class="saved-word">${t('disposition.already', { what: word('disposition', desk.written) })}</p>`}
      <form class="form" ref=${form} onSubmit=${submit} onKeyDown=${onKeyDown}>
        ${grouped(dispositions).map(([group, codes]) => html`
          <fieldset key=${group} class="choices"><legend>${t(`disposition.group.${group}`)}</legend>
            ${codes.map((one) => html`
              <label key=${one} class="choice"><input type="radio" name="code" value=${one} checked=${code === one} onChange=${() => change({ code: one })} /><span>${word('disposition', one)}</span></label>`)}
          </fieldset>
          ${code === PROMISES && help && codes.includes(code) && html`<${PromiseForm} fields=${fields} debts=${help.debts} onChange=${(part) => change({ fields: part })} />`}
          ${callBack && codes.includes(code) && html`<${CallBackForm} fields=${fields} debtor=${help.debtor_id} zones=${help.zones} onVerdict=${setVerdict} onChange=${(part) => change({ fields: part })} />`}`)}
        <label class="field"><span>${t('disposition.notes')}</span>
          <textarea name="notes" rows="3" maxlength=${NOTES_MAX} value=${notes} aria-describedby="notes-hint" onInput=${(event) => change({ notes: event.target.value })}></textarea>
          <small id="notes-hint" class=${state === 'card-number-refused' ? 'tone-bad' : ''} role=${state === 'card-number-refused' ? 'alert' : undefined}>${t(state === 'card-number-refused' ? 'problem.card-number-refused' : 'disposition.notes_hint')}</small></label>
        ${problem && html`<${Refused} problem=${problem} promise=${promise} zone=${zone} onNext=${(next) => { setProblem(null); change({ fields: { c_at: wallOf(next, zone) } }); }} />`}
        <button class="button button-main" disabled=${busy || !ready}>${t('disposition.submit')}</button>
      </form>
      ${asking && html`<${ReadBack} code=${code} promise=${promise} callBack=${callBack} zone=${zone} busy=${busy} onYes=${save} onNo=${() => setAsking(false)} />`}
    </${Card}>`;
}

function grouped(codes) {
  const known = new Set(GROUPS.flatMap(([, all]) => all));
  return GROUPS.map(([group, all], index) => [group, codes.filter((one) => all.includes(one) || (index === 0 && !known.has(one)))]).filter(([, some]) => some.length);
}

function Refused({ problem, promise, zone, onNext }) {
  const { objections, sentences } = problem.details ?? {};
  return html`<div class="refused" role="alert"><p>${problem.words}</p>
    ${objections && promise && html`<${Against} against=${objections} debt=${promise.debt} />`}
    ${sentences && html`<${Denied} answer=${problem.details} zone=${zone} onNext=${onNext} />`}</div>`;
}

/** What will be recorded, to be said to the debtor and confirmed once. */
function ReadBack({ code, promise, callBack, zone, busy, onYes, onNo }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} class="dialog" aria-labelledby="read-back" onClose=${onNo}>
      <h2 id="read-back">${word('disposition', code)}</h2>
      ${promise && html`<p>${t('promise.read_back')}</p><${PromiseRead} promise=${promise} />`}
      ${callBack && html`<p>${t(callBack.mine ? 'callback.read_mine' : 'callback.read_anybody', { time: clockIn(callBack.at, zone) })}</p>`}
      ${WEIGHTY.has(code) && html`<p>${t(`disposition.means.${code}`)}</p>`}
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.back')}</button>
        <button type="button" class=${`button button-${promise || callBack ? 'main' : 'bad'}`} disabled=${busy} onClick=${onYes}>${t('disposition.confirm')}</button>
      </div>
    </dialog>`;
}
