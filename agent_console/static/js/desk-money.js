// Money and days as an agent types them, and the debtor's own clock. Pure.

/** Minor units of what was typed, NaN where it is no amount. Both 1.200.000,50 and 1,200,000.50 are understood. */
export function parseAmount(text, digits) {
  const bare = String(text).replace(/[\s$€£]/g, '');
  if (!/^\d[\d.,]*$/.test(bare)) return NaN;
  const tail = /[.,](\d{1,2})$/.exec(bare);
  const cents = digits > 0 && tail ? tail[1].padEnd(digits, '0') : '0'.repeat(digits);
  const whole = (digits > 0 && tail ? bare.slice(0, tail.index) : bare).replace(/[.,]/g, '');
  return Number(whole + cents);
}

/** The parts of `total` minor units, as equal as they can be in whole units; the first has what is left over. */
export function split(total, count, digits) {
  const unit = 10 ** digits;
  const each = Math.floor(total / count / unit) * unit;
  return Array.from({ length: count }, (_, index) => (index === 0 ? total - each * (count - 1) : each));
}

const DAY_MS = 86400000;
const asDay = (iso) => Date.parse(`${iso}T00:00:00Z`);
export const addDays = (iso, days) => new Date(asDay(iso) + days * DAY_MS).toISOString().slice(0, 10);
export const daysBetween = (from, to) => Math.round((asDay(to) - asDay(from)) / DAY_MS);

/** What stands against a promise: [{ flaw, limit }], as the server will judge it. `terms` are the debt's. */
export function objections(instalments, discount, terms) {
  const found = [];
  const total = instalments.reduce((sum, one) => sum + one.amount_minor, 0);
  if (!instalments.length || instalments.some((one) => !(one.amount_minor > 0))) return [{ flaw: 'no-amount' }];
  if (instalments.some((one) => !one.due_on)) return [{ flaw: 'no-date' }];
  const first = instalments[0].due_on;
  const offer = terms.discounts.find((one) => Math.abs(one.share - discount) < 1e-9);
  if (discount && offer) {
    const settles = settlement(terms.balance_minor, offer.share);
    if (total !== settles) found.push({ flaw: total < settles ? 'too-little' : 'too-much', limit: settles });
    if (first > addDays(terms.today, offer.within_days)) found.push({ flaw: 'too-late', limit: addDays(terms.today, offer.within_days) });
  } else if (total > terms.balance_minor) found.push({ flaw: 'too-much', limit: terms.balance_minor });
  else if (total < terms.minimum_minor) found.push({ flaw: 'too-little', limit: terms.minimum_minor });
  if (instalments.length > terms.max_instalments) found.push({ flaw: 'too-many-instalments', limit: terms.max_instalments });
  if (first < terms.earliest_on) found.push({ flaw: 'too-early', limit: terms.earliest_on });
  if (first > terms.latest_on) found.push({ flaw: 'too-late', limit: terms.latest_on });
  for (let index = 1; index < instalments.length; index += 1) {
    const gap = daysBetween(instalments[index - 1].due_on, instalments[index].due_on);
    if (gap <= 0) found.push({ flaw: 'out-of-order' });
    else if (gap > terms.longest_gap_days) found.push({ flaw: 'gap-too-long', limit: terms.longest_gap_days });
  }
  return found.filter((one, index) => found.findIndex((other) => other.flaw === one.flaw) === index);
}

/** What settles a debt when `share` of it is forgiven, as the server reckons it. */
export const settlement = (balance, share) => balance - Math.floor(balance * share + 1e-9);

// ---------------------------------------------------------------- the debtor's clock

/** Minutes that `zone` is ahead of UTC at an instant. */
function offsetOf(zone, at) {
  /** @type {any} */
  const parts = Object.fromEntries(new Intl.DateTimeFormat('en-GB', {
    timeZone: zone, hourCycle: 'h23', year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
  }).formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const wall = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second);
  return (wall - Math.floor(at / 1000) * 1000) / 60000;
}

/** The instant (ISO, UTC) at which clocks in `zone` show `wall` (2026-11-25T10:00). */
export function instantOf(wall, zone) {
  const guess = Date.parse(`${wall}:00Z`);
  if (Number.isNaN(guess)) return null;
  const once = guess - offsetOf(zone, guess) * 60000;
  return new Date(guess - offsetOf(zone, once) * 60000).toISOString();
}

/** What clocks in `zone` show at an instant: 2026-11-25T10:00. */
export function wallOf(instant, zone) {
  const at = typeof instant === 'number' ? instant : Date.parse(instant);
  return new Date(at + offsetOf(zone, at) * 60000).toISOString().slice(0, 16);
}
