//! Procedure *quality*: what the data office has to put right.

use super::super::numbers::At;
use super::super::view::View;
use super::when;

/// "A fact of the person is held (§3)." One occasion for each feed that sent such facts.
pub fn name_mismatch(view: &View, person: &str, _: &At) -> Vec<String> {
    view.feeds_of_held_facts(person).into_iter().map(str::to_owned).collect()
}

/// "A death signal, and a settlement (not reversed) whose `begin`, an admission whose `on`, or a wage whose month
/// begins after `died_on`."
pub fn activity_after_death(view: &View, person: &str, _: &At) -> Vec<String> {
    when(!view.activity_after_death(person).is_empty(), "after-death")
}
