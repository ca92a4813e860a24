// What somebody who answers for the practice does in a real browser: the figures on one page, other days by keyboard, a file
// to take along, paper to hand over.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import { House, barriers, picture, until } from "./house.mjs";

let house;
before(async () => {
  house = await House.open();
  await house.person("mona", "Mona Yusuf", "viewer");
  await house.person("huda", "Huda Ali", "agent");
  const [{ reference }] = house.json("case", "list", "--search", "Alhaddad");
  house.wasl("case", "event", reference, "account.transferred");
  // The daemon counts by itself.
  await until(() => {
    const { total, behind } = house.json("report");
    return !behind && total.opened === 4 && total.transferred === 1;
  }, "the transfer is counted");
});
after(async () => assert.equal(await house.stop(), 0));

const WORDS = {
  en: { opened: "Cases opened", share: "Share transferred", money: "What a day of delay costs", wrong: "These days cannot be shown" },
  ar: { opened: "حالات فُتحت", share: "نسبة التحويل", money: "كلفة كل يوم تأخير", wrong: "تعذر عرض هذه الأيام" },
};

for (const [language, dir] of [["en", "ltr"], ["ar", "rtl"]]) {
  test(`the practice is read at a glance, whatever the light and the width (${language})`, async () => {
    for (const [dark, width] of [[false, 1440], [true, 820], [false, 390]]) {
      const { page, complaints, close } = await house.visit({ as: "mona", language, dark, width });
      await page.goto("/reports");
      assert.equal(await page.getAttribute("html", "dir"), dir);
      const text = await page.textContent("main");
      for (const words of [WORDS[language].opened, WORDS[language].share, WORDS[language].money]) assert.ok(text.includes(words), words);
      const figure = (words) => page.locator(".figures div", { hasText: words }).locator("strong").textContent();
      assert.equal(await figure(WORDS[language].opened), "4");
      assert.equal(await figure(WORDS[language].share), language === "en" ? "25.0–100.0 %" : "من 25.0 إلى 100.0 %");
      assert.match(text, language === "en" ? /BD \d+\.\d{3}/ : /\d+\.\d{3} د\.ب/);
      assert.match(text, language === "en" ? /1448 AH/ : /1448 هـ/);
      assert.deepEqual(await barriers(page), []);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide at ${width}`);
      await picture(page, `practice-${language}-${width}`);
      assert.deepEqual(complaints, []);
      await close();
    }
  });

  test(`other days are asked for by keyboard, and days that are none are said so (${language})`, async () => {
    const { page, close } = await house.visit({ as: "mona", language });
    await page.goto("/reports");
    await page.focus("#workflow");
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.id), "from");
    await page.fill("#from", "2025-01-01");
    await page.fill("#to", "2025-03-31");
    await page.focus("form[action='/reports'] button");
    await Promise.all([page.waitForURL(/from=2025-01-01/), page.keyboard.press("Enter")]);
    assert.equal(await page.locator("section[aria-labelledby=months] tbody tr").count(), 3);
    assert.equal(await page.locator(".figures strong").first().textContent(), "0");
    await page.goto("/reports?from=2025-03-31&to=2025-01-01");
    assert.ok((await page.textContent("[role=alert]")).includes(WORDS[language].wrong));
    assert.deepEqual(await barriers(page), []);
    await close();
  });
}

test("everything is there without scripts, and a state leads to its cases", async () => {
  const { page, close } = await house.visit({ as: "mona", scripts: false });
  await page.goto("/reports");
  await Promise.all([page.waitForURL(/state=first_call/), page.click("section[aria-labelledby=part-now] a:has-text('First call')")]);
  assert.equal(await page.locator("tbody tr").count(), 3);
  await close();
});

test("the figures are taken along as a file, and printed without what is only for the screen", async () => {
  const { page, close } = await house.visit({ as: "mona" });
  await page.goto("/reports");
  const [download] = await Promise.all([page.waitForEvent("download"), page.click("a[download]")]);
  assert.match(download.suggestedFilename(), /^practice-\d{4}-01-01-\d{4}-\d\d-\d\d\.csv$/);
  const rows = readFileSync(await download.path(), "utf8").split("\r\n");
  assert.equal(rows[0], "\ufefffrom,to,figure,part,number,unit,words");
  assert.ok(rows.some((row) => row.includes(",transferred,,1,,")), rows.slice(0, 20).join("\n"));
  await page.emulateMedia({ media: "print" });
  assert.equal(await page.locator("form[action='/reports']").isVisible(), false);
  assert.equal(await page.locator("header.bar").isVisible(), false);
  assert.equal(await page.locator("h1").isVisible(), true);
  await picture(page, "practice-print");
  await close();
});

test("who rings families does not see the page, nor the way to it", async () => {
  const { page, close } = await house.visit({ as: "huda" });
  assert.equal(await page.locator("nav a[href='/reports']").count(), 0);
  assert.equal((await page.goto("/reports")).status(), 403);
  await close();
});
