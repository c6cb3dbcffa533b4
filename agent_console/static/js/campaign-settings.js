// The settings of one campaign: every field explained, errors at their field, nobody's change lost.
import { html, useEffect, useState, useStore } from './lib.js';
import { getTagged, post, putTagged } from './api.js';
import { AFTER_RESTART, OPTIONS, SECTIONS } from './campaign-fields.js';
import { DeskTexts } from './campaign-desk.js';
import { TransferNumbers } from './campaign-transfer.js';
import { Actions, Retry, Schedule, Terms } from './campaign-tables.js';
import { known, t, word } from './i18n.js';
import { campaigns as live } from './live.js';
import { mayRun } from './me.js';
import { StateButtons } from './floor-controls.js';
import { Banner, Card, Icon, toast, useAction } from './parts.js';

const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const changedIn = (before, after) => Object.keys(after).filter((name) => !same(before[name], after[name]));

export function CampaignSettings({ name, choices, onSaved }) {
  const path = `/campaigns/${encodeURIComponent(name)}/settings`;
  const [read, setRead] = useState(null); // { settings, tag, state }
  const [draft, setDraft] = useState(null);
  const [problem, setProblem] = useState(null);
  const [wrong, setWrong] = useState([]);
  const [theirs, setTheirs] = useState([]);
  const [busy, setBusy] = useState(false);
  const take = ({ data, tag }) => {
    setRead({ ...data, tag });
    setDraft(data.settings);
  };
  useEffect(() => {
    getTagged(path).then(take, setProblem);
  }, []);
  if (problem) return html`<${Banner} tone="bad">${problem.words}</${Banner}>`;
  if (!draft) return html`<p class="loading">${t('state.loading')}</p>`;
  const mine = changedIn(read.settings, draft);
  const editable = mayRun();

  /** Somebody else was faster: their changes are taken over, ours put on top, and both are shown before saving again. */
  const merge = async () => {
    const { data, tag } = await getTagged(path);
    setTheirs(changedIn(read.settings, data.settings));
    setRead({ ...data, tag });
    setDraft({ ...data.settings, ...Object.fromEntries(mine.map((one) => [one, draft[one]])) });
  };
  const save = async (event) => {
    event.preventDefault();
    setBusy(true);
    try {
      const saved = await putTagged(path, draft, read.tag);
      take(saved);
      setWrong([]);
      setTheirs([]);
      toast(saved.data.restart.length ? t('campaigns.saved_restart', { fields: labels(saved.data.restart) }) : t('campaigns.saved'));
      onSaved();
    } catch (failure) {
      setWrong(failure.fields ?? []);
      if (failure.code === 'changed') await merge();
      else toast(failure.fields?.length ? t('campaigns.look_at', { fields: labels(failure.fields.map((one) => one.field.split('.')[0])) }) : failure.words ?? String(failure), 'bad');
    }
    setBusy(false);
  };
  const set = (field, value) => setDraft((now) => ({ ...now, [field]: value }));
  return html`
    <form class="settings" onSubmit=${save} noValidate aria-label=${t('campaigns.settings_of', { name })}>
      <div class="page-head"><h2>${name}</h2><${Orders} name=${name} state=${read.state} onDone=${onSaved} /></div>
      ${theirs.length > 0 && html`<${Banner} tone="info">${t('campaigns.theirs', { fields: labels(theirs) })}</${Banner}>`}
      <fieldset class="settings bare" disabled=${!editable}>
        ${SECTIONS.map(([section, fields]) => html`
          <${Card} key=${section} id=${`section-${section}`} title=${t(`cfg.section.${section}`)}>
            <div class="settings-grid">
              ${fields.map((field) => html`<${Field} key=${field.name} field=${field} value=${draft[field.name]} draft=${draft} choices=${choices}
                wrong=${wrong.filter((one) => one.field === field.name || one.field.startsWith(`${field.name}.`))} onChange=${(value) => set(field.name, value)} />`)}
            </div>
          </${Card}>`)}
      </fieldset>
      ${(mine.length > 0 || theirs.length > 0) && html`
        <div class="save-bar">
          <p class="quiet">${t('campaigns.unsaved', { n: mine.length })}</p>
          <button type="button" class="button" onClick=${() => { setDraft(read.settings); setWrong([]); setTheirs([]); }}>${t('campaigns.discard')}</button>
          <button class="button button-main" disabled=${busy}><${Icon} name="check" />${t('campaigns.save')}</button>
        </div>`}
    </form>`;
}

const labels = (fields) => [...new Set(fields)].map((one) => (known(`cfg.${one}`) ? t(`cfg.${one}`) : one)).join(', ');

