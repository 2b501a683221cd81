// An interviewer's scorecard: values from 1 to 5 with what each stands for, per question and at the end.

import { getJson, postJson, request } from "./api.js";
import { element, text } from "./common.js";

const SAVE_MS = 800;
const VALUES = [1, 2, 3, 4, 5];

export class Scorecard {
  #values = new Map();
  #timer;
  #unkept = false;

  /** `criteria` are those of GET /api/rooms/<id>. */
  constructor(root, room, criteria) {
    this.room = room;
    this.criteria = criteria;
    this.questions = [];
    this.body = element("div", { className: "criteria" });
    this.note = element("textarea", { rows: 2, maxLength: 4000, placeholder: "In a sentence or two", aria: { label: "Note on the interview" } });
    this.note.addEventListener("input", () => this.#later());
    this.hand = element("button", { type: "button", className: "button", textContent: "Hand in" });
    this.hand.addEventListener("click", () => this.#handIn());
    this.state = element("p", { className: "soft small", role: "status" });
    this.shares = ["marks", "ratings"].map((what) => element("input", { type: "checkbox", name: what }));
    for (const share of this.shares) share.addEventListener("change", () => this.#share());
    const sharing = element("div", { className: "card-sharing" }, ...this.shares.map((share) => element("label", { className: "switch" }, share, ` Show the candidate my ${share.name}`)));
    this.root = element(
      "details",
      { className: "tool scorecard", id: "scorecard" },
      element("summary", {}, text("h2", "", "Scorecard")),
      text("p", "soft small", "Yours alone until you hand it in. It stands beside the measured scores, never inside them."),
      this.body,
      this.note,
      element("div", { className: "ask-line" }, this.hand, this.state),
      sharing,
    );
    root.append(this.root);
    this.#load();
  }

  /** The questions that can be rated, and the one that is asked now. */
  ask(questions, current) {
    this.questions = questions;
    this.current = current;
    this.#show();
  }

  /** The server is there again: what it did not hear is kept now. */
  again() {
    if (this.#unkept) this.#save(false);
  }

  async #load() {
    try {
      const { own, waiting_for: waiting } = await getJson(`/api/rooms/${this.room}/ratings`);
      const [mine] = own;
      for (const { criterion, question, value } of mine?.ratings ?? []) this.#values.set(key(criterion, question), { criterion, question, value });
      this.note.value = mine?.note ?? "";
      this.handedIn = Boolean(mine?.handed_in);
      for (const share of this.shares) share.checked = Boolean(mine?.shared[share.name]);
      this.waiting = waiting.length;
      this.#show();
    } catch (error) {
      this.state.textContent = error.message;
    }
  }

  #show() {
    const [perQuestion, atEnd] = ["question", "end"].map((of) => this.criteria.filter((each) => each.of === of));
    const question = this.questions.find(({ index }) => index === this.current);
    const parts = [];
    if (question) parts.push(text("h3", "", `Question ${question.index + 1}`), ...perQuestion.map((each) => this.#criterion(each, question.index)));
    parts.push(text("h3", "", "The whole interview"), ...atEnd.map((each) => this.#criterion(each, null)));
    this.body.replaceChildren(...parts);
    this.note.disabled = this.hand.disabled = this.handedIn;
    this.shares[1].disabled = !this.handedIn;
    this.state.textContent = this.handedIn ? "Handed in; it stays as it is." : this.state.textContent;
  }

  #criterion({ id, label, asks, anchors }, question) {
    const chosen = this.#values.get(key(id, question))?.value ?? null;
    const anchor = text("p", "soft small anchor", chosen ? anchors[chosen - 1] : asks);
    const radios = VALUES.map((value) => {
      const input = element("input", { type: "radio", name: `${id}-${question}`, value, checked: value === chosen, disabled: this.handedIn });
      input.addEventListener("change", () => {
        this.#values.set(key(id, question), { criterion: id, question, value });
        anchor.textContent = anchors[value - 1];
        this.#later();
      });
      const option = element("label", { title: anchors[value - 1] }, input, text("span", "figures", String(value)), text("span", "unseen", anchors[value - 1]));
      option.addEventListener("pointerenter", () => (anchor.textContent = anchors[value - 1]));
      return option;
    });
    const row = element("fieldset", { className: "criterion" }, element("legend", { textContent: label }), element("div", { className: "values" }, ...radios), anchor);
    row.addEventListener("pointerleave", () => {
      const now = this.#values.get(key(id, question))?.value;
      anchor.textContent = now ? anchors[now - 1] : asks;
    });
    return row;
  }

  #later() {
    clearTimeout(this.#timer);
    this.state.textContent = "…";
    this.#timer = setTimeout(() => this.#save(false), SAVE_MS);
  }

  async #handIn() {
    clearTimeout(this.#timer);
    await this.#save(true);
  }

  async #save(handedIn) {
    try {
      const body = JSON.stringify({ ratings: [...this.#values.values()], note: this.note.value, handed_in: handedIn });
      const response = await request(`/api/rooms/${this.room}/ratings`, { method: "PUT", headers: { "Content-Type": "application/json" }, body });
      const { own } = await response.json();
      this.handedIn = Boolean(own[0]?.handed_in);
      this.#unkept = false;
      this.state.textContent = "Kept";
      if (this.handedIn) this.#show();
    } catch (error) {
      this.#unkept = error.status === 0;
      this.state.textContent = error.message;
    }
  }

  async #share() {
    const [marks, ratings] = this.shares.map(({ checked }) => checked);
    try {
      await postJson(`/api/rooms/${this.room}/shared`, { marks, ratings });
      this.state.textContent = marks || ratings ? "The candidate sees it in the review." : "The candidate sees none of it.";
    } catch (error) {
      this.state.textContent = error.message;
    }
  }
}

const key = (criterion, question) => `${criterion} ${question}`;
