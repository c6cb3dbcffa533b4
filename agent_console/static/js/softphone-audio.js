// The microphone: which one, and how loud it is; and the sinks without which a browser decodes nothing that it hears.
import { Store } from './lib.js';

const CHOSEN = 'cadencia.microphone';
const WANTED = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
const QUIETEST_DB = -60;
const LOUDEST_DB = -10;

/** Microphones to choose from: [{ id, label }]. Their names are known only once one was allowed. */
export const microphones = new Store([]);
/** The level of the microphone, 0 to 1. */
export const level = new Store(0);
export const chosenMicrophone = () => localStorage.getItem(CHOSEN) ?? '';

/** Where a call is heard. */
export function newSink(kind) {
  const sink = document.createElement('audio');
  sink.autoplay = true;
  sink.hidden = true;
  sink.dataset.phone = kind;
  document.body.append(sink);
  return sink;
}

export class Microphone {
  /** `changed` is told of a new track, where another microphone was chosen. */
  constructor(changed) {
    this.changed = changed;
    this.stream = null;
    this.context = null;
  }

  /** @returns {any} the track, once the microphone is open */
  get track() {
    return this.stream?.getAudioTracks()[0];
  }

  /** Throws what getUserMedia throws. */
  async open(id = chosenMicrophone()) {
    const before = this.stream;
    this.stream = await this.ask(id);
    if (before) {
      this.changed(this.track);
      before.getTracks().forEach((track) => track.stop());
    }
    this.measure();
    const devices = await navigator.mediaDevices.enumerateDevices();
    const inputs = devices.filter(({ kind }) => kind === 'audioinput');
    microphones.set(inputs.map(({ deviceId, label }, index) => ({ id: deviceId, label: label || String(index + 1) })));
  }

  async ask(id) {
    if (!navigator.mediaDevices) throw new DOMException('', 'NotSupportedError'); // not https, not this machine
    if (id) {
      try {
        return await navigator.mediaDevices.getUserMedia({ audio: { ...WANTED, deviceId: { exact: id } } });
      } catch (problem) {
        if (problem.name !== 'OverconstrainedError' && problem.name !== 'NotFoundError') throw problem;
        localStorage.removeItem(CHOSEN); // it was unplugged
      }
    }
    return navigator.mediaDevices.getUserMedia({ audio: WANTED });
  }

  async choose(id) {
    localStorage.setItem(CHOSEN, id);
    await this.open(id);
  }

  measure() {
    this.context ??= new AudioContext();
    this.source?.disconnect();
    this.source = this.context.createMediaStreamSource(this.stream);
    this.analyser = this.context.createAnalyser();
    this.analyser.fftSize = 1024;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.source.connect(this.analyser);
  }

  /** As often as somebody looks. */
  tick() {
    if (!this.analyser || !this.samples) return;
    if (this.context.state === 'suspended') this.context.resume().catch(() => {});
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, sample) => sum + sample * sample, 0) / this.samples.length;
    const db = power > 0 ? 10 * Math.log10(power) : QUIETEST_DB;
    level.set(Math.max(0, Math.min(1, (db - QUIETEST_DB) / (LOUDEST_DB - QUIETEST_DB))));
  }

  close() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.context?.close();
    this.stream = this.context = this.analyser = null;
    level.set(0);
  }
}
