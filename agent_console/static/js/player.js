// A recording with its waveform: the debtor above, the agent below. Decoded here, at the telephone's own rate.
import { html, useEffect, useRef, useState } from './lib.js';
import { duration } from './format.js';
import { t } from './i18n.js';
import { Banner } from './parts.js';

const RATE = 8000;
const BARS = 240;
const LARGEST_BYTES = 60_000_000; // more would not fit the memory of a small computer
const STEP_S = 5;

/** For each channel the loudest sample of each of BARS parts, 0 to 1. */
export function peaks(channels) {
  return channels.map((samples) => {
    const part = Math.max(1, Math.floor(samples.length / BARS));
    const found = new Float32Array(BARS);
    for (let bar = 0; bar < BARS; bar += 1) {
      let most = 0;
      for (let i = bar * part; i < Math.min(samples.length, (bar + 1) * part); i += 4) most = Math.max(most, Math.abs(samples[i]));
      found[bar] = most;
    }
    return found;
  });
}

async function read(address) {
  const answer = await fetch(address);
  if (!answer.ok || Number(answer.headers.get('content-length') ?? 0) > LARGEST_BYTES) return null;
  const audio = await new OfflineAudioContext(2, 1, RATE).decodeAudioData(await answer.arrayBuffer());
  return peaks(Array.from({ length: Math.min(2, audio.numberOfChannels) }, (_, at) => audio.getChannelData(at)));
}

export function Player({ id }) {
  const address = `/api/v1/attempts/${encodeURIComponent(id)}/recording`;
  const [failed, setFailed] = useState(false);
  const [wave, setWave] = useState(null);
  const [at, setAt] = useState({ now: 0, whole: 0 });
  const audio = useRef(null);
  useEffect(() => {
    let current = true;
    read(address).then((found) => { if (current) setWave(found); }, () => {});
    return () => { current = false; };
  }, [id]);
  if (failed) return html`<${Banner} tone="info">${t('problem.recording-missing')}</${Banner}>`;
  const told = () => setAt({ now: audio.current.currentTime, whole: audio.current.duration || 0 });
  const seek = (seconds) => {
    audio.current.currentTime = Math.min(Math.max(0, seconds), at.whole);
    told();
  };
  const click = (event) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * at.whole);
  };
  const key = (event) => {
    const by = { ArrowRight: STEP_S, ArrowLeft: -STEP_S, PageUp: 30, PageDown: -30 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    seek(at.now + by);
  };
  return html`
    <figure class="player">
      ${wave && html`
        <div class="waveform" role="slider" tabindex="0" aria-label=${t('player.position')} aria-valuemin="0" aria-valuemax=${Math.round(at.whole)} aria-valuenow=${Math.round(at.now)}
          aria-valuetext=${`${duration(at.now)} / ${duration(at.whole)}`} onClick=${click} onKeyDown=${key}>
          <${Wave} wave=${wave} share=${at.whole ? at.now / at.whole : 0} /></div>`}
      <audio controls preload="metadata" src=${address} ref=${audio} onTimeUpdate=${told} onLoadedMetadata=${told} onError=${() => setFailed(true)} aria-label=${t('detail.recording')}></audio>
      <figcaption>${t('detail.channels')}</figcaption>
    </figure>`;
}

/** SVG, not canvas: it follows the theme and the width by itself. */
function Wave({ wave, share }) {
  const half = 20;
  return html`
    <svg viewBox=${`0 0 ${BARS} ${half * 4}`} preserveAspectRatio="none" aria-hidden="true">
      ${wave.map((bars, channel) => html`<path key=${channel} class=${`wave-${channel}`} d=${path(bars, half * (channel * 2 + 1), half)} />`)}
      <line class="wave-now" x1=${share * BARS} x2=${share * BARS} y1="0" y2=${half * 4} />
    </svg>`;
}

const path = (bars, middle, half) => Array.from(bars, (loud, x) => {
  const high = Math.max(0.4, loud * (half - 1));
  return `M${x + 0.5} ${(middle - high).toFixed(1)}V${(middle + high).toFixed(1)}`;
}).join('');
