// The queue of sentences to review: first those with uncertain claims, by falling score, then those
// with claims that count, by rising score.

// Sentences, fixed when the queue is made, so that it does not change during review.
let queue = null;
let queueAt = 0;
let queueFor = "";

function makeQueue() {
  const decided = decidedPlaces();
  const ranks = new Map();
  for (const row of filteredClaims()) {
    const place = at(row.document, row.place);
    if (filter.reviewed !== "yes" && decided.has(place)) continue;
    // Lower ranks come first: uncertain claims have 0 to 1, by falling score, others 2 to 3, by
    // rising score.
    const rank = row.status === 1 ? 1 - row.score : 2 + row.score;
    const known = ranks.get(place);
    if (!known || rank < known.rank) ranks.set(place, { rank, place, row });
  }
  return [...ranks.values()].sort((a, b) => a.rank - b.rank || a.place - b.place);
}

function goTo(to, forced = false) {
  if (!queue?.length) return;
  if (to < 0 || to >= queue.length) {
    tell(to < 0 ? "This is the first sentence" : "This is the last sentence of the queue");
    if (!forced) return;
  }
  queueAt = Math.max(0, Math.min(to, queue.length - 1));
  show();
  byId("card")?.focus({ preventScroll: true });
  byId("card")?.scrollIntoView({ block: "nearest" });
}

const QUEUED = 12;
function queueView() {
  const asked = JSON.stringify(filter) + (hits?.size ?? "");
  if (queue === null || queueFor !== asked) {
    queue = makeQueue();
    queueAt = 0;
    queueFor = asked;
  }
  const again = button("Rebuild the queue", () => {
    queue = null;
    show();
    tell("Queue rebuilt");
  }, { "data-focus": "anew" });
  if (!queue.length) {
    editor = null;
    return [[el("h2", {}, "Queue"), el("p", {}, "Nothing to decide: all sentences that the filters let through are reviewed."), el("p", { class: "row" }, again)], () => {}];
  }
  const { document, place } = queue[queueAt].row;
  const sentences = sentencesOf(document);
  const sentence = sentences[place];
  const line = el("div", { class: "paragraph", dir: directionOf(sentence.text) });
  const draw = () => {
    const held = line.contains(globalThis.document.activeElement) ? globalThis.document.activeElement.dataset.focus : null;
    const shown = annotated(sentence, draftOf(sentence), { chosen: editor.chosen, pick: (claim) => editor.choose(Math.max(0, claim)) });
    shown.addEventListener("mouseup", () => editor.takeSelection(shown.querySelector(".text")));
    line.replaceChildren(shown);
    if (held) line.querySelector(`[data-focus="${held}"]`)?.focus({ preventScroll: true });
    drawArcs(line);
    list.replaceWith(list = queueList());
  };
  const here = queueAt;
  let list = queueList();
  editor = new Editor(sentence, { chosen: -1, shown: draw, finished: () => {
    if (queueAt === here && currentView() === "queue") goTo(here + 1);
  } });
  const context = (from, to) => el("p", { class: "context", dir: "auto" }, sentences.slice(Math.max(0, from), to).map((s) => s.text).join(" "));
  const { title, outlet, date } = documents[document];
  const card = el("section", { id: "card", class: "card", tabindex: "-1", "aria-label": `Sentence ${queueAt + 1} of ${queue.length}` },
    el("p", { class: "fine" }, el("a", { href: articleHash(document, place), dir: "auto" }, title), el("span", { dir: "auto" }, [outlet, date].filter(Boolean).map((fact) => ` · ${fact}`).join(""))),
    context(place - 2, place), line, context(place + 1, place + 2), editor.element);
  draw();
  const bar = el("div", { class: "row bar" }, el("span", {}, `${(queueAt + 1).toLocaleString("en")} of ${queue.length.toLocaleString("en")}`),
    button("Previous", () => goTo(queueAt - 1), { "data-focus": "queue previous" }), button("Next", () => goTo(queueAt + 1), { "data-focus": "queue next" }), again);
  return [[el("h2", {}, "Queue"), bar, el("div", { class: "split" }, card, list)], () => watchArcs(line)];
}

function queueList() {
  const page = Math.floor(queueAt / QUEUED);
  const items = queue.slice(page * QUEUED, (page + 1) * QUEUED).map(({ row }, i) => {
    const number = page * QUEUED + i;
    const sentence = sentenceAt(row.document, row.place);
    const draft = draftOf(sentence);
    const mark = isComplete(draft) ? "decided" : STATUS[row.status];
    return el("li", { class: mark }, button([el("span", { class: "clip", dir: "auto" }, sentence.text), " ", el("span", { class: "state" }, mark === "decided" ? "decided" : `${mark} ${row.score.toFixed(2)}`)],
      () => goTo(number), { class: "plain", "aria-current": number === queueAt ? "true" : null, "data-focus": `queued ${number}` }));
  });
  return el("aside", { class: "queued", "aria-label": "The queue" }, el("ol", { start: String(page * QUEUED + 1) }, items),
    pager(page, Math.ceil(queue.length / QUEUED), (to) => goTo(to * QUEUED), "Pages of the queue"));
}

// Goes to the next or previous claim, in the queue also of the next or previous sentence.
function step(by) {
  if (!editor) return;
  const to = editor.chosen + by;
  if (to >= 0 && to < editor.draft.claims.length) editor.choose(to);
  else if (currentView() === "queue") goTo(queueAt + by);
}
