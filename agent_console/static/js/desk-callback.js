// A call-back: when by the debtor's clock, by whom; the rules are asked before anybody promises it.
import { html, useEffect, useState } from './lib.js';
import { post } from './api.js';
import { serverNow } from './clock.js';
import { clockIn } from './format.js';
import { language, t, useLanguage } from './i18n.js';
import { addDays, instantOf, wallOf } from './desk-money.js';

const WAIT_MS = 400;
const USUAL = 'T10:00';

/** The call-back that the fields of a draft ask for: { at, mine }, `at` null where it is no time. */
export function callBackOf(fields, zone) {
  const wall = fields.c_at || tomorrow(zone);
  return { at: instantOf(wall, zone), mine: fields.c_mine !== 'no' };
}

const tomorrow = (zone) => addDays(wallOf(serverNow(), zone).slice(0, 10), 1) + USUAL;

export const zoneName = (zone) => zone.split('/').at(-1).replaceAll('_', ' ');

/** `onVerdict` is told { at, allowed } once the rules have spoken of that time. */
export function CallBackForm({ fields, debtor, phone, zones, onChange, onVerdict }) {
  const zone = zones[0] ?? 'UTC';
  const { at, mine } = callBackOf(fields, zone);
  const [answer, setAnswer] = useState(null);
  const [problem, setProblem] = useState(null);
  const read = useLanguage();
  useEffect(() => {
    setAnswer(null);
    onVerdict?.(null);
    if (!at) return undefined;
    let current = true;
    const timer = setTimeout(() => {
      post('/desk/may-call', { debtor, phone, at, lang: language.value }).then(
        (found) => {
          if (!current) return;
          setAnswer(found);
          setProblem(null);
          onVerdict?.({ at, allowed: found.allowed });
        },
        (failure) => current && setProblem(failure));
    }, WAIT_MS);
    return () => { current = false; clearTimeout(timer); };
  }, [at, debtor, phone, read]);
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const set = (value) => onChange({ c_at: value });
  return html`
    <fieldset class="sub-form"><legend>${t('callback.title')}</legend>
      <label class="field"><span>${t('callback.at', { zone: zoneName(zone) })}</span>
        <input type="datetime-local" name="c_at" required value=${fields.c_at || tomorrow(zone)} onInput=${(event) => set(event.target.value)} /></label>
      ${at && here !== zone && wallOf(at, here) !== wallOf(at, zone) && html`<p class="quiet small">${t('callback.here', { time: clockIn(at, here) })}</p>`}
      ${zones.length > 1 && html`<p class="quiet small">${t('callback.zones', { zones: zones.slice(1).map(zoneName).join(', ') })}</p>`}
      <div class="choices" role="radiogroup" aria-label=${t('callback.who')}>
        <label class="choice"><input type="radio" name="c_mine" value="yes" checked=${mine} onChange=${() => onChange({ c_mine: 'yes' })} /><span>${t('callback.mine')}</span></label>
        <label class="choice"><input type="radio" name="c_mine" value="no" checked=${!mine} onChange=${() => onChange({ c_mine: 'no' })} /><span>${t('callback.anybody')}</span></label>
      </div>
      <div role="status">
        ${problem && html`<p class="against">${problem.words}</p>`}
        ${answer && (answer.allowed
          ? html`<p class="allowed">${t('callback.allowed', { time: clockIn(at, zone) })}</p>`
          : html`<${Denied} answer=${answer} zone=${zone} onNext=${(next) => set(wallOf(next, zone))} />`)}
      </div>
    </fieldset>`;
}

/** What the rules say against a time, and the next one that they allow. */
export function Denied({ answer, zone, onNext, action }) {
  const next = answer.next_allowed_at;
  return html`
    <div class="denied">
      ${(answer.sentences ?? []).map((one) => html`<p key=${one}>${one}</p>`)}
      ${next && onNext && html`<button type="button" class="button" onClick=${() => onNext(next)}>${action ?? t('callback.use', { time: clockIn(next, zone) })}</button>`}
    </div>`;
}
