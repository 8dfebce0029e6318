// Service worker of the scanner: answers with the stored page and its parts when the site cannot be reached.
// static/cinema/entrance_offline.js decides what is stored. Scans do not pass through here.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || event.request.url.includes("/state/")) return;
  event.respondWith(
    fetch(event.request).catch(async (error) => {
      const stored = await caches.match(event.request, { ignoreVary: true });
      if (stored) return stored;
      throw error;
    }),
  );
});
