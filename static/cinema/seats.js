// A seat that is ticked is held at once. Without this, the same forms do it button by button; the server decides all.
"use strict";

(() => {
  const form = document.getElementById("seats");
  const summary = document.getElementById("summary");
  const frame = form.querySelector(".plan-frame");
  const boxes = () => [...form.querySelectorAll("input[name=seats]")];
  const wanted = () => boxes().filter((box) => box.checked && !box.disabled);

  let asking = false; // a request is under way
  let changed = false; // and what is ticked has changed since it left
  let buying = false; // and "Get tickets" was pressed meanwhile
  let timer = 0;

  showTheMiddle();
  wanted()[0]?.parentElement.scrollIntoView({ block: "nearest", inline: "nearest" });
  countDown();
  if (!("open" in form.dataset)) return;
  form.closest(".picker").classList.add("scripted");

  form.addEventListener("change", () => {
    const count = wanted().length;
    const title = summary.querySelector("#summary-title");
    if (count) title.textContent = count === 1 ? "1 seat" : `${count} seats`;
    hold();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    hold();
  });
  summary.addEventListener("submit", (event) => {
    if (!asking || !event.target.matches(".buy")) return;
    event.preventDefault(); // what it would buy is not what is ticked now
    buying = true;
  });

  async function hold() {
    changed = true;
    if (asking) return;
    asking = true;
    summary.setAttribute("aria-busy", "true");
    let page = null;
    while (changed) {
      changed = false;
      page = await ask();
      if (!page) break;
    }
    asking = false;
    summary.removeAttribute("aria-busy");
    if (page) show(page);
    const buy = summary.querySelector("form.buy");
    if (buying && buy && !summary.querySelector(".refused")) buy.requestSubmit();
    buying = false;
  }

  // The page as the server has it now; nothing if it cannot be had, which is said.
  async function ask() {
    const letGo = summary.querySelector(".let-go");
    const sent = wanted().length ? form : letGo ?? form;
    try {
      const answer = await fetch(sent.action, { method: "POST", body: new FormData(sent) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.getElementById("summary")) {
        say("");
        return page;
      }
      // Signed out meanwhile, or a form that is out of date: a fresh page knows how things stand.
      window.location.assign(answer.redirected ? answer.url : form.action);
    } catch {
      say("The site cannot be reached. Please check the connection and try again.");
      for (const box of boxes()) box.checked = box.defaultChecked;
    }
    return null;
  }

  function show(page) {
    for (const box of boxes()) {
      const now = page.getElementById(box.id);
      if (!now) continue;
      box.defaultChecked = now.defaultChecked;
      box.checked = now.checked;
      box.disabled = now.disabled && box !== document.activeElement; // it keeps the focus, and is refused anyway
      box.setAttribute("aria-label", now.getAttribute("aria-label"));
      box.parentElement.className = now.parentElement.className;
      box.parentElement.title = now.parentElement.title;
    }
    const hadFocus = summary.contains(document.activeElement);
    summary.replaceChildren(...page.getElementById("summary").childNodes);
    if (hadFocus) (summary.querySelector(".button") ?? summary).focus({ preventScroll: true });
    countDown();
    const seats = [...summary.querySelectorAll(".chosen strong")].map((seat) => seat.textContent);
    const said = document.getElementById("chosen-said");
    said.textContent = seats.length ? `Held for you: ${seats.join(", ")}` : "No seat is chosen.";
  }

  // Where the best seats are; the first whole seat stands beside the letters.
  function showTheMiddle() {
    const middle = (frame.scrollWidth - frame.clientWidth) / 2;
    if (middle <= 0) return;
    const letters = frame.querySelector(".plan-letter").getBoundingClientRect();
    const starts = boxes().map((box) => box.getBoundingClientRect().left - letters.right + frame.scrollLeft);
    frame.scrollLeft = Math.max(0, ...starts.filter((start) => start <= middle));
  }

  // From the server's own two times, so that a wrong clock here does no harm.
  function countDown() {
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

  // Arrow keys go to the next seat that is free in that direction.
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
    let least = Infinity;
    for (const box of boxes()) {
      if (box.disabled || box === from) continue;
      const there = box.getBoundingClientRect();
      const across = there.x - here.x;
      const along = there.y - here.y;
      const ahead = across * right + along * down;
      const aside = Math.abs(across * down) + Math.abs(along * right);
      if (ahead < 1 || (right && aside > 1)) continue; // along a row one stays in it
      const far = ahead + 3 * aside;
      if (far < least) [best, least] = [box, far];
    }
    return best;
  }
})();
