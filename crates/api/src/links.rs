//! Other items that an item names: the one that it raises again, those that raise it again, the one that gave its card the
//! id. What lies outside the caller's scope does not exist for them there either.

use std::collections::{HashMap, HashSet};

use sanzao_model::{Handling, Item, ItemId, SubjectId, WorkEvent};
use sanzao_readmodel::{
    ChangePage, ChangePosition, Cursor, Detail, Filter, Page, ReadModelError, Reader, Scope,
};

/// The items that this one names.
fn named(item: &Item) -> impl Iterator<Item = ItemId> {
    item.previous.into_iter().chain(item.handling.card)
}

fn leave_out(handling: &mut Handling, seen: &HashSet<ItemId>) {
    handling.card = handling.card.filter(|card| seen.contains(card));
}

fn leave_out_of(item: &mut Item, seen: &HashSet<ItemId>) {
    item.previous = item.previous.filter(|previous| seen.contains(previous));
    leave_out(&mut item.handling, seen);
}

/// An item, naming none that lies outside.
///
/// # Errors
/// When the read model cannot be read.
pub(crate) fn only_within(
    reader: &Reader,
    scope: &Scope,
    mut detail: Detail,
) -> Result<Detail, ReadModelError> {
    let others = named(&detail.item).chain(detail.next.iter().copied()).collect();
    let seen = reader.items_within(&others, scope)?;
    leave_out_of(&mut detail.item, &seen);
    detail.next.retain(|next| seen.contains(next));
    leave_out_found(scope, &mut detail);
    Ok(detail)
}

/// Without where its decision covers something outside; of what no sighting says where it is, only what the item is about.
fn leave_out_found(scope: &Scope, detail: &mut Detail) {
    let mut places: HashMap<(SubjectId, String), bool> = HashMap::new();
    for change in &detail.history {
        if let WorkEvent::StillFound { subject, occasion, sighting: Some(sighting), .. } = &change.event {
            places.insert((*subject, occasion.clone()), scope.contains(sighting.division));
        }
    }
    let own = detail.item.subject;
    let is_seen = |subject: SubjectId, occasion: &str| {
        places.get(&(subject, occasion.to_owned())).copied().unwrap_or(subject == own)
    };
    detail.still_found.retain(|(subject, occasion)| is_seen(*subject, occasion));
    detail.history.retain(|change| match &change.event {
        WorkEvent::StillFound { subject, occasion, .. } => is_seen(*subject, occasion),
        _ => true,
    });
}

/// A page of a list, as far as it names none that lies outside its scope.
///
/// # Errors
/// When the read model cannot be read, or the cursor is of another list.
pub(crate) fn list_within(
    reader: &Reader,
    filter: &Filter,
    limit: usize,
    cursor: Option<&Cursor>,
) -> Result<Page, ReadModelError> {
    let mut page = reader.list(filter, limit, cursor)?;
    let cards = page.items.iter().filter_map(|row| row.handling.card).collect();
    let seen = reader.items_within(&cards, &filter.scope)?;
    page.items.iter_mut().for_each(|row| leave_out(&mut row.handling, &seen));
    Ok(page)
}

/// What happened within a scope, naming no item that lies outside.
///
/// # Errors
/// When the read model cannot be read.
pub(crate) fn changes_within(
    reader: &Reader,
    after: Option<ChangePosition>,
    limit: usize,
    scope: &Scope,
) -> Result<ChangePage, ReadModelError> {
    let mut page = reader.changes(after, limit, scope)?;
    let others = page.changes.iter().flat_map(|change| named(&change.item)).collect();
    let seen = reader.items_within(&others, scope)?;
    page.changes.iter_mut().for_each(|change| leave_out_of(&mut change.item, &seen));
    Ok(page)
}
