// To whom outside agents may transfer a call, by the name that they see.
import { html, useState } from './lib.js';
import { t } from './i18n.js';
import { Icon } from './parts.js';

const MOST = 50;
const NUMBER = '\\+?[0-9]{2,15}';

export function TransferNumbers({ value, onChange }) {
  const [name, setName] = useState('');
  const [number, setNumber] = useState('');
  const dialed = number.replaceAll(/[\s().-]/g, '');
  const takes = name.trim() && !(name.trim() in value) && new RegExp(`^${NUMBER}$`).test(dialed) && Object.keys(value).length < MOST;
  const add = () => {
    onChange({ ...value, [name.trim()]: dialed });
    setName('');
    setNumber('');
  };
  const drop = (one) => onChange(Object.fromEntries(Object.entries(value).filter(([each]) => each !== one)));
  return html`
    <p class="quiet">${t('cfg.transfer_numbers.hint_who')}</p>
    <ul class="hours" aria-label=${t('cfg.transfer_numbers')}>
      ${Object.entries(value).map(([one, called]) => html`
        <li key=${one} data-listed=${one}><b>${one}</b>
          <span class="with-unit"><input type="tel" maxlength="16" required pattern=${NUMBER} value=${called} aria-label=${t('cfg.transfer_numbers.number_of', { name: one })}
            onInput=${(event) => onChange({ ...value, [one]: event.target.value.trim() })} />
          <button type="button" class="button button-icon" aria-label=${t('cfg.transfer_numbers.remove', { name: one })} onClick=${() => drop(one)}><${Icon} name="close" /></button></span></li>`)}
    </ul>
    <div class="lookup">
      <label class="field"><span>${t('cfg.transfer_numbers.name')}</span><input type="text" maxlength="40" value=${name} onInput=${(event) => setName(event.target.value)} /></label>
      <label class="field"><span>${t('cfg.transfer_numbers.number')}</span><input type="tel" maxlength="24" value=${number} placeholder="+576015550100" onInput=${(event) => setNumber(event.target.value)} /></label>
      <button type="button" class="button" disabled=${!takes} onClick=${add}><${Icon} name="plus" />${t('cfg.transfer_numbers.add')}</button>
    </div>`;
}
