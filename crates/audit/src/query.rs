//! Which entries somebody looks for.

use sanzao_model::{Instant, ItemId, PersonId};

use crate::keys::Handle;
use crate::record::Record;
use crate::{AuditError, AuditKeys, Opened};

/// What an entry must have; everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Query {
    /// By this account.
    pub actor: Option<String>,
    /// The name of an action, or `command:<order>` for one order.
    pub action: Option<String>,
    /// `done`, `refused`, or the code of a refusal.
    pub outcome: Option<String>,
    /// On this alert or task. Entries that concern only people who were forgotten are not found by it. It is the slowest:
    /// each entry has to be opened, unless something else that is given excludes it first.
    pub item: Option<ItemId>,
    /// Concerning this person.
    pub person: Option<PersonId>,
    /// Not earlier.
    pub from: Option<Instant>,
    /// Earlier than this.
    pub to: Option<Instant>,
}

/// A query, with what the key store knows of its person.
pub(crate) struct Search<'a> {
    query: &'a Query,
    keys: &'a AuditKeys,
    /// Some(None): of a person of whom there is no key, and so no entry that opens.
    handle: Option<Option<Handle>>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(query: &'a Query, keys: &'a AuditKeys) -> Result<Search<'a>, AuditError> {
        let handle = query.person.map(|person| keys.handle_of(person)).transpose()?;
        Ok(Search { query, keys, handle })
    }

    /// Whether nothing can be found at all.
    pub(crate) fn is_vain(&self) -> bool {
        self.handle == Some(None)
    }

    /// What stands in clear is looked at first: nothing else has to be opened of what is not looked for.
    pub(crate) fn may_match(&self, record: &Record<'_>) -> Result<bool, AuditError> {
        let (query, fields) = (self.query, &record.fields);
        let at = record.at();
        let is_action = |wanted: &String| match wanted.split_once(':') {
            Some((action, order)) => fields.action == action && fields.order == Some(order),
            None => fields.action == wanted,
        };
        let is_outcome = |wanted: &String| match fields.refused {
            None => wanted == "done",
            Some(code) => wanted == "refused" || wanted == code,
        };
        let in_clear = query.actor.as_ref().is_none_or(|actor| fields.actor == actor)
            && query.action.as_ref().is_none_or(is_action)
            && query.outcome.as_ref().is_none_or(is_outcome)
            && query.from.is_none_or(|from| at >= from)
            && query.to.is_none_or(|to| at < to);
        let Some(handle) = self.handle else { return Ok(in_clear) };
        if !in_clear || !record.concerns_people() {
            return Ok(false);
        }
        let year = record.year_key(&self.keys.made);
        let circumstances = record.circumstances(&year);
        let circumstances = circumstances.ok_or(AuditError::Changed { number: fields.number })?;
        Ok(handle.is_some_and(|handle| circumstances.handles.contains(&handle)))
    }

    /// The rest, of an opened record of which the query holds otherwise.
    pub(crate) fn matches(&self, opened: &Opened) -> bool {
        let concern = opened.concern.known();
        self.query.item.is_none_or(|item| concern.is_some_and(|concern| concern.item == Some(item)))
    }
}
