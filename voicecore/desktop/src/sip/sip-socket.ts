// The WebSocket below JsSIP. Unlike JsSIP's own it can be given up: after a change of network the old one may
// hang for minutes before the browser notices.

import { WebSocketInterface } from "jssip";

export class SipSocket extends WebSocketInterface {
  /** Drops the connection without a farewell; JsSIP opens a new one, and its calls go on. */
  renew(): void {
    this.disconnect();
    this.ondisconnect(true, 1006, "given up");
  }
}
