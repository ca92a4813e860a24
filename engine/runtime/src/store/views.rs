//! Saved views: filters of the list of cases under a name, of one person or for everybody.

use jiff::Timestamp;
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ActiveValue, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait,
};

use super::Store;
use super::audit::{self, NewAudit};
use super::document::{instant, millis};
use super::error::{During, StoreError};
use super::tables::views::{ActiveModel, Column, Entity, Model};

const SAVING: &str = "save a view";
const READING: &str = "read views";
/// Views of one person: more are no short cuts any more.
pub const VIEWS_MAX: u64 = 50;
/// Views that are listed at once: a person's own and those of all, bounded as every list is.
const LISTED_MAX: u64 = 200;

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its number.
    pub id: i64,
    /// Whose it is: the name of an account.
    pub owner: String,
    /// What they call it.
    pub name: String,
    /// What is asked of the list, as it stands in its address.
    pub query: String,
    /// Whether everybody sees it.
    pub shared: bool,
    /// When it was saved last.
    pub saved_at: Timestamp,
}

/// A view that is saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewView {
    /// Whose it is.
    pub owner: String,
    /// What they call it.
    pub name: String,
    /// What is asked of the list.
    pub query: String,
    /// Whether everybody sees it.
    pub shared: bool,
}

impl Store {
    /// Somebody's own views and those that are everybody's, by name.
    ///
    /// # Errors
    /// The database failed.
    pub async fn views(&self, owner: &str) -> Result<Vec<View>, StoreError> {
        let theirs = Condition::any().add(Column::Owner.eq(owner)).add(Column::Shared.eq(true));
        // Where there are more than are listed, it is others' views that are left out.
        let own_first = Expr::expr(Column::Owner.into_expr().eq(owner)).cast_as(Alias::new("integer"));
        let query = Entity::find()
            .filter(theirs)
            .order_by_desc(own_first)
            .order_by_asc(Column::Name)
            .order_by_asc(Column::Id)
            .limit(LISTED_MAX);
        let mut rows = query.all(&self.reader).await.during(READING)?;
        rows.sort_by(|one, other| (&one.name, one.id).cmp(&(&other.name, other.id)));
        Ok(rows.into_iter().map(from_row).collect())
    }

    /// Saves a view, in place of its owner's other of that name; false where they have as many as there may be.
    ///
    /// # Errors
    /// The database failed; then nothing is saved.
    pub async fn save_view(&self, new: &NewView, trace: NewAudit) -> Result<bool, StoreError> {
        let tx = self.begin(SAVING).await?;
        let own = || Entity::find().filter(Column::Owner.eq(&new.owner));
        let before = own().filter(Column::Name.eq(&new.name)).one(&tx).await.during(SAVING)?;
        if before.is_none() && own().count(&tx).await.during(SAVING)? >= VIEWS_MAX {
            return Ok(false);
        }
        let row = ActiveModel {
            id: before.as_ref().map_or(ActiveValue::NotSet, |before| ActiveValue::Unchanged(before.id)),
            owner: ActiveValue::Set(new.owner.clone()),
            name: ActiveValue::Set(new.name.clone()),
            query: ActiveValue::Set(new.query.clone()),
            shared: ActiveValue::Set(new.shared),
            saved_at: ActiveValue::Set(millis(trace.at)),
        };
        if before.is_some() {
            Entity::update(row).exec(&tx).await.during(SAVING)?;
        } else {
            Entity::insert(row).exec_without_returning(&tx).await.during(SAVING)?;
        }
        audit::record(&tx, &[trace]).await?;
        tx.commit().await.during(SAVING)?;
        Ok(true)
    }

    /// Removes a view of `owner`, or one that is everybody's where they look after those; false if there is none.
    ///
    /// # Errors
    /// The database failed; then it stays.
    pub async fn remove_view(
        &self,
        id: i64,
        owner: &str,
        looks_after_shared: bool,
        trace: NewAudit,
    ) -> Result<bool, StoreError> {
        let mut may = Condition::any().add(Column::Owner.eq(owner));
        if looks_after_shared {
            may = may.add(Column::Shared.eq(true));
        }
        let delete = Entity::delete_many().filter(Column::Id.eq(id)).filter(may);
        Ok(self.change_alone(SAVING, delete.into_query(), Some(trace)).await? > 0)
    }
}

fn from_row(row: Model) -> View {
    let Model { id, owner, name, query, shared, saved_at } = row;
    View { id, owner, name, query, shared, saved_at: instant(saved_at) }
}
