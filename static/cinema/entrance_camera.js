// Reads QR codes with the device's camera, where the browser has a BarcodeDetector.
"use strict";

const LOOK_INTERVAL = 150; // milliseconds
const RESCAN_AFTER = 3_000; // milliseconds out of sight after which a code counts as a new scan

class Camera {
  static async isSupported() {
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices?.getUserMedia) return false;
    try {
      return (await BarcodeDetector.getSupportedFormats()).includes("qr_code");
    } catch {
      return false;
    }
  }

  /** Calls `onCode(text)` once each time a ticket is held before the camera. */
  constructor(video, onCode) {
    Object.assign(this, { video, onCode, stream: null, wakeLock: null, seen: new Map() });
  }

  get isOn() {
    return this.stream !== null;
  }

  /** Starts the camera. Resolves to an error message, or to "" when it runs. */
  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      this.video.srcObject = this.stream;
      await this.video.play();
    } catch (error) {
      this.stop();
      if (error.name === "NotAllowedError")
        return "The camera is not allowed here. Allow it in the browser's settings for this site, or type the code.";
      if (error.name === "NotFoundError") return "This device has no camera. Type the code.";
      return "The camera cannot be used at the moment. Type the code, or try again.";
    }
    this.detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.look();
    this.wakeLock = await navigator.wakeLock?.request("screen").catch(() => null); // keeps the screen on
    return "";
  }

  stop() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = this.video.srcObject = null;
    this.wakeLock?.release();
  }

  async look() {
    const stream = this.stream;
    while (this.stream && this.stream === stream) {
      const codes = await this.detector.detect(this.video).catch(() => []);
      const fresh = codes.map((code) => code.rawValue).filter((text) => text && this.isFresh(text));
      if (fresh.length && this.isOn) this.onCode(fresh[0]);
      await new Promise((resolve) => {
        setTimeout(resolve, LOOK_INTERVAL);
      });
    }
  }

  isFresh(text) {
    const now = performance.now();
    const before = this.seen.get(text) ?? -Infinity;
    this.seen.set(text, now);
    return now - before > RESCAN_AFTER;
  }
}
