// An agent's day in a real browser, in both languages and by keyboard.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, barriers, picture, until } from "./house.mjs";

const WORDS = {
  en: { dir: "ltr", call: "Next call", nobody: "Nobody answers", name: "Layla|ليلى", needed: "Write the name." },
  ar: { dir: "rtl", call: "المكالمة التالية", nobody: "لا أحد يجيب", name: "ليلى", needed: "اكتب الاسم." },
};

let house;
before(async () => {
  house = await House.open();
  await house.person("huda", "Huda Ahmed", "agent");
  await house.person("maryam", "مريم علي", "agent");
  await house.person("wafa", "Wafa Isa", "viewer");
});
after(async () => assert.equal(await house.stop(), 0, "the daemon ends well, whatever pages are open"));

const task = (id) => house.json("task", "show", id);
const idOf = (page) => new URL(page.url()).pathname.split("/").at(-1);

// Presses N and waits for the call.
async function next(page) {
  await page.keyboard.press("n");
  await page.waitForURL(/\/tasks\/[0-9.]+$/);
  return idOf(page);
}

// The key of an outcome, as its button says it.
const keyOf = async (page, words) => (await page.locator(".outcome", { hasText: words }).first().getAttribute("data-key")).replace("⇧", "Shift+");

async function choose(page, words) {
  const key = await keyOf(page, words);
  await page.keyboard.press(key.startsWith("Shift+") ? `Shift+Digit${key.at(-1)}` : `Digit${key}`);
}

for (const [language, words] of Object.entries(WORDS)) {
  test(`a call is taken, answered, taken back and put back by keyboard alone (${language})`, async () => {
    const agent = language === "en" ? "huda" : "maryam";
    const { page, complaints, close } = await house.visit({ as: agent, language });
    assert.equal(await page.getAttribute("html", "dir"), words.dir);
    assert.match(await page.textContent("main"), new RegExp(words.call));
    // What a day of delay costs most is first: the house that uses 3,000 kWh and 50 m³ a month.
    const id = await next(page);
    assert.match(await page.textContent("h1"), new RegExp(words.name));
    assert.equal(await page.getAttribute("a.tel", "href"), "tel:+97336611111");
    assert.match(await page.textContent(".whom"), /أحمد محمد الموسوي/);
    assert.match(await page.textContent(".whom"), /4\.093/);
    assert.equal(await page.getAttribute(".script", "dir"), "rtl", "the script is in the family's language");
    assert.match(await page.textContent(".script"), /ليلى أحمد الموسوي/, "with the names filled in");
    assert.equal(task(id).claimed_by, agent);

    await page.keyboard.press("m");
    await page.keyboard.type("rang twice");
    await page.keyboard.press("Escape");
    const leads = await page.locator(".outcome", { hasText: words.nobody }).locator(".leads").textContent();
    assert.match(leads, /[→←]/, "it says where the ladder ends");
    await choose(page, words.nobody);
    await page.waitForURL(`${house.address}/`);
    assert.match(await page.textContent(".notes"), new RegExp(words.nobody));
    assert.equal(task(id).status, "claimed", "nothing has gone to the case yet");
    await page.keyboard.press("u");
    await page.waitForURL(new RegExp(`/tasks/${id}$`));
    await page.keyboard.press("p");
    await page.waitForURL(`${house.address}/`);
    assert.equal(task(id).status, "open");
    assert.deepEqual(complaints, []);
    await close();
  });

  test(`what an outcome asks for is typed, checked beside its field, and kept (${language})`, async () => {
    const { page, close } = await house.visit({ as: "huda", language });
    const id = await next(page);
    await page.keyboard.press("m");
    await page.keyboard.type("they were kind");
    await page.keyboard.press("Escape");
    await choose(page, language === "en" ? "We agree" : "اتفقنا");
    assert.match(await page.evaluate(() => document.activeElement.name), /^agreed\.heir\.name$/);
    await page.keyboard.press("Tab");
    await page.keyboard.type("12");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".wrong");
    assert.match(await page.textContent("#agreed-heir-name-wrong"), new RegExp(words.needed));
    assert.equal(await page.inputValue("#agreed-heir-mobile"), "12");
    assert.equal(await page.inputValue("#note"), "they were kind");
    assert.equal(await page.evaluate(() => document.activeElement.name), "agreed.heir.name");
    assert.equal(task(id).status, "claimed");
    await picture(page, `wrong-${language}`);
    assert.deepEqual(await barriers(page), []);
    await page.keyboard.press("Escape");
    await page.keyboard.press("p");
    await page.waitForURL(`${house.address}/`);
    await close();
  });

  test(`no page of the journey keeps anybody out, light or dark, wide or narrow (${language})`, async () => {
    for (const [dark, width] of [[false, 1440], [true, 820], [false, 390]]) {
      const { page, complaints, close } = await house.visit({ as: "huda", language, dark, width });
      const look = async (name) => {
        assert.deepEqual(await barriers(page), [], name);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
        await picture(page, `${name}-${language}-${width}`);
      };
      await look("day");
      await next(page);
      await look("call");
      await page.keyboard.press("?");
      await look("keys");
      await page.keyboard.press("Escape");
      await page.keyboard.press("p");
      await page.waitForURL(`${house.address}/`);
      assert.deepEqual(complaints, []);
      await close();
    }
  });
}

