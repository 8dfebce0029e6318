// The site's time on a device whose clock may be wrong, or be set while scans wait for the network.
"use strict";

class SiteClock {
  /** `sentAt`: when the site made this page, in seconds since 1970; NaN in the copy that is stored on the device. */
  constructor(sentAt) {
    this.key = "door-clock"; // in localStorage: by how much the site's clock is ahead, in milliseconds
    this.set(Number(this.stored()) || 0);
    const [page] = performance.getEntriesByType("navigation");
    if (sentAt) this.learn(sentAt, page?.responseStart || performance.now());
  }

  stored() {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return null; // Without storage the time is learned again.
    }
  }

  /** The site's time was `seconds` when performance.now() was `moment`. */
  learn(seconds, moment = performance.now()) {
    this.set(1_000 * seconds + performance.now() - moment - Date.now());
    try {
      localStorage.setItem(this.key, String(this.ahead));
    } catch {
      // Without storage the time is learned again.
    }
  }

  set(ahead) {
    this.ahead = ahead;
    this.opened = Date.now() + ahead - performance.now();
  }

  /** Milliseconds since 1970. The later of two clocks: one may be set back, the other stops while the device sleeps. */
  now() {
    return Math.max(Date.now() + this.ahead, performance.now() + this.opened);
  }

  /** What is kept with a scan to tell its age later. */
  stamp() {
    return { scanned_at: new Date(this.now()).toISOString(), page: performance.timeOrigin, moment: performance.now() };
  }

  /** Whole seconds since a stamp. On the same page at least what has passed there, however the clocks were set. */
  secondsSince({ scanned_at, page, moment }) {
    const onThisPage = page === performance.timeOrigin ? performance.now() - moment : 0;
    return Math.round(Math.max(this.now() - Date.parse(scanned_at), onThisPage) / 1_000) || 0;
  }
}
