// A worker that only counts. Browsers slow the timers of hidden pages down to one a minute; those of workers they do not.
const EVERY_MS = 1000;
setInterval(() => postMessage(0), EVERY_MS);
