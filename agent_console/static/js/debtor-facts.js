// What is known of a debtor and binds the rules: the list, and the form to record one more.
import { html, useEffect, useState } from './lib.js';
import { get, post } from './api.js';
import { mayRun } from './me.js';
import { day } from './format.js';
import { known, locale, t, word } from './i18n.js';
import { Badge, Banner, Card, Empty, useAction, useLatest } from './parts.js';

/** What can be recorded: the kind of fact, what it speaks of, and its value where there is nothing more to ask. */
const WHAT = {
  attorney: { kind: 'flag', subject: 'debt' },
  cease_written: { kind: 'flag', subject: 'debt' },
  disputed_unverified: { kind: 'flag', subject: 'debt' },
  moratorium: { kind: 'flag', subject: 'debt' },
  bankruptcy: { kind: 'flag', subject: 'debtor' },
  employer_bars_calls: { kind: 'flag', subject: 'debtor' },
  stop_calls_by_debtor: { kind: 'flag', subject: 'number' },
  consent_revoked: { kind: 'flag', subject: 'number' },
  dnc_internal: { kind: 'flag', subject: 'number' },
  quiet_time: { kind: 'quiet_time', subject: 'debtor' },
  channels: { kind: 'channels', subject: 'debtor' },
  consent: { kind: 'consent', subject: 'debt', value: {} },
  notice_sent: { kind: 'notice', subject: 'debt', value: {} },
  notice_not_sent: { kind: 'notice', subject: 'debt', value: { sent: false } },
};
const CHANNELS = ['call', 'sms', 'whatsapp', 'email', 'letter', 'visit'];
const MONDAY = Date.UTC(2024, 0, 1);

const weekday = (index) => new Intl.DateTimeFormat(locale(), { weekday: 'short', timeZone: 'UTC' }).format(new Date(MONDAY + index * 86400000));
const clock = (seconds) => `${String(Math.floor(seconds / 3600)).padStart(2, '0')}:${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}`;
const seconds = (text) => Number(text.slice(0, 2)) * 3600 + Number(text.slice(3, 5)) * 60;

export function Facts({ debtor, onChanged }) {
  const [facts, setFacts] = useState(null);
  const [problem, setProblem] = useState(null);
  const [round, setRound] = useState(0);
  const ask = useLatest((paths) => Promise.all(paths.map((path) => get(path))));
  useEffect(() => {
    const asked = [`/facts?debtor=${debtor.id}`, ...debtor.phones.map((phone) => `/facts?number=${encodeURIComponent(phone.number)}`)];
    ask(asked).then((all) => setFacts(all.flatMap((one) => one.facts)), setProblem);
  }, [debtor.id, round]);
  const changed = () => {
    setRound(round + 1);
    onChanged();
  };
  return html`
    <${Card} id="facts" title=${t('facts.title')}>
      ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      ${facts && (facts.length ? html`<ul class="fact-list">${facts.map((fact) => html`<${Fact} key=${fact.id} fact=${fact} debtor=${debtor} onChanged=${changed} />`)}</ul>`
        : html`<${Empty} title=${t('facts.none')}>${t('facts.none_hint')}</${Empty}>`)}
      ${mayRun() && html`<${FactForm} debtor=${debtor} onChanged=${changed} />`}
    </${Card}>`;
}

function factWords({ kind, value }) {
  if (kind === 'flag') return known(`fact.${value.flag}`) ? t(`fact.${value.flag}`) : value.flag;
  if (kind === 'quiet_time') return t('fact.quiet_time_of', { days: value.days.map(weekday).join(', '), from: clock(value.from_s), to: clock(value.to_s) });
  if (kind === 'channels') return t('fact.channels_of', { channels: value.channels.map((one) => word('channel', one)).join(', ') || '–' });
  if (kind === 'notice') return t(value.sent === false ? 'fact.notice_not_sent' : 'fact.notice_sent');
  return t(`fact.${kind}`);
}

