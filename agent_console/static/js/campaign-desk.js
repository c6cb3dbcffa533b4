// What a campaign sets for its desks: the breaks that agents take, and what they say, by segment and language.
import { html, useState } from './lib.js';
import { LANGUAGES, t, word } from './i18n.js';
import { Icon } from './parts.js';

const STANDARD = ['break', 'lunch', 'restroom', 'training', 'meeting', 'technical', 'personal'];
/** What a script may ask for; the server refuses anything else. */
const FIELDS = ['debtor', 'agent', 'creditor', 'reference', 'product', 'balance', 'days', 'total', 'minimum', 'latest', 'instalments', 'offer', 'offer_until', 'disclosure'];
const LONGEST = 4000;

export function DeskTexts({ value, onChange }) {
  return html`<${Breaks} value=${value.pause_reasons} onChange=${(reasons) => onChange({ ...value, pause_reasons: reasons })} />
    <${Scripts} value=${value.scripts} onChange=${(scripts) => onChange({ ...value, scripts })} />`;
}

function Breaks({ value, onChange }) {
  const standard = STANDARD.filter((one) => !value.length || value.includes(one));
  const own = value.filter((one) => !STANDARD.includes(one));
  const set = (ticked, words) => onChange(ticked.length === STANDARD.length && !words.length ? [] : [...ticked, ...words]);
  return html`
    <fieldset class="ticks"><legend>${t('cfg.desk.breaks')}</legend>
      ${STANDARD.map((one) => html`<label key=${one}><input type="checkbox" checked=${standard.includes(one)}
        onChange=${(event) => set(event.target.checked ? STANDARD.filter((each) => each === one || standard.includes(each)) : standard.filter((each) => each !== one), own)} />${word('pause', one)}</label>`)}
    </fieldset>
    <label class="field"><span>${t('cfg.desk.own_breaks')}</span>
      <textarea rows="2" value=${own.join('\n')} onChange=${(event) => set(standard, event.target.value.split('\n').map((one) => one.trim()).filter(Boolean))}></textarea></label>`;
}

function Scripts({ value, onChange }) {
  const [named, setNamed] = useState('');
  const segments = Object.keys(value);
  const set = (segment, language, text) => {
    const { [language]: _, ...others } = value[segment];
    onChange({ ...value, [segment]: text ? { ...others, [language]: text } : others });
  };
  const drop = (segment) => onChange(Object.fromEntries(Object.entries(value).filter(([one]) => one !== segment)));
  return html`
    <h3>${t('cfg.desk.scripts')}</h3>
    <p class="quiet">${t('cfg.desk.fields')} ${FIELDS.map((one) => html`<code key=${one}>${`{${one}}`}</code> `)}</p>
    ${segments.map((segment) => html`
      <section key=${segment} data-script=${segment}>
        <header class="card-head"><h3>${segment ? t('script.segment', { segment }) : t('cfg.terms.everybody')}</h3>
          <button type="button" class="button button-icon" aria-label=${t('cfg.desk.drop', { segment: segment || t('cfg.terms.everybody') })} onClick=${() => drop(segment)}><${Icon} name="close" /></button></header>
        <div class="settings-grid">${LANGUAGES.map((code) => html`
          <label class="field" key=${code}><span>${t(`language.${code}`)}</span>
            <textarea rows="8" maxlength=${LONGEST} lang=${code} value=${value[segment][code] ?? ''} onChange=${(event) => set(segment, code, event.target.value)}></textarea></label>`)}</div>
      </section>`)}
    <div class="lookup">
      <label class="field"><span>${t('cfg.desk.add')}</span><input type="text" maxlength="64" value=${named} placeholder=${t('cfg.terms.everybody')} onInput=${(event) => setNamed(event.target.value)} /></label>
      <button type="button" class="button" disabled=${named.trim() in value} onClick=${() => { onChange({ ...value, [named.trim()]: {} }); setNamed(''); }}><${Icon} name="plus" />${t('cfg.terms.add_button')}</button>
    </div>`;
}