function Orders({ name, state: stored, onDone }) {
  const state = useStore(live)[name]?.state.state ?? stored;
  const [busy, run] = useAction();
  if (!mayRun()) return null;
  const order = (verb) => run(async () => {
    await post(`/campaigns/${encodeURIComponent(name)}/${verb}`);
    setTimeout(onDone, 1000);
  }, t(`done.${verb}`));
  return html`
    <div class="button-row">
      <a class="button" href=${`/?c=${encodeURIComponent(name)}`}><${Icon} name="floor" />${t('nav.floor')}</a>
      <${StateButtons} state=${state} busy=${busy} onOrder=${order} />
    </div>`;
}

const PLAIN = { schedule: Schedule, retry: Retry, actions: Actions, promise_terms: Terms, desk: DeskTexts, transfer_numbers: TransferNumbers };

function Field({ field, value, draft, choices, wrong, onChange }) {
  const { name, kind } = field;
  const id = `f-${name}`;
  const Special = PLAIN[kind];
  const said = html`
    ${known(`cfg.${name}.hint`) && html`<small id=${`${id}-hint`}>${t(`cfg.${name}.hint`)}</small>`}
    ${AFTER_RESTART.includes(name) && html`<small class="restart">${t('campaigns.after_restart')}</small>`}
    ${wrong.map((one) => html`<small class="wrong" role="alert">${wrongWords(one, kind)}</small>`)}`;
  if (Special) return html`<div class="span-all" data-field=${name}><${Special} value=${value} draft=${draft} choices=${choices} onChange=${onChange} />${said}</div>`;
  if (kind === 'flag') {
    return html`<label class="check" data-field=${name}><input type="checkbox" checked=${value} onChange=${(event) => onChange(event.target.checked)} />
      <span>${t(`cfg.${name}`)}</span>${said}</label>`;
  }
  if (kind === 'ticks') return html`<${Ticks} field=${field} value=${value} choices=${choices} onChange=${onChange} said=${said} />`;
  return html`
    <label class="field" data-field=${name}><span>${t(`cfg.${name}`)}</span>
      <${Control} field=${field} id=${id} value=${value} choices=${choices} invalid=${wrong.length > 0} onChange=${onChange} />
      ${said}</label>`;
}

function Control({ field, id, value, choices, invalid, onChange }) {
  const { name, kind } = field;
  const more = { 'aria-label': t(`cfg.${name}`), 'aria-invalid': invalid ? 'true' : undefined, 'aria-describedby': known(`cfg.${name}.hint`) ? `${id}-hint` : undefined };
  if (kind === 'text') return html`<input type="text" maxlength=${field.longest} value=${value} ...${more} onInput=${(event) => onChange(event.target.value)} />`;
  if (kind === 'select') {
    const all = optionsOf(field, choices);
    const shown = all.some(([one]) => one === value) ? all : [[value, value], ...all];
    return html`<select value=${value} ...${more} onChange=${(event) => onChange(event.target.value)}>
      ${shown.map(([one, words]) => html`<option value=${one} selected=${one === value}>${words}</option>`)}</select>`;
  }
  const factor = kind === 'share' ? 100 : 1;
  const told = (event) => {
    const typed = event.target.valueAsNumber;
    onChange(Number.isNaN(typed) ? null : Math.round((typed / factor) * 1e6) / 1e6);
  };
  return html`<span class="with-unit">
    <input type="number" min=${field.min} max=${field.max} step=${field.step} value=${value === null ? '' : Math.round(value * factor * 1e4) / 1e4} ...${more} onInput=${told} />
    <span>${t(`unit.${field.unit}`)}</span></span>`;
}

function optionsOf({ from }, choices) {
  if (from === 'trunks') return choices.trunks.map((trunk) => [trunk.name, trunk.caller_id ? `${trunk.name} (${trunk.caller_id})` : trunk.name]);
  if (from === 'flows' || from === 'countries') return choices[from].map((one) => [one, one]);
  const { values = choices[from], words } = OPTIONS[from];
  return values.map((one) => [one, word(words, one)]);
}

function Ticks({ field, value, choices, onChange, said }) {
  const toggle = (one) => onChange(value.includes(one) ? value.filter((each) => each !== one) : [...value, one]);
  return html`
    <fieldset class="ticks span-all" data-field=${field.name}><legend>${t(`cfg.${field.name}`)}</legend>
      ${optionsOf(field, choices).map(([one, words]) => html`<label><input type="checkbox" checked=${value.includes(one)} onChange=${() => toggle(one)} />${words}</label>`)}
      <div class="span-all">${said}</div></fieldset>`;
}

function wrongWords({ kind, limit, message }, control) {
  const key = `wrong.${kind}`;
  if (!known(key)) return message;
  return t(key, { limit: limit !== null && limit !== undefined && control === 'share' ? `${limit * 100} %` : limit ?? '' });
}
