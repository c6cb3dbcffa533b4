// The phone's way to the server, as JsSIP wants a socket to be. It knows by itself when the line is dead: it asks, and
// hears nothing. A WebSocket alone notices a lost network only after minutes.
const ASK_AFTER_MS = 4000;
const DEAD_AFTER_MS = 10000;
const OPEN_WITHIN_MS = 8000;
const PING = '\r\n\r\n';

export class PhoneSocket {
  constructor(url, domain) {
    this.url = url;
    this.via_transport = new URL(url).protocol === 'wss:' ? 'WSS' : 'WS';
    this.sip_uri = `sip:${domain};transport=ws`;
    this.socket = null;
    this.heardAt = 0;
    this.askedAt = 0;
    // JsSIP puts its own in their place.
    this.onconnect = () => {};
    /** @type {(data: unknown) => void} */
    this.ondata = () => {};
    /** @type {(error: boolean, code: number, reason: string) => void} */
    this.ondisconnect = () => {};
  }

  connect() {
    this.forget();
    const socket = new WebSocket(this.url, 'sip');
    this.socket = socket;
    this.heardAt = this.openedAt = performance.now();
    this.askedAt = 0;
    socket.onopen = () => {
      this.heardAt = performance.now();
      this.onconnect();
    };
    socket.onmessage = ({ data }) => {
      this.heardAt = performance.now();
      this.ondata(data);
    };
    socket.onclose = ({ wasClean, code, reason }) => this.lost(!wasClean, code, reason);
  }

  disconnect() {
    this.forget();
  }

  send(data) {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(data);
    return true;
  }

  /** Called every second, hidden page or not. */
  tick() {
    if (!this.socket) return;
    const now = performance.now();
    const open = this.socket.readyState === WebSocket.OPEN;
    if (now - this.heardAt > (open ? DEAD_AFTER_MS : OPEN_WITHIN_MS)) this.lost(true, 1006, 'silent');
    else if (open && now - Math.max(this.heardAt, this.askedAt) > ASK_AFTER_MS) {
      this.askedAt = now;
      this.socket.send(PING);
    }
  }

  /** The network has gone: whoever knows says so. */
  lost(error, code, reason) {
    if (!this.socket) return;
    this.forget();
    this.ondisconnect(error, code, reason);
  }

  forget() {
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }
}
