// The editor of a sentence: its claims, its entities, whether it is boilerplate.

// The editor that keys act on.
let editor = null;

class Editor {
  // `shown` is called after each change, `finished` when no claim is open any more.
  constructor(sentence, { shown, finished, chosen }) {
    Object.assign(this, { sentence, shown, finished });
    this.form = null; // number of the claim being changed, or "new"
    this.selection = null; // UTF-16 units of the text that were selected last
    this.element = el("section", { class: "editor", dir: "ltr", "aria-label": "Decide on the sentence", tabindex: "-1" });
    const claims = this.draft.claims;
    this.chosen = chosen >= 0 ? chosen : Math.max(0, claims.findIndex(isOpen));
    this.render();
  }

  get draft() {
    return draftOf(this.sentence);
  }

  async change(change, { forward = false } = {}) {
    if (!(await decide(this.sentence, change))) return;
    this.form = null;
    this.chosen = Math.max(0, Math.min(this.chosen, this.draft.claims.length - 1));
    const open = this.draft.claims.findIndex(isOpen);
    if (forward && open >= 0) this.chosen = open;
    this.render();
    this.shown();
    if (forward && open < 0) this.finished?.();
  }

  choose(place) {
    this.chosen = place;
    this.form = null;
    this.render();
    this.shown();
  }

  mark(state) {
    const place = this.chosen;
    const entry = this.draft.claims[place];
    if (!entry) {
      tell("No claim here");
      return;
    }
    this.change((draft) => {
      if (state === "rejected" && draft.claims[place].model === null) draft.claims.splice(place, 1);
      else draft.claims[place].state = state;
      return `${claimText(entry.claim)}: ${state}`;
    }, { forward: true });
  }

  reopen() {
    const place = this.chosen;
    const model = this.sentence.claims[this.draft.claims[place]?.model];
    if (!model) return;
    this.change((draft) => {
      Object.assign(draft.claims[place], { state: "open", claim: labelled(model), status: model.status });
      draft.done = false;
      return `${claimText(model)}: open again`;
    });
  }

  // Decides all open claims: those that count are accepted, uncertain ones rejected.
  finish() {
    this.change((draft) => {
      const open = draft.claims.filter(isOpen);
      for (const entry of open) entry.state = entry.status === "auto" ? "accepted" : "rejected";
      draft.done = true;
      if (!open.length) return "Sentence done";
      const kept = open.filter((entry) => entry.state === "accepted").length;
      return `Sentence done: ${kept} kept, ${open.length - kept} dropped of what was open`;
    }, { forward: true });
  }

  boilerplate() {
    this.change((draft) => {
      draft.boilerplate = !draft.boilerplate;
      draft.edited = true;
      return draft.boilerplate ? "Marked as boilerplate: it has no labels" : "Article text again";
    });
  }

  edit(form) {
    this.form = form;
    this.render();
    this.element.querySelector("[name=topic]")?.focus();
  }

  cancel() {
    this.form = null;
    this.render();
    this.element.focus();
  }

  editEntities(change) {
    this.change((draft) => {
      const list = entitiesOf(draft, this.sentence);
      const said = change(list);
      if (!said) return null;
      draft.entities = list.sort((a, b) => a.start - b.start);
      draft.edited = true;
      return said;
    });
  }

  addEntity(from, to, label) {
    const { text } = this.sentence;
    while (from < to && /\s/u.test(text[from])) from += 1;
    while (to > from && /\s/u.test(text[to - 1])) to -= 1;
    if (from === to) {
      tell("Select the words of the entity first");
      return;
    }
    const made = this.sentence.entity(from, to, label);
    this.editEntities((list) => {
      if (list.some((e) => e.start < made.end && made.start < e.end)) {
        tell("This overlaps another entity: remove that one first");
        return null;
      }
      // If the model found the same name in the sentence, its actor is kept, for the arcs.
      list.push({ ...made, actor: this.sentence.entities.find((e) => e.text === made.text)?.actor });
      this.selection = null;
      return `Added ${made.text} as ${LABEL_NAMES[label]}`;
    });
  }

  // Takes the selection in the sentence's text, if there is one.
  takeSelection(text) {
    const selection = getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return false;
    const range = selection.getRangeAt(0);
    if (!text.contains(range.startContainer) || !text.contains(range.endContainer)) return false;
    const before = document.createRange();
    before.selectNodeContents(text);
    before.setEnd(range.startContainer, range.startOffset);
    const from = before.toString().length;
    this.selection = [from, from + range.toString().length];
    this.render();
    return true;
  }

