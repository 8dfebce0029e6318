// Scans that the site has not answered yet. Each is written down here before it is sent, so that neither a dead network
// nor a closed page loses it; and it keeps its nonce, so that what is sent twice is one scan.
"use strict";

const PATIENCE = 5_000; // milliseconds until an answer counts as lost
const LONGEST_WAIT = 30_000;
const LONGEST_CODE = 64;

/** {code, nonce, scanned_at, door, session_id} with `state`: queued; or refused or stuck, until somebody has read it. */
class ScanQueue {
  constructor(person) {
    this.key = `door-scans-${person}`; // a nonce belongs to one person, whoever else signs in on this phone
    this.memory = null; // where the browser keeps nothing
  }

  get items() {
    if (this.memory) return this.memory;
    try {
      const kept = JSON.parse(localStorage.getItem(this.key));
      return Array.isArray(kept) ? kept : [];
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

  get waiting() { return this.items.filter((item) => item.state === "queued"); }
  find(nonce) { return this.items.find((item) => item.nonce === nonce); }
  twin(code) { return this.waiting.find((item) => plain(item.code) === plain(code)); }
  add(item) { this.items = [...this.items, item]; }
  remove(nonce) { this.items = this.items.filter((item) => item.nonce !== nonce); }
  change(nonce, changes) {
    this.items = this.items.map((item) => (item.nonce === nonce ? { ...item, ...changes } : item));
  }
}

/** Sends what waits, the oldest first, and tries again for as long as it takes. `heard(item, answer)` is told of each. */
class Sender {
  constructor(queue, address, token, heard) {
    Object.assign(this, { queue, address, token, heard, under: new Set(), failures: 0, timer: 0, busy: false });
    window.addEventListener("online", () => this.flush());
  }

  async send(item) {
    if (this.under.has(item.nonce)) return null;
    this.under.add(item.nonce);
    const { code, nonce, scanned_at, door, session_id } = item;
    const answer = await ask(this.address, this.token, { code, nonce, scanned_at, door, session_id });
    this.under.delete(nonce);
    if (answer.kind === "later") this.later(answer.wait);
    else this.failures = 0;
    this.heard(item, answer);
    return answer;
  }

  async flush() {
    if (this.busy) return;
    this.busy = true;
    clearTimeout(this.timer);
    try {
      for (const item of this.queue.waiting) {
        const answer = await this.send(item);
        if (answer?.kind === "later" || answer?.kind === "signed-out") break;
      }
    } finally {
      this.busy = false;
    }
  }

  later(wait = 0) {
    this.failures += 1;
    clearTimeout(this.timer);
    const pause = Math.max(wait, Math.min(1_000 * 2 ** this.failures, LONGEST_WAIT));
    this.timer = setTimeout(() => this.flush(), pause);
  }
}

/**
 * What the API says, as {kind, body}: done, refused (for good), stuck (somebody must look at it), signed-out; or later,
 * with `wait`, where nothing was heard of it that can be believed.
 */
async function ask(address, token, body) {
  let answer;
  let said;
  try {
    answer = await fetch(address, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
    said = await answer.json();
    if (answer.ok && !said.seat) throw new TypeError("A hotspot's page, or a proxy's, is not our answer.");
  } catch {
    return { kind: "later" };
  }
  if (answer.status === 401 || answer.status === 403) return { kind: "signed-out" };
  if (answer.status === 429 || answer.status >= 500) {
    return { kind: "later", wait: 1_000 * Number(answer.headers.get("Retry-After") ?? 0) };
  }
  if (answer.ok) return { kind: "done", body: said };
  return { kind: [404, 409, 422].includes(answer.status) ? "refused" : "stuck", body: said };
}

/** As the site reads codes: without what people put between the signs, and what looks alike is the same. */
function plain(code) {
  return code.normalize("NFKC").toUpperCase().replace(/[\p{Z}\p{P}\p{C}]/gu, "").replace(/[OIL]/g, (sign) => (sign === "O" ? "0" : "1"));
}

function grouped(code) {
  return plain(code).replace(/(.{4})(?=.)/g, "$1-");
}

function newNonce() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only where the connection is safe
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
