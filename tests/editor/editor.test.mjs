// What an editor with YAML support makes of our schemas, asked through the real YAML language server.
//
//   tests/run tools editor

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Server, TOOLS } from "./server.mjs";

const HEAD = "# yaml-language-server: $schema=./workflow.schema.json\n";
const EVERYTHING = readFileSync("engine/core/src/definition/tests/everything.yaml", "utf8");

let server;
before(async () => (server = await Server.start()));
after(() => server.stop());

// Workflows, and what lies beside them and names a schema.
function shipped(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? shipped(path) : path.endsWith(".yaml") ? [path] : [];
  });
}

// All at once: the server lets each new text rest for a moment before it speaks.
const forEach = (items, check) => Promise.all(items.map(check));

async function said(text) {
  const document = await server.write("workflows", HEAD + text);
  server.close(document);
  return document.said;
}

// Findings about EVERYTHING after a part of it was replaced, without their lines.
async function saidAfter(part, instead) {
  assert.ok(EVERYTHING.includes(part), `\`${part}\` is not in everything.yaml`);
  return (await said(EVERYTHING.replace(part, instead))).map((finding) => finding.replace(/^\d+: /, ""));
}

test("every shipped file names its schema, and the editor finds no fault with it", async () => {
  // Descriptions of gateways have none: `wasl check` and `wasl tool gateway` judge them (docs/gateways.md).
  const hasSchema = (path) => !path.includes(join("config", "gateways"));
  const files = [...shipped("workflows"), ...shipped("config")].filter(hasSchema);
  assert.ok(files.length > 25, `${files.length}`);
  await forEach(files, async (path) => {
    assert.match(readFileSync(path, "utf8"), /^# yaml-language-server: \$schema=/, `${path} names no schema`);
    assert.deepEqual((await server.open(path)).said, [], path);
  });
});

test("a workflow with every key of the language has no fault", async () => {
  assert.deepEqual(await said(EVERYTHING), []);
});

test("nonsense behind any key is marked", async () => {
  const { parseDocument, visit } = createRequire(join(TOOLS, "package.json"))("yaml");
  // Visits every key but those whose values are filled into a fragment: anything may stand there.
  const visitKeys = (document, see) =>
    visit(document, {
      Pair: (_, pair, path) => (path.some((above) => String(above.key) === "use") ? visit.SKIP : see(pair)),
    });
  const keys = [];
  visitKeys(parseDocument(EVERYTHING), (pair) => void keys.push(String(pair.key)));
  await forEach(keys, async (key, index) => {
    const document = parseDocument(EVERYTHING);
    let seen = 0;
    visitKeys(document, (pair) => {
      if (seen++ !== index) return undefined;
      pair.value = document.createNode([[[]]]);
      return visit.BREAK;
    });
    assert.notDeepEqual(await said(String(document)), [], `nothing is said about \`${key}: [[[]]]\``);
  });
});

test("mistakes are marked in words that help", async () => {
  const mistakes = [
    ["start: begin", "strat: begin", "Property strat is not allowed."],
    ["start: begin", "colour: green\nstart: begin", "Property colour is not allowed."],
    ["script: hello, due: 1 working day", "scrip: hello, due: 1 working day", 'Missing property "script".'],
    ["due: 1 working day", "due: soon", "A duration belongs here, such as `3 working days` or `24 hours` or `2 weeks`"],
    ["1 month: write", "1 mnth: write", "A wait belongs here, such as `21 days` or `5 working days` or `3 days after date_of_death`"],
    ["10 days: {at_most: 1", "10 dayz: {at_most: 1", "A duration belongs here, such as `3 working days` or `24 hours` or `2 weeks`"],
    ["priority: high", "priority: urgent", 'Value is not accepted. Valid values: "high", "normal", "low".'],
    ["waiting_on: us", "waiting_on: nobody", 'Value is not accepted. Valid values: "us", "family", "court".'],
    ["next: contact", "next: relative", 'Value is not accepted. Valid values: "contact".'],
    ["{goto: write}", "write", 'Incorrect type. Expected "A branch".'],
    ["1 sms per person in 3 days", "1 sms per family", "A cap belongs here, such as `1 sms per person in 3 days` or `6 messages per case` or `5 call attempts per case in 21 days` or `5 contacts per household in 7 days`"],
    ["at_most: 1", "at_most: 0", "Value is below the minimum of 1."],
    ["call: outside calendar", "fax: outside calendar", "Property fax is not allowed."],
    ["languages: [ar, en]", "languages: [Arabic]", "A language belongs here, such as `ar` or `en`"],
  ];
  await forEach(mistakes, async ([part, instead, finding]) => {
    const findings = await saidAfter(part, instead);
    assert.ok(findings.includes(finding), `${part} → ${instead}\n${findings.join("\n")}`);
  });
});

test("keys are offered where they belong, each with its meaning", async () => {
  const places = [
    ["‸\n", ["workflow", "calendar", "contact_policy", "states"]],
    ["case:\n  fields:\n    heir:\n      ‸\n", ["type", "optional", "personal", "pattern"]],
    ["contact_policy:\n  ‸\n", ["quiet", "not_before", "at_most", "never_to"]],
    ["states:\n  a:\n    ‸\n", ["title", "waiting_on", "do", "next", "on", "every", "after", "end", "reopen"]],
    ["states:\n  a:\n    do:\n      - ‸\n", ["call", "sms", "email", "set"]],
    ["states:\n  a:\n    do:\n      - call:\n          ‸\n", ["queue", "to", "script", "due", "priority", "keep"]],
    ["states:\n  a:\n    on:\n      ‸\n", ["sms.reply", "sms.undelivered", "call.no_contact", "case.updated"]],
    ["states:\n  a:\n    on:\n      call.agreed:\n        ‸\n", ["ask", "goto", "again", "next", "then", "stay", "sms"]],
    ["states:\n  a:\n    every:\n      7 days:\n        ‸\n", ["at_most", "when", "sms", "email", "call"]],
  ];
  await forEach(places, async ([text, keys]) => {
    const offered = await server.complete("workflows", HEAD + text);
    for (const key of keys) {
      assert.ok(offered.has(key), `\`${key}\` is not offered in\n${text}`);
      assert.ok(offered.get(key).about.length > 3, `\`${key}\` is offered without a word in\n${text}`);
    }
  });
});

test("the words of a choice are offered with what they mean", async () => {
  const offered = await server.complete("workflows", HEAD + "states:\n  a:\n    waiting_on: ‸\n");
  assert.deepEqual([...offered.keys()].sort(), ["court", "family", "us"]);
  const types = await server.complete("workflows", HEAD + "case:\n  fields:\n    a:\n      type: ‸\n");
  assert.match(types.get("phone").about, /telephone number/);
});

test("whole pieces are offered to be filled in", async () => {
  const call = await server.complete("workflows", HEAD + "states:\n  a:\n    do:\n      - call:\n          ‸\n");
  assert.equal(call.get("A call …").insert, "queue: ${1:complaints}\nto: ${2:contacts}\nscript: ${3:first-call}\ndue: ${4:1 working day}");
  const sms = await server.complete("workflows", HEAD + "states:\n  a:\n    do:\n      - sms:\n          ‸\n");
  assert.match(sms.get("An SMS …").insert, /template: \$\{2:follow-up\}/);
  const state = await server.complete("workflows", HEAD + "states:\n  first_call: ‸\n");
  assert.match(state.get("A state …").insert, /waiting_on: \$\{3\|us,family,court\|\}/);
  const reaction = await server.complete("workflows", HEAD + "states:\n  a:\n    on:\n      call.agreed:\n        ‸\n");
  assert.match(reaction.get("A reaction …").insert, /goto: /);
});

test("resting on a word shows what it means in the words of the reference", async () => {
  const places = [
    ["states:\n  a:\n    do:\n      - call: {queue: x, due‸: 5 days}\n", ["A duration", "By when, counted from the first moment at which the call may be made."]],
    ["states:\n  a‸:\n    end: success\n", ["A state", "Where a case stands"]],
    ["states:\n  a:\n    waiting_on‸: us\n", ["Whose move it is", "`family`: The family's."]],
    ["states:\n  a:\n    after‸:\n      5 days: b\n", ["When nothing came", "every state that is not an end needs one"]],
    ["states:\n  a:\n    on:\n      sms.reply‸: {goto: b}\n", ["A reaction", "Somebody answered our SMS."]],
    ["contact_policy:\n  at_most‸: 6 messages per case\n", ["A cap", "makes the next contact wait"]],
    ["case:\n  key‸: [cpr]\n", ["there is never a second open case with the same key"]],
  ];
  await forEach(places, async ([text, words]) => {
    const shown = (await server.hover("workflows", HEAD + text)).replace(/\\/g, "");
    for (const word of words) assert.ok(shown.includes(word), `\`${word}\` is not shown for\n${text}\n${shown}`);
    assert.doesNotMatch(shown, /object\(/);
  });
});

// The other kinds of files that people write: where they lie, how they name their schema, one with every key, and where
// in it a place is asked about: what is offered at `‸`, what a word is shown to mean, which mistake is marked.
const KINDS = {
  fragment: {
    folder: "workflows/fragments",
    schema: "../fragment.schema.json",
    everything:
      "fragment: f\ntitle: {en: A piece, ar: جزء}\nwith: [then, wait, n, to]\nuse: other\non:\n  call.no_answer: {again: [4 working hours, $wait], then: $then}\n  sms.failed: {stay: true, call: {queue: desk, to: $to, script: s, priority: $n}}\nevery: {$wait: {at_most: $n, sms: $to}}\nafter: {$wait: $then}\n",
    offered: ["fragment: f\n‸\n", ["with", "on", "after", "events", "anywhere"]],
    shown: ["fragment: f\nwith‸: [to]\n", "Words that it leaves open"],
    mistakes: [
      ["after: {$wait: $then}", "aftr: {$wait: $then}", "Property aftr is not allowed."],
      ["4 working hours", "four working hours", "When to call again belongs here, such as `4 working hours` or `1 working day` or `at answer.when`"],
    ],
  },
  scenario: {
    folder: "workflows/account-transfer/scenarios",
    schema: "../../scenario.schema.json",
    everything: readFileSync("engine/core/src/grammar/tests/scenario.yaml", "utf8"),
    offered: ["scenarios:\n  - name: a\n    steps:\n      - ‸\n", ["at", "after", "answer", "receipt", "expect"]],
    shown: ["scenarios:\n  - name: a\n    steps:\n      - expect‸: {state: a}\n", "What must be true then."],
    mistakes: [
      ["script: first-call", "scrip: first-call", "Property scrip is not allowed."],
      ["at: 2024-05-14 10:00", "at: tomorrow", "A day and a time belongs here, such as `2024-05-12 09:30`"],
      ["standing: ended", "standing: over", 'Value is not accepted. Valid values: "open", "held", "incident", "ended".'],
    ],
  },
  calendar: {
    folder: "config/calendars",
    schema: "../calendar.schema.json",
    everything: readFileSync("engine/core/src/grammar/tests/calendar.yaml", "utf8"),
    offered: ["holidays:\n  - ‸\n", ["date", "from", "to", "name", "provisional", "compensates", "circular"]],
    shown: ["contact‸:\n  sms: {SUN-THU: \"09:00-20:00\"}\n", "When each channel may be used"],
    mistakes: [
      ["compensates: true", "compensate: true", "Property compensate is not allowed."],
      ["FRI: closed", "FRYDAY: closed", "A day of the week belongs here, such as `SUN-THU` or `SAT`"],
      ["date: 2026-05-01", "date: 1 May 2026", "A date belongs here, such as `2024-05-01`"],
    ],
  },
  sources: {
    folder: "config",
    schema: "./sources.schema.json",
    everything: readFileSync("engine/core/src/grammar/tests/sources.yaml", "utf8"),
    offered: ["people:\n  columns:\n    cpr:\n      ‸\n", ["type", "pattern", "personal", "values"]],
    shown: ["people:\n  key‸: [cpr]\n", "make two rows the same record"],
    mistakes: [
      ["csv: var", "cvs: var", "Property cvs is not allowed."],
      ["type: date", "type: dat", 'Valid values: "text", "integer", "number"'],
    ],
  },
  settings: {
    folder: "config",
    schema: "./settings.schema.json",
    everything: readFileSync("config/wasl.yaml", "utf8").replace(/^# yaml-language.*\n/, ""),
    offered: ["dispatch:\n  ‸\n", ["batch", "concurrency", "lease", "attempts", "backoff", "on_uncertain"]],
    shown: ["dispatch:\n  on_uncertain‸: hold\n", "the gateway cannot tell"],
    mistakes: [
      ["shutdown_grace: 20", "shutdown_grase: 20", "Property shutdown_grase is not allowed."],
      ["\n  concurrency: 8", "\n  concurrency: 0", "Value is below the minimum of 1."],
      ["tick: 1 second", "tick: 1 working day", "A time belongs here, such as `30 seconds` or `2 minutes`"],
    ],
  },
};

for (const [kind, file] of Object.entries(KINDS)) {
  const head = `# yaml-language-server: $schema=${file.schema}\n`;

  test(`${kind}: a file with every key has no fault, and mistakes are marked`, async () => {
    const about = async (text) => {
      const document = await server.write(file.folder, head + text);
      server.close(document);
      return document.said;
    };
    assert.deepEqual(await about(file.everything), []);
    await forEach(file.mistakes, async ([part, instead, finding]) => {
      assert.ok(file.everything.includes(part), `\`${part}\` is not in the file`);
      const findings = await about(file.everything.replace(part, instead));
      assert.ok(findings.some((said) => said.includes(finding)), `${part} → ${instead}\n${findings.join("\n")}`);
    });
  });

  test(`${kind}: keys are offered and explained`, async () => {
    const [text, keys] = file.offered;
    const offered = await server.complete(file.folder, head + text);
    for (const key of keys) {
      assert.ok(offered.get(key)?.about.length > 3, `\`${key}\` is not offered with a word about it in\n${text}`);
    }
    const [place, words] = file.shown;
    const shown = (await server.hover(file.folder, head + place)).replace(/\\/g, "");
    assert.ok(shown.includes(words), shown);
  });
}
