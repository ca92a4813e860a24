// A house to try the console in: four families, a calendar that is always open, a daemon, people with passwords, and
// a real browser. Everything lies in a folder of its own and goes with it.

import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

// Where `tests/run tools` puts the packages of tests/tools/package-lock.json.
const TOOLS = resolve(process.env.WASL_TEST_NODE ?? "target/tools/node");
const WASL = resolve(process.env.CARGO_TARGET_DIR ?? "target", "debug/wasl");
const CHROMIUM = process.env.WASL_TEST_CHROMIUM ?? "/usr/bin/chromium";
// Screenshots for people to look at; nobody else's business.
const PICTURES = resolve(process.env.CARGO_TARGET_DIR ?? "target", "browser");
const PASSWORD = "seven quiet lanterns";
const PATIENCE_MS = 30_000;

const need = createRequire(join(TOOLS, "package.json"));
const { chromium } = need("playwright-core");
const { PNG } = need("pngjs");
const AXE = readFileSync(join(TOOLS, "node_modules/axe-core/axe.min.js"), "utf8");

const DEATHS = `registration_no,cpr,full_name_ar,full_name_en,sex,nationality,date_of_death,registered_on,governorate
D1,500101111,أحمد محمد الموسوي,Ahmed Mohamed Almosawi,M,BH,2026-10-01,2026-10-05,northern
D2,500202222,خديجة يوسف الحداد,Khadija Yusuf Alhaddad,F,BH,2026-10-02,2026-10-05,capital
D3,500303333,عيسى جاسم العلوي,Isa Jasim Alalawi,M,BH,2026-10-03,2026-10-05,southern
D4,500404444,مريم علي الصفار,Maryam Ali Alsaffar,F,BH,2026-10-04,2026-10-05,muharraq
`;
const SUBSCRIBERS = `account_no,holder_cpr,holder_name_ar,holder_name_en,subsidised,account_rank,governorate,block,road,house,holder_mobile,avg_monthly_kwh,avg_monthly_m3
20000001,500101111,أحمد محمد الموسوي,Ahmed Mohamed Almosawi,Y,1,northern,1,1,1,+97336600001,3000,50
20000002,500202222,خديجة يوسف الحداد,Khadija Yusuf Alhaddad,Y,1,capital,1,1,2,+97336600002,900,10
20000003,500303333,عيسى جاسم العلوي,Isa Jasim Alalawi,Y,1,southern,1,1,3,+97336600003,700,10
20000004,500404444,مريم علي الصفار,Maryam Ali Alsaffar,Y,1,muharraq,1,1,4,+97336600004,500,10
`;
const CONTACTS = `deceased_cpr,contact_cpr,name_ar,name_en,relation,mobile,email,language
500101111,801010101,ليلى أحمد الموسوي,Layla Ahmed Almosawi,daughter,36611111,,ar
500202222,802020202,حسن علي الحداد,Hasan Ali Alhaddad,son,36622222,,en
500303333,803030303,سارة عيسى العلوي,Sara Isa Alalawi,daughter,36633333,,en
500404444,804040404,يوسف علي الصفار,Yusuf Ali Alsaffar,brother,36644444,,ar
`;
const CALENDAR = `calendar: bahrain-government
title: {en: Always open, ar: مفتوح دائما}
zone: Asia/Bahrain
week: {SUN-SAT: "00:00-23:59"}
contact: {call: {SUN-SAT: "00:00-23:59"}, sms: {SUN-SAT: "00:00-23:59"}, email: {SUN-SAT: "00:00-23:59"}}
`;

export class House {
  #folder = mkdtempSync(join(tmpdir(), "wasl-browser-"));
  #clock = {};
  #daemon;
  #browser;
  address;

