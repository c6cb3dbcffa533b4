// A television in the room: huge figures, one campaign after the other. It is left alone for days: it asks again and again,
// says when it has lost the line, and loads itself anew once a day. Nothing on it is of anybody.
import { html, useEffect, useState } from './lib.js';
import { number, percent } from './format.js';
import { locale, t, useLanguage } from './i18n.js';

const ASK_MS = 2000;
const ASK_WITHIN_MS = 8000;
const TURN_MS = 12000;
const STALE_MS = 10000;
const ANEW_MS = 24 * 3600 * 1000;
const KEY = 'cadencia.wallboard';

/** A token may come behind the # of the address, once; then it is this browser's. */
function token() {
  const given = location.hash.slice(1);
  if (given) {
    localStorage.setItem(KEY, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  return localStorage.getItem(KEY);
}

async function ask(key) {
  const answer = await fetch('/api/v1/wallboard', {
    headers: key ? { authorization: `Bearer ${key}` } : {}, signal: AbortSignal.timeout(ASK_WITHIN_MS),
  });
  if (answer.status === 401 || answer.status === 403) return { refused: true };
  if (!answer.ok) throw new Error(String(answer.status));
  return answer.json();
}

/** The campaigns that take turns: those that dial or have people at work; all of them where none does. */
export function turns(campaigns, only) {
  if (only) return campaigns.filter((one) => one.name === only);
  const active = campaigns.filter((one) => one.state !== 'stopped' || one.busy + one.ready > 0);
  return active.length ? active : campaigns;
}

export function Wallboard() {
  useLanguage();
  const [board, setBoard] = useState(null);
  const [heard, setHeard] = useState(0);
  const [now, setNow] = useState(Date.now());
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const key = token();
    const began = Date.now();
    let timer = 0;
    let over = false;
    const again = async () => {
      try {
        const found = await ask(key);
        if (over) return;
        setBoard(found);
        setHeard(Date.now());
        if (Date.now() - began > ANEW_MS) location.reload(); // takes an upgrade in, and whatever the browser piled up
      } catch { /* the foot of the page tells how long ago the last answer came */ }
      if (!over) timer = setTimeout(again, ASK_MS);
    };
    again();
    const clock = setInterval(() => setNow(Date.now()), 1000);
    const turner = setInterval(() => setTurn((one) => one + 1), TURN_MS);
    navigator.wakeLock?.request('screen').catch(() => {});
    return () => {
      over = true;
      clearTimeout(timer);
      clearInterval(clock);
      clearInterval(turner);
    };
  }, []);
  if (!board) return html`<main class="board"><p class="board-words">${t('state.loading')}</p></main>`;
  if (board.refused) return html`<main class="board"><p class="board-words">${t('wallboard.refused')}</p></main>`;
  const shown = turns(board.campaigns, new URLSearchParams(location.search).get('c'));
  if (!shown.length) return html`<main class="board"><p class="board-words">${t('floor.no_campaign')}</p></main>`;
  const index = turn % shown.length;
  return html`<${Figures} campaign=${shown[index]} lost=${now - heard > STALE_MS} heard=${heard} board=${board} index=${index} count=${shown.length} />`;
}

function tone({ abandonment, limit, people }) {
  if (!people) return '';
  if (abandonment > limit) return 'over';
  return abandonment > limit * 0.8 ? 'near' : 'good';
}

const Figure = ({ name, value, note, className = '' }) => html`
  <div class=${className} data-board=${name}><dt>${t(`wallboard.${name}`)}</dt><dd>${value} <small>${note ?? '\u00a0'}</small></dd></div>`;

const hourMinute = (at) => new Intl.DateTimeFormat(locale(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(at);

function Figures({ campaign, lost, heard, board, index, count }) {
  const silent = campaign.at !== null && campaign.state !== 'stopped' && Date.parse(board.now) - Date.parse(campaign.at) > STALE_MS;
  const trouble = lost ? t('wallboard.lost', { time: hourMinute(heard) }) : !campaign.link_up && campaign.state !== 'stopped' ? t('wallboard.link_down') : silent ? t('banner.silent') : '';
  return html`
    <main class=${lost || silent ? 'board board-stale' : 'board'} aria-label=${t('nav.wallboard')}>
      <header><span>${campaign.name}</span><b>${t(`campaign.${campaign.state}`)} · ${hourMinute(Date.parse(board.now))}</b></header>
      <dl>
        <${Figure} name="talking" value=${number(campaign.talking)} note=${t('wallboard.of', { n: campaign.busy + campaign.ready })} />
        <${Figure} name="ready" value=${number(campaign.ready)} />
        <${Figure} name="waiting" value=${number(campaign.waiting)} className=${campaign.waiting ? 'near' : ''} />
        <${Figure} name="calls_per_min" value=${number(campaign.calls_per_min)} />
        <${Figure} name="abandonment" value=${percent(campaign.abandonment)} note=${t('abandonment.limit', { limit: percent(campaign.limit) })} className=${tone(campaign)} />
        <${Figure} name="people" value=${number(campaign.people)} />
      </dl>
      <footer><span class=${trouble ? 'bad' : ''} role="status">${trouble || t(`mode.${campaign.mode}`)}</span>
        ${count > 1 && html`<ol aria-hidden="true">${Array.from({ length: count }, (_, at) => html`<li key=${at} class=${at === index ? 'now' : ''}></li>`)}</ol>`}</footer>
    </main>`;
}
