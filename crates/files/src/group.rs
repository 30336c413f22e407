//! Groups: rows that make one event together.

use crate::json::Json;
use crate::mapping::{EventMapping, Field, Id, Part, Time};
use crate::row_event::Made;

/// Rows that make one event.
pub(crate) struct Group<'m> {
    pub event: &'m EventMapping,
    pub lines: Vec<u64>,
    pub made: Option<Made>,
    /// Lines that spoil it.
    pub refused: Vec<u64>,
}

impl Made {
    /// The items of each list, to be added to.
    pub fn lists_mut(&mut self) -> impl Iterator<Item = &mut Vec<Json>> {
        self.lists.iter_mut().map(|items| items.get_or_insert_default())
    }
}

/// The column in which two rows of a group differ in what they say of the whole, if they do.
pub(crate) fn difference(
    event: &EventMapping,
    time: Option<&Time>,
    one: &Made,
    other: &Made,
) -> Option<Option<usize>> {
    if one.time != other.time {
        return Some(match time {
            Some(Time::Column { column, .. }) => Some(*column),
            _ => None,
        });
    }
    if one.id != other.id {
        return Some(match &event.id {
            Id::Template(parts) => parts.iter().find_map(|part| match part {
                Part::Column(column) => Some(*column),
                Part::Text(_) => None,
            }),
            Id::Content => None,
        });
    }
    let value = |made: &'_ Made, path: &String| made.fields.iter().find(|(known, _)| known == path).cloned();
    event.fields.iter().find(|(path, _)| value(one, path) != value(other, path)).map(|(_, field)| match field
    {
        Field::Column(column) => Some(column.column),
        Field::Constant(_) => None,
    })
}
