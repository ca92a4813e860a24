//! What other systems are told of a case, complete when planned; and the contract with whoever carries it: no IO.
//!
//! A notice tells what happened by names and words of the workflow. Of the case's own data it has only the fields that
//! were asked for by name, and never what a person wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::case::Case;
use crate::delivery::Pending;
use crate::history::{Because, Entry, What};
use crate::value::Value;

/// What a notice may be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// A case opened.
    Opened,
    /// A case came into a state.
    Entered,
    /// A call was answered.
    Answered,
    /// An operator stopped a case.
    Held,
    /// An operator let a case go on.
    Resumed,
    /// A case cannot go on without a person.
    Incident,
    /// A case ended.
    Ended,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Opened, Self::Entered, Self::Answered, Self::Held, Self::Resumed, Self::Incident, Self::Ended];

    /// Its name: the `type` of a notice.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Opened => "case.opened",
            Self::Entered => "case.entered",
            Self::Answered => "call.answered",
            Self::Held => "case.held",
            Self::Resumed => "case.resumed",
            Self::Incident => "case.incident",
            Self::Ended => "case.ended",
        }
    }

    /// The topic of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// What people call it.
    pub fn words(self, language: &str) -> &'static str {
        let (en, ar) = match self {
            Self::Opened => ("a case opens", "فتح حالة"),
            Self::Entered => ("a case comes into a state", "انتقال حالة إلى مرحلة"),
            Self::Answered => ("a call is answered", "تسجيل نتيجة مكالمة"),
            Self::Held => ("a case is held", "إيقاف حالة"),
            Self::Resumed => ("a held case goes on", "استئناف حالة موقوفة"),
            Self::Incident => ("a case cannot go on by itself", "تعثر حالة"),
            Self::Ended => ("a case ends", "انتهاء حالة"),
        };
        if language == "ar" { ar } else { en }
    }
}

/// What somebody wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// About these.
    pub topics: BTreeSet<Topic>,
    /// Of cases of these workflows; empty for all.
    pub workflows: BTreeSet<String>,
    /// With these fields of the case.
    pub fields: BTreeSet<String>,
}

/// Something to be told, as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Follows from the case alone: the same step tells the same under the same id. It has no dots, because the
    /// signature is over it and what follows.
    pub id: String,
    /// What it is about.
    pub topic: Topic,
    /// The JSON that is sent and signed.
    pub body: String,
}

/// The body of a notice.
#[derive(Serialize)]
struct Told<'a> {
    #[serde(rename = "type")]
    topic: &'static str,
    timestamp: Timestamp,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    case: String,
    workflow: &'a str,
    workflow_version: &'a str,
    version: u64,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    because: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    fields: BTreeMap<&'a str, serde_json::Value>,
}

/// What is told of a step, in the order in which it happened.
pub fn notices(case: &Case, entries: &[Entry], wanted: &Wanted) -> Vec<Notice> {
    if !wanted.workflows.is_empty() && !wanted.workflows.contains(case.workflow.as_str()) {
        return Vec::new();
    }
    let numbered = entries.iter().enumerate();
    numbered.filter_map(|(position, entry)| notice(case, position, entry, wanted)).collect()
}

fn notice(case: &Case, position: usize, entry: &Entry, wanted: &Wanted) -> Option<Notice> {
    let mut data = Data {
        case: case.id.reference(),
        workflow: &case.workflow,
        workflow_version: &case.workflow_hash,
        version: case.version,
        state: &entry.state,
        from: None,
        because: None,
        event: None,
        outcome: None,
        task: None,
        fields: wanted.fields.iter().map(|name| (name.as_str(), single(case.field(name)))).collect(),
    };
    let topic = match &entry.what {
        What::Opened { .. } => Topic::Opened,
        What::Entered { state, from, because } => {
            (data.state, data.from) = (state, from.as_deref());
            let (word, event) = told_because(because);
            (data.because, data.event) = (Some(word), event);
            Topic::Entered
        }
        What::CallAnswered { id, outcome, .. } => {
            data.task = Some(&id.0);
            data.outcome = Some(outcome);
            Topic::Answered
        }
        What::Held { .. } => Topic::Held,
        What::Resumed => Topic::Resumed,
        What::Incident { .. } => Topic::Incident,
        What::Ended { outcome } => {
            data.outcome = Some(outcome);
            Topic::Ended
        }
        _ => return None,
    };
    if !wanted.topics.contains(&topic) {
        return None;
    }
    let told = Told { topic: topic.name(), timestamp: entry.at, data };
    // Names and numbers alone: there is nothing that JSON cannot say.
    let body = serde_json::to_string(&told).unwrap_or_default();
    Some(Notice { id: format!("evt_{}_{}_{position}", case.id, case.version), topic, body })
}

/// A value that stands alone. People and lists of them never go along, whatever a field has become in a later version.
fn single(value: &Value) -> serde_json::Value {
    match value {
        Value::List(_) | Value::Record(_) => serde_json::Value::Null,
        single => single.to_json(),
    }
}

fn told_because(because: &Because) -> (&'static str, Option<&str>) {
    match because {
        Because::Opened => ("opened", None),
        Because::Decided => ("decided", None),
        Because::Event { name } => ("event", Some(name)),
        Because::LadderUsedUp { outcome } => ("ladder_used_up", Some(outcome)),
        Because::NoContactLeft => ("no_contact_left", None),
        Because::Timer { name } => ("timer", Some(name)),
        Because::Reopened { name } => ("reopened", Some(name)),
        Because::Moved { .. } => ("moved", None),
    }
}

