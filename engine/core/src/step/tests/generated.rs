//! Small workflows made up at random, each valid: what could be written by somebody, and is not.

use proptest::prelude::*;
use proptest::sample::{select, subsequence};

const WAITS: [&str; 8] =
    ["0 days", "90 minutes", "24 hours", "1 day", "3 working hours", "2 working days", "1 week", "1 month"];

const POLICIES: [&str; 6] = [
    "",
    "contact_policy: {never_to: [holder], at_most: [1 sms per person in 3 days, 2 calls per person in 1 day]}",
    "contact_policy: {never_to: [holder], not_before: 3 days after died, at_most: [3 messages per case]}",
    "contact_policy: {never_to: [holder], quiet: {sms: '12:00-15:00', call: outside calendar}}",
    "contact_policy: {at_most: [2 call attempts per case in 5 working days, 1 email per case in 36 hours]}",
    "contact_policy: {never_to: [holder], at_most: [2 messages per person in 1 week, 4 calls per case]}",
];

const ACTIONS: [&str; 8] = [
    "call: {queue: desk, to: family, script: hello, due: 1 working day}",
    "call: {queue: desk, to: heir ?? family, script: hello, keep: true}",
    "call: {queue: desk, to: none, script: hello}",
    "sms: {to: family, template: hi, expires: 1 day}",
    "sms: {to: heir ?? family, template: hi, keep: true}",
    "sms: {to: family, template: share}",
    "email: {to: family, template: mail, expires: 3 hours}",
    "set: {parts: parts + 1}",
];

/// `{}` stands for a state.
const REACTIONS: [&str; 15] = [
    "paid: {goto: {}}",
    "papers: [{when: 10 / parts > 1, goto: {}}, {stay: true}]",
    "case.updated: {when: parts == 0, set: {parts: 3}}",
    "sms.reply: {when: reply matches 'yes', set: {note: reply}, goto: {}}",
    "sms.undelivered: {email: {to: family, template: mail}}",
    "sms.suppressed: {goto: {}}",
    "sms.unconfirmed: {email: {to: family, template: mail}}",
    "sms.no_contact: {goto: {}}",
    "email.no_contact: {goto: {}}",
    "call.no_answer: {again: [2 working hours, 1 day], then: {}}",
    "call.busy: {again: 1 hour}",
    "call.call_back: {again: at answer.when}",
    "call.wrong_number: {next: contact, then: {}}",
    "call.agreed: {ask: heir, goto: {}}",
    "call.no_contact: {goto: {}}",
];

/// The part of a workflow that follows the head of these tests.
pub(super) fn workflows() -> impl Strategy<Value = String> {
    (2..5_usize).prop_flat_map(|count| {
        let states: Vec<_> = (0..count).map(|index| state(index, count)).collect();
        (select(POLICIES.to_vec()), states, select(vec!["", "{paid: s0}", "{papers: s1}"])).prop_map(
            |(policy, states, reopen)| {
                let reopen = if reopen.is_empty() { String::new() } else { format!(", reopen: {reopen}") };
                let states = states.concat();
                let end = format!("  done: {{do: [{{sms: {{to: family, template: hi}}}}], end: success{reopen}}}\n");
                format!("{policy}\nstart: s0\nstates:\n{states}{end}")
            },
        )
    })
}

/// One of `count` states. Decisions and waits that are none lead only onwards, so that no circle turns
/// without a wait.
fn state(index: usize, count: usize) -> impl Strategy<Value = String> {
    let name = move |to: usize| if to >= count { "done".to_owned() } else { format!("s{to}") };
    let actions = subsequence(ACTIONS.to_vec(), 0..=2);
    let reactions = subsequence(REACTIONS.to_vec(), 0..=6);
    let every = proptest::option::of((select(WAITS[1..].to_vec()), 1..4_u32, select(ACTIONS.to_vec())));
    let anywhere = proptest::collection::vec(0..=count, REACTIONS.len());
    let waiting_on = select(vec!["us", "family", "court"]);
    let after = (select(WAITS.to_vec()), index + 1..=count, any::<bool>());
    let next = proptest::option::of(index + 1..=count);
    (actions, reactions, every, anywhere, waiting_on, after, next).prop_map(
        move |(actions, reactions, every, to, waiting_on, (wait, onwards, from_death), next)| {
            let mut lines = vec![format!("  s{index}:"), format!("    waiting_on: {waiting_on}")];
            if !actions.is_empty() {
                lines.push("    do:".into());
                lines.extend(actions.iter().map(|action| format!("      - {action}")));
            }
            lines.extend(next.map(|to| format!("    next: [{{when: visits > 2, goto: {}}}]", name(to))));
            if !reactions.is_empty() {
                lines.push("    on:".into());
                let led = reactions.iter().zip(to).map(|(reaction, to)| reaction.replace("{}", &name(to)));
                lines.extend(led.map(|reaction| format!("      {reaction}")));
            }
            if let Some((wait, most, action)) = every {
                lines.push(format!("    every: {{{wait}: {{at_most: {most}, {action}}}}}"));
            }
            let death = if from_death { format!("2 days after died: {}, ", name(onwards)) } else { String::new() };
            lines.push(format!("    after: {{{death}{wait}: {}}}", name(onwards)));
            lines.join("\n") + "\n"
        },
    )
}
