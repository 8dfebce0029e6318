// Scans that the site has not answered yet. Each is stored before it is sent, so that neither a lost network nor a
// closed page loses it. It keeps its nonce, so that sending it twice is one scan.
"use strict";

const ANSWER_TIMEOUT = 5_000; // milliseconds
const LONGEST_PAUSE = 30_000; // milliseconds between two attempts
const LONGEST_CODE = 64;

/**
 * Items are {code, nonce, scanned_at, door, session_id, state}. `state` is "queued"; or "refused" or "stuck", until a
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
    return this.waiting.find((item) => plain(item.code) === plain(code));
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

/** Sends queued scans, the oldest first, until each has an answer. Calls `onAnswer(item, answer)` after each attempt. */
class Sender {
  constructor(queue, address, token, onAnswer) {
    Object.assign(this, {
      queue,
      address,
      token,
      onAnswer,
      sending: new Set(),
      failures: 0,
      timer: 0,
      isFlushing: false,
    });
    window.addEventListener("online", () => this.flush());
  }

  async send(item) {
    if (this.sending.has(item.nonce)) return null;
    this.sending.add(item.nonce);
    const { code, nonce, scanned_at, door, session_id } = item;
    const answer = await post(this.address, this.token, { code, nonce, scanned_at, door, session_id });
    this.sending.delete(nonce);
    if (answer.kind === "later") this.retry(answer.wait);
    else this.failures = 0;
    this.onAnswer(item, answer);
    return answer;
  }

  async flush() {
    if (this.isFlushing) return;
    this.isFlushing = true;
    clearTimeout(this.timer);
    try {
      for (const item of this.queue.waiting) {
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

/** The code as the site reads it: without separators, and with signs that look alike made equal. */
function plain(code) {
  return code
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\p{Z}\p{P}\p{C}]/gu, "")
    .replace(/[OIL]/g, (sign) => (sign === "O" ? "0" : "1"));
}

function grouped(code) {
  return plain(code).replace(/(.{4})(?=.)/g, "$1-");
}

function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only available on secure connections
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
