// Small additions to htmx. Every page works without them.
"use strict";

// Keep the focus on a button or link that a response replaces.
const STOPS = "a, button";
let successor = null;
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  const focused = document.activeElement;
  if (!detail.target.contains(focused)) return;
  const index = [...detail.target.querySelectorAll(STOPS)].indexOf(focused);
  successor = detail.fragment.querySelectorAll(STOPS)[index] ?? null;
});
document.addEventListener("htmx:oobAfterSwap", () => {
  successor?.focus({ preventScroll: true });
  successor = null;
});

// Show a message in the page's live region, which screen readers announce; an empty text removes it.
function announce(text) {
  const region = document.getElementById("announcement");
  if (region) region.textContent = text;
}
document.addEventListener("htmx:beforeRequest", () => announce(""));

// 401 and 403 mean that the page's sign-in is out of date, so load it again.
document.addEventListener("htmx:responseError", ({ detail }) => {
  const status = detail.xhr.status;
  if (status === 401 || status === 403) {
    window.location.reload();
  } else if (status === 404) {
    announce("This is no longer there. Reload the page to see the current state.");
  } else if (status === 429) {
    announce("That was a lot at once. Please wait a moment.");
  } else {
    announce("That didn't work. Please try again in a moment.");
  }
});
for (const kind of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(kind, () =>
    announce("We can't reach the site. Please check your connection and try again."),
  );
}

// Going back, the browser shows an old copy of the page, so load it again.
window.addEventListener("pageshow", (event) => {
  const [navigation] = performance.getEntriesByType("navigation");
  const goneBack = event.persisted || navigation?.type === "back_forward";
  if (goneBack && document.getElementById("watchlist-form")) window.location.reload();
});
