// How a call is noticed in a tab that nobody looks at: a tone, the title of the page, a word for screen readers.
import { html, Store, useEffect, useRef } from './lib.js';
import { t, useLanguage } from './i18n.js';

/** Whether a tone sounds when a call comes. */
export const toneOn = new Store(localStorage.getItem('cadencia.desk.tone') !== 'off');

const NOTES = [[660, 0], [880, 0.16]]; // Hz, seconds from now
const NOTE_S = 0.14;
const LOUDNESS = 0.12;
const COMES = new Set(['reserved', 'talking', 'preview']);
const HERE = new Set(['reserved', 'talking', 'preview', 'wrap_up']);
let sound = null;

/** Browsers let a page sound only once somebody has touched it. */
function wakeSound() {
  sound ??= new AudioContext();
  if (sound.state === 'suspended') sound.resume().catch(() => {});
}

function ring() {
  if (!toneOn.value) return;
  wakeSound();
  for (const [pitch, after] of NOTES) {
    const voice = sound.createOscillator();
    const volume = sound.createGain();
    const begin = sound.currentTime + after;
    voice.frequency.value = pitch;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(LOUDNESS, begin + 0.02);
    volume.gain.linearRampToValueAtTime(0, begin + NOTE_S);
    voice.connect(volume).connect(sound.destination);
    voice.start(begin);
    voice.stop(begin + NOTE_S);
  }
}

/** Rings when a call comes, names the state in the title, and says it to screen readers. */
export function Signal({ state, callId }) {
  const language = useLanguage();
  const before = useRef(state);
  useEffect(() => {
    addEventListener('pointerdown', wakeSound, { once: true });
    addEventListener('keydown', wakeSound, { once: true });
    return () => {
      removeEventListener('pointerdown', wakeSound);
      removeEventListener('keydown', wakeSound);
    };
  }, []);
  useEffect(() => {
    const from = before.current;
    before.current = state;
    if (from !== state && COMES.has(state) && !HERE.has(from)) ring();
  }, [state, callId]);
  useEffect(() => {
    const title = `${t('nav.desk')} · Cadencia`;
    document.title = `${COMES.has(state) ? '● ' : ''}${t(`desk.state.${state}`)} · ${title}`;
    return () => { document.title = title; };
  }, [state, language]);
  return html`<p class="hidden" role="status" aria-live="assertive">${t(`desk.state.${state}`)}. ${t(`desk.said.${state}`)}</p>`;
}