  render() {
    const focus = this.element.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    const held = this.element.contains(document.activeElement);
    const draft = this.draft;
    this.element.replaceChildren(
      el("p", { class: `standing ${isComplete(draft) ? "complete" : ""}` }, standing(draft),
        this.sentence.review && ` · reviewed before by ${this.sentence.review.by}`),
      this.claims(draft), this.entities(draft), this.rest(draft));
    if (held) (this.element.querySelector(`[data-focus="${focus}"]`) ?? this.element).focus({ preventScroll: true });
  }

  claims(draft) {
    const list = draft.claims.map((entry, place) => this.form === place
      ? el("li", {}, this.claimForm(entry.claim, (claim) => this.replace(place, claim)))
      : this.claim(draft, entry, place));
    return el("section", { "aria-label": "Claims" }, el("h3", {}, "Claims"),
      list.length || this.form === "new" ? el("ul", { class: "decide" }, list) : el("p", { class: "fine" }, "No claim."),
      this.form === "new" && this.claimForm({}, (claim) => this.add(claim)),
      el("p", { class: "row" },
        this.form !== "new" && button("Add a claim", () => this.edit("new"), { "data-focus": "new" }),
        button(draft.claims.length ? "Accept all, done" : "Right as it is", () => this.finish(), {
          "data-focus": "finish", title: "Keeps open claims that count, drops open uncertain ones" })));
  }

  claim(draft, entry, place) {
    const name = claimText(entry.claim);
    const model = entry.model === null ? null : this.sentence.claims[entry.model];
    const act = (label, what) => button(label, () => {
      this.chosen = place;
      what();
    }, { "data-focus": `${label} ${place}`, "aria-label": `${label}: ${name}` });
    const current = place === this.chosen;
    return el("li", { class: current ? "current" : "", "aria-current": current ? "true" : null },
      el("div", { class: "what" }, el("span", { class: "topic" }, entry.claim.topic.replaceAll("_", " ")), el("b", {}, name),
        el("span", { class: `state ${entry.state}` }, isOpen(entry) ? `open, ${entry.status}` : entry.state)),
      el("div", { class: "row" },
        act("Accept", () => this.mark("accepted")), act("Reject", () => this.mark("rejected")), act("Change", () => this.edit(place)),
        !isOpen(entry) && entry.model !== null && act("Undo", () => this.reopen())),
      model && current && el("div", { class: "answer" }, probabilities(model)));
  }

