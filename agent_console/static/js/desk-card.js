// The debtor in front of the agent: who, what is owed, since when, what is offered, and what was said before.
import { html } from './lib.js';
import { clockIn, dateTime, fullDay, masked, minor, money, number } from './format.js';
import { t, word } from './i18n.js';
import { useNow } from './clock.js';
import { Badge } from './parts.js';
import { Outcome } from './attempts.js';
import { zoneName } from './desk-callback.js';
import { bestOffer } from './desk-script.js';

const DAYS_TONE = (days) => (days > 90 ? 'bad' : days > 30 ? 'warn' : 'quiet');
const PROMISE_TONE = { pending: 'info', kept: 'ok', partly_kept: 'warn', broken: 'bad', replaced: 'quiet' };

export function DebtorCard({ card, help }) {
  const totals = new Map();
  for (const debt of card.debts) totals.set(debt.currency, (totals.get(debt.currency) ?? 0) + Number(debt.balance));
  return html`
    <section class="card debtor" aria-labelledby="debtor">
      <header class="card-head"><div>
        <p class="eyebrow">${t('card.debtor')}</p>
        <h2 id="debtor" class="debtor-name">${card.name}</h2>
        <p class="quiet"><span class="mono">${masked(card.number_masked)}</span>${card.external_ref && ` · ${card.external_ref}`}${card.language && ` · ${t(`language.${card.language}`)}`}</p>
        ${help?.zones.length > 0 && html`<${LocalTime} zone=${help.zones[0]} />`}
      </div>
      <p class="debtor-total"><span class="quiet">${t('card.total')}</span>${[...totals].map(([currency, sum]) => html`<strong key=${currency}>${money(sum, currency)} <small>${currency}</small></strong>`)}</p></header>
      <div class="scroll-x"><table class="table">
        <caption class="hidden">${t('card.debts')}</caption>
        <thead><tr><th scope="col">${t('card.reference')}</th><th scope="col">${t('card.creditor')}</th><th scope="col" class="num">${t('card.balance')}</th><th scope="col" class="num">${t('card.days')}</th></tr></thead>
        <tbody>${card.debts.map((debt) => html`
          <tr key=${debt.reference}>
            <th scope="row">${debt.reference}${debt.product && html` <small class="quiet">${debt.product}</small>`}</th><td>${debt.creditor}</td>
            <td class="num">${money(debt.balance, debt.currency)}</td>
            <td class="num">${debt.days_past_due === null ? '–' : html`<${Badge} tone=${DAYS_TONE(debt.days_past_due)}>${number(debt.days_past_due)}</${Badge}>`}</td>
          </tr>`)}</tbody>
      </table></div>
      ${help && html`<${Offers} debts=${help.debts} /><${Promises} promises=${help.promises} debts=${help.debts} />`}
      <h3>${t('card.history')}</h3>
      ${card.history.length === 0 ? html`<p class="quiet">${t('card.first_contact')}</p>` : html`
        <ol class="history">${card.history.map((one) => html`
          <li key=${one.at}><time datetime=${one.at}>${dateTime(one.at)}</time>
            <div>${one.came_in && html`<${Badge}>${t('card.came_in')}</${Badge}> `}<${Outcome} outcome=${one.outcome} /> ${one.disposition && html`<strong>${word('disposition', one.disposition)}</strong>`} ${one.agent_id && html`<small class="quiet">${one.agent_id}</small>`}
            ${one.notes && html`<p>${one.notes}</p>`}</div></li>`)}</ol>`}
    </section>`;
}

/** What time it is where the debtor is: nobody should have to reckon. */
function LocalTime({ zone }) {
  const now = useNow();
  return html`<p class="quiet">${t('card.local_time', { zone: zoneName(zone), time: clockIn(new Date(now).toISOString(), zone) })}</p>`;
}

function Offers({ debts }) {
  const open = debts.filter((one) => one.balance_minor > 0);
  if (!open.length) return null;
  return html`
    <h3>${t('card.offers')}</h3>
    <ul class="card-offers">${open.map((debt) => {
      const offer = bestOffer(debt);
      return html`<li key=${debt.id}><span>${debt.reference}</span>
        <div>${offer && html`<p><strong>${minor(offer.amount, debt)}</strong> ${t('card.settles', { share: Math.round(offer.share * 100), until: fullDay(offer.until) })}</p>`}
        <p class="quiet">${t('card.terms', { least: minor(debt.terms.minimum_minor, debt), latest: fullDay(debt.terms.latest_on), count: debt.terms.max_instalments })}</p></div></li>`;
    })}</ul>`;
}

function Promises({ promises, debts }) {
  if (!promises.length) return null;
  const newest = [...promises].reverse();
  return html`
    <h3>${t('card.promises')}</h3>
    <ul class="card-promises">${newest.map((one) => {
      const debt = debts.find((each) => each.id === one.debt_id);
      const money = debt ?? { currency: one.currency, digits: 2 };
      return html`<li key=${one.id}><${Badge} tone=${PROMISE_TONE[one.state]}>${t(`promise.state.${one.state}`)}</${Badge}>
        <div><strong>${minor(one.total_minor, money)}</strong>${debt && html` <small class="quiet">${debt.reference}</small>`}
        <p class="quiet">${one.instalments.map((each) => fullDay(each.due_on)).join(' · ')}${one.paid_minor > 0 ? ` · ${t('promise.paid', { amount: minor(one.paid_minor, money) })}` : ''}</p></div></li>`;
    })}</ul>`;
}
