// The scanner without a network: its page and what belongs to it, as they were last, where the site can't be reached.
// What is kept, static/cinema/entrance_offline.js chooses; a scan is nobody's business here.
"use strict";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  if (event.request.method !== "GET" || event.request.url.includes("/state/")) return;
  event.respondWith(
    fetch(event.request).catch(async (error) => {
      const kept = await caches.match(event.request, { ignoreVary: true });
      if (kept) return kept;
      throw error;
    }),
  );
});
