// What the console adds to pages that work without it: keys, drafts that survive a lost connection, the seconds in
// which an answer can be taken back, and news from the server. No text for people stands here: pages bring theirs.

const $ = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const words = document.body.dataset;

// ------------------------------------------------------------------ keys

// By the place of the key and not by its letter: an Arabic keyboard has the same keys.
const digits = ["Digit1", "Digit2", "Digit3", "Digit4", "Digit5", "Digit6", "Digit7", "Digit8", "Digit9", "Digit0"];

function keyOf(event) {
  const code = event.code.startsWith("Numpad") ? event.code.replace("Numpad", "Digit") : event.code;
  const digit = digits.indexOf(code);
  if (digit < 0) return event.key === "?" || event.key === "؟" ? "?" : event.key === "/" ? "/" : code.replace("Key", "").toLowerCase();
  return (event.shiftKey ? "⇧" : "") + ((digit + 1) % 10);
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const writes = event.target.closest("input:not([type=checkbox],[type=radio]), textarea, select");
  if (event.key === "Escape" && writes) return writes.blur();
  if (event.key === "Enter" && writes && writes.tagName === "INPUT") return enter(event, writes);
  if (writes || $("dialog[open]")) return;
  const key = keyOf(event);
  const target = all("[data-key]").find((element) => element.dataset.key === key && element.offsetParent !== null);
  if (!target) return;
  event.preventDefault();
  press(target);
});

// Enter within the questions of an outcome means that outcome, whatever stands first in the form.
function enter(event, field) {
  const button = $("button[type=submit]", field.closest("details.ask") ?? field.form ?? document);
  if (!field.closest("details.ask") || !button) return;
  event.preventDefault();
  button.click();
}

function press(target) {
  if (target.matches("summary")) {
    const details = target.parentElement;
    details.open = true;
    $("input:not([type=hidden]), select, textarea", details)?.focus();
  } else if (target.matches("input, textarea, select")) target.focus();
  else target.click();
}

for (const opener of all("[data-opens]")) opener.addEventListener("click", () => $(`#${opener.dataset.opens}`).showModal());

// Of the questions only one set is open at a time.
for (const details of all("details.ask"))
  details.addEventListener("toggle", () => {
    if (details.open) all("details.ask[open]").filter((other) => other !== details).forEach((other) => (other.open = false));
  });

// ------------------------------------------------------------------ what is typed is not lost

const DRAFT_LASTS_MS = 12 * 60 * 60 * 1000;
const form = $("form[data-draft]");
const nameOf = (draft) => `wasl-draft:${draft}`;
const typed = (form) => all("input:not([type=hidden]), textarea, select", form).filter((field) => field.name);

for (const key of Object.keys(localStorage).filter((key) => key.startsWith("wasl-draft:"))) {
  try {
    if (Date.now() - JSON.parse(localStorage.getItem(key)).at > DRAFT_LASTS_MS) localStorage.removeItem(key);
  } catch { localStorage.removeItem(key); }
}
for (const settled of all("[data-settled]")) localStorage.removeItem(nameOf(settled.dataset.settled));
for (const leaving of all("form[data-forgets]"))
  leaving.addEventListener("submit", () => {
    const forgets = leaving.dataset.forgets;
    if (forgets === "*") Object.keys(localStorage).filter((key) => key.startsWith("wasl-draft:")).forEach((key) => localStorage.removeItem(key));
    else localStorage.removeItem(nameOf(forgets));
  });

if (form) {
  keep(form);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, event.submitter);
  });
}

function keep(form) {
  const key = nameOf(form.dataset.draft);
  const saved = JSON.parse(localStorage.getItem(key) ?? "null");
  for (const field of typed(form)) {
    const value = saved?.fields[field.name];
    if (value === undefined || field.value || field.closest("[data-answered]")) continue;
    field.value = value;
    const details = field.closest("details.ask");
    if (details && value) details.open = true;
  }
  form.addEventListener("input", () => {
    const fields = Object.fromEntries(typed(form).filter((field) => field.value).map((field) => [field.name, field.value]));
    localStorage.setItem(key, JSON.stringify({ at: Date.now(), fields }));
  });
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Sending the same answer twice is sending it once, so that it may be tried until it gets through.
async function send(form, submitter) {
  const status = $("#sending");
  const body = new URLSearchParams(new FormData(form, submitter));
  for (;;) {
    try {
      const response = await fetch(form.action, { method: "POST", body });
      if (response.redirected) return void location.assign(response.url);
      if (response.status < 500) return show(await response.text());
    } catch { /* no connection */ }
    status.hidden = false;
    await pause(3000);
  }
}

function show(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  $("main").replaceWith(document.adoptNode($("main", page)));
  document.title = page.title;
  // The new part has forms of its own; a fresh look at it is the simplest that is right.
  const again = $("form[data-draft]");
  if (again) {
    keep(again);
    again.addEventListener("submit", (event) => {
      event.preventDefault();
      send(again, event.submitter);
    });
  }
  $("[aria-invalid=true], [role=alert]")?.focus();
  counting();
}

// ------------------------------------------------------------------ acts on many cases

// What one request leaves over is gone on with; without this, by the button.
$("form[data-goes-on]")?.requestSubmit();

// ------------------------------------------------------------------ seconds in which an answer can be taken back

function counting() {
  for (const note of all("[data-until]:not([data-counts])")) {
    note.dataset.counts = "";
    const until = Date.now() + Number(note.dataset.until);
    const seconds = $(".seconds", note);
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (left <= 0) return void note.remove();
      if (seconds) seconds.textContent = left;
      setTimeout(tick, 250);
    };
    tick();
  }
}
counting();

// ------------------------------------------------------------------ news from the server

if (words.live && "EventSource" in window) {
  const news = new EventSource(words.live);
  news.addEventListener("due", (event) => all("[data-live=due]").forEach((element) => (element.textContent = event.data)));
  news.addEventListener("opened", () => { const wait = $("#nothing-due"); if (wait) location.reload(); });
  news.addEventListener("changed", () => { const note = $("#changed"); if (note) note.hidden = false; });
  addEventListener("pagehide", () => news.close());
}
