// What a supervisor does with one agent: hears their calls, whispers, joins in, sets their state, writes to them.
import { html, useEffect, useRef, useState, useStore } from './lib.js';
import { del, post, put } from './api.js';
import { t } from './i18n.js';
import { toast, useAction } from './parts.js';
import { phone } from './softphone.js';
import { SoftphoneCheck, usePhoneHere } from './softphone-view.js';

const MODES = ['listen', 'whisper', 'barge'];
const OWN_PHONE = 'cadencia.supervisor_phone';
const TEXT_MAX = 1000;
const NO_CALL = new Set(['paused', 'ready', 'preview', 'connecting']);

/** A dialog about one agent. It stays while the supervisor listens; closing it ends that. */
export function Supervise({ agent, campaign, onClose }) {
  const dialog = useRef(null);
  const base = `/campaigns/${encodeURIComponent(campaign)}/agents/${encodeURIComponent(agent.id)}`;
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} class="dialog supervise" onClose=${onClose} aria-labelledby="supervise-title" data-supervise=${agent.id}>
      <h2 id="supervise-title">${agent.name || agent.id}</h2>
      <p class="quiet" role="status"><i class=${`dot agent-${agent.state}`}></i>${t(`agent.${agent.state}`)}</p>
      <${Ear} base=${base} />
      <${State} base=${base} agent=${agent} />
      <${Message} base=${base} />
      <div class="dialog-buttons"><button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.close')}</button></div>
    </dialog>`;
}

function Ear({ base }) {
  const browsers = usePhoneHere();
  const [other, setOther] = useState(false);
  const [number, setNumber] = useState(localStorage.getItem(OWN_PHONE) ?? '');
  const [mode, setMode] = useState('');
  const [busy, run] = useAction();
  const now = useStore(phone);
  const inBrowser = browsers && !other;
  const own = inBrowser ? 'browser' : number.includes('/') ? number : `PJSIP/${number}`;
  const ready = inBrowser ? now.state === 'registered' : number.trim() !== '';
  const heard = useRef(false);
  useEffect(() => {
    // The telephone hung up, or the agent's went away: nobody is listened to any more.
    if (heard.current && !now.ear) setMode('');
    heard.current = now.ear;
  }, [now.ear]);
  const asked = useRef(false);
  useEffect(() => () => void (asked.current && del(`${base}/listen`).catch(() => {})), []);
  const open = (wanted) => run(async () => {
    if (!inBrowser) localStorage.setItem(OWN_PHONE, number);
    await put(`${base}/listen`, { mode: wanted, phone: own });
    asked.current = true;
    setMode(wanted);
  });
  const stop = () => run(async () => {
    await del(`${base}/listen`);
    asked.current = false;
    setMode('');
  });
  return html`
    <fieldset class="supervise-part" data-ear=${mode || 'none'} data-ear-phone=${now.ear ? 'up' : 'down'}><legend>${t('supervise.ear')}</legend>
      ${browsers && html`<div class="choices">
        <label class="choice"><input type="radio" name="ear-phone" checked=${!other} disabled=${mode !== ''} onChange=${() => setOther(false)} /><span>${t('signin.browser')}</span></label>
        <label class="choice"><input type="radio" name="ear-phone" checked=${other} disabled=${mode !== ''} onChange=${() => setOther(true)} /><span>${t('signin.other_phone')}</span></label></div>`}
      ${inBrowser ? html`<${SoftphoneCheck} />` : browsers !== null && html`
        <label class="field"><span>${t('signin.phone')}</span>
          <input value=${number} maxlength="64" spellcheck="false" autocomplete="off" placeholder="PJSIP/2001" onInput=${(event) => setNumber(event.target.value)} /></label>`}
      <div class="button-row">
        ${MODES.map((one) => html`<button key=${one} type="button" class=${one === mode ? 'button button-main' : 'button'} aria-pressed=${one === mode} disabled=${busy || !ready} onClick=${() => open(one)}>${t(`supervise.${one}`)}</button>`)}
        ${mode && html`<button type="button" class="button button-bad" disabled=${busy} onClick=${stop}>${t('supervise.stop')}</button>`}
      </div>
      <p class="quiet" role="status">${mode ? t(`supervise.${mode}_text`) : t('supervise.noted')}</p>
    </fieldset>`;
}

function State({ base, agent }) {
  const [busy, run] = useAction();
  const set = (state) => run(() => put(`${base}/state`, { state }), NO_CALL.has(agent.state) ? t('supervise.done') : t('supervise.later'));
  const button = (state, shown) => shown && html`<button type="button" class="button" disabled=${busy} onClick=${() => set(state)}>${t(`supervise.to_${state}`)}</button>`;
  return html`
    <fieldset class="supervise-part"><legend>${t('supervise.state')}</legend>
      <div class="button-row">
        ${button('ready', agent.state === 'paused' || agent.state === 'wrap_up')}
        ${button('paused', agent.state !== 'paused' && agent.state !== 'connecting')}
        ${button('offline', true)}
      </div>
    </fieldset>`;
}

function Message({ base }) {
  const [busy, run] = useAction();
  const [text, setText] = useState('');
  const send = (event) => {
    event.preventDefault();
    run(async () => {
      await post(`${base}/messages`, { text });
      setText('');
      toast(t('supervise.sent'));
    });
  };
  return html`
    <form class="supervise-part" onSubmit=${send}>
      <label class="field"><span>${t('supervise.message')}</span>
        <input name="text" required maxlength=${TEXT_MAX} autocomplete="off" value=${text} onInput=${(event) => setText(event.target.value)} /></label>
      <button class="button" disabled=${busy || !text.trim()}>${t('supervise.send')}</button>
    </form>`;
}
