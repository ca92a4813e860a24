//! Messages to us, as they came and where they went.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "inbound_messages")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub notifier: String,
    pub provider_id: String,
    pub channel: String,
    pub from_address: String,
    pub to_address: Option<String>,
    pub text: String,
    pub keyword: Option<String>,
    pub raw: String,
    pub received_at: i64,
    pub seen: i64,
    pub case_id: Option<i64>,
    pub candidates: String,
    pub assigned_by: Option<String>,
    pub assigned_at: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