test("a lost connection loses nothing, and the answer goes through by itself when it is back", async () => {
  const { page, close } = await house.visit({ as: "huda" });
  const id = await next(page);
  await page.fill("#note", "asks for a call in the evening");
  await page.reload();
  assert.equal(await page.inputValue("#note"), "asks for a call in the evening", "kept over a reload");
  let lost = 0;
  await page.route("**/answer", (route) => (lost++ < 1 ? route.abort() : route.continue()));
  await page.click("h1");
  await choose(page, "Nobody answers");
  await page.waitForSelector("#sending:not([hidden])");
  await page.waitForURL(`${house.address}/`);
  const answered = await until(() => (task(id).status === "answered" ? task(id) : null), "the answer reaches the case");
  assert.deepEqual([answered.outcome, answered.answered_by, answered.note], ["no_answer", "agent:huda", "asks for a call in the evening"]);
  await page.goto(`/tasks/${id}`);
  assert.equal(await page.locator("form[data-draft]").count(), 0, "it is no work any more");
  await close();
});

test("an answer reaches its case although the browser is closed at once", async () => {
  const { page, close } = await house.visit({ as: "huda" });
  const id = await next(page);
  await choose(page, "Do not call us");
  await page.waitForURL(`${house.address}/`);
  await close();
  const answered = await until(() => (task(id).status === "answered" ? task(id) : null), "the answer reaches the case");
  assert.equal(house.json("case", "show", answered.case).case.state, "closed_objected");
});

test("what was promised comes first, and to whoever promised it", async () => {
  const { page, close } = await house.visit({ as: "huda" });
  const id = await next(page);
  const reference = task(id).case;
  const soon = new Date(Date.now() + 3 * 3600_000 + 5_000).toISOString().slice(0, 19); // Bahrain is three hours ahead
  await choose(page, "It is not a good time");
  await page.locator("input[type=datetime-local]").evaluate((field, value) => { field.type = "text"; field.value = value; }, soon);
  await page.click("details[open] button[type=submit]");
  await page.waitForURL(`${house.address}/`);
  await until(() => task(id).status === "answered", "the answer reaches the case");
  await page.reload();
  assert.match(await page.textContent("#promised ~ *, section:has(#promised)"), new RegExp(reference));
  const promised = await next(page);
  assert.equal(task(promised).case, reference, "before the family that loses more a day");
  assert.equal(task(promised).promised_by, "agent:huda");
  await page.keyboard.press("p");
  await page.waitForURL(`${house.address}/`);
  await close();
});

test("everything but news works without scripts", async () => {
  const { page, close } = await house.visit({ as: "maryam", scripts: false });
  await page.click("form[action='/next'] button");
  const id = idOf(page);
  await page.fill("#note", "without scripts");
  await page.locator(".outcome", { hasText: "Nobody answers" }).click();
  await page.click(".note button");
  assert.equal(idOf(page), id, "taken back");
  await page.click("form[action$='/release'] button");
  assert.equal(task(id).status, "open");
  await close();
});

test("who only looks on is given no call and sees no name", async () => {
  const { page, close } = await house.visit({ as: "wafa" });
  assert.equal(await page.locator("form[action='/next']").count(), 0);
  const [first] = house.json("task", "list", "--limit", "1");
  const response = await page.goto(`/tasks/${first.id}`);
  assert.equal(response.status(), 403);
  assert.doesNotMatch(await page.textContent("body"), new RegExp(first.to_name));
  await close();
});
