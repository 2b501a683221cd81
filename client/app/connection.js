// One session's connection to the server: offers media, receives messages, and comes back by itself.
//
// Reconnecting is a new RTCPeerConnection and a new offer to the same session, since the server has no ICE
// restart. It goes on until the server says that the session has ended.

import { request } from "./api.js";
import { pause } from "./common.js";
import { BackOff } from "./reconnecting.js";
import { encode, messageParser } from "./wire.js";

const PING_MS = 2000;
const SILENCE_MS = 6000;
const CONNECT_MS = 10000;
const GATHER_MS = 1000;
const LONGEST_WAIT_MS = 4000;
const OVER = new Set([404, 409, 410]);
const REFUSED = new Set([400, 401, 403, 415, 422]);

/**
 * Events (`addEventListener`), all CustomEvents:
 *   `message`  detail: a checked message {v, type, data}
 *   `status`   detail: "connecting" | "connected" | "reconnecting"
 *   `over`     the session has ended at the server: its report can be read
 *   `refused`  detail: a sentence; the server will not have this connection, trying again is no use
 */
export class Connection extends EventTarget {
  /** `session` is {id, token, iceServers}; `tracks` is {video, audio}, each a MediaStreamTrack or null. */
  constructor(session, tracks) {
    super();
    this.session = session;
    this.tracks = { ...tracks };
    this.on = { camera: Boolean(tracks.video), microphone: Boolean(tracks.audio) };
    this.closed = false;
    this.attempt = 0;
    this.backOff = new BackOff(LONGEST_WAIT_MS);
  }

  async open() {
    this.parse ??= messageParser(await (await request("/static/wire.json")).json());
    addEventListener("pagehide", this.leave);
    addEventListener("online", this.backOff.hurry);
    this.heartbeat = setInterval(() => this.beat(), PING_MS);
    this.keepTrying();
  }

  /** Ends the session; resolves with {state, report} once the report can be read. */
  async end() {
    this.close();
    const { id, token } = this.session;
    return (await request(`/api/sessions/${id}/rtc`, { method: "DELETE", token })).json();
  }

  /** Stops without a word to the server, which then waits for this page to come back. */
  close() {
    this.closed = true;
    clearInterval(this.heartbeat);
    removeEventListener("pagehide", this.leave);
    removeEventListener("online", this.backOff.hurry);
    this.drop();
  }

  next(index) {
    this.send("next", { index });
  }

  /** Tells the server what the candidate has switched on; what is off becomes a gap. */
  declare(on) {
    this.on = { ...this.on, ...on };
    this.send("tracks", this.on);
  }

  /** Puts another device in place of the one in use; `kind` is "video" or "audio". */
  async replace(kind, track) {
    this.tracks[kind] = track;
    await this.senders?.[kind].replaceTrack(track);
  }

  // --- from here on, the inside ---

  leave = () => {
    const { id, token } = this.session;
    navigator.sendBeacon(`/api/sessions/${id}/away?token=${encodeURIComponent(token)}`);
  };

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  async keepTrying() {
    this.backOff.restart();
    this.emit("status", this.attempt ? "reconnecting" : "connecting");
    while (!this.closed) {
      this.attempt += 1;
      try {
        await this.connect();
        this.emit("status", "connected");
        return;
      } catch (error) {
        this.drop();
        if (this.closed) return;
        if (OVER.has(error.status)) return this.finish("over");
        if (REFUSED.has(error.status)) return this.finish("refused", error.message);
      }
      this.emit("status", "reconnecting");
      await this.backOff.wait();
    }
  }

  finish(event, detail) {
    this.close();
    this.emit(event, detail);
  }

