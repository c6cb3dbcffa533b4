// A promise to pay: how much, when, in how many parts; held against the terms before it is sent.
import { html } from './lib.js';
import { fullDay, minor } from './format.js';
import { t } from './i18n.js';
import { addDays, objections, parseAmount, settlement, split } from './desk-money.js';

const EVERY = [7, 15, 30];

/** What the fields of a draft make of a promise: { debt, instalments, discount, against }, null without debts. */
export function promiseOf(fields, debts) {
  const owed = debts.filter((one) => one.balance_minor > 0);
  const debt = owed.find((one) => String(one.id) === fields.p_debt) ?? owed[0];
  if (!debt) return null;
  const discount = Number(fields.p_discount || 0);
  const total = discount ? settlement(debt.balance_minor, discount) : parseAmount(fields.p_amount ?? '', debt.digits);
  const count = discount ? 1 : Math.max(1, Number(fields.p_count || 1));
  const every = Number(fields.p_every || 30);
  const first = fields.p_date ?? '';
  const amounts = Number.isFinite(total) ? split(total, count, debt.digits) : [NaN];
  const instalments = amounts.map((amount, index) => ({ due_on: first && addDays(first, index * every), amount_minor: amount }));
  return { debt, discount, instalments, against: objections(instalments, discount, debt.terms) };
}

/** As the server takes it. */
export const promiseBody = ({ debt, discount, instalments }) => ({ debt: debt.id, discount, instalments });

/** What is promised, in words to read back. */
export function PromiseRead({ promise }) {
  const { debt, instalments } = promise;
  return html`<ol class="promise-read">${instalments.map((one, index) => html`
    <li key=${index}><strong>${minor(one.amount_minor, debt)}</strong> <span>${fullDay(one.due_on)}</span></li>`)}</ol>`;
}

/** Why a promise cannot be taken, in words; `debt` gives amounts their currency. */
export function Against({ against, debt }) {
  if (!against.length) return null;
  return html`<ul class="against" role="alert">${against.map(({ flaw, limit }) => html`<li key=${flaw}>${t(`flaw.${flaw}`, { limit: worded(flaw, limit, debt) })}</li>`)}</ul>`;
}

function worded(flaw, limit, debt) {
  if (limit === undefined || limit === '') return '';
  if (flaw === 'too-little' || flaw === 'too-much') return minor(Number(limit), debt);
  return /^\d{4}-/.test(limit) ? fullDay(limit) : String(limit);
}

export function PromiseForm({ fields, debts, onChange }) {
  const owed = debts.filter((one) => one.balance_minor > 0);
  const promise = promiseOf(fields, debts);
  if (!promise) return html`<p class="quiet">${t('promise.nothing')}</p>`;
  const { debt, discount } = promise;
  const { terms } = debt;
  const set = (name) => (event) => onChange({ [name]: event.target.value });
  const offers = [
    { label: t('promise.all'), amount: terms.balance_minor, part: { p_amount: plain(terms.balance_minor, debt), p_discount: '', p_count: '1' } },
    ...terms.discounts.map((one) => ({
      label: t('promise.offer', { share: Math.round(one.share * 100) }), amount: settlement(terms.balance_minor, one.share),
      part: { p_amount: '', p_discount: String(one.share), p_count: '1', p_date: addDays(terms.today, Math.min(one.within_days, 7)) },
    })),
    { label: t('promise.least'), amount: terms.minimum_minor, part: { p_amount: plain(terms.minimum_minor, debt), p_discount: '', p_count: '1' } },
  ];
  const begun = fields.p_amount || discount || fields.p_date;
  const gaps = EVERY.filter((days) => days <= terms.longest_gap_days);
  return html`
    <fieldset class="sub-form"><legend>${t('promise.title')}</legend>
      ${owed.length > 1 && html`<label class="field"><span>${t('promise.debt')}</span>
        <select name="p_debt" value=${debt.id} onChange=${(event) => onChange({ p_debt: event.target.value, p_amount: '', p_discount: '' })}>
          ${owed.map((one) => html`<option key=${one.id} value=${one.id} selected=${one.id === debt.id}>${one.reference} · ${minor(one.balance_minor, one)}</option>`)}</select></label>`}
      <div class="offers" role="group" aria-label=${t('promise.quick')}>${offers.map(({ label, amount, part }) => html`
        <button key=${label} type="button" class="offer" aria-pressed=${part.p_discount === (fields.p_discount ?? '') && (Boolean(discount) || part.p_amount === fields.p_amount)} onClick=${() => onChange(part)}>
          <span>${label}</span><strong>${minor(amount, debt)}</strong></button>`)}</div>
      <div class="field-row">
        <label class="field"><span>${t('promise.amount')} <small class="quiet">${debt.currency}</small></span>
          <input name="p_amount" inputmode="decimal" autocomplete="off" maxlength="24" disabled=${Boolean(discount)}
            value=${discount ? plain(promise.instalments[0].amount_minor, debt) : fields.p_amount ?? ''} onInput=${set('p_amount')} /></label>
        <label class="field"><span>${t('promise.date')}</span>
          <input type="date" name="p_date" min=${terms.earliest_on} max=${terms.latest_on} value=${fields.p_date ?? ''} onInput=${set('p_date')} /></label>
      </div>
      ${!discount && terms.max_instalments > 1 && html`<div class="field-row">
        <label class="field"><span>${t('promise.count')}</span>
          <select name="p_count" onChange=${set('p_count')}>${Array.from({ length: terms.max_instalments }, (_, index) => String(index + 1)).map((n) => html`
            <option key=${n} value=${n} selected=${n === (fields.p_count || '1')}>${n}</option>`)}</select></label>
        ${Number(fields.p_count || 1) > 1 && html`<label class="field"><span>${t('promise.every')}</span>
          <select name="p_every" onChange=${set('p_every')}>${gaps.map((days) => html`<option key=${days} value=${days} selected=${String(days) === (fields.p_every || '30')}>${t('promise.days', { n: days })}</option>`)}</select></label>`}
      </div>`}
      <p class="quiet small">${t('promise.limits', { least: minor(terms.minimum_minor, debt), latest: fullDay(terms.latest_on), count: terms.max_instalments })}</p>
      ${begun && (promise.against.length ? html`<${Against} against=${promise.against} debt=${debt} />` : html`<${PromiseRead} promise=${promise} />`)}
    </fieldset>`;
}

/** Minor units as they are typed: whole units without separators. */
const plain = (amount, { digits }) => {
  const value = amount / 10 ** digits;
  return Number.isInteger(value) ? String(value) : value.toFixed(digits);
};