  // With `calendar: "shipped"` the hours are those that the shipped scenarios were written for; with `at` its clocks stand
  // still, and its letters are Noto's, wherever it is. With a `provider` people come in by their work accounts.
  static async open({ calendar = "always open", at, provider } = {}) {
    for (const file of [WASL, CHROMIUM]) if (!existsSync(file)) throw new Error(`there is no ${file}; run: tests/run tools browser`);
    const house = new House();
    house.#furnish(calendar, provider && (await house.#accounts(provider)));
    if (at) house.#clock = { LD_PRELOAD: "/usr/$LIB/faketime/libfaketime.so.1", FAKETIME: at, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
    await house.#start();
    house.#browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ["--font-render-hinting=none", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])],
      env: at ? { ...process.env, FONTCONFIG_FILE: resolve("tests/browser/fonts.conf") } : process.env,
    });
    return house;
  }

  // The program, perhaps under a clock that stands still; time that only passes goes on.
  #call(...args) {
    const env = { ...process.env, TZ: "UTC", ...this.#clock };
    return [WASL, [...args, "--config", join(this.#folder, "wasl.yaml")], { env }];
  }

  // Settings of a house whose people have work accounts, which has to know beforehand where it will be.
  async #accounts({ issuer, secret }) {
    const free = createServer();
    await new Promise((done) => free.listen(0, "127.0.0.1", done));
    const listen = `127.0.0.1:${free.address().port}`;
    await new Promise((done) => free.close(done));
    writeFileSync(join(this.#folder, "secret"), secret);
    const access = `access:\n  oidc:\n    issuer: ${issuer}\n    client_id: wasl\n    client_secret: {file: ${this.#folder}/secret}\n    roles: {staff: agent}\n`;
    return { listen, access };
  }

  #furnish(calendar, { listen = "127.0.0.1:0", access } = {}) {
    const write = (path, text) => {
      mkdirSync(join(this.#folder, path, ".."), { recursive: true });
      writeFileSync(join(this.#folder, path), text);
    };
    write("deaths/all.csv", DEATHS);
    write("subscribers.csv", SUBSCRIBERS);
    write("contacts.csv", CONTACTS);
    const shipped = calendar === "shipped" && readFileSync("config/calendars/bahrain-government.yaml", "utf8");
    write("calendars/bahrain-government.yaml", shipped || CALENDAR);
    const sources = readFileSync("config/sources.yaml", "utf8")
      .replace("examples/bahrain-year/death-register/*.csv", `${this.#folder}/deaths/*.csv`)
      .replace("examples/bahrain-year/subscribers.csv", `${this.#folder}/subscribers.csv`)
      .replace("examples/bahrain-year/contacts.csv", `${this.#folder}/contacts.csv`);
    write("sources.yaml", sources);
    const settings = readFileSync("config/wasl.yaml", "utf8")
      .replace("sqlite://var/wasl.sqlite", `sqlite://${this.#folder}/wasl.sqlite`)
      .replace("calendars: config/calendars", `calendars: ${this.#folder}/calendars`)
      .replace("sources: config/sources.yaml", `sources: ${this.#folder}/sources.yaml`)
      .replace("this_machine: false", "this_machine: true")
      .replaceAll("var/sandbox.jsonl", `${this.#folder}/sandbox.jsonl`)
      .replace("listen: 127.0.0.1:8080", access ? `listen: ${listen}\npublic_url: http://${listen}` : `listen: ${listen}`)
      .replace(/^access:\n/m, access ?? "$&");
    write("wasl.yaml", settings);
  }

  // The daemon says where it listens; port 0 asked for any that is free.
  async #start() {
    this.#daemon = spawn(...this.#call("serve", "--lang", "en"));
    let said = "";
    this.#daemon.stderr.on("data", (bytes) => (said += bytes));
    const listens = new Promise((found) =>
      this.#daemon.stdout.on("data", (bytes) => {
        said += bytes;
        const address = said.match(/http:\/\/127\.0\.0\.1:\d+/);
        if (address && said.includes("Ctrl-C")) found(address[0]);
      }),
    );
    this.address = await Promise.race([
      listens,
      new Promise((_, fail) => setTimeout(() => fail(new Error(`the daemon does not start:\n${said}`)), PATIENCE_MS)),
    ]);
  }

  // Puts a file into the house's folder.
  write(path, text) {
    writeFileSync(join(this.#folder, path), text);
  }

  // Asks the command line, which sees the same database.
  wasl(...args) {
    const [program, rest, options] = this.#call(...args);
    return execFileSync(program, rest, { ...options, encoding: "utf8" });
  }

  json(...args) {
    return JSON.parse(this.wasl(...args, "--format", "json"));
  }

  // Adds somebody, who chooses a password by the link.
  async person(name, fullName, ...roles) {
    const said = this.wasl("user", "add", name, "--full-name", fullName, ...roles.flatMap((role) => ["--role", role]));
    const { page, close } = await this.visit();
    await page.goto(said.match(/\/password\/\S+/)[0]);
    await page.fill("#password", PASSWORD);
    await page.fill("#again", PASSWORD);
    await page.click("main button");
    await close();
  }

  // A browser of their own for somebody, with what went wrong in it.
  async visit({ as, language = "en", width = 1280, dark = false, scripts = true } = {}) {
    const context = await this.#browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: scripts,
      locale: language === "ar" ? "ar-BH" : "en-GB",
      baseURL: this.address,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(error.message));
    page.on("console", (message) => message.text().includes("Content Security Policy") && complaints.push(message.text()));
    if (as) {
      await page.goto("/login");
      await page.fill("#name", as);
      await page.fill("#password", PASSWORD);
      await page.click("form[action='/login'] button");
      await page.waitForURL(`${this.address}/`);
      if ((await page.getAttribute("html", "lang")) !== language)
        await Promise.all([page.waitForNavigation(), page.click("button[name=language]")]);
    }
    return { page, context, complaints, close: () => context.close() };
  }

  async stop() {
    await this.#browser?.close();
    const ended = new Promise((done) => this.#daemon.on("exit", done));
    this.#daemon.kill("SIGTERM");
    const code = await ended;
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }
}

// What axe finds that keeps somebody from using a page.
export async function barriers(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.html.slice(0, 120)} ${node.failureSummary}`).join("\n  ")}`);
}

// What differs between a page and the picture that is kept of it, as a share of the picture; keeps both where people can look at
// them. With WASL_BLESS=1 the page becomes the picture.
export async function difference(page, name) {
  const kept = resolve("tests/browser/pictures", `${name}.png`);
  const now = await page.screenshot({ animations: "disabled", caret: "hide" });
  if (process.env.WASL_BLESS) {
    mkdirSync(join(kept, ".."), { recursive: true });
    writeFileSync(kept, now);
    return 0;
  }
  if (!existsSync(kept)) throw new Error(`there is no ${kept}; make it with WASL_BLESS=1 tests/run browser, and look at it`);
  const [before, after] = [PNG.sync.read(readFileSync(kept)), PNG.sync.read(now)];
  if (before.width !== after.width || before.height !== after.height) return 1;
  const marks = new PNG({ width: before.width, height: before.height });
  const { default: pixelmatch } = await import(pathToFileURL(need.resolve("pixelmatch")));
  pixelmatch(before.data, after.data, marks.data, before.width, before.height, { threshold: 0.2, diffMask: true });
  const share = moved(before, after, marks) / (before.width * before.height);
  mkdirSync(PICTURES, { recursive: true });
  for (const [kind, bytes] of [["now", now], ["difference", PNG.sync.write(marks)]])
    if (share > 0) writeFileSync(join(PICTURES, `${name}.${kind}.png`), bytes);
  return share;
}

// Another release of the browser draws letters and edges a pixel or two beside where they were: a pixel that differs counts only
// if nothing so near looks like it, in either picture. Takes the mark off the others.
const NEAR = 2;
const ALIKE = 48;

function moved(before, after, marks) {
  let count = 0;
  for (let y = 0; y < marks.height; y++)
    for (let x = 0; x < marks.width; x++) {
      const at = 4 * (y * marks.width + x);
      if (marks.data[at + 3] === 0) continue;
      if (isNear(before, after, x, y) && isNear(after, before, x, y)) marks.data[at + 3] = 0;
      else count++;
    }
  return count;
}

function isNear(one, other, x, y) {
  const at = 4 * (y * one.width + x);
  for (let row = Math.max(y - NEAR, 0); row <= Math.min(y + NEAR, other.height - 1); row++)
    for (let column = Math.max(x - NEAR, 0); column <= Math.min(x + NEAR, other.width - 1); column++) {
      const there = 4 * (row * other.width + column);
      if ([0, 1, 2].every((n) => Math.abs(one.data[at + n] - other.data[there + n]) <= ALIKE)) return true;
    }
  return false;
}

export async function picture(page, name) {
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
}

// Waits until something is so that happens in the daemon.
export async function until(is, what) {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const found = is();
    if (found) return found;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error(`in vain: ${what}`);
}
