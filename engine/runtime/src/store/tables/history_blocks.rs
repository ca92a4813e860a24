//! Which cases' histories lie together.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "history_blocks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub first: i64,
    pub past: i64,
    pub emptied_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
