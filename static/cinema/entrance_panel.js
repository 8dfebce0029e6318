// The panel with the result of a scan. cinema/views/entrance_panel.py fills the same panel without JavaScript, and
// defines the texts.
"use strict";

const SOON = 6 * 3_600_000; // milliseconds; a session soon after midnight still belongs to the evening

class Panel {
  /** `texts`: TEXTS of cinema/views/entrance_panel.py; `siteClock`: a SiteClock. */
  constructor(place, template, zone, texts, siteClock) {
    Object.assign(this, { place, template, zone, texts, siteClock });
  }

  /** `kind`: ready, checking, in, queued or refused. `lines`: {slot: text}; lines without a text are hidden. */
  show(kind, lines) {
    const panel = this.template.content.cloneNode(true).firstElementChild;
    panel.dataset.kind = kind;
    panel.querySelector("[data-slot=word]").textContent = this.texts[kind];
    for (const line of panel.querySelectorAll("[data-slot]:not([data-slot=word])")) {
      line.textContent = lines[line.dataset.slot] ?? "";
      line.hidden = !line.textContent;
    }
    this.place.setAttribute("role", kind === "refused" ? "alert" : "status");
    this.place.replaceChildren(panel);
  }

  text(name, values) {
    return this.texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);
  }

  ready(reason = "") {
    this.show("ready", { reason });
  }
  checking() {
    this.show("checking", {});
  }
  refused(reason) {
    this.show("refused", { reason });
    navigator.vibrate?.([200, 100, 200]);
  }
  queued(reason) {
    this.show("queued", { reason });
    navigator.vibrate?.([80, 80, 80]);
  }
  admitted({ ticket, name, age_restriction: limit, age, purchase }) {
    const { movie, room_number: room, timeslot, date, starts_at: startsAt } = ticket.session;
    const isTonight = date === this.today() || new Date(startsAt) - this.siteClock.now() < SOON;
    this.show("in", {
      name,
      seat: ticket.seat_name.replace(/^./, (letter) => letter.toUpperCase()),
      what: this.text("what", { film: movie.title, room, time: timeslot.slice(0, 5) }),
      day: isTonight ? "" : this.text("day", { day: longDay(date) }),
      age: limit ? this.age(limit, age, ticket.age_checked) : "",
      purchase: purchase.expected < 2 ? "" : this.text(purchase.entered === 1 ? "one_entered" : "entered", purchase),
    });
    navigator.vibrate?.(80);
  }

  age(limit, age, checked) {
    const reminder = this.text(age === null ? "age_unknown" : "age", { limit, age });
    return checked ? `${reminder} ${this.text("age_checked", { age: checked })}` : reminder;
  }

  /** The time in the cinema's time zone, whatever the phone's is. */
  clock(when) {
    return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: this.zone }).format(
      new Date(when),
    );
  }
  today() {
    return new Intl.DateTimeFormat("en-CA", { timeZone: this.zone }).format(this.siteClock.now());
  }
}

function longDay(date) {
  const parts = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  return new Intl.DateTimeFormat("en-GB", parts).format(new Date(date));
}
