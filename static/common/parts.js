// Fetches what is the visitor's own on a page that is the same for everybody: their place in the header, the marks of
// the films, their rows and forms. The answer replaces elements by their ids; after the end of a sign-in it is empty.
"use strict";

{
  const root = document.documentElement;
  const address = document.currentScript.dataset.address;

  async function fetchParts() {
    const films = new Set([...document.querySelectorAll("[data-keeps]")].map((buttons) => buttons.dataset.keeps));
    const page = { path: window.location.pathname + window.location.search, films: [...films].join() };
    try {
      await htmx.ajax("GET", `${address}?${new URLSearchParams(page)}`, { swap: "none" });
    } finally {
      delete root.dataset.awaiting;
    }
  }

  if ("awaiting" in root.dataset) fetchParts();
}
