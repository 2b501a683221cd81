// Rooms on the home page: a new one, and those that there are.

import { getJson, postJson, request } from "./api.js";
import { element, find, icon, text } from "./common.js";
import { wantedQuestions } from "./questions.js";

const NAME = "rapport.name";
const STATES = { waiting: "not begun", open: "under way", ended: "ended" };

export class Rooms {
  constructor(form) {
    this.form = form;
    for (const input of form.querySelectorAll("input[name=purpose]")) input.addEventListener("change", () => this.#show());
    find("room-name").value = localStorage.getItem(NAME) ?? "";
    this.#show();
  }

  /** A room is to be made, not a practice. */
  get wanted() {
    return new FormData(this.form).get("purpose") === "room";
  }

  async create() {
    const wish = new FormData(this.form);
    const [name, title] = ["name", "title"].map((key) => wish.get(key).trim());
    find("start-problem").hidden = true;
    find("start").disabled = true;
    try {
      const { url } = await postJson("/api/rooms", {
        title: title || undefined,
        as: wish.get("as"),
        name,
        ...wantedQuestions(new URLSearchParams(wish).toString()),
        keep: wish.get("keep"),
      });
      localStorage.setItem(NAME, name);
      location.assign(url);
    } catch (error) {
      find("start-problem").textContent = error.message;
      find("start-problem").hidden = false;
    }
    find("start").disabled = false;
  }

  async list() {
    try {
      const { rooms } = await getJson("/api/rooms");
      find("rooms").replaceChildren(...rooms.map((room) => this.#row(room)));
      find("rooms-part").hidden = !rooms.length;
    } catch (error) {
      find("rooms-said").textContent = error.message;
    }
  }

  #show() {
    find("room-wish").hidden = find("room-wish").disabled = !this.wanted;
    find("start").textContent = this.wanted ? "Open a room" : "Start a practice";
    find("start-note").textContent = this.wanted ? "Links to send to the others come on the next page. The camera stays off until then." : "The camera stays off until you agree on the next page.";
  }

  #row({ id, title, created, state, members }) {
    const day = new Date(created).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    const names = members.filter(({ role }) => role !== "observer").map(({ name }) => name);
    const open = element("button", { type: "button", className: "button", textContent: state === "ended" ? "Review" : "Enter" });
    open.setAttribute("aria-label", `${open.textContent}: ${title}`);
    open.addEventListener("click", () => this.#open(id, state));
    const remove = element("button", { type: "button", className: "button plain remove", title: "Delete", aria: { label: `Delete ${title}` } }, icon("bin"));
    const row = element("li", { className: "room" }, element("div", {}, text("h3", "", title), text("p", "soft small figures", [day, STATES[state], names.join(", ")].filter(Boolean).join(" · "))), open, remove);
    remove.addEventListener("click", () => this.#delete(row, id, title));
    return row;
  }

  /** The seat may have been forgotten by the browser; the owner gets it again. */
  async #open(id, state) {
    try {
      await postJson(`/api/rooms/${id}/seat`, {});
      location.assign(state === "ended" ? `/rooms/${id}/review` : `/rooms/${id}`);
    } catch (error) {
      find("rooms-said").textContent = error.message;
    }
  }

  async #delete(row, id, title) {
    if (!confirm(`Delete “${title}” with everything measured, marked and rated in it? It ends for everybody.`)) return;
    try {
      await request(`/api/rooms/${id}`, { method: "DELETE" });
      row.remove();
      find("rooms-said").textContent = `${title} was deleted.`;
      find("rooms-title").focus();
    } catch (error) {
      find("rooms-said").textContent = error.message;
    }
  }
}
