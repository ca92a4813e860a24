//! Descriptions with mistakes: every one is found, with its place, and nothing hangs or breaks.

use super::super::decode::{self, KEYS};
use super::shipped;

/// Small, whole, and right.
const GOOD: &str = "gateway: g
values: {user: }
secrets: [key]
send:
  path: /send
  query: {u: '{{ user }}', k: '{{ key }}', to: '{{ to }}', t: '{{ text }}'}
answer:
  outcomes:
    - {http: 2xx, means: accepted}
";

fn findings(source: &str) -> Vec<String> {
    let (_, report) = decode::read("g.yaml", source);
    let line = |finding: &wasl_core::diagnostic::Diagnostic| {
        let (line, column) = finding.position(source);
        let help = finding.suggestion.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
        format!("{line}:{column} {} {}{help}", finding.code, finding.message)
    };
    report.findings.iter().map(line).collect()
}

#[test]
fn the_shipped_descriptions_are_right() {
    for name in ["kannel", "unifonic", "infobip"] {
        let source = std::fs::read_to_string(shipped(&format!("{name}.yaml"))).unwrap();
        let (description, report) = decode::read(name, &source);
        assert!(report.findings.is_empty(), "{}", report.render(false));
        assert_eq!(description.unwrap().name(), name);
    }
    assert_eq!(findings(GOOD), [""; 0]);
}

#[test]
fn every_mistake_is_found_in_one_run_with_its_place() {
    let source = "gateway: g
valuse: {user: }
secrets: [key, spare]
send:
  method: FETCH
  path: send?x=1
  query: {k: '{{ kay }}', to: '{{ to }}', n: '{{ to | uper }}'}
  headers: {Host: x}
  form: {t: '{{ text }}'}
  text: '{{ report_url }}'
answer:
  outcomes:
    - {http: 2x, means: acepted}
    - {means: retry}
    - {json: success, is: true, means: retry}
    - {body: '(', means: retry}
  id: {query: id}
statuses:
  delivered: [OK, DONE]
  failed: ok
  gone: X
errors:
  bad: [1]
receipts:
  proof: {token: kex}
  status: {form: s, json: /s}
find:
  request: {path: /log}
  each: results
  same: {}
  id: {json: /id}
  settle: 2 days
";
    let expected = [
        "2:1 W003 the description of a gateway has no key `valuse` (did you mean `values`?)",
        "5:11 W006 there is no method `FETCH` here (known here: `GET`, `POST`, `PUT`)",
        "6:9 W006 a path begins with `/` and ends before `?` (write for example `/sms/send`, and parameters under `query`)",
        "7:18 W021 there is no `kay` here (did you mean `key`?)",
        "7:46 W021 `n` cannot be put together: filter uper is unknown",
        "8:13 W006 Wasl writes the header `host` itself",
        "10:9 W006 a request has one body: `form`, `json` or `text`",
        "13:5 W004 no outcome means `accepted` (add for example `{http: 2xx, means: accepted}`)",
        "13:14 W006 `2x` is not an HTTP status (write for example `202` or `4xx`)",
        "13:25 W006 an answer cannot mean `acepted` (did you mean `accepted`?)",
        "14:7 W004 an outcome says what the answer must be: `http`, `body` or `json`",
        "15:14 W006 `success` is not a JSON pointer, which begins with `/` (write `/success`)",
        "16:14 W006 this is not a pattern: unclosed group",
        "17:15 W006 an answer has no parameters, only a body and headers",
        "20:11 W002 `ok` stands under two statuses",
        "21:3 W003 a message is never `gone` (known here: `accepted`, `sent`, `delivered`, `undelivered`, `failed`)",
        "23:3 W003 there is no class of errors `bad` (known here: `bad_number`, `opted_out`, `misconfigured`, `blocked`, `retry`, `retry_limited`, `unclear`, `none`)",
        "25:3 W004 a report is tied to its message by our id (`message`), or by the gateway's (`id`, also in `answer`)",
        "25:18 W006 there is no secret `kex` (did you mean `key`?)",
        "26:11 W006 the status stands in exactly one place (write for example `{json: /id}`, `{query: id}`, `{form: id}`, `{header: x-id}` or `{pattern: 'id=([0-9]+)'}`)",
        "29:9 W006 `results` is not a JSON pointer, which begins with `/` (write `/results`)",
        "30:9 W006 `same` must say how the message is known among others",
        "32:11 W034 `settle` is counted in hours, minutes or seconds, and longer than nothing",
    ];
    let found = findings(source);
    assert_eq!(found, expected, "\n{}", found.join("\n"));
}

