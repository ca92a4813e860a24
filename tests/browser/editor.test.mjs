// What editors do in a real browser, by keyboard alone: begin a draft, see mistakes while they type, save, play the
// scenarios, submit; and what a second editor does: look it over and approve it. In both languages.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, barriers, picture } from "./house.mjs";

let house;
before(async () => {
  house = await House.open({ calendar: "shipped" });
  await house.person("nora", "Nora Salman", "editor");
  await house.person("hala", "Hala Jasim", "editor");
  await house.person("wafa", "Wafa Isa", "viewer");
});
after(async () => assert.equal(await house.stop(), 0, "the daemon ends well, whatever pages are open"));

const WORKFLOW = "/workflows/service-visit-survey";
const active = () => house.json("workflow", "list").find(({ name }) => name === "service-visit-survey").active_version;

// Presses a key of a page that leads to another one.
const press = (page, key) => Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);

async function looks(page, name, width = 1280) {
  assert.deepEqual(await barriers(page), [], name);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(overflow <= 0, `${name} is ${overflow} px too wide at ${width}`);
  await picture(page, `${name}-${width}`);
}

// Puts the caret behind words of the open file.
const caretAfter = (page, words) =>
  page.$eval("textarea[data-path]", (field, words) => {
    const at = field.value.indexOf(words);
    if (at < 0) throw new Error(`no ${words}`);
    field.setSelectionRange(at + words.length, at + words.length);
  }, words);

const WORDS = {
  en: { clean: "No mistakes.", saved: "Saved.", plays: "all go as they say", waits: "waits for approval", done: "Approved" },
  ar: { clean: "لا أخطاء.", saved: "حُفظت.", plays: "كلها تسير كما تقول", waits: "تنتظر الاعتماد", done: "اعتُمدت" },
};

for (const [language, dir, note] of [["en", "ltr", "one day more"], ["ar", "rtl", "يوم آخر"]]) {
  test(`a draft is written, checked while typing, submitted and approved by keyboard alone (${language})`, async () => {
    const words = WORDS[language];
    const before = active();
    const { page, complaints, close } = await house.visit({ as: "nora", language });
    await page.goto(WORKFLOW);
    await press(page, "d");
    assert.equal(await page.getAttribute("html", "dir"), dir);
    const draft = new URL(page.url()).pathname;
    assert.match(await page.textContent("[data-part=findings]"), new RegExp(words.clean));
    await looks(page, `draft-${language}`);

    // A mistake is told while it is typed, with its line, which a link leads to.
    await page.keyboard.press("e");
    await caretAfter(page, "calendar:");
    await page.keyboard.type(" no-such");
    await page.waitForSelector("[data-part=findings] .tag.bad");
    assert.ok((await page.locator(".wrong-line").count()) > 0, "the line is marked");
    assert.match(await page.textContent("[data-part=findings]"), language === "ar" ? /للإصلاح/ : /no calendar/);
    await looks(page, `draft-wrong-${language}`);
    for (let count = 0; count < " no-such".length; count++) await page.keyboard.press("Backspace");
    await page.waitForFunction((clean) => document.querySelector("[data-part=findings]").textContent.includes(clean), words.clean);

    // A comment changes nothing that is compared, so a title it is.
    await caretAfter(page, "title:\n  en: ");
    await page.keyboard.type(`${language === "en" ? "Please, " : "Kindly, "}`);
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Control+s")]);
    assert.match(await page.textContent("[role=status]:not([hidden])"), new RegExp(words.saved));
    await press(page, "t");
    assert.match(await page.textContent("[data-part=stories]"), new RegExp(words.plays));
    await looks(page, `draft-stories-${language}`);

    await press(page, "r");
    await page.keyboard.press("m");
    await page.keyboard.type(note);
    await page.keyboard.press("Tab");
    await press(page, "Enter");
    assert.match(await page.textContent("header .tag"), new RegExp(words.waits));
    assert.equal(await page.locator("button[value=approve]").count(), 0, "nobody approves their own");
    await looks(page, `review-own-${language}`);
    assert.equal(active(), before);
    assert.deepEqual(complaints, []);
    await close();

    const second = await house.visit({ as: "hala", language, dark: true });
    await second.page.goto("/drafts");
    await looks(second.page, `drafts-${language}`);
    await second.page.goto(`${draft}/review`);
    assert.match(await second.page.textContent("main"), new RegExp(note));
    await looks(second.page, `review-${language}`);
    await press(second.page, "a");
    assert.match(await second.page.textContent("[role=status]"), new RegExp(words.done));
    assert.notEqual(active(), before);
    await second.page.goto(`${WORKFLOW}/versions`);
    assert.match(await second.page.textContent(".versions"), new RegExp(note));
    await looks(second.page, `versions-${language}`);
    assert.deepEqual(second.complaints, []);
    await second.close();
  });

  test(`texts are written beside each other, and told how long they are while they are typed (${language})`, async () => {
    for (const width of [1280, 390]) {
      const { page, complaints, close } = await house.visit({ as: "nora", language, width });
      await page.goto("/workflows/account-transfer");
      await press(page, "d");
      const draft = new URL(page.url()).pathname;
      await page.goto(`${draft}?file=account-transfer/messages/follow-up.en.txt`);
      assert.equal(await page.locator("textarea[data-path]").count(), 2);
      const sizes = () => page.locator("[data-part^=reads-] .tag.number").allTextContents();
      const [arabic, english] = await sizes();
      await page.locator("textarea[lang=en]").focus();
      await page.keyboard.press("Control+End");
      await page.keyboard.type(" ،");
      await page.waitForFunction(() => document.querySelectorAll("[data-part^=reads-]")[1].textContent.includes("UCS-2"));
      const after = await sizes();
      assert.equal(after[0], arabic);
      assert.notEqual(after[1], english, "one Arabic comma makes it dear");
      await looks(page, `draft-text-${language}`, width);
      assert.deepEqual(complaints, []);
      await close();
    }
  });
}

