//! How the reason for which an event was refused is stored.
//!
//! As text in English, which was all that there was before there was Arabic: a node that knows only this reads it still.
//! The Arabic stands beside it.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::lang::Texts;

#[derive(Serialize, Deserialize)]
struct Stored {
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason_ar: Option<String>,
}

pub(super) fn serialize<S: Serializer>(reason: &Texts, serializer: S) -> Result<S::Ok, S::Error> {
    let stored = Stored { reason: reason.en().to_owned(), reason_ar: reason.0.get("ar").cloned() };
    stored.serialize(serializer)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Texts, D::Error> {
    let Stored { reason, reason_ar } = Stored::deserialize(deserializer)?;
    let ar = reason_ar.map(|ar| ("ar".to_owned(), ar));
    Ok(Texts([("en".to_owned(), reason)].into_iter().chain(ar).collect()))
}

#[cfg(test)]
mod tests {
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    use crate::event::Disposition;
    use crate::lang::Texts;

    /// What became of an event, as a node of before reads and writes it.
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case", tag = "became")]
    enum Before {
        Applied,
        Refused { reason: String },
    }

    #[test]
    fn what_is_stored_in_one_language_is_read_and_what_is_stored_in_both_is_read_by_nodes_of_before() {
        let before = serde_json::to_value(Before::Refused { reason: "too late".into() }).unwrap();
        let read: Disposition = serde_json::from_value(before.clone()).unwrap();
        let Disposition::Refused { reason } = &read else { panic!("{read:?}") };
        assert_eq!((reason.get("en"), reason.get("ar")), ("too late", "too late"));
        assert_eq!(serde_json::to_value(&read).unwrap(), before, "nothing is made up for the other language");

        let both = Disposition::Refused { reason: Texts::both("too late", "فات الأوان") };
        let stored = serde_json::to_value(&both).unwrap();
        assert_eq!(stored, json!({"became": "refused", "reason": "too late", "reason_ar": "فات الأوان"}));
        assert_eq!(serde_json::from_value::<Disposition>(stored.clone()).unwrap(), both);
        let read: Before = serde_json::from_value(stored).unwrap();
        assert_eq!(read, Before::Refused { reason: "too late".into() });

        let applied = serde_json::to_value(Disposition::Applied).unwrap();
        assert_eq!(serde_json::from_value::<Before>(applied).unwrap(), Before::Applied);
    }
}
