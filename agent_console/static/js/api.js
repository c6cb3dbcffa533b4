// The REST API. Every request that changes something carries the header that other sites cannot send.
import { Store } from './lib.js';
import { known, t } from './i18n.js';

/** True once the server no longer knows this browser. */
export const sessionLost = new Store(false);

export class Problem extends Error {
  constructor(status, body) {
    super(body.detail ?? '');
    this.status = status;
    this.code = body.code ?? 'internal';
    /** All that the server said of it: sentences, objections, next_allowed_at. */
    this.details = body;
    /** What is wrong with which field: { field, kind, limit, message }. */
    this.fields = body.fields ?? [];
  }

  /** What to tell a person. The engine's own words are kept where the catalogue has none. */
  get words() {
    return known(`problem.${this.code}`) ? t(`problem.${this.code}`) : this.message || t('problem.internal');
  }
}

async function request(method, path, body, { headers = {}, tagged = false, patience = 15000 } = {}) {
  let answer;
  try {
    answer = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json',
        ...(method === 'GET' ? {} : { 'x-cadencia-request': '1' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new Problem(0, { code: 'unreachable' });
  }
  const data = await answer.json().catch(() => ({}));
  if (answer.status === 401 && data.code === 'access-denied') sessionLost.set(true);
  if (!answer.ok) throw new Problem(answer.status, data);
  return tagged ? { data, tag: answer.headers.get('etag') } : data;
}

/** `{ data, tag }`: the tag, sent back with `putTagged`, keeps a change from undoing somebody else's. */
export const getTagged = (path) => request('GET', path, undefined, { tagged: true });
export const putTagged = (path, body, tag) => request('PUT', path, body, { headers: { 'if-match': tag }, tagged: true });
/** For questions that take long to answer. */
export const getPatiently = (path) => request('GET', path, undefined, { patience: 90000 });
export const get = (path) => request('GET', path);
export const post = (path, body) => request('POST', path, body);
export const put = (path, body) => request('PUT', path, body);
export const patch = (path, body) => request('PATCH', path, body);
export const del = (path) => request('DELETE', path);

/** A query string of the values that are set. */
export function query(values) {
  const set = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return set.length ? `?${new URLSearchParams(set)}` : '';
}
