// What the agent says: the campaign's script for this debtor, or the standard one, with its values filled in.
import { html, useEffect, useState } from './lib.js';
import { fullDay, minor } from './format.js';
import { localeOf, t, wordsOf } from './i18n.js';
import { settlement } from './desk-money.js';

const HOLE = /\{(\w+)\}/g;

/** The offer that takes most off a debt: { amount, until }, null where there is none. */
export function bestOffer({ terms }) {
  const best = [...terms.discounts].sort((a, b) => b.share - a.share)[0];
  if (!best || terms.balance_minor <= 0) return null;
  const until = new Date(Date.parse(`${terms.today}T00:00:00Z`) + best.within_days * 86400000).toISOString().slice(0, 10);
  return { share: best.share, amount: settlement(terms.balance_minor, best.share), until: until < terms.latest_on ? until : terms.latest_on };
}

/** The fields of a script by their names; what is not known is left out. */
export function scriptValues({ card, help, agent, words }) {
  const locale = localeOf(help.language);
  const debt = help.debts.find((one) => one.balance_minor > 0);
  const values = { debtor: card.name, agent, disclosure: help.disclosures.map((one) => words[`disclosure.${one}`]).filter(Boolean).join(' ') };
  if (!debt) return values;
  const { terms } = debt;
  const offer = bestOffer(debt);
  const same = help.debts.filter((one) => one.currency === debt.currency);
  return {
    ...values,
    creditor: debt.creditor, reference: debt.reference, product: debt.product,
    balance: minor(debt.balance_minor, debt, locale), total: minor(same.reduce((sum, one) => sum + one.balance_minor, 0), debt, locale),
    days: debt.days_past_due === null ? '' : String(debt.days_past_due),
    minimum: minor(terms.minimum_minor, debt, locale), latest: fullDay(terms.latest_on, locale), instalments: String(terms.max_instalments),
    offer: offer ? minor(offer.amount, debt, locale) : '', offer_until: offer ? fullDay(offer.until, locale) : '',
  };
}

/** Paragraphs of { text, filled }; one that asks for what is not known is left out. Pure. */
export function fillScript(template, values) {
  const paragraphs = [];
  for (const line of template.split('\n').map((one) => one.trim()).filter(Boolean)) {
    const pieces = [];
    let end = 0;
    let whole = true;
    for (const hole of line.matchAll(HOLE)) {
      const value = values[hole[1]];
      if (!value) whole = false;
      pieces.push({ text: line.slice(end, hole.index) }, { text: value, filled: true });
      end = hole.index + hole[0].length;
    }
    pieces.push({ text: line.slice(end) });
    if (whole) paragraphs.push(pieces.filter((one) => one.text));
  }
  return paragraphs;
}

export function Script({ card, help, agent }) {
  const [words, setWords] = useState(null);
  useEffect(() => { wordsOf(help.language).then(setWords); }, [help.language]);
  if (!words) return null;
  const values = scriptValues({ card, help, agent, words });
  const paragraphs = fillScript(help.script || words['script.standard'], values);
  return html`
    <section class="card script" aria-labelledby="script">
      <header class="card-head"><h2 id="script">${t('script.title')}</h2>${help.segment && html`<span class="quiet">${t('script.segment', { segment: help.segment })}</span>`}</header>
      ${help.disclosures.length > 0 && html`
        <div class="must-say" role="note"><p class="eyebrow">${t('script.must')}</p>
          <ul lang=${help.language}>${help.disclosures.map((one) => html`<li key=${one} data-disclosure=${one}>${words[`disclosure.${one}`] ?? one}</li>`)}</ul></div>`}
      <div class="script-text" lang=${help.language}>${paragraphs.map((pieces, index) => html`
        <p key=${index}>${pieces.map((one) => (one.filled ? html`<b>${one.text}</b>` : one.text))}</p>`)}</div>
    </section>`;
}
