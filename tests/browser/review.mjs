// Tests the page of `demarche review` in a real browser, as a reviewer uses it.
//
//   cargo build && cd tests/browser && npm ci && npm test
//
// CHROMIUM is the path of the browser (default: /usr/bin/chromium), DEMARCHE that of the program
// (target/debug/demarche), SCREENSHOTS a folder for screenshots of each view.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

import axe from "axe-core";
import { chromium } from "playwright-core";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const program = path.resolve(root, process.env.DEMARCHE ?? "target/debug/demarche");
const bench = fs.mkdtempSync(path.join(os.tmpdir(), "demarche-review-"));
const folder = path.join(bench, "out");
const corrections = path.join(bench, "corrections.jsonl");
const lines = (file) => fs.readFileSync(file, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
const demarche = (...given) => execFileSync(program, given, { cwd: bench, stdio: ["ignore", "pipe", "pipe"] });

// Scripts, emoji outside the basic multilingual plane, runs of white space that a sentence has as
// one space, and HTML that tries to break out of the page.
const SCRIPTS = {
  id: "scripts & more/1",
  title: "Talks 🇮🇳🇵🇰 </script><script>window.broken = true</script>",
  source: "The 𝔾azette",
  published: "2025-06-02",
  url: "https://example.org/a",
  text: "🕊️ Islamabad   welcomed any mediation by 𝒻riends in नई दिल्ली  on Monday, and India\u00a0rejected any\nmediation.\n\n" +
    "اسلام آباد نے ثالثی کا خیرمقدم کیا اور دہلی نے انکار کیا۔\n\n" +
    "</script><script>window.broken = true</script> said New  Delhi about mediation by Donald Trump.\n",
};

let context;
let page;
let records;
const asked = [];

const open = async (hash, from = folder) => {
  // Another hash alone would leave filters and open editors as they are.
  await page.goto("about:blank");
  await page.goto(`${pathToFileURL(path.join(from, "review.html"))}${hash}`);
  await page.waitForSelector("html[data-ready]");
};
const recordOf = (doc, place) => records.filter((record) => record.doc_id === doc)[place];

// The record of the sentence on the queue's card.
async function onCard() {
  const href = await page.locator("#card a").first().getAttribute("href");
  const [, doc, place] = href.split("/");
  return recordOf(decodeURIComponent(doc), Number(place));
}

async function saved() {
  const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "Save corrections" }).click()]);
  assert.equal(download.suggestedFilename(), "corrections.jsonl");
  await download.saveAs(corrections);
  return lines(corrections);
}

const labelled = ({ topic, stance, holder, source, context }) =>
  ({ topic, stance, holder, ...(source && { source }), ...(context && { context }) });
const entities = (record) => record.entities.map(({ text, label, start, end }) => ({ text, label, start, end }));

