// Views, keys and theme.

const currentView = () => location.hash.slice(1).split("/")[0] || "overview";

// Draws the view that the address's fragment names.
function show() {
  const [name, id, place] = (location.hash.slice(1) || "overview").split("/");
  const focus = document.activeElement?.dataset?.focus;
  editor = null;
  closeTip();
  redraw.disconnect();
  const number = name === "article" ? numberOf(id) : undefined;
  let view;
  if (number !== undefined) view = articleView(number, /^\d+$/.test(place ?? "") ? Number(place) : undefined);
  else if (name === "articles" || name === "article") view = [articleList(), () => {}];
  else if (name === "queue") view = queueView();
  else view = [overview(), () => {}];
  byId("main").replaceChildren(...view[0].filter(Boolean));
  view[1]();
  for (const link of document.querySelectorAll("[data-view]")) {
    const current = link.dataset.view === (name === "article" ? "articles" : name);
    if (current) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  if (focus) byId("main").querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

// The number of the document that the fragment names. A fragment cut short names none.
function numberOf(id) {
  try {
    return documentOf.get(decodeURIComponent(id ?? ""));
  } catch {
    return undefined;
  }
}

function showPending() {
  const all = touchedDrafts();
  const complete = all.filter(isComplete).length;
  const held = all.length - complete;
  byId("pending").textContent = all.length ? `${complete} decided${held ? `, ${held} held back` : ""}` : "";
}

const withEditor = (act) => () => {
  if (editor) act(editor);
  else tell("No sentence is chosen: open the queue, or a sentence of an article");
};

const KEYS = [
  ["j", "next claim, then next sentence", () => step(1)],
  ["k", "previous claim, then previous sentence", () => step(-1)],
  ["J", "next sentence", () => currentView() === "queue" && goTo(queueAt + 1)],
  ["K", "previous sentence", () => currentView() === "queue" && goTo(queueAt - 1)],
  ["a", "accept the claim", withEditor((e) => e.mark("accepted"))],
  ["x", "reject the claim", withEditor((e) => e.mark("rejected"))],
  ["c", "change the claim", withEditor((e) => e.draft.claims[e.chosen] && e.edit(e.chosen))],
  ["u", "undo the claim's decision", withEditor((e) => e.reopen())],
  ["n", "add a claim", withEditor((e) => e.edit("new"))],
  ["d", "accept all, sentence done: open claims that count stay, open uncertain ones go", withEditor((e) => e.finish())],
  ["e", "entities: list, change, add what is selected", withEditor((e) => {
    e.openEntities = true;
    e.render();
    e.element.querySelector(e.selection ? "[data-focus='add entity']" : "[data-focus='entities']").focus();
  })],
  ["b", "the sentence is boilerplate, or is not", withEditor((e) => e.boilerplate())],
  ["s", "save corrections", save],
  ["/", "search the text", () => {
    byId("filters").open = true;
    byId("filter-text").focus();
  }],
  ["1", "overview", () => go("overview")],
  ["2", "articles", () => go("articles")],
  ["3", "queue", () => go("queue")],
  ["?", "this help", () => byId("help").showModal()],
];

function go(view) {
  location.hash = `#${view}`;
}

const WRITES = "input:not([type=checkbox]), textarea, select, dialog[open] *";
addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeTip();
  if (store.get("keys") === "off" && event.key !== "Escape") return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches?.(WRITES) || document.querySelector("dialog[open]")) return;
  const found = KEYS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
});

const THEMES = ["system", "light", "dark"];
function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  byId("theme").textContent = `Theme: ${theme}`;
}

function start() {
  let theme = THEMES.includes(store.get("theme")) ? store.get("theme") : "system";
  setTheme(theme);
  byId("theme").addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    store.set("theme", theme);
    setTheme(theme);
  });
  // The fragment names the view, so this link must not change it.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  byId("save").addEventListener("click", save);
  byId("reviewer").addEventListener("click", askName);
  byId("who-form").addEventListener("submit", takeName);
  byId("who-not").addEventListener("click", () => byId("who").close());
  byId("keys").addEventListener("click", () => byId("help").showModal());
  byId("help-close").addEventListener("click", () => byId("help").close());
  byId("keys-on").checked = store.get("keys") !== "off";
  byId("keys-on").addEventListener("change", (event) => store.set("keys", event.target.checked ? null : "off"));
  byId("key-list").append(...KEYS.flatMap(([key, what]) => [el("dt", {}, el("kbd", {}, key)), el("dd", {}, what)]));
  byId("tip").addEventListener("mouseleave", closeTip);
  byId("filters").open = innerWidth >= 900;
  recall();
  showName();
  showPending();
  listeners.add(showPending);
  buildFilters();
  addEventListener("hashchange", () => {
    show();
    if (!location.hash.startsWith("#article/") || location.hash.split("/").length < 3) {
      scrollTo(0, 0);
      byId("main").focus({ preventScroll: true });
    }
  });
  show();
  document.documentElement.dataset.ready = "true";
}

start();
