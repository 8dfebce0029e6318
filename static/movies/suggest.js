// A search field with `data-suggest` becomes a combobox (ARIA APG, list popup). Without this it is a plain form.
"use strict";

const PAUSE = 150; // milliseconds after the last letter

class Combobox {
  constructor(input, number) {
    this.input = input;
    this.address = input.dataset.suggest;
    this.listId = `suggestions-${number}`;
    this.answers = new Map();
    this.popup = Object.assign(document.createElement("div"), { className: "suggestions", hidden: true });
    this.status = Object.assign(document.createElement("p"), { className: "visually-hidden" });
    this.status.setAttribute("role", "status");
    input.parentElement.classList.add("suggest-field");
    input.parentElement.append(this.popup);
    // A screen reader listens to what was there before its text; a page where nobody searches has nothing to listen to.
    input.addEventListener("focus", () => input.parentElement.append(this.status), { once: true });
    for (const [name, value] of Object.entries({
      role: "combobox", autocomplete: "off", "aria-autocomplete": "list", "aria-expanded": "false",
    })) input.setAttribute(name, value);
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.press(event));
    input.addEventListener("click", () => this.show());
    // The field keeps the focus, so that a link is still there when it is clicked.
    this.popup.addEventListener("mousedown", (event) => event.preventDefault());
    this.popup.addEventListener("mouseover", ({ target }) => this.choose(target.closest("[role=option]"), false));
    input.addEventListener("blur", () => this.stop());
  }

  get options() { return [...this.popup.querySelectorAll("[role=option]")]; }
  get chosen() { return this.popup.querySelector("[aria-selected=true]"); }

  ask() {
    this.stop();
    const text = this.input.value.trim();
    if (text) this.timer = setTimeout(() => this.fetch(text), PAUSE);
  }

  async fetch(text) {
    this.request = new AbortController();
    try {
      if (!this.answers.has(text)) {
        const address = `${this.address}?${new URLSearchParams({ query: text })}`;
        const answer = await fetch(address, { signal: this.request.signal });
        if (!answer.ok) return;
        this.answers.set(text, await answer.text());
      }
    } catch {
      return; // asked anew meanwhile, or away: the form still works
    }
    if (this.input.value.trim() === text && document.activeElement === this.input) this.fill(this.answers.get(text));
  }

  fill(fragment) {
    this.popup.innerHTML = fragment; // our own template's, which escapes what people typed
    this.popup.querySelector("[role=listbox]")?.setAttribute("id", this.listId);
    this.options.forEach((option, place) => { option.id = `${this.listId}-${place}`; });
    this.choose(null);
    this.show();
    const count = this.options.length;
    const note = this.popup.querySelector(".suggestions-note")?.textContent;
    const said = count === 0 ? "No films." : `${count} film${count === 1 ? "" : "s"}. Down arrow to choose.`;
    this.status.textContent = note ? `${note}. ${said}` : said;
  }

  show() {
    const open = this.options.length > 0;
    this.popup.hidden = !open;
    this.input.setAttribute("aria-expanded", String(open));
    if (open) this.input.setAttribute("aria-controls", this.listId);
  }

  /** Closes, and forgets what was asked for. */
  stop() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.choose(null);
    this.popup.hidden = true;
    this.status.textContent = "";
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-controls");
  }

  choose(option, scroll = true) {
    if (option === undefined) return;
    this.options.forEach((other) => other.setAttribute("aria-selected", String(other === option)));
    if (option) {
      this.input.setAttribute("aria-activedescendant", option.id);
      if (scroll) option.scrollIntoView({ block: "nearest" });
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  press(event) {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const options = this.options;
    const place = options.indexOf(this.chosen);
    if (this.popup.hidden) {
      if (!["ArrowDown", "ArrowUp"].includes(event.key) || !options.length) return;
      event.preventDefault();
      this.show();
      if (!event.altKey) this.choose(event.key === "ArrowDown" ? options[0] : options.at(-1));
      return;
    }
    const next = {
      ArrowDown: options[place + 1] ?? null, // behind the last one is the field itself
      ArrowUp: place === -1 ? options.at(-1) : options[place - 1] ?? null,
      Home: place === -1 ? undefined : options[0], // without a choice, the text's own
      End: place === -1 ? undefined : options.at(-1),
    }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.choose(next);
    } else if (event.key === "Escape") {
      event.preventDefault();
      this.stop();
    } else if (event.key === "Enter" && this.chosen) {
      event.preventDefault();
      this.chosen.click();
    }
  }
}

document.querySelectorAll("input[data-suggest]").forEach((input, number) => new Combobox(input, number));
