//! What goes on record before it happens: if the record cannot be written, it does not happen.

use sanzao_access::Session;
use sanzao_audit::{Action, Entry};
use sanzao_model::{Item, PersonId};

use crate::caller::Caller;
use crate::problem::Problem;
use crate::refusals::refused_for;
use crate::state::ApiState;

/// An entry of somebody who was let in.
pub(crate) fn entry(state: &ApiState, caller: &Caller, action: Action) -> Entry {
    let mut entry = Entry::new(state.backend().now(), caller.name(), action);
    entry.request = Some(caller.request.clone());
    entry.from = Some(caller.address.to_string());
    entry.session = caller.session.as_ref().map(Session::mark);
    let roles: Vec<&str> = caller.account.roles().iter().map(|role| role.title()).collect();
    entry.details.insert(sanzao_audit::ROLE.to_owned(), roles.join("、"));
    entry
}

/// The same, about an item and the people of it.
pub(crate) fn about(mut entry: Entry, item: &Item) -> Entry {
    entry.item = Some(item.id);
    entry.subjects = item.people.iter().copied().take(sanzao_audit::MOST_SUBJECTS).collect();
    entry
}

/// The same, about people.
pub(crate) fn about_people(mut entry: Entry, people: impl IntoIterator<Item = PersonId>) -> Entry {
    entry.subjects = people.into_iter().take(sanzao_audit::MOST_SUBJECTS).collect();
    entry
}

/// The same, of what was refused.
pub(crate) fn refused(entry: Entry, problem: &Problem) -> Entry {
    refused_for(entry, problem.code())
}

impl ApiState {
    /// Puts something on record, durably, before it happens.
    ///
    /// # Errors
    /// When it cannot be: then it must not happen.
    pub(crate) async fn record(&self, entry: Entry) -> Result<(), Problem> {
        self.block(move |backend| Ok(backend.record(entry)?)).await
    }

    /// The result of what was put on record before: where it was refused after all, that is on record as well.
    pub(crate) async fn done<T>(&self, told: Entry, result: Result<T, Problem>) -> Result<T, Problem> {
        if let Err(problem) = &result
            && problem.is_refusal()
        {
            self.note(refused(told, problem)).await;
        }
        result
    }
}
