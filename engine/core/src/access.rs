//! Who may do what: roles, permissions named by act, and the one table of both.
//!
//! Pages, the API and the command line ask [`Role::may`]; nothing else decides. Who somebody is, and whether
//! that was proven, is for the edge.

use Permission::{
    ActOnCase, ActivateWorkflow, AnswerTask, CorrectRecords, EditWorkflow, ListSuppression, ManageRetention,
    ManageUsers, ManageWebhooks, OpenCase, ReleaseOutbox, ReverseDeath, RunDetection, SeePersonalFields, SubmitEvent,
    ViewAudit, ViewCase, ViewMetrics, ViewReports, ViewWorkflow,
};
use Role::{Administrator, Agent, Editor, Supervisor, Viewer};

/// What somebody is in the house. One person may be several things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Looks on: numbers and cases, without names.
    Viewer,
    /// Rings people and notes what came of it.
    Agent,
    /// Sees to it that every case goes on.
    Supervisor,
    /// Writes workflows and their texts.
    Editor,
    /// Says who may come in; sees no family's data by that.
    Administrator,
}

/// What somebody may be allowed to do. The name is also the scope of an API key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// See cases, tasks and messages, and why each stands where it does.
    ViewCase,
    /// See names, numbers, addresses, and texts that hold them.
    SeePersonalFields,
    /// Take calls and other tasks, and note what came of them.
    AnswerTask,
    /// Open cases by hand.
    OpenCase,
    /// Hold, resume, close, retry, skip, move; one case, or many at once.
    ActOnCase,
    /// Report what happened to a case elsewhere.
    SubmitEvent,
    /// Hold and release the outbox; retry, cancel and send again messages.
    ReleaseOutbox,
    /// Look for cases now.
    RunDetection,
    /// Correct rows of a source that could not be read.
    CorrectRecords,
    /// Note that somebody does not want to be contacted, or wants to again.
    ListSuppression,
    /// Withdraw a death that was registered in error, or confirm it.
    ReverseDeath,
    /// See workflows with their texts and versions.
    ViewWorkflow,
    /// Write drafts of workflows.
    EditWorkflow,
    /// Make a version the active one.
    ActivateWorkflow,
    /// See counts of the whole: `/metrics`.
    ViewMetrics,
    /// See the figures of the practice, which name nobody.
    ViewReports,
    /// See who did what.
    ViewAudit,
    /// Say which other systems are told of cases, and of what.
    ManageWebhooks,
    /// See how long what is kept of families, and erase a case because somebody asks for it.
    ManageRetention,
    /// Users, their roles and sessions, API keys.
    ManageUsers,
}

/// Who may do what.
#[rustfmt::skip]
const TABLE: [(Permission, &str, &[Role]); 20] = [
    (ViewCase,          "view_case",           &[Viewer, Agent, Supervisor, Editor, Administrator]),
    (SeePersonalFields, "see_personal_fields", &[        Agent, Supervisor]),
    (AnswerTask,        "answer_task",         &[        Agent, Supervisor]),
    (OpenCase,          "open_case",           &[               Supervisor]),
    (ActOnCase,         "act_on_case",         &[               Supervisor]),
    (SubmitEvent,       "submit_event",        &[               Supervisor]),
    (ReleaseOutbox,     "release_outbox",      &[               Supervisor]),
    (RunDetection,      "run_detection",       &[               Supervisor]),
    (CorrectRecords,    "correct_records",     &[               Supervisor]),
    (ListSuppression,   "list_suppression",    &[        Agent, Supervisor]),
    (ReverseDeath,      "reverse_death",       &[               Supervisor]),
    (ViewWorkflow,      "view_workflow",       &[Viewer, Agent, Supervisor, Editor, Administrator]),
    (EditWorkflow,      "edit_workflow",       &[                           Editor]),
    (ActivateWorkflow,  "activate_workflow",   &[                           Editor]),
    (ViewMetrics,       "view_metrics",        &[Viewer,        Supervisor, Editor, Administrator]),
    (ViewReports,       "view_reports",        &[Viewer,        Supervisor, Editor, Administrator]),
    (ViewAudit,         "view_audit",          &[                                   Administrator]),
    (ManageWebhooks,    "manage_webhooks",     &[                                   Administrator]),
    (ManageRetention,   "manage_retention",    &[                                   Administrator]),
    (ManageUsers,       "manage_users",        &[                                   Administrator]),
];

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Viewer, Agent, Supervisor, Editor, Administrator];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Viewer => "viewer",
            Agent => "agent",
            Supervisor => "supervisor",
            Editor => "editor",
            Administrator => "administrator",
        }
    }

    /// What people call it.
    pub fn words(self, language: &str) -> &'static str {
        match (self, language) {
            (Viewer, "ar") => "مطلع",
            (Agent, "ar") => "موظف اتصال",
            (Supervisor, "ar") => "مشرف",
            (Editor, "ar") => "محرر",
            (Administrator, "ar") => "مدير النظام",
            (role, _) => role.name(),
        }
    }

    /// The role of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Whether it may do this.
    pub fn may(self, permission: Permission) -> bool {
        permission.row().is_some_and(|(_, _, roles)| roles.contains(&self))
    }

    /// Everything that it may do.
    pub fn permissions(self) -> impl Iterator<Item = Permission> {
        Permission::all().filter(move |permission| self.may(*permission))
    }
}

