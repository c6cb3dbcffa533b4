// The settings that are tables: hours, retries, what is done with answers, what may be promised.
import { html, useState } from './lib.js';
import { ACTIONS, CATEGORIES, RETRIED } from './campaign-fields.js';
import { t, word } from './i18n.js';
import { Icon } from './parts.js';

const MINUTE = 60;
const DAYS = [0, 1, 2, 3, 4, 5, 6];
const ZONES = ['', 'America/Bogota', 'America/Mexico_City', 'America/Tijuana', 'America/Cancun', 'America/Hermosillo', 'America/Lima', 'America/Santiago', 'America/Punta_Arenas', 'America/Argentina/Buenos_Aires', 'America/Guayaquil', 'America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles', 'Europe/Madrid', 'Atlantic/Canary', 'Europe/London'];
const plain = (value) => (Number.isNaN(value) ? null : value);

export function Schedule({ value, onChange }) {
  const set = (hours) => onChange({ ...value, hours: [...hours].sort((a, b) => a.weekday - b.weekday || a.start.localeCompare(b.start)) });
  const change = (span, part) => (event) => set(value.hours.map((one) => (one === span ? { ...one, [part]: event.target.value } : one)));
  const zones = ZONES.includes(value.zone) ? ZONES : [...ZONES, value.zone];
  return html`
    <label class="field"><span>${t('cfg.zone')}</span>
      <select value=${value.zone} onChange=${(event) => onChange({ ...value, zone: event.target.value })}>
        ${zones.map((one) => html`<option value=${one} selected=${one === value.zone}>${one || t('cfg.zone_of_country')}</option>`)}</select></label>
    <ul class="hours">
      ${DAYS.map((weekday) => {
        const spans = value.hours.filter((one) => one.weekday === weekday);
        return html`
          <li key=${weekday} data-weekday=${weekday}><b>${t(`weekday.${weekday}`)}</b>
            ${spans.map((span) => html`
              <span class="with-unit">
                <input type="time" required value=${span.start} aria-label=${t('cfg.from', { day: t(`weekday.${weekday}`) })} onChange=${change(span, 'start')} /> –
                <input type="time" required value=${span.stop} aria-label=${t('cfg.until', { day: t(`weekday.${weekday}`) })} onChange=${change(span, 'stop')} />
                <button type="button" class="button button-icon" aria-label=${t('cfg.remove_hours', { day: t(`weekday.${weekday}`) })} onClick=${() => set(value.hours.filter((one) => one !== span))}><${Icon} name="close" /></button>
              </span>`)}
            <button type="button" class="button button-plain" aria-label=${t('cfg.add_hours', { day: t(`weekday.${weekday}`) })}
              onClick=${() => set([...value.hours, spans.length ? { weekday, start: later(spans.at(-1).stop), stop: '20:00' } : { weekday, start: '08:00', stop: '18:00' }])}><${Icon} name="plus" /></button>
            ${!spans.length && html`<span class="quiet">${t('cfg.no_hours')}</span>`}
          </li>`;
      })}
    </ul>`;
}

const later = (stop) => (stop < '19:00' ? stop : '19:00');

export function Actions({ value, onChange }) {
  return html`
    <h3>${t('cfg.actions')}</h3>
    <div class="settings-grid">
      ${CATEGORIES.map((category) => html`
        <label class="field" key=${category}><span>${word('verdict', category)}</span>
          <select value=${value[category]} onChange=${(event) => onChange({ ...value, [category]: event.target.value })}>
            ${ACTIONS.map((one) => html`<option value=${one} selected=${one === value[category]}>${t(`cfg.action.${one}`)}</option>`)}</select></label>`)}
    </div>`;
}

export function Retry({ value, onChange }) {
  const set = (outcome, change) => onChange({ ...value, [outcome]: { ...value[outcome], ...change } });
  const drop = (outcome) => onChange(Object.fromEntries(Object.entries(value).filter(([one]) => one !== outcome)));
  const add = (outcome) => onChange({ ...value, [outcome]: { delay_s: 3600, max_tries: 3, next_number: false, bad_number: false } });
  return html`
    <div class="scroll-x"><table class="table">
      <caption class="hidden">${t('cfg.section.retry')}</caption>
      <thead><tr>${['outcome', 'again', 'delay', 'tries', 'next_number', 'bad_number'].map((one) => html`<th scope="col">${t(`cfg.retry.${one}`)}</th>`)}</tr></thead>
      <tbody>${RETRIED.map((outcome) => {
        const rule = value[outcome];
        const name = word('outcome', outcome);
        const label = (what) => `${name}: ${t(`cfg.retry.${what}`)}`;
        return html`
          <tr key=${outcome} data-outcome=${outcome}>
            <th scope="row">${name}</th>
            <td><input type="checkbox" checked=${Boolean(rule)} aria-label=${label('again')} onChange=${() => (rule ? drop(outcome) : add(outcome))} /></td>
            ${rule ? html`
              <td><span class="with-unit"><input type="number" min="0" max="129600" step="1" value=${rule.delay_s === null ? '' : rule.delay_s / MINUTE} aria-label=${label('delay')}
                onInput=${(event) => set(outcome, { delay_s: plain(event.target.valueAsNumber * MINUTE) })} /><span>${t('unit.minutes')}</span></span></td>
              <td><input type="number" min="1" max="100" step="1" value=${rule.max_tries ?? ''} aria-label=${label('tries')} onInput=${(event) => set(outcome, { max_tries: plain(event.target.valueAsNumber) })} /></td>
              <td><input type="checkbox" checked=${rule.next_number} aria-label=${label('next_number')} onChange=${(event) => set(outcome, { next_number: event.target.checked })} /></td>
              <td><input type="checkbox" checked=${rule.bad_number} aria-label=${label('bad_number')} onChange=${(event) => set(outcome, { bad_number: event.target.checked })} /></td>`
              : html`<td colspan="4" class="quiet">${t('cfg.retry.never')}</td>`}
          </tr>`;
      })}</tbody>
    </table></div>`;
}

