// All claims by topic, stance and holder, by outlet, by date, and contradictions.

const counts = (row) => row.status !== 1 || filter.status === "uncertain";

function overview() {
  const all = filteredClaims();
  const shown = all.filter(counts);
  const uncertain = all.filter((row) => row.status === 1).length;
  const figure = (n, what) => el("div", { class: "figure" }, el("dt", {}, what), el("dd", {}, n.toLocaleString("en")));
  const sentences = documents.reduce((sum, d) => sum + d.sentences, 0);
  return [
    el("h2", {}, "Overview"),
    el("dl", { class: "figures" }, figure(documents.length, "articles"), figure(sentences, "sentences"),
      figure(shown.length, "claims that count"), figure(uncertain, "uncertain claims"), figure(decidedPlaces().size, "reviewed sentences")),
    el("p", { class: "fine" }, "The counts below leave out uncertain claims, unless the status filter includes them. Click a number to see its sentences."),
    ...topics.map((_, topic) => topicSection(topic, shown.filter((row) => stances[row.stance].topic === topic))),
    outletTable(shown),
  ];
}

function topicSection(topic, all) {
  const own = stances.map((_, i) => i).filter((i) => stances[i].topic === topic);
  const holders = actors.map((_, i) => i).filter((i) => all.some((row) => row.holder === i));
  const head = [el("h3", { id: `topic-${topic}` }, topicName(topic)), el("p", { class: "fine", dir: "auto" }, topics[topic].title)];
  if (!all.length) return el("section", { class: "topic-block", "aria-labelledby": `topic-${topic}` }, head, el("p", {}, "No claim."));
  const cell = (stance, holder) => {
    const n = all.filter((row) => row.stance === stance && (holder === null || row.holder === holder)).length;
    if (!n) return el("td", { class: "none" }, "0");
    const label = `${n}: ${holder === null ? "all holders" : actors[holder]}, ${stanceName(stance)}`;
    return el("td", {}, button(String(n), () => lookAt(stance, holder), { class: "plain", "aria-label": label }));
  };
  const table = el("table", {},
    el("caption", { class: "hidden" }, `Claims on ${topicName(topic)} by stance and holder`),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "stance"), holders.map((h) => el("th", { scope: "col" }, actors[h])), el("th", { scope: "col" }, "all"))),
    el("tbody", {}, own.map((stance, i) => el("tr", {},
      el("th", { scope: "row" }, el("span", { class: `swatch s${i % 6}`, "aria-hidden": "true" }), stanceName(stance)),
      holders.map((holder) => cell(stance, holder)), cell(stance, null)))));
  return el("section", { class: "topic-block", "aria-labelledby": `topic-${topic}` }, head,
    scrollable(table, `Claims on ${topicName(topic)}`), timeline(topic, own, all), contradictions(topic, all));
}

// Lets a table that is wider than the screen scroll, by keyboard too.
const scrollable = (table, label) => el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, table);

function lookAt(stance, holder, more = {}) {
  const { topic, id } = stances[stance];
  setFilters({ ...keptFilters(), topic: topics[topic].id, stance: `${topics[topic].id}/${id}`, holder: holder === null ? "" : actors[holder], ...more });
  location.hash = "#articles";
}

const keptFilters = () => ({ ...filter });

