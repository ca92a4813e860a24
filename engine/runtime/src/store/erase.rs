//! Erasing what is stored of cases, within the commit of the step that erases them: what `personal` says of each column, and
//! the documents out of which code takes it.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, Value};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use wasl_core::case::CaseId;
use wasl_core::effect::Erasure;
use wasl_core::event::{Body, Disposition};
use wasl_core::history::{Entry, What};
use wasl_core::lang::Texts;
use wasl_core::retention::{GONE, Stage, forget_body, forget_entry};

use super::batch::{given, rows_max, update_from};
use super::dialect::Dialect;
use super::document::{from_json, millis, to_json};
use super::error::{During, StoreError};
use super::facts::ANY_CHANNEL;
use super::personal::TABLES;
use super::retention::something_waits;
use super::settings::FROM_CASE;
use super::tables::{cases, deceased, events, history, suppressions, webhook_deliveries};
use super::tx::Tx;

const OPERATION: &str = "erase cases";
/// What one statement brings of histories and events: a case has some tens of each. Tests go through pages with fewer.
const ROWS_AT_ONCE: u64 = if cfg!(test) { 2 } else { 5_000 };

/// Erases what is stored of these cases.
pub(super) async fn write(tx: &Tx, erasures: &[&Erasure]) -> Result<(), StoreError> {
    for stage in Stage::ALL {
        let of_stage: Vec<&Erasure> = erasures.iter().filter(|one| one.stage == stage).copied().collect();
        if of_stage.is_empty() {
            continue;
        }
        let ids: Vec<i64> = of_stage.iter().map(|one| one.case.0).collect();
        rewrite_history(tx, &ids, stage).await?;
        rewrite_events(tx, &ids, stage).await?;
        if stage == Stage::People {
            forget_who(tx, &of_stage, &ids).await?;
        }
        let cases = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        for statement in TABLES.iter().filter_map(|table| table.erasing(stage, &cases)) {
            tx.execute_unprepared(&statement).await.during(OPERATION)?;
        }
        mark(tx, &of_stage, stage, &cases).await?;
    }
    Ok(())
}

/// Notes which cases are kept from being erased, and which no longer.
pub(super) async fn keep(tx: &Tx, kept: &[(CaseId, bool)]) -> Result<(), StoreError> {
    for (case, kept) in kept {
        let sql = "UPDATE cases SET kept = $1 WHERE id = $2";
        run(tx, sql, [(*kept).into(), case.0.into()]).await?;
    }
    Ok(())
}

/// Notes what of the cases was erased: they are not due for it again, unless they end again, or something came meanwhile of
/// which the texts have to be read first.
async fn mark(tx: &Tx, erasures: &[&Erasure], stage: Stage, cases: &str) -> Result<(), StoreError> {
    let at = erasures.iter().map(|one| millis(one.at)).max().unwrap_or_default();
    let (people, all_read) = match stage {
        Stage::Texts => ("", format!(" AND NOT {}", something_waits("cases.id"))),
        Stage::People => (", people_erased_at = $1", String::new()),
    };
    run(tx, &format!("UPDATE cases SET texts_erased_at = $1{people} WHERE id IN ({cases}){all_read}"), [at.into()])
        .await
}

async fn run<const N: usize>(tx: &Tx, sql: &str, values: [Value; N]) -> Result<(), StoreError> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), sql, values);
    tx.execute_raw(statement).await.during(OPERATION).map(drop)
}

/// Goes through the rows of a table that are of these cases, a page after the other, and writes what becomes of each: of a row
/// its number is told, and what it says in these columns from now on, where that is something else.
async fn rewrite<E: EntityTrait, const N: usize>(
    tx: &Tx,
    (id, of, columns): (E::Column, E::Column, [E::Column; N]),
    cases: &[i64],
    becomes: impl Fn(E::Model) -> Result<(i64, [Option<String>; N]), StoreError>,
) -> Result<(), StoreError>
where
    <E::Column as ColumnTrait>::EntityName: EntityTrait,
{
    let mut after = 0;
    loop {
        let query = E::find().filter(of.is_in(cases.iter().copied())).filter(id.gt(after)).order_by_asc(id);
        let rows = query.limit(ROWS_AT_ONCE).all(tx).await.during(OPERATION)?;
        if rows.is_empty() {
            return Ok(());
        }
        let mut changed: [Vec<Vec<Value>>; N] = std::array::from_fn(|_| Vec::new());
        for row in rows {
            let (number, texts) = becomes(row)?;
            after = number;
            for (changed, text) in changed.iter_mut().zip(texts) {
                changed.extend(text.map(|text| vec![number.into(), text.into()]));
            }
        }
        for (column, changed) in columns.into_iter().zip(changed) {
            set(tx, id, column, changed).await?;
        }
    }
}

