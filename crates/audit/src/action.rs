//! What was done, and what became of it.

use std::fmt;

/// What somebody did.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// A case was read.
    ReadCase,
    /// Somebody's identity was shown in full.
    Reveal,
    /// People were searched for.
    SearchPeople,
    /// Everything held about a person was handed out.
    ExportPerson,
    /// A person was erased.
    ErasePerson,
    /// A command on an item was given.
    Command {
        /// The name of the order, in kebab-case.
        order: String,
    },
    /// Somebody logged in, or tried to.
    Login,
    /// Somebody logged out, or a session ended.
    Logout,
    /// Something was asked for that is not allowed, before it was clear what it would have been.
    Refusal,
    /// Lists or figures were exported.
    Export,
    /// The record was searched.
    SearchAudit,
    /// The record was exported.
    ExportAudit,
    /// The record was verified.
    VerifyAudit,
    /// Somebody's own access log was handed out.
    ReadAccessLog,
    /// An account, its roles or its divisions were changed.
    AccountChange,
    /// Rules were changed.
    RuleChange,
    /// Parameters were changed.
    ParameterChange,
    /// Other configuration was changed.
    ConfigurationChange,
    /// An attached file was read.
    AttachmentRead,
    /// A file was attached.
    AttachmentAdd,
    /// A department, or a report, sent an event.
    SendEvent,
    /// A rejected event was sent again, corrected.
    Repair,
    /// A webhook was made, changed or removed.
    WebhookChange,
    /// A process began.
    Start,
    /// A process ended in order.
    Stop,
}

/// Action, name on record, and what a person reads in their own access log.
const ACTIONS: [(Action, &str, &str); 24] = [
    (Action::ReadCase, "read-case", "查看了与您有关的个案"),
    (Action::Reveal, "reveal", "查看了您的身份信息"),
    (Action::SearchPeople, "search-people", "查询人员时查到了您"),
    (Action::ExportPerson, "export-person", "导出了关于您的全部信息"),
    (Action::ErasePerson, "erase-person", "删除了您的信息"),
    (Action::Login, "login", "登录系统"),
    (Action::Logout, "logout", "退出系统"),
    (Action::Refusal, "refusal", "请求访问与您有关的信息"),
    (Action::Export, "export", "导出的资料中包含您的信息"),
    (Action::SearchAudit, "search-audit", "查询了与您有关的访问记录"),
    (Action::ExportAudit, "export-audit", "导出了与您有关的访问记录"),
    (Action::VerifyAudit, "verify-audit", "核验了访问记录"),
    (Action::ReadAccessLog, "read-access-log", "调取了您的访问记录"),
    (Action::AccountChange, "account-change", "变更了账号"),
    (Action::RuleChange, "rule-change", "变更了规则"),
    (Action::ParameterChange, "parameter-change", "变更了参数"),
    (Action::ConfigurationChange, "configuration-change", "变更了配置"),
    (Action::AttachmentRead, "attachment-read", "查看了与您有关的附件"),
    (Action::AttachmentAdd, "attachment-add", "添加了与您有关的附件"),
    (Action::SendEvent, "send-event", "报送了与您有关的信息"),
    (Action::Repair, "repair", "更正并重新报送了与您有关的信息"),
    (Action::WebhookChange, "webhook-change", "变更了推送设置"),
    (Action::Start, "start", "系统启动"),
    (Action::Stop, "stop", "系统停止"),
];

const COMMAND: &str = "command";

impl Action {
    /// Its name on record, in kebab-case; of every command the same.
    pub fn as_str(&self) -> &'static str {
        ACTIONS.iter().find(|(action, ..)| action == self).map_or(COMMAND, |(_, name, _)| name)
    }

    /// The order of a command.
    pub fn order(&self) -> Option<&str> {
        match self {
            Action::Command { order } => Some(order),
            _ => None,
        }
    }

    /// What a person reads in their own access log, in Chinese.
    pub fn wording(&self) -> &'static str {
        ACTIONS.iter().find(|(action, ..)| action == self).map_or("处理了与您有关的个案", |(.., text)| text)
    }

    /// The action of a name on record. None for a name that a later version of this program may know.
    pub fn named(name: &str, order: Option<&str>) -> Option<Action> {
        match order {
            Some(order) => (name == COMMAND).then(|| Action::Command { order: order.to_owned() }),
            None => ACTIONS.iter().find(|(_, known, _)| *known == name).map(|(action, ..)| action.clone()),
        }
    }
}

impl fmt::Display for Action {
    /// The name; of a command also its order: `command:claim`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Command { order } => write!(f, "{COMMAND}:{order}"),
            action => f.write_str(action.as_str()),
        }
    }
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused.
    Refused {
        /// The stable code of the reason, in kebab-case.
        code: String,
    },
}

impl Outcome {
    /// `done` or `refused`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Refused { .. } => "refused",
        }
    }

    /// Why it was refused.
    pub fn code(&self) -> Option<&str> {
        match self {
            Outcome::Done => None,
            Outcome::Refused { code } => Some(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_there_and_back_and_each_its_own() {
        let mut names = BTreeSet::from([COMMAND]);
        for (action, name, text) in &ACTIONS {
            assert_eq!(Action::named(name, None).as_ref(), Some(action));
            assert_eq!((action.as_str(), action.wording()), (*name, *text));
            assert!(names.insert(name), "{name} is there twice");
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{name}");
            assert_eq!(Action::named(name, Some("claim")), None);
        }
        let claim = Action::Command { order: "claim".to_owned() };
        assert_eq!(Action::named(claim.as_str(), claim.order()), Some(claim.clone()));
        assert_eq!(claim.to_string(), "command:claim");
        assert_eq!(Action::named("command", None), None);
        assert_eq!(Action::named("of-later", None), None);
    }
}
