//! Every limit of the core, each with its reason.

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

/// States that a case may enter one after another without a wait or news from outside, before it becomes
/// an incident: far more than any shipped workflow needs, few enough to stop within a millisecond.
pub const CHAIN_MAX: u32 = 32;
/// Deferred events that one case keeps; the oldest is given up first, with a history entry.
pub const DEFERRED_MAX: usize = 32;
/// Messages remembered in the case for its own caps; caps that look further back ask the store.
pub const SENT_LOG_MAX: usize = 256;
/// Inputs that are applied to one case in one commit, so that no case holds up the others.
pub const INPUTS_PER_COMMIT_MAX: usize = 64;
/// Things that may fall due in one step of a scenario: more is a wrong year or a timer without `at_most`.
pub const SCENARIO_MOMENTS_MAX: usize = 2_000;
/// Situations that a search for new stories looks at: some seconds, and far more than a workflow of tens of states has.
pub const SUGGEST_WORLDS_MAX: usize = 10_000;
