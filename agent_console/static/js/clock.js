// The server's time. It may differ from this computer's, and the demonstration's runs at another hour altogether.
import { useEffect, useState } from './lib.js';

let offset = Date.now() - performance.now();

/** Learn the server's time from an instant it has just sent. Only a clear difference moves the clock. */
export function learnServerTime(iso) {
  const seen = Date.parse(iso) - performance.now();
  if (Number.isFinite(seen) && Math.abs(seen - offset) > 400) offset = seen;
}

export const serverNow = () => performance.now() + offset;

const watchers = new Set();
setInterval(() => watchers.forEach((watcher) => watcher(serverNow())), 1000);

/** Milliseconds since 1970 by the server's clock, once a second. */
export function useNow() {
  const [now, setNow] = useState(serverNow());
  useEffect(() => {
    watchers.add(setNow);
    return () => watchers.delete(setNow);
  }, []);
  return Math.max(now, serverNow());
}
