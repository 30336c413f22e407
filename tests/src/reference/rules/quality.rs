//! Procedure *quality*: what the data office has to put right.

use super::super::numbers::At;
use super::super::view::View;
use super::when;

/// "A fact of the person is held (§3)."
pub fn name_mismatch(view: &View, person: &str, _: &At) -> Vec<String> {
    when(view.has_held_fact(person), "name")
}

/// "A death signal, and a settlement (not reversed) whose `begin`, an admission whose `on`, or a wage whose month
/// begins after `died_on`."
pub fn activity_after_death(view: &View, person: &str, _: &At) -> Vec<String> {
    when(!view.activity_after_death(person).is_empty(), "after-death")
}