// Days, weeks or months, as many as fit.
function binOf(days) {
  const span = (Date.parse(days.at(-1)) - Date.parse(days[0])) / 864e5;
  if (span <= 62) return ["day", (d) => d, 1];
  if (span > 500) return ["month", (d) => d.slice(0, 7)];
  return ["week", (d) => {
    const date = new Date(`${d}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  }, 7];
}

// All bins from the first to the last, with the empty ones, so that gaps in time show.
function binsOf(first, last, step) {
  const bins = [];
  const date = new Date(step ? `${first}T00:00:00Z` : `${first}-01T00:00:00Z`);
  for (;;) {
    const name = date.toISOString().slice(0, step ? 10 : 7);
    if (name > last || bins.length > 1000) return bins;
    bins.push(name);
    if (step) date.setUTCDate(date.getUTCDate() + step);
    else date.setUTCMonth(date.getUTCMonth() + 1);
  }
}

function timeline(topic, own, all) {
  const dated = all.filter((row) => documents[row.document].day);
  const undated = all.length - dated.length;
  const rest = undated ? `${count(undated, "claim")} in articles without a date.` : "";
  if (!dated.length) return el("p", { class: "fine" }, `No timeline: ${rest}`);
  const days = dated.map((row) => documents[row.document].day).sort();
  const [unit, bin, step] = binOf(days);
  const bins = binsOf(bin(days[0]), bin(days.at(-1)), step);
  const table = new Map(bins.map((name) => [name, own.map(() => 0)]));
  for (const row of dated) {
    const counted = table.get(bin(documents[row.document].day));
    if (counted) counted[own.indexOf(row.stance)] += 1;
  }
  const sums = bins.map((name) => table.get(name).reduce((a, b) => a + b, 0));
  const most = Math.max(...sums);
  const wide = Math.max(bins.length, 12);
  const bars = bins.flatMap((name, x) => {
    let y = 100;
    return table.get(name).map((n, i) => {
      const height = (100 * n) / most;
      y -= height;
      return n ? svg("rect", { x: x + 0.1, y, width: 0.8, height, class: `s${i % 6}` },
        svg("title", {}, `${name}: ${stanceName(own[i])} ${n}`)) : null;
    }).filter(Boolean);
  });
  const label = `Claims on ${topicName(topic)} by ${unit}, ${bins[0]} to ${bins.at(-1)}, at most ${most}`;
  const filled = bins.filter((name, i) => sums[i]);
  return el("figure", { class: "timeline" },
    el("figcaption", {}, `By ${unit}, at most ${most}. ${rest}`),
    svg("svg", { viewBox: `0 0 ${wide} 100`, preserveAspectRatio: "none", role: "img", "aria-label": label }, ...bars),
    el("div", { class: "ends", "aria-hidden": "true" }, el("span", {}, bins[0]), bins.length > 1 && bins.length === wide && el("span", {}, bins.at(-1))),
    el("details", {}, el("summary", {}, "The timeline as a table"), scrollable(el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, unit), own.map((s) => el("th", { scope: "col" }, stanceName(s))))),
      el("tbody", {}, filled.map((name) => el("tr", {}, el("th", { scope: "row" }, name), table.get(name).map((n) => el("td", {}, String(n))))))),
    `Timeline of ${topicName(topic)}`)));
}

// Holders with opposed stances. Stances that are compatible with others (`beside`) oppose none.
function contradictions(topic, all) {
  const sides = new Map();
  for (const row of all) {
    if (stances[row.stance].beside) continue;
    const side = `${row.stance} ${row.holder}`;
    if (!sides.has(side)) sides.set(side, { stance: row.stance, holder: row.holder, rows: [] });
    sides.get(side).rows.push(row);
  }
  const list = [...sides.values()];
  const pairs = list.flatMap((a, i) => list.slice(i + 1).filter((b) => a.stance !== b.stance && a.holder !== b.holder).map((b) => [a, b]));
  if (!pairs.length) return el("p", { class: "fine" }, "No two holders contradict each other.");
  pairs.sort((p, q) => Math.min(...q.map((s) => s.rows.length)) - Math.min(...p.map((s) => s.rows.length)) || q[0].rows.length + q[1].rows.length - p[0].rows.length - p[1].rows.length);
  const FIRST = 4;
  const items = pairs.slice(0, FIRST).map((pair, i) => contradiction(topic, pair, i === 0));
  const listed = el("div", { class: "pairs" }, items);
  const more = pairs.length > FIRST && button(`Show all ${pairs.length} pairs`, () => {
    listed.append(...pairs.slice(FIRST).map((pair) => contradiction(topic, pair, false)));
    more.remove();
    listed.children[FIRST].querySelector("summary").focus();
  });
  return el("section", { "aria-label": `Contradictions on ${topicName(topic)}` }, el("h4", {}, "Contradictions"), listed, more);
}

const EXAMPLES = 3;
function contradiction(topic, pair, open) {
  const name = ({ stance, holder }) => `${actors[holder]}: ${stanceName(stance)}`;
  const columns = el("div", { class: "columns" });
  const fill = () => {
    if (columns.childElementCount) return;
    columns.append(...pair.map((side) => {
      // Reviewed claims first, then the highest scores; each sentence once.
      const best = [...side.rows].sort((a, b) => b.status - a.status || b.score - a.score || a.document - b.document);
      return el("div", {}, el("h5", {}, name(side)),
        el("ul", { class: "examples" }, best.slice(0, EXAMPLES).map((row) => el("li", {}, sentenceLink(row)))),
        side.rows.length > EXAMPLES && button(`All ${side.rows.length}`, () => lookAt(side.stance, side.holder), { "aria-label": `All ${side.rows.length}: ${name(side)}` }));
    }));
  };
  const details = el("details", { class: "pair", toggle: () => details.open && fill() },
    el("summary", {}, el("b", {}, name(pair[0])), ` (${pair[0].rows.length}) against `, el("b", {}, name(pair[1])), ` (${pair[1].rows.length})`), columns);
  // The texts of the first pairs are loaded after the page is drawn.
  if (open) setTimeout(() => {
    if (details.isConnected) details.open = true;
  }, 50);
  return details;
}

const articleHash = (document, place) => `#article/${encodeURIComponent(documents[document].id)}${place === undefined ? "" : `/${place}`}`;

function sentenceLink({ document, place }) {
  const sentence = sentenceAt(document, place);
  const { title, outlet, date } = documents[document];
  return [el("a", { href: articleHash(document, place), dir: "auto" }, sentence?.text ?? "sentence"),
    el("span", { class: "fine", dir: "auto" }, [outlet, date, title].filter(Boolean).join(" · "))];
}

const OUTLETS = 15;
function outletTable(all) {
  const table = new Map(outlets.map((outlet) => [outlet, { articles: 0, claims: topics.map(() => 0) }]));
  for (const { outlet } of documents) table.get(outlet).articles += 1;
  for (const row of all) table.get(documents[row.document].outlet).claims[stances[row.stance].topic] += 1;
  const sorted = [...table].sort(([, a], [, b]) => b.articles - a.articles);
  const line = ([outlet, { articles, claims }]) => el("tr", {},
    el("th", { scope: "row", dir: "auto" }, button(outletName(outlet), () => {
      setFilters({ ...keptFilters(), outlet: `of ${outlet}` });
      location.hash = "#articles";
    }, { class: "plain" })),
    el("td", {}, articles.toLocaleString("en")), claims.map((n) => el("td", {}, n.toLocaleString("en"))));
  const body = el("tbody", {}, sorted.slice(0, OUTLETS).map(line));
  const more = sorted.length > OUTLETS && button(`Show all ${sorted.length} outlets`, () => {
    body.append(...sorted.slice(OUTLETS).map(line));
    more.remove();
  });
  return el("section", { class: "topic-block", "aria-labelledby": "outlets" }, el("h3", { id: "outlets" }, "By outlet"),
    scrollable(el("table", {}, el("caption", { class: "hidden" }, "Articles and claims by outlet"),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "outlet"), el("th", { scope: "col" }, "articles"), topics.map((_, i) => el("th", { scope: "col" }, topicName(i))))), body),
    "Claims by outlet"), more);
}
