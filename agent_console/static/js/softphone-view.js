// What a person sees of their browser's telephone: whether it is there, their microphone, the echo test, mute.
import { html, useEffect, useState, useStore } from './lib.js';
import { get } from './api.js';
import { t } from './i18n.js';
import { Banner, Icon } from './parts.js';
import { chosenMicrophone, level, microphones } from './softphone-audio.js';
import { chooseMicrophone, echoTest, hearPhone, lookAtLevel, mutePhone, phone, retryPhone, startPhone, stopPhone, takePhoneHere } from './softphone.js';

const LOOK_EVERY_MS = 100;
const STOP_AFTER_MS = 3000;

let users = 0;

/** The phone runs while anything on the page wants it, and a moment longer: pages change what they show. */
export function usePhone(wanted = true) {
  useEffect(() => {
    if (!wanted) return undefined;
    users += 1;
    startPhone();
    return () => {
      users -= 1;
      setTimeout(() => users === 0 && stopPhone(), STOP_AFTER_MS);
    };
  }, [wanted]);
  return useStore(phone);
}

/** Whether a browser can be a telephone here; null until it is known. */
export function usePhoneHere() {
  const [available, setAvailable] = useState(null);
  useEffect(() => {
    get('/phone').then((answer) => setAvailable(answer.available), () => setAvailable(false));
  }, []);
  return available;
}

/** On the desk: a line where all is well, a banner where it is not. One line mounts it: `<${Softphone} />`. */
export function Softphone() {
  const now = usePhone();
  const [open, setOpen] = useState(false);
  const well = now.state === 'registered';
  return html`
    <section class="softphone" data-phone=${now.state} data-leg=${now.leg ? 'up' : 'down'} aria-label=${t('phone.title')}>
      <${Trouble} now=${now} />
      ${well && html`
        <div class="softphone-row">
          <span><i class=${`dot ${now.leg ? 'agent-ready' : 'agent-connecting'}`}></i>${t(now.leg ? 'phone.connected' : 'phone.registered')}</span>
          ${now.leg && html`<button type="button" class=${now.muted ? 'button button-bad' : 'button'} aria-pressed=${now.muted} onClick=${() => mutePhone(!now.muted)}>${t(now.muted ? 'phone.unmute' : 'phone.mute')}</button>`}
          <button type="button" class="button button-plain" aria-expanded=${open} onClick=${() => setOpen(!open)}>${t('phone.microphone')}</button>
        </div>
        ${open && html`<${MicrophoneChoice} echo=${!now.leg && now} />`}`}
    </section>`;
}

/** Before signing in to a desk: does the microphone work, does one hear oneself? */
export function SoftphoneCheck() {
  const now = usePhone();
  return html`
    <section class="softphone" data-phone=${now.state} aria-label=${t('phone.title')}>
      <${Trouble} now=${now} />
      ${now.state === 'registered' && html`<${MicrophoneChoice} echo=${now} />`}
    </section>`;
}

function Trouble({ now }) {
  const banner = (tone, words, button) => html`<${Banner} tone=${tone}>${words} ${button}</${Banner}>`;
  const retry = (words) => html`<button type="button" class="button" onClick=${retryPhone}>${words}</button>`;
  switch (now.state) {
    case 'starting':
    case 'connecting':
      return html`<p class="quiet" role="status">${t('phone.connecting')}</p>`;
    case 'lost':
      return banner('bad', t('phone.lost'));
    case 'no_microphone':
      return banner('bad', t(now.problem === 'NotAllowedError' ? 'phone.microphone_refused' : now.problem === 'NotSupportedError' ? 'phone.needs_https' : 'phone.microphone_missing'), retry(t('phone.retry')));
    case 'no_phone':
      return banner('bad', now.problem, retry(t('phone.retry')));
    case 'elsewhere':
      return banner('info', t('phone.elsewhere'), html`<button type="button" class="button" onClick=${takePhoneHere}>${t('phone.take')}</button>`);
    default:
      return now.blocked ? banner('bad', t('phone.blocked'), html`<button type="button" class="button" onClick=${hearPhone}>${t('phone.hear')}</button>`) : null;
  }
}

/** `echo`: the phone, where the test may be made now. */
function MicrophoneChoice({ echo }) {
  const all = useStore(microphones);
  const now = useStore(level);
  useEffect(() => {
    const timer = setInterval(lookAtLevel, LOOK_EVERY_MS);
    return () => {
      clearInterval(timer);
      echoTest(false);
    };
  }, []);
  const selected = chosenMicrophone() || all[0]?.id;
  return html`
    <div class="softphone-microphone">
      <label class="field"><span>${t('phone.microphone')}</span>
        <select name="microphone" onChange=${(event) => chooseMicrophone(event.target.value)}>
          ${all.map(({ id, label }) => html`<option key=${id} value=${id} selected=${id === selected}>${label}</option>`)}
        </select></label>
      <div class="field"><span id="mic-level">${t('phone.level')}</span>
        <meter aria-labelledby="mic-level" min="0" max="1" low="0.15" value=${now.toFixed(2)} data-level></meter></div>
      ${echo && html`
        <div><button type="button" class="button" aria-pressed=${echo.echo} onClick=${() => echoTest(!echo.echo)}><${Icon} name="audio" />${t(echo.echo ? 'phone.echo_stop' : 'phone.echo')}</button>
        <p class="quiet" role="status">${echo.echo ? t('phone.echo_text') : ''}</p></div>`}
    </div>`;
}
