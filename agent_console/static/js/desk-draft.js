// The half-written word about a call. The server keeps it, so that every tab shows it; what it has not acknowledged yet
// stays in this tab, so that neither a lost network nor a reload loses a letter.
import { useEffect, useRef, useState, useStore } from './lib.js';
import { put } from './api.js';
import { hasCardNumber } from './card-numbers.js';
import { draftKept, link } from './live.js';
import { toast } from './parts.js';

const WAIT_MS = 500;
const EMPTY = { code: '', notes: '', fields: {} };
const CARD = 'card-number-refused';
const PREFIX = 'cadencia.draft.';

const unsent = (callId) => {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + callId) ?? 'null');
  } catch {
    return null;
  }
};

/** Nothing of any call, but for this one, stays in this browser. */
export function forgetDrafts(but = '') {
  for (const name of Object.keys(sessionStorage)) {
    if (name.startsWith(PREFIX) && name !== PREFIX + but) sessionStorage.removeItem(name);
  }
}

/**
 * [content, change, state, { hold, release, drop }]: `change` merges into { code, notes, fields }; state is 'kept', 'waiting', or 'refused' with
 * what the server would not take. `stored` is what the server had when the page asked; `onElsewhere` reads it again.
 */
export function useDraft(callId, agentId, stored, onElsewhere) {
  const first = unsent(callId);
  const [content, setContent] = useState(first ?? stored?.content ?? EMPTY);
  const [state, setState] = useState(first ? 'waiting' : 'kept');
  const version = useRef(stored?.version ?? 0);
  const dirty = useRef(Boolean(first));
  const latest = useRef(content);
  const timer = useRef(0);
  const held = useRef(false);
  const underway = useRef(/** @type {Promise<any> | null} */ (null));
  const up = useStore(link) === 'open';
  const elsewhere = useStore(draftKept);

  /** A card's number leaves no trace, here or there. */
  const refuse = () => {
    dirty.current = false;
    sessionStorage.removeItem(PREFIX + callId);
    setState(CARD);
  };
  const send = async () => {
    clearTimeout(timer.current);
    if (!dirty.current || held.current) return;
    const sent = latest.current;
    const answer = put('/desk/draft', { call_id: callId, content: sent });
    underway.current = answer;
    try {
      const kept = await answer;
      version.current = kept.version;
      if (latest.current !== sent) return;
      dirty.current = false;
      sessionStorage.removeItem(PREFIX + callId);
      setState('kept');
    } catch (problem) {
      if (problem.code === CARD) {
        refuse();
      } else if (problem.code === 'not-your-call') {
        dirty.current = false; // the call went on without it
        sessionStorage.removeItem(PREFIX + callId);
      } else if (problem.status !== 0) {
        toast(problem.words, 'bad');
      }
    }
  };
  const change = (part) => {
    const next = { ...latest.current, ...part, fields: { ...latest.current.fields, ...part.fields } };
    latest.current = next;
    dirty.current = true;
    held.current = false;
    setContent(next);
    clearTimeout(timer.current);
    if ([next.notes, ...Object.values(next.fields)].some(hasCardNumber)) {
      refuse();
      return;
    }
    setState('waiting');
    sessionStorage.setItem(PREFIX + callId, JSON.stringify(next));
    timer.current = setTimeout(send, WAIT_MS);
  };
  /**
   * Nothing more is sent, for what was written is being recorded: `drop` when it is, `release` when it was refused.
   * Returns once what was sent before has arrived.
   */
  const hold = async () => {
    clearTimeout(timer.current);
    held.current = true;
    await underway.current?.catch(() => {});
  };
  const release = () => {
    held.current = false;
    send();
  };
  const drop = () => {
    clearTimeout(timer.current);
    held.current = true;
    dirty.current = false;
    latest.current = EMPTY;
    setContent(EMPTY);
    setState('kept');
    sessionStorage.removeItem(PREFIX + callId);
  };
  useEffect(() => {
    if (up) send();
  }, [up]);
  useEffect(() => {
    forgetDrafts(callId);
    return () => clearTimeout(timer.current); // whoever comes back in time finds it in this tab, and it is sent then
  }, []);
  useEffect(() => {
    if (elsewhere && elsewhere.call_id === callId && elsewhere.agent_id === agentId && elsewhere.version > version.current && !dirty.current) onElsewhere();
  }, [elsewhere]);
  useEffect(() => {
    if (!stored || stored.version <= version.current || dirty.current) return;
    version.current = stored.version;
    latest.current = stored.content;
    setContent(stored.content);
  }, [stored?.version]);
  return [content, change, state, { hold, release, drop }];
}
