// Scans that the site has not answered yet. Each is stored before it is sent, so that neither a lost network nor a
// closed page loses it. It keeps its nonce, so that sending it twice is one scan.
"use strict";

const ANSWER_TIMEOUT = 5_000; // milliseconds
const LONGEST_PAUSE = 30_000; // milliseconds between two attempts

/**
 * Items are {code, nonce, door, session_id, state} and a stamp of the SiteClock. `state` is "queued"; or "refused" or "stuck", until a
 * manager dismisses the item.
 */
class ScanQueue {
  constructor(userId) {
    this.key = `door-scans-${userId}`; // a nonce belongs to one manager, and phones are shared
    this.memory = null; // where the browser has no storage
  }

  get items() {
    if (this.memory) return this.memory;
    try {
      const stored = JSON.parse(localStorage.getItem(this.key));
      return Array.isArray(stored) ? stored : [];
    } catch {
      return [];
    }
  }

  set items(items) {
    try {
      localStorage.setItem(this.key, JSON.stringify(items));
      this.memory = null;
    } catch {
      this.memory = items;
    }
  }

  get waiting() {
    return this.items.filter((item) => item.state === "queued");
  }
  twin(code) {
    return this.waiting.find((item) => isSameCode(item.code, code));
  }
  add(item) {
    this.items = [...this.items, item];
  }
  remove(nonce) {
    this.items = this.items.filter((item) => item.nonce !== nonce);
  }
  change(nonce, changes) {
    this.items = this.items.map((item) => (item.nonce === nonce ? { ...item, ...changes } : item));
  }
}

/**
 * Sends queued scans, the oldest first, until each has an answer. Calls `onAnswer(item, answer)` after each attempt.
 * `clock` tells how old a scan is; before queued scans are sent, `askTime()` learns the site's time, and resolves to
 * {kind} as `post` does.
 */
class Sender {
  constructor(queue, address, token, clock, askTime, onAnswer) {
    Object.assign(this, {
      queue,
      address,
      token,
      clock,
      askTime,
      onAnswer,
      sending: new Set(),
      failures: 0,
      timer: 0,
      isFlushing: false,
    });
    window.addEventListener("online", () => this.flush());
  }

  /** A scan that `isLive` is of now, by the site's clock. */
  async send(item, isLive = false) {
    if (this.sending.has(item.nonce)) return null;
    this.sending.add(item.nonce);
    const { code, nonce, door, session_id } = item;
    const age = isLive ? {} : { seconds_ago: this.clock.secondsSince(item) };
    const answer = await post(this.address, this.token, { code, nonce, door, session_id, ...age });
    this.sending.delete(nonce);
    if (answer.kind === "later") this.retry(answer.wait);
    else this.failures = 0;
    this.onAnswer(item, answer);
    return answer;
  }

  async flush() {
    const waiting = () => this.queue.waiting.filter((item) => !this.sending.has(item.nonce));
    if (this.isFlushing || !waiting().length) return;
    this.isFlushing = true;
    clearTimeout(this.timer);
    try {
      const { kind } = await this.askTime();
      if (kind === "later") this.retry();
      if (kind !== "done") return;
      for (const item of waiting()) {
        const answer = await this.send(item);
        if (answer?.kind === "later" || answer?.kind === "signed-out") break;
      }
    } finally {
      this.isFlushing = false;
    }
  }

  retry(wait = 0) {
    this.failures += 1;
    clearTimeout(this.timer);
    const pause = Math.max(wait, Math.min(1_000 * 2 ** this.failures, LONGEST_PAUSE));
    this.timer = setTimeout(() => this.flush(), pause);
  }
}

/**
 * Posts to the API. Resolves to {kind, body}: "done", "refused" (final), "stuck" (a manager must look at it) or
 * "signed-out"; or "later", with `wait` in milliseconds, where there was no answer or none from the site itself.
 */
async function post(address, token, content) {
  let answer;
  let body;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(content),
      signal: AbortSignal.timeout(ANSWER_TIMEOUT),
    });
    body = await answer.json();
    if (answer.ok && !body.seat) throw new TypeError("Not the site's answer, but a hotspot's or a proxy's.");
  } catch {
    return { kind: "later" };
  }
  if (answer.status === 401 || answer.status === 403) return { kind: "signed-out" };
  if (answer.status === 429 || answer.status >= 500) {
    return { kind: "later", wait: 1_000 * Number(answer.headers.get("Retry-After") ?? 0) };
  }
  if (answer.ok) return { kind: "done", body };
  return { kind: [404, 409, 422].includes(answer.status) ? "refused" : "stuck", body };
}

function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only available on secure connections
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
