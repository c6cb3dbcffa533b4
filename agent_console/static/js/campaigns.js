// The campaigns as configured, shared by the pages; read again now and then, since others may add one.
import { Store, useEffect, useStore } from './lib.js';
import { get } from './api.js';

export const STATE_TONE = { running: 'ok', paused: 'warn', draining: 'warn', stopped: 'quiet' };
const REFRESH_MS = 30000;
/** null until they have been read once. */
const known = new Store(null);
const failed = new Store(null);

async function refresh() {
  try {
    known.set((await get('/campaigns')).campaigns.map((one) => one.campaign));
    failed.set(null);
  } catch (problem) {
    failed.set(problem);
  }
}

/** [campaigns or null, the problem of the last reading or null] */
export function useCampaigns() {
  useEffect(() => {
    refresh();
    const timer = setInterval(refresh, REFRESH_MS);
    return () => clearInterval(timer);
  }, []);
  return [useStore(known), useStore(failed)];
}