before(async () => {
  fs.writeFileSync(path.join(bench, "in.jsonl"), JSON.stringify(SCRIPTS));
  const articles = ["15-neutral-site-explainer.html", "04-who-stopped-the-guns.txt"].map((name) => path.join(root, "corpus", name));
  demarche("extract", "in.jsonl", ...articles, "--any-language", "--output", "out", "--quiet");
  demarche("review", "out");
  records = lines(path.join(folder, "sentences.jsonl"));
  context = await chromium.launchPersistentContext(path.join(bench, "profile"), {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    acceptDownloads: true,
    viewport: { width: 1280, height: 900 },
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  page = context.pages()[0] ?? (await context.newPage());
  page.on("request", (request) => asked.push(request.url()));
  page.on("pageerror", (error) => asked.push(`error: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && asked.push(`console: ${message.text()}`));
});

after(async () => {
  await context?.close();
  fs.rmSync(bench, { recursive: true, force: true });
});

describe("the page", () => {
  test("shows what the records hold", async () => {
    await open("");
    const figures = await page.locator(".figure dd").allTextContents();
    const claims = records.flatMap((record) => record.claims);
    assert.deepEqual(figures.map(Number), [
      3, records.length, claims.filter((c) => c.status === "auto").length, claims.filter((c) => c.status === "uncertain").length, 0]);
    assert.equal(await page.evaluate(() => window.broken), undefined);
  });

  test("pairs opposed stances of different holders and leads to their sentences", async () => {
    await open("");
    const pair = page.locator(".pair").first();
    await pair.locator("a").first().waitFor();
    const [one, other] = await pair.locator("summary b").allTextContents();
    assert.notEqual(one.split(":")[0], other.split(":")[0]);
    assert.notEqual(one.split(":")[1], other.split(":")[1]);
    const text = await pair.locator("a").first().textContent();
    await pair.locator("a").first().click();
    assert.equal(await page.locator(".sentence.target .text").textContent(), text);
    assert.ok(!(await page.locator(".pair summary").allTextContents()).some((summary) => summary.includes("attack toll")));
  });

  test("tells hypothesis and probabilities on hover and on focus", async () => {
    await open("#article/15-neutral-site-explainer");
    const label = page.locator(".claim").first();
    const record = records.find((r) => r.doc_id === "15-neutral-site-explainer" && r.claims.length);
    const told = [record.claims[0].hypothesis, ...Object.values(record.claims[0].probabilities).map((p) => p.toFixed(3))];
    const tip = page.locator("#tip");
    const check = async () => {
      await tip.waitFor({ state: "visible" });
      const text = await tip.textContent();
      for (const part of told) assert.ok(text.includes(part), part);
      assert.equal(await label.getAttribute("aria-describedby"), "tip");
    };
    await label.hover();
    await check();
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
    await page.mouse.move(0, 0);
    await page.locator(".verse").first().focus();
    for (let i = 0; i < 20 && !(await label.evaluate((e) => e === document.activeElement)); i += 1) await page.keyboard.press("Tab");
    await check();
  });

  test("shows the claim's names, and its evidence in the text", async () => {
    await open("#article/15-neutral-site-explainer");
    const own = records.filter((r) => r.doc_id === "15-neutral-site-explainer");
    const record = own.find((r) => r.claims.some((c) => c.holder_mention && c.evidence));
    const claim = record.claims.find((c) => c.holder_mention && c.evidence);
    const place = own.indexOf(record);
    await page.locator(`[data-place="${place}"] .claim`).nth(record.claims.indexOf(claim)).hover();
    await page.locator("#tip").waitFor({ state: "visible" });
    assert.ok((await page.locator("#tip").textContent()).includes(`holder: ${claim.holder_mention.text}`));
    const shown = await page.evaluate(() => [...CSS.highlights.get("evidence")].map((found) => {
      const range = document.createRange();
      range.setStart(found.startContainer, found.startOffset);
      range.setEnd(found.endContainer, found.endOffset);
      return String(range);
    }));
    const evidence = [...record.text].slice(claim.evidence.start - record.start, claim.evidence.end - record.start).join("");
    assert.deepEqual(shown, [evidence]);
    await page.mouse.move(0, 0);
    await page.locator("#tip").waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => CSS.highlights.get("evidence").size), 0);
  });

  test("draws an arc from a holder who is named to the claim", async () => {
    await open("#article/15-neutral-site-explainer");
    const own = records.filter((r) => r.doc_id === "15-neutral-site-explainer");
    const isNamed = ({ holder, holder_mention: name }) => ({ actor, start, end }) =>
      actor === holder || (name && !name.sentence && start < name.end && name.start < end);
    const named = own.flatMap((r) => r.claims.filter((c) => r.entities.some(isNamed(c))));
    assert.ok(named.length > 0);
    assert.equal(await page.locator(".arcs path").count(), named.length);
  });

  test("filters claims and searches all text", async () => {
    await open("#articles");
    await page.locator("#filter-holder").selectOption("Pakistan");
    const docs = new Set(records.filter((r) => r.claims.some((c) => c.holder === "Pakistan")).map((r) => r.doc_id));
    assert.equal(await page.locator(".articles > li").count(), docs.size);
    await page.getByRole("button", { name: "Clear" }).click();
    await page.getByLabel("Search the text").fill("ثالثی");
    await page.locator("#told", { hasText: "1 sentence with" }).waitFor();
    assert.equal(await page.locator(".articles > li").count(), 1);
    assert.match(await page.locator(".examples a").first().textContent(), /ثالثی/);
  });
});

describe("a reviewer", () => {
  test("accepts, changes and adds claims with the keyboard; what is saved is exactly that", async () => {
    await open("#queue");
    const first = await onCard();
    const uncertain = records.flatMap((r) => r.claims.filter((c) => c.status === "uncertain").map((c) => c.score));
    assert.equal(Math.max(...first.claims.filter((c) => c.status === "uncertain").map((c) => c.score)), Math.max(...uncertain));

    await page.keyboard.press("a");
    await page.getByLabel("Your name").fill("Ada Lovelace");
    await page.keyboard.press("Enter");
    await page.locator("#pending").filter({ hasText: "1" }).waitFor();
    if (first.claims.length > 1) await page.keyboard.press("d");
    await page.locator(".bar", { hasText: "2 of" }).waitFor();

    const second = await onCard();
    await page.keyboard.press("c");
    await page.locator(".claim-form [name=holder]").selectOption("narrator");
    await page.locator(".claim-form [name=source]").selectOption("India");
    await page.getByRole("button", { name: "Apply" }).click();
    if (second.claims.length > 1) await page.keyboard.press("d");
    await page.locator(".bar", { hasText: "3 of" }).waitFor();

    const third = await onCard();
    await page.keyboard.press("n");
    await page.locator(".claim-form [name=topic]").selectOption("mediation");
    await page.locator(".claim-form [name=stance]").selectOption("rejects");
    await page.locator(".claim-form [name=holder]").selectOption("United States");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.keyboard.press("d");
    await page.locator(".bar", { hasText: "4 of" }).waitFor();

    // Half of a sentence is not decided yet: no line.
    const open_ = await onCard();
    await page.keyboard.press("n");
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.locator("#pending", { hasText: "held back" }).waitFor();

    const found = await saved();
    assert.deepEqual(new Set(found.map((line) => line.sentence_id)), new Set([first, second, third].map((r) => r.sentence_id)));
    const lineOf = ({ sentence_id }) => found.find((line) => line.sentence_id === sentence_id);
    for (const record of [first, second, third]) {
      const line = lineOf(record);
      assert.deepEqual(Object.keys(line), ["sentence_id", "text", "by", "at", "from", "entities", "claims"]);
      assert.equal(line.text, record.text);
      assert.equal(line.by, "Ada Lovelace");
      assert.equal(line.from, "review");
      assert.match(line.at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.deepEqual(line.entities, entities(record));
    }
    const kept = (record, but) => record.claims.filter((c, i) => i === but || c.status === "auto");
    assert.deepEqual(lineOf(first).claims, kept(first, 0).map(labelled));
    const changed = kept(second, 0).map(labelled);
    changed[0] = { topic: changed[0].topic, stance: changed[0].stance, holder: "narrator", source: "India" };
    assert.deepEqual(lineOf(second).claims, changed);
    const added = lineOf(third).claims.at(-1);
    assert.deepEqual({ ...added, context: undefined }, { topic: "mediation", stance: "rejects", holder: "United States", context: undefined });
    assert.equal(added.context ?? false, !third.entities.some((e) => e.actor === "United States"));
    assert.ok(!found.some((line) => line.sentence_id === open_.sentence_id));
  });

  test("finds the decisions again after a reload", async () => {
    await open("#queue");
    await page.reload();
    assert.match(await page.locator("#pending").textContent(), /^3 decided, 1 held back$/);
    assert.match(await page.locator("#reviewer").textContent(), /Ada Lovelace/);
  });

  test("removes, relabels and adds entities; offsets are those of the record's field", async () => {
    const doc = SCRIPTS.id;
    const field = [...lines(path.join(folder, "documents.jsonl")).find((d) => d.doc_id === doc).text];
    const place = records.filter((r) => r.doc_id === doc).findIndex((r) => r.text.includes("नई दिल्ली"));
    const record = recordOf(doc, place);
    await open(`#article/${encodeURIComponent(doc)}/${place}`);
    const text = page.locator(`.sentence[data-place="${place}"] .text`);
    await page.locator(`.sentence[data-place="${place}"] .verse`).click();
    const have = new Map(entities(record).map((e) => [e.start, e]));
    const remove = async (entity) => {
      await page.keyboard.press("e");
      await page.getByRole("button", { name: `Remove ${entity.text}` }).first().click();
      have.delete(entity.start);
    };
    for (const entity of entities(record)) await remove(entity);
    const marked = [["नई दिल्ली", "LOC"], ["𝒻riends", "MISC"], ["Islamabad welcomed", "ORG"], ["India rejected any mediation", "MISC"]];
    for (const [words, label] of marked) {
      await text.evaluate((element, wanted) => {
        // The node and offset of a place in the text, whatever marks stand in it.
        const point = (at) => {
          const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
          for (let rest = at; walker.nextNode(); rest -= walker.currentNode.length)
            if (rest <= walker.currentNode.length) return [walker.currentNode, rest];
          throw new Error("not in the text");
        };
        const from = element.textContent.indexOf(wanted);
        getSelection().setBaseAndExtent(...point(from), ...point(from + wanted.length));
        element.dispatchEvent(new MouseEvent("mouseup", { bubbles: true }));
      }, words);
      await page.keyboard.press("e");
      await page.getByLabel("Type of the new entity").selectOption(label);
      await page.getByRole("button", { name: "Add entity" }).click();
      await page.getByRole("button", { name: `Remove ${words}` }).waitFor();
    }
    // The other way, without a mouse: words by number.
    const words = record.text.split(" ");
    const monday = words.findIndex((word) => word.startsWith("Monday"));
    await page.getByLabel("First word").selectOption(String(monday));
    await page.getByLabel("Last word").selectOption(String(monday));
    await page.getByRole("button", { name: "Add entity" }).click();
    await page.getByLabel("Type of Monday,").selectOption("MISC");
    await page.keyboard.press("Escape");
    await page.locator(".editor").evaluate((element) => element.focus());
    await page.keyboard.press("d");
    const line = (await saved()).find(({ sentence_id }) => sentence_id === record.sentence_id);
    assert.deepEqual(line.entities.map((e) => [e.text, e.label]), [
      ["Islamabad   welcomed", "ORG"], ["𝒻riends", "MISC"], ["नई दिल्ली", "LOC"], ["Monday,", "MISC"], ["India\u00a0rejected any\nmediation", "MISC"]]);
    for (const entity of line.entities) assert.equal(field.slice(entity.start, entity.end).join(""), entity.text);
  });

  test("marks boilerplate, which then carries nothing, and leaves a note", async () => {
    const doc = "04-who-stopped-the-guns";
    const record = recordOf(doc, 5);
    await open(`#article/${doc}`);
    await page.locator(".sentence[data-place='5'] .verse").click();
    await page.keyboard.press("b");
    await page.getByLabel("Note").fill("a caption, ‘as is’");
    await page.getByLabel("Note").press("Tab");
    const line = (await saved()).find(({ sentence_id }) => sentence_id === record.sentence_id);
    assert.deepEqual(Object.keys(line), ["sentence_id", "text", "by", "at", "from", "boilerplate", "entities", "claims", "note"]);
    assert.deepEqual([line.boilerplate, line.entities, line.claims, line.note], [true, [], [], "a caption, ‘as is’"]);
  });

  test("finds the decisions on a page with more articles, and none on one with other texts of the same ids", async () => {
    const pending = page.locator("#pending");
    const kept = () => page.evaluate(() => Object.fromEntries(Object.entries(localStorage).filter(([, value]) => value.startsWith("{"))));
    await open("#queue");
    const before = [await pending.textContent(), await kept()];
    const decided = lines(corrections);
    assert.ok(before[0].startsWith(`${decided.length} decided`) && Object.keys(before[1]).length > decided.length);

    const articles = lines(path.join(folder, "documents.jsonl")).map(({ doc_id, title, text }) => ({ id: doc_id, title, text }));
    const dataset = (name, all) => {
      fs.writeFileSync(path.join(bench, `${name}.jsonl`), all.map((article) => `${JSON.stringify(article)}\n`).join(""));
      demarche("extract", `${name}.jsonl`, "--any-language", "--output", name, "--quiet");
      demarche("review", name);
      const own = lines(path.join(bench, name, "sentences.jsonl"));
      assert.ok(own.every(({ provenance }) => provenance === records[0].provenance));
      for (const { sentence_id, text } of decided) assert.ok(own.some((r) => r.sentence_id === sentence_id && r.text === text));
      return path.join(bench, name);
    };

    // In front, so that every article has another number.
    const more = dataset("more", [{ id: "more", text: "Beijing welcomed any mediation between India and Pakistan on Sunday." }, ...articles]);
    await open("#queue", more);
    assert.equal(await pending.textContent(), before[0]);

    const other = dataset("other", articles.map((article) => ({ ...article, text: `${article.text}\n\nIndia rejected any mediation on Tuesday.` })));
    await open("#queue", other);
    assert.equal(await pending.textContent(), "");
    await open("#overview", other);
    assert.equal(Number((await page.locator(".figure dd").allTextContents()).at(-1)), 0);
    assert.deepEqual(await kept(), before[1]);

    // The same sentence is decided otherwise there, and merged there.
    const ofOther = path.join(bench, "other-corrections.jsonl");
    const id = decided[0].sentence_id;
    const [doc, place] = [id.slice(0, id.lastIndexOf("#")), Number(id.slice(id.lastIndexOf("#") + 1)) - 1];
    await open(`#article/${encodeURIComponent(doc)}`, other);
    await page.locator(`.sentence[data-place="${place}"] .verse`).click();
    await page.keyboard.press("b");
    await pending.filter({ hasText: "1 decided" }).waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("s")]);
    await download.saveAs(ofOther);
    assert.deepEqual(lines(ofOther).map(({ sentence_id, boilerplate }) => [sentence_id, boilerplate]), [[id, true]]);
    demarche("apply-review", "other", ofOther);
    demarche("review", "other");
    await open("#queue", other);
    assert.equal(await pending.textContent(), "");

    assert.deepEqual(await kept(), before[1]);
    await open("#queue");
    assert.equal(await pending.textContent(), before[0]);
  });

  test("is told where the browser keeps nothing, and can still save", async () => {
    const other = await context.newPage();
    await other.addInitScript(() => {
      Object.defineProperty(window, "localStorage", { get: () => { throw new DOMException("off", "SecurityError"); } });
    });
    await other.goto(`${pathToFileURL(path.join(folder, "review.html"))}#queue`);
    await other.locator("#banner", { hasText: "cannot keep" }).waitFor();
    await other.keyboard.press("d");
    await other.getByLabel("Your name").fill("Grace");
    await other.keyboard.press("Enter");
    await other.locator("#pending", { hasText: "1 decided" }).waitFor();
    const [download] = await Promise.all([other.waitForEvent("download"), other.keyboard.press("s")]);
    assert.equal(lines(await download.path())[0].by, "Grace");
    await other.close({ runBeforeUnload: false });
  });
});

