// Holds each ticked seat at once. Without this script the same forms are posted by their buttons.
"use strict";

(() => {
  const form = document.getElementById("seats");
  const summary = document.getElementById("summary");
  const frame = form.querySelector(".plan-frame");
  const boxes = () => [...form.querySelectorAll("input[name=seats]")];
  const ticked = () => boxes().filter((box) => box.checked && !box.disabled);

  let isSending = false; // a request is under way
  let hasChanged = false; // seats were ticked since that request was sent
  let isBuying = false; // "Get tickets" was pressed meanwhile
  let timer = 0;

  scrollToMiddle();
  ticked()[0]?.parentElement.scrollIntoView({ block: "nearest", inline: "nearest" });
  startCountdown();
  if (!("open" in form.dataset)) return;
  form.closest(".picker").classList.add("scripted");

  form.addEventListener("change", () => {
    const count = ticked().length;
    const title = summary.querySelector("#summary-title");
    if (count) title.textContent = count === 1 ? "1 seat" : `${count} seats`;
    hold();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hold();
  });
  summary.addEventListener("submit", (event) => {
    if (!isSending || !event.target.matches(".buy")) return;
    event.preventDefault(); // it would buy seats other than those ticked now
    isBuying = true;
  });

  async function hold() {
    hasChanged = true;
    if (isSending) return;
    isSending = true;
    summary.setAttribute("aria-busy", "true");
    let page = null;
    while (hasChanged) {
      hasChanged = false;
      page = await send();
      if (!page) break;
    }
    isSending = false;
    summary.removeAttribute("aria-busy");
    if (page) show(page);
    const buy = summary.querySelector("form.buy");
    if (isBuying && buy && !summary.querySelector(".refused")) buy.requestSubmit();
    isBuying = false;
  }

  // Posts the ticked seats. Resolves to the new page, or to null after an error.
  async function send() {
    const release = summary.querySelector(".release");
    const sent = ticked().length ? form : (release ?? form);
    try {
      const answer = await fetch(sent.action, { method: "POST", body: new FormData(sent) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById("summary")) {
        announce("");
        return page;
      }
      // Signed out meanwhile, or an outdated form: load the page again.
      window.location.assign(answer.redirected ? answer.url : form.action);
    } catch {
      announce("We can't reach the site. Please check your connection and try again.");
      for (const box of boxes()) box.checked = box.defaultChecked;
    }
    return null;
  }

  function show(page) {
    const hasMoved = page.getElementById("seats").dataset.moved !== form.dataset.moved;
    if (hasMoved || heading(page) !== heading(document)) {
      isBuying = false;
      window.location.assign(hasMoved ? `${form.action}?moved` : form.action); // all of this page may be outdated
      return;
    }
    for (const box of boxes()) {
      const next = page.getElementById(box.id);
      if (!next) continue;
      box.defaultChecked = next.defaultChecked;
      box.checked = next.checked;
      box.disabled = next.disabled && box !== document.activeElement; // keeps the focus; the server refuses it anyway
      box.setAttribute("aria-label", next.getAttribute("aria-label"));
      box.parentElement.className = next.parentElement.className;
      box.parentElement.title = next.parentElement.title;
    }
    const hadFocus = summary.contains(document.activeElement);
    summary.replaceChildren(...page.getElementById("summary").childNodes);
    if (hadFocus) (summary.querySelector(".button") ?? summary).focus({ preventScroll: true });
    startCountdown();
    const named = summary.querySelectorAll(".chosen strong, .chosen .is-special span");
    const seats = [...named].map((part) => part.textContent);
    const status = document.getElementById("seats-status");
    status.textContent = seats.length ? `Held for you: ${seats.join(", ")}` : "No seats chosen.";
  }

  function heading(page) {
    return page.querySelector(".session-head").textContent;
  }

  // Scrolls to the middle of the rows, with a whole seat next to the row letters.
  function scrollToMiddle() {
    const middle = (frame.scrollWidth - frame.clientWidth) / 2;
    if (middle <= 0) return;
    const letters = frame.querySelector(".plan-letter").getBoundingClientRect();
    const starts = boxes().map((box) => box.getBoundingClientRect().left - letters.right + frame.scrollLeft);
    frame.scrollLeft = Math.max(0, ...starts.filter((start) => start <= middle));
  }

  // Counts from two times of the server, so the device's clock may be wrong.
  function startCountdown() {
    clearInterval(timer);
    const place = summary.querySelector(".countdown");
    if (!place) return;
    const seconds = Number(place.dataset.until) - Number(place.dataset.now);
    const end = performance.now() + seconds * 1000;
    const bar = place.querySelector("progress");
    bar.max = Math.max(seconds, 300);
    bar.hidden = false;
    const tick = () => {
      const left = Math.ceil((end - performance.now()) / 1000);
      if (left <= 0) {
        clearInterval(timer);
        window.location.replace(`${form.action}?ended`);
        return;
      }
      bar.value = left;
      place.querySelector(".countdown-text").textContent =
        `${String(Math.floor(left / 60)).padStart(2, "0")}:${String(left % 60).padStart(2, "0")}`;
    };
    tick();
    timer = setInterval(tick, 500);
  }

  // Arrow keys move to the next free seat in that direction.
  const directions = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  form.addEventListener("keydown", (event) => {
    const direction = directions[event.key];
    if (!direction || !event.target.matches("input[name=seats]")) return;
    event.preventDefault();
    nearest(event.target, direction)?.focus();
  });

  function nearest(from, [right, down]) {
    const here = from.getBoundingClientRect();
    let best = null;
    let shortest = Infinity;
    for (const box of boxes()) {
      if (box.disabled || box === from) continue;
      const there = box.getBoundingClientRect();
      const across = there.x - here.x;
      const along = there.y - here.y;
      const ahead = across * right + along * down;
      const aside = Math.abs(across * down) + Math.abs(along * right);
      if (ahead < 1 || (right && aside > 1)) continue; // left and right stay in the row
      const distance = ahead + 3 * aside;
      if (distance < shortest) [best, shortest] = [box, distance];
    }
    return best;
  }
})();
