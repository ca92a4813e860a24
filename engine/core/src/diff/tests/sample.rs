//! A small workflow that uses every part of the language once, without a word that could be left out.

pub(super) const SAMPLE: &str = r#"workflow: w
title: {en: Test, ar: اختبار}
calendar: office
languages: [ar, en]
case:
  key: [cpr]
  fields:
    cpr: {type: text, pattern: '[0-9]{9}'}
    died: {type: date, past: true}
    heir: {type: contact, optional: true}
    family: {type: contacts}
events:
  paid: {keep: 10 days, fields: {by: {type: text, optional: true}}}
detect:
  register:
    schedule: "0 7 * * SUN-THU"
    from: register
    lookup:
      first: {in: people, where: {of: cpr}}
      kin: {in: people, where: {of: cpr}, many: true, as: {name: name, mobile: mobile}}
    screen: {unknown: first == null, second: first.rank != 1}
    case: {cpr: cpr, died: died, family: kin}
contact_policy:
  quiet: {call: outside calendar, sms: "20:00-09:00"}
  not_before: 3 days after died
  at_most:
    - 2 sms per person in 3 days
    - 12 messages per case
  never_to: [heir]
promise: {messages: 12, segments: 40}
start: pause
anywhere:
  on:
    paid: {when: 'event.by != null', goto: closed}
states:
  first:
    title: {en: First call, ar: الاتصال الأول}
    do:
      - call: {queue: desk, to: heir ?? family, script: hello, due: 1 working day, priority: high}
    on:
      call.yes: {ask: heir, goto: papers}
      call.no_answer: {again: [3 working days, 1 day], then: closed}
      call.refused: {goto: closed}
      call.wrong: {next: contact, then: closed}
    after:
      30 days: closed
  papers:
    title: {en: Papers, ar: الوثائق}
    waiting_on: family
    do:
      - sms: {to: heir ?? family, template: nudge, expires: 3 days}
    on:
      sms.reply: [{when: reply matches "stop", goto: closed}, {goto: first}]
    every:
      10 days: {at_most: 2, when: reachable.sms, sms: {to: family, template: nudge, expires: 3 days}}
    after:
      3 days after died: {when: visits > 1, goto: closed}
      1 month: {set: {died: today}, goto: closed}
  pause:
    title: {en: Pause, ar: وقفة}
    next:
      - {when: reachable.call, goto: first}
      - {when: reachable.sms, goto: papers}
      - {goto: closed}
  closed:
    title: {en: Closed, ar: أُغلقت}
    end: success
    reopen: {paid: first}
"#;

pub(super) const TEXTS: [(&str, &str); 4] = [
    ("messages/nudge.ar.txt", "## level: 1\n\nالسلام عليكم، سنتصل بكم"),
    ("messages/nudge.en.txt", "## level: 1\n\nHello, we will ring"),
    (
        "scripts/hello.ar.md",
        "| ما سمعت | النتيجة |\n|---|---|\n| لا أحد يجيب، أو الخط مشغول | `no_answer` |\n| لا نريد ذلك | `refused` |\n",
    ),
    (
        "scripts/hello.en.md",
        "| You heard | Outcome |\n|---|---|\n| Nobody answers, or the line is busy | `no_answer` |\n| We do not want this | `refused` |\n",
    ),
];
