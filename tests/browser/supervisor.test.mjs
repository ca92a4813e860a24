// What a supervisor does in a real browser: find a case by a name in either script, see why it stands where it stands,
// act with a reason, look at the whole.
//
//   tests/run tools browser

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, barriers, picture, until } from "./house.mjs";

let house;
before(async () => {
  house = await House.open();
  await house.person("sami", "Sami Ali", "supervisor");
  await house.person("wafa", "Wafa Isa", "viewer");
});
after(async () => assert.equal(await house.stop(), 0, "the daemon ends well, whatever pages are open"));

const PAGES = ["cases", "incidents", "queues", "outbox", "workflows", "workflows/account-transfer", "detections", "stops"];

for (const [language, dir] of [["en", "ltr"], ["ar", "rtl"]]) {
  test(`every page opens to everybody who may, light or dark, wide or narrow (${language})`, async () => {
    for (const [dark, width] of [[false, 1440], [true, 390]]) {
      const { page, complaints, close } = await house.visit({ as: "sami", language, dark, width });
      const [first] = house.json("case", "list", "--limit", "1");
      for (const path of [...PAGES, `cases/${first.reference}`]) {
        const response = await page.goto(`/${path}`);
        assert.equal(response.status(), 200, path);
        assert.equal(await page.getAttribute("html", "dir"), dir);
        assert.deepEqual(await barriers(page), [], path);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${path} is ${overflow} px too wide at ${width}`);
        await picture(page, `${path.replaceAll("/", "-").replace(first.reference, "one")}-${language}-${width}`);
      }
      assert.deepEqual(complaints, []);
      await close();
    }
  });
}

test("a case is found by a name in either script, by a number however it is written, and by its reference", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  const [expected] = house.json("case", "list", "--search", "36611111");
  for (const words of ["almosawi ahmed", "احمد الموسوى", "ليلي", "+973 3661 1111", "٣٦٦١ ١١١١", expected.reference.toLowerCase().slice(0, 4)]) {
    await page.goto("/cases");
    await page.keyboard.press("/");
    await page.keyboard.type(words);
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=/);
    const found = await page.locator("tbody a").allTextContents();
    assert.ok(found.includes(expected.reference), `${words}: ${found}`);
    assert.ok(found.length < 4, `${words} finds ${found.length}`);
  }
  await page.goto("/cases?q=nobody");
  assert.equal(await page.locator("tbody a").count(), 0);
  await close();
});

test("a case is held with a reason, told so in its history, and goes on", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  const [{ reference }] = house.json("case", "list", "--search", "Alhaddad");
  await page.goto(`/cases/${reference}`);
  assert.match(await page.textContent("main"), /10 working days/, "a deadline says how it came about");
  await page.click("summary:has-text('Hold it')");
  await page.fill("#reason-hold", "the family asked for a week of quiet");
  await Promise.all([page.waitForNavigation(), page.click("details[open] button")]);
  assert.match(await page.textContent("main"), /the family asked for a week of quiet \(operator:sami\)/);
  const stands = () => house.json("case", "show", reference).case.standing;
  assert.equal(stands(), "held");
  await page.click("summary:has-text('Let it go on')");
  await Promise.all([page.waitForNavigation(), page.click("details[open] button")]);
  assert.equal(stands(), "open");
  await close();
});

test("an event that billing reports by phone is told to the case", async () => {
  const { page, close } = await house.visit({ as: "sami", language: "ar" });
  const [{ reference }] = house.json("case", "list", "--search", "Alalawi");
  await page.goto(`/cases/${reference}`);
  await page.click("summary:has-text('أبلغها بما حدث')");
  await page.selectOption("#event-event", "account.transferred");
  await Promise.all([page.waitForNavigation(), page.click("details[open] button")]);
  assert.equal(house.json("case", "show", reference).case.state, "transfer_done");
  await close();
});

test("the outbox is held with a reason and let go", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  await page.goto("/outbox");
  await page.selectOption("#what", "channel sms");
  await page.fill("#reason", "the gateway sends twice");
  await Promise.all([page.waitForNavigation(), page.click("form[action='/outbox/hold'] button")]);
  assert.match(await page.textContent(".note"), /the gateway sends twice/);
  assert.equal(house.json("outbox", "status").holds[0].reason, "the gateway sends twice");
  await Promise.all([page.waitForNavigation(), page.click("form[action='/outbox/release'] button")]);
  assert.deepEqual(house.json("outbox", "status").holds, []);
  await close();
});

test("whoever asks us to stop is noted, and nobody rings them any more", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  await page.goto("/stops");
  await page.fill("#subject", "12");
  await page.fill("#reason", "asked at the counter");
  await Promise.all([page.waitForNavigation(), page.click("form[action='/stops'] button")]);
  assert.equal(await page.inputValue("#reason"), "asked at the counter", "what was typed is kept");
  await page.fill("#subject", "3664 4444");
  await Promise.all([page.waitForNavigation(), page.click("form[action='/stops'] button")]);
  assert.match(await page.textContent("tbody"), /asked at the counter/);
  await until(() => house.json("task", "list").every((task) => task.to !== "+97336644444"), "the call is taken back");
  await close();
});

test("an open page hears that its case has changed", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  const [{ reference }] = house.json("case", "list", "--search", "Almosawi");
  await page.goto(`/cases/${reference}`);
  house.wasl("case", "hold", reference, "--reason", "from elsewhere");
  await page.waitForSelector("#changed:not([hidden])");
  house.wasl("case", "resume", reference);
  await close();
});

const MOVES = [
  { language: "en", summary: "Move it to another state", to: "follow_up_sms", title: "Follow-up SMS", told: /moved by hand: they want it in writing \(operator:sami\)/, why: "they want it in writing" },
  { language: "ar", summary: "انقلها إلى مرحلة أخرى", to: "first_call", title: "الاتصال الأول", told: /نقلها موظف بيده: يريدون مكالمة \(operator:sami\)/, why: "يريدون مكالمة" },
];

for (const { language, summary, to, title, told, why } of MOVES) {
  test(`a case is moved by keyboard alone, after one has seen what that leads to (${language})`, async () => {
    const { page, complaints, close } = await house.visit({ as: "sami", language });
    const [{ reference }] = house.json("case", "list", "--search", "Alhaddad");
    const state = () => house.json("case", "show", reference).case.state;
    const before = state();
    await page.goto(`/cases/${reference}`);
    await page.focus(`summary:has-text('${summary}')`);
    await page.keyboard.press("Enter");
    await page.selectOption("#to", to);
    await page.focus("details[open] button");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.deepEqual(await barriers(page), []);
    await picture(page, `move-${language}`);
    assert.ok((await page.textContent("h1")).includes(title), "the state is called as people call it");
    if (to === "follow_up_sms") assert.match(await page.textContent("blockquote"), new RegExp(reference), "the very text that would be sent");
    assert.equal(state(), before, "looking changes nothing");
    await page.focus("#reason");
    await page.keyboard.type(why);
    await page.keyboard.press("Tab");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(state(), to);
    assert.match(await page.textContent("main"), told);
    assert.deepEqual(complaints, []);
    await close();
  });
}

for (const [language, act, dir] of [["en", "hold", "ltr"], ["ar", "resume", "rtl"]]) {
  test(`several cases are acted on by keyboard alone, without a script, once they were looked at (${language})`, async () => {
    const { page, close } = await house.visit({ as: "sami", language, scripts: false });
    const open = act === "hold" ? "open" : "held";
    await page.goto(`/cases?standing=${open}`);
    const boxes = page.locator("tbody input[type=checkbox]");
    const [first, second] = [await boxes.nth(0).inputValue(), await boxes.nth(1).inputValue()];
    for (const at of [0, 1]) {
      await boxes.nth(at).focus();
      await page.keyboard.press("Space");
    }
    await page.selectOption("#act", act);
    await page.focus("button[value=chosen]");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(await page.getAttribute("html", "dir"), dir);
    const said = await page.textContent("main");
    assert.ok(said.includes(first) && said.includes(second), said);
    await picture(page, `several-${language}`);
    if (act === "hold") await page.fill("#reason", "the office is closed");
    await Promise.all([page.waitForNavigation(), page.click("button.main")]);
    assert.match(await page.textContent(".note"), language === "ar" ? /تم: حالتان/ : /Done: 2 cases/);
    const standing = (reference) => house.json("case", "show", reference).case.standing;
    assert.deepEqual([standing(first), standing(second)], act === "hold" ? ["held", "held"] : ["open", "open"]);
    await close();
  });
}

for (const [language, name, words] of [["en", "Held ones", "Save this view"], ["ar", "الموقوفة", "احفظ هذا العرض"]]) {
  test(`a filter is saved under a name, stands on top of the list and is removed (${language})`, async () => {
    const { page, complaints, close } = await house.visit({ as: "sami", language });
    await page.goto("/cases?standing=held");
    await page.focus(`summary:has-text('${words}')`);
    await page.keyboard.press("Enter");
    await page.fill("#view-name", name);
    await page.check("input[name=shared]");
    await page.focus("#view-name");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(await page.textContent(".views a[aria-current=page]"), name);
    assert.deepEqual(await barriers(page), []);
    await picture(page, `views-${language}`);
    const other = await house.visit({ as: "wafa", language });
    await other.page.goto("/cases");
    await Promise.all([other.page.waitForNavigation(), other.page.click(`.views a:has-text('${name}')`)]);
    assert.match(other.page.url(), /standing=held/);
    assert.equal(await other.page.locator(".views form").count(), 0, "who only looks on removes nothing of others");
    await other.close();
    await page.focus(".views form button");
    await Promise.all([page.waitForNavigation(), page.keyboard.press("Enter")]);
    assert.equal(await page.locator(".views").count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  });
}

test("queues say how much waits in them and how old it is", async () => {
  const { page, close } = await house.visit({ as: "sami" });
  await page.goto("/queues");
  const waiting = house.json("task", "list").filter((task) => task.queue === "complaints").length;
  const row = page.locator("tbody tr", { hasText: "Complaints" });
  assert.ok(waiting > 0);
  assert.equal(Number(await row.locator("td").nth(0).textContent()), waiting);
  assert.match(await row.locator("td").nth(3).textContent(), /today/);
  await picture(page, "queues-en");
  await close();
});

test("what would be done to several cases, and what was, can be read by everybody (both languages)", async () => {
  for (const language of ["en", "ar"]) {
    const { page, complaints, close } = await house.visit({ as: "sami", language, dark: true, width: 390 });
    await page.goto("/cases?workflow=account-transfer");
    await page.selectOption("#act", "move");
    await page.selectOption("select[name=to]", "escalation");
    // All that match leaves out what is over; a case that is ticked is asked.
    for (const box of await page.locator("tbody input[name=case]").all()) await box.check();
    await Promise.all([page.waitForNavigation(), page.click("button[value=chosen]")]);
    assert.deepEqual(await barriers(page), []);
    assert.equal(await page.locator("#refused-title").count(), 1, "the case that is over would refuse it");
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(overflow <= 0, `${overflow} px too wide`);
    await page.fill("#reason", "a visit is due");
    await Promise.all([page.waitForNavigation(), page.click("button.main")]);
    assert.deepEqual(await barriers(page), []);
    assert.equal(await page.locator("#refused-title").count(), 1);
    await picture(page, `acted-${language}`);
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("who only looks on sees where cases stand and no name, number or text", async () => {
  const { page, close } = await house.visit({ as: "wafa" });
  const [{ reference }] = house.json("case", "list", "--search", "Almosawi");
  for (const path of ["/cases", "/cases?q=Almosawi", `/cases/${reference}`]) {
    await page.goto(path);
    assert.doesNotMatch(await page.textContent("main"), /Almosawi|الموسوي|ليلى|3661/, path);
  }
  await page.goto("/cases?q=Almosawi");
  assert.equal(await page.locator("tbody a").count(), 0, "nor finds them out by searching");
  for (const path of ["/outbox", "/stops", "/detections"]) assert.equal((await page.goto(path)).status(), 403, path);
  await close();
});
