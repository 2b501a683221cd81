// The pictures of a call: whoever matters most large, the others and oneself small.

import { element, icon, text, write } from "./common.js";

const STATUS = {
  waiting: "Getting ready …",
  connecting: "Connecting …",
  failed: "No connection",
  absent: "Not here",
};

/** Beside a name; on a small picture the sign alone is seen. */
const SIGNS = [
  { key: "muted", picture: "microphone-off", words: "muted" },
  { key: "written", picture: "pen", words: "words written down" },
];

/** On the own picture, in place of a name: it is a small one. */
const SENT = { smaller: "Sent small", none: "Sound only" };

/** Events: `blocked` when the browser lets no sound play before the page was touched. */
export class Stage extends EventTarget {
  #tiles = new Map();
  #members = new Map();

  /** `first` is the role whose picture is the large one. */
  constructor(root, me, first) {
    super();
    this.root = root;
    this.me = me;
    this.first = first;
    root.replaceChildren();
    this.own = this.#tile(me, "camera");
    this.own.video.muted = true;
    this.own.root.classList.add("own");
    this.own.video.setAttribute("aria-label", "Your camera’s picture, mirrored");
  }

  members(members) {
    this.#members = new Map(members.map((member) => [member.id, member]));
    for (const { id, role } of members) if (id !== this.me && role !== "observer") this.#tile(id, "camera");
    for (const [key, { member }] of this.#tiles) if (!this.#members.has(member) && member !== this.me) this.#drop(key);
    this.#show();
  }

  self(stream, camera) {
    if (this.own.video.srcObject !== stream) this.own.video.srcObject = stream;
    this.own.off = !camera;
    this.#show();
  }

  stream(member, kind, stream) {
    const tile = this.#tile(member, kind);
    if (tile.video.srcObject === stream) return;
    tile.video.srcObject = stream;
    this.#play(tile);
    this.#show();
  }

  status(member, status, relayed) {
    const tile = this.#tile(member, "camera");
    tile.status = status;
    tile.root.dataset.status = status;
    tile.root.dataset.relayed = relayed;
    this.#show();
  }

  /** Nothing has come of a member's picture for a while, though their camera is on. */
  still(member, still) {
    this.#tile(member, "camera").still = still;
    this.#show();
  }

  /** What of the own picture the line carries: "whole", "smaller" or "none". */
  sent(picture) {
    this.own.sent = picture;
    this.#show();
  }

  gone(member) {
    for (const kind of ["camera", "screen"]) {
      const tile = this.#tiles.get(`${member} ${kind}`);
      if (tile) tile.video.srcObject = null;
      if (tile && kind === "screen") this.#drop(`${member} screen`);
    }
    this.#show();
  }

  /** After the page was touched. */
  resume() {
    for (const tile of this.#tiles.values()) if (tile !== this.own) this.#play(tile);
  }

  clear() {
    for (const key of [...this.#tiles.keys()]) this.#drop(key);
  }

  // --- inside ---

  async #play({ video }) {
    if (!video.srcObject) return;
    try {
      await video.play();
    } catch (error) {
      if (error.name === "NotAllowedError") this.dispatchEvent(new Event("blocked"));
    }
  }

  #tile(member, kind) {
    const key = `${member} ${kind}`;
    if (this.#tiles.has(key)) return this.#tiles.get(key);
    const video = element("video", { autoplay: true, playsInline: true });
    const empty = text("p", "tile-empty", "");
    const name = text("span", "tile-name", "");
    const signs = SIGNS.map(({ picture }) => element("span", { className: "tile-sign", hidden: true }, icon(picture), element("span")));
    const root = element("figure", { className: `tile ${kind}`, dataset: { member, kind } }, video, empty, element("figcaption", {}, name, ...signs));
    const tile = { member, kind, video, empty, name, signs, root, off: false };
    this.#tiles.set(key, tile);
    this.root.append(root);
    return tile;
  }

  #drop(key) {
    const tile = this.#tiles.get(key);
    tile.video.srcObject = null;
    tile.root.remove();
    this.#tiles.delete(key);
  }

  #show() {
    for (const tile of this.#tiles.values()) {
      const member = this.#members.get(tile.member);
      const mine = tile.member === this.me;
      tile.root.hidden = tile.kind === "screen" && !member?.screen;
      if (!mine) tile.off = tile.kind === "camera" && Boolean(member) && !member.camera;
      const name = mine ? (SENT[tile.sent] ?? "You") : (member?.name ?? "");
      write(tile.name, tile.kind === "screen" ? `${name}’s screen` : name);
      const signs = tile.kind === "screen" ? {} : { muted: !mine && member?.here && !member.microphone, written: member?.written };
      for (const [i, { key, words }] of SIGNS.entries()) {
        tile.signs[i].hidden = !signs[key];
        write(tile.signs[i].lastChild, signs[key] ? words : "");
      }
      if (!mine) tile.video.setAttribute("aria-label", tile.kind === "screen" ? `${name}’s screen` : `Picture of ${name}`);
      const status = !mine && member && !member.here ? "absent" : tile.status;
      const why = tile.kind === "screen" ? "" : (STATUS[status] ?? (tile.off ? "Camera off" : tile.still ? "Sound only: the line is too slow for a picture" : ""));
      tile.empty.hidden = !why;
      write(tile.empty, why);
    }
    const others = [...this.#tiles.values()].filter(({ member, root }) => member !== this.me && !root.hidden);
    const screens = others.filter(({ kind }) => kind === "screen");
    const wanted = others.filter(({ member }) => this.#members.get(member)?.role === this.first);
    const here = others.filter(({ member }) => this.#members.get(member)?.here);
    const main = screens[0] ?? wanted[0] ?? here[0] ?? others[0] ?? this.own;
    for (const tile of this.#tiles.values()) tile.root.classList.toggle("main", tile === main);
    this.root.dataset.tiles = others.length + 1;
  }
}
