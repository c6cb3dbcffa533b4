// The call in hand: hold, mute, keys, announcements, and whoever else is brought into it. What is so at this moment
// comes from the server; the buttons are those that mean something now.
import { html, useEffect, useRef, useState, useStore } from './lib.js';
import { get, post } from './api.js';
import { useNow } from './clock.js';
import { duration } from './format.js';
import { t } from './i18n.js';
import { Empty, Icon, toast, useAction } from './parts.js';
import { useKeys } from './desk-keys.js';
import { mutePhone, phone } from './softphone.js';

const TARGETS_AGAIN_MS = 3000;
const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];
const ALONE = new Set(['joined', 'held']);
const HEARD = new Set(['joined', 'conference']);

/**
 * The bar of the call that the agent has. Nothing while they have none.
 * @param {{ desk: any, agent: any, card: any, onChange: () => void }} props
 */
export function CallControls({ desk, agent, card, onChange }) {
  const callId = agent?.state === 'talking' ? agent.call_id : null;
  const last = useRef(null);
  useEffect(() => {
    if (last.current && last.current !== callId) mutePhone(false); // whoever is silent on one call is heard on the next
    last.current = callId;
  }, [callId]);
  if (!callId) return null;
  return html`<${Bar} key=${agent.call_id} desk=${desk} agent=${agent} card=${card} onChange=${onChange} />`;
}

