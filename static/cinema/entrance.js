// The scanner at the door. Without this, the same form is sent and answered as a page.
"use strict";

(() => {
  const door = document.getElementById("door");
  const form = document.getElementById("scan");
  const code = form.elements.code;
  const name = form.elements.door;
  const waiting = document.getElementById("queue");
  const signedOut = document.getElementById("signed-out");
  const POLL = 15_000;
  const DOOR = "door-name";

  const panel = new Panel(document.getElementById("answer"), document.getElementById("panel"), door.dataset.zone);
  const queue = new ScanQueue(door.dataset.user);
  const sender = new Sender(queue, door.dataset.api, door.dataset.token, heard);
  const fresh = new Set(); // nonces of which nobody has heard yet that they wait
  let drawnItems = "[]";
  let shown = null; // the nonce that the panel is about

  // --- A scan -------------------------------------------------------------------------------------

  function scan(text) {
    const scanned = text.trim();
    if (!scanned) return;
    const twin = queue.twin(scanned);
    if (scanned.length > LONGEST_CODE) {
      shown = null;
      panel.refused("This is not the code of a ticket.");
      return;
    }
    if (twin) {
      if (!fresh.has(twin.nonce)) queuedAlready(twin);
      return;
    }
    const item = {
      code: scanned,
      nonce: newNonce(),
      scanned_at: new Date().toISOString(),
      door: name.value.trim(),
      session_id: Number(door.dataset.session) || null,
      state: "queued",
    };
    queue.add(item);
    fresh.add(item.nonce);
    shown = item.nonce;
    panel.checking();
    sender.send(item);
  }

  function queuedAlready(item) {
    shown = item.nonce;
    panel.queued(`Queued already at ${panel.clock(item.scanned_at)}. Not admitted yet.`);
  }

  function heard(item, answer) {
    const atOnce = fresh.delete(item.nonce);
    const inSight = shown === item.nonce;
    const message = answer.body?.errors?.[0]?.message ?? answer.body?.message;
    if (answer.kind === "done") {
      queue.remove(item.nonce);
      if (inSight) panel.admitted(answer.body);
      else document.getElementById("told").textContent = `Admitted: seat ${answer.body.seat}, scanned at ${panel.clock(item.scanned_at)}.`;
    } else if (answer.kind === "refused" && atOnce) {
      queue.remove(item.nonce);
      if (inSight) panel.refused(message);
    } else if (answer.kind === "refused" || answer.kind === "stuck") {
      queue.change(item.nonce, { state: answer.kind, message });
      if (inSight) panel.refused(message);
      else alarm(`Not admitted after waiting: ${message}`);
    } else if (inSight) {
      panel.queued(`Scanned at ${panel.clock(item.scanned_at)}. Not admitted yet.`);
    }
    if (answer.kind === "signed-out") signOut();
    drawQueue();
    if (answer.kind === "done" || answer.kind === "refused") {
      refresh();
      if (atOnce) sender.flush();
    }
  }

  // Of somebody who is inside by now, or waits still: beside the panel, which is about whoever is next.
  function alarm(text) {
    document.getElementById("late").textContent = text;
    navigator.vibrate?.([200, 100, 200, 100, 200]);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    scan(code.value);
    code.value = "";
    code.focus();
  });

  // A scanner at the USB port types wherever one is; what it types belongs into the field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    if (!event.target.matches("input, select, textarea")) code.focus();
  });

  // --- What waits, and what was refused late ------------------------------------------------------

  function drawQueue() {
    const items = queue.items.filter((item) => !fresh.has(item.nonce));
    const number = items.filter((item) => item.state === "queued").length;
    const late = items.length - number;
    const parts = [
      late && `${late} refused after waiting`,
      number && `${number} queued, not admitted yet`,
    ];
    const title = parts.filter(Boolean).join("; ");
    const now = JSON.stringify(items);
    if (now === drawnItems) return; // its buttons may have the focus
    drawnItems = now;
    waiting.querySelector("h2").textContent = title;
    waiting.hidden = !items.length;
    items.sort((one, other) => (one.state === "queued") - (other.state === "queued"));
    waiting.querySelector("ul").replaceChildren(...items.map(drawn));
  }

  function drawn(item) {
    const row = document.getElementById("queued").content.cloneNode(true).firstElementChild;
    const [time, word, which, why, button] = ["time", "strong", ".scan-code", ".quiet", "button"].map((part) => row.querySelector(part));
    row.className = item.state === "queued" ? "queued" : "refused";
    time.dateTime = item.scanned_at;
    time.textContent = panel.clock(item.scanned_at);
    which.textContent = grouped(item.code);
    word.textContent = { queued: "Queued", refused: "Not admitted", stuck: "Could not be sent" }[item.state];
    why.textContent = item.state === "queued" ? "Not admitted yet. It is sent when the network is back." : item.message;
    button.hidden = item.state === "queued";
    button.textContent = item.state === "stuck" ? "Remove" : "Seen";
    button.setAttribute("aria-label", `${button.textContent}: ${grouped(item.code)}`);
    button.addEventListener("click", () => {
      queue.remove(item.nonce);
      drawQueue();
      code.focus();
    });
    return row;
  }

  // Another tab of the same person has the same queue.
  window.addEventListener("storage", (event) => { if (event.key === queue.key) drawQueue(); });

  function signOut() {
    if (!signedOut.hidden) return;
    signedOut.replaceChildren(document.getElementById("sign-in-again").content.cloneNode(true));
    signedOut.hidden = false;
  }

  // --- Who is in, and what was scanned last -------------------------------------------------------

  async function refresh() {
    let page;
    try {
      const answer = await fetch("state/", { redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.type === "opaqueredirect" || answer.status === 403) signOut();
      if (!answer.ok) return;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return; // the numbers stand still, and are asked for again
    }
    for (const id of ["people", "scans"]) {
      const [now, next] = [document.getElementById(id), page.getElementById(id)];
      // Whoever is just about to press a button there keeps it.
      if (next && !now.contains(document.activeElement)) now.replaceChildren(...next.childNodes);
    }
  }

  setInterval(() => { if (!document.hidden) refresh(); }, POLL);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    refresh();
    sender.flush();
  });

  document.getElementById("scans").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await ask(event.target.dataset.api, door.dataset.token, {});
    shown = null;
    code.focus();
    if (answer.kind === "done") panel.ready(`Seat ${answer.body.seat} is taken back. The ticket can be used again.`);
    else if (answer.kind === "signed-out") signOut();
    else panel.refused(answer.body?.message ?? "The site cannot be reached, so nothing was taken back. Try again.");
    refresh();
  });

  // --- The name of the door, and the camera -------------------------------------------------------

  try {
    name.value ||= localStorage.getItem(DOOR) ?? "";
  } catch {
    // It is typed anew then.
  }
  name.addEventListener("change", () => {
    try {
      localStorage.setItem(DOOR, name.value.trim());
    } catch {
      // Nothing is kept here; it is sent all the same.
    }
  });

  const button = document.getElementById("camera-button");
  const frame = document.getElementById("camera");
  const said = document.getElementById("camera-said");
  const camera = new Camera(frame.querySelector("video"), scan);
  Camera.possible().then((possible) => { button.hidden = !possible; });

  button.addEventListener("click", async () => {
    frame.hidden = false;
    if (camera.on) camera.stop();
    else said.textContent = await camera.start();
    said.hidden = !said.textContent;
    frame.hidden = !camera.on;
    button.setAttribute("aria-pressed", String(camera.on));
    button.textContent = camera.on ? "Stop the camera" : "Scan by camera";
  });

  drawQueue();
  sender.flush();
})();
