// The little that htmx does not do by itself. Every page works without any of it.
"use strict";

// Whoever pressed a button and got it replaced stays on it.
let successor = null;
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const held = document.activeElement;
  if (!detail.target.contains(held)) return;
  const place = [...detail.target.querySelectorAll("button")].indexOf(held);
  successor = detail.fragment.querySelectorAll("button")[place] ?? null;
});
document.addEventListener("htmx:oobAfterSwap", () => {
  successor?.focus({ preventScroll: true });
  successor = null;
});

// What only this page can say goes where screen readers listen; an empty text takes it away again.
function say(text) {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
}
document.addEventListener("htmx:beforeRequest", () => say(""));

// 401 and 403 mean that the sign-in of this page is out of date: a fresh page knows how things stand.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const status = detail.xhr.status;
  if (status === 401 || status === 403) {
    window.location.reload();
  } else if (status === 404) {
    say("This is not there any more. Reload the page to see what is.");
  } else if (status === 429) {
    say("That was a lot at once. Please wait a moment.");
  } else {
    say("That did not work. Please try again in a moment.");
  }
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () => say("The site cannot be reached. Please check the connection and try again."));
}

// Going back, the browser shows the page as it once was, whole or from its cache; what changed since is not on it.
window.addEventListener("pageshow", (event) => {
  const [how] = performance.getEntriesByType("navigation");
  const goneBack = event.persisted || how?.type === "back_forward";
  if (goneBack && document.getElementById("watchlist-form")) window.location.reload();
});
