// Listening to kept calls and saying who answered. The detector's verdict is shown only afterwards: it would be heard.
import { html, useEffect, useRef, useState, useStore } from './lib.js';
import { get, post, query } from './api.js';
import { useCampaigns } from './campaigns.js';
import { mayRun, me } from './me.js';
import { day, number, percent, time } from './format.js';
import { t, word } from './i18n.js';
import { Badge, Banner, Card, Empty, Icon, toast, useAction, useLatest } from './parts.js';

/** In the order of the keys 1 to 7. */
export const LABELS = ['human', 'machine', 'announcement', 'fax', 'screener', 'silence', 'unclear'];
/** A call that is labelled goes away in the middle of its audio: that is no error. */
const interrupted = (failure) => {
  if (failure.name !== 'AbortError') throw failure;
};
const PAGE = 50;

export function Review() {
  const [campaigns] = useCampaigns();
  const [campaign, setCampaign] = useState('');
  const [rows, setRows] = useState(null);
  const [cursor, setCursor] = useState(null);
  const [waiting, setWaiting] = useState(0);
  const [current, setCurrent] = useState(null);
  const [round, setRound] = useState(0);
  const [problem, setProblem] = useState(null);
  const [models, setModels] = useState([]);
  const person = useStore(me)?.user.login ?? '';
  const asked = useRef(0);

  const read = async (from) => {
    const mine = ++asked.current;
    try {
      const page = await get(`/amd/reviews${query({ campaign, cursor: from, limit: PAGE })}`);
      if (mine !== asked.current) return;
      setRows((before) => (from ? [...before, ...page.rows] : page.rows));
      setCursor(page.next_cursor);
      setWaiting(page.waiting);
      if (!from) setCurrent(page.rows[0]?.call_id ?? null);
      setProblem(null);
    } catch (failure) {
      if (mine === asked.current) setProblem(failure);
    }
  };
  useEffect(() => {
    read(null);
  }, [campaign]);
  useEffect(() => {
    get('/amd/models').then(setModels, () => setModels([]));
  }, []);

  const labelled = (id, label) => {
    const left = rows.map((row) => (row.call_id === id ? { ...row, label, reviewed_by: person, fresh: true } : row));
    setRows(left);
    setWaiting((before) => before - (rows.find((row) => row.call_id === id).label ? 0 : 1));
    setCurrent(left.find((row) => !row.label)?.call_id ?? id);
    setRound(round + 1);
  };
  const open = rows?.find((row) => row.call_id === current);
  return html`
    <div class="page-head"><h1>${t('review.title')}</h1>
      <p class="quiet" role="status" data-waiting=${waiting}>${t('review.waiting', { n: waiting })}</p></div>
    <form class="filters" onSubmit=${(event) => event.preventDefault()}>
      ${campaigns?.length > 1 && html`
        <label class="field"><span>${t('attempts.campaign')}</span>
          <select value=${campaign} onChange=${(event) => setCampaign(event.target.value)}>
            <option value="">${t('filter.all')}</option>${campaigns.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select></label>`}
    </form>
    ${problem && html`<${Banner} tone="bad">${problem.words}</${Banner}>`}
    ${models.some((model) => !model.may_decide) && html`<${Banner} tone="info">${t('review.synthetic', { models: models.filter((model) => !model.may_decide).map((model) => `${model.name} (${model.language})`).join(', ') })}</${Banner}>`}
    ${rows === null ? !problem && html`<p class="loading">${t('state.loading')}</p>` : html`
      <div class="two">
        <div class="column">
          ${open ? html`<${Hearing} key=${open.call_id} call=${open} onLabelled=${labelled} autoplay=${round > 0} />` : html`
            <section class="card"><${Empty} title=${t('review.none')}>${t('review.none_hint')}</${Empty}></section>`}
          <${Report} campaign=${campaign} round=${round} />
        </div>
        ${rows.length > 0 && html`<${Card} title=${t('review.list')} id="review-list" aside=${html`<span class="count">${number(rows.length)}</span>`}>
          <ul class="review-list">${rows.map((row) => html`<${Line} key=${row.call_id} row=${row} current=${row.call_id === current} onOpen=${setCurrent} />`)}</ul>
          ${cursor && html`<div class="more"><button type="button" class="button" onClick=${() => read(cursor)}>${t('action.more')}</button></div>`}
        </${Card}>`}
      </div>`}`;
}

const agrees = (row) => row.label === row.verdict || (row.label === 'machine' && row.verdict === 'announcement') || (row.label === 'announcement' && row.verdict === 'machine');

function Line({ row, current, onOpen }) {
  return html`
    <li class=${current ? 'current' : ''} data-call=${row.call_id}>
      <button type="button" class="row-button" aria-current=${current ? 'true' : undefined} onClick=${() => onOpen(row.call_id)}>${time(row.at)}</button>
      <small class="quiet">${day(row.at)} · ${row.campaign}</small>
      ${row.label ? html`<${Badge} tone=${row.label === 'unclear' ? 'quiet' : agrees(row) ? 'ok' : 'bad'}>${t(`label.${row.label}`)}</${Badge}>`
        : html`<${Badge}>${t('review.unlabelled')}</${Badge}>`}
    </li>`;
}

function Hearing({ call, onLabelled, autoplay }) {
  const audio = useRef(null);
  const [failed, setFailed] = useState(false);
  const [busy, run] = useAction();
  const say = (label) => run(async () => {
    if (busy) return;
    await post(`/amd/reviews/${call.call_id}`, { label });
    toast(t('review.said', { label: t(`label.${label}`), verdict: verdict(call) }), label === 'unclear' || agrees({ ...call, label }) ? 'ok' : 'bad');
    onLabelled(call.call_id, label);
  });
  useEffect(() => {
    const key = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, select, textarea')) return;
      const label = LABELS[Number(event.key) - 1];
      if (label && mayRun()) say(label);
      else if (event.key === ' ' && !event.target.closest('button, audio, a')) {
        event.preventDefault();
        const player = audio.current;
        if (player) player.paused ? player.play().catch(interrupted) : player.pause();
      }
    };
    addEventListener('keydown', key);
    return () => removeEventListener('keydown', key);
  });
  return html`
    <${Card} title=${t('review.who')} id="review-who" aside=${html`<span class="quiet">${time(call.at)} · ${call.campaign}</span>`}>
      ${failed ? html`<${Banner} tone="info">${t('problem.recording-missing')}</${Banner}>` : html`
        <figure class="player">
          <audio ref=${audio} controls preload="auto" autoplay=${autoplay} src=${`/api/v1/amd/reviews/${call.call_id}/audio`}
            onError=${() => setFailed(true)} aria-label=${t('review.audio')}></audio>
          <figcaption>${t('review.keys')}</figcaption>
        </figure>`}
      ${mayRun() && html`<div class="labels" role="group" aria-label=${t('review.who')}>
        ${LABELS.map((label, index) => html`
          <button type="button" class="button" data-label=${label} disabled=${busy} aria-pressed=${call.label === label} onClick=${() => say(label)}>
            <kbd>${index + 1}</kbd>${t(`label.${label}`)}</button>`)}
      </div>`}
      ${call.label && html`<p class="card-hint" data-verdict=${call.verdict ?? 'none'}>${t('review.verdict', { verdict: verdict(call) })}
        ${call.reviewed_by && html` · ${t('review.reviewed_by', { by: call.reviewed_by })}`}</p>`}
    </${Card}>`;
}