test("what was typed and not saved is there again, whatever became of the connection or the page", async () => {
  const { page, context, close } = await house.visit({ as: "nora" });
  await page.goto(WORKFLOW);
  await press(page, "d");
  const draft = page.url();
  await page.keyboard.press("e");
  await page.keyboard.type("# kept\n");
  await context.setOffline(true);
  await page.keyboard.press("Control+s");
  await page.waitForSelector("#sending:not([hidden])");
  await context.setOffline(false);
  await page.waitForURL(/saved=1/);
  assert.match(await page.inputValue("textarea"), /^# kept/);
  await page.keyboard.press("e");
  await page.keyboard.type("# not saved\n");
  await page.goto("/");
  await page.goto(draft + "?file=service-visit-survey.yaml");
  await page.waitForSelector("#restored:not([hidden])");
  assert.match(await page.inputValue("textarea"), /# not saved/);
  await Promise.all([page.waitForNavigation(), page.click("[data-forget]")]);
  assert.doesNotMatch(await page.inputValue("textarea"), /# not saved/);
  await close();
});

test("drafts are written, checked and submitted without scripts", async () => {
  const { page, close } = await house.visit({ as: "nora", scripts: false });
  await page.goto(WORKFLOW);
  await Promise.all([page.waitForNavigation(), page.click("form[action$='/drafts'] button")]);
  const text = await page.inputValue("textarea");
  await page.fill("textarea", text.replace("calendar:", "calender:"));
  await Promise.all([page.waitForNavigation(), page.click("button[value=check]")]);
  assert.match(await page.textContent("[data-part=findings]"), /did you mean `?calendar`?/);
  await Promise.all([page.waitForNavigation(), page.click("[data-part=findings] a")]);
  assert.match(page.url(), /#line-\d+$/);
  await page.fill("textarea", text.replace("title:\n  en: ", "title:\n  en: Dear "));
  await Promise.all([page.waitForNavigation(), page.click("button[value=save]")]);
  await page.click("a[href$='/review']");
  await page.fill("#note", "kinder");
  await Promise.all([page.waitForNavigation(), page.click("button[value=submit]")]);
  assert.match(await page.textContent("header .tag"), /waits for approval/);
  await close();
});

test("who is no editor is offered no draft and opens none", async () => {
  const { page, close } = await house.visit({ as: "wafa" });
  await page.goto("/workflows/account-transfer");
  assert.equal(await page.locator("form[action$='/drafts']").count(), 0);
  assert.equal((await page.goto("/drafts")).status(), 403);
  await close();
});