function Bar({ desk, agent, card, onChange }) {
  const [busy, run] = useAction();
  const [open, setOpen] = useState('');
  const browser = desk.desk?.phone === 'browser';
  const ownPhone = useStore(phone);
  const talk = agent.talk ?? { state: 'joined', role: 'owner', other: null, number: '', muted: false };
  const muted = browser ? ownPhone.muted : talk.muted;
  const owner = talk.role === 'owner';
  const ask = (path, body = {}, words) => run(async () => {
    await post(`/desk/call/${path}`, { call_id: agent.call_id, ...body });
    onChange();
  }, words);
  const hangUp = () => run(async () => {
    await post('/desk/hang-up');
    onChange();
  });
  const mute = () => (browser ? mutePhone(!muted) : ask(muted ? 'unmute' : 'mute'));
  const can = abilities(talk.state, owner);
  const unless = (allowed, go) => (allowed && !busy ? go : undefined);
  const toggle = (what) => setOpen((now) => (now === what ? '' : what));
  useEffect(() => {
    if ((open === 'keypad' || open === 'notice') && !can.heard) setOpen('');
    if (open === 'transfer' && !can.reach) setOpen('');
  }, [talk.state]);
  useKeys([
    { key: 'h', label: 'keys.hold', run: unless(can.hold || can.resume, () => ask(can.hold ? 'hold' : 'resume')) },
    { key: 'u', label: 'keys.mute', run: unless(true, mute) },
    { key: 'k', label: 'keys.keypad', run: unless(can.heard, () => toggle('keypad')) },
    { key: 't', label: 'keys.transfer', run: unless(can.reach, () => setOpen('transfer')) },
    { key: 'g', label: 'keys.complete', run: unless(can.complete, () => ask('complete')) },
    { key: 'c', label: 'keys.conference', run: unless(can.confer, () => ask('conference')) },
    { key: 'x', label: 'keys.call_cancel', run: unless(can.cancel, () => ask('cancel')) },
    { key: 'l', label: 'keys.notice', run: unless(can.heard, () => toggle('notice')) },
    { key: 'i', label: 'keys.to_ivr', run: unless(can.ivr, () => setOpen('ivr')) },
    { key: 'H', label: 'keys.hang_up', run: unless(true, hangUp) },
  ]);
  const button = (key, icon, label, go, more = {}) => html`
    <button type="button" class=${`button ${more.tone ?? ''}`} disabled=${busy} aria-pressed=${more.pressed} aria-expanded=${more.expanded}
      aria-keyshortcuts=${key} title=${t('call.shortcut', { label, key })} data-call=${more.name} onClick=${go}><${Icon} name=${icon} />${label}</button>`;
  return html`
    <section class="card call-bar" aria-label=${t('call.bar')} data-talk=${talk.state}>
      <${Standing} talk=${talk} person=${card?.name} muted=${muted} />
      <div class="button-row call-buttons">
        ${can.hold && button('h', 'pause', t('call.hold'), () => ask('hold'), { name: 'hold' })}
        ${can.resume && button('h', 'play', t('call.resume'), () => ask('resume'), { name: 'resume', tone: 'button-main' })}
        ${can.complete && button('g', 'check', t(talk.state === 'conference' ? 'call.leave_them' : 'call.complete'), () => ask('complete'), { name: 'complete', tone: 'button-main' })}
        ${can.confer && button('c', 'users', t('call.conference'), () => ask('conference'), { name: 'conference' })}
        ${can.cancel && button('x', 'close', t(owner ? `call.cancel.${talk.state}` : 'call.leave'), () => ask('cancel'), { name: 'cancel' })}
        ${button('u', 'audio', t(muted ? 'call.unmute' : 'call.mute'), mute, { name: 'mute', pressed: muted, tone: muted ? 'button-bad' : '' })}
        ${can.heard && button('k', 'calls', t('call.keypad'), () => toggle('keypad'), { name: 'keypad', expanded: open === 'keypad' })}
        ${can.heard && button('l', 'alert', t('call.notice'), () => toggle('notice'), { name: 'notice', expanded: open === 'notice' })}
        ${can.reach && button('t', 'person', t('call.transfer'), () => setOpen('transfer'), { name: 'transfer' })}
        ${can.ivr && button('i', 'money', t('call.to_ivr'), () => setOpen('ivr'), { name: 'to-ivr' })}
        ${button('H', 'phone', t('desk.hang-up'), hangUp, { name: 'hang-up', tone: 'button-bad' })}
      </div>
      ${open === 'keypad' && html`<${Keypad} busy=${busy} onPress=${(digits) => ask('keypad', { digits })} onClose=${() => setOpen('')} />`}
      ${open === 'notice' && html`
        <div class="call-more" role="group" aria-label=${t('call.notice')} onKeyDown=${(event) => event.key === 'Escape' && setOpen('')}>
          ${['disclosure', 'recording'].map((notice) => html`
            <button key=${notice} type="button" class="button" disabled=${busy} onClick=${() => { setOpen(''); ask('announce', { notice }, t('call.announced')); }}>${t(`call.notice.${notice}`)}</button>`)}
        </div>`}
      ${open === 'transfer' && html`
        <${Transfer} onClose=${() => setOpen('')} onChoose=${(way, whom) => { setOpen(''); ask(way, whom); }} />`}
      ${open === 'ivr' && html`<${ToFlow} onClose=${() => setOpen('')} onYes=${() => { setOpen(''); ask('to-ivr', {}, t('call.sent_to_ivr')); }} />`}
    </section>`;
}

/** What can be asked for now. */
function abilities(state, owner) {
  return {
    hold: owner && state === 'joined',
    resume: owner && state === 'held',
    heard: owner && HEARD.has(state),
    reach: owner && ALONE.has(state),
    ivr: owner && ALONE.has(state),
    complete: owner && (state === 'reaching' || state === 'consulting' || state === 'conference'),
    confer: owner && state === 'consulting',
    cancel: !ALONE.has(state),
  };
}

/** Who hears whom, in words, and since when. */
function Standing({ talk, person, muted }) {
  const now = useNow();
  const other = talk.other ?? '';
  const words = t(`call.state.${talk.role}.${talk.state}`, { other, person: person ?? t('call.person') });
  return html`
    <p class="call-standing"><span class="call-words" role="status" aria-live="polite">${words}${muted ? ` ${t('call.muted')}` : ''}</span>
      ${talk.since && html`<span class="mono quiet" role="timer" aria-label=${t('call.since')}>${duration(Math.max(0, (now - Date.parse(talk.since)) / 1000))}</span>`}</p>`;
}

