// Keeps a copy of the scanner, so that it loads without a network: phones close pages at any time, and queued scans
// need the page to be sent.
"use strict";

// The name of the cache stays "door": under another name, phones would go on finding the copy in the old one.
const CACHE = "door";

/** Stores this page and its parts. The next manager who signs in on this phone replaces them. */
async function storePage() {
  if (!navigator.serviceWorker || !window.caches) return; // only available on secure connections
  await navigator.serviceWorker.register("/check-in/worker.js");
  const parts = [...document.querySelectorAll("script[src], link[rel=stylesheet]")].map(
    (part) => part.src || part.href,
  );
  const addresses = [window.location.pathname, ...parts].map((address) => new URL(address, window.location).href);
  const answers = await Promise.all(addresses.map((address) => fetch(address, { redirect: "error" })));
  if (!answers.every((answer) => answer.ok)) return;
  const page = await withoutNames(answers.shift());
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  await Promise.all([page, ...answers].map((answer, index) => cache.put(addresses[index], answer)));
}

/** The page without the list of scans, as visitors' names are not stored on the phone, and without its time. */
async function withoutNames(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  page.querySelector("#scans ul")?.remove();
  page.getElementById("people")?.removeAttribute("data-now");
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding"); // describe the original bytes
  headers.delete("Content-Length");
  return new Response(`<!DOCTYPE html>${page.documentElement.outerHTML}`, { headers });
}

storePage().catch(() => {}); // without a network the old copy stays
