//! Where a page of a list ended.

use std::fmt;
use std::str::FromStr;

use sanzao_model::{Day, ItemId};

use crate::Filter;

/// The last item of a page, and of which list: the next page begins after it, whatever was opened or
/// closed meanwhile. Opaque to clients: 58 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    due: Day,
    id: ItemId,
    filter_mark: u64,
}

/// Why a cursor cannot be used. Reject: begin the list again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CursorError {
    /// Reject: the text is no cursor of this version.
    #[error("the cursor is not one that a list gave: begin without one")]
    Malformed,
    /// Reject: the cursor was given for other filters.
    #[error("the cursor belongs to a list with other filters: begin without one")]
    OtherFilter,
}

/// The version of the form, then due day, item and mark of the filter.
const VERSION: u8 = 1;
const BYTES: usize = 1 + 4 + 16 + 8;

impl Cursor {
    pub(crate) fn new(filter: &Filter, due: Day, id: ItemId) -> Cursor {
        Cursor { due, id, filter_mark: filter.mark() }
    }

    /// Due day and item, if it belongs to this filter.
    pub(crate) fn after(&self, filter: &Filter) -> Result<(Day, ItemId), CursorError> {
        if self.filter_mark == filter.mark() {
            Ok((self.due, self.id))
        } else {
            Err(CursorError::OtherFilter)
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let due = self.due.0.cast_unsigned();
        write!(f, "{VERSION:02x}{due:08x}{}{:016x}", self.id, self.filter_mark)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Cursor, CursorError> {
        let digits = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 2 * BYTES || !text.bytes().all(digits) {
            return Err(CursorError::Malformed);
        }
        let malformed = |_| CursorError::Malformed;
        let version = u8::from_str_radix(&text[..2], 16).map_err(malformed)?;
        let due = u32::from_str_radix(&text[2..10], 16).map_err(malformed)?;
        let id = text[10..42].parse().map_err(|_| CursorError::Malformed)?;
        let filter_mark = u64::from_str_radix(&text[42..], 16).map_err(malformed)?;
        if version != VERSION {
            return Err(CursorError::Malformed);
        }
        Ok(Cursor { due: Day(due.cast_signed()), id, filter_mark })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Kind;

    proptest! {
        #[test]
        fn any_text_is_a_cursor_or_refused(text in any::<String>(), hex in "[0-9a-f]{56,60}") {
            for text in [text, hex.clone(), format!("01{}", &hex[2..])] {
                if let Ok(cursor) = text.parse::<Cursor>() {
                    prop_assert_eq!(cursor.to_string(), text);
                }
            }
        }

        #[test]
        fn there_and_back(due: i32, id: [u8; 16], filter_mark: u64) {
            let cursor = Cursor { due: Day(due), id: ItemId(id), filter_mark };
            prop_assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    #[test]
    fn a_cursor_belongs_to_its_filter() {
        let (alerts, tasks) = (Filter::all(Kind::Alert), Filter::all(Kind::Task));
        let cursor = Cursor::new(&alerts, Day(7), ItemId([3; 16]));
        assert_eq!(cursor.after(&alerts), Ok((Day(7), ItemId([3; 16]))));
        assert_eq!(cursor.after(&tasks), Err(CursorError::OtherFilter));
    }
}
