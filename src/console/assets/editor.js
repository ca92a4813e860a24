// What the desk of a draft adds to a page that works without it: findings and sizes while somebody types, line numbers, and
// text that no lost connection loses. Stands on console.js; no text for people stands here.

const CHECK_AFTER_MS = 600;
const TRY_AGAIN_MS = 3000;
let typing = 0;

function openDesk() {
  const desk = $("form[data-editor]");
  if (!desk) return;
  const fields = all("textarea[data-path]", desk);
  restore(desk, fields);
  for (const field of fields) {
    number(field);
    field.addEventListener("input", () => {
      hold(desk, fields);
      number(field);
      clearTimeout(typing);
      typing = setTimeout(() => look(desk), CHECK_AFTER_MS);
    });
    field.addEventListener("scroll", () => scrolled(field));
  }
  desk.addEventListener("submit", (event) => {
    if (event.submitter?.value !== "save") return;
    event.preventDefault();
    keepTrying(desk, event.submitter);
  });
  const line = Number(new URLSearchParams(location.search).get("line"));
  if (line) go(fields[0], line, 1);
  else $("[role=alert][tabindex]")?.focus();
}

// ------------------------------------------------------------------ findings while typing

let looks = 0;

async function look(desk) {
  const mine = ++looks;
  const body = new URLSearchParams(new FormData(desk));
  body.set("act", "check");
  body.set("live", "1");
  try {
    const response = await fetch(desk.action, { method: "POST", body });
    // An answer that a later one has overtaken says nothing any more.
    if (!response.ok || response.redirected || mine !== looks) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const part of all("[data-part]")) {
      const fresh = $(`[data-part="${part.dataset.part}"]`, page);
      if (fresh) part.replaceChildren(...[...fresh.childNodes].map((node) => document.adoptNode(node)));
    }
    all("textarea[data-path]").forEach(number);
  } catch { /* No connection: the next pause looks again. */ }
}

// ------------------------------------------------------------------ lines

function number(field) {
  const gutter = $(".gutter", field.parentElement);
  if (!gutter) return;
  const wrong = new Map(all(`[data-file="${CSS.escape(field.dataset.path)}"]`).map((link) => [Number(link.dataset.line), true]));
  const count = field.value.split("\n").length;
  const lines = Array.from({ length: count }, (_, at) => {
    const line = document.createElement("span");
    line.textContent = `${at + 1}\n`;
    if (wrong.has(at + 1)) line.className = "wrong-line";
    return line;
  });
  gutter.replaceChildren(...lines);
  scrolled(field);
}

function scrolled(field) {
  const gutter = $(".gutter", field.parentElement);
  if (gutter) gutter.scrollTop = field.scrollTop;
}

function go(field, line, column) {
  if (!field) return;
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  field.focus();
  field.setSelectionRange(start + column - 1, start + (lines[line - 1] ?? "").length);
  const height = parseFloat(getComputedStyle(field).lineHeight) || 20;
  field.scrollTop = Math.max(0, (line - 6) * height);
  field.scrollIntoView({ block: "center" });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-file]");
  const field = link && all("textarea[data-path]").find((field) => field.dataset.path === link.dataset.file);
  if (!field) return;
  event.preventDefault();
  go(field, Number(link.dataset.line), Number(link.dataset.column));
});

document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.code !== "KeyS") return;
  const button = $("form[data-editor] button[value=save]");
  if (!button) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});

// ------------------------------------------------------------------ what is typed is not lost

const keyOfDesk = (desk) => nameOf(desk.dataset.editor);
const wasOf = (desk, field) => desk.elements[`was:${field.dataset.path}`];

function hold(desk, fields) {
  const kept = fields.map((field) => [field.dataset.path, { text: field.value, was: wasOf(desk, field).value }]);
  localStorage.setItem(keyOfDesk(desk), JSON.stringify({ at: Date.now(), fields: Object.fromEntries(kept) }));
}

// With what stood there when it was typed: if somebody saved the same text meanwhile, saving shows both.
function restore(desk, fields) {
  const kept = JSON.parse(localStorage.getItem(keyOfDesk(desk)) ?? "null")?.fields;
  if (!kept || $("[role=alert]")) return;
  let back = false;
  for (const field of fields) {
    const held = kept[field.dataset.path];
    if (!held || held.text === field.value || field.readOnly) continue;
    field.value = held.text;
    wasOf(desk, field).value = held.was;
    back = true;
  }
  if (!back) return;
  $("#restored").hidden = false;
  $("[data-forget]", desk).addEventListener("click", () => {
    localStorage.removeItem(keyOfDesk(desk));
    location.reload();
  });
  look(desk);
}

async function keepTrying(desk, button) {
  const status = $("#sending");
  for (;;) {
    try {
      const response = await fetch(desk.action, { method: "POST", body: new URLSearchParams(new FormData(desk, button)) });
      if (response.redirected) return void location.assign(response.url);
      if (response.status < 500) {
        const page = new DOMParser().parseFromString(await response.text(), "text/html");
        $("main").replaceWith(document.adoptNode($("main", page)));
        return openDesk();
      }
    } catch { /* no connection */ }
    status.hidden = false;
    await pause(TRY_AGAIN_MS);
  }
}

openDesk();
