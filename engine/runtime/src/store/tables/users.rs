//! People who may come in.

use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub name: String,
    pub full_name: String,
    pub roles: String,
    pub language: Option<String>,
    pub password: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
    pub issuer: Option<String>,
    pub subject: Option<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
