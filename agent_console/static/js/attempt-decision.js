// The decision on which a call left, and which of the law's duties it did not keep.
import { html, useEffect, useState } from './lib.js';
import { seconds, time } from './format.js';
import { language, t, useLanguage, word } from './i18n.js';
import { Badge, useLatest } from './parts.js';
import { Rules } from './rules.js';

export function Decision({ id }) {
  useLanguage();
  const [found, setFound] = useState(null);
  const [problem, setProblem] = useState(null);
  const ask = useLatest();
  useEffect(() => {
    ask(`/attempts/${encodeURIComponent(id)}/decision?lang=${language.value}`).then(setFound, setProblem);
  }, [id]);
  if (problem) return html`<h3>${t('decision.title')}</h3><p class="quiet">${problem.words}</p>`;
  if (!found) return null;
  const { decision } = found;
  if (!decision) return html`<h3>${t('decision.title')}</h3><p class="quiet">${t('decision.none')}</p>`;
  return html`
    <section class="decision-record" aria-label=${t('decision.title')}>
      <h3>${t('decision.title')}</h3>
      <p><${Badge} tone=${decision.allowed ? 'ok' : 'bad'}>${t(decision.allowed ? 'decision.allowed' : 'decision.denied', { time: time(decision.at) })}</${Badge}>${' '}
        <a href=${`/debtor?id=${decision.debtor_id}`}>${t('decision.debtor')}</a></p>
      <${Breaches} breaches=${decision.breaches} />
      ${decision.obligations && html`<${Duties} duties=${decision.obligations} />`}
      ${decision.answer ? html`
        ${!decision.same_rules && html`<p class="quiet">${t('decision.other_rules')}</p>`}
        <details><summary>${t('decision.rules')}</summary><${Rules} answer=${decision.answer} /></details>`
        : html`<p class="quiet">${t('decision.erased')}</p>`}
    </section>`;
}

function Breaches({ breaches }) {
  if (breaches === null) return null;
  if (!breaches.length) return html`<p class="quiet">${t('decision.kept')}</p>`;
  return html`<ul class="breaches">${breaches.map((one) => html`<li key=${one} data-breach=${one}><${Badge} tone="bad">${word('breach', one)}</${Badge}></li>`)}</ul>`;
}

function Duties({ duties }) {
  /** @type {any[]} */
  const rows = [
    duties.ring_min_s > 0 && [t('duty.ring'), seconds(duties.ring_min_s, 0)],
    duties.connect_deadline_s !== null && [t('duty.connect'), `${seconds(duties.connect_deadline_s, 0)} ${word('deadline', duties.deadline_from ?? 'greeting_end')}`],
    duties.drop_messages.length > 0 && [t('duty.message'), duties.drop_messages.map((one) => word('wording', one)).join(', ')],
    duties.announcements.length > 0 && [t('duty.announce'), duties.announcements.map((one) => word('announce', one)).join(', ')],
  ].filter(Boolean);
  if (!rows.length) return null;
  return html`<dl class="facts">${rows.map(([name, what]) => html`<div key=${name}><dt>${name}</dt><dd>${what}</dd></div>`)}</dl>`;
}
