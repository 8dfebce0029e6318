// The panel that says what a scan met; cinema/views/entrance_panel.py says the same where there is no script.
"use strict";

const SOON = 6 * 3_600_000; // milliseconds: an evening does not end at midnight

class Panel {
  constructor(place, template, zone) {
    Object.assign(this, { place, template, zone });
  }

  /** `kind`: ready, checking, in, queued or refused. `lines`: {slot: text}; those without a text are not shown. */
  show(kind, lines) {
    const panel = this.template.content.cloneNode(true).firstElementChild;
    panel.dataset.kind = kind;
    for (const line of panel.querySelectorAll("[data-slot]")) {
      line.textContent = lines[line.dataset.slot] ?? "";
      line.hidden = !line.textContent;
    }
    this.place.setAttribute("role", kind === "refused" ? "alert" : "status");
    this.place.replaceChildren(panel);
  }

  ready(reason = "") { this.show("ready", { word: "Ready", reason }); }
  checking() { this.show("checking", { word: "Checking" }); }
  refused(reason) {
    this.show("refused", { word: "Not admitted", reason });
    navigator.vibrate?.([200, 100, 200]);
  }
  queued(reason) {
    this.show("queued", { word: "Queued", reason });
    navigator.vibrate?.([80, 80, 80]);
  }
  admitted({ ticket, name, seat, age_restriction: limit, age, purchase }) {
    const { movie, room_number: room, timeslot, date, starts_at: begins } = ticket.session;
    const today = date === this.today() || new Date(begins) - Date.now() < SOON;
    this.show("in", {
      word: "Come in",
      name,
      seat: `Seat ${seat}`,
      what: `${movie.title} · Room ${room} · ${timeslot.slice(0, 5)}`,
      day: today ? "" : `Not today: ${longDay(date)}.`,
      age: limit ? `From ${limit}: check the age (${age === null ? "the account does not say it" : `the account's holder is ${age}`}).` : "",
      purchase: purchase.expected < 2 ? "" : `${purchase.entered} of ${purchase.expected} of this purchase ${purchase.entered === 1 ? "is" : "are"} in.`,
    });
    navigator.vibrate?.(80);
  }

  /** By the cinema's clock, whatever the phone's is set to. */
  clock(when) {
    return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: this.zone }).format(new Date(when));
  }
  today() {
    return new Intl.DateTimeFormat("en-CA", { timeZone: this.zone }).format(new Date());
  }
}

function longDay(date) {
  const parts = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", parts).format(new Date(date));
}
