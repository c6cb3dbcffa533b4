// "Why is nobody being dialed?" answered from the live state and the list, the weightiest reason first. Pure.

const WORKING = new Set(['ready', 'preview', 'reserved', 'talking', 'wrap_up']);
/** Reasons that name a limit somebody may have to lift; the others are the pacer at its ordinary work. */
const HOLDING_BACK = new Set(['trunk-down', 'trunk-refuses-calls', 'no-line-free', 'lines', 'calls-per-second', 'ratio-cut-abandonment']);

export const DENIALS_BY_SIZE = (denied) => Object.entries(denied).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);

/** What is to be said first: `{ tone, key, values }`, where tone is ok, quiet, warn or bad. */
export function explain(state, backlog) {
  if (!state) return { tone: 'quiet', key: 'why.unknown' };
  if (state.link === 'down') return { tone: 'bad', key: 'why.link_down' };
  if (state.state === 'stopped') return { tone: 'quiet', key: 'why.stopped' };
  if (state.state === 'paused') return { tone: 'warn', key: 'why.paused' };
  if (state.state === 'draining') return { tone: 'quiet', key: 'why.draining' };
  const agents = state.agents.filter((agent) => agent.state !== 'offline' && agent.state !== 'connecting');
  if (agents.length === 0) return { tone: 'warn', key: 'why.no_agents' };
  if (!agents.some((agent) => WORKING.has(agent.state))) {
    return { tone: 'warn', key: 'why.all_paused', values: { n: agents.length } };
  }
  if (state.exhausted) return { tone: 'quiet', key: 'why.exhausted' };
  const reason = state.last_decision?.reason;
  if (HOLDING_BACK.has(reason)) return { tone: 'warn', key: `reason.${reason}` };
  const out = ['dialing', 'ringing', 'early'].reduce((sum, line) => sum + (state.lines[line] ?? 0), 0);
  if (out > 0 || state.last_decision?.calls > 0) return { tone: 'ok', key: 'why.dialing' };
  if (backlog && backlog.ready === 0 && backlog.later > 0) {
    return { tone: 'quiet', key: 'why.later', values: { n: backlog.later }, at: backlog.next_ready_at };
  }
  if (!agents.some((agent) => agent.state === 'ready')) return { tone: 'ok', key: 'why.all_busy' };
  if (DENIALS_BY_SIZE(state.denied).length > 0) return { tone: 'warn', key: 'why.denied' };
  return { tone: 'quiet', key: reason ? `reason.${reason}` : 'why.unknown' };
}

/** How many more of today's people may be abandoned before the rate passes the limit; negative when it has. */
export function headroom(people, abandoned, limit) {
  return Math.floor((limit * people - abandoned) / (1 - limit) + 1e-9);
}