const verdict = (call) => call.verdict
  ? [t(`verdict.${call.verdict}`), word('amd', call.reason), call.words && `«${call.words}»`].filter(Boolean).join(' · ')
  : t('review.no_verdict');

function Report({ campaign, round }) {
  const [report, setReport] = useState(null);
  const ask = useLatest();
  useEffect(() => {
    ask(`/amd/report${query({ campaign })}`).then(setReport, () => setReport(null));
  }, [campaign, round]);
  if (!report || report.calls === 0) return null;
  const between = (share) => t('review.between', { low: percent(share.low), high: percent(share.high) });
  return html`
    <${Card} title=${t('review.report')} id="review-report" aside=${html`<span class="count">${t('review.calls', { n: report.calls })}</span>`}>
      <div class="scroll-x"><table class="table">
        <tbody>${['right', 'people_lost', 'machines_passed', 'undecided', 'false_positives'].map((key) => html`
          <tr key=${key} data-share=${key}><th scope="row">${t(`review.share.${key}`)}</th>
            <td class="num">${report[key].count}/${report[key].total}</td>
            <td class="num">${report[key].total ? percent(report[key].share) : ''}</td>
            <td class="num quiet">${between(report[key])}</td></tr>`)}</tbody>
      </table></div>
      ${report.silence.count > 0 && html`<p class="card-hint">${t('review.silence', { p50: report.silence.p50, p90: report.silence.p90 })}</p>`}
      ${report.configured_share !== null && html`<p class="card-hint">${t('review.configured', { share: percent(report.configured_share, 2) })}</p>`}
    </${Card}>`;
}
