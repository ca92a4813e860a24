//! Judges one row: looks up what belongs to it, names the reason for which no case opens, or makes the case's fields.
//!
//! Pure: the same row, tables and day give the same answer. Whether the case is there already is [`super::detect()`]'s question.

use std::collections::BTreeMap;

use wasl_core::case::key_of;
use wasl_core::definition::{CaseSchema, ContactPolicy, Detect, Lookup};
use wasl_core::expr::{EvalError, Program};
use wasl_core::policy::{identities_of, is_personal};
use wasl_core::schema::{Problem, Reading};
use wasl_core::value::{Record, Value};

use super::table::Table;

/// The tables of a detection by the names of its look-ups.
pub type Tables = BTreeMap<String, Table>;

/// What a row leads to.
#[derive(Clone, Debug, PartialEq)]
pub enum Screened {
    /// A case with these fields.
    Case {
        /// What makes it one case.
        key: String,
        /// Its fields, fitted to the case's schema.
        data: Record,
    },
    /// The death of this person was registered in error; an identity.
    Withdrawn(String),
    /// No case, for this reason of the workflow.
    Out(String),
    /// No decision: an expression failed or its fields do not fit a case. A person must look at the row.
    Undecided(Vec<Problem>),
}

/// Everything that judging a row depends on besides the row.
#[derive(Clone, Copy, Debug)]
pub struct Screen<'a> {
    /// The detection.
    pub detect: &'a Detect,
    /// What a case knows.
    pub case: &'a CaseSchema,
    /// Who has died, among other things.
    pub policy: &'a ContactPolicy,
    /// The rows to look up in.
    pub tables: &'a Tables,
    /// How values are read.
    pub reading: &'a Reading<'a>,
}

impl Screen<'_> {
    /// Judges a row of the detection's source.
    pub fn judge(&self, row: &Record) -> Screened {
        self.try_judge(row).unwrap_or_else(Screened::Undecided)
    }

    fn try_judge(&self, row: &Record) -> Result<Screened, Vec<Problem>> {
        let scope = self.scope(row)?;
        if let Some(withdrawn) = &self.detect.withdrawn
            && withdrawn.eval_bool(&scope).map_err(|error| failed("withdrawn", &error))?
        {
            return self.whose_death(&scope).map(Screened::Withdrawn);
        }
        for (name, condition) in &self.detect.screen {
            if condition.eval_bool(&scope).map_err(|error| failed(name, &error))? {
                return Ok(Screened::Out(name.clone()));
            }
        }
        let data = evaluate(&self.detect.case, &scope)?;
        let data = self.case.fields.fit(&data, self.reading)?;
        let absent = self.case.key.iter().filter(|name| data.get(*name).is_none_or(Value::is_null));
        let absent: Vec<Problem> = absent.map(|name| problem(name, "is part of the case's key and missing")).collect();
        if !absent.is_empty() {
            return Err(absent);
        }
        Ok(Screened::Case { key: key_of(&self.case.key, &data), data })
    }

    /// Who was registered in error: the personal number that a case of this row would give its deceased. What else
    /// a case needs may be gone by now.
    fn whose_death(&self, scope: &Record) -> Result<String, Vec<Problem>> {
        let says_who = |(name, _): &&(String, Program)| self.policy.deceased.contains(name);
        let said = self.detect.case.iter().filter(says_who).filter_map(|(_, program)| program.eval(scope).ok());
        let person = said.flat_map(|value| identities_of(&value)).find(|identity| is_personal(identity));
        person.ok_or_else(|| vec![problem("withdrawn", "does not say whose death: there is no personal number")])
    }

    /// The row's columns and what is looked up for it.
    fn scope(&self, row: &Record) -> Result<Record, Vec<Problem>> {
        let mut scope = row.clone();
        for lookup in &self.detect.lookups {
            let value = self.look_up(lookup, row)?;
            scope.insert(lookup.name.clone(), value);
        }
        Ok(scope)
    }

    fn look_up(&self, lookup: &Lookup, row: &Record) -> Result<Value, Vec<Problem>> {
        let Some(table) = self.tables.get(&lookup.name) else { return Ok(Value::Null) };
        let here: Vec<&Value> = lookup.on.iter().map(|(_, column)| row.get(column).unwrap_or(&Value::Null)).collect();
        let mut found = table.find(&here).map(|there| members(lookup, there));
        if lookup.many {
            return found.collect::<Result<_, _>>().map(Value::List);
        }
        found.next().unwrap_or(Ok(Value::Null))
    }
}

/// What expressions see of a row there: its columns, or the members that the workflow makes of them.
fn members(lookup: &Lookup, there: Record) -> Result<Value, Vec<Problem>> {
    if lookup.members.is_empty() {
        return Ok(Value::Record(there));
    }
    evaluate(&lookup.members, &there).map(Value::Record).map_err(|problems| {
        problems
            .into_iter()
            .map(|problem| Problem { field: format!("{}.{}", lookup.name, problem.field), ..problem })
            .collect()
    })
}

/// The values of named expressions, or everything that failed.
fn evaluate(programs: &[(String, Program)], scope: &Record) -> Result<Record, Vec<Problem>> {
    let (mut record, mut problems) = (Record::new(), Vec::new());
    for (name, program) in programs {
        match program.eval(scope) {
            Ok(value) => _ = record.insert(name.clone(), value),
            Err(error) => problems.extend(failed(name, &error)),
        }
    }
    if problems.is_empty() { Ok(record) } else { Err(problems) }
}

fn failed(name: &str, error: &EvalError) -> Vec<Problem> {
    vec![problem(name, &error.to_string())]
}

fn problem(field: &str, reason: &str) -> Problem {
    Problem { field: field.to_owned(), value: String::new(), reason: reason.to_owned() }
}

#[cfg(test)]
#[path = "screen_tests.rs"]
mod tests;