describe("on any screen", () => {
  const CONTROLS = new Set(["button", "link", "textbox", "searchbox", "combobox", "checkbox", "DisclosureTriangle", "menuitem"]);
  const views = {
    overview: async () => {
      await open("#overview");
      await page.locator(".pair a").first().waitFor();
    },
    articles: () => open("#articles"),
    article: async () => {
      await open("#article/15-neutral-site-explainer");
      await page.locator(".claim").first().click();
      await page.locator(".entities summary").click();
      await page.keyboard.press("n");
    },
    scripts: () => open(`#article/${encodeURIComponent(SCRIPTS.id)}`),
    queue: () => open("#queue"),
    help: async () => {
      await open("#queue");
      await page.keyboard.press("?");
    },
  };
  for (const width of [1280, 390]) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${width} px, ${colorScheme}: fits, every control has a name, no breach of WCAG AA`, async () => {
        await page.setViewportSize({ width, height: 900 });
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        for (const [name, go] of Object.entries(views)) {
          await go();
          const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.equal(wider, 0, `${name} is ${wider} px too wide`);
          const session = await context.newCDPSession(page);
          const { nodes } = await session.send("Accessibility.getFullAXTree");
          const nameless = nodes.filter((node) => !node.ignored && CONTROLS.has(node.role?.value) && !node.name?.value?.trim());
          assert.deepEqual(nameless.map((node) => node.role.value), [], name);
          await session.detach();
          await page.evaluate(axe.source);
          const { violations, passes } = await page.evaluate(() => axe.run(document, {
            runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }));
          const told = violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => `${n.html} ${n.failureSummary}`).join(" | ")}`);
          assert.deepEqual(told, [], name);
          assert.ok(passes.some((rule) => rule.id === "color-contrast") && passes.some((rule) => rule.id === "region" || name === "help"), name);
          if (process.env.SCREENSHOTS) {
            fs.mkdirSync(process.env.SCREENSHOTS, { recursive: true });
            await page.screenshot({ path: path.join(process.env.SCREENSHOTS, `${name}-${width}-${colorScheme}.png`) });
          }
        }
      });
    }
  }

  test("the toggle goes before the system's colours", async () => {
    await page.emulateMedia({ colorScheme: "light" });
    await open("");
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByRole("button", { name: "Theme: system" }).click();
    assert.equal(await paper(), light);
    await page.getByRole("button", { name: "Theme: light" }).click();
    assert.notEqual(await paper(), light);
    await page.getByRole("button", { name: "Theme: dark" }).click();
  });
});

