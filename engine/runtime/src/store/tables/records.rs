//! Rows that a detection has dealt with.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub detection: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_hash: String,
    pub run: i64,
    pub file: String,
    pub line: i64,
    pub result: String,
    pub case_id: Option<i64>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
