//! Rows that could not be read.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "rejected_records")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub detection: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub row_hash: String,
    pub run: i64,
    pub file: String,
    pub line: i64,
    pub problems: String,
    pub given: Option<String>,
    pub corrected_to: Option<String>,
    pub corrected_at: Option<i64>,
    pub corrected_by: Option<String>,
    pub result: Option<String>,
    pub case_id: Option<i64>,
    pub values_erased: bool,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
