// The scanner at the entrance. Without this script, the same form is posted and the answer is a page.
"use strict";

(() => {
  const entrance = document.getElementById("entrance");
  const form = document.getElementById("scan");
  const code = form.elements.code;
  const name = form.elements.door; // the API's word for the name of the entrance
  const queueSection = document.getElementById("queue");
  const signedOut = document.getElementById("signed-out");
  const POLL_INTERVAL = 15_000; // milliseconds
  const NAME_KEY = "door-name"; // in localStorage; phones have it already

  const texts = JSON.parse(document.getElementById("panel-texts").textContent);
  const clock = new SiteClock(Number(document.getElementById("people").dataset.now));
  const panel = new Panel(
    document.getElementById("answer"),
    document.getElementById("panel"),
    entrance.dataset.zone,
    texts,
    clock,
  );
  const queue = new ScanQueue(entrance.dataset.user);
  const sender = new Sender(queue, entrance.dataset.api, entrance.dataset.token, clock, refresh, handleAnswer);
  const fresh = new Set(); // nonces of scans on their way for the first time; they are not listed as queued
  let drawnItems = "[]";
  let shown = null; // the nonce of the scan that the panel shows

  // --- A scan -------------------------------------------------------------------------------------

  function scan(text) {
    const scanned = text.trim();
    if (!scanned) return;
    if (scanned.length > LONGEST_CODE) {
      shown = null;
      panel.refused(texts.no_code);
      return;
    }
    const twin = queue.twin(scanned);
    if (twin) {
      if (!fresh.has(twin.nonce)) showQueuedAlready(twin);
      return;
    }
    const item = {
      code: scanned,
      nonce: newNonce(),
      ...clock.stamp(),
      door: name.value.trim(),
      session_id: Number(entrance.dataset.session) || null,
      state: "queued",
    };
    queue.add(item);
    fresh.add(item.nonce);
    shown = item.nonce;
    panel.checking();
    sender.send(item, true);
  }

  function showQueuedAlready(item) {
    shown = item.nonce;
    panel.queued(`Already queued at ${panel.clock(item.scanned_at)}. Not admitted yet.`);
  }

  function handleAnswer(item, answer) {
    const isFirstTry = fresh.delete(item.nonce);
    const isShown = shown === item.nonce;
    const message = answer.body?.errors?.[0]?.message ?? answer.body?.message;
    if (answer.kind === "done") {
      queue.remove(item.nonce);
      if (isShown) panel.admitted(answer.body);
      else announce(`Admitted: seat ${answer.body.seat}, scanned at ${panel.clock(item.scanned_at)}.`);
    } else if (answer.kind === "refused" && isFirstTry) {
      queue.remove(item.nonce);
      if (isShown) panel.refused(message);
    } else if (answer.kind === "refused" || answer.kind === "stuck") {
      queue.change(item.nonce, { state: answer.kind, message });
      if (isShown) panel.refused(message);
      else alarm(`Not admitted after waiting: ${message}`);
    } else if (isFirstTry && answer.kind === "later" && !readings(item.code).length) {
      queue.remove(item.nonce); // the site would refuse it too
      if (isShown) panel.refused(texts.layout);
    } else if (isShown) {
      panel.queued(`Scanned at ${panel.clock(item.scanned_at)}. Not admitted yet.`);
    }
    if (answer.kind === "signed-out") showSignedOut();
    drawQueue();
    if (answer.kind === "done" || answer.kind === "refused") {
      refresh();
      if (isFirstTry) sender.flush();
    }
  }

  // About visitors scanned earlier, who may be inside or still waiting: the panel belongs to the next visitor.
  function announce(text) {
    document.getElementById("announcement").textContent = text;
  }

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

  // A USB scanner types wherever the focus is; send what it types to the code field.
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1 || event.key === " ") return;
    if (!event.target.matches("input, select, textarea")) code.focus();
  });

  // --- Queued scans, and those refused later ------------------------------------------------------

  function drawQueue() {
    const items = queue.items.filter((item) => !fresh.has(item.nonce));
    const queued = items.filter((item) => item.state === "queued").length;
    const refused = items.length - queued;
    const title = [refused && `${refused} refused after waiting`, queued && `${queued} queued, not admitted yet`];
    const current = JSON.stringify(items);
    if (current === drawnItems) return; // keeps the focus on the section's buttons
    drawnItems = current;
    queueSection.querySelector("h2").textContent = title.filter(Boolean).join("; ");
    queueSection.hidden = !items.length;
    items.sort((one, other) => (one.state === "queued") - (other.state === "queued"));
    queueSection.querySelector("ul").replaceChildren(...items.map(queueRow));
  }

  function queueRow(item) {
    const row = document.getElementById("queued").content.cloneNode(true).firstElementChild;
    const [time, outcome, ticketCode, reason, button] = ["time", "strong", ".scan-code", ".quiet", "button"].map(
      (part) => row.querySelector(part),
    );
    row.className = item.state === "queued" ? "queued" : "refused";
    time.dateTime = item.scanned_at;
    time.textContent = panel.clock(item.scanned_at);
    ticketCode.textContent = grouped(item.code);
    outcome.textContent = { queued: "Queued", refused: "Not admitted", stuck: "Could not be sent" }[item.state];
    reason.textContent =
      item.state === "queued" ? "Not admitted yet. It will be sent when the network is back." : item.message;
    button.hidden = item.state === "queued";
    button.textContent = item.state === "stuck" ? "Remove" : "Dismiss";
    button.setAttribute("aria-label", `${button.textContent}: ${grouped(item.code)}`);
    button.addEventListener("click", () => {
      queue.remove(item.nonce);
      drawQueue();
      code.focus();
    });
    return row;
  }

  // Another tab of the same manager shares the queue.
  window.addEventListener("storage", (event) => {
    if (event.key === queue.key) drawQueue();
  });

  function showSignedOut() {
    if (!signedOut.hidden) return;
    signedOut.replaceChildren(document.getElementById("sign-in-again").content.cloneNode(true));
    signedOut.hidden = false;
  }

  // --- The number of people inside, and the last scans --------------------------------------------

  let refreshes = 0;

  /** Resolves to {kind}: "done"; "signed-out"; or "later", and then the old numbers stay until the next poll. */
  async function refresh() {
    const own = ++refreshes;
    let page;
    try {
      const answer = await fetch("state/", { redirect: "manual", signal: AbortSignal.timeout(ANSWER_TIMEOUT) });
      const received = performance.now();
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        showSignedOut();
        return { kind: "signed-out" };
      }
      if (!answer.ok) return { kind: "later" };
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const seconds = Number(page.getElementById("people")?.dataset.now);
      if (!seconds) return { kind: "later" }; // a hotspot's page
      clock.learn(seconds, received);
    } catch {
      return { kind: "later" };
    }
    if (own !== refreshes) return { kind: "done" }; // an older answer that comes late
    for (const id of ["people", "scans"]) {
      const [current, next] = [document.getElementById(id), page.getElementById(id)];
      // Do not replace a button that has the focus.
      if (next && !current.contains(document.activeElement)) current.replaceChildren(...next.childNodes);
    }
    return { kind: "done" };
  }

  setInterval(() => {
    if (!document.hidden) refresh();
  }, POLL_INTERVAL);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    refresh();
    sender.flush();
  });

  document.getElementById("scans").addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await post(event.target.dataset.api, entrance.dataset.token, {});
    shown = null;
    code.focus();
    if (answer.kind === "done")
      panel.ready(`Check-in of ${answer.body.seat_name} undone. The ticket can be used again.`);
    else if (answer.kind === "signed-out") showSignedOut();
    else
      panel.refused(answer.body?.message ?? "The site cannot be reached, so the check-in was not undone. Try again.");
    refresh();
  });

  // --- The name of the entrance, and the camera ---------------------------------------------------

  try {
    name.value ||= localStorage.getItem(NAME_KEY) ?? "";
  } catch {
    // Without storage the name is typed again.
  }
  name.addEventListener("change", () => {
    try {
      localStorage.setItem(NAME_KEY, name.value.trim());
    } catch {
      // Without storage the name is still sent with each scan.
    }
  });

  const button = document.getElementById("camera-button");
  const frame = document.getElementById("camera");
  const cameraMessage = document.getElementById("camera-message");
  const camera = new Camera(frame.querySelector("video"), scan);
  Camera.isSupported().then((isSupported) => {
    button.hidden = !isSupported;
  });

  button.addEventListener("click", async () => {
    frame.hidden = false;
    if (camera.isOn) camera.stop();
    else cameraMessage.textContent = await camera.start();
    cameraMessage.hidden = !cameraMessage.textContent;
    frame.hidden = !camera.isOn;
    button.setAttribute("aria-pressed", String(camera.isOn));
    button.textContent = camera.isOn ? "Stop the camera" : "Scan with the camera";
  });

  drawQueue();
  sender.flush();
})();
