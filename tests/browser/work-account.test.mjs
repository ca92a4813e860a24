// Coming in with a work account in a real browser, through a provider that signs real tokens, by keyboard, in both languages.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, barriers, picture } from "./house.mjs";
import { Provider } from "./provider.mjs";

let house, provider;
before(async () => {
  provider = await Provider.start();
  house = await House.open({ provider });
  await house.person("sami", "Sami Ali", "administrator");
});
after(async () => {
  assert.equal(await house.stop(), 0);
  provider.stop();
});

// Says at the provider who somebody is; the page that they are led back to.
async function enter(page, who, language) {
  await page.goto("/cases?standing=open");
  assert.equal(await page.getAttribute("html", "lang"), language, "as the browser asks for");
  assert.deepEqual(await barriers(page), []);
  await page.focus("a[href^='/login/oidc']");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${provider.issuer}/auth**`);
  await page.waitForSelector("input[name=who]:focus");
  await page.keyboard.type(who);
  await page.keyboard.press("Enter");
  await page.waitForURL(`${house.address}/**`);
}

for (const [language, dir] of [["en", "ltr"], ["ar", "rtl"]]) {
  test(`somebody with a group of ours is led to the page that they wanted (${language})`, async () => {
    const { page, complaints, close } = await house.visit({ language });
    await enter(page, "huda", language);
    assert.equal(new URL(page.url()).pathname, "/cases");
    // Inside, an account speaks as it was told last.
    if ((await page.getAttribute("html", "lang")) !== language)
      await Promise.all([page.waitForNavigation(), page.click("button[name=language]")]);
    assert.equal(await page.getAttribute("html", "dir"), dir);
    assert.match(await page.textContent("header"), /Huda Ahmed/);
    assert.equal(await page.locator("header a[href='/admin']").count(), 0, "an agent administers nothing");
    assert.deepEqual(await barriers(page), []);
    // Whoever leaves has to come in again.
    await page.click("form[action='/logout'] button");
    await page.goto("/cases");
    assert.equal(new URL(page.url()).pathname, "/login");
    assert.deepEqual(complaints, []);
    await close();
  });

  test(`somebody without one is told so kindly, and is not in (${language})`, async () => {
    const { page, close } = await house.visit({ language });
    await enter(page, "rami", language);
    assert.equal(await page.getAttribute("html", "dir"), dir);
    assert.match(await page.textContent("main"), language === "en" ? /group|role/i : /مجموع|صلاحي|دور/);
    assert.deepEqual(await barriers(page), []);
    await picture(page, `no-role-${language}`);
    await page.goto("/cases");
    assert.equal(new URL(page.url()).pathname, "/login");
    await close();
  });
}
