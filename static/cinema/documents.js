// Two buttons that only a script can offer; without it, the browser's own menus do the same.
"use strict";

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

for (const button of document.querySelectorAll("[data-copy]")) {
  if (!navigator.clipboard) continue; // only where the connection is safe
  const field = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    const announcement = document.getElementById("announcement");
    try {
      await navigator.clipboard.writeText(field.value);
      announcement.textContent = "The address is copied.";
    } catch {
      field.select();
      announcement.textContent = "Copying is not allowed here. The address is selected: copy it as you copy text.";
    }
  });
}
