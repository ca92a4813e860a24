//! What each of them is told, and whether it was.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "webhook_deliveries")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub webhook_id: i64,
    pub notice: String,
    pub case_id: i64,
    pub topic: String,
    pub body: String,
    pub planned_at: i64,
    pub attempts: i64,
    pub next_at: i64,
    pub settled_at: Option<i64>,
    pub skipped_by: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
