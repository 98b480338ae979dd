// The reviewer's decisions: drafts by sentence, stored in the browser, saved as corrections.

const drafts = new Map();
let reviewer = store.get("reviewer") ?? "";
const listeners = new Set();

// The name of a draft in the browser's storage. Each sentence has its own, so that two open pages
// don't overwrite each other's drafts. The article's mark keeps apart articles of other pages that
// have the same id but another text.
const nameOf = ({ document, id }) => `${documents[documentOf.get(document)]?.mark}/${id}`;

const sameClaim = (a, b) =>
  a.topic === b.topic && a.stance === b.stance && a.holder === b.holder && (a.source ?? null) === (b.source ?? null);

function labelled({ topic, stance, holder, source, context }) {
  const claim = { topic, stance, holder };
  if (source) claim.source = source;
  if (context) claim.context = true;
  return claim;
}

// The draft of a sentence: the decisions made here, else its review, else the model's labels.
function draftOf(sentence) {
  const kept = drafts.get(sentence.id);
  if (kept && kept.text === sentence.text) return kept;
  const claims = sentence.claims.map((claim, model) =>
    ({ model, status: claim.status, state: "open", claim: labelled(claim) }));
  const draft = {
    id: sentence.id, document: documents[sentence.document].id, place: sentence.place, text: sentence.text,
    claims, entities: null, boilerplate: false, edited: false, done: false, note: "", touched: false,
  };
  if (sentence.review) prefill(draft, sentence.review);
  return draft;
}

function prefill(draft, review) {
  const rest = [...review.claims];
  for (const entry of draft.claims) {
    const found = rest.findIndex((claim) => sameClaim(claim, entry.claim));
    entry.state = found < 0 ? "rejected" : "accepted";
    if (found >= 0) entry.claim = labelled(rest.splice(found, 1)[0]);
  }
  for (const claim of rest) draft.claims.push({ model: null, status: "review", state: "added", claim: labelled(claim) });
  Object.assign(draft, {
    entities: review.entities.map((entity) => ({ ...entity })),
    boilerplate: review.boilerplate ?? false,
    note: review.note ?? "",
    done: true,
  });
}

const isOpen = (entry) => entry.state === "open";

// Whether a draft is saved as a correction. It isn't while an uncertain claim is open: leaving the
// claim out would reject it. A sentence marked as boilerplate has no labels, so none of them is
// open.
function isComplete(draft) {
  const open = draft.claims.filter(isOpen);
  if (!draft.touched) return false;
  return draft.boilerplate || draft.done || open.length === 0 || (draft.edited && open.every((e) => e.status === "auto"));
}

// The claims of a complete draft's correction.
function keptClaims(draft) {
  if (draft.boilerplate) return [];
  const kept = draft.claims.filter((entry) =>
    ["accepted", "changed", "added"].includes(entry.state) || (isOpen(entry) && entry.status === "auto"));
  return kept.map((entry) => entry.claim);
}

const entitiesOf = (draft, sentence) =>
  (draft.entities ?? sentence.entities).map(({ text, label, start, end, actor }) => ({ text, label, start, end, actor }));

function correction(draft, sentence) {
  const line = { sentence_id: sentence.id, text: sentence.text, by: draft.by, at: draft.at, from: "review" };
  if (draft.boilerplate) line.boilerplate = true;
  line.entities = draft.boilerplate
    ? []
    : entitiesOf(draft, sentence).map(({ text, label, start, end }) => ({ text, label, start, end }));
  line.claims = keptClaims(draft).map(labelled);
  if (draft.note) line.note = draft.note;
  return line;
}

// Changes a sentence's draft. `change` returns a message, or nothing if it changed nothing.
async function decide(sentence, change) {
  if (!reviewer && !(await askName())) return false;
  const draft = structuredClone(draftOf(sentence));
  const said = change(draft);
  if (!said) return false;
  Object.assign(draft, { touched: true, by: reviewer, at: new Date().toISOString() });
  keep(draft);
  tell(`${said}. ${standing(draft)}`);
  return true;
}

function keep(draft) {
  drafts.set(draft.id, draft);
  store.set(nameOf(draft), JSON.stringify(draft));
  changed();
}

