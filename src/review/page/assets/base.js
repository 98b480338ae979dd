// Small tools: elements, code points, storage, announcements.

const byId = (id) => document.getElementById(id);

// Makes an element. Data becomes text or an attribute's value, never markup.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") element.addEventListener(name, value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const button = (label, click, attributes = {}) => el("button", { type: "button", click, ...attributes }, label);

const options = (pairs, chosen) =>
  pairs.map(([value, label]) => el("option", { value, selected: value === chosen }, label));

// A paragraph's direction is that of its first letter: `auto` would also count the buttons in it.
const directionOf = (text) =>
  /^\P{L}*[\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u.test(text) ? "rtl" : "ltr";

const count = (n, one, many = one + "s") => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

// Converts between the UTF-16 units of JavaScript's strings and the code points of records.
class CodePoints {
  constructor(text) {
    this.units = [0];
    for (const character of text) this.units.push(this.units.at(-1) + character.length);
  }
  unit(codePoint) {
    return this.units[Math.max(0, Math.min(codePoint, this.units.length - 1))];
  }
  // Code points before a unit. The middle of a surrogate pair counts as its end.
  codePoint(unit) {
    let [low, high] = [0, this.units.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.units[middle] < unit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

// The browser's storage. Where it fails, the page shows a warning and goes on.
const store = {
  works: true,
  prefix: "demarche/",
  get(name) {
    try {
      return localStorage.getItem(this.prefix + name);
    } catch {
      return this.fails();
    }
  },
  set(name, value) {
    try {
      if (value === null) localStorage.removeItem(this.prefix + name);
      else localStorage.setItem(this.prefix + name, value);
    } catch {
      this.fails();
    }
  },
  // Names that begin with this.
  names(start) {
    try {
      const whole = this.prefix + start;
      return Object.keys(localStorage).filter((name) => name.startsWith(whole)).map((name) => name.slice(this.prefix.length));
    } catch {
      this.fails();
      return [];
    }
  },
  fails() {
    this.works = false;
    const banner = byId("banner");
    banner.textContent = "This browser cannot keep your decisions here (storage is off or full). Save corrections before you close the page.";
    banner.hidden = false;
    return null;
  },
};

// Says what happened, on the screen and to a screen reader.
let toldTimer = 0;
function tell(message) {
  const told = byId("told");
  told.textContent = "";
  requestAnimationFrame(() => {
    told.textContent = message;
  });
  clearTimeout(toldTimer);
  toldTimer = setTimeout(() => {
    told.textContent = "";
  }, 8000);
}

// Lets the browser draw and handle input between two steps of work.
const pause = () => new Promise((resolve) => setTimeout(resolve));

function pager(page, pages, go, label) {
  if (pages < 2) return null;
  const step = (to, text) => button(text, () => go(to), { disabled: to < 0 || to >= pages, "data-focus": `${label} ${text}` });
  return el("nav", { class: "pager", "aria-label": label },
    step(page - 1, "Previous page"), el("span", {}, `Page ${page + 1} of ${pages}`), step(page + 1, "Next page"));
}
