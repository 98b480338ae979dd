// The index, parsed at once, and the articles, parsed in chunks when they are shown.

const index = JSON.parse(byId("index").textContent);
const { topics, stances, actors } = index;
const documents = index.documents.map(([id, title, outlet, published, url, sentences, mark], number) =>
  ({ number, id, mark, title: title ?? id, outlet: outlet ?? "", day: day(published), date: day(published) || (published ?? ""), url, sentences }));
const documentOf = new Map(documents.map((d) => [d.id, d.number]));
const marks = new Set(documents.map((d) => d.mark));
const LABELS = ["PER", "ORG", "LOC", "MISC"];
const LABEL_NAMES = { PER: "person", ORG: "organisation", LOC: "place", MISC: "other name" };
const STATUS = ["auto", "uncertain", "reviewed"];

// A number for a sentence: its document, and its place in the document.
const at = (document, place) => document * 1e6 + place;

const rows = index.claims.document.map((document, i) => ({
  document,
  place: index.claims.sentence[i],
  stance: index.claims.stance[i],
  holder: index.claims.holder[i],
  source: index.claims.source[i],
  score: index.claims.score[i],
  status: index.claims.status[i],
}));
const reviewedInRecords = new Map(index.reviewed.map(([document, place, time]) => [at(document, place), Date.parse(time ?? "")]));

const topicName = (topic) => topics[topic].id.replaceAll("_", " ");
const stanceName = (stance) => stances[stance].id.replaceAll("_", " ");
const topicNumber = (id) => topics.findIndex((topic) => topic.id === id);

// The stance's number. A stance that only a stored decision has is added.
function stanceNumber(topic, stance) {
  const found = stances.findIndex((s) => topics[s.topic].id === topic && s.id === stance);
  if (found >= 0) return found;
  if (topicNumber(topic) < 0) topics.push({ id: topic, title: topic });
  return stances.push({ topic: topicNumber(topic), id: stance, hypothesis: "", beside: false }) - 1;
}

function actorNumber(name) {
  const found = actors.indexOf(name);
  return found >= 0 ? found : actors.push(name) - 1;
}

// The day of a date, like 2025-05-10, empty if it can't be parsed.
function day(published) {
  const iso = /^\d{4}-\d{2}-\d{2}/.exec(published ?? "");
  if (iso) return iso[0];
  const parsed = new Date(published ?? NaN);
  if (Number.isNaN(parsed.getTime())) return "";
  const two = (n) => String(n).padStart(2, "0");
  return `${parsed.getFullYear()}-${two(parsed.getMonth() + 1)}-${two(parsed.getDate())}`;
}

class Sentence {
  constructor(document, place, [id, section, text, start, white, apart, entities, claims, review, field, again]) {
    Object.assign(this, { document, place, id, section, text, start, apart, claims, review, field, again });
    // The field's white space for a space of the text, and by how many code points it moves what
    // follows.
    this.white = new Map(white);
    this.spaces = white.map(([place, run]) => [place + 1, [...run].length - 1]);
    this.entities = entities.map(([text, label, start, end, actor]) => ({ text, label, start, end, actor }));
  }
  get at() {
    return at(this.document, this.place);
  }
  get points() {
    return (this.codePoints ??= new CodePoints(this.text));
  }
  // From a code point of the text to that of the field, which may have more white space.
  inField(point) {
    return this.start + point + this.spaces.reduce((sum, [from, more]) => sum + (from <= point ? more : 0), 0);
  }
  inText(point) {
    let rest = point - this.start;
    for (const [from, more] of this.spaces) {
      if (rest >= from + more) rest -= more;
      else rest = Math.min(rest, from);
    }
    return rest;
  }
  // An entity's UTF-16 units in the text.
  range({ start, end }) {
    return [this.points.unit(this.inText(start)), this.points.unit(this.inText(end - 1) + 1)];
  }
  // The entity at these UTF-16 units of the text. Its text is that of the field.
  entity(from, to, label) {
    const [start, end] = [this.points.codePoint(from), this.points.codePoint(to)];
    const raw = [...this.text].slice(start, end).map((character, i) => this.white.get(start + i) ?? character).join("");
    return { text: raw, label, start: this.inField(start), end: this.inField(end - 1) + 1 };
  }
}

// Parsed chunks, the most recently used last.
const chunks = new Map();
const CHUNKS = 24;

function chunk(number) {
  let found = chunks.get(number);
  if (!found) {
    const articles = JSON.parse(byId(`chunk-${number}`).textContent);
    found = articles.map((sentences, i) =>
      sentences.map((sentence, place) => new Sentence(number * index.chunk + i, place, sentence)));
  }
  chunks.delete(number);
  chunks.set(number, found);
  if (chunks.size > CHUNKS) chunks.delete(chunks.keys().next().value);
  return found;
}

const sentencesOf = (document) => chunk(Math.floor(document / index.chunk))[document % index.chunk];
const sentenceAt = (document, place) => sentencesOf(document)?.[place];