const TERMS = [
  ['earliest_days', 0, 366, 'days'], ['latest_days', 0, 366, 'days'], ['minimum_share', 0, 100, 'percent'], ['max_instalments', 1, 60, 'instalments'],
  ['longest_gap_days', 1, 366, 'days'], ['grace_days', 0, 60, 'days'], ['rest_after_h', 0, 2160, 'hours'],
];
const HOUSE = { earliest_days: 0, latest_days: 30, minimum_share: 0.1, max_instalments: 3, longest_gap_days: 31, grace_days: 2, rest_after_h: 24, discounts: [] };

export function Terms({ value, onChange }) {
  const [named, setNamed] = useState('');
  const set = (segment, change) => onChange({ ...value, [segment]: { ...value[segment], ...change } });
  const drop = (segment) => onChange(Object.fromEntries(Object.entries(value).filter(([one]) => one !== segment)));
  const segments = Object.keys(value).sort();
  return html`
    ${!segments.length && html`<p class="quiet">${t('cfg.terms.house')}</p>`}
    ${segments.map((segment) => html`
      <section key=${segment} data-segment=${segment}>
        <h3>${segment ? t('cfg.terms.segment', { segment }) : t('cfg.terms.everybody')}
          <button type="button" class="button button-icon" aria-label=${t('cfg.terms.remove', { segment: segment || t('cfg.terms.everybody') })} onClick=${() => drop(segment)}><${Icon} name="close" /></button></h3>
        <div class="settings-grid">
          ${TERMS.map(([name, min, max, unit]) => {
            const factor = unit === 'percent' ? 100 : 1;
            return html`<label class="field" key=${name}><span>${t(`cfg.terms.${name}`)}</span>
              <span class="with-unit"><input type="number" min=${min} max=${max} step="1" value=${value[segment][name] === null ? '' : Math.round(value[segment][name] * factor * 100) / 100}
                onInput=${(event) => set(segment, { [name]: plain(event.target.valueAsNumber / factor) })} /><span>${t(`unit.${unit}`)}</span></span></label>`;
          })}
        </div>
        <${Discounts} value=${value[segment].discounts} onChange=${(discounts) => set(segment, { discounts })} />
      </section>`)}
    <div class="lookup">
      <label class="field"><span>${t('cfg.terms.add')}</span><input type="text" maxlength="64" value=${named} placeholder=${t('cfg.terms.everybody')} onInput=${(event) => setNamed(event.target.value)} /></label>
      <button type="button" class="button" disabled=${named.trim() in value} onClick=${() => { onChange({ ...value, [named.trim()]: HOUSE }); setNamed(''); }}><${Icon} name="plus" />${t('cfg.terms.add_button')}</button>
    </div>`;
}

function Discounts({ value, onChange }) {
  const set = (index, change) => onChange(value.map((one, at) => (at === index ? { ...one, ...change } : one)));
  return html`
    <ul class="hours">
      ${value.map((one, index) => html`
        <li key=${index}><span class="with-unit"><span>${t('cfg.terms.discount')}</span>
          <input type="number" min="1" max="99" step="1" aria-label=${t('cfg.terms.discount')} value=${one.share === null ? '' : Math.round(one.share * 100)} onInput=${(event) => set(index, { share: plain(event.target.valueAsNumber / 100) })} /><span>${t('unit.percent')}</span>
          <input type="number" min="0" max="366" step="1" aria-label=${t('cfg.terms.within')} value=${one.within_days ?? ''} onInput=${(event) => set(index, { within_days: plain(event.target.valueAsNumber) })} /><span>${t('cfg.terms.within')}</span>
          <button type="button" class="button button-icon" aria-label=${t('cfg.terms.remove_discount')} onClick=${() => onChange(value.filter((each) => each !== one))}><${Icon} name="close" /></button></span></li>`)}
    </ul>
    <button type="button" class="button button-plain" onClick=${() => onChange([...value, { share: 0.1, within_days: 10 }])}><${Icon} name="plus" />${t('cfg.terms.add_discount')}</button>`;
}
