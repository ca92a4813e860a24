//! Every limit of the core, each with its reason.

use jiff::SignedDuration;

/// A workflow that people can still read aloud is far below this; a larger file is a mistake or an attack.
pub const FILE_BYTES_MAX: usize = 1 << 20;
/// The language nests about ten levels deep.
pub const YAML_DEPTH_MAX: usize = 32;
/// Enough for a generated workflow of 5,000 transitions.
pub const YAML_NODES_MAX: usize = 200_000;
/// Aliases save an editor some typing; more than this is an expansion attack.
pub const YAML_ALIASES_MAX: usize = 256;
/// Bounds what aliases may repeat in total.
pub const YAML_ANCHOR_EVENTS_MAX: usize = 20_000;
/// What fragments may add to a workflow; a fragment counts once for each use.
pub const FRAGMENTS_BYTES_MAX: usize = 1 << 20;
/// Places that a finding names besides its own: enough to see how widely a fragment is used.
pub const RELATED_MAX: usize = 20;
/// A workflow that people oversee has some tens of states; the checks compare each with each.
pub const STATES_MAX: usize = 1_000;
/// More findings than a person mends before looking again; a file that has them is not read to its end.
pub const FINDINGS_MAX: usize = 1_000;
/// A record that people fill in has some tens of fields.
pub const FIELDS_MAX: usize = 200;
/// The compiled size of a field's pattern, in bytes: room for some dozens of Unicode classes such as `\w`.
pub const PATTERN_BYTES_MAX: usize = 512 * 1024;
/// How deep groups may nest in a field's pattern: the pattern's parser recurses once for each level.
pub const PATTERN_DEPTH_MAX: u32 = 32;
/// Patterns in all guards of a workflow: each costs memory as long as the workflow is loaded.
pub const GUARD_PATTERNS_MAX: usize = 100;
/// Known words that an unknown one is compared with, so that a thousand findings stay cheap.
pub const KNOWN_WORDS_MAX: usize = 1_000;
/// Longer words are no slips of the pen.
pub const COMPARED_CHARS_MAX: usize = 64;

/// States that a case may enter one after another without a wait or news from outside, before it becomes
/// an incident: far more than any shipped workflow needs, few enough to stop within a millisecond.
pub const CHAIN_MAX: u32 = 32;
/// Deferred events that one case keeps; the oldest is given up first, with a history entry.
pub const DEFERRED_MAX: usize = 32;
/// Messages remembered in the case for its own caps; caps that look further back ask the store.
pub const SENT_LOG_MAX: usize = 256;
/// Of what somebody writes to us a case keeps so many characters; the whole stays with the message itself.
pub const ANSWER_CHARS_MAX: usize = 4_000;
/// Inputs that are applied to one case in one commit, so that no case holds up the others.
pub const INPUTS_PER_COMMIT_MAX: usize = 64;
/// Things that may fall due in one step of a scenario: more is a wrong year or a timer without `at_most`.
pub const SCENARIO_MOMENTS_MAX: usize = 2_000;
/// Situations that a search for new stories looks at: some seconds, and far more than a workflow of tens of states has.
pub const SUGGEST_WORLDS_MAX: usize = 10_000;
/// A message leaves only with so much of its hours left: a gateway that is given a second or two to deliver in gives up, and
/// the address looks as if nobody were there. Half of the shortest window that a calendar can name.
pub const WINDOW_LEFT_MIN: SignedDuration = SignedDuration::from_secs(30);
/// So long ago a promised call may have been due when the agent writes it down: it is meant for now.
pub const PROMISE_LATE_MAX: SignedDuration = SignedDuration::from_hours(1);
/// So far ahead a call is promised: a family that is to be rung later than in three months is told by another way.
pub const PROMISE_AHEAD_MAX: SignedDuration = SignedDuration::from_hours(92 * 24);