impl Permission {
    /// All of them, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|(permission, ..)| *permission)
    }

    /// Its name, as the scope of an API key and in refusals.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |(_, name, _)| name)
    }

    /// What it lets do, as people say it.
    pub fn words(self, language: &str) -> &'static str {
        let (en, ar) = match self {
            ViewCase => ("see where cases stand", "الاطلاع على مواضع الحالات"),
            SeePersonalFields => ("see names, numbers and texts", "الاطلاع على الأسماء والأرقام والنصوص"),
            AnswerTask => ("take calls and note what came of them", "تولي المكالمات وتسجيل نتائجها"),
            OpenCase => ("open cases", "فتح الحالات"),
            ActOnCase => ("hold, resume, close, retry, move", "إيقاف الحالات واستئنافها وإغلاقها وإعادة محاولتها ونقلها"),
            SubmitEvent => ("report what happened to a case", "الإبلاغ بما حدث لحالة"),
            ReleaseOutbox => ("hold and release messages", "إيقاف الرسائل واستئنافها"),
            RunDetection => ("look for cases now", "رصد الحالات الآن"),
            CorrectRecords => ("correct rows that could not be read", "تصحيح السجلات التي تعذرت قراءتها"),
            ListSuppression => ("note who asks us to stop", "تسجيل من يطلب التوقف"),
            ReverseDeath => ("withdraw a death registered in error", "سحب وفاة سُجلت خطأ"),
            ViewWorkflow => ("see workflows and their texts", "الاطلاع على مسارات العمل ونصوصها"),
            EditWorkflow => ("write drafts of workflows", "كتابة مسودات مسارات العمل"),
            ActivateWorkflow => ("make a version the active one", "تفعيل إصدار"),
            ViewMetrics => ("see counts of the whole", "الاطلاع على الأعداد الإجمالية"),
            ViewReports => ("see the figures of the practice", "الاطلاع على أرقام العمل"),
            ViewAudit => ("see who did what", "الاطلاع على من فعل ماذا"),
            ManageWebhooks => ("say which systems are told of cases", "تحديد الأنظمة التي تُبلَّغ بالحالات"),
            ManageRetention => ("see what is kept how long, and erase cases", "الاطلاع على مدد الاحتفاظ ومحو الحالات"),
            ManageUsers => ("users, sessions and keys", "المستخدمون والجلسات والمفاتيح"),
        };
        if language == "ar" { ar } else { en }
    }

    /// The permission of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::all().find(|permission| permission.name() == name)
    }

    /// The roles that have it.
    pub fn roles(self) -> &'static [Role] {
        self.row().map_or(&[], |(_, _, roles)| roles)
    }

    fn row(self) -> Option<&'static (Self, &'static str, &'static [Role])> {
        TABLE.iter().find(|(permission, ..)| *permission == self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_permission_has_one_row_and_a_name_of_its_own() {
        let last = ManageUsers as usize;
        let rows: BTreeSet<usize> = Permission::all().map(|permission| permission as usize).collect();
        assert_eq!(rows, (0..=last).collect());
        let names: BTreeSet<&str> = Permission::all().map(Permission::name).collect();
        assert_eq!(names.len(), last + 1);
        for permission in Permission::all() {
            assert_eq!(Permission::parse(permission.name()), Some(permission));
            assert!(!permission.roles().is_empty(), "nobody may {}", permission.name());
        }
        assert!(Role::ALL.into_iter().all(|role| Role::parse(role.name()) == Some(role)));
    }

    /// The table that people read is the one that is asked.
    #[test]
    fn the_documented_table_is_this_one() {
        let documented = include_str!("../../../docs/security.md");
        for permission in Permission::all() {
            let cells = Role::ALL.map(|role| if role.may(permission) { " yes |" } else { " |" }).concat();
            let row = format!("| `{}` |{cells}", permission.name());
            assert!(documented.lines().any(|line| line == row), "missing in docs/security.md: {row}");
        }
    }

    #[test]
    fn who_lets_people_in_sees_no_family_and_who_looks_on_changes_nothing() {
        assert!(!Administrator.may(SeePersonalFields) && !Viewer.may(SeePersonalFields));
        let looks: BTreeSet<Permission> = Viewer.permissions().collect();
        assert_eq!(looks, BTreeSet::from([ViewCase, ViewWorkflow, ViewMetrics, ViewReports]));
        assert!(Role::ALL.into_iter().filter(|role| role.may(ManageUsers)).eq([Administrator]));
    }
}
