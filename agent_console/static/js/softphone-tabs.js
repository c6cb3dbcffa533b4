// One telephone in all the tabs of a browser: who holds the lock has it. Another tab gets it only where a person says so.
const NAME = 'cadencia.phone';
const YIELD_WITHIN_MS = 2000;

/**
 * Calls `begin` once this tab has the phone, `wait` while another one has it, and `end` (which may take its time) before
 * another one is given it. Gives { take, leave }.
 */
export function oneTab({ begin, wait, end }) {
  const channel = new BroadcastChannel(NAME);
  let release = null;
  let queued = null;
  let left = false;

  /** @returns {Promise<void>} until the phone is given up */
  const hold = () => new Promise((done) => {
    queued?.abort(); // where it was taken, not waited for
    queued = null;
    if (left) return done();
    release = done;
    return begin();
  });
  const lost = async () => {
    if (left) return;
    if (release) {
      release = null;
      await end();
    }
    wait();
    queue();
  };
  const request = (options) => navigator.locks.request(NAME, options, hold);
  const queue = () => {
    queued = new AbortController();
    request({ signal: queued.signal }).catch((problem) => {
      if (problem?.name === 'AbortError' && release === null && !queued) lost();
    });
  };

  navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
    if (lock) return hold();
    wait();
    queue(); // the tab that has it may be closed one day
    return undefined;
  }).catch(lost);

  channel.onmessage = async ({ data }) => {
    if (data !== 'yield' || !release) return;
    await end();
    channel.postMessage('yielded');
  };
  return {
    /** Only after a click: whoever talks in the other tab talks in this one from now on. */
    take: () => {
      const steal = () => {
        clearTimeout(timer);
        channel.removeEventListener('message', heard);
        request({ steal: true }).catch(lost);
      };
      const heard = ({ data }) => data === 'yielded' && steal();
      const timer = setTimeout(steal, YIELD_WITHIN_MS);
      channel.addEventListener('message', heard);
      channel.postMessage('yield');
    },
    leave: () => {
      left = true;
      queued?.abort();
      release?.();
      release = null;
      channel.close();
    },
  };
}
