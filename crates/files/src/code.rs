//! Why a row is refused: stable codes, beside those of intake.

use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $expected:literal;)*) => {
        /// A stable reason code. Reject, always: the file or the mapping must change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code as reports carry it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)*
                }
            }

            /// What was expected, where the mapping has nothing more to say.
            pub fn expected(self) -> &'static str {
                match self {
                    $(Code::$name => $expected,)*
                }
            }
        }
    };
}

codes! {
    /// A line longer than the limit.
    LineTooLong = "line.too-long", "a shorter line";
    /// More or fewer cells than headings.
    RowWidth = "row.width", "as many cells as there are headings";
    /// A value in a column that has no heading.
    RowUnnamed = "row.unnamed", "no value in a column without a heading";
    /// No event of the mapping is for this row, and it is not skipped.
    RowNoEvent = "row.no-event", "a row that an event's `when` or a `skip` of the mapping names";
    /// Bytes that are no text in the file's encoding.
    TextEncoding = "text.encoding", "text in the encoding of the file";
    /// The replacement character: the text was damaged before it came here.
    TextReplaced = "text.replaced", "text without U+FFFD: it was damaged before it came here";
    /// Empty, and not optional.
    CellMissing = "cell.missing", "a value: the mapping does not say that it is optional";
    /// A value that the mapping does not translate.
    CellValue = "cell.value", "one of the values that the mapping lists";
    /// Not a date of the mapping's formats.
    CellDate = "cell.date", "a date that exists, in a format of the mapping";
    /// Not a number, or in a form that the mapping does not allow.
    CellNumber = "cell.number", "a plain decimal number, or what the mapping allows besides";
    /// A number that has lost digits, as an ID number stored as a number.
    CellPrecision = "cell.precision", "text: as a number, or in scientific notation, it has lost digits";
    /// An error of Excel, as `#N/A`.
    CellError = "cell.error", "a value instead of an Excel error";
    /// A formula without the value that it had when the file was saved.
    CellFormula = "cell.formula", "a formula with its value: open the file in Excel and save it";
    /// Covered by a merged cell.
    CellMerged = "cell.merged", "a cell of its own: unmerge it, or say `merged = \"fill\"` in the mapping";
    /// Of another type, as an Excel date where text is expected.
    CellType = "cell.type", "text or a number, not an Excel date, time or truth value";
    /// A list in one cell that does not come apart as the mapping says.
    ListParts = "list.parts", "items of as many parts as the mapping names";
    /// A list with nobody in it.
    ListEmpty = "list.empty", "at least one item";
    /// Rows of one group that say different things about the whole.
    GroupDiffers = "group.differs", "the same value in every row of the group";
    /// Another row of the group was refused, and half a list would be worse than none.
    GroupRefused = "group.refused", "every row of its group to be right";
    /// An event far larger than any contract has: the log would not take it.
    EventTooLarge = "event.too-large", "an event of at most 16 MiB: does `group` name the right columns?";
    /// Two rows make one event id with two contents: one would replace the other.
    IdRepeated = "id.repeated", "another event id for other content: make the template of `id` more exact";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
