// Which claims are shown, and the search in all texts.

const filter = { topic: "", stance: "", holder: "", source: "", outlet: "", status: "", reviewed: "", text: "" };
let hits = null; // sentences with the text searched for; null without a search
let titleHits = new Set();

const outlets = [...new Set(documents.map((d) => d.outlet))].sort((a, b) => a.localeCompare(b));
const outletName = (outlet) => outlet || "unknown outlet";
const documentName = (document) => documents[document].title;

// The current claims: a reviewer's replace the model's.
function standingClaims() {
  const here = new Map();
  for (const draft of touchedDrafts()) if (isComplete(draft)) here.set(placeOfDraft(draft), draft);
  const standing = rows.filter((row) => {
    const place = at(row.document, row.place);
    return !here.has(place) && reviewedInRecords.has(place) === (row.status === 2);
  });
  for (const draft of here.values()) {
    for (const claim of keptClaims(draft)) {
      standing.push({
        document: documentOf.get(draft.document),
        place: draft.place,
        stance: stanceNumber(claim.topic, claim.stance),
        holder: actorNumber(claim.holder),
        source: claim.source ? actorNumber(claim.source) : -1,
        score: 1,
        status: 2,
      });
    }
  }
  return standing;
}

// Sentences that are reviewed, here or in the records.
function decidedPlaces() {
  const places = new Set(reviewedInRecords.keys());
  for (const draft of touchedDrafts()) if (isComplete(draft)) places.add(placeOfDraft(draft));
  return places;
}

const claimFilters = ["topic", "stance", "holder", "source", "outlet", "status", "reviewed"];
const filtersClaims = () => claimFilters.some((name) => filter[name] !== "");

function passes(row, decided) {
  const stance = stances[row.stance];
  return (filter.topic === "" || topics[stance.topic].id === filter.topic) &&
    (filter.stance === "" || `${topics[stance.topic].id}/${stance.id}` === filter.stance) &&
    (filter.holder === "" || actors[row.holder] === filter.holder) &&
    (filter.source === "" || (row.source < 0 ? "none" : `by ${actors[row.source]}`) === filter.source) &&
    (filter.outlet === "" || `of ${documents[row.document].outlet}` === filter.outlet) &&
    (filter.status === "" || STATUS[row.status] === filter.status) &&
    (filter.reviewed === "" || (filter.reviewed === "yes") === decided.has(at(row.document, row.place))) &&
    (hits === null || hits.has(at(row.document, row.place)) || titleHits.has(row.document));
}

function filteredClaims() {
  const decided = decidedPlaces();
  return standingClaims().filter((row) => passes(row, decided));
}

function buildFilters() {
  const any = ["", "any"];
  const select = (name, label, pairs) => {
    const change = (event) => {
      filter[name] = event.target.value;
      if (name === "topic") {
        filter.stance = "";
        byId("filter-stance").replaceChildren(...options(stanceOptions(), ""));
      }
      filterChanged();
    };
    return el("label", {}, label, el("select", { id: `filter-${name}`, change }, options(pairs, "")));
  };
  const stanceOptions = () => [any, ...stances.filter((s) => filter.topic === "" || topics[s.topic].id === filter.topic).map((s) =>
    [`${topics[s.topic].id}/${s.id}`, filter.topic ? s.id.replaceAll("_", " ") : `${topics[s.topic].id}: ${s.id}`.replaceAll("_", " ")])];
  byId("filter-form").append(
    el("label", { class: "wide" }, "Search the text",
      el("input", { type: "search", id: "filter-text", autocomplete: "off", dir: "auto", input: searchSoon })),
    select("topic", "Topic", [any, ...topics.map((t, i) => [t.id, topicName(i)])]),
    select("stance", "Stance", stanceOptions()),
    select("holder", "Holder", [any, ...actors.map((a) => [a, a])]),
    select("source", "Source", [any, ["none", "the holder"], ...actors.map((a) => [`by ${a}`, a])]),
    select("outlet", "Outlet", [any, ...outlets.map((o) => [`of ${o}`, outletName(o)])]),
    select("status", "Status", [any, ...STATUS.map((s) => [s, s])]),
    select("reviewed", "Sentence", [any, ["no", "not reviewed"], ["yes", "reviewed"]]),
    button("Clear", () => setFilters({}), { id: "filter-clear" }));
  byId("filter-form").addEventListener("submit", (event) => event.preventDefault());
}

// Sets these filters and no others.
function setFilters(values) {
  for (const name of Object.keys(filter)) filter[name] = values[name] ?? "";
  for (const name of Object.keys(filter)) if (name !== "stance") byId(`filter-${name}`).value = filter[name];
  byId("filter-stance").replaceChildren(...options([["", "any"], ...stances.map((s) =>
    [`${topics[s.topic].id}/${s.id}`, `${topics[s.topic].id}: ${s.id}`.replaceAll("_", " ")])], filter.stance));
  search();
}

let searchTimer = 0;
function searchSoon(event) {
  filter.text = event.target.value;
  clearTimeout(searchTimer);
  searchTimer = setTimeout(search, 250);
}

const folded = (text) => text.normalize("NFC").toLowerCase();

// Searches all articles, a few at a time. A newer search ends an older one.
let searches = 0;
async function search() {
  const mine = ++searches;
  const wanted = folded(filter.text.trim());
  if (!wanted) {
    [hits, titleHits] = [null, new Set()];
    filterChanged();
    return;
  }
  const [found, titles] = [new Set(), new Set()];
  for (const { number, title } of documents) if (folded(title).includes(wanted)) titles.add(number);
  for (let start = 0; start < documents.length; start += index.chunk) {
    for (const sentences of chunk(start / index.chunk)) {
      for (const sentence of sentences) if (folded(sentence.text).includes(wanted)) found.add(sentence.at);
    }
    await pause();
    if (mine !== searches) return;
  }
  [hits, titleHits] = [found, titles];
  tell(`${count(found.size, "sentence")} with “${filter.text.trim()}”`);
  filterChanged();
}

function filterChanged() {
  const set = Object.values(filter).filter((value) => value !== "").length;
  byId("filtered").textContent = set ? ` (${set} set)` : "";
  show();
}
