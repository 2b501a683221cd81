// The session's reports by rubric, and a dialog to score it once more.

import { getJson, postJson } from "./api.js";
import { element, find, text } from "./common.js";
import { whole } from "./figures.js";

const byRubric = (rubric) => `${location.pathname}?rubric=${encodeURIComponent(rubric)}`;

/** `at` is the session's address on the server, `rubric` that of the report shown, null for its own. */
export class Rescoring {
  constructor(at, rubric, token) {
    this.at = at;
    this.rubric = rubric;
    this.token = token;
    const form = find("rescoring-form");
    form.addEventListener("submit", (event) => this.submit(event));
    form.addEventListener("change", () => this.chosen());
    find("rescoring-cancel").addEventListener("click", () => find("rescoring").close());
  }

  open() {
    find("rescoring-problem").hidden = true;
    this.chosen();
    find("rescoring").showModal();
  }

  chosen() {
    const own = new FormData(find("rescoring-form")).get("rubric") === "own";
    find("rescoring-own").hidden = !own;
    find("rescoring-text").required = own;
  }

  async submit(event) {
    event.preventDefault();
    const { rubric, own } = Object.fromEntries(new FormData(find("rescoring-form")));
    find("rescoring-problem").hidden = true;
    find("rescoring-go").disabled = true;
    try {
      const report = await postJson(`${this.at}/rescore`, { rubric: rubric === "own" ? own : rubric }, { token: this.token });
      location.assign(byRubric(report.versions.rubric));
    } catch (error) {
      find("rescoring-problem").textContent = error.message;
      find("rescoring-problem").hidden = false;
      find("rescoring-go").disabled = false;
      if (rubric === "own") find("rescoring-text").focus();
    }
  }

  /** Links to the other reports, where there are any. */
  async list() {
    const { reports } = await getJson(`${this.at}/reports`, { token: this.token });
    if (reports.length < 2) return;
    const links = reports.map(({ rubric, own, overall }) => {
      const current = own ? this.rubric === null : this.rubric === rubric;
      const link = element("a", { href: own ? location.pathname : byRubric(rubric) }, text("span", "", rubric), text("b", "figures", whole(overall)), own ? text("span", "soft", "as practised") : null);
      if (current) link.setAttribute("aria-current", "page");
      return link;
    });
    find("reports").replaceChildren(text("span", "soft", "Scored by"), ...links);
    find("reports").hidden = false;
  }
}
