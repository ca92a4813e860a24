//! Delivery receipts as they came.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "receipts")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub dedupe: String,
    pub notification_id: Option<String>,
    pub notifier: String,
    pub provider_id: Option<String>,
    pub provider_status: String,
    pub status: Option<String>,
    pub code: Option<String>,
    pub bad_address: bool,
    pub raw: String,
    pub received_at: i64,
    pub seen: i64,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
