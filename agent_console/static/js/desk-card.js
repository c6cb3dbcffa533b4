// The debtor in front of the agent: who, what is owed, since when, and what was said before.
import { html } from './lib.js';
import { dateTime, masked, money, number } from './format.js';
import { t } from './i18n.js';
import { Badge } from './parts.js';
import { Outcome } from './attempts.js';

const DAYS_TONE = (days) => (days > 90 ? 'bad' : days > 30 ? 'warn' : 'quiet');

export function DebtorCard({ card }) {
  const totals = new Map();
  for (const debt of card.debts) totals.set(debt.currency, (totals.get(debt.currency) ?? 0) + Number(debt.balance));
  return html`
    <section class="card debtor" aria-labelledby="debtor">
      <header class="card-head"><div>
        <p class="eyebrow">${t('card.debtor')}</p>
        <h2 id="debtor" class="debtor-name">${card.name}</h2>
        <p class="quiet"><span class="mono">${masked(card.number_masked)}</span>${card.external_ref && ` · ${card.external_ref}`}${card.language && ` · ${t(`language.${card.language}`)}`}</p>
      </div>
      <p class="debtor-total"><span class="quiet">${t('card.total')}</span>${[...totals].map(([currency, sum]) => html`<strong>${money(sum, currency)} <small>${currency}</small></strong>`)}</p></header>
      <table class="table">
        <caption class="hidden">${t('card.debts')}</caption>
        <thead><tr><th scope="col">${t('card.reference')}</th><th scope="col">${t('card.creditor')}</th><th scope="col" class="num">${t('card.balance')}</th><th scope="col" class="num">${t('card.days')}</th></tr></thead>
        <tbody>${card.debts.map((debt) => html`
          <tr key=${debt.reference}>
            <th scope="row">${debt.reference}${debt.product && html` <small class="quiet">${debt.product}</small>`}</th><td>${debt.creditor}</td>
            <td class="num">${money(debt.balance, debt.currency)}</td>
            <td class="num">${debt.days_past_due === null ? '–' : html`<${Badge} tone=${DAYS_TONE(debt.days_past_due)}>${number(debt.days_past_due)}</${Badge}>`}</td>
          </tr>`)}</tbody>
      </table>
      <h3>${t('card.history')}</h3>
      ${card.history.length === 0 ? html`<p class="quiet">${t('card.first_contact')}</p>` : html`
        <ol class="history">${card.history.map((one) => html`
          <li key=${one.at}><time datetime=${one.at}>${dateTime(one.at)}</time>
            <div><${Outcome} outcome=${one.outcome} /> ${one.disposition && html`<strong>${t(`disposition.${one.disposition}`)}</strong>`} ${one.agent_id && html`<small class="quiet">${one.agent_id}</small>`}
            ${one.notes && html`<p>${one.notes}</p>`}</div></li>`)}</ol>`}
    </section>`;
}
