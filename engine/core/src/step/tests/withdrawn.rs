//! Taking back: who may not be contacted any more, and a death that was none.

use super::{check, check_in, workflow, world::World};

const BOTH: &str = "
start: a
states:
  a:
    do:
      - sms: {to: family, template: hi}
      - call: {queue: desk, to: family, script: hello}
    on:
      sms.no_contact: {email: {to: family, template: mail}}
      sms.suppressed: {email: {to: family, template: mail}}
      call.no_contact: {goto: b}
      call.spoke: {goto: done}
    after: {60 days: done}
  b: {after: {30 days: done}}
  done: {end: success}
";

const OPENED: &str = "
> 2024-05-12 20:30 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
call to Amna planned in queue `desk` from Mon 13 May 2024 09:00 (attempt 1)
do: sms 7.1.1 to +97336001234, call 7.1.2 to +97336001234
timers: after 60 days Thu 11 Jul 2024 20:30
";

#[test]
fn rule_21_a_death_that_is_learnt_later_takes_back_calls_and_messages_and_the_next_contact_is_tried() {
    check(
        BOTH,
        &format!(
            "{OPENED}
> 2024-05-12 21:00 learn dead +97336001234
SMS withdrawn: this person may not be contacted any more
call withdrawn: this person may not be contacted any more
SMS `hi` to Badr planned for Mon 13 May 2024 09:00
call to Badr planned in queue `desk` from Mon 13 May 2024 09:00 (attempt 1)
do: withdraw 7.1.1, withdraw 7.1.2, sms 7.1.3 to +97339005678, call 7.1.4 to +97339005678
> 2024-05-12 21:05 learn dead +97339005678
SMS withdrawn: this person may not be contacted any more
call withdrawn: this person may not be contacted any more
SMS `hi` stopped: this person, number or address is known to be a deceased's
call `hello` stopped: this person, number or address is known to be a deceased's
do: withdraw 7.1.3, withdraw 7.1.4, tell sms.no_contact, tell call.no_contact
e-mail `mail` to Badr planned for Sun 12 May 2024 21:05
e-mail withdrawn: the case has moved on
entered “b”: `call.no_contact`
do: email 7.1.7 to badr@example.bh, withdraw 7.1.7
timers: after 30 days Tue 11 Jun 2024 21:05
"
        ),
    );
}

#[test]
fn rule_21_whoever_opts_out_of_a_channel_hears_by_another_and_the_case_goes_on() {
    check(
        BOTH,
        &format!(
            "{OPENED}
> 2024-05-12 21:00 learn sms +97336001234
SMS withdrawn: this person may not be contacted any more
SMS `hi` to Badr planned for Mon 13 May 2024 09:00
do: withdraw 7.1.1, sms 7.1.3 to +97339005678
> 2024-05-12 21:05 learn sms +97339005678
SMS withdrawn: this person may not be contacted any more
SMS `hi` stopped: the recipient asked us to stop
do: withdraw 7.1.3, tell sms.suppressed, sms 7.1.4 to +97336001234 (stopped)
e-mail `mail` to Amna planned for Sun 12 May 2024 21:05
do: email 7.1.5 to amna@example.bh
"
        ),
    );
}

#[test]
fn rule_21_a_held_case_takes_back_and_plans_nothing_new() {
    check(
        BOTH,
        &format!(
            "{OPENED}
> 2024-05-12 20:45 hold quiet
put on hold: quiet
stands: held
> 2024-05-12 21:00 learn dead +97336001234
SMS withdrawn: this person may not be contacted any more
call withdrawn: this person may not be contacted any more
do: withdraw 7.1.1, withdraw 7.1.2
"
        ),
    );
}

const REVERSED: &str = "
start: a
anywhere: {on: {papers: {stay: true}, death.withdrawn: {goto: mend}}}
states:
  a:
    do: [{sms: {to: family, template: hi, keep: true}}]
    on: {paid: {goto: done}}
    after: {60 days: done}
  mend:
    do: [{call: {queue: desk, to: none, script: hello}}]
    on: {death.withdrawn: {stay: true}, call.mended: {goto: wrong}}
    after: {10 days: wrong}
  wrong: {end: error}
  done: {end: success, reopen: {death.withdrawn: mend}}
";

/// The workflow knows the event.
fn with_event(rest: &str) -> World {
    World::new(workflow(&format!("  death.withdrawn: {{}}\n{rest}")))
}

#[test]
fn a_death_that_is_withdrawn_takes_back_even_what_would_outlive_its_state_and_leads_where_the_workflow_says() {
    check_in(
        with_event(REVERSED),
        "
> 2024-05-12 20:30 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 20:30
> 2024-05-12 20:40 hold think
put on hold: think
stands: held
> 2024-05-12 21:00 reverse the register erred
the death is withdrawn: the register erred
SMS withdrawn: the death is withdrawn
entered “mend”: `death.withdrawn`
task in queue `desk` planned
do: withdraw 7.1.1, call 7.2.1 to nobody
timers: after 10 days Wed 22 May 2024 21:00
stands: open
> 2024-05-12 21:10 reverse once more
the death is withdrawn: once more
",
    );
}

#[test]
fn a_death_that_is_withdrawn_reopens_what_was_done_and_holds_what_knows_no_way() {
    check_in(
        with_event(REVERSED),
        "
> 2024-05-12 20:30 open
case opened by hand
entered “a”: the case opened
SMS `hi` to Amna planned for Mon 13 May 2024 09:00
do: sms 7.1.1 to +97336001234
timers: after 60 days Thu 11 Jul 2024 20:30
> 2024-05-12 20:40 event paid
entered “done”: the bill is paid
the case ended: success
timers: none
stands: ended success
> 2024-05-12 21:00 reverse the register erred
the death is withdrawn: the register erred
SMS withdrawn: the death is withdrawn
entered “mend”: opened again by `death.withdrawn`
task in queue `desk` planned
do: withdraw 7.1.1, call 7.3.1 to nobody
timers: after 10 days Wed 22 May 2024 21:00
stands: open
",
    );
    check(
        BOTH,
        &format!(
            "{OPENED}
> 2024-05-12 21:00 reverse the register erred
the death is withdrawn: the register erred
SMS withdrawn: the death is withdrawn
call withdrawn: the death is withdrawn
put on hold: the register erred
do: withdraw 7.1.1, withdraw 7.1.2
stands: held
"
        ),
    );
}
