// What an administrator does in a real browser, by the keyboard alone: invite a colleague, give and take roles, lock
// out, make and revoke keys, end sessions, see who did what and prove it.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { House, barriers, picture, until } from "./house.mjs";

let house, archive;
before(async () => {
  house = await House.open();
  await house.person("mona", "Mona Yusuf", "administrator");
  await house.person("sami", "Sami Ali", "supervisor");
  await house.person("huda", "Huda Ahmed", "agent");
  archive = await listen(500);
  house.wasl("webhook", "add", "archive", archive.url, "--field", "account_no");
  const [{ reference }] = house.json("case", "list", "--limit", "1");
  house.wasl("case", "hold", reference, "--reason", "quiet");
  house.wasl("case", "resume", reference);
  await until(() => archive.got.length > 0, "the archive is told");
});
after(async () => {
  archive.close();
  assert.equal(await house.stop(), 0);
});

// Another system that is told of cases.
async function listen(status) {
  const got = [];
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (bytes) => (body += bytes));
    request.on("end", () => {
      got.push({ id: request.headers["webhook-id"], ...JSON.parse(body) });
      response.writeHead(status).end();
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${server.address().port}/hooks`, got, close: () => server.close() };
}

const PAGES = ["admin/users", "admin/users/huda", "admin/keys", "admin/sessions", "admin/webhooks", "admin/webhooks/archive", "admin/retention", "admin/audit", "sessions"];

for (const [language, dir] of [["en", "ltr"], ["ar", "rtl"]]) {
  test(`every page opens, light or dark, wide or narrow (${language})`, async () => {
    for (const [dark, width] of [[false, 1440], [true, 390]]) {
      const { page, complaints, close } = await house.visit({ as: "mona", language, dark, width });
      for (const path of PAGES) {
        const response = await page.goto(`/${path}`);
        assert.equal(response.status(), 200, path);
        assert.equal(await page.getAttribute("html", "dir"), dir);
        for (const details of await page.locator("main details").all()) await details.evaluate((one) => (one.open = true));
        assert.deepEqual(await barriers(page), [], path);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${width}`);
        assert.doesNotMatch(await page.content(), /2000000\d/, "whoever says who is told need not see account numbers");
        await picture(page, `${path.replaceAll("/", "-")}-${language}-${width}`);
      }
      assert.deepEqual(complaints, []);
      await close();
    }
  });
}

// Goes on with Tab until what has the focus is what is meant.
async function tabTo(page, is) {
  for (let pressed = 0; pressed < 150; pressed++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((is) => document.activeElement.matches(is), is)) return;
  }
  throw new Error(`the keyboard does not reach ${is}`);
}

async function press(page, key) {
  await Promise.all([page.waitForNavigation(), page.keyboard.press(key)]);
}

for (const [language, name, words] of [
  ["en", "rami", { full: "Rami Isa", once: /not shown again/, out: /Locked out/, again: /may come in again/ }],
  ["ar", "noora", { full: "نورة خالد", once: /لن يعرض ثانية/, out: /مُنع من الدخول/, again: /يمكنه الدخول من جديد/ }],
]) {
  test(`a colleague is invited, comes in by the link, and is locked out, by the keyboard (${language})`, async () => {
    const { page, close } = await house.visit({ as: "mona", language });
    await tabTo(page, "nav a[href='/admin']");
    await press(page, "Enter");
    await tabTo(page, "#name");
    await page.keyboard.type(name);
    await tabTo(page, "#full-name");
    await page.keyboard.type(words.full);
    await tabTo(page, "input[name=role][value=agent]");
    await page.keyboard.press("Space");
    await tabTo(page, "form[action='/admin/users'] button");
    await press(page, "Enter");
    assert.match(await page.textContent("main"), words.once);
    assert.deepEqual(await barriers(page), []);
    await picture(page, `admin-invited-${language}`);
    const link = (await page.textContent("#link")).match(/\/password\/\w+/)[0];

    const guest = await house.visit({ language });
    await guest.page.goto(link);
    for (const field of ["#password", "#again"]) await guest.page.fill(field, "seven quiet lanterns");
    await Promise.all([guest.page.waitForNavigation(), guest.page.click("main button")]);
    await guest.page.fill("#name", name);
    await guest.page.fill("#password", "seven quiet lanterns");
    await Promise.all([guest.page.waitForNavigation(), guest.page.click("main button")]);
    assert.equal(new URL(guest.page.url()).pathname, "/");

    await tabTo(page, `a[href='/admin/users/${name}']`);
    await press(page, "Enter");
    await tabTo(page, "details:has(button[value=disable]) > summary");
    await page.keyboard.press("Enter");
    await tabTo(page, "button[value=disable]");
    await press(page, "Enter");
    assert.match(await page.textContent("[role=status]"), words.out);
    await guest.page.goto("/");
    assert.equal(new URL(guest.page.url()).pathname, "/login", "they are out at once");
    await tabTo(page, "button[value=enable]");
    await press(page, "Enter");
    assert.match(await page.textContent("[role=status]"), words.again);
    await guest.close();
    await close();
  });
}

