// What a supervisor does about a row that could not be read, in a real browser, by keyboard alone.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, barriers, picture } from "./house.mjs";

const HEADER = "registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate";
const BAD = [
  "D8,50050555,سالم علي,Salem Ali,M,BH,2026-10-01,2026-10-05,northern",
  "D9,50060666,منى علي,Mona Ali,F,BH,2026-10-01,2026-10-05,northern",
];

let house;
before(async () => {
  house = await House.open();
  house.write("deaths/bad.csv", `${HEADER}\n${BAD.join("\n")}\n`);
  house.wasl("detect", "account-transfer");
  await house.person("sami", "Sami Ali", "supervisor");
});
after(async () => assert.equal(await house.stop(), 0));

const WORDS = {
  en: { correct: "Correct", refused: "cannot be read either", done: "no case opens, for the reason not subscriber" },
  ar: { correct: "صحّح", refused: "تعذرت قراءة الصف بهذه القيم أيضا", done: "لا تُفتح له حالة" },
};

for (const [language, dir, good] of [["en", "ltr", "500505555"], ["ar", "rtl", "500606666"]]) {
  test(`a row is corrected by keyboard, and what was typed is kept while it is wrong (${language})`, async () => {
    const { page, complaints, close } = await house.visit({ as: "sami", language });
    await page.goto("/detections");
    assert.deepEqual(await barriers(page), []);
    await page.focus(`a.button:has-text('${WORDS[language].correct}')`);
    await Promise.all([page.waitForURL(/\/detections\/rejected\/\d+-[0-9a-f]{12}$/), page.keyboard.press("Enter")]);
    assert.equal(await page.getAttribute("html", "dir"), dir);
    assert.equal(await page.getAttribute("#column-cpr", "aria-invalid"), "true");
    assert.deepEqual(await barriers(page), []);
    await picture(page, `correction-${language}`);
    await page.fill("#column-cpr", "12");
    await page.focus("main form button.main");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.ok((await page.textContent("main")).includes(WORDS[language].refused));
    assert.equal(await page.inputValue("#column-cpr"), "12");
    assert.deepEqual(await barriers(page), []);
    await page.fill("#column-cpr", good);
    await page.focus("#column-cpr");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.ok((await page.textContent("[role=status]")).includes(WORDS[language].done));
    assert.equal(await page.locator("#column-cpr").count(), 0, "it is corrected once");
    await page.goto("/detections");
    await picture(page, `detections-corrected-${language}`);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("nothing of it needs scripts, and no width is too narrow", async () => {
  const [row] = house.json("detect", "rejected", "list");
  const { page, close } = await house.visit({ as: "sami", scripts: false, width: 390 });
  await page.goto(`/detections/rejected/${row.row}`);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth).catch(() => 0);
  assert.ok(overflow <= 0, `${overflow} px too wide`);
  await close();
});
