// Numbers, money and time as people write them.
import { locale } from './i18n.js';

export const number = (value, digits = 0) =>
  new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

export const percent = (fraction, digits = 1) =>
  new Intl.NumberFormat(locale(), {
    style: 'percent', minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(fraction);

/** `amount` is a decimal string. Collections deal in whole units: cents are shown only where there are any. */
export function money(amount, currency) {
  const value = Number(amount);
  const digits = Number.isInteger(value) ? 0 : 2;
  return new Intl.NumberFormat(locale(), {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: digits, maximumFractionDigits: digits,
  }).format(value);
}

/** Seconds as 0:07, 12:40 or 1:02:33. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const pad = (value) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${pad(minutes)}:${pad(rest)}` : `${minutes}:${pad(rest)}`;
}

export const seconds = (value, digits = 1) => `${number(value, digits)} s`;

const at = (iso, options) => new Intl.DateTimeFormat(locale(), options).format(new Date(iso));
/** @type {Intl.DateTimeFormatOptions} */
const CLOCK = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };

export const time = (iso) => at(iso, { ...CLOCK, second: '2-digit' });
export const hourMinute = (iso) => at(iso, CLOCK);
export const day = (iso) => at(iso, { day: 'numeric', month: 'short' });
export const dateTime = (iso) => at(iso, { day: 'numeric', month: 'short', ...CLOCK });
export const weekdayTime = (iso) => at(iso, { weekday: 'short', day: 'numeric', month: 'short', ...CLOCK });

/** A masked number, `+57********21`, short enough for a narrow column: +57 ··· 21 */
export const masked = (text) => text.replace(/\*+/, ' ··· ');

/** An amount in minor units of `debt`, which knows its currency and the digits of it. */
export function minor(amount, { currency, digits }, where = locale()) {
  const value = amount / 10 ** digits;
  const shown = Number.isInteger(value) ? 0 : digits;
  return new Intl.NumberFormat(where, {
    style: 'currency', currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: shown, maximumFractionDigits: shown,
  }).format(value);
}

/** A date without a time, 2026-11-27, as people say it. */
export const fullDay = (iso, where = locale()) =>
  new Intl.DateTimeFormat(where, { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' }).format(Date.parse(`${iso}T00:00:00Z`));

/** An instant as clocks in `zone` show it. */
export const clockIn = (instant, zone) =>
  new Intl.DateTimeFormat(locale(), { weekday: 'long', day: 'numeric', month: 'long', ...CLOCK, timeZone: zone }).format(Date.parse(instant));
