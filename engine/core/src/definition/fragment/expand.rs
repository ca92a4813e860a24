//! Puts the fragments that a workflow uses into its tree.
//!
//! What is said in the place itself wins over a fragment: event by event, state by state, and so on
//! where [`MERGED`] says, else key by key. Between fragments nothing wins: that is a finding.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::rc::Rc;

use super::piece::{self, Fragment, Place, mark};
use super::space::{Entries, Space, copy};
use crate::decode::{Decoder, Word};
use crate::definition::{Bundle, Environment};
use crate::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::limits;
use crate::yaml::{Kind, Node};

/// The mappings that are put together entry by entry.
const MERGED: [&[&str]; 7] =
    [&["on"], &["reopen"], &["events"], &["contact_policy"], &["states"], &["anywhere"], &["anywhere", "on"]];

/// A workflow with its fragments.
pub(in crate::definition) struct Expanded {
    /// The tree, as if everything were written in one file.
    pub(in crate::definition) root: Node,
    /// Where everything was written.
    pub(in crate::definition) space: Space,
    /// What is wrong with the uses.
    pub(in crate::definition) findings: Vec<Diagnostic>,
    /// Whether every fragment is in; if not, the whole cannot be judged.
    pub(in crate::definition) is_complete: bool,
}

/// Puts the fragments into the tree of the workflow in `file`.
pub(in crate::definition) fn expand(
    file: &str,
    source: &str,
    root: Node,
    bundle: &Bundle,
    outside: Option<&Environment>,
) -> Expanded {
    let mut expander = Expander {
        file,
        bundle,
        known: outside.map(|outside| &outside.fragments),
        space: Space::new(file, source),
        fragments: BTreeMap::new(),
        open: Vec::new(),
        nodes: limits::YAML_NODES_MAX,
        limit: source.len() + limits::FRAGMENTS_BYTES_MAX,
        findings: Vec::new(),
        is_complete: true,
    };
    let root = expander.workflow(root);
    let Expander { space, findings, is_complete, .. } = expander;
    Expanded { root, space, findings, is_complete }
}

struct Expander<'b> {
    file: &'b str,
    bundle: &'b Bundle,
    /// Every fragment that there is, where that is known.
    known: Option<&'b BTreeSet<String>>,
    space: Space,
    /// What was read so far; nothing for what cannot be used.
    fragments: BTreeMap<String, Option<Rc<Fragment<'b>>>>,
    /// The fragments in whose pieces we are.
    open: Vec<String>,
    /// How many more nodes fragments may bring in.
    nodes: usize,
    /// How long the space may get.
    limit: usize,
    findings: Vec<Diagnostic>,
    is_complete: bool,
}

/// `use: name`, or `use: {name: {word: value}}`.
struct Use {
    name: Word,
    with: Vec<(Word, Node)>,
}

impl<'b> Expander<'b> {
    fn workflow(&mut self, root: Node) -> Node {
        let Kind::Map(entries) = root.kind else { return root };
        let mut entries = self.with_uses(entries, Place::Workflow, "the workflow");
        let states = entries.iter_mut().filter(|(key, _)| key.text() == Some("states"));
        for (name, state) in states.flat_map(|(_, states)| states.entries_mut()) {
            let by = format!("the state `{}`", name.text().unwrap_or_default());
            if let Kind::Map(own) = &mut state.kind {
                *own = self.with_uses(std::mem::take(own), Place::State, &by);
            }
        }
        Node { kind: Kind::Map(entries), span: root.span }
    }

    /// The entries of a place, with those of the fragments that it uses. `use` itself stays, for the
    /// decoder to see if it is written twice.
    fn with_uses(&mut self, mut own: Entries, place: Place, by: &str) -> Entries {
        let Some((_, node)) = own.iter().find(|(key, _)| key.text() == Some("use")) else { return own };
        // What lies behind this in the space comes from the fragments used here.
        let own_end = self.space.text.len();
        for used in self.uses(&node.clone()) {
            match self.piece(&used, place, by) {
                Some(piece) => self.merge(&mut own, piece, &mut Vec::new(), &used, own_end),
                None => self.is_complete = false,
            }
        }
        own
    }

    fn uses(&mut self, node: &Node) -> Vec<Use> {
        let mut decoder = Decoder::over(self.file, &self.space.text, self.space.starts());
        let mut uses = Vec::new();
        for item in decoder.items(node) {
            if !matches!(item.kind, Kind::Map(_)) {
                let name = decoder.word(item, "the name of a fragment");
                uses.extend(name.map(|name| Use { name, with: Vec::new() }));
                continue;
            }
            for (name, with) in decoder.entries(item, "`use`") {
                let what = format!("what `{}` is to be filled in with", name.text);
                let with = decoder.entries(with, &what).into_iter().map(|(word, value)| (word, value.clone()));
                uses.push(Use { with: with.collect(), name });
            }
        }
        self.findings.append(&mut decoder.findings);
        uses
    }