test("nothing was asked of a network, and no script failed", () => {
  assert.deepEqual(asked.filter((url) => !/^(file|blob|about|data):/.test(url)), []);
});

test("the corrections come back into the records", async () => {
  const decided = lines(corrections);
  assert.ok(decided.length > 0);
  demarche("apply-review", "out", corrections);
  const merged = new Map(lines(path.join(folder, "sentences.jsonl")).map((record) => [record.sentence_id, record]));
  for (const { sentence_id, text, ...review } of decided) {
    const record = merged.get(sentence_id);
    assert.equal(record.text, text);
    assert.deepEqual(record.review, review);
  }
  assert.equal([...merged.values()].filter((record) => record.review).length, decided.length);
  // The page shows the merged reviews and does not ask for them again; another browser starts from
  // them.
  demarche("review", "out");
  await open("#queue");
  assert.match(await page.locator("#pending").textContent(), /^0 decided, 1 held back$/);
  await page.evaluate(() => localStorage.clear());
  await open("");
  const figures = await page.locator(".figure dd").allTextContents();
  assert.equal(Number(figures.at(-1)), decided.length);
});

test("what was decided is gold for evaluate", () => {
  demarche("evaluate", "--gold", "out", "--pred", "out", "--json", "evaluation.json");
  const { inputs, scores } = JSON.parse(fs.readFileSync(path.join(bench, "evaluation.json"), "utf8"));
  const decided = lines(corrections);
  assert.equal(inputs.passages, decided.length);
  const claims = decided.flatMap(({ claims }) => claims);
  assert.equal(scores.claims_holder.micro.gold, claims.length);
  const counted = lines(path.join(folder, "sentences.jsonl"))
    .filter((record) => record.review)
    .flatMap((record) => record.claims.filter((claim) => claim.status === "auto"));
  assert.equal(scores.claims_holder.micro.predicted, counted.length);
  // At least the one that was accepted is right, and the one that was changed is not.
  assert.ok(scores.claims_holder.micro.correct > 0 && scores.claims_holder.micro.f1 < 1);
});