  /** One attempt; resolves when the events channel is open. */
  async connect() {
    const peer = new RTCPeerConnection({ iceServers: this.session.iceServers ?? [] });
    this.peer = peer;
    this.senders = {
      audio: peer.addTransceiver(this.tracks.audio ?? "audio", { direction: "sendonly" }).sender,
      video: addVideo(peer, this.tracks.video),
    };
    const metrics = peer.createDataChannel("metrics", { ordered: false, maxRetransmits: 0 });
    this.events = peer.createDataChannel("events");
    for (const channel of [metrics, this.events]) {
      channel.addEventListener("message", ({ data }) => this.peer === peer && this.receive(data));
    }
    const opened = this.untilOpen(peer, this.events);
    // A failed offer must not leave this one behind as an unhandled rejection.
    opened.catch(() => {});
    await this.exchange(peer);
    await opened;
    this.watch(peer);
    this.declare(this.on);
  }

  async exchange(peer) {
    await peer.setLocalDescription();
    await gathered(peer);
    const { id, token } = this.session;
    const response = await request(`/api/sessions/${id}/rtc`, {
      method: "POST",
      token,
      headers: { "Content-Type": "application/sdp" },
      body: peer.localDescription.sdp,
      signal: AbortSignal.timeout(CONNECT_MS),
    });
    await peer.setRemoteDescription({ type: "answer", sdp: await response.text() });
  }

  untilOpen(peer, channel) {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error("The connection took too long.")), CONNECT_MS);
      const settle = (outcome) => {
        clearTimeout(late);
        outcome();
      };
      channel.addEventListener("open", () => settle(resolve));
      peer.addEventListener("connectionstatechange", () => {
        if (["failed", "closed"].includes(peer.connectionState)) {
          settle(() => reject(new Error("The connection could not be made.")));
        }
      });
    });
  }

  /** From now on a failure of this peer, and of no older one, leads to a new connection. */
  watch(peer) {
    this.heard = performance.now();
    const lost = () => this.peer === peer && this.lose();
    peer.addEventListener("connectionstatechange", () => {
      if (["failed", "closed"].includes(peer.connectionState)) lost();
    });
    this.events.addEventListener("close", lost);
    if (peer.connectionState === "failed" || this.events.readyState !== "open") lost();
  }

  beat() {
    if (this.heard === undefined) return;
    if (performance.now() - this.heard > SILENCE_MS) this.lose();
    else this.send("ping", { sent: performance.now() });
  }

  lose() {
    this.drop();
    if (!this.closed) this.keepTrying();
  }

  drop() {
    const peer = this.peer;
    this.peer = this.senders = this.events = this.heard = undefined;
    peer?.close();
  }

  receive(text) {
    const message = this.parse(text);
    if (!message) return;
    this.heard = performance.now();
    if (message.type === "ping") this.send("pong", message.data);
    else if (message.type === "pong") this.roundTrip = performance.now() - message.data.sent;
    else this.emit("message", message);
  }

  send(type, data) {
    if (this.events?.readyState === "open") this.events.send(encode(type, data));
  }
}

function addVideo(peer, track) {
  const transceiver = peer.addTransceiver(track ?? "video", {
    direction: "sendonly",
    sendEncodings: [{ maxBitrate: 1_500_000, maxFramerate: 30 }],
  });
  const codecs = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  const isVp8 = (codec) => codec.mimeType.toLowerCase() === "video/vp8";
  if (codecs.some(isVp8)) {
    transceiver.setCodecPreferences?.([...codecs.filter(isVp8), ...codecs.filter((codec) => !isVp8(codec))]);
  }
  keepResolution(transceiver.sender);
  return transceiver.sender;
}

/** Fewer frames rather than smaller ones: a face of half the size cannot be measured. */
async function keepResolution(sender) {
  try {
    const parameters = sender.getParameters();
    parameters.degradationPreference = "maintain-resolution";
    await sender.setParameters(parameters);
  } catch {
    // Not every browser lets it be set; the session works without.
  }
}

/** Resolves when the offer names the ways to here, or after a second with those that are known. */
export function gathered(peer) {
  if (peer.iceGatheringState === "complete") return Promise.resolve();
  const complete = new Promise((resolve) => {
    peer.addEventListener("icegatheringstatechange", () => {
      if (peer.iceGatheringState === "complete") resolve();
    });
  });
  return Promise.race([complete, pause(GATHER_MS)]);
}