function Fact({ fact, debtor, onChanged }) {
  const [busy, run] = useAction();
  const end = () => run(async () => {
    await post(`/facts/${fact.id}/end`, {});
    onChanged();
  }, t('facts.ended'));
  const about = fact.subject === 'debt' ? debtor.debts.find((debt) => debt.id === fact.debt_id)?.reference
    : fact.subject === 'number' ? debtor.phones.find((phone) => phone.number === fact.number)?.number_masked : '';
  return html`
    <li class=${fact.ended_at ? 'fact ended' : 'fact'} data-fact=${fact.id}>
      <div><p><strong>${factWords(fact)}</strong> ${about && html`<${Badge}>${about}</${Badge}>`}</p>
        <p class="ruling-source">${[t('facts.since', { day: day(fact.at) }), fact.source, fact.recorded_by].join(' · ')}</p>
        ${fact.ended_at && html`<p class="ruling-source">${t('facts.ended_by', { day: day(fact.ended_at), by: fact.ended_by })}</p>`}</div>
      ${!fact.ended_at && mayRun() && html`<button type="button" class="button button-plain" disabled=${busy} onClick=${end} aria-label=${t('facts.end_this', { what: factWords(fact) })}>${t('facts.end')}</button>`}
    </li>`;
}

function FactForm({ debtor, onChanged }) {
  const [busy, run] = useAction();
  const [what, setWhat] = useState('attorney');
  const { kind, subject, value } = WHAT[what];
  const submit = (event) => {
    event.preventDefault();
    const form = new FormData(event.target);
    const values = {
      flag: () => ({ flag: what }),
      quiet_time: () => ({ days: form.getAll('day').map(Number), from_s: seconds(form.get('from')), to_s: seconds(form.get('to')) }),
      channels: () => ({ channels: form.getAll('channel') }),
    };
    const about = subject === 'debt' ? { debt: Number(form.get('debt')) } : subject === 'number' ? { number: form.get('number') } : { debtor: debtor.id };
    run(async () => {
      await post('/facts', { kind, value: value ?? values[kind](), ...about, source: String(form.get('source')).trim() });
      event.target.reset();
      setWhat('attorney');
      onChanged();
    }, t('facts.recorded'));
  };
  return html`
    <form class="form fact-form" onSubmit=${submit} aria-label=${t('facts.record')}>
      <h3>${t('facts.record')}</h3>
      <label class="field"><span>${t('facts.what')}</span>
        <select name="what" value=${what} onChange=${(event) => setWhat(event.target.value)}>${Object.keys(WHAT).map((one) => html`<option value=${one} selected=${one === what}>${t(`fact.${one}`)}</option>`)}</select></label>
      ${subject === 'debt' && html`<label class="field"><span>${t('card.debts')}</span>
        <select name="debt" required>${debtor.debts.map((debt) => html`<option value=${debt.id}>${`${debt.reference} · ${debt.creditor}`}</option>`)}</select></label>`}
      ${subject === 'number' && html`<label class="field"><span>${t('debtor.number')}</span>
        <select name="number" required>${debtor.phones.map((phone) => html`<option value=${phone.number}>${phone.number_masked}</option>`)}</select></label>`}
      ${kind === 'quiet_time' && html`
        <fieldset class="ticks"><legend>${t('facts.days')}</legend>${[0, 1, 2, 3, 4, 5, 6].map((index) => html`<label><input type="checkbox" name="day" value=${index} />${weekday(index)}</label>`)}</fieldset>
        <div class="pair"><label class="field"><span>${t('facts.from')}</span><input type="time" name="from" required /></label>
          <label class="field"><span>${t('facts.to')}</span><input type="time" name="to" required /></label></div>`}
      ${kind === 'channels' && html`
        <fieldset class="ticks"><legend>${t('facts.channels')}</legend>${CHANNELS.map((one) => html`<label><input type="checkbox" name="channel" value=${one} />${word('channel', one)}</label>`)}</fieldset>`}
      <label class="field"><span>${t('facts.source')}</span>
        <input name="source" required maxlength="2000" autocomplete="off" placeholder=${t('facts.source_hint')} /></label>
      <button class="button button-main" disabled=${busy}>${t('facts.submit')}</button>
    </form>`;
}
