//! What stands on one card: alerts and tasks that are looked at together.

use std::collections::HashSet;

use axum::Json;
use axum::extract::State;
use sanzao_access::Permission;
use sanzao_model::{ItemId, PersonId};
use sanzao_readmodel::{Filter, Kind};
use serde::Serialize;
use utoipa::ToSchema;

use crate::blind::blind_row;
use crate::caller::Caller;
use crate::item::PathId;
use crate::item_body::ListedItem;
use crate::links::list_within;
use crate::mask::masks;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;
use crate::vocabulary;

/// The most alerts, and the most tasks, that a card shows: more is no card but a list.
const MOST_OF_A_KIND: usize = 500;

/// What stands on a card, as far as the account sees it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Card {
    #[schema(schema_with = vocabulary::id)]
    id: ItemId,
    /// By due day.
    alerts: Vec<ListedItem>,
    /// By due day.
    tasks: Vec<ListedItem>,
    /// Whether there is more on it: the lists show all, filtered by `card`.
    more: bool,
}

/// What stands on a card.
#[utoipa::path(get, path = "/v1/cards/{id}", operation_id = "get_card", tag = "work",
    params(("id" = String, Path, description = "The card: the id of the item that began it",
        pattern = "^[0-9a-f]{32}$")),
    responses(
        (status = 200, description = "The card", body = Card),
        (status = 404, description = "The account sees nothing on such a card", body = ProblemBody,
            content_type = "application/problem+json"),
    ),
    security(("token" = []), ("session" = [])))]
pub(crate) async fn card(
    State(state): State<ApiState>,
    caller: Caller,
    id: PathId,
) -> Result<Json<Card>, Problem> {
    caller.require(Permission::ReadWork)?;
    let none = || Problem::not_found("card");
    let id = id.item().ok_or_else(none)?;
    // Asked first: what is projected between the two questions is found.
    let has_projected = state.has_projected();
    let scope = caller.scope.clone();
    let pages = state.ask(move |reader| {
        // A card has the id of an item: where that lies outside, its items are not told of it either.
        if reader.items_within(&HashSet::from([id]), &scope)?.is_empty() {
            return Ok(None);
        }
        let of = |kind| {
            let filter = Filter { card: Some(id), scope: scope.clone(), ..Filter::all(kind) };
            list_within(reader, &filter, MOST_OF_A_KIND, None)
        };
        Ok(Some((of(Kind::Alert)?, of(Kind::Task)?)))
    });
    let found = pages.await?.filter(|(alerts, tasks)| !alerts.items.is_empty() || !tasks.items.is_empty());
    let Some((alerts, tasks)) = found else {
        return Err(if has_projected { none() } else { Problem::not_known_yet("what is on this card") });
    };
    let both = alerts.items.iter().chain(&tasks.items);
    let people: Vec<PersonId> = both.flat_map(|row| row.people.iter().copied()).collect();
    let masks = masks(&state, &people).await;
    let more = alerts.next.is_some() || tasks.next.is_some();
    let listed =
        |rows: Vec<_>| rows.into_iter().map(|row| ListedItem::new(blind_row(row, &caller), &masks)).collect();
    Ok(Json(Card { id, alerts: listed(alerts.items), tasks: listed(tasks.items), more }))
}