function forget(sentence) {
  drafts.delete(sentence.id);
  store.set(nameOf(draftOf(sentence)), null);
  changed();
  tell("Decisions on this sentence forgotten");
}

function changed() {
  for (const listener of listeners) listener();
}

// The state of a sentence's review, in words.
function standing(draft) {
  const open = draft.claims.filter(isOpen);
  if (isComplete(draft)) return "The sentence will be saved";
  if (!draft.touched) return draft.done ? "Reviewed before" : open.length ? `${count(open.length, "claim")} open` : "Nothing to decide";
  const uncertain = open.filter((entry) => entry.status === "uncertain").length;
  const what = draft.edited ? `${count(uncertain, "uncertain claim")} open` : `${count(open.length, "claim")} open`;
  return `Held back: ${what}`;
}

const touchedDrafts = () => [...drafts.values()].filter((draft) => draft.touched);

// The number of a draft's sentence, as of `at`.
const placeOfDraft = (draft) => at(documentOf.get(draft.document), draft.place);

// Whether the records hold this decision, or a later one.
const isMerged = (draft) => reviewedInRecords.get(placeOfDraft(draft)) >= Date.parse(draft.at);

// The draft stored under this name, null if it is not of this page's articles.
function readDraft(name, json) {
  if (!marks.has(name.split("/", 1)[0])) return null;
  try {
    const draft = JSON.parse(json);
    return Array.isArray(draft.claims) && nameOf(draft) === name ? draft : null;
  } catch {
    return null;
  }
}

// Loads the stored drafts of this page. Those that the records hold by now are deleted.
function recall() {
  for (const name of store.names("")) {
    const draft = readDraft(name, store.get(name));
    if (!draft) continue;
    if (isMerged(draft)) store.set(name, null);
    else drafts.set(draft.id, draft);
  }
}

// A draft of this page was changed in another tab.
addEventListener("storage", (event) => {
  if (!event.key?.startsWith(store.prefix)) return;
  const name = event.key.slice(store.prefix.length);
  const [mark] = name.split("/", 1);
  if (!marks.has(mark)) return;
  const draft = readDraft(name, event.newValue);
  if (draft) drafts.set(draft.id, draft);
  else drafts.delete(name.slice(mark.length + 1));
  changed();
});

addEventListener("beforeunload", (event) => {
  if (!store.works && touchedDrafts().length) event.preventDefault();
});

// Saves all complete drafts as corrections.jsonl, in the order of the records.
async function save() {
  const all = touchedDrafts().sort((a, b) => placeOfDraft(a) - placeOfDraft(b));
  const lines = [];
  let [held, other] = [0, 0];
  for (const draft of all) {
    const sentence = sentenceAt(documentOf.get(draft.document), draft.place);
    if (sentence?.id !== draft.id || sentence.text !== draft.text) other += 1;
    else if (isComplete(draft)) lines.push(JSON.stringify(correction(draft, sentence)) + "\n");
    else held += 1;
  }
  const rest = [
    held && `${count(held, "sentence")} held back with open claims`,
    other && `${count(other, "decision")} left out: the text has changed since`,
  ].filter(Boolean).join("; ");
  if (!lines.length) {
    tell(rest ? `Nothing saved: ${rest}` : "Nothing to save yet");
    return;
  }
  const url = URL.createObjectURL(new Blob(lines, { type: "application/jsonl" }));
  el("a", { href: url, download: "corrections.jsonl" }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
  tell(`${count(lines.length, "sentence")} saved as corrections.jsonl${rest ? `; ${rest}` : ""}`);
}

// Asks for the reviewer's name. Resolves to whether there is one now.
function askName() {
  const dialog = byId("who");
  const before = document.activeElement;
  byId("who-name").value = reviewer;
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      showName();
      // The hidden field would get the next key.
      document.activeElement?.blur();
      before?.focus?.();
      resolve(reviewer !== "");
    }, { once: true });
  });
}

function showName() {
  byId("reviewer").textContent = reviewer ? `Reviewer: ${reviewer}` : "Reviewer: not named";
}

function takeName(event) {
  event.preventDefault();
  const name = byId("who-name").value.trim();
  if (!name) return;
  reviewer = name;
  store.set("reviewer", name);
  byId("who").close();
}