/// One request to another system. The secret does not print.
#[derive(Clone)]
pub struct Post {
    /// Where to.
    pub url: String,
    /// What it is signed with: `whsec_…`.
    pub secret: String,
    /// The id of the notice; the same however often it is sent.
    pub id: String,
    /// When it is sent.
    pub at: Timestamp,
    /// What is sent.
    pub body: String,
}

impl fmt::Debug for Post {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Post").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Posted {
    /// The other system took it: a status of 200 to 299.
    Taken(u16),
    /// It did not.
    Refused {
        /// What it answered.
        status: u16,
        /// How long it wants to be left alone.
        wait: Option<SignedDuration>,
    },
    /// There was no answer: a word for it, without the other's text.
    Lost(&'static str),
}

/// Carries requests to other systems.
pub trait Poster: Send + Sync {
    /// Makes one attempt: nothing is repeated, and no redirect is followed.
    fn post<'a>(&'a self, post: &'a Post) -> Pending<'a, Posted>;
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::case::{CaseId, EffectId, Progress, Standing};
    use crate::value::Record;

    fn case() -> Case {
        let at: Timestamp = "2026-11-27T08:00:00Z".parse().unwrap();
        Case {
            id: CaseId(7),
            workflow: "account-transfer".into(),
            workflow_hash: "4f2c".into(),
            key: "k".into(),
            household: None,
            version: 3,
            state: "follow_up_sms".into(),
            visit: 2,
            standing: Standing::Open,
            data: Arc::new(Record::from([
                ("account_no".into(), Value::from("20000001")),
                ("deceased_name_en".into(), Value::from("Ahmed")),
                ("contacts".into(), Value::List(vec![Value::Record(Record::from([("name".into(), "Layla".into())]))])),
            ])),
            opened_at: at,
            state_since: at,
            progress: Progress::default(),
        }
    }

    fn entries() -> Vec<Entry> {
        let entry = |what| Entry {
            at: "2026-11-27T08:00:00Z".parse().unwrap(),
            visit: 1,
            state: "first_call".into(),
            event: Some(1),
            by: Some("agent:huda".into()),
            what,
        };
        let id = EffectId("7.1.0".into());
        vec![
            entry(What::CallAnswered {
                id,
                outcome: "no_answer".into(),
                note: Some("his aunt Layla picked up".into()),
            }),
            entry(What::Held { reason: "asked Layla".into() }),
            entry(What::Entered {
                state: "follow_up_sms".into(),
                from: Some("first_call".into()),
                because: Because::LadderUsedUp { outcome: "no_answer".into() },
            }),
            entry(What::Verified),
        ]
    }

    #[test]
    fn a_notice_tells_what_happened_by_names_and_nothing_that_a_person_wrote() {
        let wanted = Wanted { topics: Topic::ALL.into(), ..Wanted::default() };
        let told = notices(&case(), &entries(), &wanted);
        let ids: Vec<(&str, Topic)> = told.iter().map(|notice| (notice.id.as_str(), notice.topic)).collect();
        assert_eq!(ids, [("evt_7_3_0", Topic::Answered), ("evt_7_3_1", Topic::Held), ("evt_7_3_2", Topic::Entered)]);
        let expected = format!(
            r#"{{"type":"case.entered","timestamp":"2026-11-27T08:00:00Z","data":{{"case":"{}","workflow":"account-transfer","workflow_version":"4f2c","version":3,"state":"follow_up_sms","from":"first_call","because":"ladder_used_up","event":"no_answer"}}}}"#,
            CaseId(7).reference()
        );
        assert_eq!(told[2].body, expected);
        let all: String = told.iter().map(|notice| notice.body.as_str()).collect();
        for personal in ["Layla", "Ahmed", "huda", "20000001"] {
            assert!(!all.contains(personal), "{personal}: {all}");
        }
    }

    #[test]
    fn only_what_is_wanted_is_told_with_the_fields_that_were_asked_for() {
        let told = |topics: &[Topic], workflows: &[&str], fields: &[&str]| {
            let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
            let wanted =
                Wanted { topics: topics.iter().copied().collect(), workflows: names(workflows), fields: names(fields) };
            notices(&case(), &entries(), &wanted)
        };
        assert_eq!(told(&[Topic::Ended], &[], &[]), []);
        assert_eq!(told(&Topic::ALL, &["new-connection"], &[]), []);
        let one = told(&[Topic::Entered], &["account-transfer"], &["account_no", "contacts", "none"]);
        assert_eq!(one.len(), 1);
        let fields = r#""fields":{"account_no":"20000001","contacts":null,"none":null}"#;
        assert!(one[0].body.contains(fields), "people never go along: {}", one[0].body);
    }

    #[test]
    fn topics_have_names_of_their_own() {
        for topic in Topic::ALL {
            assert_eq!(Topic::parse(topic.name()), Some(topic));
        }
        let post = Post {
            url: "u".into(),
            secret: "whsec_x".into(),
            id: "i".into(),
            at: Timestamp::UNIX_EPOCH,
            body: "b".into(),
        };
        assert!(!format!("{post:?}").contains("whsec_x"));
    }
}
