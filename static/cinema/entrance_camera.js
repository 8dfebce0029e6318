// QR codes by the phone's camera, where the browser can read them by itself.
"use strict";

const LOOK_AGAIN = 150; // milliseconds
const GONE_AFTER = 3_000; // a code that was away for so long is scanned anew

class Camera {
  static async possible() {
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
    try {
      return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
    } catch {
      return false;
    }
  }

  /** `found(code)` once for each time that a ticket is held before the camera. */
  constructor(video, found) {
    Object.assign(this, { video, found, stream: null, awake: null, seen: new Map() });
  }

  get on() { return this.stream !== null; }

  /** The sentence to say where it cannot be; nothing otherwise. */
  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      if (error.name === "NotAllowedError") return "The camera is not allowed here. Allow it in the browser's settings of this site, or type the code.";
      if (error.name === "NotFoundError") return "This device has no camera. Type the code.";
      return "The camera cannot be used just now. Type the code, or try again.";
    }
    this.detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.look();
    this.awake = await navigator.wakeLock?.request("screen").catch(() => null); // or the phone goes dark meanwhile
    return "";
  }

  stop() {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = this.video.srcObject = null;
    this.awake?.release();
  }

  async look() {
    const stream = this.stream;
    while (this.stream && this.stream === stream) {
      const codes = await this.detector.detect(this.video).catch(() => []);
      const fresh = codes.map((code) => code.rawValue).filter((text) => text && this.isFresh(text));
      if (fresh.length && this.on) this.found(fresh[0]);
      await new Promise((resolve) => { setTimeout(resolve, LOOK_AGAIN); });
    }
  }

  isFresh(text) {
    const now = performance.now();
    const before = this.seen.get(text) ?? -Infinity;
    this.seen.set(text, now);
    return now - before > GONE_AFTER;
  }
}
