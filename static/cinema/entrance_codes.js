// Reads ticket codes as cinema/core/ticket_codes.py does, also those that a USB scanner typed with another keyboard
// layout than the device's: see cinema/core/keyboard_layouts.py.
"use strict";

const LONGEST_CODE = 64;
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE = new RegExp(`^[${ALPHABET}]{16}$`);

// Each layout is the signs of its keys, [without Shift, with Shift].
const LAYOUTS = Object.values(JSON.parse(document.getElementById("keyboard-layouts").textContent));
// The sign of a code that each key makes, on the layouts that have all of them.
const SCANNERS = LAYOUTS.map(([keys, shifted]) =>
  [...keys].map((sign, key) => [sign, shifted[key]].map((one) => one.toUpperCase()).find(isOfCode) ?? ""),
).filter((signs) => [...ALPHABET].every((sign) => signs.includes(sign)));

function isOfCode(sign) {
  return sign.length === 1 && ALPHABET.includes(sign);
}

/** The code as the site reads it: without separators, and with signs that look alike made equal. */
function plain(code) {
  return code
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\p{Z}\p{P}\p{C}\p{S}]/gu, "")
    .replace(/[OIL]/g, (sign) => (sign === "O" ? "0" : "1"));
}

/** The codes that a text may stand for; none for a text that cannot be a code. */
function readings(text) {
  const typed = [...text.normalize("NFC").toLowerCase()].filter((sign) => sign.trim());
  const pressed = LAYOUTS.map(([keys, shifted]) =>
    typed.map((sign) => (keys.includes(sign) ? keys : shifted).indexOf(sign)),
  ).filter((keys) => !keys.includes(-1));
  const meant = pressed.flatMap((keys) => SCANNERS.map((signs) => keys.map((key) => signs[key]).join("")));
  return [plain(text), ...meant].filter((code) => CODE.test(code));
}

function isSameCode(one, other) {
  const codes = readings(other);
  return plain(one) === plain(other) || readings(one).some((code) => codes.includes(code));
}

function grouped(code) {
  return plain(code).replace(/(.{4})(?=.)/g, "$1-");
}
