// Links that let others knock at a room: one for each role, made, copied and taken back.

import { getJson, postJson, request } from "./api.js";
import { element, text } from "./common.js";

const ROLES = [
  ["candidate", "Candidate"],
  ["interviewer", "Interviewer"],
  ["observer", "Observer"],
];
const HOURS = [
  [1, "an hour"],
  [24, "a day"],
  [168, "a week"],
  [720, "30 days"],
];

export class Invitations {
  constructor(root, room) {
    this.root = root;
    this.room = room;
    this.said = element("p", { className: "soft small", role: "status" });
    this.rows = new Map(ROLES.map(([role, name]) => [role, element("li", { className: "invitation", dataset: { role, name } })]));
    root.replaceChildren(text("h3", "", "Invite"), element("ul", {}, ...this.rows.values()), this.said);
  }

  /** Without those whose place is taken for good. */
  async show({ candidate }) {
    this.rows.get("candidate").hidden = candidate;
    try {
      const { invitations } = await getJson(`/api/rooms/${this.room}/invitations`);
      for (const [role, row] of this.rows) this.#row(row, invitations.find((each) => each.role === role));
    } catch (error) {
      this.said.textContent = error.message;
    }
  }

  hide(role, hidden) {
    this.rows.get(role).hidden = hidden;
  }

  #row(row, invitation) {
    const { role, name } = row.dataset;
    if (!invitation) {
      const hours = element("select", { aria: { label: `How long the ${role}’s link holds` } }, ...HOURS.map(([value, label]) => new Option(label, value, value === 24, value === 24)));
      const make = element("button", { type: "button", className: "button", textContent: "Make a link" });
      make.addEventListener("click", () => this.#act(row, async () => postJson(`/api/rooms/${this.room}/invitations`, { role, hours: Number(hours.value) })));
      row.replaceChildren(text("span", "invitation-role", name), hours, make);
      return;
    }
    const address = new URL(invitation.url, location.href).href;
    const link = element("input", { type: "text", readOnly: true, value: address, className: "link-text", aria: { label: `The ${role}’s link` } });
    link.addEventListener("focus", () => link.select());
    const copy = element("button", { type: "button", className: "button", textContent: "Copy" });
    copy.addEventListener("click", () => this.#copy(link, copy));
    const revoke = element("button", { type: "button", className: "button plain", textContent: "Revoke" });
    revoke.addEventListener("click", () =>
      this.#act(row, async () => {
        await request(`/api/rooms/${this.room}/invitations/${invitation.id}`, { method: "DELETE" });
        return null;
      }),
    );
    const until = new Date(invitation.expires * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
    row.replaceChildren(text("span", "invitation-role", name), text("span", "soft small until", `until ${until}`), link, copy, revoke);
  }

  async #act(row, act) {
    for (const button of row.querySelectorAll("button")) button.disabled = true;
    try {
      this.#row(row, await act());
      this.said.textContent = "";
    } catch (error) {
      this.said.textContent = error.message;
      for (const button of row.querySelectorAll("button")) button.disabled = false;
    }
  }

  async #copy(link, copy) {
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
      copy.textContent = "Copied";
      setTimeout(() => (copy.textContent = "Copy"), 2000);
    } catch {
      this.said.textContent = "The link is selected: copy it with Ctrl+C.";
    }
  }
}
