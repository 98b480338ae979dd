// A sentence as shown: its text with the entities, its claims as labels, arcs from holder to claim.

const STATES = { open: "", accepted: "accepted", rejected: "rejected", changed: "changed", added: "added" };

function claimText(claim) {
  const by = claim.source ? `, by ${claim.source}` : "";
  return `${claim.holder}: ${claim.stance.replaceAll("_", " ")}${by}`;
}

// The text with its entities marked. The element must hold nothing else: offsets of selections
// count in it.
function markedText(sentence, draft) {
  const text = el("span", { class: "text", dir: "auto" });
  let done = 0;
  const ranges = entitiesOf(draft, sentence).map((entity) => [...sentence.range(entity), entity]);
  for (const [from, to, entity] of ranges.sort((a, b) => a[0] - b[0] || b[1] - a[1])) {
    if (from < done || to <= from) continue;
    const actor = entity.actor ?? sentence.entities.find((e) => e.start === entity.start && e.end === entity.end)?.actor;
    text.append(sentence.text.slice(done, from),
      el("mark", {
        class: `entity ${entity.label}`, "data-label": entity.label, "data-actor": actor, "data-start": entity.start, "data-end": entity.end,
      }, sentence.text.slice(from, to)));
    done = to;
  }
  text.append(sentence.text.slice(done));
  return text;
}

// A claim as a label. Its hypothesis and probabilities show on hover and on focus.
function claimLabel(sentence, draft, place, click) {
  const entry = draft.claims[place];
  const model = entry.model === null ? null : sentence.claims[entry.model];
  const state = isOpen(entry) ? entry.status : STATES[entry.state];
  const label = el("button", {
    type: "button", class: `claim ${isOpen(entry) ? entry.status : entry.state}`, click,
    "data-holder": entry.claim.holder, "data-focus": `label ${place}`,
  }, el("span", { class: "topic" }, entry.claim.topic.replaceAll("_", " ")), " ",
  el("b", {}, claimText(entry.claim)), " ",
  el("span", { class: "state" }, model && isOpen(entry) ? `${state} ${model.score.toFixed(2)}` : state));
  if (model) {
    const { holder_mention: name } = model;
    if (name && !name.sentence && model.holder === entry.claim.holder) Object.assign(label.dataset, { start: name.start, end: name.end });
    explainOn(label, model, sentence);
  }
  return label;
}

// The evidence of the claim under the pointer, otherwise of the chosen one, is highlighted. The
// text's elements stay as they are: offsets of selections count in them.
const evidence = globalThis.Highlight && new Highlight();
if (evidence) CSS.highlights.set("evidence", evidence);
let chosenEvidence = null;

function highlight(range) {
  evidence?.clear();
  if (range) evidence?.add(range);
}

// A claim's evidence as a range of the sentence's `text` element. It is static: a live one would
// collapse when the element is put into the page.
function evidenceRange(text, sentence, claim) {
  if (!claim?.evidence) return null;
  const range = {};
  const [from, to] = sentence.range(claim.evidence);
  const nodes = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
  for (let done = 0; nodes.nextNode(); done += nodes.currentNode.length) {
    const within = (unit) => unit >= done && unit <= done + nodes.currentNode.length;
    if (from < done + nodes.currentNode.length && within(from)) {
      Object.assign(range, { startContainer: nodes.currentNode, startOffset: from - done });
    }
    if (range.startContainer && within(to)) {
      return new StaticRange({ ...range, endContainer: nodes.currentNode, endOffset: to - done });
    }
  }
  return null;
}

// The names of a claim's holder and source, in words.
function namesOf({ holder_mention: holder, source_mention: source }) {
  const named = ({ text, sentence }) => sentence ? `${text} (sentence ${sentence.split("#").pop()})` : text;
  return [holder && `holder: ${named(holder)}`, source && `reported by: ${named(source)}`].filter(Boolean).join(", ");
}

function probabilities(model) {
  const { hypothesis, probabilities: answer, score, holder_score } = model;
  const bar = (name) => {
    const fill = el("span", { class: `fill ${name}` });
    fill.style.width = `${100 * answer[name]}%`;
    return el("span", { class: "bar" }, el("span", {}, name), el("span", { class: "rail", "aria-hidden": "true" }, fill),
      el("span", { class: "number" }, answer[name].toFixed(3)));
  };
  return [el("span", { class: "hypothesis", dir: "auto" }, hypothesis), bar("entailment"), bar("neutral"), bar("contradiction"),
    el("span", { class: "fine" }, [`score ${score.toFixed(3)}, holder ${holder_score.toFixed(3)}`, namesOf(model)].filter(Boolean).join("; "))];
}

