// The list of articles, and one article to read.

const ARTICLES = 20;
let listPage = 0;

function articleList() {
  const byDocument = new Map();
  for (const row of filteredClaims()) {
    if (!byDocument.has(row.document)) byDocument.set(row.document, []);
    byDocument.get(row.document).push(row);
  }
  // Without a filter on claims, sentences found by the search are listed too.
  const found = new Map();
  if (hits !== null && !filtersClaims()) {
    for (const place of hits) {
      const document = Math.floor(place / 1e6);
      if (!found.has(document)) found.set(document, []);
      found.get(document).push(place % 1e6);
    }
  }
  const shown = documents.filter(({ number }) =>
    byDocument.has(number) || found.has(number) || (!filtersClaims() && (hits === null || titleHits.has(number))));
  const pages = Math.max(1, Math.ceil(shown.length / ARTICLES));
  listPage = Math.min(listPage, pages - 1);
  const narrowed = filtersClaims() || hits !== null;
  const items = shown.slice(listPage * ARTICLES, (listPage + 1) * ARTICLES).map((document) => {
    const own = byDocument.get(document.number) ?? [];
    const places = narrowed ? [...new Set(found.get(document.number) ?? own.map((row) => row.place))].sort((a, b) => a - b) : [];
    const uncertain = own.filter((row) => row.status === 1).length;
    return el("li", {}, el("h3", {}, el("a", { href: articleHash(document.number), dir: "auto" }, document.title)),
      el("p", { class: "fine" }, el("span", { dir: "auto" }, [document.outlet, document.date].filter(Boolean).join(" · ")), " ",
        `${count(document.sentences, "sentence")}, ${count(own.length - uncertain, "claim")}, ${uncertain} uncertain`),
      places.length > 0 && el("ul", { class: "examples" }, places.slice(0, EXAMPLES).map((place) =>
        el("li", {}, el("a", { href: articleHash(document.number, place), dir: "auto" }, sentenceAt(document.number, place)?.text ?? "")))),
      places.length > EXAMPLES && el("p", { class: "fine" }, `and ${places.length - EXAMPLES} more`));
  });
  const go = (page) => {
    listPage = page;
    show();
    scrollTo(0, 0);
  };
  return [el("h2", {}, "Articles"), el("p", { class: "fine" }, `${count(shown.length, "article")}${narrowed ? " with what the filters ask for" : ""}`),
    el("ul", { class: "articles" }, items), pager(listPage, pages, go, "Pages of articles")];
}

const READ = 150; // sentences at a time

function articleView(number, target) {
  const document = documents[number];
  const sentences = sentencesOf(number);
  const body = el("div", { class: "body" });
  const headed = sentences.some((sentence) => sentence.section === "headline");
  let opened = null; // place of the sentence being reviewed
  let end = Math.min(sentences.length, Math.max(READ, (target ?? 0) + 20));
  const facts = [document.outlet, document.date].filter(Boolean).join(" · ");
  const link = /^https?:\/\//i.test(document.url ?? "") &&
    el("a", { href: document.url, rel: "noreferrer", target: "_blank" }, "the article at its source (opens a tab)");

  const setSentence = (sentence) => {
    const draft = draftOf(sentence);
    const current = sentence.place === opened;
    const shown = annotated(sentence, draft, { number: sentence.place + 1, current, chosen: current ? editor.chosen : -1, pick: (claim) => open(sentence.place, claim) });
    shown.addEventListener("mouseup", () => {
      if (sentence.place === opened) editor.takeSelection(shown.querySelector(".text"));
    });
    return shown;
  };

  const draw = () => {
    const held = body.contains(globalThis.document.activeElement) ? globalThis.document.activeElement.dataset.focus : null;
    const blocks = [];
    let paragraph = null;
    for (const sentence of sentences.slice(0, end)) {
      if (sentence.apart === 2 && blocks.length) blocks.push(el("p", { class: "gap" }, "[…]", el("span", { class: "hidden" }, " text left out")));
      if (!paragraph || sentence.apart || paragraph.dataset.section !== sentence.section) {
        paragraph = el("div", { class: `paragraph ${sentence.section}`, dir: directionOf(sentence.text), "data-section": sentence.section });
        blocks.push(paragraph);
      }
      paragraph.append(setSentence(sentence));
      if (sentence.place === opened) paragraph.append(editor.element);
    }
    if (end < sentences.length) blocks.push(button(`Show ${Math.min(READ, sentences.length - end)} more sentences`, () => {
      end = Math.min(sentences.length, end + READ);
      draw();
    }));
    body.replaceChildren(...blocks);
    if (held && !editor?.element.contains(globalThis.document.activeElement)) body.querySelector(`[data-focus="${held}"]`)?.focus({ preventScroll: true });
    drawArcs(body);
  };

  const open = (place, claim) => {
    if (place === opened && (claim < 0 || claim === editor.chosen)) {
      close();
      return;
    }
    if (place === opened) {
      editor.choose(claim);
      return;
    }
    opened = place;
    editor = new Editor(sentences[place], { chosen: claim, shown: redrawOne });
    draw();
  };

  // Redraws only the sentence: the editor keeps its focus and its open parts.
  const redrawOne = () => {
    const old = body.querySelector(`.sentence[data-place="${opened}"]`);
    if (!old) return;
    const held = globalThis.document.activeElement;
    const focus = old.contains(held) ? held.dataset.focus : null;
    const shown = setSentence(sentences[opened]);
    old.replaceWith(shown);
    if (focus) shown.querySelector(`[data-focus="${focus}"]`)?.focus({ preventScroll: true });
    drawArcs(body);
  };

  const close = () => {
    opened = null;
    editor = null;
    closeTip();
    draw();
  };

  draw();
  const before = documents[number - 1];
  const after = documents[number + 1];
  const neighbour = (other, label) => other && el("a", { href: articleHash(other.number) }, label);
  const view = el("article", { class: "reader", "aria-labelledby": "article-title" },
    el("h2", { id: "article-title", class: headed ? "hidden" : "", dir: "auto" }, document.title),
    el("p", { class: "fine" }, el("span", { dir: "auto" }, facts || outletName("")), link && " · ", link),
    el("p", { class: "legend", "aria-label": "Entity types" }, LABELS.map((label) => [el("mark", { class: `entity ${label}`, "data-label": label }, LABEL_NAMES[label]), " "])),
    body,
    el("nav", { class: "pager", "aria-label": "Other articles" }, neighbour(before, "Previous article"), el("a", { href: "#articles" }, "All articles"), neighbour(after, "Next article")));
  const after_ = () => {
    watchArcs(body);
    const shown = target === undefined ? null : body.querySelector(`.sentence[data-place="${target}"]`);
    if (!shown) return;
    shown.classList.add("target");
    shown.scrollIntoView({ block: "center" });
    shown.querySelector("button")?.focus({ preventScroll: true });
  };
  return [[view], after_];
}