    /// What a fragment says, filled in for one use, with the fragments that it uses itself.
    fn piece(&mut self, used: &Use, place: Place, by: &str) -> Option<Entries> {
        let name = &used.name;
        if self.open.contains(&name.text) {
            let round: Vec<&str> =
                self.open.iter().skip_while(|open| **open != name.text).map(String::as_str).collect();
            let message = format!("`{0}` uses itself: {1} → {0}", name.text, round.join(" → "));
            return self.error(Code::EndlessFragment, &name.span, message, None);
        }
        let fragment = self.read(name, by)?;
        if fragment.place != place {
            let message = format!("`{}` belongs {}, not {}", name.text, fragment.place.words(), place.words());
            return self.error(Code::MisfitFragment, &name.span, message, None);
        }
        if self.space.text.len() + fragment.source.len() > self.limit {
            let message = format!("the fragments add up to more than {} KiB", limits::FRAGMENTS_BYTES_MAX / 1024);
            return self.error(Code::EndlessFragment, &name.span, message, None);
        }
        self.fits(used, &fragment.with)?;
        let start = self.space.add(fragment.source, &name.text, name.span.clone(), by);
        let body = self.filled(&fragment.body, start, used)?;
        self.open.push(name.text.clone());
        let whole = self.with_uses(body, place, &format!("the fragment `{}`", name.text));
        self.open.pop();
        Some(whole)
    }

    /// The fragment of a name, read once.
    fn read(&mut self, name: &Word, by: &str) -> Option<Rc<Fragment<'b>>> {
        if let Some(read) = self.fragments.get(&name.text) {
            return read.clone();
        }
        let file = super::path(&name.text);
        let Some(source) = self.bundle.files.get(&file) else {
            let known = self.known.into_iter().flatten().map(String::as_str);
            let help = did_you_mean(&name.text, known).or_else(|| Some(format!("add the file `{file}`")));
            let message = format!("there is no fragment `{}`", name.text);
            return self.error(Code::UnknownFragment, &name.span, message, help);
        };
        let (fragment, findings) = piece::read(&name.text, &file, source);
        let related = self.space.used(&name.span, by);
        self.findings.extend(findings.into_iter().map(|finding| Diagnostic { related: related.clone(), ..finding }));
        let fragment = fragment.map(Rc::new);
        self.fragments.insert(name.text.clone(), fragment.clone());
        fragment
    }

    /// Whether a use fills in what the fragment leaves open, and nothing else.
    fn fits(&mut self, used: &Use, wanted: &[String]) -> Option<()> {
        let before = self.findings.len();
        for (word, _) in used.with.iter().filter(|(word, _)| !wanted.contains(&word.text)) {
            let message = format!("`{}` has no `${}` to fill in", used.name.text, word.text);
            let help = did_you_mean(&word.text, wanted.iter().map(String::as_str));
            self.error::<()>(Code::MisfitFragment, &word.span, message, help);
        }
        let given = |name: &&String| used.with.iter().any(|(word, _)| word.text == **name);
        let missing: Vec<&String> = wanted.iter().filter(|name| !given(name)).collect();
        if !missing.is_empty() {
            let list =
                |form: fn(&String) -> String| missing.iter().map(|name| form(name)).collect::<Vec<_>>().join(", ");
            let message = format!("`{}` needs {}", used.name.text, list(|name| format!("`{name}`")));
            let help = format!("write `use: {{{}: {{{}}}}}`", used.name.text, list(|name| format!("{name}: …")));
            self.error::<()>(Code::MisfitFragment, &used.name.span, message, Some(help));
        }
        (self.findings.len() == before).then_some(())
    }

    /// A piece in its place in the space, with each `$word` replaced.
    fn filled(&mut self, body: &Entries, start: usize, used: &Use) -> Option<Entries> {
        let mut left = Some(self.nodes);
        let mut fill = |node: &Node| {
            let value = mark(node).and_then(|name| used.with.iter().find(|(word, _)| word.text == name));
            left = left.and_then(|left| left.checked_sub(value.map_or(1, |(_, value)| size(value))));
            match (left, value) {
                // Nothing more comes in once it is too much.
                (None, _) => Some(Node { kind: Kind::Null, span: start..start }),
                (_, value) => value.map(|(_, value)| value.clone()),
            }
        };
        let body =
            body.iter().map(|(key, value)| (copy(key, start, &mut fill), copy(value, start, &mut fill))).collect();
        let Some(left) = left else {
            let message = format!("the fragments bring in more than {} values", limits::YAML_NODES_MAX);
            return self.error(Code::EndlessFragment, &used.name.span, message, None);
        };
        self.nodes = left;
        Some(body)
    }

    fn merge(&mut self, into: &mut Entries, from: Entries, at: &mut Vec<String>, used: &Use, own_end: usize) {
        for (key, value) in from {
            let Some(name) = key.text().map(str::to_owned) else { continue };
            if name == "use" {
                continue;
            }
            let Some((there, mine)) = into.iter_mut().find(|(own, _)| own.text() == Some(&name)) else {
                into.push((key, value));
                continue;
            };
            at.push(name);
            let merges = MERGED.iter().any(|path| path.iter().eq(at.iter()));
            match (&mut mine.kind, value.kind) {
                (Kind::Map(mine), Kind::Map(value)) if merges => self.merge(mine, value, at, used, own_end),
                _ if there.span.start >= own_end => {
                    let message = format!("another fragment used here says `{}` as well", at.join(": "));
                    let help = Some("say it here, which wins over both, or use only one of them".into());
                    self.error::<()>(Code::FragmentsClash, &used.name.span, message, help);
                }
                _ => {}
            }
            at.pop();
        }
    }

    fn error<T>(&mut self, code: Code, place: &Range<usize>, message: String, help: Option<String>) -> Option<T> {
        self.findings.push(Diagnostic::error(code, self.file, place.clone(), message).maybe_suggest(help));
        None
    }
}

/// How many nodes a value is.
fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(entries) => entries.iter().map(|(key, value)| size(key) + size(value)).sum::<usize>(),
        _ => 0,
    }
}
