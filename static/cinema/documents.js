// Two buttons that need a script; without it, the browser's own menus do the same.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // it exists on secure connections only
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const announcement = document.getElementById("announcement");
    try {
      await navigator.clipboard.writeText(field.value);
      announcement.textContent = "Address copied.";
    } catch {
      field.select();
      announcement.textContent = "Copying is not allowed here. The address is selected: copy it yourself.";
    }
  });
}