  claimForm(claim, done) {
    const chosenTopic = claim.topic ?? (filter.topic || topics[0].id);
    const stanceOptions = (topic) =>
      stances.filter((s) => topics[s.topic].id === topic).map((s) => [s.id, s.id.replaceAll("_", " ")]);
    const select = (name, label, pairs, chosen, change) =>
      el("label", {}, label, el("select", { name, change, "data-focus": `form ${name}` }, options(pairs, chosen)));
    const names = actors.map((a) => [a, a]);
    const form = el("form", { class: "claim-form", "aria-label": claim.topic ? "Change the claim" : "Add a claim" },
      select("topic", "Topic", topics.map((t, i) => [t.id, topicName(i)]), chosenTopic, (event) =>
        form.elements.stance.replaceChildren(...options(stanceOptions(event.target.value)))),
      select("stance", "Stance", stanceOptions(chosenTopic), claim.stance),
      select("holder", "Holder", names, claim.holder, () => {
        form.elements.context.checked = this.needsContext(form.elements.holder.value);
      }),
      select("source", "Reported by", [["", "the holder itself"], ...names], claim.source ?? ""),
      el("label", { class: "check" }, el("input", { type: "checkbox", name: "context", checked: claim.context ?? false }),
        "it takes the sentences before to tell the holder"),
      el("p", { class: "row" }, el("button", { class: "primary" }, claim.topic ? "Apply" : "Add"),
        button("Cancel", () => this.cancel())));
    form.addEventListener("keydown", (event) => event.key === "Escape" && this.cancel());
    if (!claim.topic) form.elements.context.checked = this.needsContext(form.elements.holder.value);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { topic, stance, holder, source, context } = form.elements;
      done(labelled({
        topic: topic.value, stance: stance.value, holder: holder.value,
        source: source.value === holder.value ? "" : source.value, context: context.checked,
      }));
    });
    return form;
  }

  // A holder whom the sentence does not name is named in those before. The narrator is never named.
  needsContext(holder) {
    return holder !== "narrator" && !this.sentence.entities.some((entity) => entity.actor === holder);
  }

  replace(place, claim) {
    this.change((draft) => {
      if (draft.claims.some((entry, i) => i !== place && entry.state !== "rejected" && sameClaim(entry.claim, claim))) {
        tell("The sentence has this claim already");
        return null;
      }
      const entry = draft.claims[place];
      const model = this.sentence.claims[entry.model];
      const same = model && sameClaim(model, claim) && Boolean(model.context) === Boolean(claim.context);
      Object.assign(entry, { claim, state: model ? (same ? "accepted" : "changed") : "added" });
      return `Changed to ${claimText(claim)}`;
    }, { forward: true });
  }

  add(claim) {
    this.change((draft) => {
      if (draft.claims.some((entry) => entry.state !== "rejected" && sameClaim(entry.claim, claim))) {
        tell("The sentence has this claim already");
        return null;
      }
      draft.claims.push({ model: null, status: "review", state: "added", claim });
      return `Added ${claimText(claim)}`;
    });
  }

  entities(draft) {
    const list = entitiesOf(draft, this.sentence);
    const labels = LABELS.map((label) => [label, `${label} (${LABEL_NAMES[label]})`]);
    const items = list.map((entity, place) => el("li", {}, el("span", { dir: "auto", class: "name" }, entity.text),
      el("select", { "aria-label": `Type of ${entity.text}`, "data-focus": `label-of ${place}`, change: (event) => {
        const label = event.target.value;
        this.editEntities((all) => {
          all[place].label = label;
          return `${entity.text} is now ${LABEL_NAMES[label]}`;
        });
      } }, options(labels, entity.label)),
      button("Remove", () => this.editEntities((all) => `Removed ${all.splice(place, 1)[0].text}`), {
        "aria-label": `Remove ${entity.text}`, "data-focus": `remove ${place}` })));
    return el("details", { class: "entities", open: this.openEntities, toggle: (event) => {
      this.openEntities = event.target.open;
    } },
      el("summary", { "data-focus": "entities" }, `Entities (${list.length})`),
      el("ul", { class: "names" }, items), this.entityForm(labels));
  }

  // Lists of words, for use without a mouse. A selection in the text goes before them.
  entityForm(labels) {
    const words = [...this.sentence.text.matchAll(/\S+/gu)].map((m) => [m.index, m.index + m[0].length, m[0]]);
    const pairs = words.map(([, , word], i) => [String(i), `${i + 1} ${word}`]);
    const from = el("select", { "aria-label": "First word", "data-focus": "first word", change: () => {
      if (Number(to.value) < Number(from.value)) to.value = from.value;
      this.selection = null;
    } }, options(pairs, "0"));
    const to = el("select", { "aria-label": "Last word", "data-focus": "last word", change: () => {
      this.selection = null;
    } }, options(pairs, "0"));
    const label = el("select", { "aria-label": "Type of the new entity", "data-focus": "new label" }, options(labels, "PER"));
    const selected = this.selection && this.sentence.text.slice(...this.selection);
    return el("div", { class: "row new-entity" },
      selected ? el("span", {}, "Selected: ", el("q", { dir: "auto" }, selected)) : el("span", { class: "fine" }, "Select words in the text, or from"),
      !selected && from, !selected && el("span", { class: "fine" }, "to"), !selected && to, label,
      button("Add entity", () => {
        const [start, end] = this.selection ?? [words[from.value]?.[0] ?? 0, words[to.value]?.[1] ?? 0];
        this.addEntity(start, end, label.value);
      }, { "data-focus": "add entity" }));
  }

  rest(draft) {
    const note = el("input", { value: draft.note, maxlength: "1000", dir: "auto", "data-focus": "note", change: (event) => {
      const text = event.target.value.trim();
      this.change((changed) => {
        changed.note = text;
        return text ? "Note kept" : "Note removed";
      });
    } });
    return el("div", { class: "rest" }, el("label", { class: "note" }, "Note", note), el("p", { class: "row" },
      button(draft.boilerplate ? "Is article text" : "Is boilerplate", () => this.boilerplate(), {
        "data-focus": "boilerplate", "aria-pressed": draft.boilerplate ? "true" : "false" }),
      draft.touched && button("Forget decisions", () => {
        forget(this.sentence);
        this.render();
        this.shown();
      }, { "data-focus": "forget" })));
  }
}
