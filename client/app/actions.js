// What can be done with a report: print it, take it away, score it again, delete it.

import { request } from "./api.js";
import { element, find } from "./common.js";

/** `at` is the session's address on the server, null in a file that stands alone; `query` names the report. */
export class Actions {
  constructor(report, at, query, token) {
    Object.assign(this, { report, at, query, token });
    find("print").addEventListener("click", () => print());
    find("download").addEventListener("click", () => this.json());
    const menu = find("more");
    menu.addEventListener("click", ({ target }) => target.closest("button, a") && (menu.open = false));
    addEventListener("pointerdown", ({ target }) => menu.contains(target) || (menu.open = false));
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !menu.open) return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
    if (at) this.onServer();
  }

  onServer() {
    find("export").href = `${this.at}/export`;
    const nothingKept = this.report.session.keep === "none";
    for (const id of ["export", "again"]) find(id).hidden = nothingKept;
    find("pdf").addEventListener("click", () => this.pdf());
    find("more").addEventListener("toggle", () => (find("forget-recording").hidden = find("recording-actions").hidden));
    find("forget-recording").addEventListener("click", () => find("delete-recording").click());
    find("delete").addEventListener("click", () => find("deleting").showModal());
    find("deleting-cancel").addEventListener("click", () => find("deleting").close());
    find("deleting-form").addEventListener("submit", (event) => this.remove(event));
  }

  json() {
    const file = new Blob([JSON.stringify(this.report, null, 2)], { type: "application/json" });
    this.save(file, "json");
  }

  save(file, ending) {
    const url = URL.createObjectURL(file);
    element("a", { href: url, download: `rapport-${this.report.session.id}.${ending}` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  async pdf() {
    const say = (words) => (find("action-state").textContent = words);
    find("pdf").disabled = true;
    say("Printing …");
    try {
      const response = await request(`${this.at}/report.pdf${this.query}`, { token: this.token });
      this.save(await response.blob(), "pdf");
      say("");
    } catch (error) {
      say(error.message);
    }
    find("pdf").disabled = false;
  }

  async remove(event) {
    event.preventDefault();
    try {
      await request(this.at, { method: "DELETE", token: this.token });
      location.assign("/");
    } catch (error) {
      find("deleting-problem").textContent = error.message;
      find("deleting-problem").hidden = false;
    }
  }
}
