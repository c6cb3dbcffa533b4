// Calling somebody by hand: found by document, reference, number or name; the gate decides, and says why not.
import { html, useRef, useState } from './lib.js';
import { post } from './api.js';
import { masked, weekdayTime } from './format.js';
import { language, t, word } from './i18n.js';
import { Badge, Card, Empty, Icon, toast } from './parts.js';
import { Denied } from './desk-callback.js';
import { useKeys } from './desk-keys.js';

const FEWEST = 3;

export function ManualDial({ onDone }) {
  const input = useRef(null);
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const [busy, setBusy] = useState(false);
  useKeys([{ key: 'b', label: 'keys.search', run: () => input.current?.focus() }]);
  const submit = async (event) => {
    event.preventDefault();
    const text = input.current.value.trim();
    if (text.length < FEWEST) return;
    setBusy(true);
    setProblem(null);
    try {
      setFound((await post('/desk/search', { text })).debtors);
    } catch (failure) {
      setProblem(failure);
    } finally {
      setBusy(false);
    }
  };
  return html`
    <${Card} id="manual" title=${t('dial.title')} className="desk-dial">
      <form class="search-row" role="search" onSubmit=${submit}>
        <label class="field"><span>${t('dial.label')}</span>
          <input ref=${input} name="who" type="search" minlength=${FEWEST} maxlength="120" autocomplete="off" required placeholder=${t('dial.example')} /></label>
        <button class="button" disabled=${busy}><${Icon} name="search" />${t('dial.search')}</button>
      </form>
      <div role="status">
        ${problem && html`<p class="against">${problem.words}</p>`}
        ${found?.length === 0 && html`<${Empty} title=${t('dial.nobody')}>${t('dial.nobody_hint')}</${Empty}>`}
      </div>
      ${found?.length > 0 && html`<ul class="found">${found.map((one) => html`<${Found} key=${`${one.campaign} ${one.id}`} debtor=${one} onDone=${onDone} />`)}</ul>`}
    </${Card}>`;
}

function Found({ debtor, onDone }) {
  const usable = debtor.phones.filter((one) => one.state === 'ok');
  const [phone, setPhone] = useState(usable[0]?.id ?? null);
  const [refused, setRefused] = useState(null);
  const [busy, setBusy] = useState(false);
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const attempt = async (action) => {
    setBusy(true);
    try {
      await action();
    } catch (failure) {
      setRefused(failure);
    } finally {
      setBusy(false);
    }
  };
  const call = () => attempt(async () => {
    setRefused(null);
    await post('/desk/dial', { debtor: debtor.id, phone, lang: language.value });
    onDone();
  });
  const later = (at) => attempt(async () => {
    await post('/desk/call-back', { debtor: debtor.id, phone, at, mine: true, lang: language.value });
    setRefused(null);
    toast(t('callback.promised'));
  });
  const facts = [debtor.external_ref, debtor.document_masked && masked(debtor.document_masked), debtor.campaign].filter(Boolean);
  return html`
    <li class="found-one">
      <div><strong>${debtor.name || t('debtor.nameless')}</strong><p class="quiet">${facts.join(' · ')}</p></div>
      <div class="found-act">
        ${debtor.phones.length === 0 ? html`<span class="quiet">${t('dial.no_number')}</span>` : html`
          <label class="hidden" for=${`phone-${debtor.id}`}>${t('dial.number')}</label>
          <select id=${`phone-${debtor.id}`} onChange=${(event) => setPhone(Number(event.target.value))}>
            ${debtor.phones.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === phone} disabled=${one.state !== 'ok'}>${masked(one.number_masked)}${one.kind ? ` · ${word('phone', one.kind)}` : ''}${one.state === 'ok' ? '' : ` · ${t(`phone.${one.state}`)}`}</option>`)}</select>`}
        <button type="button" class="button button-main" disabled=${busy || phone === null} onClick=${call}><${Icon} name="phone" />${t('dial.call')}</button>
      </div>
      ${refused && html`<div class="refused" role="alert"><p><${Badge} tone="bad">${t('dial.refused')}</${Badge}> ${refused.words}</p>
        <${Denied} answer=${refused.details} zone=${zone} action=${refused.details.next_allowed_at && t('dial.later', { time: weekdayTime(refused.details.next_allowed_at) })} onNext=${later} /></div>`}
    </li>`;
}
