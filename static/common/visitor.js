// Runs before the page is drawn. A page that is the same for everybody does not know who looks at it; a cookie without
// secrets tells that its visitor is signed in, and which theme they chose. parts.js fetches the rest.
"use strict";

{
  const root = document.documentElement;
  const theme = document.cookie.match(/(?:^|; )(?:__Host-)?signed_in=(\w+)/)?.[1];
  if (theme && "shared" in root.dataset) {
    root.dataset.awaiting = "";
    if (theme !== "system") root.dataset.theme = theme;
  }
  // The site may send such pages to people who are signed in as long as this cookie says that their parts are fetched.
  const flags = `path=/; samesite=lax${window.location.protocol === "https:" ? "; secure" : ""}`;
  // biome-ignore lint/suspicious/noDocumentCookie: the API that waits comes too late
  document.cookie = `parts=1; ${flags}; max-age=${theme ? 31_536_000 : 0}`;
}