test("the only administrator cannot lock herself out, and is told why, without scripts", async () => {
  const { page, close } = await house.visit({ as: "mona", scripts: false });
  await page.goto("/admin/users/mona");
  await page.uncheck("input[value=administrator]");
  await page.check("input[value=viewer]");
  await Promise.all([page.waitForNavigation(), page.click("button[value=roles]")]);
  assert.match(await page.textContent("[role=alert]"), /mona is the only administrator who can come in/);
  await page.click("summary:has-text('Lock them out')");
  await Promise.all([page.waitForNavigation(), page.click("button[value=disable]")]);
  assert.match(await page.textContent("[role=alert]"), /only administrator/);
  assert.deepEqual(house.json("user", "list").find((user) => user.name === "mona").roles, ["administrator"]);
  await close();
});

test("a key is made for another system, shown once, used and revoked", async () => {
  const { page, close } = await house.visit({ as: "mona" });
  await page.goto("/admin/keys");
  await tabTo(page, "#name");
  await page.keyboard.type("billing");
  await tabTo(page, "input[value=view_case]");
  await page.keyboard.press("Space");
  await tabTo(page, "form[action='/admin/keys'] button");
  await press(page, "Enter");
  const key = (await page.textContent("#key")).trim();
  assert.equal(key.length, 64);
  assert.deepEqual(await barriers(page), []);
  await picture(page, "admin-key-en");
  const asked = async () => (await fetch(`${house.address}/api/v1/cases`, { headers: { authorization: `Bearer ${key}` } })).status;
  assert.equal(await asked(), 200);
  await page.goto("/admin/keys");
  assert.doesNotMatch(await page.content(), new RegExp(key));
  await tabTo(page, "details.confirm > summary");
  await page.keyboard.press("Enter");
  await tabTo(page, "details.confirm button");
  await press(page, "Enter");
  assert.equal(await asked(), 401);
  await close();
});

test("somebody sees where they are in, and ends what they do not know", async () => {
  const elsewhere = await house.visit({ as: "huda" });
  const { page, close } = await house.visit({ as: "huda", language: "ar" });
  await tabTo(page, "a.who");
  await press(page, "Enter");
  assert.match(await page.textContent("main"), /هذا المتصفح/);
  await tabTo(page, "td button");
  await press(page, "Enter");
  await elsewhere.page.goto("/");
  assert.equal(new URL(elsewhere.page.url()).pathname, "/login");
  assert.equal((await page.goto("/admin/users")).status(), 403, "and no more than that");
  await elsewhere.close();
  await close();
});

test("billing is told of cases, with its secret shown once, and told again when it asks", async () => {
  const billing = await listen(200);
  const { page, close } = await house.visit({ as: "mona", language: "ar" });
  await page.goto("/admin/webhooks");
  await page.fill("#name", "billing");
  await page.fill("#url", "http://billing.example.bh/hooks");
  await Promise.all([page.waitForNavigation(), page.click("form[action='/admin/webhooks'] button")]);
  assert.match(await page.textContent("[role=alert]"), /https:\/\//, "told why");
  assert.equal(await page.inputValue("#name"), "billing", "what was typed is kept");
  await page.focus("#name");
  await tabTo(page, "#url");
  await page.keyboard.type(billing.url);
  await tabTo(page, "input[name=topic][value='case.held']");
  await page.keyboard.press("Space");
  await tabTo(page, "form[action='/admin/webhooks'] button");
  await press(page, "Enter");
  const secret = await page.textContent("#secret");
  assert.match(secret, /^whsec_/);
  assert.deepEqual(await barriers(page), []);
  await picture(page, "admin-webhook-added-ar");
  const [{ reference }] = house.json("case", "list", "--limit", "1");
  house.wasl("case", "hold", reference, "--reason", "quiet");
  await until(() => billing.got.length > 0, "billing is told");
  assert.deepEqual([billing.got[0].type, billing.got[0].data.case], ["case.held", reference]);
  await until(() => house.json("webhook", "show", "billing").deliveries[0].settled_at, "it is noted");
  await page.goto("/admin/webhooks/billing");
  assert.ok(!(await page.content()).includes(secret));
  await tabTo(page, "button[value=redeliver]");
  await press(page, "Enter");
  await until(() => billing.got.length > 1, "told again");
  assert.equal(billing.got[1].id, billing.got[0].id);
  await picture(page, "admin-webhook-told-ar");
  house.wasl("case", "resume", reference);
  billing.close();
  await close();
});

test("who did what is found and proven", async () => {
  const { page, close } = await house.visit({ as: "mona" });
  await page.goto("/admin/users/huda");
  await Promise.all([page.waitForNavigation(), page.click("a[href^='/admin/audit?who=']")]);
  const acts = await page.locator("tbody code").allTextContents();
  assert.ok(acts.includes("login") && acts.includes("password.set"), `${acts}`);
  await Promise.all([page.waitForNavigation(), page.click("form[action='/admin/audit/proof'] button")]);
  assert.match(await page.textContent("[role=status]"), /Every entry is as it was recorded/);
  assert.deepEqual(await barriers(page), []);
  await picture(page, "admin-audit-proof-en");
  await close();
});