#[test]
fn what_would_reach_nobody_is_found() {
    let changed = |from: &str, to: &str| {
        assert!(GOOD.contains(from));
        findings(&GOOD.replace(from, to))
    };
    assert_eq!(changed(", to: '{{ to }}'", ""), ["5:3 W004 no part of this request carries `{{ to }}`"]);
    assert_eq!(changed(", t: '{{ text }}'", ""), ["5:3 W004 no part of this request carries `{{ text }}`"]);
    assert_eq!(changed("secrets: [key]", "secrets: [to, key]")[0], "3:11 W002 `to` is a name already");
    let path = changed("path: /send", "path: '/{{ from }}/send'");
    assert!(path[0].contains("`from` is not there for every message, and `path` cannot be left out"), "{path:?}");
    assert_eq!(changed("[key]", "[key, spare]"), ["3:16 W037 nothing uses `spare` (use it or take it out)"]);
    let unsaid = format!("{GOOD}receipts: {{proof: {{token: key}}, message: {{query: m}}, status: {{query: s}}}}\n");
    assert!(findings(&unsaid)[0].contains("`statuses` must say"), "{:?}", findings(&unsaid));
}

#[test]
fn hostile_descriptions_end_soon_and_as_findings() {
    let put = |text: &str| GOOD.replace("'{{ user }}'", &format!("'{text}'"));
    let deep = format!("a: {}x{}\n", "[".repeat(5_000), "]".repeat(5_000));
    let (lines, large) = ("k: v\n".repeat(13_000), " ".repeat(65 * 1024));
    for source in [
        put("{% for a in range(99999) %}{% for b in range(99999) %}{{ user }}{% endfor %}{% endfor %}"),
        put("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"),
        put(&format!("{{{{ {}user{} }}}}", "(".repeat(5_000), ")".repeat(5_000))),
        put(&"{{ user }}".repeat(5_000)),
        put("{{ \"a\" * 999999999 }}"),
        GOOD.replace("http: 2xx", &format!("body: '{}'", "(a{999}){999}")),
        GOOD.replace("http: 2xx", &format!("body: '{}'", "(".repeat(2_000))),
        GOOD.replace("path: /send", &format!("path: '/{}'", "{{".repeat(3_000))),
        deep,
        lines,
        large,
        String::from("\u{0}\u{FFFD}"),
    ] {
        let started = std::time::Instant::now();
        let (_, report) = decode::read("g.yaml", &source);
        assert!(report.has_errors(), "{}", &source[..source.len().min(300)]);
        // Seconds, on a machine that builds something else meanwhile.
        assert!(started.elapsed().as_secs() < 20, "{}", &source[..source.len().min(300)]);
    }
}

/// Each line away, doubled, and with another value: whatever comes of it is no panic.
#[test]
fn a_description_with_any_line_spoilt_is_read_to_its_end() {
    for name in ["kannel", "unifonic", "infobip"] {
        let source = std::fs::read_to_string(shipped(&format!("{name}.yaml"))).unwrap();
        let lines: Vec<&str> = source.lines().collect();
        for at in 0..lines.len() {
            let spoil = |line: &str| {
                let mut spoilt = lines.clone();
                spoilt[at] = line;
                decode::read(name, &spoilt.join("\n"));
            };
            spoil("");
            spoil(&format!("{}\n{}", lines[at], lines[at]));
            let (key, _) = lines[at].split_once(':').unwrap_or((lines[at], ""));
            for value in ["", "true", "[[{a: [1]}]]", "'{{'", "ع"] {
                spoil(&format!("{key}: {value}"));
            }
        }
    }
}

#[test]
fn the_reference_explains_every_key_and_every_name() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/gateways.md")).unwrap();
    let classes = crate::Class::ALL.map(crate::Class::as_str);
    let all = KEYS.into_iter().flatten().copied().chain(super::super::NAMES).chain(classes).chain([
        "by_code",
        "none",
        "unreachable",
    ]);
    let missing: Vec<&str> = all.filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/gateways.md does not explain {missing:?}");
}
