//! Roles, and what each may do.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What somebody is to the bureau. An account may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Works on alerts and tasks of their divisions.
    Caseworker,
    /// Distributes work, approves it, and looks at it a second time.
    Supervisor,
    /// Runs the feeds. Sees no list of people, but rejected events as far as repairing them needs.
    DataOfficer,
    /// Keeps the machines running.
    SystemAdmin,
    /// Says who has an account and what they may do.
    SecurityAdmin,
    /// Reads and verifies the audit records.
    AuditAdmin,
    /// A program of another department, which sends events.
    Department,
}

/// A kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Read lists, items, their history and changes.
    ReadWork,
    /// Claim, release, snooze, decide, comment, attach, complete, report, appeal, send a notice.
    ActOnWork,
    /// Assign others, approve, reject, cancel, reopen, look at closed work a second time.
    Supervise,
    /// Search people by name, number or phone.
    SearchPeople,
    /// See somebody's identity in plain text, with a purpose, on record.
    RevealPeople,
    /// Erase somebody.
    ErasePeople,
    /// Take lists of work out as files.
    ExportWork,
    /// Read counts, small ones hidden.
    ReadStatistics,
    /// Read the quality of feeds, every sender's receipts and rejections.
    ReadFeeds,
    /// Send rejected events again, corrected.
    RepairFeeds,
    /// Send events to feeds, of the account's own sources.
    PostEvents,
    /// Read the receipts of the account's own sources.
    ReadReceipts,
    /// Read rules and the numbers they use.
    ReadRules,
    /// Read and end sessions, change accounts.
    ManageAccounts,
    /// Read the audit records.
    ReadAudit,
    /// Verify the chain of the audit records.
    VerifyAudit,
    /// Read how the platform itself fares.
    ReadSystem,
}

/// Why a text is no role. Reject: whoever wrote it must mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "no such role; expected caseworker, supervisor, data-officer, system-admin, security-admin, audit-admin or \
     department"
)]
pub struct RoleError;

impl Role {
    /// All roles.
    pub const ALL: [Role; 7] = [
        Role::Caseworker,
        Role::Supervisor,
        Role::DataOfficer,
        Role::SystemAdmin,
        Role::SecurityAdmin,
        Role::AuditAdmin,
        Role::Department,
    ];

    /// Its name in the accounts file.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Caseworker => "caseworker",
            Role::Supervisor => "supervisor",
            Role::DataOfficer => "data-officer",
            Role::SystemAdmin => "system-admin",
            Role::SecurityAdmin => "security-admin",
            Role::AuditAdmin => "audit-admin",
            Role::Department => "department",
        }
    }

    /// Its name for people.
    pub fn title(self) -> &'static str {
        match self {
            Role::Caseworker => "经办人",
            Role::Supervisor => "主管",
            Role::DataOfficer => "数据管理员",
            Role::SystemAdmin => "系统管理员",
            Role::SecurityAdmin => "安全管理员",
            Role::AuditAdmin => "审计管理员",
            Role::Department => "部门系统",
        }
    }

    /// What it may do: the one table. What no row names, nobody may.
    ///
    /// - Supervisors do not act for caseworkers by their role: whoever decides and approves has both roles, and casework
    ///   still asks for a second person.
    /// - Erasing begins with finding the right person, so it lies with supervisors, who search.
    /// - Exports are lists of people, if masked: caseworkers work in the console, the data office has statistics.
    /// - The data office reads counts, so its accounts are told of which divisions, as a rule of the whole bureau.
    /// - Administrators read no cases (design §4). The security administrator does not read the records that watch
    ///   the security administrator.
    pub const fn permissions(self) -> &'static [Permission] {
        use Permission::*;
        match self {
            Role::Caseworker => &[ReadWork, ActOnWork, SearchPeople, RevealPeople, ReadStatistics, ReadRules],
            Role::Supervisor => &[
                ReadWork,
                Supervise,
                SearchPeople,
                RevealPeople,
                ErasePeople,
                ExportWork,
                ReadStatistics,
                ReadRules,
            ],
            Role::DataOfficer => &[ReadFeeds, RepairFeeds, ReadReceipts, ReadStatistics, ReadRules],
            Role::SystemAdmin => &[ReadSystem],
            Role::SecurityAdmin => &[ManageAccounts],
            Role::AuditAdmin => &[ReadAudit, VerifyAudit, ReadRules],
            Role::Department => &[PostEvents, ReadReceipts],
        }
    }

    /// Whether it may do that.
    pub fn may(self, permission: Permission) -> bool {
        self.permissions().contains(&permission)
    }

    /// Whether it is one of the three administrators, who are three people.
    pub fn is_administrator(self) -> bool {
        matches!(self, Role::SystemAdmin | Role::SecurityAdmin | Role::AuditAdmin)
    }

    /// Whether it is to be told of which divisions it reads.
    pub fn needs_territory(self) -> bool {
        self.permissions().iter().any(|permission| permission.is_scoped())
    }

    /// Whether it reads cases.
    pub fn reads_cases(self) -> bool {
        self.permissions().iter().any(|permission| permission.shows_people())
    }
}

impl Permission {
    /// All permissions.
    pub const ALL: [Permission; 17] = [
        Permission::ReadWork,
        Permission::ActOnWork,
        Permission::Supervise,
        Permission::SearchPeople,
        Permission::RevealPeople,
        Permission::ErasePeople,
        Permission::ExportWork,
        Permission::ReadStatistics,
        Permission::ReadFeeds,
        Permission::RepairFeeds,
        Permission::PostEvents,
        Permission::ReadReceipts,
        Permission::ReadRules,
        Permission::ManageAccounts,
        Permission::ReadAudit,
        Permission::VerifyAudit,
        Permission::ReadSystem,
    ];

    /// Whether a scope bounds what it shows: people, and counts of people.
    pub fn is_scoped(self) -> bool {
        self.shows_people() || self == Permission::ReadStatistics
    }

    /// Whether it is about cases of people.
    pub fn shows_people(self) -> bool {
        match self {
            Permission::ReadWork
            | Permission::ActOnWork
            | Permission::Supervise
            | Permission::SearchPeople
            | Permission::RevealPeople
            | Permission::ErasePeople
            | Permission::ExportWork => true,
            Permission::ReadStatistics
            | Permission::ReadFeeds
            | Permission::RepairFeeds
            | Permission::PostEvents
            | Permission::ReadReceipts
            | Permission::ReadRules
            | Permission::ManageAccounts
            | Permission::ReadAudit
            | Permission::VerifyAudit
            | Permission::ReadSystem => false,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Role, RoleError> {
        Role::ALL.into_iter().find(|role| role.as_str() == text).ok_or(RoleError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_operation_is_somebodys_and_no_administrator_reads_cases() {
        for permission in Permission::ALL {
            assert!(Role::ALL.iter().any(|role| role.may(permission)), "{permission:?} is nobody's");
            for admin in Role::ALL.into_iter().filter(|role| role.is_administrator()) {
                assert!(!(admin.may(permission) && permission.shows_people()), "{admin} {permission:?}");
            }
        }
        let reading: Vec<_> = Role::ALL.into_iter().filter(|role| role.reads_cases()).collect();
        assert_eq!(reading, [Role::Caseworker, Role::Supervisor]);
        assert_eq!(Role::ALL.into_iter().filter(|role| role.may(Permission::PostEvents)).count(), 1);
    }

    #[test]
    fn what_a_role_is_called_is_what_it_is_read_by() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert_eq!("Caseworker".parse::<Role>(), Err(RoleError));
    }
}