/// A line that cannot be read says only that something was erased there.
async fn rewrite_history(tx: &Tx, cases: &[i64], stage: Stage) -> Result<(), StoreError> {
    use history::Column;
    let becomes = |row: history::Model| {
        let id = row.id.to_string();
        let mut entry: Entry = from_json("history", &id, &row.entry).unwrap_or_else(|_| unreadable(row.at, stage));
        forget_entry(&mut entry, stage);
        let entry = to_json("history", &id, &entry)?;
        Ok((row.id, [(entry != row.entry).then_some(entry)]))
    };
    rewrite::<history::Entity, _>(tx, (Column::Id, Column::CaseId, [Column::Entry]), cases, becomes).await
}

fn unreadable(at: i64, stage: Stage) -> Entry {
    let what = What::Erased { stage, reason: None };
    Entry { at: super::document::instant(at), visit: 0, state: GONE.into(), event: None, by: None, what }
}

/// An event that cannot be read is one of which nothing is known. What nobody has taken yet keeps its text until somebody has,
/// as long as people may be known.
async fn rewrite_events(tx: &Tx, cases: &[i64], stage: Stage) -> Result<(), StoreError> {
    use events::Column;
    let becomes = |row: events::Model| {
        if stage < Stage::People && row.disposition.is_none() {
            return Ok((row.id, [None, None]));
        }
        let id = row.id.to_string();
        let mut body: Body = from_json("event", &id, &row.body).unwrap_or(Body::PolicyChanged);
        forget_body(&mut body, stage);
        let body = to_json("event", &id, &body)?;
        // Why something was refused may repeat what was given.
        let refused = row.disposition.as_deref() == Some("refused");
        let reason = || Disposition::Refused { reason: Texts::both(GONE, GONE) };
        let reason = refused.then(|| to_json("disposition", &id, &reason()));
        Ok((row.id, [(body != row.body).then_some(body), reason.transpose()?]))
    };
    let columns = [Column::Body, Column::DispositionDetail];
    rewrite::<events::Entity, _>(tx, (Column::Id, Column::CaseId, columns), cases, becomes).await
}

async fn set<C: ColumnTrait>(tx: &Tx, key: C, column: C, rows: Vec<Vec<Value>>) -> Result<(), StoreError>
where
    C::EntityName: EntityTrait,
{
    for rows in rows.chunks(rows_max(2)) {
        let mut update = update_from(Dialect::of(tx), key, rows.to_vec());
        update.value(column, given(2));
        tx.execute(&update).await.during(OPERATION)?;
    }
    Ok(())
}

/// Puts pseudonyms in the place of what cases and their deceased are known by, and forgets the words by which they are found.
async fn forget_who(tx: &Tx, erasures: &[&Erasure], ids: &[i64]) -> Result<(), StoreError> {
    set_keys(tx, erasures).await?;
    for (pseudonym, identity) in erasures.iter().flat_map(|one| &one.identities) {
        forget_again(tx, pseudonym, identity, ids).await?;
        let of_them = deceased::Entity::update_many()
            .col_expr(deceased::Column::Identity, Expr::val(pseudonym))
            .filter(deceased::Column::Identity.eq(identity))
            .filter(deceased::Column::CaseId.is_in(ids.iter().copied()));
        of_them.exec(tx).await.during(OPERATION)?;
        never_by_pseudonym(tx, pseudonym, identity).await?;
    }
    // What a field said before it was corrected has no pseudonym, and is not known any more.
    let pseudonyms: BTreeSet<&String> = erasures.iter().flat_map(|one| &one.identities).map(|(one, _)| one).collect();
    let corrected = deceased::Entity::delete_many()
        .filter(deceased::Column::CaseId.is_in(ids.iter().copied()))
        .filter(deceased::Column::Identity.is_not_in(pseudonyms))
        .filter(deceased::Column::Identity.not_like("~%"));
    corrected.exec(tx).await.during(OPERATION)?;
    let list = ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let words = format!(
        "DELETE FROM case_words WHERE case_id IN ({list}) \
         AND word <> (SELECT LOWER(reference) FROM cases WHERE id = case_words.case_id)"
    );
    tx.execute_unprepared(&words).await.during(OPERATION)?;
    forget_fields_told(tx, ids).await
}

