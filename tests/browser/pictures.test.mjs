// What the key pages look like, beside pictures that somebody has looked at: in both languages, light and dark, at the
// width of a telephone, a tablet and a desk. The clock stands still on a Tuesday morning in Bahrain.
//
//   tests/run tools browser                what differs lies in target/browser, as `now` and `difference`
//   WASL_BLESS=1 tests/run browser         keeps the pages of now; look at them before you commit them

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { House, difference, until } from "./house.mjs";

// What another release of the browser, or of its letters, leaves where a pixel here and there adds up down a page: half of this.
// What moves by ten pixels is three times as much.
const SHARE_MAX = 0.01;
const WIDTHS = [390, 820, 1440];

let house, paths;
before(async () => {
  house = await House.open({ at: "2026-11-24 07:00:00" });
  await house.person("huda", "Huda Ali", "agent", "supervisor", "editor", "administrator");
  const task = house.json("task", "next", "--agent", "huda", "--queue", "complaints");
  // The daemon counts for the report a moment after the cases are there.
  await until(() => {
    const { total, behind } = house.json("report");
    return total.opened === 4 && !behind;
  }, "the daemon counts");
  paths = {
    day: "/",
    call: `/tasks/${task.id}`,
    cases: "/cases",
    case: `/cases/${task.case}`,
    workflow: "/workflows/account-transfer",
    texts: "/workflows/account-transfer/texts",
    queues: "/queues",
    reports: "/reports",
    users: "/admin/users",
  };
});
after(async () => assert.equal(await house.stop(), 0));

for (const [language, dark] of [["en", false], ["ar", true]])
  for (const width of WIDTHS)
    test(`the key pages look as they did (${language}, ${width} px)`, async () => {
      const differing = {};
      const note = async (page, name) => {
        const share = await difference(page, `${name}-${language}-${width}`);
        if (share > SHARE_MAX) differing[name] = `${(share * 100).toFixed(2)} %`;
      };
      const stranger = await house.visit({ language, width, dark });
      await stranger.page.goto("/login");
      await note(stranger.page, "login");
      await stranger.close();
      const { page, close } = await house.visit({ as: "huda", language, width, dark });
      for (const [name, path] of Object.entries(paths)) {
        await page.goto(path);
        await note(page, name);
      }
      await close();
      assert.deepEqual(differing, {}, "look at target/browser; bless what is meant with WASL_BLESS=1");
    });
