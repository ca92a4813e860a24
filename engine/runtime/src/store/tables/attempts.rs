//! Attempts to send a message.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub notification_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub fence: i64,
    pub attempt: i64,
    pub started_at: i64,
    pub ended_at: Option<i64>,
    pub result: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub notifier: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