let explained = null;
function explainOn(element, claim, sentence) {
  const open = () => {
    const text = element.closest(".sentence")?.querySelector(".text");
    if (text) highlight(evidenceRange(text, sentence, claim));
    const tip = byId("tip");
    tip.replaceChildren(...probabilities(claim));
    tip.hidden = false;
    explained = element;
    element.setAttribute("aria-describedby", "tip");
    const [box, own] = [element.getBoundingClientRect(), tip.getBoundingClientRect()];
    // Above the label, so as not to cover the sentence below it.
    const below = box.top < own.height + 8;
    tip.style.top = `${below ? box.bottom + 4 : box.top - own.height - 4}px`;
    tip.style.left = `${Math.max(8, Math.min(box.left, document.documentElement.clientWidth - own.width - 8))}px`;
  };
  const close = () => setTimeout(() => {
    const over = element.matches(":hover, :focus-visible") || byId("tip").matches(":hover");
    if (explained === element && !over) closeTip();
  }, 80);
  element.addEventListener("mouseenter", open);
  element.addEventListener("focus", () => element.matches(":focus-visible") && open());
  element.addEventListener("mouseleave", close);
  element.addEventListener("blur", close);
}

function closeTip() {
  byId("tip").hidden = true;
  highlight(chosenEvidence);
  explained?.removeAttribute("aria-describedby");
  explained = null;
}

// A sentence with its labels. `pick` gets the number of the claim that was clicked.
function annotated(sentence, draft, { pick, number, chosen = -1, current = false }) {
  const text = markedText(sentence, draft);
  const quiet = draft.claims.length === 0;
  const classes = ["sentence", sentence.section, quiet ? "quiet" : "claimed", current && "current",
    draft.boilerplate && "boilerplate", isComplete(draft) && "decided"].filter(Boolean).join(" ");
  const verse = number && button(String(number), () => pick(-1), {
    class: "verse", "data-focus": `verse ${number}`, "aria-label": `Review sentence ${number}`, "aria-expanded": current ? "true" : "false" });
  if (quiet) return el("span", { class: classes, "data-place": sentence.place }, verse, text, " ");
  const labels = draft.claims.map((_, place) => {
    const label = claimLabel(sentence, draft, place, () => pick(place));
    if (place === chosen) label.setAttribute("aria-current", "true");
    return el("li", {}, label);
  });
  if (chosen >= 0) {
    chosenEvidence = evidenceRange(text, sentence, sentence.claims[draft.claims[chosen]?.model]);
    highlight(chosenEvidence);
  }
  const arcs = svg("svg", { class: "arcs", "aria-hidden": "true" });
  return el("div", { class: classes, "data-place": sentence.place }, arcs,
    el("ul", { class: "labels", "aria-label": `Claims of sentence ${number ?? ""}`.trim() }, labels), el("div", { class: "line" }, verse, text));
}

// Draws the arcs in `scope`, each from the name of a claim's holder to the claim's label; from the
// holder's first mention if the model found no name in the sentence.
function drawArcs(scope) {
  const drawn = [];
  for (const block of scope.querySelectorAll(".claimed")) {
    const box = block.getBoundingClientRect();
    const paths = [];
    for (const label of block.querySelectorAll(".claim")) {
      const { start, end, holder } = label.dataset;
      const marks = [...block.querySelectorAll("mark")];
      const mention = marks.find(({ dataset: mark }) => start && +mark.start < +end && +start < +mark.end)
        ?? marks.find((mark) => mark.dataset.actor === holder);
      if (!mention || label.classList.contains("rejected")) continue;
      const [from, to] = [mention.getClientRects()[0], label.getBoundingClientRect()];
      if (!from) continue;
      const [x1, y1] = [from.left + from.width / 2 - box.left, from.top - box.top];
      const [x2, y2] = [to.left + Math.min(to.width / 2, 60) - box.left, to.bottom - box.top];
      const middle = (y1 + y2) / 2;
      paths.push([`M${x1} ${y1}C${x1} ${middle} ${x2} ${middle} ${x2} ${y2}`, x1, y1]);
    }
    drawn.push([block.querySelector(".arcs"), box, paths]);
  }
  // Writes after all reads, so that the browser lays the page out only once.
  for (const [arcs, box, paths] of drawn) {
    arcs.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
    arcs.replaceChildren(...paths.flatMap(([d, x, y]) => [svg("path", { d }), svg("circle", { cx: x, cy: y, r: 2.5 })]));
  }
}

const redraw = new ResizeObserver((entries) => {
  for (const { target } of entries) drawArcs(target);
});

// Redraws the arcs of an element when its size changes.
function watchArcs(element) {
  redraw.disconnect();
  redraw.observe(element);
  drawArcs(element);
}
