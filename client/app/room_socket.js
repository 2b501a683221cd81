// What goes between a room's page and the server: a WebSocket for those who speak, server-sent events for observers.

import { postJson, request } from "./api.js";
import { BackOff } from "./reconnecting.js";
import { encode, messageParser } from "./wire.js";

const PING_MS = 4000;
const SILENCE_MS = 12_000;
const LONGEST_WAIT_MS = 5000;
const REFUSED = new Set([401, 403, 404, 410]);
/** What is meant to be heard even if there is no connection when it is said. */
const LASTING = new Set(["consent", "ask", "unask", "reword", "mark", "end"]);
/** Codes with which the server closes for good. */
const LAST_WORDS = {
  4001: "This room is open in another window or on another device. Close it there, then load this page again.",
  4003: "You are no longer in this room.",
};
const ENDED = 4000;

const parser = async () => messageParser(await (await request("/static/room.json")).json());

/**
 * Events, all CustomEvents:
 *   `message`  detail: a checked message {v, type, data}; the first of each connection is a `welcome`
 *   `status`   detail: "connecting" | "connected" | "reconnecting"
 *   `over`     the room has ended
 *   `held`     what was said waits for the connection to come back
 *   `refused`  detail: a sentence; trying again is no use
 */
class Line extends EventTarget {
  closed = false;
  backOff = new BackOff(LONGEST_WAIT_MS);

  emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  finish(type, detail) {
    if (this.closed) return;
    this.close();
    this.emit(type, detail);
  }

  take(text) {
    const message = this.parse(text);
    if (!message) return;
    if (message.type === "welcome") {
      this.backOff.restart();
      this.emit("status", "connected");
    }
    if (message.type !== "pong") this.emit("message", message);
    if (message.type === "room" && message.data.state === "ended") this.finish("over");
  }
}

export class RoomSocket extends Line {
  #held = [];

  constructor(room) {
    super();
    this.room = room;
  }

  async open() {
    this.parse = await parser();
    this.heartbeat = setInterval(() => this.#beat(), PING_MS);
    addEventListener("online", this.backOff.hurry);
    this.emit("status", "connecting");
    while (!this.closed) {
      try {
        const code = await this.#connect();
        if (code === ENDED) return this.finish("over");
        if (LAST_WORDS[code]) return this.finish("refused", LAST_WORDS[code]);
      } catch (error) {
        if (REFUSED.has(error.status)) return this.finish("refused", error.message);
      }
      if (this.closed) return;
      this.emit("status", "reconnecting");
      await this.backOff.wait();
    }
  }

  send(type, data) {
    if (this.socket?.readyState === WebSocket.OPEN) return this.socket.send(encode(type, data));
    if (!LASTING.has(type)) return;
    this.#held.push({ type, data, since: performance.now() });
    this.emit("held");
  }

  close() {
    this.closed = true;
    clearInterval(this.heartbeat);
    removeEventListener("online", this.backOff.hurry);
    this.socket?.close();
  }

  /** One connection; resolves with the code of its end. */
  async #connect() {
    const { url } = await postJson(`/api/rooms/${this.room}/ticket`, {});
    const address = new URL(url, location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = (this.socket = new WebSocket(address));
    socket.addEventListener("open", () => this.#sendHeld());
    socket.addEventListener("message", ({ data }) => {
      this.heard = performance.now();
      this.take(data);
    });
    this.heard = performance.now();
    return new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
  }

  #sendHeld() {
    for (const { type, data, since } of this.#held.splice(0)) {
      this.send(type, type === "mark" ? { ...data, ago: (performance.now() - since) / 1000 } : data);
    }
  }

  #beat() {
    if (this.socket && performance.now() - this.heard > SILENCE_MS) this.socket.close();
    else this.send("ping", { sent: performance.now() });
  }
}

export class RoomWatch extends Line {
  constructor(room) {
    super();
    this.room = room;
  }

  async open() {
    this.parse = await parser();
    this.emit("status", "connecting");
    while (!this.closed) {
      await this.#listen();
      if (this.closed) return;
      this.emit("status", "reconnecting");
      try {
        const { state } = await (await request(`/api/rooms/${this.room}`)).json();
        if (state === "ended") return this.finish("over");
      } catch (error) {
        if (REFUSED.has(error.status)) return this.finish("refused", error.message);
      }
      await this.backOff.wait();
    }
  }

  close() {
    this.closed = true;
    this.source?.close();
  }

  #listen() {
    const source = (this.source = new EventSource(`/api/rooms/${this.room}/watch`));
    source.addEventListener("message", ({ data }) => this.take(data));
    return new Promise((resolve) =>
      source.addEventListener("error", () => {
        source.close();
        resolve();
      }),
    );
  }
}
