//! Case values as the template engine sees them.
//!
//! `Null` becomes undefined, so that an absent value can be asked for (`{% if heir.name %}`) but never
//! printed by accident. Days and instants stay what they are until a filter words them.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use minijinja::value::{DynObject, Object, ObjectRepr, Value as Seen};

use crate::expr::Env;
use crate::value::{Record, Value};

/// What a template sees of a case: a value for each name that it asks for, in the order of the names.
#[derive(Debug)]
struct Known {
    names: Arc<[String]>,
    values: Vec<Seen>,
}

/// What a template that asks for these names, in their order, sees of `vars`, with instants shown in `zone`.
pub(super) fn see_some(vars: &dyn Env, zone: &TimeZone, names: &Arc<[String]>) -> Seen {
    let seen = |name: &String| vars.get(name).map_or(Seen::UNDEFINED, |value| see(&value, zone));
    let values = names.iter().map(seen).collect();
    Seen::from_object(Known { names: Arc::clone(names), values })
}

impl Object for Known {
    fn get_value(self: &Arc<Self>, key: &Seen) -> Option<Seen> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Seen> {
        let at = self.names.binary_search_by(|name| name.as_str().cmp(key)).ok()?;
        self.values.get(at).filter(|value| !value.is_undefined()).cloned()
    }
}

fn see(value: &Value, zone: &TimeZone) -> Seen {
    match value {
        Value::Null => Seen::UNDEFINED,
        Value::Bool(value) => Seen::from(*value),
        Value::Int(value) => Seen::from(*value),
        Value::Number(value) => see_number(*value),
        Value::Text(text) => Seen::from(text.as_str()),
        Value::Date(date) => Seen::from_object(Day(*date)),
        Value::Time(time) => Seen::from_object(Moment::new(*time, zone)),
        Value::List(values) => values.iter().map(|value| see(value, zone)).collect(),
        Value::Record(record) => see_record(record, zone),
    }
}

fn see_record(record: &Record, zone: &TimeZone) -> Seen {
    let members = record.iter().map(|(name, value)| (name.clone(), see(value, zone)));
    Seen::from(members.collect::<BTreeMap<_, _>>())
}

/// A whole number prints without a fraction (`3000`, not `3000.0`); what is no number is nothing.
fn see_number(number: f64) -> Seen {
    const EXACT: f64 = 9_007_199_254_740_992.0; // 2^53: up to here a float holds every whole number
    if !number.is_finite() {
        return Seen::UNDEFINED;
    }
    if number.fract() == 0.0 && number.abs() <= EXACT {
        #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53 fits")]
        return Seen::from(number as i64);
    }
    Seen::from(number)
}

/// A day of the civil calendar; prints as ISO 8601.
#[derive(Debug)]
pub(super) struct Day(pub(super) Date);

impl Object for Day {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.cmp(&other.downcast_ref::<Self>()?.0))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// An instant in the zone of its readers; prints as ISO 8601 with its offset.
#[derive(Debug)]
pub(super) struct Moment(pub(super) ZonedDateTime);

impl Moment {
    fn new(time: Timestamp, zone: &TimeZone) -> Self {
        Self(time.to_zoned_datetime(zone.clone()))
    }
}

impl Object for Moment {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        Some(self.0.timestamp().cmp(&other.downcast_ref::<Self>()?.0.timestamp()))
    }

    fn render(self: &Arc<Self>, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.strftime("%Y-%m-%dT%H:%M:%S%:z"))
    }
}
