// The scanner comes back without a network, too: phones close pages whenever they like, and queued scans wait in it.
"use strict";

/** Of this page alone, as this person has it: whoever signs in next on this phone takes its place. */
async function keepForLater() {
  if (!navigator.serviceWorker || !window.caches) return; // only where the connection is safe
  await navigator.serviceWorker.register("/check-in/worker.js");
  const parts = [...document.querySelectorAll("script[src], link[rel=stylesheet]")].map((part) => part.src || part.href);
  const wanted = [window.location.pathname, ...parts].map((address) => new URL(address, window.location).href);
  const answers = await Promise.all(wanted.map((address) => fetch(address, { redirect: "error" })));
  if (!answers.every((answer) => answer.ok)) return;
  const page = await withoutNames(answers.shift());
  await caches.delete("door");
  const kept = await caches.open("door");
  await Promise.all([page, ...answers].map((answer, place) => kept.put(wanted[place], answer)));
}

/** Who came in stays on the site; the list is asked for when there is a network. */
async function withoutNames(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  page.querySelector("#scans ul")?.remove();
  const headers = new Headers(answer.headers);
  headers.delete("Content-Encoding"); // of the bytes as they came
  headers.delete("Content-Length");
  return new Response(`<!DOCTYPE html>${page.documentElement.outerHTML}`, { headers });
}

keepForLater().catch(() => {}); // without a network what was kept stays; without leave to keep, nothing is
