// One attempt: its timeline from dialing to the end, what the detector said and why, and the recording.
import { html, useEffect, useRef, useState } from './lib.js';
import { duration, number, percent, seconds, time, weekdayTime } from './format.js';
import { known, t, word } from './i18n.js';
import { Banner, Icon, useLatest } from './parts.js';
import { Outcome } from './attempts.js';
import { Decision } from './attempt-decision.js';
import { Player } from './player.js';

export function AttemptDetail({ id, onClose }) {
  const [detail, setDetail] = useState(null);
  const [problem, setProblem] = useState(null);
  const panel = useRef(null);
  const ask = useLatest();
  useEffect(() => {
    panel.current.focus({ preventScroll: true });
    ask(`/attempts/${encodeURIComponent(id)}`).then(setDetail, setProblem);
  }, [id]);
  const key = (event) => {
    if (event.key === 'Escape') onClose();
  };
  return html`
    <aside class="card detail" tabindex="-1" ref=${panel} onKeyDown=${key} aria-label=${t('detail.title')}>
      <header class="card-head">
        <h2>${t('detail.title')}</h2>
        <button type="button" class="button button-icon" aria-label=${t('action.close')} onClick=${onClose}><${Icon} name="close" /></button>
      </header>
      ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
      ${!detail && !problem && html`<p class="loading">${t('state.loading')}</p>`}
      ${detail && html`<${Detail} detail=${detail} />`}
    </aside>`;
}

function Detail({ detail }) {
  const { row } = detail;
  return html`
    <p class="detail-who">${detail.debtor_name}<span class="mono">${detail.number}</span></p>
    <p class="detail-outcome"><${Outcome} outcome=${row.outcome} released=${row.released} /> ${row.disposition && html`<strong>${t(`disposition.${row.disposition}`)}</strong>`}</p>
    ${detail.notes && html`<blockquote>${detail.notes}</blockquote>`}
    ${row.recorded && html`<${Player} id=${row.call_id} />`}
    <${Phases} detail=${detail} />
    <${Timeline} detail=${detail} />
    <${Decision} id=${row.call_id} />
    <${Facts} detail=${detail} />`;
}

/** @returns {any} milliseconds since 1970, or null */
const ms = (iso) => (iso ? Date.parse(iso) : null);

/** The parts of the call to scale: ringing, finding out who answered, waiting, talking. */
function Phases({ detail }) {
  const dialed = ms(detail.dialed_at);
  const ended = ms(detail.ended_at);
  if (dialed === null || ended === null || ended <= dialed) return null;
  const answered = ms(detail.answered_at) ?? ended;
  const verdict = ms(detail.verdict_at) ?? ended;
  const bridged = ms(detail.bridged_at) ?? ended;
  /** @type {any[][]} */
  const parts = [
    ['ring', dialed, answered], ['detect', answered, Math.min(verdict, bridged)],
    ['wait', Math.min(verdict, bridged), bridged], ['talk', bridged, ended],
  ].filter(([, from, to]) => to - from > 0);
  return html`
    <div class="phases" role="img" aria-label=${parts.map(([name, from, to]) => `${t(`phase.${name}`)} ${seconds((to - from) / 1000)}`).join(', ')}>
      ${parts.map(([name, from, to]) => html`<i key=${name} class=${`phase-${name}`} style=${{ flexGrow: to - from }} title=${`${t(`phase.${name}`)} ${seconds((to - from) / 1000)}`}></i>`)}
    </div>
    <ul class="legend">${parts.map(([name, from, to]) => html`<li key=${name}><i class=${`swatch phase-${name}`}></i>${t(`phase.${name}`)} <b>${(to - from) < 60000 ? seconds((to - from) / 1000) : duration((to - from) / 1000)}</b></li>`)}</ul>`;
}

function Timeline({ detail }) {
  const { row } = detail;
  const verdictNote = row.verdict && [
    word('amd', detail.verdict_reason),
    detail.verdict_delay_ms !== null && t('detail.after_answer', { ms: detail.verdict_delay_ms }),
    detail.verdict_confidence !== null && t('detail.confidence', { share: percent(detail.verdict_confidence, 0) }),
  ].filter(Boolean).join(' · ');
  const steps = [
    ['reserved', row.reserved_at],
    ['dialed', detail.dialed_at],
    ['ringing', detail.ringing_at],
    ['early_media', detail.early_media_at],
    ['answered', detail.answered_at],
    ['verdict', detail.verdict_at, row.verdict && t(`verdict.${row.verdict}`), verdictNote],
    ['bridged', detail.bridged_at, detail.agent_name ?? row.agent_id,
      detail.verdict_to_bridge_ms !== null && t('detail.verdict_to_bridge', { ms: Math.round(detail.verdict_to_bridge_ms) })],
    ...detail.talk.slice(detail.talk[0]?.did === 'joined' ? 1 : 0).map((note) => [note.did, note.at, talkWords(note)]), // the first is `bridged`
    ['ended', detail.ended_at, null, causeWords(detail)],
  ].filter(([, at]) => at).sort((a, b) => ms(a[1]) - ms(b[1]));
  const start = ms(steps[0][1]);
  return html`
    <h3>${t('detail.timeline')}</h3>
    <ol class="timeline">
      ${steps.map(([name, at, what, note]) => html`
        <li key=${`${name} ${at}`} data-step=${name}>
          <time datetime=${at}>${time(at)}</time>
          <div><strong>${word('step', name)}</strong>${what && html` ${what}`}${note && html`<small>${note}</small>`}</div>
          <span class="offset">+${number((ms(at) - start) / 1000, 1)} s</span>
        </li>`)}
    </ol>`;
}

function talkWords({ did, agent_id: agent, other }) {
  const about = did === 'announced' ? word('call.notice', other) : other;
  return [agent, about].filter(Boolean).join(' → ');
}

function causeWords(detail) {
  if (!detail.cause) return detail.dial_status;
  const words = known(`cause.${detail.cause}`) ? t(`cause.${detail.cause}`) : detail.cause_text;
  return `${words} (Q.850 ${detail.cause}${detail.dial_status ? `, ${detail.dial_status}` : ''})`;
}

function Facts({ detail }) {
  const { row } = detail;
  const next = detail.next_try_at ? weekdayTime(detail.next_try_at) : detail.stop_reason && word('stop', detail.stop_reason);
  return html`
    <dl class="facts">
      <div><dt>${t('attempts.campaign')}</dt><dd>${row.campaign}</dd></div>
      ${next && html`<div><dt>${t('detail.next')}</dt><dd>${next}</dd></div>`}
      ${row.outcome === 'abandoned' && html`<div><dt>${t('detail.message_played')}</dt><dd>${t(detail.abandoned_message_played ? 'yes' : 'no')}</dd></div>`}
      <div><dt>${t('detail.call_id')}</dt><dd class="mono">${row.call_id}</dd></div>
    </dl>`;
}