function Keypad({ busy, onPress, onClose }) {
  const pad = useRef(null);
  const [sent, setSent] = useState('');
  useEffect(() => pad.current.focus(), []);
  const press = (key) => {
    setSent((before) => (before + key).slice(-16));
    onPress(key);
  };
  const typed = (event) => {
    if (event.key === 'Escape') onClose();
    else if (KEYS.includes(event.key) && !busy) press(event.key);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`
    <div ref=${pad} class="keypad" tabindex="-1" role="group" aria-label=${t('call.keypad')} onKeyDown=${typed}>
      <output class="mono keypad-sent" aria-live="polite" aria-label=${t('call.pressed')}>${sent || ' '}</output>
      ${KEYS.map((key) => html`<button key=${key} type="button" class="button" disabled=${busy} onClick=${() => press(key)}>${key}</button>`)}
      <p class="quiet">${t('call.keypad_hint')}</p>
    </div>`;
}

/** To whom: agents who are ready now, and the numbers that the campaign lists. */
function Transfer({ onChoose, onClose }) {
  const dialog = useRef(null);
  const [targets, setTargets] = useState(null);
  useEffect(() => {
    dialog.current.showModal();
    const read = () => get('/desk/call/targets').then(setTargets, (problem) => toast(problem.words, 'bad'));
    read();
    const timer = setInterval(read, TARGETS_AGAIN_MS);
    return () => clearInterval(timer);
  }, []);
  const row = (id, name, detail, whom) => html`
    <li key=${id}><div><strong>${name}</strong>${detail && html` <span class="mono quiet">${detail}</span>`}</div>
      <div class="button-row">
        <button type="button" class="button button-main" aria-label=${t('call.consult_whom', { name })} onClick=${() => onChoose('consult', whom)}>${t('call.consult')}</button>
        <button type="button" class="button" aria-label=${t('call.transfer_whom', { name })} onClick=${() => onChoose('transfer', whom)}>${t('call.give')}</button>
      </div></li>`;
  return html`
    <dialog ref=${dialog} class="dialog call-targets" aria-labelledby="targets-title" onClose=${onClose}>
      <h2 id="targets-title">${t('call.transfer_title')}</h2>
      <p>${t('call.transfer_text')}</p>
      ${!targets ? html`<p class="loading">${t('state.loading')}</p>` : html`
        <h3>${t('call.agents')}</h3>
        ${targets.agents.length === 0 ? html`<${Empty} title=${t('call.no_agents')} />` : html`
          <ul>${targets.agents.map((one) => row(one.id, one.name, one.name === one.id ? '' : one.id, { agent: one.id }))}</ul>`}
        ${targets.numbers.length > 0 && html`<h3>${t('call.numbers')}</h3>
          <ul>${targets.numbers.map((one) => row(one.name, one.name, one.number, { number: one.name }))}</ul>`}`}
      <div class="dialog-buttons"><button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.cancel')}</button></div>
    </dialog>`;
}

/** The flow will speak of the debt at once: only whom the agent has identified may be sent there. */
function ToFlow({ onYes, onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current.showModal(), []);
  return html`
    <dialog ref=${dialog} class="dialog" aria-labelledby="flow-title" onClose=${onClose}>
      <h2 id="flow-title">${t('call.to_ivr_title')}</h2>
      <p>${t('call.to_ivr_text')}</p>
      <div class="dialog-buttons">
        <button type="button" class="button" onClick=${() => dialog.current.close()}>${t('action.cancel')}</button>
        <button type="button" class="button button-main" onClick=${onYes}>${t('call.to_ivr_yes')}</button>
      </div>
    </dialog>`;
}
