// Turns a search field with `data-suggest` into a combobox (ARIA APG, list popup). Without JavaScript it is a plain form.
"use strict";

const DELAY = 150; // milliseconds after the last key

class Combobox {
  constructor(input, index) {
    this.input = input;
    this.address = input.dataset.suggest;
    this.listId = `suggestions-${index}`;
    this.responses = new Map(); // by query
    this.popup = Object.assign(document.createElement("div"), { className: "suggestions", hidden: true });
    this.status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.status.setAttribute("role", "status");
    input.parentElement.classList.add("suggest-field");
    input.parentElement.append(this.popup);
    // Screen readers announce changes of an existing status only, so it is added as soon as the field gets the focus.
    input.addEventListener("focus", () => input.parentElement.append(this.status), { once: true });
    for (const [name, value] of Object.entries({
      role: "combobox",
      autocomplete: "off",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
    }))
      input.setAttribute(name, value);
    input.addEventListener("input", () => this.schedule());
    input.addEventListener("keydown", (event) => this.handleKey(event));
    input.addEventListener("click", () => this.show());
    // Keep the focus in the field: a blur would close the list before the click.
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.popup.addEventListener("mouseover", ({ target }) => this.select(target.closest("[role=option]"), false));
    input.addEventListener("blur", () => this.stop());
  }

  get options() {
    return [...this.popup.querySelectorAll("[role=option]")];
  }
  get selected() {
    return this.popup.querySelector("[aria-selected=true]");
  }

  /** Request suggestions after a short pause in typing. */
  schedule() {
    this.stop();
    const text = this.input.value.trim();
    if (text) this.timer = setTimeout(() => this.fetch(text), DELAY);
  }

  async fetch(text) {
    this.request = new AbortController();
    try {
      if (!this.responses.has(text)) {
        const address = `${this.address}?${new URLSearchParams({ query: text })}`;
        const response = await fetch(address, { signal: this.request.signal });
        if (!response.ok) return;
        this.responses.set(text, await response.text());
      }
    } catch {
      return; // aborted or offline: the form still works
    }
    if (this.input.value.trim() === text && document.activeElement === this.input) this.fill(this.responses.get(text));
  }

  fill(fragment) {
    this.popup.innerHTML = fragment; // from our own template, which escapes user input
    this.popup.querySelector("[role=listbox]")?.setAttribute("id", this.listId);
    this.options.forEach((option, index) => {
      option.id = `${this.listId}-${index}`;
    });
    this.select(null);
    this.show();
    const count = this.options.length;
    const note = this.popup.querySelector(".suggestions-note")?.textContent;
    const message = count === 0 ? "No films." : `${count} film${count === 1 ? "" : "s"}. Down arrow to choose.`;
    this.status.textContent = note ? `${note}. ${message}` : message;
  }

  show() {
    const open = this.options.length > 0;
    this.popup.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (open) this.input.setAttribute("aria-controls", this.listId);
  }

  /** Close the list and cancel a pending request. */
  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.select(null);
    this.popup.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-controls");
  }

  select(option, scroll = true) {
    if (option === undefined) return;
    for (const other of this.options) other.setAttribute("aria-selected", String(other === option));
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      if (scroll) option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  handleKey(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const options = this.options;
    const index = options.indexOf(this.selected);
    if (this.popup.hidden) {
      if (!["ArrowDown", "ArrowUp"].includes(event.key) || !options.length) return;
      event.preventDefault();
      this.show();
      if (!event.altKey) this.select(event.key === "ArrowDown" ? options[0] : options.at(-1));
      return;
    }
    const next = {
      ArrowDown: options[index + 1] ?? null, // after the last option comes the field itself
      ArrowUp: index === -1 ? options.at(-1) : (options[index - 1] ?? null),
      Home: index === -1 ? undefined : options[0], // without a selection, Home and End move the text cursor
      End: index === -1 ? undefined : options.at(-1),
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.select(next);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.stop();
    } else if (event.key === "Enter" && this.selected) {
      event.preventDefault();
      this.selected.click();
    }
  }
}

for (const [index, input] of document.querySelectorAll("input[data-suggest]").entries()) new Combobox(input, index);
