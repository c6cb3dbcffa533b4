// One debtor before the rules: may they be contacted, why not, and what is known of them.
import { html, useEffect, useState } from './lib.js';
import { get, query } from './api.js';
import { language, t, useLanguage, word } from './i18n.js';
import { Badge, Banner, Card } from './parts.js';
import { Calls, CameIn } from './debtor-calls.js';
import { Facts } from './debtor-facts.js';
import { Lookup } from './funnel.js';
import { Rules, Verdict } from './rules.js';

const CHANNELS = ['call', 'sms', 'whatsapp', 'email', 'letter', 'visit'];

export function Debtor() {
  useLanguage();
  const asked = new URLSearchParams(location.search);
  const id = asked.get('id') ?? '';
  const [choice, setChoice] = useState({ campaign: asked.get('campaign') ?? '', number: '', channel: 'call', at: '' });
  const [debtor, setDebtor] = useState(null);
  const [answer, setAnswer] = useState(null);
  const [unknown, setUnknown] = useState(null);
  const [problem, setProblem] = useState(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (id) get(`/debtors/${encodeURIComponent(id)}`).then(setDebtor, setUnknown);
  }, [id]);
  useEffect(() => {
    if (!debtor) return undefined;
    const nobody = choice.channel === 'call' && !debtor.phones.some((phone) => phone.state === 'ok' || phone.state === 'do_not_call');
    if (nobody) {
      setAnswer(null);
      setProblem({ words: t('debtor.no_number') });
      return undefined;
    }
    let current = true;
    const at = choice.at ? new Date(choice.at).toISOString() : '';
    get(`/debtors/${debtor.id}/compliance${query({ ...choice, at, lang: language.value })}`).then(
      (found) => { if (current) { setAnswer(found); setProblem(null); } },
      (failure) => { if (current) { setAnswer(null); setProblem(failure); } });
    return () => { current = false; };
  }, [debtor, choice, round]);
  if (!id) return html`<div class="page-head"><h1>${t('nav.debtor')}</h1></div><div class="narrow"><${Lookup} /></div>`;
  if (!debtor) {
    return html`<div class="page-head"><h1>${t('nav.debtor')}</h1></div>
      ${unknown ? html`<${Banner} tone="bad">${unknown.words}</${Banner}><div class="narrow"><${Lookup} /></div>` : html`<p class="loading">${t('state.loading')}</p>`}`;
  }
  return html`
    <div class="page-head">
      <div>
        <p class="eyebrow">${[debtor.external_ref, debtor.country, `${t('debtor.id')} ${debtor.id}`].filter(Boolean).join(' · ')}</p>
        <h1>${debtor.name || t('debtor.nameless')}
          ${debtor.do_not_call && html`<${Badge} tone="bad">${t('debtor.do_not_call')}</${Badge}>`}
          ${debtor.held && html`<${Badge} tone="warn">${t('debtor.held')}</${Badge}>`}</h1>
      </div>
      <a class="button" href=${`/api/v1/debtors/${debtor.id}/file`} download=${`debtor-${debtor.id}.json`}>${t('debtor.file')}</a>
    </div>
    <div class="two">
      <${Card} id="answer" title=${t('debtor.question')}>
        <${Question} debtor=${debtor} asked=${answer?.campaign} choice=${choice} onChoice=${setChoice} />
        ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
        ${answer && html`<${Verdict} answer=${answer} /><${Rules} answer=${answer} />`}
        <p class="quiet card-hint">${t('debtor.advice')}</p>
      </${Card}>
      <${Facts} debtor=${debtor} onChanged=${() => setRound(round + 1)} />
    </div>
    <${CameIn} calls=${debtor.came_in} />
    <${Calls} debtor=${debtor.id} />`;
}

function Question({ debtor, asked, choice, onChoice }) {
  const set = (name) => (event) => onChoice({ ...choice, [name]: event.target.value });
  const campaigns = !asked || debtor.campaigns.includes(asked) ? debtor.campaigns : [asked, ...debtor.campaigns];
  return html`
    <form class="filters question" onSubmit=${(event) => event.preventDefault()}>
      ${campaigns.length > 1 && html`<label class="field"><span>${t('attempts.campaign')}</span>
        <select name="campaign" value=${asked} onChange=${set('campaign')}>${campaigns.map((one) => html`<option value=${one} selected=${one === asked}>${one}</option>`)}</select></label>`}
      <label class="field"><span>${t('debtor.channel')}</span>
        <select name="channel" value=${choice.channel} onChange=${set('channel')}>${CHANNELS.map((one) => html`<option value=${one}>${word('channel', one)}</option>`)}</select></label>
      <label class="field"><span>${t('debtor.number')}</span>
        <select name="number" value=${choice.number} onChange=${set('number')}>
          <option value="">${t('debtor.next_number')}</option>${debtor.phones.map((phone) => html`<option value=${phone.number}>${phone.number_masked}</option>`)}</select></label>
      <label class="field"><span>${t('debtor.at')}</span>
        <input type="datetime-local" name="at" value=${choice.at} onChange=${set('at')} /></label>
    </form>`;
}