/// A key whose pseudonym stands for an erased case already has the case's number with it: it is known by the first.
async fn set_keys(tx: &Tx, erasures: &[&Erasure]) -> Result<(), StoreError> {
    const FREE: &str = "CASE WHEN EXISTS (SELECT 1 FROM cases AS other WHERE other.workflow = cases.workflow \
                        AND other.case_key = given.column2 AND other.id <> cases.id) \
                        THEN given.column2 || '.' || cases.id ELSE given.column2 END";
    let keys = erasures.iter().filter_map(|one| Some(vec![one.case.0.into(), one.key.clone()?.into()]));
    for rows in keys.collect::<Vec<_>>().chunks(rows_max(2)) {
        let mut update = update_from(Dialect::of(tx), cases::Column::Id, rows.to_vec());
        update.value(cases::Column::CaseKey, Expr::cust(FREE));
        tx.execute(&update).await.during(OPERATION)?;
    }
    Ok(())
}

/// What was written down once more of a case that is known by its pseudonym already.
async fn forget_again(tx: &Tx, pseudonym: &str, identity: &str, ids: &[i64]) -> Result<(), StoreError> {
    use deceased::Column;
    let of_them = Column::CaseId.is_in(ids.iter().copied());
    let by_pseudonym =
        deceased::Entity::find().select_only().column(Column::CaseId).filter(Column::Identity.eq(pseudonym));
    let known: Vec<i64> = by_pseudonym.filter(of_them).into_tuple().all(tx).await.during(OPERATION)?;
    if pseudonym == identity || known.is_empty() {
        return Ok(());
    }
    let again =
        deceased::Entity::delete_many().filter(Column::Identity.eq(identity)).filter(Column::CaseId.is_in(known));
    again.exec(tx).await.during(OPERATION).map(drop)
}

/// What a case listed of itself, and nobody asked for.
async fn never_by_pseudonym(tx: &Tx, pseudonym: &str, identity: &str) -> Result<(), StoreError> {
    use suppressions::Column;
    let listed = suppressions::Entity::find_by_id((identity.to_owned(), ANY_CHANNEL.to_owned()))
        .filter(Column::Source.eq(FROM_CASE));
    let Some(row) = listed.one(tx).await.during(OPERATION)? else { return Ok(()) };
    suppressions::Entity::delete_by_id((row.address.clone(), row.channel.clone())).exec(tx).await.during(OPERATION)?;
    let kept = suppressions::Model { address: pseudonym.to_owned(), ..row };
    super::batch::insert_new(tx, vec![sea_orm::IntoActiveModel::into_active_model(kept)], OPERATION).await.map(drop)
}

/// What other systems were told, or are to be told, of the case's fields.
async fn forget_fields_told(tx: &Tx, ids: &[i64]) -> Result<(), StoreError> {
    use webhook_deliveries::Column;
    let rows = webhook_deliveries::Entity::find().filter(Column::CaseId.is_in(ids.iter().copied())).all(tx).await;
    let mut changed = Vec::new();
    for row in rows.during(OPERATION)? {
        let mut body: serde_json::Value = serde_json::from_str(&row.body).unwrap_or_default();
        let fields = body.get_mut("data").and_then(serde_json::Value::as_object_mut);
        if fields.is_some_and(|data| data.remove("fields").is_some()) || body.is_null() {
            changed.push(vec![row.id.into(), body.to_string().into()]);
        }
    }
    set(tx, Column::Id, Column::Body, changed).await
}
