// What the rules say, in words: one rule, and a whole decision.
import { html } from './lib.js';
import { duration } from './format.js';
import { known, locale, t, word } from './i18n.js';
import { Badge } from './parts.js';

/** `pack/rule` -> what the rule says, and whose it is. */
export function ruleWords(id) {
  const [pack, rule = pack] = id.split('/');
  const text = known(`rule.${id}`) ? t(`rule.${id}`) : word('rule', rule);
  return { text, pack: rule === pack ? '' : word('pack', pack) };
}

/** An instant on the clock of the person called. */
export function whenThere(iso, zone) {
  /** @type {Intl.DateTimeFormatOptions} */
  const options = { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  try {
    return new Intl.DateTimeFormat(locale(), { ...options, timeZone: zone }).format(new Date(iso));
  } catch {
    return new Intl.DateTimeFormat(locale(), options).format(new Date(iso)); // a zone that this browser does not know
  }
}

/** What is left of a rule that allows, or what a rule that denies has counted. */
function margin(rule, zone) {
  if (rule.ok === null) return silence(rule.why);
  if (rule.ok && rule.why) return t('ruling.unless', { why: word('unless', rule.why.replace('unless:', '')) });
  const parts = [];
  if (rule.maximum === 0) parts.push(rule.used ? t('ruling.counted', { n: rule.used }) : t('ruling.none_counted'));
  else if (rule.maximum !== null) parts.push(t('ruling.used', { used: rule.used, maximum: rule.maximum }));
  if (rule.ok && rule.kind === 'guard') parts.push(t('ruling.not_so', { what: lowered(ruleWords(rule.rule).text) }));
  if (rule.ok && rule.calls_left !== null) parts.push(t('ruling.left', { n: rule.calls_left }));
  if (rule.ok && rule.kind === 'window') {
    parts.push(rule.closes_in_s === null ? t('ruling.open') : t('ruling.closes', { time: duration(rule.closes_in_s).replace(/:\d\d$/, '') }));
  }
  if (!rule.ok) parts.push(rule.next_allowed_at ? t('ruling.from', { when: whenThere(rule.next_allowed_at, zone) }) : t('ruling.never'));
  return parts.join(' · ');
}

const lowered = (text) => text.charAt(0).toLocaleLowerCase(locale()) + text.slice(1);

function silence(why) {
  const [name, value = ''] = why.split(/:(.*)/);
  return known(`silent.${name}`) ? t(`silent.${name}`, { value }) : why;
}

export function Rule({ rule, zone }) {
  const { text, pack } = ruleWords(rule.rule);
  const tone = rule.ok === null || rule.overridden ? 'quiet' : rule.ok ? 'ok' : 'bad';
  const note = margin(rule, zone);
  return html`
    <li class="ruling" data-rule=${rule.rule} data-ok=${String(rule.ok)}>
      <i class=${`dot dot-${tone}`}></i>
      <div>
        <p><strong>${rule.ok === false ? text : word('kind', rule.kind)}</strong> ${pack && html`<${Badge}>${pack}</${Badge}>`}</p>
        ${note && html`<p class="ruling-note">${note}</p>`}
        <p class="ruling-source">${[rule.cite, word('basis', rule.basis), rule.rule].filter(Boolean).join(' · ')}</p>
        ${rule.ok === false && rule.events.length > 0 && html`
          <p class="ruling-source">${t('ruling.evidence')} ${rule.events.map((id, at) => html`${at ? ', ' : ''}<a href=${`/attempts?call=${id}`}>${id.slice(0, 8)}…${id.slice(-4)}</a>`)}</p>`}
      </div>
    </li>`;
}

function Group({ title, rules, zone }) {
  if (!rules.length) return null;
  return html`<h3>${title}</h3><ul class="rulings">${rules.map((rule) => html`<${Rule} key=${rule.rule} rule=${rule} zone=${zone} />`)}</ul>`;
}

/** The rules of an answer: those that deny, were set aside, allow, and do not concern it. */
export function Rules({ answer }) {
  const zone = answer.zones[0];
  const by = (keep) => answer.rules.filter(keep);
  const silent = by((rule) => rule.ok === null);
  return html`
    <${Group} title=${t('ruling.denying')} zone=${zone} rules=${by((rule) => rule.ok === false && !rule.overridden)} />
    <${Group} title=${t('ruling.overridden')} zone=${zone} rules=${by((rule) => rule.overridden)} />
    <${Group} title=${t('ruling.allowing')} zone=${zone} rules=${by((rule) => rule.ok === true)} />
    ${silent.length > 0 && html`
      <details class="silent"><summary>${t('ruling.silent', { n: silent.length })}</summary>
        <ul class="rulings">${silent.map((rule) => html`<${Rule} key=${rule.rule} rule=${rule} zone=${zone} />`)}</ul></details>`}`;
}

/** Allowed or not, and until or from when. */
export function Verdict({ answer }) {
  const zone = answer.zones[0];
  const words = answer.allowed
    ? [t('ruling.allowed'), answer.holds_until && t('ruling.until', { when: whenThere(answer.holds_until, zone) })]
    : [t('ruling.denied'), answer.next_allowed_at ? t('ruling.again', { when: whenThere(answer.next_allowed_at, zone) }) : t('ruling.no_date')];
  const tone = answer.allowed ? 'ok' : 'bad';
  return html`
    <p class=${`verdict verdict-${tone}`} data-allowed=${String(answer.allowed)}><i class=${`dot dot-${tone}`}></i><span>${words.filter(Boolean).join(' ')}</span></p>
    <p class="quiet ruling-zone">${t('ruling.clock', { zone: answer.zones.join(', ') || '–' })}</p>`;
}
